"""Getting a published table from the first of several sources that has it unharmed."""

from __future__ import annotations

import hashlib
import io
import logging
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from showerforge.atomic import replaced_when_done
from showerforge.errors import InputError, MissingError
from showerforge.events.reader import FILE_COLUMNS

logger = logging.getLogger(__name__)


class NowhereToBeHadError(MissingError):
    """No source has the table; other faults, such as a wrong file in place, are not this."""


DOWNLOAD_TIMEOUT_S = 30


@dataclass(frozen=True)
class Source:
    """A place to get a table from.

    Attributes
    ----------
    name : what people call it.
    kind : "folder" for a local folder with the file in it; "file", "zip" or "arff" for an
        address that serves the file itself, an archive with it, or the same events in the
        format of OpenML.
    location : folder or address.
    """

    name: str
    kind: Literal["folder", "file", "zip", "arff"]
    location: str


def acquire(target: Path, sha256: str, sources: Sequence[Source]) -> None:
    """Get a file from the first source that has it, verify it and put it in place.

    Parameters
    ----------
    target : where the file shall be. A file that is there already is verified.
    sha256 : SHA-256 of the right file.
    sources : where to look, in order.

    Raises
    ------
    InputError
        If the file in place is wrong; of the kind `NowhereToBeHadError`, which says what was
        tried, if no source has the right one.
    """
    if target.exists():
        content = target.read_bytes()
        if (found := _sha256(content)) != sha256:
            raise InputError(
                f"{target} is not the published table: its {len(content):,} bytes have the SHA-256 "
                f"{found}, expected {sha256}.\n"
                "Remove the file to have it fetched again. To use a table of your own, see "
                "docs/own-data.md."
            )
        return
    tried = []
    for source in sources:
        try:
            content = _FETCH[source.kind](source, target.name)
        except Exception as error:
            tried.append(f"  - {source.name} ({source.location}): {_first_line(error)}")
            continue
        if (found := _sha256(content)) != sha256:
            tried.append(
                f"  - {source.name} ({source.location}): wrong content, {len(content):,} bytes "
                f"with the SHA-256 {found}"
            )
            continue
        with replaced_when_done(target) as partial:
            partial.write_bytes(content)
        logger.info("Took %s from %s, SHA-256 verified", target.name, source.name)
        return
    raise NowhereToBeHadError(
        f"{target.name} could not be had. Tried:\n"
        f"  - {target}: there is no such file\n" + "\n".join(tried) + "\n"
        f"Put the file (SHA-256 {sha256}) into {target.parent}, or into a folder that the "
        "environment variable SHOWERFORGE_MIRROR names, or connect to the internet; then run "
        "again. Nothing has been written."
    )


def arff_to_table(content: bytes) -> bytes:
    """Write the events of OpenML's ARFF file as the UCI file has them.

    OpenML adds an ID and a colon to column names; the numbers are the same. The result can
    therefore be verified by the checksum of the original file.

    Parameters
    ----------
    content : ARFF file.

    Returns
    -------
    table : comma-separated text, one event a line.
    """
    import pandas as pd
    from scipy.io import arff

    records, _ = arff.loadarff(io.StringIO(content.decode()))
    events = pd.DataFrame(records).rename(columns=lambda name: name.strip("':\" "))
    if "ID" in events:
        events = events.sort_values("ID", kind="stable")
    events["class"] = events["class"].str.decode("ascii").str.strip("' ")
    numbers = events[FILE_COLUMNS[:-1]].map(lambda value: repr(float(value)).removesuffix(".0"))
    lines = pd.concat([numbers, events["class"]], axis=1).agg(",".join, axis=1)
    return ("\n".join(lines) + "\n").encode()


def _from_folder(source: Source, name: str) -> bytes:
    path = Path(source.location) / name
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path}")
    return path.read_bytes()


def _download(source: Source, name: str) -> bytes:
    """Download with pooch into a temporary folder; the caller verifies the content."""
    import tempfile

    import pooch

    pooch.get_logger().setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        path = pooch.retrieve(
            source.location,
            known_hash=None,
            fname=f"{source.kind}-{name}",
            path=folder,
            downloader=pooch.HTTPDownloader(timeout=DOWNLOAD_TIMEOUT_S),
        )
        return Path(path).read_bytes()


def _from_zip(source: Source, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(_download(source, name))) as archive:
        return archive.read(name)


def _from_arff(source: Source, name: str) -> bytes:
    return arff_to_table(_download(source, name))


_FETCH: dict[str, Callable[[Source, str], bytes]] = {
    "folder": _from_folder,
    "file": _download,
    "zip": _from_zip,
    "arff": _from_arff,
}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
