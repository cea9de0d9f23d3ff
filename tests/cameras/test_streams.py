"""Single images out of a source that is read in batches."""

import numpy as np
import pytest
from toys import make_camera, make_images

from showerforge.cameras.storage import ImageFile, write_images
from showerforge.cameras.streams import HeldImages, take_images
from showerforge.errors import InputError


@pytest.mark.parametrize("batch_size", [1, 7, 100])
def test_images_come_in_the_order_that_is_asked_for(tmp_path, batch_size):
    events = make_images(make_camera(), 30)
    write_images(tmp_path / "images.h5", [events])
    rows = [29, 0, 8, 8, 13]
    taken = take_images(ImageFile(tmp_path / "images.h5"), rows, batch_size)
    assert np.array_equal(taken, events.recorded[rows])


def test_images_in_memory_are_read_like_those_of_a_file(tmp_path):
    events = make_images(make_camera(), 30)
    write_images(tmp_path / "images.h5", [events])
    for source in (ImageFile(tmp_path / "images.h5"), HeldImages(events)):
        assert np.array_equal(take_images(source, [4, 2], 10), events.recorded[[4, 2]])
        batches = [batch.recorded for batch in source.batches(12)]
        assert [len(batch) for batch in batches] == [12, 12, 6]
        assert np.array_equal(np.concatenate(batches), events.recorded)


def test_expectations_alone_are_no_images(tmp_path):
    events = make_images(make_camera(), 5)
    expected = type(events)(events.camera, events.table, expected=events.expected)
    write_images(tmp_path / "expected.h5", [expected])
    with pytest.raises(InputError, match="no images"):
        take_images(ImageFile(tmp_path / "expected.h5"), [0], 10)
