"""Random trees, and what they say of an event, asked node by node."""

import numpy as np

from showerforge.release.trees import Ensemble, Tree


def draw_tree(generator, n_leaves, n_features, n_sums, thresholds):
    """Grow a tree whose leaves add to one of the sums or several."""
    tree = Tree()

    def grow(n):
        if n == 1:
            sums = generator.choice(n_sums, generator.integers(1, n_sums + 1), replace=False)
            return tree.add(adds={int(k): float(generator.normal()) for k in sums})
        node = tree.add(int(generator.integers(n_features)), float(generator.choice(thresholds)))
        n_left = int(generator.integers(1, n))
        tree.left[node], tree.right[node] = grow(n_left), grow(n - n_left)
        return node

    grow(n_leaves)
    return tree


def draw_ensemble(seed, n_leaves, rule="BRANCH_LEQ", precise=True, n_features=3, n_sums=1):
    """Grow trees with so many leaves, of which many compare with the same numbers."""
    generator = np.random.default_rng(seed)
    thresholds = np.float32(generator.normal(size=max(2, sum(n_leaves) // 4))).astype(float)
    trees = [draw_tree(generator, n, n_features, n_sums, thresholds) for n in n_leaves]
    for tree in trees:
        # single precision is all that an ensemble of single precision keeps
        tree.adds = [{k: float(np.float32(x)) for k, x in own.items()} for own in tree.adds]
    return Ensemble(trees, rule, n_sums, precise)


def draw_features(seed, n_events, ensemble, n_features=3):
    """Draw features: many equal to thresholds, others next to them, and some no numbers."""
    generator = np.random.default_rng(seed)
    dtype = np.float64 if ensemble.precise else np.float32
    known = np.array([x for tree in ensemble.trees for x in tree.threshold], dtype)
    near = np.concatenate([np.nextafter(known, -np.inf), known, np.nextafter(known, np.inf)])
    others = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0], dtype)
    drawn = generator.choice(np.concatenate([near, others]), (n_events, n_features))
    wide = generator.normal(size=drawn.shape).astype(dtype)
    return np.where(generator.random(drawn.shape) < 0.5, drawn, wide).astype(dtype)


def sum_up(ensemble, features):
    """Ask every tree node by node, and add in the order of the trees."""
    sums = np.zeros((len(features), ensemble.n_sums), features.dtype)
    for n, event in enumerate(features):
        for tree in ensemble.trees:
            node = 0
            while tree.feature[node] >= 0:
                value, threshold = event[tree.feature[node]], tree.threshold[node]
                is_less = value <= threshold if ensemble.rule == "BRANCH_LEQ" else value < threshold
                node = tree.left[node] if is_less else tree.right[node]
            for k, added in tree.adds[node].items():
                sums[n, k] += features.dtype.type(added)
    return sums.astype(np.float32)
