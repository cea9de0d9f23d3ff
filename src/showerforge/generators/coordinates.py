"""Physics coordinates: an invertible map from Hillas parameters to free real numbers.

Events of any value in these coordinates obey the hard constraints, so that a density that is
learnt there breaks none of them: a width cannot exceed a length when only the logit of their
ratio is modelled. Rejecting invalid events instead would restore validity but not the law near
the border.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from showerforge.events.features import SMALLEST_WIDTH
from showerforge.events.schema import HILLAS_COLUMNS, HILLAS_PARAMETERS

Floats = NDArray[np.float64]

COORDINATES = (
    "log length",
    "logit of width over length",
    "logit of size",
    "logit of concentration",
    "logit of brightest pixel over two brightest",
    "signed root of asymmetry over length",
    "signed root of longitudinal third moment over length",
    "log of transverse third moment over width",
    "logit of alpha",
    "log distance",
)
#: the coordinate that depends on a parameter alone, so that the parameter can be a condition
OWN_COORDINATE = {"fLength": 0, "fSize": 2, "fConc": 3, "fAlpha": 8, "fDist": 9}

#: what is smaller than this stands for zero, such as the width of an image in one line of
#: pixels; it is far below the resolution of any camera
SMALLEST = 1e-6
#: the finite stand-in for a zero: below all that is recorded, and zero again on the way back
STAND_IN = 1e-9

_HIGHEST = {column.name: column.highest for column in HILLAS_COLUMNS}


def _log(x: Floats) -> Floats:
    return np.log(np.maximum(x, STAND_IN))


def _bounded(x: Floats, highest: Floats | float) -> Floats:
    return logit(np.clip(x, STAND_IN, highest - STAND_IN) / highest)


def _signed_root(x: Floats) -> Floats:
    return np.sign(x) * np.sqrt(np.abs(x))


def _signed_square(x: Floats) -> Floats:
    return x * np.abs(x)


def _or_zero(x: Floats) -> Floats:
    return np.where(np.abs(x) < SMALLEST, 0.0, x)


def to_coordinates(events: pd.DataFrame) -> Floats:
    """Map Hillas parameters to physics coordinates.

    The sign of the transverse third moment is left out: it says on which side of the axis the
    image bulges, which by the mirror symmetry of showers is a coin toss.

    Parameters
    ----------
    events : DataFrame[n_events, 10], Hillas parameters.

    Returns
    -------
    coordinates : float[n_events, 10], in the order of `COORDINATES`.
    """
    length, width, size, two, one, asymmetry, m3_long, m3_trans, alpha, distance = (
        events[name].to_numpy(float) for name in HILLAS_PARAMETERS
    )
    return np.column_stack(
        [
            _log(length),
            _bounded(width, length),
            _bounded(size, _HIGHEST["fSize"]),
            _bounded(two, _HIGHEST["fConc"]),
            _bounded(one, two),
            _signed_root(asymmetry / length),
            _signed_root(m3_long / length),
            _log(np.abs(m3_trans) / np.maximum(width, SMALLEST_WIDTH)),
            _bounded(alpha, _HIGHEST["fAlpha"]),
            _log(distance),
        ]
    )


def from_coordinates(coordinates: Floats, is_negative: NDArray[np.bool_]) -> pd.DataFrame:
    """Map physics coordinates to Hillas parameters; the inverse of `to_coordinates`.

    Parameters
    ----------
    coordinates : float[n_events, 10]
    is_negative : bool[n_events], whether the transverse third moment is.

    Returns
    -------
    events : DataFrame[n_events, 10]
    """
    c = coordinates.T
    length = np.exp(c[0])
    width = _or_zero(length * expit(c[1]))
    two = _HIGHEST["fConc"] * expit(c[3])
    m3_trans = _or_zero(np.maximum(width, SMALLEST_WIDTH) * np.exp(c[7]))
    values = (
        length,
        width,
        _HIGHEST["fSize"] * expit(c[2]),
        two,
        two * expit(c[4]),
        length * _signed_square(c[5]),
        length * _signed_square(c[6]),
        np.where(is_negative, -m3_trans, m3_trans),
        _or_zero(_HIGHEST["fAlpha"] * expit(c[8])),
        _or_zero(np.exp(c[9])),
    )
    return pd.DataFrame(dict(zip(HILLAS_PARAMETERS, values, strict=True)))
