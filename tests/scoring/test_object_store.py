"""Partitions, results and releases in an object store."""

import uuid

import pandas as pd
import pytest
from object_store import object_store
from scoring.folders import BATCH, FOLDERS, THRESHOLD, content_of, score_all

from showerforge.errors import InputError
from showerforge.execution import ExecutionSettings, executing
from showerforge.partitions.work import Partition, work_on
from showerforge.places import StoreError, list_files, open_place, put, remove
from showerforge.scoring.run import score_folder
from showerforge.scoring.scorer import Scoring

BUCKET = "observatory"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with object_store(tmp_path_factory.mktemp("store")) as store:
        store.client("s3").create_bucket(Bucket=BUCKET)
        yield store


@pytest.fixture(scope="module")
def on_disk(events, folder, tmp_path_factory):
    """Partitions on a disk, and what comes of them."""
    place = tmp_path_factory.mktemp("disk")
    (place / "in/night").mkdir(parents=True)
    events[:900].to_parquet(place / "in/night/a.parquet", index=False)
    events[900:1500].to_csv(place / "in/night/b.csv", index=False)
    events[1500:].to_hdf(place / "in/c.h5", key="events", format="table", data_columns=True)
    with executing(ExecutionSettings(executor="serial")):
        score_all(place, folder)
    return place


@pytest.fixture
def place(store, on_disk):
    """The same partitions in the store."""
    place = open_place(f"s3://{BUCKET}/{uuid.uuid4().hex}", store.options())
    upload(on_disk / "in", place / "in")
    return place


def upload(folder, place):
    for name in list_files(folder):
        put(folder / name, place / name)


def score(place, release):
    with executing(ExecutionSettings(executor="serial")):
        return score_all(place, release)


def problems_of(records):
    return {record["name"]: record["problem"] for record in records if record["problem"]}


def test_results_are_those_of_a_disk_to_the_last_bit(place, on_disk, folder, tmp_path):
    upload(folder, place / "releases" / folder.name)
    with executing(ExecutionSettings(executor="processes", n_workers=2)):
        records = score_all(place, place / "releases" / folder.name)
    assert not problems_of(records)
    for kind in ("scored", "refused"):
        assert content_of(place / kind) == content_of(on_disk / kind)


@pytest.mark.parametrize("kind", FOLDERS)
def test_any_folder_may_be_on_a_disk(kind, place, on_disk, folder, tmp_path):
    places = {name: place / name for name in FOLDERS}
    places[kind] = on_disk / kind if kind == "in" else tmp_path / kind
    with executing(ExecutionSettings(executor="serial")):
        records = score_folder(*places.values(), folder, THRESHOLD, BATCH)
    assert not problems_of(records)
    for name in ("scored", "refused"):
        assert content_of(places[name]) == content_of(on_disk / name)


class TestAgain:
    @pytest.fixture(autouse=True)
    def scored(self, place, folder):
        score(place, folder)

    def again(self, place, folder):
        return [record["name"] for record in score(place, folder) if record["is_new"]]

    def test_what_is_finished_is_left_and_not_even_fetched(self, place, folder, store):
        before = len(store.requests())
        assert self.again(place, folder) == []
        read = {line.split()[1] for line in store.requests()[before:] if line.startswith("GET")}
        assert read
        assert not [path for path in read if path.endswith((".parquet", ".csv", ".h5"))]

    def test_same_content_written_again_is_left(self, place, folder, on_disk):
        upload(on_disk / "in", place / "in")
        assert self.again(place, folder) == []

    def test_other_content_is_scored(self, place, folder, events, on_disk, tmp_path):
        events[100:200].to_parquet(tmp_path / "other.parquet", index=False)
        put(tmp_path / "other.parquet", place / "in/night/a.parquet")
        assert self.again(place, folder) == ["night/a.parquet"]
        assert len(pd.read_parquet((place / "scored/night/a.parquet").open("rb"))) == 100
        assert "night/a.parquet" not in list_files(place / "refused")

    @pytest.mark.parametrize("kind", ["scored", "refused"])
    def test_results_that_were_spoilt_are_made_anew(self, kind, place, folder, on_disk):
        result = place / kind / "night/a.parquet"
        for spoil in (lambda: result.write_bytes(b"other"), lambda: remove(result)):
            spoil()
            assert self.again(place, folder) == ["night/a.parquet"]
            assert content_of(place / kind) == content_of(on_disk / kind)

    def test_what_was_made_of_partitions_that_are_gone_is_set_aside(self, place, folder):
        remove(place / "in/c.h5")
        score(place, folder)
        assert list_files(place / "scored_gone") == ["c.h5.parquet"]
        assert "c.h5.parquet" not in list_files(place / "scored")


def test_bad_partition_is_told_by_its_address_and_nothing_half_is_written(place, folder, events):
    (place / "in/lacks.csv").write_text(events.drop(columns="fConc").to_csv(index=False))
    lines = events.to_csv(index=False).splitlines()
    lines[1501] = lines[1501].replace(",", ",x", 1)
    (place / "in/cell.csv").write_text("\n".join(lines))
    problems = problems_of(score(place, folder))
    assert set(problems) == {"lacks.csv", "cell.csv"}
    assert problems["lacks.csv"].startswith(f"{place}/in/lacks.csv has no column fConc")
    assert problems["cell.csv"].startswith(f"{place}/in/cell.csv: cannot be read")
    done = ["c.h5.parquet", "night/a.parquet", "night/b.csv.parquet"]
    assert list(content_of(place / "scored")) == done


def test_results_that_cannot_be_written_are_told_before_anything_is_scored(place, folder, store):
    name = place.path.partition("/")[2]
    user = store.add_user(
        uuid.uuid4().hex,
        GetObject=[f"arn:aws:s3:::{BUCKET}/*"],
        ListBucket=[f"arn:aws:s3:::{BUCKET}"],
        PutObject=[f"arn:aws:s3:::{BUCKET}/{name}/scored/*"],
    )
    with (
        store.guarded(),
        pytest.raises(StoreError, match=rf"{name}/refused.* cannot be reached: PermissionError"),
    ):
        score(open_place(str(place), user), folder)
    assert content_of(place / "scored") == {}


def test_release_that_is_not_there(place, folder):
    problems = problems_of(score(place, place / "releases" / folder.name))
    assert len(problems) == 3
    for problem in problems.values():
        assert f"{place}/releases/{folder.name}/manifest.json cannot be read" in problem


def test_folder_without_partitions(place, folder):
    with pytest.raises(InputError, match=rf"There are no partitions in {place}/nothing"):
        score_folder(
            place / "nothing", place / "scored", place / "refused", folder, THRESHOLD, BATCH
        )


def test_store_that_is_lost_says_nothing_of_partitions(on_disk, folder, tmp_path):
    """What was made of them before is left as it is."""
    with object_store(tmp_path) as store:
        store.client("s3").create_bucket(Bucket=BUCKET)
        options = store.options() | {"config_kwargs": {"retries": {"max_attempts": 0}}}
        place = open_place(f"s3://{BUCKET}/night", options)
        upload(on_disk / "in", place)
        places = (place, tmp_path / "scored", tmp_path / "refused")
        with executing(ExecutionSettings(executor="serial")):
            score_folder(*places, folder, THRESHOLD, BATCH)
        store.process.kill()
        store.process.wait()
        with pytest.raises(StoreError, match=rf"s3://{BUCKET}/night cannot be reached"):
            score_folder(*places, folder, THRESHOLD, BATCH)
        record = work_on(Partition("c.h5", *places), Scoring(folder, THRESHOLD, BATCH))
    assert f"s3://{BUCKET}/night/c.h5 cannot be reached" in record["problem"]
    assert content_of(tmp_path / "scored") == content_of(on_disk / "scored")
