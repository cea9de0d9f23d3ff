"""States of every dataset type that pipelines save, and what is left when saving them goes wrong.

Run as a program with a folder and a number of kills, it lets children of its own save states of
each type over and over, and kills them at random moments. Then it limits files and memory; if the
folder is a disk of its own, that disk is full, and cannot be written. It prints what is found.
"""

import contextlib
import io
import json
import math
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.image import imread
from plotly.graph_objects import Figure as InteractiveFigure
from sklearn.linear_model import LogisticRegression
from toys import make_camera, make_images

from showerforge.atomic import remove_partials_of
from showerforge.cameras.streams import ImageStream
from showerforge.datasets.documents import JSONDataset, TextDataset
from showerforge.datasets.figures import FigureDataset, InteractiveFigureDataset
from showerforge.datasets.files import BytesDataset
from showerforge.datasets.images import EventImagesDataset, ImageBlocksDataset
from showerforge.datasets.judged_images import JudgedImagesDataset
from showerforge.datasets.models import SkopsDataset
from showerforge.datasets.networks import KerasModelDataset, NetworksDataset
from showerforge.datasets.records import RecordsDataset
from showerforge.datasets.tables import CSVDataset, ParquetDataset
from showerforge.errors import find_input_error
from showerforge.serving.manifest import MANIFEST
from showerforge.serving.releases import ALIASES, CHAMPION, set_alias

#: states are numbered from 1, and each is larger than the one before
STATES = (1, 2, 3, 4)

#: is given a folder, and how many bytes the files of a state have
Fault = Callable[[Path, list[int]], AbstractContextManager[None]]


class Family(NamedTuple):
    """A dataset type.

    Attributes
    ----------
    name : of the type.
    how : mechanism by which it saves.
    make : makes the dataset.
    state : makes what is saved, by the number of the state.
    found : tells which state is on the disk.
    """

    name: str
    how: str
    make: Callable[..., Any]
    state: Callable[[int], Any]
    found: Callable[[Any], int]


def one_of(values: Any) -> int:
    """Tell the number that everything is made of."""
    (number,) = {int(value) for value in np.unique(np.asarray(values))}
    return number


def _table(k: int) -> pd.DataFrame:
    return pd.DataFrame({"x": np.full(1000 * k, float(k)), "y": k})


def _of_table(dataset: Any) -> int:
    table = dataset.load()
    k = one_of(table.to_numpy())
    assert len(table) == 1000 * k
    return k


def _model(k: int) -> LogisticRegression:
    model = LogisticRegression()
    model.coef_ = np.full((1, 5_000 * k), float(k))
    model.intercept_, model.classes_ = np.zeros(1), np.array([0, 1])
    return model


def _of_text(dataset: Any) -> int:
    return one_of(list(dataset.load()))


def _interactive(k: int) -> InteractiveFigure:
    return InteractiveFigure([{"y": [k] * 2000 * k}])


def _of_interactive(dataset: Any) -> int:
    return one_of(dataset.load().data[0].y)


def _of_figure(dataset: Any) -> int:
    # decodes every pixel
    return imread(io.BytesIO(dataset.load())).shape[1] // 150


def _content(k: int) -> bytes:
    return bytes([k]) * 200_000 * k


def _of_content(dataset: Any) -> int:
    (path,) = dataset.files()
    content = path.read_bytes()
    k = one_of(np.frombuffer(content, np.uint8))
    assert content == _content(k)
    return k


_CAMERA = make_camera()


def _stream(k: int) -> ImageStream:
    images = make_images(_CAMERA, 50 * k)
    images.images[:] = k
    return ImageStream([images], {"k": k})


def _of_images(file: Any) -> int:
    k = one_of(file.read(what="images").images)
    assert len(file) == 50 * k
    assert file.attributes == {"k": k}
    return k


def _of_block(dataset: Any) -> int:
    return _of_images(dataset.load()["a"])


def _of_record(dataset: Any) -> int:
    return one_of(dataset.load()["a"])


class _Aliases:
    """Aliases of releases, of which there is one for each state."""

    def __init__(self, filepath: str):
        self._folder = Path(filepath)
        for k in STATES:
            (self._folder / f"release{k}").mkdir(parents=True, exist_ok=True)
            (self._folder / f"release{k}" / MANIFEST).touch()

    def save(self, k: int) -> None:
        set_alias(self._folder, CHAMPION, f"release{k}")

    def load(self) -> int:
        return int(
            json.loads((self._folder / ALIASES).read_text())[CHAMPION].removeprefix("release")
        )


def _named(k: int) -> dict[str, bytes]:
    return {f"{kind}/{n}": bytes([k]) * 20_000 for kind in ("cnn", "resnet") for n in range(k)}


def _of_named(dataset: Any) -> int:
    files = dataset.load()
    k = one_of(np.frombuffer(b"".join(files.values()), np.uint8))
    assert files == _named(k)
    return k


def _judged(k: int) -> tuple[pd.DataFrame, Any]:
    return pd.DataFrame({"k": [k] * 500 * k}), np.full((500 * k, 20, 2), k, np.float32)


def _of_judged(dataset: Any) -> int:
    table, images = dataset.load()
    k = one_of(table["k"])
    assert one_of(images) == k
    assert len(images) == 500 * k
    return k


FAMILIES = [
    Family("csv", "kedro", CSVDataset, _table, _of_table),
    Family("parquet", "kedro", ParquetDataset, _table, _of_table),
    Family("json", "kedro", JSONDataset, lambda k: [k] * 5000 * k, lambda d: one_of(d.load())),
    Family("html", "kedro", TextDataset, lambda k: str(k) * 90_000 * k, _of_text),
    Family("plotly", "file", InteractiveFigureDataset, _interactive, _of_interactive),
    Family("png", "file", FigureDataset, lambda k: Figure(figsize=(k, 1)), _of_figure),
    Family("onnx", "file", BytesDataset, _content, _of_content),
    Family("keras", "file", KerasModelDataset, _content, _of_content),
    Family("skops", "file", SkopsDataset, _model, lambda d: one_of(d.load().coef_)),
    Family("networks", "folder", NetworksDataset, _named, _of_named),
    Family("judged", "folder", JudgedImagesDataset, _judged, _of_judged),
    Family("h5", "HDF5", EventImagesDataset, _stream, lambda d: _of_images(d.load())),
    Family("blocks", "HDF5", ImageBlocksDataset, lambda k: {"a": _stream(k)}, _of_block),
    Family("records", "records", RecordsDataset, lambda k: {"a": [k] * 5000 * k}, _of_record),
    Family("aliases", "aliases", _Aliases, lambda k: k, lambda d: d.load()),
]


def kill_while_saving(family: Family, folder: Path, n_kills: int) -> Any:
    """Let a child save state after state, and kill it at a random moment, half of the times while
    it writes; tells what is found, and what is left.
    """
    target, dataset = make(family, folder)
    states, chance = [family.state(k) for k in STATES], random.Random(family.name)
    # the first save also loads what it needs
    dataset.save(states[0])
    begin = time.monotonic()
    for state in states:
        dataset.save(state)
    cycle = time.monotonic() - begin
    found, n_left = [], 0
    for number in range(n_kills):
        with child_of(lambda write: save_for_ever(dataset, states, write)) as (child, told):
            told.read(1)
            time.sleep(chance.uniform(0, 1.2 * cycle))
            if number % 2:
                wait_for_writing(target)
            os.kill(child, signal.SIGKILL)
        found.append(found_of(family, dataset))
        n_left += len(partials_of(target))
        remove_partials_of(target)
    return {
        "found": found,
        "n_left": n_left,
        "left": partials_of(target),
        "after": found_of(family, dataset),
    }


def save_for_ever(dataset: Any, states: list[Any], write: int) -> None:
    os.write(write, b".")
    while True:
        for state in states:
            dataset.save(state)


def wait_for_writing(target: Path) -> None:
    """Wait until something is half written, for some types save in no time."""
    until = time.monotonic() + 5
    while not partials_of(target) and time.monotonic() < until:
        pass


def save_without_memory(family: Family, folder: Path) -> Any:
    """Let a child that has no memory left save the last state over the first."""
    target, dataset = make(family, folder)
    state = family.state(STATES[-1])
    dataset.save(family.state(STATES[0]))

    def save(write: int) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (0, resource.RLIM_INFINITY))
        # without memory, threads may wait for each other for ever
        signal.alarm(2)
        used = []
        for n_bytes in (2**24, 2**20, 2**16):
            with contextlib.suppress(MemoryError):
                while True:
                    used.append(bytearray(n_bytes))
        dataset.save(state)
        os.write(write, b"saved")

    with child_of(save) as (_, told):
        is_saved = told.read() == b"saved"
    remove_partials_of(target)
    return {"is_saved": is_saved, "found": found_of(family, dataset)}


def save_where_it_is_refused(family: Family, folder: Path, fault: Fault) -> Any:
    """Save the last state over the first where that cannot be, and tell what came of it."""
    target, dataset = make(family, folder)
    state, said = family.state(STATES[-1]), ""
    dataset.save(state)
    files = [path for path in [target, *target.rglob("*")] if path.is_file()]
    sizes = [path.stat().st_size for path in files]
    dataset.save(family.state(STATES[0]))
    with fault(folder, sizes):
        try:
            dataset.save(state)
        except Exception as error:
            said = str(find_input_error(error) or repr(error))
    return {"said": said, "left": partials_of(target), "found": found_of(family, dataset)}


def make(family: Family, folder: Path) -> tuple[Path, Any]:
    target = folder / family.name / f"saved.{family.name}"
    return target, family.make(filepath=str(target))


def partials_of(target: Path) -> list[str]:
    return [str(path) for path in target.parent.rglob(".partial-*")]


def found_of(family: Family, dataset: Any) -> Any:
    """Tell which state is on the disk, or what is wrong with what is there."""
    try:
        return family.found(dataset)
    except Exception as error:
        return repr(error)


@contextlib.contextmanager
def child_of(work: Callable[[int], None]) -> Iterator[tuple[int, Any]]:
    """Do something in a process of its own; gives its number, and what it writes."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work(write)
        finally:
            os._exit(0)
    os.close(write)
    with open(read, "rb") as told:
        yield child, told
    os.waitpid(child, 0)


@contextlib.contextmanager
def small_files(folder: Path, sizes: list[int]) -> Iterator[None]:
    """Allow files of a quarter of the size only."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(sizes) // 4, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@contextlib.contextmanager
def full_disk(folder: Path, sizes: list[int]) -> Iterator[None]:
    """Leave room for half of the files."""
    disk = os.statvfs(folder)
    filler = folder / "filler"
    filler.write_bytes(bytes(max(0, disk.f_bavail * disk.f_frsize - sum(sizes) // 2)))
    yield
    filler.unlink()


@contextlib.contextmanager
def read_only(folder: Path, sizes: list[int]) -> Iterator[None]:
    """Allow no writing."""
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    yield
    subprocess.run(["mount", "-o", "remount,rw", folder], check=True)


def stop_in_all_ways(folder: Path, n_kills: int) -> dict[str, Any]:
    """Kill children of each mechanism so many times, and let saving fail in every other way."""
    faults: dict[str, Fault] = {"small files": small_files}
    if folder.is_mount():
        faults |= {"full disk": full_disk, "read only": read_only}
    result = {}
    for family in FAMILIES:
        n = math.ceil(n_kills / sum(other.how == family.how for other in FAMILIES))
        result[family.name] = {
            "killed": kill_while_saving(family, folder, n),
            "no memory": save_without_memory(family, folder),
            **{what: save_where_it_is_refused(family, folder, f) for what, f in faults.items()},
        }
    return result


if __name__ == "__main__":
    sys.stdout.write(json.dumps(stop_in_all_ways(Path(sys.argv[1]), int(sys.argv[2]))))
