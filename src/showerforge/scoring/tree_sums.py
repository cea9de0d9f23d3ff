"""Sums of many trees for many events: those of ONNX Runtime, number for number, in less time.

There are three steps, each of them for a block of events at once:

1. A feature becomes the number of thresholds that it exceeds, among all that the trees compare it
   with. From then on small integers are compared.
2. Each event falls into a leaf of each tree. In small trees every decision is asked, in any order:
   one that sends an event to the right strikes out the leaves to its left, and the first leaf that
   is left is the one (QuickScorer: Lucchese et al. 2015, SIGIR, 73). Leaves are bits, and bytes of
   them are kept for all events side by side, so that one vector instruction treats dozens of
   events (RapidScorer: Ye et al. 2018, KDD, 941). Large trees are walked, one step of all events
   after the other, so that the processor need not wait for any.
3. What leaves add is summed up tree by tree, in the order and precision of ONNX Runtime.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from showerforge.compiled import compiled
from showerforge.release.trees import Ensemble
from showerforge.scoring.thresholds import BLOCK, count_exceeded, fill_up
from showerforge.scoring.tree_layouts import (
    ALL,
    PLANES,
    SMALL,
    Decisions,
    Leaves,
    Nodes,
    distinct_limits,
    lay_out_decisions,
    lay_out_leaves,
    lay_out_nodes,
    limits_of,
    mark,
    rank_limits,
)


class TreeSums:
    """Sums of trees for tables of events.

    Parameters
    ----------
    ensemble : of trees.
    """

    def __init__(self, ensemble: Ensemble):
        trees, limits = ensemble.trees, limits_of(ensemble)
        distinct = distinct_limits(ensemble, limits)
        ranks = [rank_limits(*of_tree, distinct) for of_tree in zip(trees, limits, strict=True)]
        is_small = all(sum(f < 0 for f in tree.feature) <= SMALL for tree in trees)
        lay_out = lay_out_decisions if is_small else lay_out_nodes
        self._n_sums = ensemble.n_sums
        self._thresholds = fill_up(distinct)
        self._find = find_in_small_trees if is_small else find_in_large_trees
        self._trees: Any
        self._trees, places = lay_out(trees, ranks, self._thresholds.type)
        self._leaves = lay_out_leaves(trees, places, limits[0].dtype)

    def of(self, features: NDArray[Any]) -> NDArray[np.float32]:
        """Sum up trees.

        Parameters
        ----------
        features : float64 or float32[n_events, n_features], as the ensemble's precision says.

        Returns
        -------
        sums : float32[n_events, n_sums].
        """
        ranks = count_exceeded(features, self._thresholds)
        sums = np.zeros((self._n_sums, len(features)), self._leaves.values.dtype)
        add_up(self._find(ranks, self._trees), self._leaves, sums)
        return np.ascontiguousarray(sums.T, dtype=np.float32)


@compiled
def find_in_small_trees(ranks: NDArray[Any], decisions: Decisions) -> NDArray[np.uint8]:
    """Find the leaves that events fall into, by bits.

    Parameters
    ----------
    ranks : integers[n_features, n_events], numbers of thresholds that are exceeded.
    decisions : of the trees.

    Returns
    -------
    places : uint8[n_trees, n_events], see `showerforge.scoring.tree_layouts.mark`.
    """
    n_trees, n_events = len(decisions.begins) - 1, ranks.shape[1]
    places = np.empty((n_trees, n_events), np.uint8)
    planes = np.empty((PLANES, BLOCK), np.uint8)
    for begin in range(0, n_events, BLOCK):
        own = ranks[:, begin : begin + BLOCK]
        n = own.shape[1]
        for tree in range(n_trees):
            planes[:] = ALL
            for k in range(decisions.begins[tree], decisions.begins[tree + 1]):
                exceeded, rank = own[decisions.feature[k]], decisions.rank[k]
                leaves, kept = planes[decisions.plane[k]], decisions.kept[k]
                for i in range(n):
                    leaves[i] &= ALL if exceeded[i] <= rank else kept
            place = places[tree, begin : begin + n]
            for i in range(n):
                bits = np.uint64(0)
                for plane in range(PLANES):
                    bits |= np.uint64(planes[plane, i]) << np.uint64(8 * plane)
                place[i] = mark(bits)
    return places


@compiled
def find_in_large_trees(ranks: NDArray[Any], nodes: Nodes) -> NDArray[np.uint32]:
    """Find the leaves that events fall into, by walking.

    Parameters
    ----------
    ranks : integers[n_features, n_events], numbers of thresholds that are exceeded.
    nodes : of the trees.

    Returns
    -------
    places : uint32[n_trees, n_events], numbers of the leaves among the nodes of their tree.
    """
    n_trees, n_events = len(nodes.begins), ranks.shape[1]
    places = np.empty((n_trees, n_events), np.uint32)
    for begin in range(0, n_events, BLOCK):
        own = ranks[:, begin : begin + BLOCK]
        n = own.shape[1]
        for tree in range(n_trees):
            at = places[tree, begin : begin + n]
            at[:] = nodes.begins[tree]
            for _ in range(nodes.depths[tree]):
                for i in range(n):
                    node = at[i]
                    goes_right = own[nodes.feature[node], i] > nodes.rank[node]
                    at[i] = nodes.follower[node] + np.uint32(goes_right)
            for i in range(n):
                at[i] -= nodes.begins[tree]
    return places


@compiled
def add_up(places: NDArray[Any], leaves: Leaves, sums: NDArray[Any]) -> None:
    """Add what the leaves of events add.

    Parameters
    ----------
    places : integers[n_trees, n_events], of the leaves.
    leaves : of the trees.
    sums : float64 or float32[n_sums, n_events], that grow.
    """
    n_events = places.shape[1]
    for tree in range(len(places)):
        for k in range(leaves.begins[tree], leaves.begins[tree + 1]):
            table = leaves.values[leaves.tables[k] :]
            own = sums[leaves.sums[k]]
            for i in range(n_events):
                own[i] += table[places[tree, i]]
