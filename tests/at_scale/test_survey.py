import numpy as np
import pandas as pd
import pytest
from partition_toys import make_labelled, read_all, reading_of, write

from showerforge.at_scale.labelled import read_labelled
from showerforge.at_scale.splits import Side
from showerforge.at_scale.survey import check_refused, summarise, survey_folder
from showerforge.errors import InputError
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.execution import ExecutionSettings, executing


@pytest.fixture(scope="module")
def events():
    """Events of which some cannot be used, each for a reason of its own."""
    events = make_labelled(600, 400)
    events.loc[3, "fWidth"] = 1e6
    events.loc[7, "fAlpha"] = np.nan
    events.loc[11, "particle"] = "proton"
    events.loc[12, "particle"] = None
    events.loc[500, "weight"] = -1.0
    return events


BAD = [3, 7, 11, 12, 500]


@pytest.fixture(autouse=True)
def serial():
    with executing(ExecutionSettings(executor="serial")):
        yield


def test_survey_counts_everything(events, tmp_path):
    reading = reading_of(write(events, tmp_path / "in", [100, 450]))
    surveys = survey_folder(reading)
    summary = summarise(surveys)
    assert [survey.n_events for survey in surveys] == [100, 350, 550]
    assert (summary["events"], summary["refused"], summary["partitions"]) == (1000, 5, 3)
    assert summary["refused_by_reason"] == {
        "particle": 2,
        "width not above length": 1,
        "fAlpha": 1,
        "weight": 1,
    }
    good = events.drop(index=BAD)
    for particle, n in good["particle"].value_counts().items():
        assert sum(of_side[particle] for of_side in summary["counts"].values()) == n
    read = pd.concat(read_all(read_labelled(reading, s.name)) for s in surveys)
    learnt = read[read["side"] == Side.TRAINING]
    for particle, is_gamma in (("gamma", True), ("hadron", False)):
        own = learnt[learnt["is_gamma"] == is_gamma]
        assert summary["counts"]["training"][particle] == len(own)
        assert summary["mean_weights"][particle] == pytest.approx(own["weight"].mean())


def test_refused_events_are_whole_with_their_reason(events, tmp_path):
    reading = reading_of(write(events, tmp_path / "in", [100]))
    survey_folder(reading)
    files = sorted(reading.refused.glob("*.parquet"))
    refused = pd.concat(map(pd.read_parquet, files), keys=[0, 100])
    assert (refused.index.get_level_values(0) + refused["row"]).tolist() == BAD
    assert refused["shower"].tolist() == events.loc[BAD, "shower"].tolist()
    assert refused["reason"].tolist()[1:] == [
        "fAlpha is missing or no finite number",
        "particle is proton; it must be gamma, hadron, g, h",
        "particle is missing",
        "weight is -1; it must be at least 0",
    ]
    # what is mended leaves no trace of the fault
    for path in reading.source.glob("*.parquet"):
        path.unlink()
    events.drop(index=BAD).to_parquet(reading.source / "00.parquet", index=False)
    survey_folder(reading)
    assert not (reading.refused / "00.parquet").exists()


def test_too_many_useless_events_are_an_error(events, tmp_path):
    summary = summarise(survey_folder(reading_of(write(events, tmp_path / "in", []))))
    check_refused(summary, 0.005, tmp_path)
    with pytest.raises(InputError, match=r"5 of 1,000 events cannot be used \(particle: 2"):
        check_refused(summary, 0.004, tmp_path)


@pytest.mark.parametrize("suffix", [".csv", ".h5"])
def test_other_formats_give_the_same(suffix, tmp_path):
    events = make_labelled(200, 200).assign(particle=lambda e: e["particle"].str[0])
    folder = write(events, tmp_path / "in", [])
    if suffix == ".csv":
        events.to_csv(folder / "00.csv", index=False)
    else:
        import h5py

        with h5py.File(folder / "00.h5", "w") as file:
            for name in events:
                dtype = "S6" if name == "particle" else None
                file[name] = events[name].to_numpy(dtype)
    for group in (None, "shower"):
        reading = reading_of(folder, group=group)
        first, second = (
            read_all(read_labelled(reading, name)) for name in ("00.parquet", f"00{suffix}")
        )
        pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_events_of_a_group_are_on_one_side(tmp_path):
    events = make_labelled(600, 400)
    reading = reading_of(write(events, tmp_path / "in", [300, 301]), group="shower")
    names = sorted(path.name for path in reading.source.iterdir())
    read = pd.concat([read_all(read_labelled(reading, name)) for name in names], ignore_index=True)
    pd.testing.assert_series_equal(read["fSize"], events["fSize"])
    sides = read["side"].groupby(events["shower"])
    assert (sides.nunique() == 1).all()
    assert (sides.size() > 1).any()
    assert read["side"].nunique() == 3


def test_copies_with_ids_of_their_own_are_found(tmp_path):
    events = make_labelled(300, 200)
    twice = pd.concat([events, events.iloc[:40]], ignore_index=True)
    twice["event_id"] = np.arange(len(twice))
    folder = write(twice, tmp_path / "in", [510])
    survey_folder(reading_of(folder))
    with pytest.raises(InputError, match="copies with the same ten parameters and another event_"):
        survey_folder(reading_of(folder, group="event_id"))
    # copies that share an id are no fault
    twice["event_id"] %= 500
    same = write(twice, tmp_path / "same", [510])
    survey_folder(reading_of(same, group="event_id"))


def test_columns_that_are_not_there(tmp_path):
    folder = write(make_labelled(30, 20), tmp_path / "in", [25])
    with pytest.raises(InputError, match=r"2 of 2 partitions .*\n.*no column partikle \(did you"):
        survey_folder(reading_of(folder, label="partikle"))
    with pytest.raises(InputError, match="has no column shower_id"):
        survey_folder(reading_of(folder, group="shower_id"))


def test_missing_ids_are_refused(tmp_path):
    events = make_labelled(300, 200).astype({"shower": "Int64"})
    events.loc[[5, 6], "shower"] = pd.NA
    reading = reading_of(write(events, tmp_path / "in", []), group="shower")
    (survey,) = survey_folder(reading)
    assert survey.reasons == {"shower": 2}
    # others keep the sides that they have as whole numbers
    whole = write(events.drop(index=[5, 6]).astype({"shower": int}), tmp_path / "whole", [])
    first, second = (
        read_all(read_labelled(each, "00.parquet")).drop(columns="row")
        for each in (reading, reading_of(whole, group="shower"))
    )
    pd.testing.assert_frame_equal(first, second)


def test_a_class_that_is_not_there(tmp_path):
    events = make_labelled(300, 200)
    folder = write(events[events["particle"] == "gamma"], tmp_path / "in", [])
    with pytest.raises(InputError, match="There are no hadron events for the test"):
        summarise(survey_folder(reading_of(folder)))


def test_partition_that_cannot_be_read_is_an_error(tmp_path):
    folder = write(make_labelled(60, 40), tmp_path / "in", [50])
    (folder / "01.parquet").write_bytes(b"no table")
    with pytest.raises(InputError, match="1 of 2 partitions could not be read"):
        survey_folder(reading_of(folder))


def test_spectra_make_weights(tmp_path):
    from showerforge.events.weights import SpectralIndices

    events = make_labelled(60, 40).assign(true_energy=2.0)
    events.loc[0, "true_energy"] = 0.0
    folder = write(events, tmp_path / "in", [])
    reading = reading_of(folder, spectra={"gamma": SpectralIndices(-2.0, -3.0)})
    read = read_all(read_labelled(reading, "00.parquet"))
    assert len(read) == 99
    factor = np.where(read["is_gamma"], 0.5, 1.0)
    np.testing.assert_allclose(read["weight"], events["weight"][1:] * factor)


def test_parameters_are_read_by_name(tmp_path):
    events = make_labelled(30, 20)
    folder = write(events[events.columns[::-1]], tmp_path / "in", [])
    read = read_all(read_labelled(reading_of(folder), "00.parquet"))
    pd.testing.assert_frame_equal(read[HILLAS_PARAMETERS], events[HILLAS_PARAMETERS])
