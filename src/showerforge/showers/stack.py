"""Particles that wait to be followed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from showerforge.compiled import compiled
from showerforge.showers.directions import Vector

PHOTON, ELECTRON, MUON, PION, NUCLEON = range(5)
#: particles that may wait at the same time
CAPACITY = 100_000


class Particle(NamedTuple):
    """A particle, or several alike that it stands for.

    Attributes
    ----------
    place : m; the height is above sea level.
    direction : unit vector.
    energy : GeV.
    weight : how many it stands for.
    """

    place: Vector
    direction: Vector
    energy: float
    weight: float


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
def push(stack: Stack, kind: int, particle: Particle) -> None:
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
    numbers[0], numbers[1], numbers[2] = particle.place
    numbers[3], numbers[4], numbers[5] = particle.direction
    numbers[6], numbers[7] = particle.energy, particle.weight
    stack.kinds[top] = kind
    stack.size[0] = top + 1


@compiled
def pop(stack: Stack) -> tuple[int, Particle]:
    """Take the last particle, with its kind, from a stack that is not empty."""
    top = stack.size[0] - 1
    stack.size[0] = top
    x, y, z, ux, uy, uz, energy, weight = stack.numbers[top]
    return stack.kinds[top], Particle((x, y, z), (ux, uy, uz), energy, weight)
