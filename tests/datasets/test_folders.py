import pytest
from kedro.io import DatasetError

from showerforge.datasets.folders import FolderDataset


def test_folder_loads_as_its_path_which_need_not_be_there(tmp_path):
    assert FolderDataset(str(tmp_path / "new")).load() == tmp_path / "new"


def test_only_the_folder_itself_is_taken_note_of(tmp_path):
    dataset = FolderDataset(str(tmp_path / "one"))
    dataset.save(tmp_path / "one")
    with pytest.raises(DatasetError, match=r"the next node reads .*one.* the same path"):
        dataset.save(tmp_path / "two")
