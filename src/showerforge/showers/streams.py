"""Random numbers of each piece of work, whoever does it and in whatever order."""

from __future__ import annotations

from typing import Final

import numpy as np

from showerforge.showers.settings import Primary

#: particle codes of CORSIKA, which do not change when primaries are added
PRIMARY_CODES: Final[dict[Primary, int]] = {"gamma": 1, "proton": 14}
#: noise is drawn from another branch of the seed than showers
_DETECTOR = 1


def detector_stream(
    seed: int,
    draw: int,
    primary: Primary,
    block: int,
) -> np.random.Generator:
    """Give the random numbers of the noise of one block.

    Parameters
    ----------
    seed : the one seed of the run.
    draw : number of the draw; another one is independent of it.
    primary, block : whose images they are for.
    """
    sequence = np.random.SeedSequence(
        [seed, PRIMARY_CODES[primary], block], spawn_key=(_DETECTOR, draw)
    )
    return np.random.default_rng(sequence)
