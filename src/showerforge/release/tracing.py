"""Engineered features as a graph, from the very functions that compute them from tables.

The functions of `showerforge.events.features` are called with a stand-in for a table, whose columns
note what is done to them instead of doing it. So there is one definition of each feature, and a new
one needs nothing more here than operations that are known below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from showerforge.errors import InputError
from showerforge.events.features import FEATURE_SETS
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.release.graphs import Graph

_OPERATORS = {
    "add": "Add",
    "subtract": "Sub",
    "multiply": "Mul",
    "divide": "Div",
    "power": "Pow",
    "negative": "Neg",
    "absolute": "Abs",
    "sign": "Sign",
    "sqrt": "Sqrt",
    "sin": "Sin",
    "cos": "Cos",
    "log": "Log",
    "exp": "Exp",
}
_COMPOSED: dict[str, Callable[..., Any]] = {
    "log10": lambda x: np.log(x) * (1 / np.log(10)),
    "deg2rad": lambda x: x * (np.pi / 180),
    "hypot": lambda x, y: np.sqrt(x * x + y * y),
}


class Traced(NDArrayOperatorsMixin):
    """A column of numbers that are not known yet.

    Parameters
    ----------
    graph : that grows by what is done to the column.
    value : name of the column in the graph, float64[n_events, 1].
    """

    def __init__(self, graph: Graph, value: str):
        self.graph = graph
        self.value = value

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        name = ufunc.__name__
        if method != "__call__" or options or name not in (*_OPERATORS, *_COMPOSED):
            raise InputError(
                f"The operation {name} of an engineered feature cannot be written as ONNX. Known "
                f"are {', '.join(sorted([*_OPERATORS, *_COMPOSED]))}, abs() and clip()."
            )
        if name in _COMPOSED:
            return _COMPOSED[name](*inputs)
        return self._apply(_OPERATORS[name], *inputs)

    def _apply(self, operator: str, *inputs: Any) -> Traced:
        values = [x.value if isinstance(x, Traced) else self.graph.constant(x) for x in inputs]
        return Traced(self.graph, self.graph.add(operator, *values))

    def abs(self) -> Traced:
        """Drop the sign, as a column of pandas does."""
        return self._apply("Abs", self)

    def clip(self, lower: float | None = None, upper: float | None = None) -> Traced:
        """Move values beyond a limit to it, as a column of pandas does."""
        clipped = self if lower is None else self._apply("Max", self, lower)
        return clipped if upper is None else self._apply("Min", clipped, upper)


def trace_features(graph: Graph, names: list[str]) -> str:
    """Add features to a graph whose input are the ten Hillas parameters.

    Parameters
    ----------
    graph : that grows.
    names : Hillas parameters and engineered features, in the order of the result.

    Returns
    -------
    features : name of the value, float64[n_events, n_features].

    Raises
    ------
    InputError
        If a feature is made by an operation that is not known.
    """
    recorded = {
        name: Traced(graph, graph.column(number)) for number, name in enumerate(HILLAS_PARAMETERS)
    }
    engineered = {f.name: f.compute for features in FEATURE_SETS.values() for f in features}
    columns: list[Traced] = [
        recorded[name] if name in recorded else engineered[name](recorded) for name in names
    ]
    return graph.add("Concat", *(column.value for column in columns), axis=1)
