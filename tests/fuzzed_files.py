"""Damaged files of every format, given to the readers: each must be refused by name or read whole.

Run as a program with a folder, seconds of CPU and the number of the first case, it prints every
case that ended otherwise: with another error, a table that is none, a crash of the process or no
end. Name of the reader and number of the case decide how a file is damaged, see `damage`.
"""

import json
import os
import random
import resource
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pandas as pd
from toys import make_camera, make_events, make_images

from showerforge.calorimeter.columns import ELECTRON, IMAGE_SHAPE, LABEL_OF_PARTICLE, PHOTON
from showerforge.calorimeter.files import ClassFiles
from showerforge.cameras.camera import Camera
from showerforge.cameras.files import read_camera
from showerforge.cameras.images import CHARGES
from showerforge.cameras.storage import ImageFile, write_images
from showerforge.errors import InputError
from showerforge.events.layout import parse_layout
from showerforge.events.mapping import EventFile, read_mapped_events
from showerforge.events.reader import read_events
from showerforge.events.schema import (
    GAMMA,
    HADRON,
    HILLAS_PARAMETERS,
    RAW_EVENTS,
    validate_raw_events,
)
from showerforge.scoring.tables import numbers_of, read_batches

#: bytes of memory and seconds that a reader may take for a small file
MOST_MEMORY, PATIENCE_S = 8 * 2**30, 20
#: what text files are damaged with
WORDS = (b",", b"\n", b"\r", b'"', b";", b"nan", b"inf", b"1e999", b"-", b"\x00", b"\xff\xfe", b"g")


class Reader(NamedTuple):
    """A reader of files.

    Attributes
    ----------
    write : writes a whole file to a path.
    read : reads it; fails if what it gives is no valid table.
    """

    write: Callable[[Path], None]
    read: Callable[[Path], None]


EVENTS = make_events(30, 20).reset_index(drop=True).drop(columns=["weight", "group"])


def _write_table(path: Path) -> None:
    label = EVENTS["particle"].map({GAMMA: "g", HADRON: "h"})
    EVENTS[HILLAS_PARAMETERS].assign(label=label).to_csv(path, header=False, index=False)


def _check_events(events: pd.DataFrame) -> None:
    assert len(events)
    assert events.index.is_unique
    assert set(events["particle"]) <= {GAMMA, HADRON}
    assert set(events[HILLAS_PARAMETERS].dtypes) == {np.dtype(float)}
    RAW_EVENTS.validate(validate_raw_events(events))


LAYOUT = {
    "columns": {name: name for name in HILLAS_PARAMETERS},
    "label": {"column": "particle", "values": {GAMMA: GAMMA, HADRON: HADRON}},
    "group": "run",
    "weight": "w",
}
TABLE = EVENTS.assign(run=np.arange(len(EVENTS)) // 5, w=1.0)
RECORDS = TABLE.to_records(index=False, column_dtypes={"particle": "S6"})


def _read_mapped(path: Path) -> None:
    _check_events(read_mapped_events([EventFile(path)], parse_layout(LAYOUT)))


def _write_compound(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["dl1/events"] = RECORDS


def _write_arrays(path: Path) -> None:
    with h5py.File(path, "w") as file:
        for name in TABLE:
            file.create_dataset(f"events/{name}", data=RECORDS[name], compression="gzip")


def _read_partition(path: Path) -> None:
    for batch in read_batches(path, HILLAS_PARAMETERS, 16):
        numbers = numbers_of(batch, HILLAS_PARAMETERS)
        assert numbers.shape == (len(batch), len(HILLAS_PARAMETERS))


_CAMERA = make_camera(2)


def _write_camera(path: Path) -> None:
    places = zip(_CAMERA.x, _CAMERA.y, _CAMERA.cluster, strict=True)
    lines = [f"{x:.4f},{y:.4f},{cluster}" for x, y, cluster in places]
    head = "# focal_length: 4.75\n# mirror_area: 8.5\nx_deg,y_deg,cluster\n"
    path.write_text(head + "\n".join(lines) + "\n")


def _read_camera(path: Path) -> None:
    camera = read_camera(path)
    assert isinstance(camera, Camera)
    assert np.isfinite([*camera.x, *camera.y, camera.pitch]).all()


def _write_images(path: Path) -> None:
    write_images(path, [make_images(_CAMERA, 20)], {"source": "simulated"})


def _read_images(path: Path) -> None:
    file = ImageFile(path)
    assert isinstance(file.attributes, dict)
    assert len(file.table) == len(file)
    images = file.read()
    for name in set(CHARGES) & set(file.charges):
        charges = getattr(images, name)
        assert charges.shape == (len(file), file.camera.n_pixels)
        assert np.isfinite(charges).all()


def _write_class(path: Path, particle: str = PHOTON) -> None:
    generator = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        images = generator.exponential(0.01, (6, *IMAGE_SHAPE)).astype(np.float32)
        file.create_dataset("X", data=images, chunks=(2, *IMAGE_SHAPE), compression="lzf")
        file["y"] = np.full(6, LABEL_OF_PARTICLE[particle], np.float32)


def _read_class(path: Path) -> None:
    other = path.with_name("electrons.hdf5")
    if not other.exists():
        _write_class(other, ELECTRON)
    files = ClassFiles(path, other)
    images = files.read()
    assert images.shape == (len(files), *IMAGE_SHAPE)


READERS = {
    "table.data": Reader(_write_table, lambda path: _check_events(read_events(path))),
    "own.csv": Reader(lambda path: TABLE.to_csv(path, index=False), _read_mapped),
    "own.parquet": Reader(lambda path: TABLE.to_parquet(path, index=False), _read_mapped),
    "compound.h5": Reader(_write_compound, _read_mapped),
    "arrays.h5": Reader(_write_arrays, _read_mapped),
    "pandas.h5": Reader(lambda path: TABLE.to_hdf(path, key="a", format="table"), _read_mapped),
    "partition.csv": Reader(lambda path: TABLE.to_csv(path, index=False), _read_partition),
    "partition.parquet": Reader(lambda path: TABLE.to_parquet(path, index=False), _read_partition),
    "partition.h5": Reader(_write_compound, _read_partition),
    "camera.csv": Reader(_write_camera, _read_camera),
    "images.h5": Reader(_write_images, _read_images),
    "photons.hdf5": Reader(_write_class, _read_class),
}


def damage(content: bytes, name: str, number: int) -> bytes:
    """Damage the content of a file, in a way that name and number decide."""
    chance = random.Random(f"{name} {number}")
    damaged = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        begin = chance.randrange(len(damaged) + 1)
        end = min(len(damaged), begin + chance.choice((1, 2, 8, 64, 1024)))
        how = chance.choice(
            ("flip", "flip", "flip", "set", "cut off", "leave out", "repeat", "word")
        )
        if how == "flip" and begin < len(damaged):
            damaged[begin] ^= 1 << chance.randrange(8)
        elif how == "set":
            damaged[begin:end] = bytes([chance.choice((0, 1, 0x7F, 0x80, 0xFF))]) * (end - begin)
        elif how == "cut off":
            del damaged[begin:]
        elif how == "leave out":
            del damaged[begin:end]
        elif how == "repeat":
            damaged[begin:begin] = damaged[begin:end]
        elif how == "word":
            damaged[begin:begin] = chance.choice(WORDS)
    return bytes(damaged)


def try_case(folder: Path, whole: dict[str, bytes], name: str, number: int) -> str | None:
    """Read a damaged file, and tell what is wrong with the way in which that ended."""
    path = folder / name
    path.write_bytes(damage(whole[name], name, number))
    try:
        READERS[name].read(path)
    except InputError as error:
        return None if str(path) in str(error) else f"does not name the file: {error}"
    except BaseException as error:
        return repr(error)[:300]
    return None


def fuzz(folder: Path, seconds: float, first: int) -> dict[str, Any]:
    """Try cases in turn, in children that may crash, until so many seconds of CPU are used."""
    whole = {}
    for name, reader in READERS.items():
        reader.write(folder / name)
        whole[name] = (folder / name).read_bytes()
        reader.read(folder / name)
    bad: list[Any] = []
    next_case, used = 0, 0.0
    while used < seconds:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            _work(folder, whole, first, next_case, seconds - used, write)
        os.close(write)
        with open(read, encoding="utf-8") as told:
            for line in told:
                case, why = json.loads(line)
                next_case = case + 1
                if why:
                    bad.append([*_case(case, first), why])
        _, status, usage = os.wait4(child, 0)
        used += usage.ru_utime + usage.ru_stime
        if code := os.waitstatus_to_exitcode(status):
            # the case that it was about to tell of
            bad.append([*_case(next_case, first), f"ended with {code}"])
            next_case += 1
    return {"n_cases": next_case, "bad": bad}


def _case(number: int, first: int) -> tuple[str, int]:
    """Reader and number of a case: all readers in turn."""
    turn, reader = divmod(number, len(READERS))
    return list(READERS)[reader], first + turn


def _work(
    folder: Path, whole: dict[str, bytes], first: int, next_case: int, seconds: float, write: int
) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    # what libraries say on their way down
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    warnings.simplefilter("ignore")
    begin = _cpu()
    while _cpu() - begin < seconds:
        signal.alarm(PATIENCE_S)
        why = try_case(folder, whole, *_case(next_case, first))
        os.write(write, json.dumps([next_case, why]).encode() + b"\n")
        next_case += 1
    os._exit(0)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    told = fuzz(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(told))
