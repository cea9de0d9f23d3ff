"""Trees as arrays that compiled functions run through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from showerforge.compiled import compiled
from showerforge.release.trees import Ensemble, Tree

#: leaves of a small tree, in bytes of as many bits
SMALL, PLANES = 64, 8
ALL = np.uint8(255)
#: Any one bit of 64, multiplied by this, has another number in its upper six bits (a de Bruijn
#: sequence: Leiserson et al. 1998, "Using de Bruijn sequences to index a 1 in a computer word").
_DE_BRUIJN, _UPPER_SIX = np.uint64(0x03F79D71B4CB0A89), np.uint64(58)

#: for each tree, the leaves and their places in tables of what they add
Places = Sequence[dict[int, int]]


class Decisions(NamedTuple):
    """Decisions of small trees, one tree after the other.

    Leaves of a tree are bits, from left to right. An event that goes right loses those to the left;
    a decision that takes leaves of several bytes stands here several times.

    Attributes
    ----------
    begins : int64[n_trees + 1].
    feature, rank : an event goes right if it exceeds more thresholds of this feature than this.
    plane, kept : byte of leaves, and those of them that an event keeps that goes right.
    """

    begins: NDArray[np.int64]
    feature: NDArray[np.uint32]
    rank: NDArray[Any]
    plane: NDArray[np.uint8]
    kept: NDArray[np.uint8]


class Nodes(NamedTuple):
    """Nodes of large trees, one tree after the other, two followers side by side.

    Attributes
    ----------
    begins : uint32[n_trees], the roots.
    depths : int64[n_trees].
    feature, rank : an event goes right if it exceeds more thresholds of this feature than this; no
        event does in a leaf.
    follower : the left one; a leaf is its own.
    """

    begins: NDArray[np.uint32]
    depths: NDArray[np.int64]
    feature: NDArray[np.uint32]
    rank: NDArray[Any]
    follower: NDArray[np.uint32]


class Leaves(NamedTuple):
    """What leaves add.

    Attributes
    ----------
    begins : int64[n_trees + 1], of the sums that a tree adds to.
    sums : int64, which these are.
    tables : int64, where what is added to them begins.
    values : float64 or float32, by the places of leaves.
    """

    begins: NDArray[np.int64]
    sums: NDArray[np.int64]
    tables: NDArray[np.int64]
    values: NDArray[Any]


def limits_of(ensemble: Ensemble) -> list[NDArray[Any]]:
    """Give, for the nodes of each tree, the largest value that goes left, in its precision."""
    dtype = np.dtype(np.float64 if ensemble.precise else np.float32)
    limits = [np.array(tree.threshold, dtype) for tree in ensemble.trees]
    if ensemble.rule == "BRANCH_LEQ":
        return limits
    return [np.nextafter(own, dtype.type(-np.inf)) for own in limits]


def distinct_limits(ensemble: Ensemble, limits: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """Sort what each feature is compared with, once each."""
    features = np.concatenate([tree.feature for tree in ensemble.trees])
    together = np.concatenate(limits)
    n_features = max(0, features.max()) + 1
    return [np.unique(together[features == feature]) for feature in range(n_features)]


def rank_limits(
    tree: Tree, limits: NDArray[Any], distinct: Sequence[NDArray[Any]]
) -> NDArray[np.int64]:
    """Give the number of smaller limits of the same feature, for each node; 0 in leaves."""
    ranks = [
        0 if feature < 0 else np.searchsorted(distinct[feature], limit)
        for feature, limit in zip(tree.feature, limits, strict=True)
    ]
    return np.array(ranks, np.int64)


def lay_out_decisions(
    trees: Sequence[Tree], ranks: Sequence[NDArray[np.int64]], dtype: np.dtype[Any]
) -> tuple[Decisions, Places]:
    """Lay out small trees.

    Parameters
    ----------
    trees : of `SMALL` leaves at most.
    ranks : for the nodes of each tree, see `rank_limits`.
    dtype : integers that the ranks are kept as.
    """
    begins = [0]
    steps: list[tuple[int, int, int, int]] = []
    places = []
    for tree, own_ranks in zip(trees, ranks, strict=True):
        leaves: list[int] = []
        lost: dict[int, int] = {}
        _number_leaves(tree, 0, leaves, lost)
        for node, bits in lost.items():
            for plane in range(PLANES):
                kept = ~(bits >> 8 * plane) & 0xFF
                if kept != ALL:
                    steps.append((tree.feature[node], own_ranks[node], plane, kept))
        begins.append(len(steps))
        places.append({leaf: int(mark(np.uint64(1 << n))) for n, leaf in enumerate(leaves)})
    features, limits, planes, masks = np.array(steps, np.int64).reshape(-1, 4).T
    decisions = Decisions(
        np.array(begins),
        features.astype(np.uint32),
        limits.astype(dtype),
        planes.astype(np.uint8),
        masks.astype(np.uint8),
    )
    return decisions, places


def _number_leaves(tree: Tree, node: int, leaves: list[int], lost: dict[int, int]) -> None:
    """Note leaves from left to right, and as bits those that lie left of each decision."""
    if tree.feature[node] < 0:
        leaves.append(node)
        return
    first = len(leaves)
    _number_leaves(tree, tree.left[node], leaves, lost)
    lost[node] = (1 << len(leaves)) - (1 << first)
    _number_leaves(tree, tree.right[node], leaves, lost)


@compiled
def mark(leaves: np.uint64) -> np.uint64:
    """Number the lowest bit that is set from 0 to 63, no two alike though not in order."""
    lowest = leaves & (~leaves + np.uint64(1))
    return (lowest * _DE_BRUIJN) >> _UPPER_SIX


def lay_out_nodes(
    trees: Sequence[Tree], ranks: Sequence[NDArray[np.int64]], dtype: np.dtype[Any]
) -> tuple[Nodes, Places]:
    """Lay out trees of any size.

    Parameters
    ----------
    trees, ranks, dtype : see `lay_out_decisions`.
    """
    begins, depths, places = [], [], []
    features: list[int] = []
    limits: list[int] = []
    followers: list[int] = []
    for tree, own_ranks in zip(trees, ranks, strict=True):
        begin = len(features)
        order, depth = [0], [0]
        # level by level, as the list grows while it is gone through
        for place, node in enumerate(order):
            if tree.feature[node] < 0:
                followers.append(begin + place)
                limits.append(np.iinfo(dtype).max)
            else:
                followers.append(begin + len(order))
                limits.append(own_ranks[node])
                order += [tree.left[node], tree.right[node]]
                depth += [depth[place] + 1] * 2
        begins.append(begin)
        depths.append(depth[-1])
        features += [max(0, tree.feature[node]) for node in order]
        places.append({node: n for n, node in enumerate(order) if tree.feature[node] < 0})
    nodes = Nodes(
        np.array(begins, np.uint32),
        np.array(depths),
        np.array(features, np.uint32),
        np.array(limits, dtype),
        np.array(followers, np.uint32),
    )
    return nodes, places


def lay_out_leaves(trees: Sequence[Tree], places: Places, dtype: np.dtype[Any]) -> Leaves:
    """Lay out what leaves add.

    Parameters
    ----------
    trees : with leaves.
    places : of the leaves.
    dtype : that they add in.
    """
    begins, sums = [0], []
    tables: list[NDArray[Any]] = []
    for tree, own in zip(trees, places, strict=True):
        for n in sorted({n for leaf in own for n in tree.adds[leaf]}):
            table = np.zeros(max(own.values()) + 1, dtype)
            for leaf, place in own.items():
                table[place] = tree.adds[leaf].get(n, 0.0)
            sums.append(n)
            tables.append(table)
        begins.append(len(sums))
    lengths = np.cumsum([0, *map(len, tables)])
    return Leaves(np.array(begins), np.array(sums), lengths[:-1], np.concatenate(tables))
