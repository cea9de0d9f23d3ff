"""Progress of long work: a bar on a terminal, a few plain lines in a log file."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from showerforge.executors import chosen_executor

Item = TypeVar("Item")
logger = logging.getLogger(__name__)

#: a log says at least so often where the work is
SILENCE_S = 60


def track(
    items: Iterable[Item],
    description: str,
    total: int,
    remark: Callable[[], str] = lambda: "",
) -> Iterator[Item]:
    """Yield the items and show how far the work is, and how long it will still take.

    Parameters
    ----------
    items : what is worked on.
    description : what is being done, such as "Cross-validating models".
    total : number of items.
    remark : says after an item what else is worth knowing, such as the best result so far.
    """
    import rich
    from rich.progress import Progress

    console = rich.get_console()
    if console.is_terminal:
        with Progress(console=console) as bar:
            task = bar.add_task(description, total=total)
            for item in items:
                yield item
                bar.update(task, advance=1, description=description + remark())
        return
    quarters = {max(1, round(total * share / 4)) for share in range(1, 5)}
    begin = last = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if done in quarters or now - last > SILENCE_S:
            left = (now - begin) / done * (total - done)
            about = f", about {left / 60:.0f} min left" if left > SILENCE_S else ""
            logger.info("%s: %d of %d%s%s", description, done, total, remark(), about)
            last = now


def run_side_by_side(
    function: Any,
    jobs: Sequence[tuple[Any, ...]],
    n_jobs: int,
    description: str,
    in_processes: bool = False,
    remark: Callable[[], str] = lambda: "",
) -> Iterator[Any]:
    """Run jobs and show progress.

    Parameters
    ----------
    function : called with each job.
    jobs : arguments of each call.
    n_jobs : calls at a time; -1 is one for each core.
    description : what is being done, such as "Fitting models".
    in_processes : whether each has a process of its own, as `showerforge.execution` says. Neural
        networks need one, because they hold the interpreter lock; what is quick or has large
        arguments is better off in threads.
    remark : as in `track`.

    Yields
    ------
    result : of each job, in their order.
    """
    results = (
        chosen_executor().run(function, jobs, n_jobs)
        if in_processes
        else _run_in_threads(function, jobs, n_jobs)
    )
    return track(results, description, total=len(jobs), remark=remark)


def _run_in_threads(function: Any, jobs: Sequence[tuple[Any, ...]], n_jobs: int) -> Iterator[Any]:
    from joblib import Parallel, delayed

    call = delayed(function)
    results: Iterator[Any] = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(
        call(*job) for job in jobs
    )
    return results
