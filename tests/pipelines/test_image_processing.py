"""Images of any source become training and test events."""

from dataclasses import replace

import numpy as np
import pytest
import yaml
from toys import PROJECT, make_camera, make_images

from showerforge.cameras.images import EventImages
from showerforge.cameras.schema import IMAGE_EVENTS
from showerforge.cameras.storage import ImageFile, write_images
from showerforge.datasets.recorded_images import RecordedImagesDataset
from showerforge.errors import InputError
from showerforge.image_parameters import ImageProcessingParameters
from showerforge.pipelines.data_processing.image_nodes import (
    describe_images,
    parametrise_images,
    select_events,
    split_showers,
)

SHIPPED = yaml.safe_load((PROJECT / "conf/base/parameters/data_processing.yml").read_text())
SETTINGS = ImageProcessingParameters(**SHIPPED["taiga"]["data_processing"])
N_EVENTS = 2400


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A file that is read in several batches, with showers of one particle each."""
    path = tmp_path_factory.mktemp("recorded") / "images.h5"
    images = make_images(make_camera(n_rings=8), N_EVENTS)
    images.table["particle"] = np.where(images.table["shower_id"] % 2, "gamma", "hadron")
    write_images(path, [images.take(slice(0, 700)), images.take(slice(700, None))])
    return ImageFile(path)


def changed(**values):
    return SETTINGS.model_copy(update=values)


def test_every_image_has_its_row_whatever_the_batches(recorded):
    measured = parametrise_images(recorded, SETTINGS)
    assert measured.index.equals(recorded.table.index)
    assert measured["row"].tolist() == list(range(N_EVENTS))
    bright = measured.nlargest(1, "size")
    image = recorded.read(bright["row"]).images
    assert bright["size"].item() <= image[image >= 3].sum() * (1 + 1e-6)
    assert bright["size"].item() == pytest.approx(image[image >= 3].sum(), rel=0.05)


def test_recorded_images_go_the_same_way_as_simulated_ones(recorded):
    measured = parametrise_images(recorded, SETTINGS)
    kept, rejected, flow = select_events(measured, recorded, SETTINGS)
    steps = flow.loc[flow["particle"] == "gamma", "step"].tolist()
    assert steps == ["recorded", "at least 3 pixels", *(cut.name for cut in SETTINGS.cuts)]
    assert len(kept) + len(rejected) == N_EVENTS
    small = rejected[rejected["reason"] == "at least 3 pixels"]
    assert len(small)
    assert small["size"].isna().all()
    train, test = split_showers(kept, SETTINGS, seed=0)
    for events in (train, test):
        IMAGE_EVENTS.validate(events)
    assert not set(train["group"]) & set(test["group"])
    summary = describe_images(recorded, train, test, SETTINGS, seed=0)
    # their energies are known
    assert "· SIMULATED · images of toy" in summary["footer"]
    assert summary["n_train"] + summary["n_test"] == len(kept)


TOLD = {"source": "recorded", "made_by": "ctapipe"}
MADE_HERE = {"source": "simulated", "simulation": {}, "seed": 0}


@pytest.mark.parametrize(
    ("attributes", "energy", "seed", "source", "words"),
    [
        (
            {},
            np.nan,
            1,
            "origin not stated",
            "· ORIGIN NOT STATED · images of toy · 40 events · seed 1",
        ),
        (TOLD, np.nan, 1, "recorded", "· RECORDED (ctapipe) · images of"),
        (TOLD, 1.0, 1, "simulated", "· SIMULATED (ctapipe) · images of"),
        (MADE_HERE, 1.0, 0, "simulated", "· SIMULATED BY THE EMBEDDED MONTE CARLO · images of"),
        (MADE_HERE, 1.0, 0, "simulated", "events · seed 0"),
        (MADE_HERE, 1.0, 1, "simulated", "events · showers of seed 0, split by seed 1"),
    ],
)
def test_every_figure_says_where_images_come_from(
    tmp_path, attributes, energy, seed, source, words
):
    images = make_images(make_camera(), 40)
    table = images.table.drop(columns="primary").assign(true_energy=energy, group=0)
    write_images(tmp_path / "images.h5", [replace(images, table=table)], attributes)
    file = ImageFile(tmp_path / "images.h5")
    summary = describe_images(file, table[:30], table[30:], SETTINGS, seed)
    assert summary["source"] == source
    assert summary["footer"].endswith(words) or f"{words} " in summary["footer"]
    assert (summary["seed"], summary["shower_seed"]) == (seed, attributes.get("seed"))


def test_numbers_of_other_lengths_go_the_same_way(recorded, tmp_path):
    images = recorded.read(what="images")
    own = images.table.assign(
        true_energy=images.table["true_energy"].astype("float32"),
        muons=np.arange(N_EVENTS, dtype=np.int16),
        shower_id=images.table["shower_id"].astype("int32"),
    )
    own.index = own.index.astype("int32")
    write_images(tmp_path / "own.h5", [replace(images, table=own)])
    file = ImageFile(tmp_path / "own.h5")
    kept, _, _ = select_events(parametrise_images(file, SETTINGS), file, SETTINGS)
    for events in split_showers(kept, SETTINGS, seed=0):
        checked = IMAGE_EVENTS.validate(events)
        assert (checked[["true_energy", "muons"]].dtypes == np.float64).all()
        assert checked.index.dtype == checked["group"].dtype == np.int64


def parametrise_table(recorded, path, change):
    images = recorded.read(slice(0, 10), "images")
    write_images(path, [replace(images, table=change(images.table))])
    return parametrise_images(ImageFile(path), SETTINGS)


@pytest.mark.parametrize("name", ["size", "x", "row", "group", "fold", "reason"])
def test_columns_that_are_made_here_are_refused(recorded, tmp_path, name):
    with pytest.raises(InputError, match=f"columns called {name}, the names"):
        parametrise_table(recorded, tmp_path / "own.h5", lambda t: t.assign(**{name: 1.0}))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("proton", r"3 images is neither 'gamma' nor 'hadron':\n  - event 1004: 'proton'"),
        ("Gamma", r"did you mean gamma\?"),
    ],
)
def test_a_particle_of_another_name_is_told(recorded, tmp_path, value, words):
    def change(table):
        particle = table["particle"].copy()
        particle.iloc[[4, 5, 9]] = value
        return table.assign(particle=particle)

    with pytest.raises(InputError, match=words):
        parametrise_table(recorded, tmp_path / "own.h5", change)


def test_showers_without_number_are_told(recorded, tmp_path):
    with pytest.raises(InputError, match="shower_id of the images is of the type str"):
        parametrise_table(recorded, tmp_path / "own.h5", lambda t: t.assign(shower_id="run 1"))


def test_the_smallest_images_allowed_can_be_kept(recorded):
    cleaning = SETTINGS.cleaning.model_copy(update={"minimum_pixels": 2})
    settings = changed(cleaning=cleaning)
    kept, _, _ = select_events(parametrise_images(recorded, settings), recorded, settings)
    assert (kept["n_pixels"] == 2).any()
    for events in split_showers(kept, settings, seed=0):
        IMAGE_EVENTS.validate(events)


def test_cuts_that_leave_too_little_are_told(recorded):
    measured = parametrise_images(recorded, SETTINGS)
    faint = SETTINGS.cuts[0].model_copy(update={"right": 1e6})
    with pytest.raises(InputError, match=r"0 gamma showers.*Nothing has been written"):
        select_events(measured, recorded, changed(cuts=[faint]))


def test_expectations_alone_are_no_images(recorded, tmp_path):
    expected = recorded.read(what="expected")
    write_images(tmp_path / "expected.h5", [expected])
    with pytest.raises(InputError, match="no images"):
        parametrise_images(ImageFile(tmp_path / "expected.h5"), SETTINGS)


def test_images_of_unknown_showers_cannot_be_split(recorded, tmp_path):
    images = recorded.read(slice(0, 10))
    unknown = EventImages(images.camera, images.table.drop(columns="shower_id"), images.images)
    write_images(tmp_path / "unknown.h5", [unknown])
    with pytest.raises(InputError, match="has no shower_id"):
        parametrise_images(ImageFile(tmp_path / "unknown.h5"), SETTINGS)


def test_a_file_of_sim_telarray_goes_the_same_way_until_a_class_is_missing(simtel_file):
    muons = RecordedImagesDataset(str(simtel_file), focal_length_choice="EQUIVALENT").load()
    measured = parametrise_images(muons, SETTINGS)
    assert len(measured) == 30
    assert measured["size"].notna().any()
    assert set(measured["particle"]) == {"hadron"}
    with pytest.raises(InputError, match="0 gamma showers"):
        select_events(measured, muons, SETTINGS)
