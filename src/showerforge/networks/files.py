"""Networks as files that run no code when they are read."""

from __future__ import annotations

import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from showerforge.errors import InputError

if TYPE_CHECKING:
    import keras

SUFFIX = ".keras"
CONFIGURATION = "config.json"


def to_bytes(network: keras.Model) -> bytes:
    """Give the content of a file with a network."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"network{SUFFIX}"
        network.save(path)
        return path.read_bytes()


def from_bytes(content: bytes) -> keras.Model:
    """Read a network from the content of a file; see `read_network`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"network{SUFFIX}"
        path.write_bytes(content)
        return read_network(path)


def read_network(path: str | PathLike[str]) -> keras.Model:
    """Read a network; nothing in the file is run.

    Raises
    ------
    InputError
        If the file is not in the format of Keras 3 (an ``.h5`` file can carry code whatever one
        asks of Keras, CVE-2025-9905), has a layer of code (Lambda) or one that is not known here.
    """
    path = Path(path)
    registered = _check(path)
    import keras

    # registers the layers of our own
    import_module("showerforge.networks.layers")
    unknown = [name for name in registered if keras.saving.get_registered_object(name) is None]
    if unknown:
        raise InputError(
            f"{path}: has layers that are not known here: {', '.join(unknown)}. Import the code "
            "that registers them first."
        )
    with tempfile.TemporaryDirectory() as folder:
        # Keras goes by the name of a file
        named = Path(folder) / f"network{SUFFIX}"
        named.write_bytes(path.read_bytes())
        try:
            # a file keeps how it was compiled, and by which backend: not of use to another
            return keras.saving.load_model(named, compile=False, safe_mode=True)
        except (ValueError, TypeError, KeyError, OSError, BadZipFile, zlib.error) as error:
            raise InputError(
                f"{path}: the network cannot be read: {str(error).splitlines()[0]}"
            ) from error


def _check(path: Path) -> list[str]:
    """Refuse what is no file of Keras 3 or holds code; list the layers that Keras has not."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such network.")
    how = "Save it with network.save('network.keras') in Keras 3."
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            is_hdf5 = file.read(8) == b"\x89HDF\r\n\x1a\n"
        what = "an HDF5 file (.h5), which can carry code" if is_hdf5 else "no .keras file"
        raise InputError(f"{path}: is {what}; networks are read from .keras files only. {how}")
    with zipfile.ZipFile(path) as archive:
        if CONFIGURATION not in archive.namelist():
            raise InputError(f"{path}: has no {CONFIGURATION}, so it is no .keras file. {how}")
        try:
            configuration = json.loads(archive.read(CONFIGURATION))
        except (ValueError, BadZipFile, zlib.error) as error:
            raise InputError(f"{path}: its {CONFIGURATION} cannot be read: {error}") from error
    layers = list(_layers_of(configuration))
    lambdas = [name for kind, name, _ in layers if kind == "Lambda"]
    if lambdas:
        raise InputError(
            f"{path}: has layers that are pieces of code (Lambda: {', '.join(lambdas)}), which run "
            "unseen. Write them as a layer class, registered with "
            "keras.saving.register_keras_serializable."
        )
    return sorted({registered for _, _, registered in layers if ">" in registered})


def _layers_of(part: Any) -> Iterator[tuple[str, str, str]]:
    """Find class, name and registered name of everything in a configuration, however deep."""
    if isinstance(part, dict):
        if "class_name" in part:
            settings = part.get("config")
            name = settings.get("name", "") if isinstance(settings, dict) else ""
            yield str(part["class_name"]), str(name), str(part.get("registered_name"))
        for value in part.values():
            yield from _layers_of(value)
    elif isinstance(part, list):
        for value in part:
            yield from _layers_of(value)
