import pickle
import uuid
from pathlib import Path

import pytest
from object_store import object_store

from showerforge.errors import InputError
from showerforge.places import (
    StoreError,
    check_writable,
    fetch,
    fingerprint_of,
    is_there,
    list_files,
    move,
    open_place,
    put,
    read_text,
    remove,
    write_text,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with object_store(tmp_path_factory.mktemp("store")) as store:
        store.client("s3").create_bucket(Bucket="bucket")
        yield store


@pytest.fixture
def in_store(store):
    return open_place(f"s3://bucket/{uuid.uuid4().hex}", store.options())


@pytest.fixture(params=["disk", "store"])
def folder(request, tmp_path):
    if request.param == "disk":
        return open_place(str(tmp_path))
    return request.getfixturevalue("in_store")


def write_elsewhere(store, file, content):
    """Write as somebody else would, whom this process does not see."""
    bucket, _, key = file.path.partition("/")
    store.client("s3").put_object(Bucket=bucket, Key=key, Body=content)


def test_paths_are_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert open_place("data/in") == tmp_path / "data/in"


def test_unknown_protocol():
    pytest.importorskip("upath")
    with pytest.raises(InputError, match=r"nix://a/b cannot be used: .*nix"):
        open_place("nix://a/b")


class TestFiles:
    def test_what_is_written_is_read(self, folder):
        file = folder / "deep" / "er" / "a.txt"
        assert not is_there(file)
        assert read_text(file) is None
        write_text(file, "größer")
        assert is_there(file)
        assert read_text(file) == "größer"
        write_text(file, "other")
        assert read_text(file) == "other"

    def test_files_are_listed_at_any_depth(self, folder):
        for name in ("b.txt", "a/c.txt", "a/d/e.txt"):
            write_text(folder / name, name)
        write_text(folder.with_name(folder.name + "2") / "f.txt", "of another folder")
        assert list_files(folder) == ["a/c.txt", "a/d/e.txt", "b.txt"]
        assert list_files(folder / "a") == ["c.txt", "d/e.txt"]
        assert list_files(folder / "nothing") == []

    def test_move_and_remove(self, folder):
        write_text(folder / "a.txt", "a")
        move(folder / "a.txt", folder / "moved" / "b.txt")
        assert list_files(folder) == ["moved/b.txt"]
        assert read_text(folder / "moved" / "b.txt") == "a"
        for _ in range(2):
            remove(folder / "moved" / "b.txt")
            assert list_files(folder) == []

    def test_fingerprint_is_that_of_the_content(self, folder):
        file = folder / "a.txt"
        found = []
        for text in ("one", "two", "one"):
            write_text(file, text)
            found.append(fingerprint_of(file))
        assert found[0] == found[2] != found[1]


class TestStore:
    def test_large_files_come_back_as_they_were(self, in_store, tmp_path):
        """They travel in several parts."""
        content = bytes(range(256)) * 410_000
        (tmp_path / "large").write_bytes(content)
        put(tmp_path / "large", in_store / "large")
        assert fingerprint_of(in_store / "large").endswith('-3"')
        fetch(in_store / "large", tmp_path / "new" / "copy")
        assert (tmp_path / "new" / "copy").read_bytes() == content

    def test_what_others_write_is_seen_at_once(self, in_store, store):
        file = in_store / "a.txt"
        write_text(file, "ours")
        before = fingerprint_of(file)
        assert list_files(in_store) == ["a.txt"]
        write_elsewhere(store, file, b"theirs")
        write_elsewhere(store, in_store / "b.txt", b"b")
        assert fingerprint_of(file) != before
        assert read_text(file) == "theirs"
        assert is_there(in_store / "b.txt")
        assert list_files(in_store) == ["a.txt", "b.txt"]

    def test_change_while_it_is_fetched_is_told(self, in_store, store, tmp_path, monkeypatch):
        file = in_store / "a.txt"
        write_text(file, "first")
        get = file.fs.get_file

        def get_slowly(*arguments):
            get(*arguments)
            write_elsewhere(store, file, b"second")

        monkeypatch.setattr(file.fs, "get_file", get_slowly)
        with pytest.raises(StoreError, match=r"a\.txt was changed while it was read"):
            fetch(file, tmp_path / "a.txt")

    def test_objects_are_removed_one_by_one(self, in_store, store):
        """Some stores want a checksum with the removal of many that is not sent any more."""
        before = len(store.requests())
        write_text(in_store / "a.txt", "a")
        move(in_store / "a.txt", in_store / "b.txt")
        remove(in_store / "b.txt")
        asked = store.requests()[before:]
        assert len([request for request in asked if request.startswith("DELETE")]) == 2
        assert not [request for request in asked if "?delete" in request]

    def test_places_travel_with_what_they_sign_in_with(self, in_store):
        write_text(in_store / "a.txt", "a")
        there = pickle.loads(pickle.dumps(in_store))
        assert there == in_store
        assert read_text(there / "a.txt") == "a"

    def test_whole_bucket_is_no_place_for_results(self, store):
        with pytest.raises(InputError, match=r"s3://bucket/? is a whole bucket"):
            check_writable(open_place("s3://bucket", store.options()))


class TestErrors:
    def test_no_such_bucket(self, store, tmp_path):
        folder = open_place("s3://no-such-bucket/in", store.options())
        told = pytest.raises(StoreError, match=r"s3://no-such-bucket/in.* bucket does not exist")
        with told:
            list_files(folder)
        with told:
            check_writable(folder)
        with told:
            put(Path(__file__), folder / "a.txt")

    def test_no_permission(self, store, in_store):
        write_text(in_store / "a.txt", "a")
        reader = store.add_user(
            "reader", GetObject=["arn:aws:s3:::bucket/*"], ListBucket=["arn:aws:s3:::bucket"]
        )
        folder = open_place(str(in_store), reader)
        stranger = open_place(str(in_store), store.options("nobody", "knows"))
        with store.guarded():
            assert list_files(folder) == ["a.txt"]
            assert read_text(folder / "a.txt") == "a"
            with pytest.raises(StoreError, match=r"cannot be reached: PermissionError"):
                check_writable(folder)
            with pytest.raises(StoreError, match=r"cannot be reached: PermissionError"):
                list_files(stranger)
        assert list_files(in_store) == ["a.txt"]

    def test_no_credentials(self, store, tmp_path, monkeypatch):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            monkeypatch.setenv(name, str(tmp_path / "none"))
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        folder = open_place("s3://bucket/in", {"endpoint_url": store.endpoint})
        with pytest.raises(StoreError, match=r"Unable to locate credentials"):
            write_text(folder / "a.txt", "a")

    def test_nobody_answers(self):
        pytest.importorskip("s3fs")
        options = {"key": "a", "secret": "b", "endpoint_url": "http://127.0.0.1:9"}
        options["config_kwargs"] = {"retries": {"max_attempts": 0}}
        with pytest.raises(StoreError, match=r"s3://bucket/a\.txt cannot be reached.*connect"):
            read_text(open_place("s3://bucket/a.txt", options))

    def test_credentials_of_the_environment(self, store, in_store, tmp_path, monkeypatch):
        user = store.add_user("of the environment", **{"*": ["*"]})
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", user["key"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", user["secret"])
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", store.endpoint)
        folder = open_place(f"{in_store}/environment")
        with store.guarded():
            write_text(folder / "a.txt", "a")
            assert list_files(folder) == ["a.txt"]
