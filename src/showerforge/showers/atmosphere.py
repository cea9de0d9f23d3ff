"""The air: thickness, density and refractive index against height.

US Standard Atmosphere in the five-layer parametrisation of J. Linsley, with the constants of
the CORSIKA user's guide (Heck and Pierog, KIT), appendix "Atmospheric models", model 1.
Vertical thickness X(h) = a + b exp(-h/c). The Earth is flat; see
`showerforge.showers.settings.HIGHEST_ZENITH`.
"""

from __future__ import annotations

import math

import numpy as np

from showerforge.compiled import compiled

#: lower edges of the layers, m
_EDGES = (4000.0, 10000.0, 40000.0)
_A = (-186.5562, -94.919, 0.61289, 0.0)  # g/cm2
_B = (1222.6562, 1144.9069, 1305.5948, 540.1778)  # g/cm2
_C = (9941.8638, 8781.5355, 6361.4304, 7721.7016)  # m
#: thickness at the edges, g/cm2
_EDGE_THICKNESS = tuple(
    a + b * math.exp(-edge / c)
    for edge, a, b, c in zip(_EDGES, _A[1:], _B[1:], _C[1:], strict=True)
)
#: n - 1 at sea level, mean of 300 to 600 nm
SEA_LEVEL_REFRACTIVITY = 2.83e-4
_SEA_LEVEL_DENSITY = _B[0] / _C[0]
#: above it there is nothing to speak of, m; the linear fifth layer of the parametrisation is cut
TOP = 100_000.0


@compiled
def _layer(height: float) -> int:
    if height < _EDGES[0]:
        return 0
    if height < _EDGES[1]:
        return 1
    return 2 if height < _EDGES[2] else 3


@compiled
def air(height: float) -> tuple[float, float]:
    """Thickness above a height and density there.

    Parameters
    ----------
    height : above sea level, m.

    Returns
    -------
    thickness : vertical, g/cm2.
    density : g/cm2 per m, a hundredth of g/cm3.
    """
    layer = _layer(height)
    falling = _B[layer] * math.exp(-height / _C[layer])
    return _A[layer] + falling, falling / _C[layer]


@compiled
def height_at(thickness: float) -> float:
    """Height above sea level, m, above which there is a vertical thickness, g/cm2."""
    if thickness > _EDGE_THICKNESS[0]:
        layer = 0
    elif thickness > _EDGE_THICKNESS[1]:
        layer = 1
    else:
        layer = 2 if thickness > _EDGE_THICKNESS[2] else 3
    remaining = (thickness - _A[layer]) / _B[layer]
    if remaining <= 0.0:
        return TOP
    return min(TOP, -_C[layer] * math.log(remaining))


@compiled
def refractivity_of(density: float) -> float:
    """N - 1 of air of a density, g/cm2 per m (law of Gladstone and Dale)."""
    return SEA_LEVEL_REFRACTIVITY * density / _SEA_LEVEL_DENSITY


def thickness(heights: np.ndarray) -> np.ndarray:
    """Vertical thickness, g/cm2, above heights, m."""
    return np.array([air(height)[0] for height in np.asarray(heights, dtype=float)])
