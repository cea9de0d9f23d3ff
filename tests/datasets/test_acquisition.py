"""Acquisition from real folders and a real HTTP server."""

import hashlib
import io
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from showerforge.datasets.acquisition import Source, acquire, arff_to_table
from showerforge.datasets.event_table import EventTableDataset
from showerforge.errors import InputError, find_input_error
from showerforge.events.reader import FILE_COLUMNS

SHA256 = "e9314b7ebd4b4b59a3b3d65f7316663963777b16a46786877651dbbaa640b36a"


@pytest.fixture
def served(tmp_path):
    """A folder and the address at which its files are served."""
    folder = tmp_path / "served"
    folder.mkdir()

    class QuietHandler(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def as_arff(table: bytes) -> bytes:
    """The events as OpenML serves them: an ID, colons after the names, rows in any order."""
    header = ["@RELATION MagicTelescope", "@ATTRIBUTE ID INTEGER"]
    header += [f"@ATTRIBUTE {name}: REAL" for name in FILE_COLUMNS[:-1]]
    header += ["@ATTRIBUTE class: {g,h}", "@DATA"]
    rows = [f"{number},{row}" for number, row in enumerate(table.decode().split(), start=1)]
    return "\n".join([*header, *rows[1000:], *rows[:1000]]).encode()


def test_order_of_sources_and_nothing_else_in_the_folder(tmp_path, magic_file, served):
    folder, address = served
    (folder / "magic04.data").write_bytes(b"not the table")
    target = tmp_path / "data" / "magic04.data"
    sources = [
        Source("empty", "folder", str(tmp_path)),
        Source("wrong", "file", f"{address}/magic04.data"),
        Source("right", "folder", str(magic_file.parent)),
        Source("unreachable", "file", "http://127.0.0.1:9/never-asked"),
    ]
    acquire(target, SHA256, sources)
    assert target.read_bytes() == magic_file.read_bytes()
    assert [path.name for path in target.parent.iterdir()] == ["magic04.data"]


@pytest.mark.parametrize("kind", ["file", "zip", "arff"])
def test_every_kind_of_download_gives_the_same_bytes(tmp_path, magic_file, served, kind):
    folder, address = served
    table = magic_file.read_bytes()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as handle:
        handle.writestr("magic04.data", table)
        handle.writestr("magic04.names", "about it")
    content = {"file": table, "zip": archive.getvalue(), "arff": as_arff(table)}[kind]
    (folder / "download").write_bytes(content)
    target = tmp_path / "magic04.data"
    acquire(target, SHA256, [Source("server", kind, f"{address}/download")])
    assert hashlib.sha256(target.read_bytes()).hexdigest() == SHA256


def test_arff_with_one_changed_number_is_refused(tmp_path, magic_file, served):
    folder, address = served
    (folder / "magic.arff").write_bytes(
        as_arff(magic_file.read_bytes()).replace(b"28.7967", b"28.7968", 1)
    )
    with pytest.raises(InputError, match=r"OpenML.*wrong content"):
        acquire(
            tmp_path / "magic04.data",
            SHA256,
            [Source("OpenML", "arff", f"{address}/magic.arff")],
        )


def test_arff_is_turned_into_the_very_file(magic_file):
    assert arff_to_table(as_arff(magic_file.read_bytes())) == magic_file.read_bytes()


def test_cut_download_and_missing_sources_are_all_told(tmp_path, magic_file, served):
    folder, address = served
    (folder / "cut").write_bytes(magic_file.read_bytes()[:700_000])
    target = tmp_path / "raw" / "magic04.data"
    sources = [
        Source("mirror folder", "folder", str(tmp_path / "mirror")),
        Source("cut server", "file", f"{address}/cut"),
        Source("lost server", "file", f"{address}/lost"),
        Source("dead server", "file", "http://127.0.0.1:9/magic04.data"),
    ]
    with pytest.raises(InputError) as error:
        acquire(target, SHA256, sources)
    message = str(error.value)
    for word in ("mirror folder", "700,000 bytes", "404", "dead server", "SHOWERFORGE_MIRROR"):
        assert word in message
    assert not target.parent.exists() or not list(target.parent.iterdir())


def test_wrong_file_in_place_is_left_alone_and_explained(tmp_path, magic_file):
    target = tmp_path / "magic04.data"
    target.write_bytes(magic_file.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"1,477,291 bytes.*\n.*Remove the file"):
        acquire(target, SHA256, [Source("right", "folder", str(magic_file.parent))])
    assert target.stat().st_size == 1_477_291


def test_dataset_fetches_once_and_reads(tmp_path, magic_file):
    target = tmp_path / "magic04.data"
    source = {"name": "mirror", "kind": "folder", "location": str(magic_file.parent)}
    dataset = EventTableDataset(str(target), SHA256, [source])
    assert not dataset.exists()
    assert len(dataset.load()) == 19_020
    assert dataset.exists()
    assert dataset.load().attrs["sha256"] == SHA256
    assert len(dataset.preview(3)["data"]) == 3


def test_own_table_is_read_without_checksum(tmp_path, magic_file):
    own = tmp_path / "own.csv"
    own.write_text("\n".join(magic_file.read_text().split()[:50]))
    assert len(EventTableDataset(str(own)).load()) == 50


def test_error_of_the_dataset_carries_the_plain_message(tmp_path):
    with pytest.raises(Exception, match="no such file") as error:
        EventTableDataset(str(Path(tmp_path) / "nothing.csv")).load()
    assert find_input_error(error.value) is not None
