"""Files of the user's own through the catalog."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from kedro.io import DataCatalog

from showerforge.cameras.streams import ImageStream
from showerforge.datasets.images import EventImagesDataset
from showerforge.datasets.recorded_images import RecordedImagesDataset
from showerforge.errors import find_input_error


def load(**arguments):
    kind = "showerforge.datasets.recorded_images.RecordedImagesDataset"
    arguments = {"focal_length_choice": "EQUIVALENT", **arguments}
    catalog = DataCatalog.from_config({"taiga.event_images": {"type": kind, **arguments}})
    return catalog.load("taiga.event_images")


def test_a_file_is_read_in_batches(simtel_file):
    images = load(filepath=str(simtel_file), maximum_events=5, telescope="LST")
    assert images.camera.n_pixels == 1855
    assert [len(batch) for batch in images.batches(3)] == [3, 2]
    assert [len(batch) for batch in images.batches(3)] == [3, 2]


def test_files_come_by_pattern_in_order(dl1_file, tmp_path):
    for name in ("run2.h5", "run1.h5", "other.h5"):
        shutil.copy(dl1_file, tmp_path / name)
    images = load(filepath=str(tmp_path / "run*.h5"))
    assert images.attributes["files"] == ["run1.h5", "run2.h5"]
    images = load(files=[str(tmp_path / "other.h5"), str(tmp_path / "run*.h5")])
    assert images.attributes["files"] == ["other.h5", "run1.h5", "run2.h5"]
    (batch,) = load(files={"hadron": str(tmp_path / "run1.h5")}, kind="dl1").batches(100)
    assert set(batch.table["particle"]) == {"hadron"}


def test_a_name_with_brackets_is_a_name(dl1_file, tmp_path):
    path = shutil.copy(dl1_file, tmp_path / "run[1].h5")
    assert load(filepath=str(path)).attributes["files"] == ["run[1].h5"]


def test_relative_paths_start_at_the_project(dl1_file, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    shutil.copy(dl1_file, tmp_path / "data/run.h5")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.kedro]\npackage_name = "a"\nproject_name = "a"\nkedro_init_version = "1.7.0"\n'
    )
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert load(files=["data/run.h5"]).files[0].path == tmp_path / "data/run.h5"


def test_they_can_be_kept_as_an_event_image_file(simtel_file, tmp_path):
    recorded = load(filepath=str(simtel_file))
    kept = EventImagesDataset(str(tmp_path / "kept.h5"))
    kept.save(ImageStream(recorded.batches(8), recorded.attributes))
    (whole,) = recorded.batches(100)
    np.testing.assert_array_equal(kept.load().read().images, whole.images)
    assert kept.load().attributes["files"] == [simtel_file.name]
    assert kept.preview()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "need either `filepath`, or `files`"),
        ({"filepath": "a.h5", "files": ["b.h5"]}, "need either `filepath`, or `files`"),
        ({"files": {"gamma": "a.h5", "proton": "b.h5"}}, "not gamma, proton"),
        ({"files": []}, "names no file"),
        ({"filepath": "a.h5", "kind": "simtl"}, r"`kind` is 'simtl' \(did you mean simtel\?\)"),
        (
            {"filepath": "a.h5", "focal_length_choice": "equivalent"},
            r"`focal_length_choice` is 'equivalent' \(did you mean EQUIVALENT\?\) \(allowed: EFF",
        ),
        ({"filepath": "a.h5", "maximum_events": 0}, "`maximum_events` is 0"),
        ({"filepath": "/nowhere/a*.h5"}, r"/nowhere/a\*.h5: there is no such file"),
    ],
)
def test_what_does_not_go_together_is_told_plainly(arguments, words):
    with pytest.raises(Exception, match=words) as error:
        load(**arguments)
    assert find_input_error(error.value) is not None


def test_a_file_is_not_read_twice(tmp_path):
    (tmp_path / "a.h5").touch()
    with pytest.raises(Exception, match=r"a.h5: is named twice"):
        load(files=[str(tmp_path / "a.h5"), str(tmp_path / "*.h5")])


def test_they_exist_if_every_pattern_finds_a_file(tmp_path):
    files = {"gamma": str(tmp_path / "g*.h5"), "hadron": str(tmp_path / "h.h5")}
    dataset = RecordedImagesDataset(files=files)
    (tmp_path / "g1.h5").touch()
    assert not dataset.exists()
    Path(files["hadron"]).touch()
    assert dataset.exists()
    with pytest.raises(Exception, match="read only"):
        dataset.save("images")
