import json
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scoring.folders import BAD, BATCH, FOLDERS, THRESHOLD, score_all
from serving_tools import put_release

from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.partitions.work import Partition, work_on
from showerforge.scoring.run import summarise
from showerforge.scoring.scorer import Scoring


def write(events, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = path.suffix
    if kind == ".parquet":
        events.to_parquet(path, index=False)
    elif kind == ".csv":
        events.to_csv(path, index=False)
    else:
        with h5py.File(path, "w") as file:
            if "arrays" in path.name:
                for name in events:
                    file[f"events/{name}"] = events[name].to_numpy(
                        "S10" if name == "night" else None
                    )
            else:
                file["table"] = events.assign(night=events["night"].astype("S10")).to_records(
                    index=False, column_dtypes={"night": "S10"}
                )


def partition_of(name, tmp_path):
    return Partition(name, *(tmp_path / kind for kind in FOLDERS))


def score(partition, folder, batch_events=BATCH):
    return work_on(partition, Scoring(folder, THRESHOLD, batch_events))


class TestOnePartition:
    @pytest.fixture
    def scored(self, events, folder, tmp_path):
        part = partition_of("night/a.parquet", tmp_path)
        write(events, part.source)
        record = score(part, folder)
        return record, pd.read_parquet(part.target), pd.read_parquet(part.refused)

    def test_scores_are_those_of_the_release(self, scored, events, release):
        _, found, _ = scored
        good = events.drop(index=BAD)
        wanted = release.score(good[HILLAS_PARAMETERS].to_numpy())
        np.testing.assert_allclose(found["gammaness"], wanted, rtol=1e-14)
        assert (found["particle"] == np.where(wanted >= THRESHOLD, "gamma", "hadron")).all()

    def test_what_travels_along_stays_with_its_event(self, scored, events):
        _, found, _ = scored
        good = events.drop(index=BAD)
        assert found.columns.tolist() == ["event_id", "night", "row", "gammaness", "particle"]
        assert found["event_id"].tolist() == good["event_id"].tolist()
        assert found["night"].tolist() == good["night"].tolist()
        assert found["row"].tolist() == good.index.tolist()

    def test_refused_events_are_whole_with_their_reason(self, scored, events):
        record, _, refused = scored
        assert refused["row"].tolist() == BAD
        pd.testing.assert_frame_equal(
            refused[HILLAS_PARAMETERS], events.loc[BAD, HILLAS_PARAMETERS].reset_index(drop=True)
        )
        assert refused["reason"][0].startswith("width not above length: fWidth is 1e+06")
        assert refused["reason"][1] == "fAlpha is 100; it must be at least 0 and at most 90 deg"
        assert refused["reason"][2] == "fAlpha is missing or no finite number"
        assert record["reasons"] == {"fAlpha": 2, "width not above length": 1}

    def test_record_counts_everything(self, scored, events, release):
        record, found, _ = scored
        assert (record["n_events"], record["n_refused"]) == (2000, 3)
        assert record["n_gamma"] == (found["particle"] == "gamma").sum()
        good = events.drop(index=BAD)[HILLAS_PARAMETERS].to_numpy()
        values = release.reference.values_of(good, found["gammaness"].to_numpy())
        for own, wanted in zip(
            record["counts"], release.reference.binning.count(values), strict=True
        ):
            assert own == wanted.tolist()


@pytest.mark.parametrize("name", ["a.csv", "a.h5", "arrays.hdf5"])
def test_other_formats_give_the_same(name, events, folder, tmp_path):
    for one in ("a.parquet", name):
        write(events, tmp_path / "in" / one)
    found = {}
    for one in ("a.parquet", name):
        part = partition_of(one, tmp_path)
        assert score(part, folder)["problem"] is None
        found[one] = pd.read_parquet(part.target)
    pd.testing.assert_frame_equal(found["a.parquet"], found[name], check_exact=True)


@pytest.mark.parametrize("cuts", [[1, 64, 65, 1300], [999], list(range(37, 2000, 111))])
@pytest.mark.parametrize("batch_events", [256, 300, 100_000])
def test_partitions_and_batches_do_not_matter_to_the_last_bit(
    cuts, batch_events, events, folder, tmp_path
):
    whole = partition_of("whole.parquet", tmp_path / "whole")
    write(events, whole.source)
    score(whole, folder, 700)
    for number, part in enumerate(np.split(np.arange(len(events)), cuts)):
        write(events.iloc[part], tmp_path / "in" / f"{number:03d}.parquet")
    score_all(tmp_path, folder, batch_events)
    parts = pd.concat(map(pd.read_parquet, sorted((tmp_path / "scored").glob("*.parquet"))))
    wanted = pd.read_parquet(whole.target)
    assert parts["gammaness"].tolist() == wanted["gammaness"].tolist()
    assert parts["event_id"].tolist() == wanted["event_id"].tolist()


def test_columns_with_our_names_are_told_apart(events, folder, tmp_path):
    part = partition_of("a.parquet", tmp_path)
    write(events.assign(particle="unknown"), part.source)
    score(part, folder)
    found = pd.read_parquet(part.target)
    assert set(found["particle_of_file"]) == {"unknown"}
    assert set(found["particle"]) == {"gamma", "hadron"}


@pytest.mark.parametrize("name", ["a.parquet", "a.csv"])
def test_partition_without_events_is_no_problem(name, events, folder, tmp_path):
    part = partition_of(name, tmp_path)
    write(events[:0], part.source)
    record = score(part, folder)
    assert (record["problem"], record["n_events"]) == (None, 0)
    assert len(pd.read_parquet(part.target)) == 0


def test_other_release_or_working_point_scores_again(events, folder, tmp_path):
    part = partition_of("a.parquet", tmp_path)
    write(events, part.source)
    other = tmp_path / "releases" / put_release(tmp_path / "releases", note="another")
    works = [Scoring(folder, THRESHOLD, BATCH), Scoring(other, THRESHOLD, BATCH)]
    for work in [*works, Scoring(folder, 0.9, BATCH)]:
        assert work_on(part, work)["is_new"]
        assert not work_on(part, work)["is_new"]


class TestBadPartitions:
    @pytest.fixture
    def records(self, events, folder, tmp_path):
        source = tmp_path / "in"
        write(events, source / "good.parquet")
        whole = (source / "good.parquet").read_bytes()
        (source / "cut.parquet").write_bytes(whole[: len(whole) // 2])
        (source / "junk.h5").write_bytes(b"junk")
        write(events.drop(columns="fConc"), source / "lacks.csv")
        write(events.assign(fDist="far"), source / "text.parquet")
        lines = events.to_csv(index=False).splitlines()
        lines[1501] = lines[1501].replace(",", ",x", 1)
        (source / "cell.csv").write_text("\n".join(lines))
        return {record["name"]: record for record in score_all(tmp_path, folder)}

    def test_each_is_told_with_what_is_wrong_and_the_others_are_done(self, records):
        problems = {name: record["problem"] for name, record in records.items()}
        assert problems.pop("good.parquet") is None
        assert "cut.parquet: cannot be read" in problems["cut.parquet"]
        assert "junk.h5: cannot be read" in problems["junk.h5"]
        assert "lacks.csv has no column fConc" in problems["lacks.csv"]
        assert "text.parquet: the column fDist holds" in problems["text.parquet"]
        assert "'x" in problems["cell.csv"]

    def test_nothing_half_is_written(self, records, tmp_path):
        assert [p.name for p in (tmp_path / "scored").rglob("*.*") if p.is_file()] == [
            "good.parquet",
            "good.parquet.json",
        ]


def test_summary_adds_up(events, folder, release, tmp_path):
    for number, part in enumerate(np.array_split(np.arange(len(events)), 7)):
        write(events.iloc[part], tmp_path / "in" / f"{number}.parquet")
    records = score_all(tmp_path, folder)
    point = release.manifest.working_points["best Q"]
    summary, drift = summarise(records, release, point, "any")
    scored = pd.concat(map(pd.read_parquet, (tmp_path / "scored").glob("*.parquet")))
    assert (summary["events"], summary["refused"], summary["partitions"]) == (2000, 3, 7)
    assert summary["refused_by_reason"] == {"fAlpha": 2, "width not above length": 1}
    n_gamma = (scored["particle"] == "gamma").sum()
    assert summary["gamma_like"] == n_gamma
    assert summary["excess"] == pytest.approx(n_gamma - point.hadron_efficiency * len(scored))
    borders, counts = summary["gammaness"]["borders"], summary["gammaness"]["events"]
    assert (borders[0], borders[-1]) == (0, 1)
    assert np.histogram(scored["gammaness"], np.unique(borders))[0].sum() == sum(counts) == 1997
    for border in borders[1:-1]:
        wanted = (scored["gammaness"] < border).sum()
        assert sum(counts[: borders.index(border)]) == wanted
    assert drift.n_events == 1997
    assert not drift.alarms


def test_scored_files_hold_no_trace_of_where_they_were_made(events, folder, tmp_path):
    part = partition_of("a.parquet", tmp_path)
    write(events, part.source)
    score(part, folder)
    assert str(tmp_path).encode() not in part.target.read_bytes()
    assert Path(json.loads(part.record.read_text())["name"]) == Path("a.parquet")
    assert pq.read_schema(part.target).metadata == {b"written_by": b"showerforge"}
