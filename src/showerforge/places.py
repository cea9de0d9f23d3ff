"""Folders on disks and in object stores such as ``s3://bucket/folder``, by the same functions.

A place on a disk is a `pathlib.Path`. One in a store is a `upath.UPath`: it is joined, named and
compared as a path is, knows how to sign in, and may travel to workers. What is read and written is
always a whole object, and an object is there whole or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

from showerforge.atomic import replaced_when_done
from showerforge.errors import InputError
from showerforge.extras import require_packages

if TYPE_CHECKING:
    from upath import UPath

    Place: TypeAlias = Path | UPath
else:
    # Kedro looks at the types of nodes, and UPath need not be installed
    Place: TypeAlias = Path

PROTOCOL = "://"
#: entries of what a store says of an object that change whenever its content does
ENTITY_TAGS = ("ETag", "etag")
#: object without content that shows that a folder can be written
BEGUN = ".begun"


class StoreError(InputError):
    """An object store cannot be reached or refuses; this says nothing of what is in it."""


def open_place(path: str, options: Mapping[str, Any] | None = None) -> Place:
    """Give the place of a path or an address.

    Parameters
    ----------
    path : on a disk, or an address with a protocol that fsspec knows.
    options : of the store, such as ``key``, ``secret`` and ``endpoint_url`` of S3; what is not
        given is found as the store's own library does.

    Raises
    ------
    InputError
        If there is no such protocol, or its package is not installed.
    """
    if PROTOCOL not in path:
        return Path(path).absolute()
    require_packages(f"Places such as {path}", ("upath",), ("storage",))
    from upath import UPath

    try:
        place = UPath(path, **(options or {}))
        # opens the store
        _forget(place)
    except (ImportError, ValueError) as error:
        raise InputError(f"{path} cannot be used: {error}. Nothing has been written.") from error
    return place


def list_files(folder: Place) -> list[str]:
    """List the files of a folder and those beneath, by relative path, sorted."""
    if isinstance(folder, Path):
        paths = (path for path in folder.rglob("*") if path.is_file())
        return sorted(path.relative_to(folder).as_posix() for path in paths)
    with reaching(folder):
        folder.fs.invalidate_cache()
        root = folder.path.rstrip("/") + "/"
        found = folder.fs.find(root)
        return sorted(path.removeprefix(root) for path in found if not path.endswith("/"))


def is_there(file: Place) -> bool:
    """Whether there is such a file."""
    with reaching(file):
        _forget(file)
        return file.exists()


def fingerprint_of(file: Place) -> str:
    """Digest that changes with the content of a file.

    That of a file on a disk is its SHA-256. An object is not read for it: stores keep an entity tag
    that is another one when the content is (RFC 9110, section 8.8.3). SHA-256 where there is none.
    """
    with reaching(file):
        if not isinstance(file, Path):
            _forget(file)
            about = file.fs.info(file.path)
            tag = next((about[name] for name in ENTITY_TAGS if about.get(name)), None)
            if tag is not None:
                return f"etag:{tag}"
        opened: Any = file.open("rb")
        with opened as content:
            return f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}"


def read_text(file: Place) -> str | None:
    """Read a file, None if there is none."""
    with reaching(file):
        try:
            return file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None


def write_text(file: Place, text: str) -> None:
    """Write a file, whole or not at all."""
    if isinstance(file, Path):
        with replaced_when_done(file) as partial:
            partial.write_text(text, encoding="utf-8")
        return
    with reaching(file):
        file.fs.pipe_file(file.path, text.encode())


def move(file: Place, target: Place) -> None:
    """Move a file within its disk or its store."""
    with reaching(file):
        if isinstance(file, Path):
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(str(target))
        else:
            file.fs.cp_file(file.path, str(target))
            file.fs.rm_file(file.path)


def remove(file: Place) -> None:
    """Remove a file, if there is one."""
    with reaching(file):
        if isinstance(file, Path):
            file.unlink(missing_ok=True)
        elif is_there(file):
            # one by one: removing many at once is what stores differ in
            file.fs.rm_file(file.path)


def fetch(file: UPath, target: Path) -> None:
    """Copy an object to a disk.

    Raises
    ------
    StoreError
        If it cannot be had, or was changed meanwhile.
    """
    before = fingerprint_of(file)
    with reaching(file):
        target.parent.mkdir(parents=True, exist_ok=True)
        file.fs.get_file(file.path, str(target))
    if fingerprint_of(file) != before:
        raise StoreError(f"{file} was changed while it was read. Run the same again.")


def put(file: Path, target: UPath) -> None:
    """Copy a file of a disk to a store, whole or not at all."""
    with reaching(target):
        target.fs.put_file(str(file), target.path)


@contextmanager
def at_hand(file: Place) -> Iterator[Path]:
    """Give a file on a disk to read, a copy of that of a store; errors name the file itself."""
    with _standing_in(file) as here:
        if not isinstance(file, Path):
            fetch(file, here)
        yield here


@contextmanager
def made_at(file: Place) -> Iterator[Path]:
    """Give a path on a disk to write to; errors name the file itself.

    That of a store is put there afterwards if all went well, and removed if nothing was written.
    """
    with _standing_in(file) as here:
        yield here
        if not isinstance(file, Path):
            if here.exists():
                put(here, file)
            else:
                remove(file)


@contextmanager
def _standing_in(file: Place) -> Iterator[Path]:
    """Give the path of a file on a disk, or else another one for a while."""
    if isinstance(file, Path):
        yield file
        return
    with TemporaryDirectory() as scratch:
        here = Path(scratch, file.name)
        try:
            yield here
        except InputError as error:
            raise type(error)(str(error).replace(str(here), str(file))) from error


def check_writable(folder: Place) -> None:
    """Refuse to begin what cannot be written in the end.

    Raises
    ------
    InputError
        If the folder is a whole bucket, or nothing can be written there.
    """
    if isinstance(folder, Path):
        return
    if not folder.name:
        raise InputError(f"{folder} is a whole bucket; results need a folder in it.")
    write_text(folder / BEGUN, "")


def _forget(file: Place) -> None:
    """Ask the store again, as others write there too."""
    if not isinstance(file, Path):
        file.fs.invalidate_cache()


@contextmanager
def reaching(place: Place) -> Iterator[None]:
    """Tell errors of a store, of which each library has kinds of its own, as `StoreError`."""
    try:
        yield
    except Exception as error:
        if isinstance(place, Path) or isinstance(error, InputError):
            raise
        kind = type(error).__name__
        raise StoreError(
            f"{place} cannot be reached: {kind}: {str(error).strip().splitlines()[0]}. Check the "
            "address, the endpoint, the network, and what these credentials may do."
        ) from error
