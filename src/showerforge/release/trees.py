"""Ensembles of trees of three libraries as one operator of ONNX, decision for decision.

The converters that there are write thresholds in single precision. LightGBM compares in double
precision, so events between a threshold and its rounded twin go the other way; where features are
computed, and not read with four decimals, these are not rare: on the MAGIC table a score moved by
0.08. Here LightGBM and the forest keep their thresholds in double precision.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np

from showerforge.errors import InputError
from showerforge.release.graphs import TREES, Graph

#: an event goes left if its feature is ...
Rule = Literal["BRANCH_LEQ", "BRANCH_LT"]
OPERATOR = "TreeEnsembleRegressor"
_LEAF, _AS_TENSOR = "LEAF", "_as_tensor"


@dataclass
class Tree:
    """A tree, node by node, from the root.

    Attributes
    ----------
    feature : column that is compared, or -1 in a leaf.
    threshold : it is compared with.
    left, right : numbers of the nodes that follow.
    adds : what a leaf adds to which sum; empty in a node that is none.
    """

    feature: list[int] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    adds: list[dict[int, float]] = field(default_factory=list)

    def add(
        self, feature: int = -1, threshold: float = 0.0, adds: dict[int, float] | None = None
    ) -> int:
        """Add a node, whose followers are not known yet, and tell its number."""
        self.feature.append(feature)
        self.threshold.append(threshold)
        self.left.append(0)
        self.right.append(0)
        self.adds.append(adds or {})
        return len(self.feature) - 1


class Ensemble(NamedTuple):
    """Trees that are summed up.

    Attributes
    ----------
    trees : that add.
    rule : when an event goes left.
    n_sums : number of the sums that leaves add to.
    precise : whether thresholds and leaves are kept, and added, in double precision.
    """

    trees: Sequence[Tree]
    rule: Rule
    n_sums: int = 1
    precise: bool = True


def add_trees(graph: Graph, features: str, ensemble: Ensemble) -> str:
    """Add sums of trees to a graph.

    Parameters
    ----------
    graph : that grows.
    features : float64 or float32[n_events, n_features], as the precision of the ensemble says.
    ensemble : trees that are summed up.

    Returns
    -------
    sums : float32[n_events, n_sums].
    """
    return graph.add(OPERATOR, features, domain=TREES, **_write(ensemble))


def _write(ensemble: Ensemble) -> dict[str, Any]:
    """Write trees as attributes of the operator."""
    from onnx import TensorProto, helper

    nodes: dict[str, list[Any]] = {
        name: [] for name in ("treeids", "nodeids", "featureids", "modes", "truenodeids")
    } | {"falsenodeids": []}
    leaves: dict[str, list[int]] = {name: [] for name in ("treeids", "nodeids", "ids")}
    thresholds: list[float] = []
    weights: list[float] = []
    for number, tree in enumerate(ensemble.trees):
        for node, feature in enumerate(tree.feature):
            nodes["treeids"].append(number)
            nodes["nodeids"].append(node)
            nodes["featureids"].append(max(0, feature))
            nodes["modes"].append(_LEAF if feature < 0 else ensemble.rule)
            nodes["truenodeids"].append(tree.left[node])
            nodes["falsenodeids"].append(tree.right[node])
            thresholds.append(tree.threshold[node])
            for target, weight in tree.adds[node].items():
                leaves["treeids"].append(number)
                leaves["nodeids"].append(node)
                leaves["ids"].append(target)
                weights.append(weight)
    numbers: dict[str, Any] = {"nodes_values": thresholds, "target_weights": weights}
    if ensemble.precise:
        numbers = {
            f"{name}{_AS_TENSOR}": helper.make_tensor(name, TensorProto.DOUBLE, [len(v)], v)
            for name, v in numbers.items()
        }
    return {
        "aggregate_function": "SUM",
        "n_targets": ensemble.n_sums,
        **{f"nodes_{name}": values for name, values in nodes.items()},
        **{f"target_{name}": values for name, values in leaves.items()},
        **numbers,
    }


def read_trees(node: Any) -> Ensemble | None:
    """Read back what `add_trees` has added.

    Parameters
    ----------
    node : of a graph.

    Returns
    -------
    ensemble : None if the node is not one that `add_trees` adds, to the last attribute.
    """
    from onnx import helper, numpy_helper

    if (node.domain, node.op_type) != (TREES, OPERATOR):
        return None
    known = {about.name: helper.get_attribute_value(about) for about in node.attribute}
    precise = f"nodes_values{_AS_TENSOR}" in known
    if precise:
        for name in ("nodes_values", "target_weights"):
            known[name] = numpy_helper.to_array(known[f"{name}{_AS_TENSOR}"]).tolist()
    trees = [Tree() for _ in range(1 + max(known["nodes_treeids"]))]
    modes = [mode.decode() for mode in known["nodes_modes"]]
    for number, mode, feature, threshold, left, right in zip(
        known["nodes_treeids"],
        modes,
        known["nodes_featureids"],
        known["nodes_values"],
        known["nodes_truenodeids"],
        known["nodes_falsenodeids"],
        strict=True,
    ):
        place = trees[number].add(-1 if mode == _LEAF else feature, threshold)
        trees[number].left[place], trees[number].right[place] = left, right
    for number, place, target, weight in zip(
        *(known[f"target_{name}"] for name in ("treeids", "nodeids", "ids", "weights")), strict=True
    ):
        trees[number].adds[place][target] = weight
    rules = set(modes) - {_LEAF}
    ensemble = Ensemble(trees, rules.pop() if rules else "BRANCH_LEQ", known["n_targets"], precise)
    written = helper.make_node(OPERATOR, node.input, node.output, domain=TREES, **_write(ensemble))
    return ensemble if written == node else None


def forest_trees(forest: Any) -> list[Tree]:
    """Read a forest of scikit-learn, which compares single with double precision.

    Returns
    -------
    trees : which add to the shares of gammas, 0, and hadrons, 1.
    """
    trees = []
    for estimator in forest.estimators_:
        tree = estimator.tree_
        is_leaf = tree.children_left < 0
        counts = tree.value[:, 0, :]
        shares = counts / counts.sum(axis=1, keepdims=True) / len(forest.estimators_)
        trees.append(
            Tree(
                np.where(is_leaf, -1, tree.feature).tolist(),
                np.where(is_leaf, 0.0, tree.threshold).tolist(),
                np.maximum(tree.children_left, 0).tolist(),
                np.maximum(tree.children_right, 0).tolist(),
                [
                    {0: gammas, 1: hadrons} if ends else {}
                    for ends, (hadrons, gammas) in zip(is_leaf, shares.tolist(), strict=True)
                ],
            )
        )
    return trees


def lightgbm_trees(booster: Any) -> list[Tree]:
    """Read the trees of LightGBM, which compares in double precision.

    Raises
    ------
    InputError
        If a decision is not between numbers.
    """

    def add(tree: Tree, node: dict[str, Any]) -> int:
        if "split_feature" not in node:
            return tree.add(adds={0: node["leaf_value"]})
        if node["decision_type"] != "<=":
            raise InputError("Categories as features of LightGBM cannot be written as ONNX.")
        number = tree.add(node["split_feature"], node["threshold"])
        tree.left[number] = add(tree, node["left_child"])
        tree.right[number] = add(tree, node["right_child"])
        return number

    trees = []
    for about in booster.dump_model()["tree_info"]:
        tree = Tree()
        add(tree, about["tree_structure"])
        trees.append(tree)
    return trees


def xgboost_trees(booster: Any) -> list[Tree]:
    """Read the trees of XGBoost, which compares and adds in single precision.

    The first of them is the margin that XGBoost begins with, so that sums are rounded likewise.
    """
    learner = json.loads(booster.save_raw("json"))["learner"]
    base = float(np.float32(json.loads(learner["learner_model_param"]["base_score"])[0]))
    first = Tree()
    first.add(adds={0: float(np.log(base / (1 - base)))})
    trees = [first]
    for about in learner["gradient_booster"]["model"]["trees"]:
        left, right = np.array(about["left_children"]), np.array(about["right_children"])
        numbers = np.array(about["split_conditions"], dtype=np.float32).astype(float)
        is_leaf = left < 0
        trees.append(
            Tree(
                np.where(is_leaf, -1, about["split_indices"]).tolist(),
                np.where(is_leaf, 0.0, numbers).tolist(),
                np.maximum(left, 0).tolist(),
                np.maximum(right, 0).tolist(),
                [{0: x} if ends else {} for ends, x in zip(is_leaf, numbers.tolist(), strict=True)],
            )
        )
    return trees
