"""What the two classes of an experiment and the score between them are called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Classes:
    """Words for people: of figures and reports, never of columns.

    Attributes
    ----------
    signal, background : the two classes, in the singular.
    score : the score of a classifier in [0, 1], 1 = signal.
    """

    signal: str
    background: str
    score: str


GAMMA_HADRON = Classes("gamma", "hadron", "gammaness")
"""Experiments with Cherenkov telescopes."""

ELECTRON_PHOTON = Classes("electron", "photon", "electron score")
"""The experiment with a calorimeter: electrons are the signal."""
