"""The event-image file: what is written comes back, and what is wrong is told."""

import re
import tracemalloc
from dataclasses import replace

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from toys import PROJECT, make_camera, make_images

from showerforge.cameras.storage import ImageFile, write_images
from showerforge.errors import InputError

CAMERA = make_camera()
SHARED_FOLDER = settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def batches_of(images, size):
    return [images.take(slice(i, i + size)) for i in range(0, len(images), size)]


def assert_same(first, second):
    assert_frame_equal(first.table, second.table)
    for name in ("images", "expected"):
        a, b = getattr(first, name), getattr(second, name)
        assert (a is None) == (b is None)
        if a is not None:
            assert a.dtype == b.dtype == np.float32
            np.testing.assert_array_equal(a, b)


@pytest.fixture
def written(tmp_path):
    images = make_images(CAMERA, 300, seed=1)
    write_images(tmp_path / "images.h5", [images], {"source": "simulated"})
    return tmp_path / "images.h5"


@SHARED_FOLDER
@given(
    n_events=st.integers(1, 150),
    size=st.integers(10, 90),
    read_size=st.integers(10, 90),
    kinds=st.sampled_from([("images",), ("expected",), ("images", "expected")]),
    data=st.data(),
)
def test_what_is_written_comes_back_whatever_the_batches(
    tmp_path, n_events, size, read_size, kinds, data
):
    images = make_images(CAMERA, n_events, seed=n_events)
    images = replace(images, **dict.fromkeys({"images", "expected"} - set(kinds)))
    attributes = {"source": "simulated", "files": ["ä.simtel"], "nested": {"a": [1, 2.5, None]}}
    path = tmp_path / "new folder" / "images.h5"
    write_images(path, iter(batches_of(images, size)), attributes)
    file = ImageFile(path)
    assert len(file) == n_events
    assert file.attributes == attributes
    assert file.charges == kinds
    assert_frame_equal(file.table, images.table)
    assert_same(file.read(), images)
    parts = list(file.batches(read_size))
    assert max(map(len, parts)) <= read_size
    np.testing.assert_array_equal(
        np.concatenate([part.table.index for part in parts]), images.table.index
    )
    rows = data.draw(st.lists(st.integers(0, n_events - 1), max_size=20))
    assert_same(file.read(rows), images.take(np.array(rows, dtype=int)))
    assert file.read(slice(0, 1), kinds[0]).camera is file.camera
    for field in ("x", "y", "cluster"):
        np.testing.assert_array_equal(getattr(file.camera, field), getattr(CAMERA, field))
    assert (file.camera.name, file.camera.pitch) == (CAMERA.name, CAMERA.pitch)
    assert [entry.name for entry in path.parent.iterdir()] == ["images.h5"]


def test_a_batch_without_events_is_stored(tmp_path):
    images = make_images(CAMERA, 5)
    write_images(tmp_path / "a.h5", [images.take(slice(0, 0)), images])
    assert_same(ImageFile(tmp_path / "a.h5").read(), images)
    write_images(tmp_path / "b.h5", [images.take(slice(0, 0))])
    assert len(ImageFile(tmp_path / "b.h5").read()) == 0
    assert list(ImageFile(tmp_path / "b.h5").batches(10)) == []


def test_masks_choose_events(written):
    file = ImageFile(written)
    mask = (file.table["particle"] == "gamma").to_numpy()
    assert 0 < mask.sum() < len(mask)
    assert (file.read(mask).table["particle"] == "gamma").all()
    assert len(file.read(mask)) == mask.sum()


def test_sparse_expectations_are_packed(tmp_path):
    images = replace(make_images(make_camera(n_rings=10), 1000), images=None)
    write_images(tmp_path / "images.h5", [images])
    assert (images.expected > 0).mean() < 0.1
    assert (tmp_path / "images.h5").stat().st_size < 0.3 * images.expected.nbytes


def test_memory_does_not_grow_with_the_number_of_batches(tmp_path):
    camera = make_camera(n_rings=8)
    size = 100
    batch_bytes = 2 * 4 * size * camera.n_pixels

    batch = make_images(camera, size)

    def batches(n):
        for number in range(n):
            yield replace(batch, table=batch.table.set_index(batch.table.index + size * number))

    def peaks(n_batches):
        path = tmp_path / f"{n_batches}.h5"
        tracemalloc.start()
        write_images(path, batches(n_batches))
        written = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        n_read = sum(len(batch) for batch in ImageFile(path).batches(size))
        read = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert n_read == size * n_batches
        return np.array([written, read])

    peaks(2)
    growth = peaks(100) - peaks(20)
    assert (growth < 5 * batch_bytes).all(), growth / batch_bytes


def unnumbered(images):
    images.images[3, 7] = np.nan
    images.images[4, 0] = np.inf
    return [images]


def other_camera(images):
    camera = replace(CAMERA, x=CAMERA.x + 0.01)
    return [images, replace(images, camera=camera)]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (unnumbered, r"2 charges in images are no finite numbers:\n.*event 1003, pixel 7: nan"),
        (other_camera, "cameras 'toy' and 'toy' cannot be in one file"),
        (lambda images: [images, images], "12 values of event_id belong to several events"),
        (lambda images: [], "there are no images to be written"),
        (
            lambda images: [images, replace(images, expected=None)],
            "batches differ. The first has .*, images, expected; another has .*images",
        ),
        (
            lambda images: [images, replace(images, table=images.table.drop(columns="impact"))],
            "batches differ",
        ),
        (
            lambda images: [images, replace(images, table=images.table.assign(impact=1))],
            "column impact is of the type int64 in one batch and float64 in another",
        ),
        (
            lambda images: [replace(images, table=images.table.assign(t=pd.Timestamp("2020")))],
            "column t is of the type datetime64",
        ),
        (
            lambda images: [replace(images, table=images.table.assign(primary=None))],
            "column primary",
        ),
        (
            lambda images: [replace(images, images=images.images[:, :-1])],
            r"images have the shape \(12, 60\); .* need \(12, 61\)",
        ),
        (
            lambda images: [replace(images, images=None, expected=None)],
            "neither images nor expected",
        ),
        (
            lambda images: [replace(images, table=images.table.reset_index(drop=True))],
            "must be indexed by event_id",
        ),
    ],
)
def test_what_cannot_be_stored_is_refused_and_the_old_file_stays(tmp_path, make, words):
    path = tmp_path / "images.h5"
    old = make_images(CAMERA, 3)
    write_images(path, [old])
    with pytest.raises(InputError, match=words) as error:
        write_images(path, make(make_images(CAMERA, 12)))
    assert str(path) in str(error.value)
    assert_same(ImageFile(path).read(), old)
    assert [entry.name for entry in tmp_path.iterdir()] == ["images.h5"]


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_file_that_is_cut_off_is_told(written, share):
    content = written.read_bytes()
    written.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"is cut off|is no HDF5 file"):
        ImageFile(written)


def test_damage_inside_is_told(written):
    with h5py.File(written) as file:
        offset = file["images"].id.get_chunk_info(0).byte_offset
    content = bytearray(written.read_bytes())
    content[offset : offset + 200] = bytes(200)
    written.write_bytes(content)
    with pytest.raises(InputError, match="it is damaged"):
        ImageFile(written).read(slice(0, 10))


def change(path, edit):
    with h5py.File(path, "r+") as file:
        edit(file)


def shorten(name):
    def edit(file):
        values = file[name][:-1]
        del file[name]
        file[name] = values

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda file: file.attrs.update(format="other"), "`format` is 'other'"),
        (lambda file: file.attrs.__delitem__("format"), "`format` is None"),
        (lambda file: file.attrs.update(version=2), "a newer showerforge may read it"),
        (lambda file: file.attrs.update(version="1.0"), "`version` is '1.0' .expected: a number"),
        (lambda file: file.__delitem__("camera"), "it has no `camera`"),
        (lambda file: file["camera"].attrs.__delitem__("pitch"), "`/camera` has no `pitch`"),
        (lambda file: file["camera"].attrs.update(pich=1.0), "`/camera` has an unknown `pich`"),
        (lambda file: file["table"].__delitem__("event_id"), "it has no `table/event_id`"),
        (
            lambda file: (file.__delitem__("images"), file.__delitem__("expected")),
            "it has neither `images` nor `expected`",
        ),
        (shorten("images"), r"`images` has the shape \(299, 61\) \(expected: \(300, 61\)"),
        (shorten("table/impact"), r"`table/impact` has the shape \(299,\)"),
        (shorten("camera/x"), r"`images` has the shape \(300, 61\) \(expected: \(300, 60\)"),
    ],
)
def test_a_file_of_another_make_is_told(written, edit, words):
    change(written, edit)
    with pytest.raises(InputError, match=words) as error:
        ImageFile(written)
    assert str(written) in str(error.value)


def test_charges_that_others_wrote_wrongly_are_told_on_reading(written):
    change(written, lambda file: file["expected"].__setitem__((290, 60), np.nan))
    file = ImageFile(written)
    assert len(list(file.batches(100, "images"))) == 3
    with pytest.raises(InputError, match="event 1290, pixel 60: nan"):
        list(file.batches(100))


def test_what_the_file_lacks_is_told(tmp_path):
    write_images(tmp_path / "a.h5", [replace(make_images(CAMERA, 3), expected=None)])
    with pytest.raises(InputError, match="there is no 'expected' in the file; it has images"):
        ImageFile(tmp_path / "a.h5").read(what="expected")
    with pytest.raises(InputError, match="there is no such file"):
        ImageFile(tmp_path / "b.h5")


def test_the_documented_lines_of_h5py_make_a_file(tmp_path, monkeypatch):
    page = (PROJECT / "docs/own-images.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```python\n(import h5py.*?)```", page, re.DOTALL)
    charges = np.arange(2 * CAMERA.n_pixels).reshape(2, -1)
    known = {
        "x_deg": CAMERA.x,
        "y_deg": CAMERA.y,
        "cluster": CAMERA.cluster,
        "event_id": [7, 9],
        "shower_id": [1, 1],
        "particle": ["gamma", "hadron"],
        "charges": charges,
    }
    monkeypatch.chdir(tmp_path)
    exec(lines, known)
    own = ImageFile(tmp_path / "mine.h5")
    assert own.attributes == {}
    assert (own.camera.name, own.camera.shape) == ("mine", "hexagon")
    np.testing.assert_array_equal(own.read([1]).images, charges[[1]])
    index = pd.Index([7, 9], name="event_id")
    expected = pd.DataFrame({name: known[name] for name in ("particle", "shower_id")}, index)
    assert_frame_equal(own.table, expected, check_like=True)
