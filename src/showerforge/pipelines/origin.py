"""How figures and reports say where events come from, lest simulated ones are taken for others."""

from collections.abc import Mapping
from typing import Any

from showerforge.cameras.sources import SIMULATED

#: in the footer of figures and in the head of reports
MONTE_CARLO = "SIMULATED BY THE EMBEDDED MONTE CARLO"


def name_origin(source: str, attributes: Mapping[str, Any]) -> str:
    """Say it in capital letters.

    Parameters
    ----------
    source : see `showerforge.cameras.sources.find_source`.
    attributes : of the images; ``simulation`` is there if they were simulated here, ``made_by``
        tells what else made them.
    """
    if source == SIMULATED and "simulation" in attributes:
        return MONTE_CARLO
    made_by = attributes.get("made_by")
    return f"{source.upper()} ({made_by})" if made_by else source.upper()


def name_seeds(seed: int, image_seed: int | None, of: str) -> str:
    """Tell the seed of a split, and that of the simulation where it is another.

    Parameters
    ----------
    seed : of the split.
    image_seed : of the simulation, if there was one.
    of : what was simulated, such as "showers".
    """
    if image_seed in (None, seed):
        return f"seed {seed}"
    return f"{of} of seed {image_seed}, split by seed {seed}"
