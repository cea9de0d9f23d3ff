"""What a quantity is, against what others of the same event make one expect.

Showers differ by orders of magnitude in light, width and length, and most of that is the same thing
seen thrice: a brighter image is a longer one. A mirror that has lost a tenth of its reflectivity
moves the distribution of the light by a tenth of its width; it moves the light *of images of a
given shape* by a third. So residuals are watched beside the quantities themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Term:
    """A recorded parameter on some scale.

    Attributes
    ----------
    column : name of the parameter.
    scale : "logarithm" to the base of ten, "square of the logarithm", or "linear".
    smallest : smaller values are raised to it before a logarithm is taken.
    """

    column: str
    scale: Literal["linear", "logarithm", "square of the logarithm"] = "logarithm"
    smallest: float = 1e-3

    def of(self, columns: Mapping[str, Floats]) -> Floats:
        """Compute the term, float64[n_events]."""
        values = columns[self.column]
        if self.scale == "linear":
            return values
        logarithm: Floats = np.log10(np.maximum(values, self.smallest))
        return logarithm if self.scale == "logarithm" else logarithm**2


@dataclass(frozen=True)
class Residual:
    """The difference of a parameter to a linear function of others.

    Attributes
    ----------
    name, unit : such as "light for the shape", "dex".
    target : the parameter.
    terms : what it is expected from.
    coefficients : offset, and a factor for each term; empty before `fit`.
    """

    name: str
    unit: str
    target: Term
    terms: tuple[Term, ...]
    coefficients: tuple[float, ...] = ()

    def fit(self, columns: Mapping[str, Floats]) -> Residual:
        """Learn the coefficients by least squares.

        Parameters
        ----------
        columns : float64[n_events] of each recorded parameter.
        """
        terms = [term.of(columns) for term in self.terms]
        design = np.column_stack([np.ones(len(terms[0])), *terms])
        solution, *_ = np.linalg.lstsq(design, self.target.of(columns))
        return Residual(self.name, self.unit, self.target, self.terms, tuple(map(float, solution)))

    def to_dict(self) -> dict[str, Any]:
        """Write as plain words and numbers."""
        return {
            "name": self.name,
            "unit": self.unit,
            "target": vars(self.target),
            "terms": [vars(term) for term in self.terms],
            "coefficients": list(self.coefficients),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Residual:
        """Read what `to_dict` wrote."""
        return cls(
            content["name"],
            content["unit"],
            Term(**content["target"]),
            tuple(Term(**term) for term in content["terms"]),
            tuple(content["coefficients"]),
        )


def residuals_of(columns: Mapping[str, Floats], residuals: Sequence[Residual]) -> list[Floats]:
    """Compute residuals.

    Parameters
    ----------
    columns : float64[n_events] of each recorded parameter.
    residuals : fitted.

    Returns
    -------
    values : float64[n_events] of each residual.
    """
    # they share most of their terms, and logarithms take time
    asked = {term for residual in residuals for term in (residual.target, *residual.terms)}
    terms = {term: term.of(columns) for term in asked}
    values = []
    for residual in residuals:
        offset, *factors = residual.coefficients
        parts = [f * terms[term] for f, term in zip(factors, residual.terms, strict=True)]
        values.append(terms[residual.target] - sum(parts, start=offset))
    return values


def with_residuals(
    parameters: Floats, names: Sequence[str], residuals: Sequence[Residual]
) -> Floats:
    """Put residuals beside recorded parameters.

    Parameters
    ----------
    parameters : float64[n_events, n_parameters].
    names : of the parameters.
    residuals : fitted.

    Returns
    -------
    values : float64[n_events, n_parameters + n_residuals].
    """
    columns = {name: parameters[:, place] for place, name in enumerate(names)}
    return np.column_stack([parameters, *residuals_of(columns, residuals)])


_SHAPE = (
    Term("fLength", smallest=1.0),
    Term("fWidth", smallest=1.0),
    Term("fLength", "square of the logarithm", 1.0),
    Term("fConc"),
    Term("fConc", "square of the logarithm"),
    Term("fConc1"),
    Term("fDist", "linear"),
)
_LIGHT = Term("fSize", "linear")

#: of Hillas parameters; the size of the table is a logarithm already
HILLAS_RESIDUALS = (
    Residual("light for the shape", "dex", _LIGHT, _SHAPE),
    Residual(
        "width for the light",
        "dex",
        Term("fWidth", smallest=1.0),
        (_LIGHT, *(term for term in _SHAPE if term.column != "fWidth")),
    ),
    Residual(
        "length for the light",
        "dex",
        Term("fLength", smallest=1.0),
        (_LIGHT, *(term for term in _SHAPE if term.column != "fLength")),
    ),
)

#: of the parameters of camera images
CAMERA_RESIDUALS = (
    Residual(
        "light for the shape",
        "dex",
        Term("size"),
        (
            Term("length", smallest=0.01),
            Term("length", "square of the logarithm", 0.01),
            Term("width", smallest=0.01),
            Term("width", "square of the logarithm", 0.01),
            Term("concentration_pixel"),
            Term("concentration_pixel", "square of the logarithm"),
            Term("dist", "linear"),
        ),
    ),
)
