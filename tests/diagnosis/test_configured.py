import hashlib
import socket

import pytest
from serving_tools import put_release

from showerforge.diagnosis.configured import (
    look_at_executor,
    look_at_raw_events,
    look_at_releases,
)
from showerforge.diagnosis.findings import asking
from showerforge.execution import ExecutionSettings
from showerforge.serving.manifest import MODEL

CONTENT = b"the table"
ENTRY = {
    "filepath": "table.data",
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "sources": [{"name": "mirror"}, {"name": "UCI"}],
}


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (CONTENT, "ok", "is the published table"),
        (CONTENT[:-1], "problem", "is not the published table"),
        (None, "warning", "is not there"),
    ],
)
def test_the_published_table_is_known_by_its_checksum(tmp_path, content, status, words):
    if content is not None:
        (tmp_path / "table.data").write_bytes(content)
    (finding,) = look_at_raw_events(tmp_path, ENTRY)
    assert finding.status == status
    assert words in finding.text
    assert ("mirror, UCI" in finding.remedy) == (status == "warning")


def test_tables_of_the_user_must_be_there(tmp_path):
    (tmp_path / "gammas.h5").touch()
    entry = {"files": {"hadron": ["first.h5", "second.h5"], "gamma": "gammas.h5"}}
    assert [f.status for f in look_at_raw_events(tmp_path, entry)] == ["ok", "problem", "problem"]


def test_the_release_in_use_is_verified(tmp_path):
    (finding,) = look_at_releases(tmp_path)
    assert (finding.status, finding.text) == ("ok", "there are none yet")
    name = put_release(tmp_path)
    (finding,) = look_at_releases(tmp_path)
    assert finding.status == "ok"
    assert finding.text.startswith(f"champion {name}")
    model = tmp_path / name / MODEL
    model.write_bytes(model.read_bytes()[:-1])
    (finding,) = asking("releases", look_at_releases, tmp_path)
    assert finding.status == "problem"
    assert "is not the file that manifest.json speaks of" in finding.text


def test_an_executor_is_asked_where_it_lives_elsewhere():
    (local,) = look_at_executor(ExecutionSettings(executor="processes", n_workers=3))
    assert (local.status, local.text) == ("ok", "processes, workers: 3")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        settings = ExecutionSettings(executor="dask", address=address)
        (there,) = look_at_executor(settings)
    (gone,) = look_at_executor(settings)
    assert (there.status, gone.status) == ("ok", "problem")
    assert address in gone.text


def test_what_nobody_foresaw_is_a_finding():
    def look():
        yield from ()
        raise ZeroDivisionError("of ours")

    (finding,) = asking("topic", look)
    assert (finding.status, finding.text) == ("problem", "ZeroDivisionError: of ours")
