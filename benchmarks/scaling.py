"""What scoring costs by the number of events: CPU for an event, and memory of a worker.

Run it with ``python benchmarks/scaling.py MEASUREMENTS FIGURE``, such as ``benchmarks/scaling.csv``
and ``docs/images/scaling.png``, to draw what was measured before, and with
``--table TABLE --release RELEASE --millions 1 10 100`` to measure more. Events of the table are
drawn again with new ids, a million in each partition and no two partitions the same, and scored as
``kedro run --pipelines scoring`` does: read, digested, checked, scored, counted and written, by one
process that begins with the run. Opening the release, which a worker does once, is told apart;
memory is that at its largest. 100 million events take 2.3 GB of the temporary folder, as those of a
small table drawn again compress well, and their scores 1.4 GB.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd

from showerforge.execution import ExecutionSettings, executing
from showerforge.figures.style import colour_of, label_of, new_figure, sort_key, tidy
from showerforge.scoring.resampling import resample_events
from showerforge.scoring.run import score_folder
from showerforge.serving.releases import read_release

BATCH_EVENTS = 65_536
PARTITION_EVENTS = 1_000_000
#: of the partition with which a release is opened
FIRST_EVENTS = 1_000
COLUMNS = ("model", "events", "cpu_seconds", "opening_seconds", "mebibytes")
WIDTH, HEIGHT = 8.0, 3.4
FOOTER = (
    "Test events of the MAGIC table drawn again, a million in a partition; one worker, with "
    "reading, checks, counting and writing"
)


def score(first: Path, source: Path, release: Path, threshold: float) -> tuple[float, ...]:
    """Score two folders in this process; gives seconds of CPU for the second and first, and MiB."""
    seconds = []
    for folder in (first, source):
        with tempfile.TemporaryDirectory() as target:
            begin = time.process_time()
            places = (folder, Path(target, "scored"), Path(target, "refused"))
            with executing(ExecutionSettings(executor="serial")):
                score_folder(*places, release, threshold, BATCH_EVENTS)
            seconds.append(time.process_time() - begin)
    return seconds[1], seconds[0], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(table: Path, release: Path, n_events: int) -> tuple[str | float, ...]:
    """Measure in a new process; gives the `COLUMNS`."""
    manifest = read_release(release).manifest
    threshold = manifest.working_points[manifest.working_point].threshold
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(1, spawn) as alone:
        first, source = Path(folder, "first"), Path(folder, "source")
        resample_events(table, first, manifest.names, FIRST_EVENTS, 1, 1)
        n_partitions = n_events // PARTITION_EVENTS
        resample_events(table, source, manifest.names, n_events, n_partitions, 0)
        found = alone.submit(score, first, source, release, threshold).result()
    return manifest.model, n_events, *(round(number, 2) for number in found)


def keep(file: Path, measured: tuple[str | float, ...]) -> None:
    """Add a line to a file of measurements."""
    is_new = not file.exists()
    with file.open("a", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerows([COLUMNS, measured] if is_new else [measured])


def draw(measurements: Path, target: Path) -> None:
    """Draw cost and memory side by side."""
    table = pd.read_csv(measurements).sort_values("events")
    table["microseconds"] = 1e6 * table["cpu_seconds"] / table["events"]
    figure = new_figure(WIDTH, HEIGHT, FOOTER)
    both = figure.subplots(1, 2)
    labels = {"microseconds": "CPU for an event (µs)", "mebibytes": "memory of a worker (MiB)"}
    for axes, (column, label) in zip(both, labels.items(), strict=True):
        for model in sorted(table["model"].unique(), key=sort_key):
            own = table[table["model"] == model]
            look = {"color": colour_of(model), "label": label_of(model)}
            axes.plot(own["events"], own[column], "o-", **look)
        axes.set(xscale="log", xlabel="events", ylabel=label, ylim=(0, 1.2 * table[column].max()))
        tidy(axes)
    both[0].legend(frameon=False)
    figure.savefig(target, dpi=150)


def main() -> None:
    """Measure, if that is asked for, and draw."""
    parser = argparse.ArgumentParser(description="What scoring costs by the number of events.")
    parser.add_argument("measurements", type=Path, help="CSV file, to which lines are added")
    parser.add_argument("figure", type=Path, help="PNG file")
    parser.add_argument("--table", type=Path, help="events that are drawn again")
    parser.add_argument("--release", type=Path, help="folder of a release")
    parser.add_argument("--millions", type=int, nargs="*", default=[], help="of events")
    arguments = parser.parse_args()
    for n in arguments.millions:
        measured = measure(arguments.table, arguments.release, n * PARTITION_EVENTS)
        print(dict(zip(COLUMNS, measured, strict=True)), flush=True)
        keep(arguments.measurements, measured)
    draw(arguments.measurements, arguments.figure)


if __name__ == "__main__":
    main()
