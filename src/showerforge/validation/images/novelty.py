"""Are generated images new, and different from each other?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from showerforge.metrics.intervals import Estimate
from showerforge.networks.layout import Layout
from showerforge.validation.diversity import neighbourhood_shares
from showerforge.validation.images.resampling import Resampling, Rows
from showerforge.validation.images.sets import ImageSet
from showerforge.validation.images.similarity import (
    SAME,
    Vectors,
    find_nearest,
    repeats_earlier,
    to_vectors,
)

Floats = NDArray[np.float64]

#: images of a set that are compared with the training images, and the most of those
MAXIMUM_JUDGED, MAXIMUM_TRAINING = 2000, 50_000
#: images that are compared with each other
MAXIMUM_AMONG = 1000
#: share of the test images that are nearer to a training image, or to each other
NEAR_SHARE = 0.01


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Training and test images of one particle, and the distances between them.

    Attributes
    ----------
    layout : the symmetries of the detector.
    charge_scale : see `showerforge.validation.images.similarity.to_vectors`.
    train, test : float32[n, n_pixels, n_channels], vectors.
    test_group : int[n_test], images of one shower.
    to_training : float[n_test], distance of each test image to the nearest training image.
    among : float[n_among], distance of some test images to the nearest of each other.
    """

    layout: Layout
    charge_scale: float
    train: Vectors
    test: Vectors
    test_group: NDArray[np.int_]
    to_training: Floats
    among: Floats

    @classmethod
    def of(
        cls, train: ImageSet, test: ImageSet, layout: Layout, charge_scale: float, seed: int
    ) -> Neighbourhood:
        """Compare test with training images once, for all generators.

        Parameters
        ----------
        train, test : Monte Carlo images of one particle.
        layout : how the pixels lie.
        charge_scale : in the unit of the charge.
        seed : of the choice where there are more images than are compared.
        """
        learnt = to_vectors(_lit(train).draw(MAXIMUM_TRAINING, seed).images, charge_scale)
        some = _lit(test).draw(MAXIMUM_JUDGED, seed)
        # the first of them stand for all where fewer are compared
        some = some.take(np.random.default_rng(seed).permutation(len(some)))
        vectors = to_vectors(some.images, charge_scale)
        to_training = find_nearest(vectors, learnt, layout).distance
        few = vectors[:MAXIMUM_AMONG]
        among = find_nearest(few, few, layout, among_themselves=True).distance
        return cls(layout, charge_scale, learnt, vectors, some.group, to_training, among)


def _lit(images: ImageSet) -> ImageSet:
    return images.take(np.flatnonzero((images.charges > 0).any(axis=1)))


def find_copies(
    sample: ImageSet, neighbourhood: Neighbourhood, resampling: Resampling
) -> dict[str, Estimate]:
    """Tell whether images repeat training images, whichever way they are turned.

    Parameters
    ----------
    sample : images of one particle; at most `MAXIMUM_JUDGED` are compared.
    neighbourhood : of the same particle.
    resampling : how the intervals are made; for ``closer_share`` both generated and test images
        are drawn anew.

    Returns
    -------
    estimates : ``training_distance``, ``closer_share`` and ``copied_share``.
    """
    some = _lit(sample).draw(MAXIMUM_JUDGED, resampling.seed)
    vectors = to_vectors(some.images, neighbourhood.charge_scale)
    distance = find_nearest(vectors, neighbourhood.train, neighbourhood.layout).distance
    return {
        "training_distance": _median(distance, some.group, resampling),
        "closer_share": _closer(
            distance,
            some.group,
            neighbourhood.to_training,
            neighbourhood.test_group,
            resampling,
        ),
        "copied_share": resampling.share(distance <= SAME, some.group),
    }


def _median(values: Floats, group: NDArray[np.int_], resampling: Resampling) -> Estimate:
    def middle(rows: Rows) -> dict[str, float]:
        return {"median": float(np.median(values[rows]))}

    return resampling.over_rows(middle, group)["median"]


def _closer(
    distance: Floats,
    group: NDArray[np.int_],
    to_compare: Floats,
    group_to_compare: NDArray[np.int_],
    resampling: Resampling,
) -> Estimate:
    """Share of distances below the 1 % quantile of others, drawing both anew."""
    both = np.concatenate([distance, to_compare])
    is_sample = np.arange(len(both)) < len(distance)
    all_groups = np.concatenate([group, group_to_compare])
    # numbers of generated images and of showers may coincide
    all_groups = 2 * np.unique(all_groups, return_inverse=True)[1] + is_sample

    def count(rows: Rows) -> dict[str, float]:
        own, others = both[rows][is_sample[rows]], both[rows][~is_sample[rows]]
        limit = np.quantile(others, NEAR_SHARE)
        return {"share": float(np.mean(own < limit))}

    return resampling.over_rows(count, all_groups)["share"]


def compare_diversity(
    sample: ImageSet, neighbourhood: Neighbourhood, resampling: Resampling
) -> dict[str, Estimate]:
    """Tell whether images differ from each other as test images do.

    Parameters
    ----------
    sample : images of one particle; as many as `MAXIMUM_AMONG`, or as there are test images, are
        compared.
    neighbourhood : of the same particle.
    resampling : how the intervals are made.

    Returns
    -------
    estimates : ``pair_distance``, ``twin_share``, ``distinct_share``, ``precision``, ``density``,
        ``recall`` and ``coverage``.
    """
    n = min(MAXIMUM_AMONG, len(neighbourhood.test))
    some = _lit(sample).draw(n, resampling.seed)
    vectors = to_vectors(some.images, neighbourhood.charge_scale)
    layout = neighbourhood.layout
    among = find_nearest(vectors, vectors, layout, among_themselves=True).distance
    limit = float(np.quantile(neighbourhood.among, NEAR_SHARE))
    test, test_group = neighbourhood.test[: len(some)], neighbourhood.test_group[: len(some)]
    shares = neighbourhood_shares(_flat(vectors), _flat(test))
    groups = {"precision": some.group, "density": some.group}
    return {
        "pair_distance": _mean_distance(_flat(vectors), some.group, resampling),
        "twin_share": resampling.share(among < limit, some.group),
        "distinct_share": resampling.share(~repeats_earlier(vectors, layout), some.group),
        **{
            name: _mean(values, groups.get(name, test_group), resampling)
            for name, values in shares.items()
        },
    }


def _flat(vectors: Vectors) -> Floats:
    return vectors.reshape(len(vectors), -1).astype(float)


def _mean(values: Floats, group: NDArray[np.int_], resampling: Resampling) -> Estimate:
    def average(rows: Rows) -> dict[str, float]:
        return {"mean": float(values[rows].mean())}

    return resampling.over_rows(average, group)["mean"]


def _mean_distance(points: Floats, group: NDArray[np.int_], resampling: Resampling) -> Estimate:
    """Mean distance of two images; each image has a mean of its own, which is drawn anew."""
    from scipy.spatial.distance import cdist

    to_others = cdist(points, points).sum(axis=1) / max(1, len(points) - 1)
    estimate = _mean(to_others, group, resampling)
    # a pair has two images, either of which may change
    return Estimate(
        estimate.value,
        *(2 * end - estimate.value for end in (estimate.lower, estimate.upper)),
    )
