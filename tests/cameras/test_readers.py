"""Real files of sim_telarray and ctapipe, held against ctapipe's own objects."""

import logging
import shutil
import sys
import warnings
from copy import copy

import h5py
import numpy as np
import pytest
from toys import process

from showerforge.cameras.ctapipe_files import PROCESS_TYPE, ReaderSettings, describe_dl1
from showerforge.cameras.images import TRUTH_COLUMNS
from showerforge.cameras.recorded import RecordedFile, RecordedImages, kind_of
from showerforge.errors import InputError

EQUIVALENT = ReaderSettings("EQUIVALENT")
N_MUONS, N_PIXELS = 30, 1855


def source_of(*paths, settings=EQUIVALENT, particle=None):
    files = [RecordedFile(path, kind_of(path), particle) for path in paths]
    return RecordedImages(tuple(files), settings)


def read(*paths, **options):
    """Read everything at once."""
    (images,) = source_of(*paths, **options).batches(1000)
    return images


def read_all(*paths, **options):
    return list(source_of(*paths, **options).batches(7))


@pytest.fixture(scope="module")
def direct(simtel_file):
    """What a loop over ctapipe's own event source gives."""
    from ctapipe.calib import CameraCalibrator
    from ctapipe.io import EventSource

    images, ids, impacts, directions = [], [], [], []
    with EventSource(simtel_file, focal_length_choice="EQUIVALENT") as source:
        calibrate = CameraCalibrator(subarray=source.subarray)
        for event in source:
            calibrate(event)
            images.append(event.dl1.tel[1].image)
            ids.append(event.index.event_id)
            impacts.append(event.simulation.tel[1].impact.distance.to_value("m"))
            shower, pointing = event.simulation.shower, event.monitoring.tel[1].pointing
            seen = (shower.az, shower.alt, pointing.azimuth, pointing.altitude)
            directions.append([angle.to_value("rad") for angle in seen])
        return source.subarray, np.array(images), ids, np.array(impacts), directions


@pytest.fixture(scope="module")
def from_simtel(simtel_file):
    return read(simtel_file)


@pytest.fixture(scope="module")
def from_dl1(dl1_file):
    return read(dl1_file)


@pytest.fixture
def dl1_copy(dl1_file, tmp_path):
    return shutil.copy(dl1_file, tmp_path / "copy.dl1.h5")


def edit_tables(path, column, change):
    """Change a column in every table that has it."""
    import tables

    with tables.open_file(str(path), "r+") as file:
        for table in file.walk_nodes("/", "Table"):
            if column in table.colnames:
                table.modify_column(column=change(table.col(column)), colname=column)


def remove(path, *nodes):
    import tables

    with tables.open_file(str(path), "r+") as file:
        for node in nodes:
            file.remove_node(node, recursive=True)


@pytest.mark.parametrize("kind", ["from_simtel", "from_dl1"])
class TestOfBothKinds:
    def test_images_are_those_of_ctapipe(self, kind, direct, request):
        images = request.getfixturevalue(kind)
        _, charges, ids, _, _ = direct
        assert images.images.shape == (N_MUONS, N_PIXELS)
        np.testing.assert_array_equal(images.images, charges)
        assert images.expected is None
        assert images.table["array_event"].tolist() == ids
        assert images.table.index.tolist() == list(range(N_MUONS))

    def test_pixels_lie_where_ctapipe_has_them(self, kind, direct, request):
        from ctapipe.coordinates import TelescopeFrame

        camera = request.getfixturevalue(kind).camera
        geometry = direct[0].tel[1].camera.geometry.transform_to(TelescopeFrame())
        np.testing.assert_allclose(camera.x, geometry.pix_x.to_value("deg"), atol=1e-9)
        np.testing.assert_allclose(camera.y, geometry.pix_y.to_value("deg"), atol=1e-9)
        assert (camera.name, camera.focal_length, camera.shape) == ("LSTCam", 28.0, "hexagon")
        assert camera.mirror_area == pytest.approx(386.73, abs=0.01)

    def test_truth_is_that_of_ctapipe(self, kind, direct, request):
        import astropy.units as u
        from astropy.coordinates import AltAz, SkyCoord
        from ctapipe.coordinates import TelescopeFrame

        table = request.getfixturevalue(kind).table
        _, _, _, impacts, directions = direct
        np.testing.assert_allclose(table["impact"], impacts, rtol=1e-6)
        az, alt, pointing_az, pointing_alt = u.Quantity(directions, u.rad).T
        # single precision makes a bit more than a right angle of it
        zenith = np.minimum(pointing_alt, 90 * u.deg)
        pointing = SkyCoord(az=pointing_az, alt=zenith, frame=AltAz())
        seen = SkyCoord(az=az, alt=alt, frame=AltAz()).transform_to(
            TelescopeFrame(telescope_pointing=pointing)
        )
        # ctapipe gives angles on the sphere, we give tangents
        np.testing.assert_allclose(table["source_x"], seen.fov_lon.to_value("deg"), rtol=1e-3)
        np.testing.assert_allclose(table["source_y"], seen.fov_lat.to_value("deg"), rtol=1e-3)
        assert (table["zenith"] == 0).all()
        assert set(table["primary"]) == {"muon"}
        assert set(table["particle"]) == {"hadron"}
        truth = table[[column.name for column in TRUTH_COLUMNS]]
        assert set(truth.dtypes) == {np.dtype("float64")}
        assert table["first_interaction"].isna().all()
        assert table["shower_id"].is_unique

    def test_light_comes_from_where_the_muon_passes(self, kind, request):
        """A muon beside the mirror makes an arc on that side of its direction."""
        images = request.getfixturevalue(kind)
        light = np.where(images.images > 10, images.images, 0)
        sizes = light.sum(axis=1)
        for axis in "xy":
            centre = light @ getattr(images.camera, axis) / sizes
            shift = centre - images.table[f"source_{axis}"]
            assert np.corrcoef(shift, images.table[f"core_{axis}"])[0, 1] > 0.9

    def test_batches_are_the_whole(self, kind, request, simtel_file, dl1_file):
        whole = request.getfixturevalue(kind)
        path = simtel_file if kind == "from_simtel" else dl1_file
        parts = read_all(path)
        assert [len(part) for part in parts] == [7, 7, 7, 7, 2]
        np.testing.assert_array_equal(np.concatenate([p.images for p in parts]), whole.images)
        assert [i for part in parts for i in part.table.index] == whole.table.index.tolist()

    def test_reading_is_quiet(self, kind, caplog, simtel_file, dl1_file):
        with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
            warnings.simplefilter("error")
            read(simtel_file if kind == "from_simtel" else dl1_file)
        assert not caplog.records


def test_attributes_say_where_images_come_from(dl1_file):
    assert source_of(dl1_file).attributes == {
        "source": "simulated",
        "made_by": "sim_telarray or ctapipe file",
        "files": ["muons.dl1.h5"],
        "focal_length_choice": "EQUIVALENT",
    }


@pytest.mark.parametrize(
    ("process", "source", "with_simtel"),
    [
        ("Observation", "recorded", "partly simulated"),
        ("Simulation", "simulated", "simulated"),
        ("Other", "origin not stated", "partly simulated"),
    ],
)
def test_the_file_says_whether_it_was_recorded(dl1_copy, simtel_file, process, source, with_simtel):
    with h5py.File(dl1_copy, "r+") as file:
        file.attrs[PROCESS_TYPE] = np.bytes_(process)
    assert source_of(dl1_copy).attributes["source"] == source
    assert source_of(dl1_copy, simtel_file).attributes["source"] == with_simtel


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.95, 0.9999])
def test_a_simtel_file_that_is_cut_off_is_told(simtel_file, tmp_path, share):
    content = simtel_file.read_bytes()
    cut = tmp_path / "cut.simtel.zst"
    cut.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"cut off") as error:
        read_all(cut)
    assert str(cut) in str(error.value)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9999])
def test_a_dl1_file_that_is_cut_off_is_told(dl1_file, tmp_path, share):
    content = dl1_file.read_bytes()
    cut = tmp_path / "cut.h5"
    cut.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"is cut off|is no HDF5 file") as error:
        read_all(cut)
    assert str(cut) in str(error.value)


def test_a_dl1_file_without_images_is_told(simtel_file, tmp_path):
    bare = process(simtel_file, tmp_path / "bare.dl1.h5", "--write-parameters")
    with pytest.raises(InputError, match="ctapipe-process --write-images"):
        read_all(bare)


@pytest.mark.parametrize("name", ["simtel_file", "dl1_file"])
def test_the_focal_length_that_is_not_there_is_told(name, request):
    path = request.getfixturevalue(name)
    with pytest.raises(InputError, match="focal_length_choice: EQUIVALENT") as error:
        read_all(path, settings=ReaderSettings())
    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", ["simtel_file", "dl1_file"])
@pytest.mark.parametrize("telescopes", [(1,), ("LST",), ("LSTCam",), ("LST_LST_LSTCam", 1)])
def test_a_telescope_is_chosen_by_id_or_name(name, telescopes, request):
    path = request.getfixturevalue(name)
    images = read(path, settings=ReaderSettings("EQUIVALENT", telescopes))
    assert (images.table["telescope"] == 1).all()


@pytest.mark.parametrize("name", ["simtel_file", "dl1_file"])
def test_a_telescope_that_is_not_there_is_told(name, request):
    path = request.getfixturevalue(name)
    words = r"no telescope 2, MST. The file has, by type, those with the ids\n  - LST_LST_LSTCam: 1"
    with pytest.raises(InputError, match=words):
        read_all(path, settings=ReaderSettings("EQUIVALENT", (1, 2, "MST")))


def test_telescopes_of_several_types_are_listed(dl1_copy, direct):
    import astropy.units as u
    from ctapipe.instrument import SubarrayDescription, TelescopeDescription

    first = direct[0].tel[1]
    optics = copy(first.optics)
    optics.name, optics.mirror_area = "MST", 100 * u.m**2
    other = TelescopeDescription("MST", optics, first.camera)
    SubarrayDescription(
        "several",
        tel_positions={i: [100 * i, 0, 16] * u.m for i in (1, 2, 3)},
        tel_descriptions={1: first, 2: other, 3: first},
        reference_location=direct[0].reference_location,
    ).to_hdf(dl1_copy, overwrite=True)
    listed = (
        "  - LST_LST_LSTCam: 1, 3\n  - LST_MST_LSTCam: 2\nTheir cameras differ. Set `telescope`"
    )
    for wanted in (None, (1, 2), ("LSTCam",)):
        with pytest.raises(InputError, match="several types") as error:
            describe_dl1(dl1_copy, ReaderSettings("EQUIVALENT", wanted))
        assert wanted == (1, 2) or listed in str(error.value)
    for wanted, ids in (("MST", (2,)), ("LST_LST_LSTCam", (1, 3)), (3, (3,))):
        assert describe_dl1(dl1_copy, ReaderSettings("EQUIVALENT", (wanted,)))[1] == ids


def test_events_that_are_no_showers_are_left_out(dl1_copy):
    pedestal = 2
    edit_tables(dl1_copy, "event_type", lambda v: np.where(np.arange(len(v)) < 4, pedestal, v))
    images = read(dl1_copy)
    assert images.table["array_event"].tolist() == list(range(500, 3100, 100))
    edit_tables(dl1_copy, "event_type", lambda v: np.full_like(v, pedestal))
    with pytest.raises(InputError, match="has no images of showers"):
        read_all(dl1_copy)


def test_all_uses_of_a_shower_are_one_shower(dl1_copy):
    """CORSIKA counts the uses of the shower 5 as 500, 501, ..."""
    edit_tables(dl1_copy, "event_id", lambda v: 100 * (v // 300) + v // 100 % 3)
    table = read(dl1_copy).table
    assert table["array_event"].is_unique
    expected = (table["array_event"] // 100).to_numpy()
    np.testing.assert_array_equal(np.unique(expected, return_inverse=True)[1], table["shower_id"])


def test_several_files_are_numbered_on(dl1_file, dl1_copy, simtel_file):
    """The same run in two files is the same showers; gammas of a run are others."""
    edit_tables(dl1_copy, "true_shower_primary_id", np.zeros_like)
    parts = read_all(simtel_file, dl1_copy, dl1_file)
    ids = [i for part in parts for i in part.table.index]
    assert ids == list(range(3 * N_MUONS))
    showers = np.concatenate([part.table["shower_id"] for part in parts]).reshape(3, -1)
    np.testing.assert_array_equal(showers[0], showers[2])
    assert not set(showers[0]) & set(showers[1])
    particles = np.concatenate([part.table["particle"] for part in parts]).reshape(3, -1)
    assert (particles == [["hadron"], ["gamma"], ["hadron"]]).all()
    assert all(part.camera is parts[0].camera for part in parts)


def test_cameras_must_agree(dl1_file, dl1_copy):
    edit_tables(dl1_copy, "pix_x", lambda v: v * 1.01)
    with pytest.raises(InputError, match=r"is not that of .*Make a catalog entry for each camera"):
        read_all(dl1_file, dl1_copy)


def test_an_unknown_primary_is_told(dl1_copy):
    edit_tables(dl1_copy, "true_shower_primary_id", lambda v: np.full_like(v, 999))
    with pytest.raises(InputError, match=r"unknown primary particles:\n  - 999\nKnown are 0 \(gam"):
        read_all(dl1_copy)


def test_recorded_events_are_what_the_user_says(dl1_copy):
    remove(dl1_copy, "/simulation", "/configuration/simulation")
    with pytest.raises(InputError, match="does not say what its events are"):
        read_all(dl1_copy)
    table = read(dl1_copy, particle="gamma").table
    assert set(table["particle"]) == {"gamma"}
    assert set(table["primary"]) == {"unknown"}
    assert table["true_energy"].isna().all()
    assert table["impact"].isna().all()
    assert table["zenith"].notna().all()
    assert table["shower_id"].is_unique


def test_a_simulation_that_says_otherwise_is_told(dl1_file):
    with pytest.raises(InputError, match="named as a file of gammas, but has simulated muon"):
        read_all(dl1_file, particle="gamma")
    assert len(read(dl1_file, particle="hadron")) == N_MUONS


def test_charges_that_are_no_numbers_are_told(dl1_copy):
    def spoil(charges):
        charges[3, 17] = np.nan
        return charges

    edit_tables(dl1_copy, "image", spoil)
    with pytest.raises(InputError, match="event 400, pixel 17: nan"):
        read_all(dl1_copy)


def test_files_of_the_wrong_kind_are_told(simtel_file, dl1_file, tmp_path):
    for path, name in ((simtel_file, "a.h5"), (dl1_file, "a.simtel.zst")):
        copy = shutil.copy(path, tmp_path / name)
        with pytest.raises(InputError, match=r"is no HDF5 file|cannot read it as a file of sim_te"):
            read_all(copy)
    with pytest.raises(InputError, match="there is no such file"):
        read_all(tmp_path / "b.simtel.gz")
    with pytest.raises(InputError, match="Set `kind: simtel` or `kind: dl1`"):
        kind_of(tmp_path / "a.root")


def test_without_ctapipe_it_says_what_to_install(monkeypatch, simtel_file, dl1_file):
    monkeypatch.setitem(sys.modules, "ctapipe", None)
    for path in (simtel_file, dl1_file):
        with pytest.raises(InputError, match=r"pip install 'showerforge\[ctapipe\]'"):
            read_all(path)
