"""ONNX graphs, put together node by node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

#: versions of the operators, those that ONNX Runtime has known for years
OPERATORS, TREE_OPERATORS, FORMAT = 18, 3, 9
#: domain of the operators of trees
TREES = "ai.onnx.ml"


class Graph:
    """A graph that grows; values go by their names.

    Attributes
    ----------
    n_columns : of the one input, ``events``, float64[n_events, n_columns].
    """

    INPUT = "events"

    def __init__(self, n_columns: int):
        self.n_columns = n_columns
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._known: dict[tuple[object, ...], str] = {}

    def constant(self, value: ArrayLike, dtype: type[np.generic] = np.float64) -> str:
        """Add an array."""
        from onnx import numpy_helper

        array = np.asarray(value, dtype=dtype)
        key = (array.tobytes(), array.shape, array.dtype.str)
        if key not in self._known:
            self._known[key] = f"constant_{len(self._constants)}"
            self._constants.append(numpy_helper.from_array(array, self._known[key]))
        return self._known[key]

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node of one output; the same node twice is one."""
        from onnx import helper

        key = (operator, inputs, domain, repr(sorted(attributes.items())))
        if key not in self._known:
            self._known[key] = f"value_{len(self._nodes)}"
            self._nodes.append(
                helper.make_node(
                    operator, list(inputs), [self._known[key]], domain=domain, **attributes
                )
            )
        return self._known[key]

    def cast(self, value: str, dtype: type[np.generic]) -> str:
        """Turn numbers into those of another type."""
        from onnx import helper

        return self.add("Cast", value, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def column(self, number: int) -> str:
        """Take a column of the input, float64[n_events, 1]."""
        return self.columns(self.INPUT, [number])

    def columns(self, value: str, numbers: Sequence[int]) -> str:
        """Take columns."""
        return self.add("Gather", value, self.constant(numbers, np.int64), axis=1)

    def to_bytes(self, output: str, name: str, about: str) -> bytes:
        """Write the graph.

        Parameters
        ----------
        output : value that is given, float64[n_events, 1].
        name : of the output.
        about : what the graph is.
        """
        from onnx import TensorProto, checker, helper

        named = helper.make_node("Identity", [output], [name])
        inputs = [
            helper.make_tensor_value_info(self.INPUT, TensorProto.DOUBLE, ["n", self.n_columns])
        ]
        outputs = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["n", 1])]
        graph = helper.make_graph(
            [*self._nodes, named], name, inputs, outputs, initializer=self._constants
        )
        model = helper.make_model(
            graph,
            opset_imports=[
                helper.make_opsetid("", OPERATORS),
                helper.make_opsetid(TREES, TREE_OPERATORS),
            ],
            ir_version=FORMAT,
            producer_name="showerforge",
            doc_string=about,
        )
        checker.check_model(model)
        content: bytes = model.SerializeToString(deterministic=True)
        return content
