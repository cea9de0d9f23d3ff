"""Particles that wait to be followed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from showerforge.compiled import compiled

PHOTON, ELECTRON, MUON, PION, NUCLEON = range(5)
#: particles that may wait at the same time
CAPACITY = 100_000


class Stack(NamedTuple):
    """Particles, the last one first.

    Attributes
    ----------
    numbers : float64[capacity, 8]: position, m; direction; energy, GeV; how many it stands for.
    kinds : int8[capacity].
    size : int64[1], how many there are.
    """

    numbers: NDArray[np.float64]
    kinds: NDArray[np.int8]
    size: NDArray[np.int64]


def empty_stack(capacity: int = CAPACITY) -> Stack:
    """Make a stack without particles."""
    return Stack(
        np.empty((capacity, 8)), np.empty(capacity, dtype=np.int8), np.zeros(1, dtype=np.int64)
    )


@compiled
def push(
    stack: Stack,
    kind: int,
    x: float,
    y: float,
    z: float,
    ux: float,
    uy: float,
    uz: float,
    energy: float,
    weight: float,
) -> None:
    """Put a particle on the stack.

    Raises
    ------
    OverflowError
        If the stack is full; no particle is ever dropped.
    """
    top = stack.size[0]
    if top == len(stack.kinds):
        raise OverflowError("the stack of particles is full")
    numbers = stack.numbers[top]
    numbers[0], numbers[1], numbers[2] = x, y, z
    numbers[3], numbers[4], numbers[5] = ux, uy, uz
    numbers[6], numbers[7] = energy, weight
    stack.kinds[top] = kind
    stack.size[0] = top + 1
