"""Gate G6: are synthetic events new, or training events in disguise?"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SEGMENT_NEIGHBOURS = 12
#: largest distance from a segment, in standard deviations; rounded decimals are far below
SEGMENT_TOLERANCE = 1e-3
FALSE_POSITIVES = 0.01
CHUNK = 500


def nearest_distance(points: Floats, others: Floats, among_themselves: bool = False) -> Floats:
    """Distance of each point to the nearest of others, float[n_points].

    Parameters
    ----------
    among_themselves : whether the points are among the others, and shall not find themselves.
    """
    from sklearn.neighbors import NearestNeighbors

    tree = NearestNeighbors(n_neighbors=1 + among_themselves, algorithm="brute").fit(others)
    return tree.kneighbors(points)[0][:, -1]


def on_a_segment(points: Floats, others: Floats) -> NDArray[np.bool_]:
    """Tell which points lie on a segment between two of their nearest others.

    Interpolated events do, others hardly ever. In tables that have been split after
    interpolation, test events do as well: the forensic sign of that mistake.

    Parameters
    ----------
    points, others : float[n, n_columns], scaled linearly to comparable columns.

    Returns
    -------
    on_segment : bool[n_points]
    """
    from sklearn.neighbors import NearestNeighbors

    k = min(SEGMENT_NEIGHBOURS, len(others))
    nearest = NearestNeighbors(n_neighbors=k).fit(others).kneighbors(points)[1]
    first, second = np.array(list(combinations(range(k), 2))).T
    found = np.zeros(len(points), bool)
    for begin in range(0, len(points), CHUNK):
        rows = slice(begin, begin + CHUNK)
        ends = others[nearest[rows]]
        start, along = ends[:, first], ends[:, second] - ends[:, first]
        offset = points[rows, np.newaxis] - start
        length = np.einsum("nij,nij->ni", along, along)
        step = np.einsum("nij,nij->ni", offset, along) / np.maximum(length, 1e-300)
        residual = offset - np.clip(step, 0, 1)[..., np.newaxis] * along
        distance = np.sqrt(np.einsum("nij,nij->ni", residual, residual))
        found[rows] = (distance < SEGMENT_TOLERANCE).any(axis=1)
    return found


def authentic(synthetic: Floats, train: Floats) -> NDArray[np.bool_]:
    """Tell which synthetic events are farther from a training event than its own neighbour.

    Alaa et al. 2022, arXiv:2102.08921, section 3.3: an event closer to its nearest training
    event than any other training event is, is a copy with noise.

    Returns
    -------
    is_authentic : bool[n_synthetic]
    """
    from sklearn.neighbors import NearestNeighbors

    distance, nearest = NearestNeighbors(n_neighbors=1).fit(train).kneighbors(synthetic)
    return distance[:, 0] > nearest_distance(train, train, among_themselves=True)[nearest[:, 0]]


def membership_scores(
    synthetic: Floats, train: Floats, reference: Floats
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Attack: find out from the synthetic events alone who was a training event.

    Parameters
    ----------
    synthetic, train, reference : float[n, n_columns]

    Returns
    -------
    closeness : float[n_train + n_reference], minus the distance to the nearest synthetic
        event.
    calibrated : the same in units of the distance to the nearest training event, so that
        crowded regions do not hide the copies (van Breugel et al. 2023, arXiv:2302.12580).
    is_member : bool[n_train + n_reference]
    """
    to_synthetic = nearest_distance(np.concatenate([train, reference]), synthetic)
    to_train = np.concatenate(
        [
            nearest_distance(train, train, among_themselves=True),
            nearest_distance(reference, train),
        ]
    )
    is_member = np.arange(len(to_synthetic)) < len(train)
    return -to_synthetic, to_train / np.maximum(to_synthetic, 1e-12), is_member


def true_positives_at(score: Floats, is_member: NDArray[np.bool_]) -> tuple[float, float]:
    """Share of members found when one per cent of the others is accused too.

    Returns
    -------
    share, error : with its standard error, of the members by the binomial law and of the
        threshold by the slope of the ROC curve around it.
    """
    members, others = score[is_member], score[~is_member]

    def found(false_positives: float) -> float:
        return float(np.mean(members > np.quantile(others, 1 - false_positives)))

    share = found(FALSE_POSITIVES)
    slope = (found(1.5 * FALSE_POSITIVES) - found(0.5 * FALSE_POSITIVES)) / FALSE_POSITIVES
    of_members = share * (1 - share) / len(members)
    of_threshold = slope**2 * FALSE_POSITIVES * (1 - FALSE_POSITIVES) / len(others)
    return share, float(np.sqrt(of_members + of_threshold))
