"""Images of any source become training and test events."""

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
    assert "RECORDED · images of toy" in summary["footer"]
    assert summary["n_train"] + summary["n_test"] == len(kept)


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
