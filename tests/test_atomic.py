"""Files and folders replaced in one step."""

import ctypes
import os

import pytest

from showerforge import atomic
from showerforge.atomic import remove_partials, remove_partials_of, replaced_when_done
from showerforge.errors import InputError


def test_file_is_replaced_whole_or_not_at_all(tmp_path):
    target = tmp_path / "new" / "file"
    with replaced_when_done(target) as partial:
        partial.write_text("whole")
        assert not target.exists()
    with pytest.raises(FileNotFoundError), replaced_when_done(target) as partial:
        partial.with_name("not there").read_text()
    assert [path.read_text() for path in target.parent.iterdir()] == ["whole"]


def test_two_that_write_the_same_file_do_not_meet(tmp_path):
    """As workers with the same process id in two containers would."""
    target = tmp_path / "file"
    with replaced_when_done(target) as first, replaced_when_done(target) as second:
        first.write_text("first")
        second.write_text("second")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["first"]


def write(target, *names):
    with replaced_when_done(target) as partial:
        partial.mkdir()
        for name in names:
            (partial / name).write_text(name)


def names_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("can_swap", [True, False])
def test_a_folder_is_replaced_by_another(tmp_path, monkeypatch, can_swap):
    if not can_swap:
        monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: object())
    write(tmp_path / "folder", "a", "b")
    write(tmp_path / "folder", "c")
    assert names_in(tmp_path) == ["folder", "folder/c"]


def test_a_folder_that_failed_leaves_the_old_one(tmp_path):
    write(tmp_path / "folder", "a")
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "folder", "b", "nowhere/c")
    assert names_in(tmp_path) == ["folder", "folder/a"]


def test_content_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda number: flushed.append(os.fstat(number).st_ino))
    write(tmp_path / "folder", "a", "b")
    assert set(flushed) == {(tmp_path / "folder" / name).stat().st_ino for name in "ab"}


def test_what_killed_writers_left_is_removed_and_nothing_else(tmp_path):
    for name in ("table.csv", "other-table.csv"):
        (tmp_path / f".partial-12a0ff-{name}").write_text("half")
        (tmp_path / name).write_text("whole")
    remove_partials_of(tmp_path / "table.csv")
    assert names_in(tmp_path) == [
        ".partial-12a0ff-other-table.csv",
        "other-table.csv",
        "table.csv",
    ]
    inside = tmp_path / "folder/deep/.partial-12a0ff-networks/cnn"
    inside.mkdir(parents=True)
    (inside / "0.keras").write_text("half")
    remove_partials(tmp_path)
    assert names_in(tmp_path) == ["folder", "folder/deep", "other-table.csv", "table.csv"]


@pytest.mark.parametrize("number", atomic._CANNOT_WRITE)
def test_what_the_system_refuses_is_said_plainly(tmp_path, number):
    def write_half():
        with replaced_when_done(target) as partial:
            partial.write_text("half")
            raise OSError(number, "no") if number else OSError("no")

    target = tmp_path / "table.csv"
    target.write_text("old")
    with pytest.raises(InputError, match=r"table\.csv cannot be written: .*no\. Make room"):
        write_half()
    assert names_in(tmp_path) == ["table.csv"]
    assert target.read_text() == "old"
