"""Event images through the catalog."""

import base64
import inspect

import numpy as np
import pytest
from kedro.io import DataCatalog
from pandas.testing import assert_frame_equal
from toys import make_camera, make_images

from showerforge.cameras.streams import ImageStream
from showerforge.errors import InputError, find_input_error

CAMERA = make_camera()


def catalog_of(kind, filepath, **arguments):
    entry = {"type": f"showerforge.datasets.images.{kind}", "filepath": str(filepath), **arguments}
    return DataCatalog.from_config({"taiga.images": entry})


@pytest.fixture
def catalog(tmp_path):
    return catalog_of("EventImagesDataset", tmp_path / "folder/images.h5")


def test_what_is_saved_is_loaded(catalog):
    images = make_images(CAMERA, 50)
    assert not catalog.exists("taiga.images")
    stream = ImageStream(iter([images.take(slice(0, 20)), images.take(slice(20, 50))]))
    catalog.save("taiga.images", stream)
    assert catalog.exists("taiga.images")
    file = catalog.load("taiga.images")
    assert_frame_equal(file.table, images.table)
    np.testing.assert_array_equal(file.read().images, images.images)
    assert file.attributes == {}


def test_a_fault_half_way_leaves_nothing_and_is_told_plainly(catalog, tmp_path):
    def batches():
        yield make_images(CAMERA, 10)
        wrong = make_images(CAMERA, 10)
        wrong.expected[2, 3] = np.nan
        yield wrong

    with pytest.raises(Exception, match="images") as error:
        catalog.save("taiga.images", ImageStream(batches()))
    assert "event 1002, pixel 3: nan" in str(find_input_error(error.value))
    assert list((tmp_path / "folder").iterdir()) == []


@pytest.mark.parametrize("n_events", [0, 1, 700])
def test_images_are_seen_in_the_graph(catalog, n_events):
    catalog.save("taiga.images", ImageStream([make_images(CAMERA, n_events)]))
    dataset = catalog.get("taiga.images")
    assert base64.b64decode(dataset.preview()).startswith(b"\x89PNG")
    annotation = inspect.signature(dataset.preview, eval_str=True).return_annotation
    assert annotation.__name__ == "ImagePreview"


def test_a_block_that_nobody_needs_may_be_broken(tmp_path):
    catalog = catalog_of("ImageBlocksDataset", tmp_path)
    (tmp_path / "gamma-stale.h5").write_bytes(b"half")
    catalog.save("taiga.images", {"gamma-0": ImageStream([make_images(CAMERA, 10)])})
    blocks = catalog.load("taiga.images")
    assert len(blocks["gamma-0"].read()) == 10
    with pytest.raises(InputError, match="it will be simulated again"):
        blocks["gamma-stale"]


def test_blocks_are_added_one_by_one_and_remains_of_a_killed_write_are_left_out(tmp_path):
    catalog = catalog_of("ImageBlocksDataset", tmp_path / "blocks")
    assert catalog.load("taiga.images") == {}
    assert not catalog.exists("taiga.images")
    for name in ("gamma-1", "gamma-0"):
        images = make_images(CAMERA, 10, seed=int(name[-1]))
        catalog.save("taiga.images", {name: ImageStream([images], {"block": name})})
    (tmp_path / "blocks/.partial-1-gamma-2.h5").write_bytes(b"half")
    assert catalog.exists("taiga.images")
    blocks = catalog.load("taiga.images")
    assert list(blocks) == ["gamma-0", "gamma-1"]
    assert [file.attributes["block"] for file in blocks.values()] == list(blocks)
    assert_frame_equal(blocks["gamma-1"].table, make_images(CAMERA, 10, seed=1).table)
    assert catalog.get("taiga.images").preview()
