"""Catalog entries of fitted generators of images."""

from showerforge.datasets.image_generators import ImageGeneratorsDataset


def test_a_folder_holds_the_files_of_the_last_save(tmp_path):
    dataset = ImageGeneratorsDataset(str(tmp_path / "generators"))
    assert not dataset.exists()
    dataset.save({"cvae": b"a", "cgan": b"b"})
    dataset.save({"cvae": b"c", "flow.v2": b"d"})
    assert dataset.load() == {"cvae": b"c", "flow.v2": b"d"}
    assert sorted(path.name for path in (tmp_path / "generators").iterdir()) == [
        "cvae.zip",
        "flow.v2.zip",
    ]
