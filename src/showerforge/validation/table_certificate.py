"""The certificate of a synthetic event table."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from showerforge.events.constraints import Constraint
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.validation.certificate import (
    Certificate,
    Distance,
    Gate,
    band_gate,
    count_gate,
    holm_rejections,
    matched_sizes,
    real_against_real,
)
from showerforge.validation.dependence import largest_correlation_difference
from showerforge.validation.leakage import exact_copies, groups_on_both_sides, parents_outside
from showerforge.validation.marginals import compare_marginals, largest_ks_distance
from showerforge.validation.validity import (
    count_broken_hard,
    count_broken_identities,
    largest_soft_rate_difference,
)


@dataclass(frozen=True)
class Margins:
    """How far beyond the real-against-real band a distance may lie and still pass."""

    soft_rate: float
    ks_distance: float
    correlation: float


def certify(
    synthetic: pd.DataFrame,
    train: pd.DataFrame,
    reference: pd.DataFrame,
    constraints: Sequence[Constraint],
    feature_sets: Sequence[str],
    margins: Margins,
    n_repeats: int,
    seed: int,
    generator: str,
) -> Certificate:
    """Judge synthetic events of one class against real ones that nobody learnt from.

    Parameters
    ----------
    synthetic : synthetic events with features, ``particle``, ``parent`` and ``neighbour``.
    train : real training events of all classes, with ``group``, indexed by event id.
    reference : real held-out events of all classes, likewise.
    constraints : physical relations.
    feature_sets : names of the engineered feature sets in the table.
    margins : declared margins.
    n_repeats : random partitions behind each real-against-real band.
    seed : seed of the partitions.
    generator : name of the generator, for the record.
    """
    particle = str(synthetic["particle"].iloc[0])
    real_train = train[train["particle"] == particle]
    real_reference = reference[reference["particle"] == particle]
    real = pd.concat([real_train, real_reference])
    sizes = matched_sizes(len(synthetic), len(real_reference), len(real))
    sample = synthetic.sample(sizes[0], random_state=seed)
    reference_sample = real_reference.sample(sizes[1], random_state=seed)
    has_parents = bool(synthetic["parent"].notna().any())

    def distance_gate(
        code: str, name: str, metric: str, distance: Distance, margin: float, remark: str = ""
    ) -> Gate:
        null = real_against_real(real, distance, sizes, n_repeats, seed)
        value = distance(sample, reference_sample)
        return band_gate(code, name, metric, value, null, margin, remark)

    marginals = compare_marginals(synthetic, real_reference, HILLAS_PARAMETERS)
    rejected = holm_rejections(marginals["p_value"])
    gates: list[Gate] = [
        count_gate(
            "G0",
            "leakage",
            "synthetic events with a parent outside the training set",
            parents_outside(synthetic, train.index),
            "" if has_parents else "No parents are recorded, so that there is nothing to check.",
        ),
        count_gate(
            "G0",
            "leakage",
            "groups of duplicates on both sides of the split",
            groups_on_both_sides(train, reference),
        ),
        count_gate(
            "G1",
            "validity",
            "events that break a hard constraint",
            count_broken_hard(synthetic, constraints),
            "Proves nothing for a generator that interpolates: the constraints are convex, so "
            "that a point between two valid events is always valid."
            if has_parents
            else "",
        ),
        count_gate(
            "G1",
            "validity",
            "events with a feature that does not follow from their parameters",
            count_broken_identities(synthetic, feature_sets),
        ),
        distance_gate(
            "G1",
            "validity",
            "largest difference in the rate of a broken soft constraint",
            partial(largest_soft_rate_difference, constraints=constraints),
            margins.soft_rate,
        ),
        distance_gate(
            "G2",
            "marginals",
            "largest Kolmogorov-Smirnov distance of a parameter",
            partial(largest_ks_distance, columns=HILLAS_PARAMETERS),
            margins.ks_distance,
            f"{rejected} of {len(marginals)} parameters rejected at 5 % (Holm).",
        ),
        distance_gate(
            "G3",
            "dependence",
            "largest difference of a rank correlation",
            partial(largest_correlation_difference, columns=HILLAS_PARAMETERS),
            margins.correlation,
        ),
        count_gate(
            "G6",
            "memorisation",
            "exact copies of training events",
            exact_copies(synthetic, train, HILLAS_PARAMETERS),
        ),
    ]
    return Certificate(
        generator=generator,
        particle=particle,
        n_synthetic=len(synthetic),
        n_train=len(real_train),
        n_reference=len(real_reference),
        gates=tuple(gates),
    )
