"""Progress of long work: a bar on a terminal, a few plain lines in a log file."""

import logging
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
logger = logging.getLogger(__name__)

#: a log says at least so often where the work is
SILENCE_S = 60


def track(items: Iterable[Item], description: str, total: int) -> Iterator[Item]:
    """Yield the items and show how far the work is, and how long it will still take.

    Parameters
    ----------
    items : what is worked on.
    description : what is being done, such as "Cross-validating models".
    total : number of items.
    """
    import rich
    from rich.progress import track as show_bar

    console = rich.get_console()
    if console.is_terminal:
        yield from show_bar(items, description=description, total=total, console=console)
        return
    quarters = {max(1, round(total * share / 4)) for share in range(1, 5)}
    begin = last = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if done in quarters or now - last > SILENCE_S:
            left = (now - begin) / done * (total - done)
            about = f", about {left / 60:.0f} min left" if left > SILENCE_S else ""
            logger.info("%s: %d of %d%s", description, done, total, about)
            last = now
