"""Progress of long work: a bar on a terminal, a few plain lines in a log file."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

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
