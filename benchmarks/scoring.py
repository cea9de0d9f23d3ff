"""Cost of scoring folders of events: per event, by the number of events, and by executor.

Run it with ``python benchmarks/scoring.py TABLE RELEASE...``: a table of events, such as
``data/05_model_input/magic/test_events.parquet``, and folders of releases, such as
``data/06_models/magic/releases/<name>``. Events of the table are drawn again with new ids, a
million in each partition, and scored as ``kedro run --pipelines scoring`` does: read, digested,
checked, scored, counted and written. Trees are summed up by ONNX Runtime and by compiled functions,
in turns. Seconds of CPU are those of one worker, without opening the release, which it does once;
memory is that at its largest, in a process that began with the run.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from showerforge.execution import ExecutionSettings, executing
from showerforge.scoring import scorer
from showerforge.scoring.resampling import resample_events
from showerforge.scoring.run import score_folder
from showerforge.serving.releases import read_release

BATCH_EVENTS = 65_536
#: of the measurement by workers
WORKERS_EVENTS, WORKERS_PARTITIONS = 4_000_000, 32


class Cost(NamedTuple):
    """What a process took: seconds of CPU for an event, and to open the release; MiB."""

    seconds: float
    opening: float
    memory: float


def score(source: Path, release: Path, threshold: float) -> list[dict[str, Any]]:
    """Score a folder into one that is thrown away."""
    with tempfile.TemporaryDirectory() as target:
        places = (source, Path(target) / "scored", Path(target) / "refused")
        return score_folder(*places, release, threshold, BATCH_EVENTS)


def score_alone(pipe: Any, is_fast: bool, source: Path, release: Path, threshold: float) -> None:
    """Score in this process, one partition after the other, and tell what it took."""
    if not is_fast:
        scorer.speed_up = lambda release: release
    begin = time.process_time()
    scorer.open_release(release)
    opening = time.process_time() - begin
    with executing(ExecutionSettings(executor="serial")):
        records = score(source, release, threshold)
    seconds = sum(record["cpu_seconds"] for record in records)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send(Cost(seconds / sum(record["n_events"] for record in records), opening, memory))


def measure_alone(*arguments: Any) -> Cost:
    """Score in a new process."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=score_alone, args=(there, *arguments))
    process.start()
    cost: Cost = here.recv()
    process.join()
    return cost


def compare(sources: dict[int, Path], release: Path, threshold: float) -> None:
    """Measure with trees summed up by ONNX Runtime and by compiled functions, and print."""
    # compiles what was not compiled before
    measure_alone(True, sources[min(sources)], release, threshold)
    print(f"{'events':>12}{'trees by':>14}{'µs/event':>10}{'events/CPU s':>14}{'ratio':>7}", end="")
    print(f"{'opening, s':>12}{'MiB':>7}")
    for n_events, source in sources.items():
        first = None
        for is_fast in (False, True):
            cost = measure_alone(is_fast, source, release, threshold)
            first = first or cost
            print(
                f"{n_events:12,}{'compiled' if is_fast else 'ONNX Runtime':>14}"
                f"{1e6 * cost.seconds:10.2f}{1 / cost.seconds:14,.0f}"
                f"{first.seconds / cost.seconds:7.2f}{cost.opening:12.1f}{cost.memory:7.0f}"
            )


def scale_out(source: Path, release: Path, threshold: float, workers: list[int]) -> None:
    """Measure by the number of workers of Dask, and print."""
    print(f"{'Dask workers':>12}{'seconds':>14}{'events/s':>10}{'events/CPU s':>14}{'ratio':>7}")
    first = None
    for n_workers in workers:
        with executing(ExecutionSettings(executor="dask", n_workers=n_workers)):
            begin = time.monotonic()
            records = score(source, release, threshold)
            taken = time.monotonic() - begin
        first = first or taken
        rate = WORKERS_EVENTS / sum(record["cpu_seconds"] for record in records)
        print(
            f"{n_workers:12}{taken:14.1f}{WORKERS_EVENTS / taken:10,.0f}{rate:14,.0f}"
            f"{first / taken:7.2f}"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Cost of scoring folders of events.")
    parser.add_argument("table", type=Path, help="events that are drawn again")
    parser.add_argument("releases", type=Path, nargs="+", help="folders of releases")
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 4, 16], help="of events")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2], help="of Dask")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        sources = {}
        names = read_release(arguments.releases[0]).manifest.names
        for n in arguments.millions:
            sources[n * 1_000_000] = Path(folder) / f"{n}"
            resample_events(arguments.table, Path(folder) / f"{n}", names, n * 1_000_000, n, 0)
        many = Path(folder) / "of workers"
        if arguments.workers:
            resample_events(arguments.table, many, names, WORKERS_EVENTS, WORKERS_PARTITIONS, 0)
        for folder_of_release in arguments.releases:
            manifest = read_release(folder_of_release).manifest
            threshold = manifest.working_points[manifest.working_point].threshold
            print(f"\n{folder_of_release}: {manifest.model}")
            compare(sources, folder_of_release, threshold)
            if arguments.workers:
                scale_out(many, folder_of_release, threshold, arguments.workers)


if __name__ == "__main__":
    main()
