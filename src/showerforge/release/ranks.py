"""Features made Gaussian by rank, as scikit-learn's QuantileTransformer does it, in ONNX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.preprocessing._data import BOUNDS_THRESHOLD

from showerforge.release.graphs import Graph
from showerforge.release.trees import Ensemble, Tree, add_trees

Floats = NDArray[np.float64]

#: coefficients of the inverse of the normal distribution function, double precision: Wichura 1988,
#: Applied Statistics 37, 477, algorithm AS 241, PPND16; numerators and denominators, of rising
#: powers, for the middle, and the tails to exp(-25) and beyond
_CENTRAL = (
    (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ),
    (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
)
_TAIL = (
    (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)
#: floating-point numbers that a value may be away from many equal ones, and still be one of them
N_SPACINGS = 8
#: half-width of the middle, its constant and that of the tail
_MIDDLE, _MIDDLE_CONSTANT, _TAIL_CONSTANT = 0.425, 0.180625, 1.6


def add_ranks(graph: Graph, features: str, transformer: Any) -> str:
    """Add normal scores to a graph.

    Which two quantiles a value lies between is asked of a tree for each feature: comparing with
    all of them would cost more than the networks that follow.

    Parameters
    ----------
    graph : that grows.
    features : float64[n_events, n_features].
    transformer : fitted QuantileTransformer with ``output_distribution="normal"``.

    Returns
    -------
    scores : float64[n_events, n_features].
    """
    quantiles = transformer.quantiles_
    pieces = [_pieces(quantiles[:, j], transformer.references_) for j in range(quantiles.shape[1])]
    trees = [_search_tree(edges, feature) for feature, (edges, _, _) in enumerate(pieces)]
    searches = Ensemble(trees, "BRANCH_LEQ", len(trees))
    place = graph.cast(add_trees(graph, features, searches), np.int64)
    begins = np.cumsum([0, *(len(origins) for _, origins, _ in pieces)])[:-1]
    place = graph.add("Add", place, graph.constant(begins[None, :], np.int64))
    origin, height, slope = (
        graph.add("Gather", graph.constant(np.concatenate(values)), place, axis=0)
        for values in (
            [origins for _, origins, _ in pieces],
            [lines[:, 0] for _, _, lines in pieces],
            [lines[:, 1] for _, _, lines in pieces],
        )
    )
    rise = graph.add("Mul", graph.add("Sub", features, origin), slope)
    scores = _add_normal_quantile(graph, graph.add("Add", height, rise))
    least = norm.ppf(BOUNDS_THRESHOLD - np.spacing(1))
    most = norm.ppf(1 - (BOUNDS_THRESHOLD - np.spacing(1)))
    return graph.add("Clip", scores, graph.constant(least), graph.constant(most))


def _pieces(quantiles: Floats, references: Floats) -> tuple[Floats, Floats, Floats]:
    """Write the map from values to shares as straight pieces.

    Values that stand for many quantiles are pieces of their own, as wide as the rounding of the
    operations that features are computed by.

    Returns
    -------
    edges : float64[n - 1], the highest value of each piece but the last.
    origins : float64[n], where the line of a piece begins.
    lines : float64[n, 2], share there, and slope.
    """
    values, first, counts = np.unique(quantiles, return_index=True, return_counts=True)
    lowest, highest = references[first], references[first + counts - 1]
    near = values[0] + BOUNDS_THRESHOLD
    edges = [_last_of(lambda x: x - BOUNDS_THRESHOLD < values[0], near)]
    origins, lines = [0.0], [(0.0, 0.0)]
    for k in range(len(values) - 1):
        if counts[k] > 1 and k > 0:
            rounding = N_SPACINGS * np.spacing(abs(values[k]))
            edges.append(values[k] - rounding)
            edges.append(values[k] + rounding)
            origins.append(values[k])
            lines.append(((lowest[k] + highest[k]) / 2, 0.0))
        elif k > 0:
            edges.append(values[k])
        width = values[k + 1] - values[k]
        origins.append(values[k])
        lines.append((highest[k], (lowest[k + 1] - highest[k]) / width))
    if len(values) > 1:
        near = values[-1] - BOUNDS_THRESHOLD
        edges.append(_last_of(lambda x: x + BOUNDS_THRESHOLD <= values[-1], near))
    origins.append(0.0)
    lines.append((1.0, 0.0))
    # where values lie closer than the threshold, what is below the lowest goes first
    highest_edge = max(edges[0], edges[-1])
    return np.clip(edges, edges[0], highest_edge), np.array(origins), np.array(lines)


def _last_of(holds: Callable[[float], bool], near: float) -> float:
    """Find the largest number for which something holds, that does for all smaller ones."""
    while not holds(near):
        near = float(np.nextafter(near, -np.inf))
    while holds(following := float(np.nextafter(near, np.inf))):
        near = following
    return near


def _search_tree(edges: Floats, feature: int) -> Tree:
    """Build a balanced tree that gives the number of the piece between edges for a feature."""
    tree = Tree()

    def add(begin: int, end: int) -> int:
        if begin == end:
            return tree.add(adds={feature: float(begin)})
        middle = (begin + end) // 2
        node = tree.add(feature, float(edges[middle]))
        tree.left[node], tree.right[node] = add(begin, middle), add(middle + 1, end)
        return node

    add(0, len(edges))
    return tree


def _add_normal_quantile(graph: Graph, share: str) -> str:
    """Add the inverse of the normal distribution function, for shares from 1e-9 to 1 - 1e-9."""

    def polynomial(x: str, coefficients: tuple[float, ...]) -> str:
        value = graph.constant(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            value = graph.add("Add", graph.add("Mul", value, x), graph.constant(coefficient))
        return value

    def ratio(x: str, parts: tuple[tuple[float, ...], tuple[float, ...]]) -> str:
        return graph.add("Div", *(polynomial(x, part) for part in parts))

    one = graph.constant(1.0)
    share = graph.add("Clip", share, graph.constant(1e-10), graph.constant(1 - 1e-10))
    offset = graph.add("Sub", share, graph.constant(0.5))
    square = graph.add("Mul", offset, offset)
    middle = graph.add("Sub", graph.constant(_MIDDLE_CONSTANT), square)
    central = graph.add("Mul", offset, ratio(middle, _CENTRAL))
    smaller = graph.add("Min", share, graph.add("Sub", one, share))
    depth = graph.add("Sqrt", graph.add("Neg", graph.add("Log", smaller)))
    tail = ratio(graph.add("Sub", depth, graph.constant(_TAIL_CONSTANT)), _TAIL)
    tail = graph.add("Mul", graph.add("Sign", offset), tail)
    is_central = graph.add("LessOrEqual", graph.add("Abs", offset), graph.constant(_MIDDLE))
    return graph.add("Where", is_central, central, tail)
