import pytest
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog, DatasetError
from object_store import object_store
from serving_tools import put_release, toy_files
from toys import PROJECT

from showerforge.datasets.figures import FigureDataset
from showerforge.datasets.folders import FolderDataset
from showerforge.datasets.releases import ReleaseDataset
from showerforge.errors import InputError
from showerforge.places import list_files, open_place, put
from showerforge.settings import CONFIG_LOADER_ARGS


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with object_store(tmp_path_factory.mktemp("store")) as store:
        store.client("s3").create_bucket(Bucket="bucket")
        yield store


def test_folder_is_loaded_as_its_place(tmp_path):
    dataset = FolderDataset(str(tmp_path / "folder"))
    assert dataset.load() == tmp_path / "folder"
    assert not dataset.exists()
    dataset.load().mkdir()
    assert dataset.exists()


def test_two_globals_put_partitions_and_releases_into_a_store(tmp_path):
    pytest.importorskip("s3fs")
    (tmp_path / "base").symlink_to(PROJECT / "conf/base")
    (tmp_path / "observatory").mkdir()
    (tmp_path / "observatory/globals.yml").write_text("partitions: s3://a/b\nreleases: s3://c\n")
    loader = OmegaConfigLoader(str(tmp_path), env="observatory", **CONFIG_LOADER_ARGS)
    catalog = DataCatalog.from_config(loader["catalog"])
    for name in ("events_to_score", "scored_events", "refused_events"):
        assert str(catalog.load(f"magic.{name}")).startswith("s3://a/b/")
    assert str(catalog.load("magic.releases")) == "s3://c/06_models/magic/releases"
    assert "s3://c/06_models/magic/releases" in str(catalog.get("magic.release"))


def test_credentials_of_the_catalog(store):
    entry = {
        "type": "showerforge.datasets.folders.FolderDataset",
        "filepath": "s3://bucket/in",
        "credentials": "observatory",
    }
    catalog = DataCatalog.from_config({"events": entry}, {"observatory": store.options()})
    (catalog.load("events") / "a.csv").write_text("a")
    assert list_files(catalog.load("events")) == ["a.csv"]
    assert catalog.exists("events")
    assert "secret" not in repr(catalog.get("events"))


def test_releases_are_read_from_a_store_and_made_on_a_disk(store, tmp_path):
    name = put_release(tmp_path)
    address = "s3://bucket/releases"
    dataset = ReleaseDataset(address, store.options())
    assert not dataset.exists()
    for file in list_files(tmp_path):
        put(tmp_path / file, open_place(address, store.options()) / file)
    assert dataset.exists()
    assert dataset.load().name == name
    with pytest.raises(DatasetError, match=f"made on a disk, not in {address}"):
        dataset.save(toy_files())


def test_files_on_a_disk_have_no_address():
    with pytest.raises(InputError, match=r"s3://bucket/a.png is an address, but a FigureDataset"):
        FigureDataset("s3://bucket/a.png")
