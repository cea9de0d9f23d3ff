"""Image files become tables of Hillas parameters, held against ctapipe and against scoring."""

import shutil
from dataclasses import replace

import h5py
import numpy as np
import pandas as pd
import pytest
from kedro.config import OmegaConfigLoader
from serving_tools import put_release
from toy_cameras import TAIGA, TOY_CAMERAS, draw_images
from toys import PROJECT

from showerforge.cameras.ctapipe_files import ReaderSettings
from showerforge.cameras.images import EventImages
from showerforge.cameras.settings import CleaningSettings, MeasurementSettings
from showerforge.cameras.storage import write_images
from showerforge.errors import InputError
from showerforge.events.constraints import Constraint
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.execution import ExecutionSettings, executing
from showerforge.image_parameters import ParametrisationParameters
from showerforge.parametrisation.run import parametrise_folder, summarise
from showerforge.parametrisation.work import IS_BAD, Parametrisation
from showerforge.partitions.work import Partition, work_on
from showerforge.scoring.scorer import Scoring
from showerforge.settings import CONFIG_LOADER_ARGS

RIM = Constraint(
    name="leakage below 0.2", left="leakage_size_1", relation="<", right=0.2, because="cut off"
)
MEASUREMENT = MeasurementSettings(cleaning=CleaningSettings(), cuts=[RIM])
WORK = Parametrisation(MEASUREMENT, 3.5, None, ReaderSettings("EQUIVALENT"), 256)
N_EVENTS, DARK, BROKEN = 600, 7, [3, 400]


def toy_images(n_events=N_EVENTS, camera=TAIGA):
    """Images of which one is dark, with ids of their own and columns that travel along."""
    charges = draw_images(camera, n_events)
    charges[DARK] = 0
    ids = pd.Index(np.arange(50_000, 50_000 + n_events), name="event_id")
    table = pd.DataFrame({"shower_id": ids // 3, "particle": "gamma", "size": 1.5}, index=ids)
    return EventImages(camera, table, charges)


@pytest.fixture(scope="module")
def image_file(tmp_path_factory):
    """An event-image file with two images of which a charge is no number."""
    path = tmp_path_factory.mktemp("images") / "a.h5"
    write_images(path, [toy_images()], {"source": "recorded"})
    with h5py.File(path, "r+") as file:
        file["images"][BROKEN[0], 17] = np.nan
        file["images"][BROKEN[1], :3] = np.inf
    return path


def put(path, tmp_path, name=None):
    part = Partition(name or path.name, tmp_path / "in", tmp_path / "out", tmp_path / "refused")
    part.source.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, part.source)
    return part


def measure(path, tmp_path, work=WORK):
    part = put(path, tmp_path)
    record = work_on(part, work)
    assert record["problem"] is None
    refused = pd.read_parquet(part.refused) if part.refused.exists() else None
    return record, pd.read_parquet(part.target), refused


@pytest.fixture(scope="module")
def done(image_file, tmp_path_factory):
    return measure(image_file, tmp_path_factory.mktemp("done"))


class TestEventImages:
    def test_every_image_is_kept_or_refused_with_a_reason(self, done):
        record, kept, refused = done
        rows = np.concatenate([kept["row"], refused["row"]])
        assert sorted(rows) == list(range(N_EVENTS))
        assert record["n_events"] == N_EVENTS
        assert record["n_refused"] == len(refused)
        assert record["reasons"] == refused["reason"].value_counts().to_dict()
        reasons = refused.set_index("row")["reason"]
        assert (reasons[BROKEN] == IS_BAD).all()
        assert reasons[DARK] == "at least 3 pixels"
        assert refused.set_index("row")["bad_pixels"][BROKEN].tolist() == [1, 3]
        at_the_rim = refused[refused["reason"] == RIM.name]
        assert len(at_the_rim) > 10
        assert (at_the_rim["leakage_size_1"] >= 0.2).all()
        assert (kept["leakage_size_1"] < 0.2).all()

    def test_what_travels_along_stays_with_its_image(self, done):
        _, kept, refused = done
        for table in (kept, refused):
            assert (table["event_id"] == 50_000 + table["row"]).all()
            assert (table["shower_id"] == table["event_id"] // 3).all()
            assert set(table["particle"]) == {"gamma"}
            assert set(table["size_of_file"]) == {1.5}

    def test_units_are_those_of_the_magic_table(self, done):
        """By hand: a degree is 82.9 mm at a focal length of 4.75 m."""
        _, kept, _ = done
        millimetres = np.deg2rad(1) * 4.75 * 1000
        for ours, theirs in (
            ("fLength", "length"),
            ("fDist", "dist"),
            ("fM3Long", "third_moment_long"),
        ):
            np.testing.assert_allclose(kept[ours], millimetres * kept[theirs], rtol=1e-12)
        np.testing.assert_allclose(10 ** kept["fSize"], 3.5 * kept["size"], rtol=1e-12)
        assert kept[HILLAS_PARAMETERS].notna().all(axis=None)

    @pytest.mark.parametrize("batch_events", [37, 10_000])
    def test_batches_do_not_matter_to_the_last_bit(self, batch_events, done, image_file, tmp_path):
        record, kept, refused = measure(
            image_file, tmp_path, replace(WORK, batch_events=batch_events)
        )
        assert record["reasons"] == done[0]["reasons"]
        pd.testing.assert_frame_equal(kept, done[1], check_exact=True)
        pd.testing.assert_frame_equal(refused, done[2], check_exact=True)

    def test_a_release_scores_the_table(self, image_file, tmp_path):
        part = put(image_file, tmp_path)
        record = work_on(part, WORK)
        release = tmp_path / put_release(tmp_path)
        table = Partition(
            part.target.name, part.results, tmp_path / "scored", tmp_path / "not scored"
        )
        scored = work_on(table, Scoring(release, 0.6, 500))
        assert scored["problem"] is None
        assert scored["n_events"] == record["n_events"] - record["n_refused"]
        answers = pd.read_parquet(table.target)
        assert {"event_id", "row_of_file", "particle_of_file", "leakage_size_1"} < set(answers)
        assert not set(HILLAS_PARAMETERS) & set(answers)


def test_source_is_where_the_simulation_has_put_it_or_the_parameters_say(tmp_path):
    attributes = {"simulation": {"beams": {"gamma": {"source_offset": 0.4}}}}
    write_images(tmp_path / "a.h5", [toy_images(100)], attributes)
    said = MEASUREMENT.model_copy(update={"source_x": 0.4})
    centre = MEASUREMENT.model_copy(update={"source_x": 0.0})
    by_file, by_parameters, at_centre = (
        measure(tmp_path / "a.h5", tmp_path / str(n), replace(WORK, measurement=settings))[1]
        for n, settings in enumerate((MEASUREMENT, said, centre))
    )
    pd.testing.assert_frame_equal(by_file, by_parameters)
    np.testing.assert_allclose(
        at_centre["dist"] ** 2,
        at_centre["x"] ** 2 + at_centre["y"] ** 2,
    )
    np.testing.assert_allclose(by_file["dist"] ** 2, (by_file["x"] - 0.4) ** 2 + by_file["y"] ** 2)


class TestFilesOfOthers:
    def test_parameters_are_those_of_ctapipe(self, dl1_file, tmp_path):
        from ctapipe.image import hillas_parameters, tailcuts_clean
        from ctapipe.io import TableLoader

        _, kept, _ = measure(dl1_file, tmp_path)
        with TableLoader(dl1_file, focal_length_choice="EQUIVALENT") as loader:
            geometry = loader.subarray.tel[1].camera.geometry
            events = loader.read_telescope_events_by_id(telescopes=[1], dl1_images=True)
            (table,) = events.values()
        images = dict(zip(table["event_id"].tolist(), table["image"], strict=True))
        assert len(kept) > 10
        for event in kept.itertuples():
            image = images[event.event_id]
            mask = tailcuts_clean(geometry, image, picture_thresh=6, boundary_thresh=3)
            wanted = hillas_parameters(geometry[mask], image[mask])
            # ctapipe measures in the camera plane here
            assert event.fLength == pytest.approx(wanted.length.to_value("mm"), rel=1e-6)
            assert event.fWidth == pytest.approx(wanted.width.to_value("mm"), rel=1e-6)
            assert event.fDist == pytest.approx(wanted.r.to_value("mm"), rel=1e-6)
            assert 10**event.fSize == pytest.approx(3.5 * wanted.intensity, rel=1e-6)

    def test_simtel_and_dl1_give_the_same(self, simtel_file, dl1_file, tmp_path):
        tables = [measure(path, tmp_path)[1] for path in (simtel_file, dl1_file)]
        assert set(tables[0]["primary"]) == {"muon"}
        pd.testing.assert_frame_equal(*tables, rtol=1e-4)

    def test_what_they_are_need_not_be_known(self, dl1_file, tmp_path):
        """Recorded events are scored, too."""
        path = shutil.copy(dl1_file, tmp_path / "recorded.h5")
        with h5py.File(path, "r+") as file:
            del file["simulation"]
        _, kept, _ = measure(path, tmp_path)
        assert set(kept["primary"]) == {"unknown"}


class TestBadFiles:
    @pytest.fixture
    def records(self, image_file, tmp_path):
        put(image_file, tmp_path, "night/good.h5")
        whole = image_file.read_bytes()
        source = tmp_path / "in"
        (source / "cut.h5").write_bytes(whole[: len(whole) // 2])
        (source / "junk.simtel.gz").write_bytes(b"junk")
        images = toy_images(20)
        expected = EventImages(TAIGA, images.table, expected=images.images)
        write_images(source / "expected.h5", [expected])
        write_images(source / "square.h5", [toy_images(20, TOY_CAMERAS["square"])])
        pd.DataFrame({"a": [1]}).to_csv(source / "ignored.csv")
        with executing(ExecutionSettings(executor="serial")):
            records = parametrise_folder(
                source, tmp_path / "out", tmp_path / "refused", replace(WORK, camera="taiga")
            )
        return {record["name"]: record for record in records}

    def test_each_is_told_and_the_others_are_done(self, records):
        problems = {name: record["problem"] for name, record in records.items()}
        assert problems.pop("night/good.h5") is None
        assert "cut off" in problems["cut.h5"]
        assert "junk.simtel.gz" in problems["junk.simtel.gz"]
        assert "there is no 'images' in the file; it has expected" in problems["expected.h5"]
        assert "of the camera 'square', not of 'TAIGA-IACT'" in problems["square.h5"]
        assert len(problems) == 4

    def test_nothing_half_is_written(self, records, tmp_path):
        written = {p.name for p in (tmp_path / "out").rglob("*.parquet")}
        assert written == {"good.h5.parquet"}

    def test_summary_adds_up(self, records):
        summary = summarise(list(records.values()))
        assert (summary["partitions"], summary["bad_partitions"]) == (5, 4)
        assert summary["events"] == N_EVENTS
        assert sum(summary["refused_by_reason"].values()) == summary["refused"]
        ((camera, n_files),) = summary["cameras"].items()
        assert camera.startswith("taiga-iact")
        assert n_files == 1


def test_several_cameras_are_warned_of(tmp_path, caplog):
    for name in ("taiga", "square"):
        path = tmp_path / "in" / f"{name}.h5"
        write_images(path, [toy_images(20, TOY_CAMERAS[name])])
    with executing(ExecutionSettings(executor="serial")):
        records = parametrise_folder(tmp_path / "in", tmp_path / "out", tmp_path / "bad", WORK)
    assert len(summarise(records)["cameras"]) == 2
    assert "of several cameras" in caplog.text


def test_camera_without_images(tmp_path):
    write_images(tmp_path / "empty.h5", [toy_images(20).take(slice(0, 0))])
    record, kept, refused = measure(tmp_path / "empty.h5", tmp_path)
    assert (record["n_events"], record["camera"]) == (0, None)
    assert set(HILLAS_PARAMETERS) < set(kept)
    assert refused is None
    assert summarise([record])["cameras"] == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"photons_per_photo_electron": 2.0},
        {"camera": "taiga"},
        {"measurement": MEASUREMENT.model_copy(update={"source_y": 0.1})},
        {"measurement": MEASUREMENT.model_copy(update={"cuts": []})},
        {"reader": ReaderSettings()},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_is_finished_is_left_unless_parameters_change(changed, image_file, tmp_path):
    part = put(image_file, tmp_path)
    assert work_on(part, WORK)["is_new"]
    assert not work_on(part, replace(WORK, batch_events=1000))["is_new"]
    assert work_on(part, replace(WORK, **changed))["is_new"]


def test_another_geometry_file_of_the_same_name_is_another_camera(image_file, tmp_path):
    part, geometry = put(image_file, tmp_path), tmp_path / "mine.csv"

    def write(focal_length):
        pixels = "\n".join(f"{x},{y}" for x, y in zip(TAIGA.x, TAIGA.y, strict=True))
        head = f"# focal_length: {focal_length}\n# mirror_area: 8.5\nx_deg,y_deg\n"
        geometry.write_text(head + pixels)
        return work_on(part, replace(WORK, camera=str(geometry)))

    first = write(4.75)
    assert (first["problem"], first["is_new"]) == (None, True)
    assert not write(4.75)["is_new"]
    assert write(4.76)["is_new"]
    assert "its focal length is 4.75 m, not 5 m" in write(5.0)["problem"]


def test_environment_simulated_measures_images_as_those_of_its_table():
    loader = OmegaConfigLoader(str(PROJECT / "conf"), env="simulated", **CONFIG_LOADER_ARGS)
    recipe = loader["catalog"]["magic.raw_events"]["recipe"]
    parameters = ParametrisationParameters(**loader["parameters"]["magic"]["parametrisation"])
    assert parameters.cleaning == CleaningSettings(**recipe["cleaning"])
    assert [cut.text for cut in parameters.cuts] == [
        Constraint(**cut).text for cut in recipe["cuts"]
    ]
    assert parameters.photons_per_photo_electron == recipe["photons_per_photo_electron"]
    assert parameters.camera == recipe["simulation"]["camera"]


def test_folder_without_image_files_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"no partitions in .* magic.images_to_parametrise"):
        parametrise_folder(tmp_path, tmp_path / "out", tmp_path / "refused", WORK)
