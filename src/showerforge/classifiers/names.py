"""What the compared classifiers are called."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ALPHA_CUT = "alpha_cut"
WIDTH_ALPHA_CUTS = "width_alpha_cuts"
STACK = "stack"
BASE_MODELS = ("random_forest", "perceptrons", "xgboost", "lightgbm")


class Training(StrEnum):
    """What a classifier is trained on.

    Synthetic events are those of the chosen generator; the reference are those of the usual
    recipe, which stands beside it for comparison.
    """

    REAL = "real"
    SYNTHETIC = "real and synthetic"
    REFERENCE = "real and reference"
    NO_BRIGHTEST_PIXEL = "real, without fConc1"


#: trainings that every base model goes through, and so the stack
STACKED = (Training.REAL, Training.SYNTHETIC, Training.NO_BRIGHTEST_PIXEL)
#: models that are trained with events of the reference: enough to tell what the usual recipe does
WITH_REFERENCE = ("lightgbm", "xgboost")


@dataclass(frozen=True)
class Candidate:
    """A classifier and what it is trained on."""

    model: str
    training: Training

    @property
    def name(self) -> str:
        """Name in tables."""
        return f"{self.model} ({self.training})"

    @property
    def is_probability(self) -> bool:
        """Whether the gammaness is meant as a probability."""
        return self.model not in (ALPHA_CUT, WIDTH_ALPHA_CUTS)

    @classmethod
    def parse(cls, name: str) -> Candidate:
        """Read a candidate from its name."""
        model, _, training = name.partition(" (")
        return cls(model, Training(training.removesuffix(")")))
