"""Cost of scoring folders of events: per event, by the number of events, and by executor.

Run it with ``python benchmarks/scoring.py RELEASE TABLE``, the folder of a release and a table of
events, such as ``data/06_models/magic/releases/<name>`` and
``data/05_model_input/magic/test_events.parquet``. Events of the table are drawn again with new
ids, a million in each partition, and scored as ``kedro run --pipelines scoring`` does: read,
digested, checked, scored, counted and written. Seconds of CPU are those of the workers; memory is
that of the one worker at its largest, in a process that began with the run.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from showerforge.execution import ExecutionSettings, executing
from showerforge.scoring.resampling import resample_events
from showerforge.scoring.run import score_folder
from showerforge.serving.releases import read_release

BATCH_EVENTS = 65_536


def score(source: Path, release: Path, threshold: float) -> list[dict[str, Any]]:
    """Score a folder into one that is thrown away."""
    with tempfile.TemporaryDirectory() as target:
        places = (source, Path(target) / "scored", Path(target) / "refused")
        return score_folder(*places, release, threshold, BATCH_EVENTS)


def score_alone(pipe: Any, *arguments: Any) -> None:
    """Score in this process, one partition after the other, and tell its largest memory."""
    with executing(ExecutionSettings(executor="serial")):
        records = score(*arguments)
    pipe.send((records, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def measure_alone(*arguments: Any) -> tuple[list[dict[str, Any]], float]:
    """Score in a new process; gives the records and MiB."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=score_alone, args=(there, *arguments))
    process.start()
    result: tuple[list[dict[str, Any]], float] = here.recv()
    process.join()
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Cost of scoring folders of events.")
    parser.add_argument("release", type=Path, help="folder of a release")
    parser.add_argument("table", type=Path, help="events that are drawn again")
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 4, 16], help="of events")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="of Dask")
    arguments = parser.parse_args()

    release = read_release(arguments.release)
    names = release.manifest.names
    threshold = release.manifest.working_points[release.manifest.working_point].threshold
    print(f"{'events':>12}{'µs of CPU/event':>18}{'events/CPU s':>15}{'MiB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for n in arguments.millions:
            source = Path(folder) / f"{n}"
            resample_events(arguments.table, source, names, n * 1_000_000, n, 0)
            records, memory = measure_alone(source, arguments.release, threshold)
            events = sum(record["n_events"] for record in records)
            seconds = sum(record["cpu_seconds"] for record in records)
            print(
                f"{events:12,}{1e6 * seconds / events:18.2f}{events / seconds:15,.0f}{memory:8.0f}"
            )
        source = Path(folder) / "of workers"
        n = 2_000_000
        resample_events(arguments.table, source, names, n, 32, 0)
        print(f"\n{'Dask workers':>12}{'seconds':>18}{'events/s':>15}{'ratio':>8}")
        first = None
        for n_workers in arguments.workers:
            settings = ExecutionSettings(executor="dask", n_workers=n_workers)
            with executing(settings):
                begin = time.monotonic()
                score(source, arguments.release, threshold)
                taken = time.monotonic() - begin
            first = first or taken
            print(f"{n_workers:12}{taken:18.1f}{n / taken:15,.0f}{first / taken:8.2f}")


if __name__ == "__main__":
    main()
