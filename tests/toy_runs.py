"""A toy pipeline that can be stopped in any of its nodes.

Run as a program, with a folder, it kills a child of its own in each of them, goes on with the run,
and prints which nodes ran then, and the digests of all files.
"""

import json
import os
import signal
import sys
from pathlib import Path

from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline

from showerforge.fingerprints import digest_of
from showerforge.ledger import RECORDS
from showerforge.runner import ResumableRunner

JSON = "showerforge.datasets.documents.JSONDataset"
PIECES = "showerforge.datasets.records.RecordsDataset"
#: of a pipeline in which one result is passed on in memory, and one is saved piece by piece
FILES = {"source": JSON, "doubled": JSON, "pieces": PIECES, "sum": JSON, "end": JSON}
NODES = ("double", "count", "cut", "add", "finish")


class Toy:
    """A pipeline of five nodes in a folder; remembers which have run, and can stop in any."""

    def __init__(self, folder, factor=2, source=(1, 2, 3)):
        self.folder, self.factor = folder, factor
        self.ran = []
        #: is called when a node is in the middle of its work
        self.stop = {}
        if not (folder / "source").exists():
            self.catalog()["source"].save(list(source))

    def catalog(self):
        entries = {
            name: {"type": kind, "filepath": str(self.folder / name)}
            for name, kind in {**FILES, RECORDS: PIECES}.items()
        }
        catalog = DataCatalog.from_config(entries)
        catalog["params:factor"] = MemoryDataset(self.factor)
        return catalog

    def _in(self, name):
        self.ran.append(name)
        self.stop.get(name, lambda: None)()

    def double(self, source, factor):
        self._in("double")
        return [factor * x for x in source]

    def count(self, doubled):
        self._in("count")
        return len(doubled)

    def cut(self, doubled):
        for number, x in enumerate(doubled):
            yield {f"piece{number}": x}
            if number == 1:
                self._in("cut")

    def add(self, pieces, n):
        self._in("add")
        return sum(pieces.values()) / n

    def finish(self, total, doubled):
        self._in("finish")
        return [total, *doubled]

    def pipeline(self):
        wiring = {
            "double": (["source", "params:factor"], "doubled"),
            "count": ("doubled", "n"),
            "cut": ("doubled", "pieces"),
            "add": (["pieces", "n"], "sum"),
            "finish": (["sum", "doubled"], "end"),
        }
        return Pipeline(
            [Node(getattr(self, name), *ends, name=name) for name, ends in wiring.items()]
        )

    def run(self, resume=False, hooks=None):
        self.ran.clear()
        ResumableRunner(resume=resume).run(self.pipeline(), self.catalog(), hooks)
        return set(self.ran)

    def digests(self):
        kept = [path for path in self.folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.folder)): digest_of(path) for path in kept}


def kill_in(folder: Path, name: str) -> None:
    """Begin a run in a child, and kill it in the middle of a node."""
    toy = Toy(folder)
    toy.stop[name] = lambda: os.kill(os.getpid(), signal.SIGKILL)
    child = os.fork()
    if child == 0:
        try:
            toy.run()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL


def main(folder: Path) -> None:
    told = {}
    for name in NODES:
        toy = Toy(folder / name)
        kill_in(toy.folder, name)
        told[name] = {"again": sorted(toy.run(resume=True)), "digests": toy.digests()}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
