"""Files of a folder are opened when they are wanted, not before."""

import pytest
from toys import make_camera, make_images

from showerforge.cameras.folder import ImageFolder
from showerforge.cameras.storage import write_images
from showerforge.errors import InputError

CAMERA = make_camera()


@pytest.fixture
def folder(tmp_path):
    folder = ImageFolder(tmp_path / "blocks")
    for name in ("proton-0", "gamma-0"):
        write_images(folder.file_of(name), [make_images(CAMERA, 5)])
    folder.file_of("gamma-stale").write_bytes(b"half a block")
    return folder


def test_a_broken_file_matters_only_to_those_who_want_it(folder):
    assert list(folder) == ["gamma-0", "gamma-stale", "proton-0"]
    assert len(folder) == 3
    assert "gamma-stale" in folder
    assert len(folder["proton-0"].read()) == 5
    with pytest.raises(InputError, match=r"gamma-stale.h5: .*\nRemove this file.*simulated again"):
        folder["gamma-stale"]


def test_a_name_that_is_not_there_is_missing(folder):
    assert folder.get("gamma-1") is None
    assert 0 not in folder
    with pytest.raises(KeyError):
        folder["gamma-1"]


def test_files_that_come_later_are_seen(folder):
    write_images(folder.file_of("gamma-1"), [make_images(CAMERA, 3)])
    assert len(folder["gamma-1"].read()) == 3
    folder.file_of("gamma-stale").unlink()
    assert list(folder) == ["gamma-0", "gamma-1", "proton-0"]


def test_a_folder_that_is_not_there_is_empty(tmp_path):
    folder = ImageFolder(tmp_path / "none")
    assert folder == {}
    assert "gamma-0" not in folder
