"""Everything that is measured of a synthetic table, and the same of real tables as a yardstick.

One function measures a sample against training and held-out events. Applied to synthetic
events it gives the values of the gates; applied to parts of the real table, over and over, it
gives the band in which real events lie.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.events.constraints import Constraint
from showerforge.metrics.normal_scores import NormalScores
from showerforge.metrics.separation import roc_auc_with_error
from showerforge.validation.dependence import correlation_differences
from showerforge.validation.diversity import neighbourhood_shares
from showerforge.validation.gates import OwnGate
from showerforge.validation.joint import (
    EnergyDistance,
    TwoSampleTest,
    classifier_two_sample_test,
)
from showerforge.validation.marginals import compare_marginals
from showerforge.validation.memorisation import (
    authentic,
    membership_scores,
    on_a_segment,
    true_positives_at,
)
from showerforge.validation.validity import Derive, find_atoms, largest_rate_difference

Floats = NDArray[np.float64]

JACKKNIFE_GROUPS = 20


class Measurement(NamedTuple):
    """A value and its standard error; no number where it was not asked for."""

    value: float
    error: float = float("nan")


@dataclass(frozen=True)
class Lens:
    """How tables are looked at.

    Attributes
    ----------
    columns : measured columns.
    derive : computes derived columns from them.
    rules : relations between columns; the soft ones are measured.
    atoms : values that many real events have exactly, by column.
    scores : normal scores of the training events, the space of distances.
    centre, scale : float[n_columns], mean and standard deviation of the training events.
    own_gates : what is measured beside.
    """

    columns: list[str]
    derive: Derive
    rules: Sequence[Constraint]
    atoms: dict[str, list[float]]
    scores: NormalScores
    centre: Floats
    scale: Floats
    own_gates: Sequence[OwnGate] = ()

    @classmethod
    def focus(
        cls,
        train: pd.DataFrame,
        columns: list[str],
        rules: Sequence[Constraint],
        derive: Derive,
        own_gates: Sequence[OwnGate] = (),
    ) -> Lens:
        """Learn from the training events what distances mean."""
        values = train[columns].to_numpy(float)
        return cls(
            columns,
            derive,
            rules,
            find_atoms(train, columns),
            NormalScores().fit(values),
            values.mean(axis=0),
            values.std(axis=0),
            own_gates,
        )

    def with_derived(self, events: pd.DataFrame) -> pd.DataFrame:
        """Put the derived columns beside the measured ones, computed anew."""
        measured = events[self.columns]
        return pd.concat([measured, self.derive(measured)], axis=1)

    def points(self, events: pd.DataFrame) -> Floats:
        """Return normal scores, float[n_events, n_columns]."""
        return self.scores.transform(events[self.columns].to_numpy(float))

    def standardised(self, events: pd.DataFrame) -> Floats:
        """Return linearly scaled columns, in which straight lines stay straight."""
        return (events[self.columns].to_numpy(float) - self.centre) / self.scale


@dataclass(frozen=True)
class Measured:
    """What was measured of a sample.

    Attributes
    ----------
    values : by key; see `measure`.
    raw, derived : the two-sample tests on measured, and on measured and derived columns.
    """

    values: dict[str, Measurement]
    raw: TwoSampleTest
    derived: TwoSampleTest


def measure(
    sample: pd.DataFrame,
    everything: pd.DataFrame,
    train: pd.DataFrame,
    reference: pd.DataFrame,
    lens: Lens,
    seed: int,
    with_errors: bool = False,
) -> Measured:
    """Measure how a sample differs from reference events, and whether it knows the training.

    Parameters
    ----------
    sample : events that are judged, as many as the reference.
    everything : all events of the same origin, for what is counted event by event.
    train : events that the generator learnt from.
    reference : real events that it did not see.
    lens : how they are looked at.
    seed : seed of folds and classifiers.
    with_errors : whether standard errors are computed where that takes time.
    """
    raw = classifier_two_sample_test(sample[lens.columns], reference[lens.columns], seed)
    derived = classifier_two_sample_test(
        lens.with_derived(sample), lens.with_derived(reference), seed
    )
    points, reference_points = lens.points(sample), lens.points(reference)
    train_points = lens.points(train)
    closeness, calibrated, is_member = membership_scores(
        lens.points(everything), train_points, reference_points
    )
    shares = {
        **neighbourhood_shares(points, reference_points),
        "authenticity": authentic(points, train_points).astype(float),
        "segment_share": on_a_segment(
            lens.standardised(everything), lens.standardised(train)
        ).astype(float),
    }
    values = {
        **_distances(sample, reference, lens, with_errors),
        "two_sample_auc": Measurement(*roc_auc_with_error(raw.is_synthetic, raw.score)),
        "two_sample_auc_derived": Measurement(
            *roc_auc_with_error(derived.is_synthetic, derived.score)
        ),
        "energy_distance": _energy(points, reference_points, with_errors, seed),
        **{
            key: Measurement(float(share.mean()), float(share.std() / np.sqrt(len(share))))
            for key, share in shares.items()
        },
        "membership_auc": Measurement(*roc_auc_with_error(is_member, closeness)),
        "membership_found": Measurement(*true_positives_at(calibrated, is_member)),
        **_own_differences(sample, reference, lens, with_errors),
    }
    return Measured(values, raw, derived)


def _distances(
    sample: pd.DataFrame, reference: pd.DataFrame, lens: Lens, with_errors: bool
) -> dict[str, Measurement]:
    """Measure marginals, correlations and special rates."""
    keys = ("special_rate", "ks_distance", "wasserstein", "correlation", "correlation_rms")

    def compute(first: pd.DataFrame, second: pd.DataFrame) -> Floats:
        marginals = compare_marginals(first, second, lens.columns)
        return np.array(
            [
                largest_rate_difference(first, second, lens.rules, lens.atoms),
                marginals["ks_distance"].max(),
                marginals["wasserstein"].max(),
                *correlation_differences(first, second, lens.columns),
            ]
        )

    return _measure_all(keys, compute, sample, reference, with_errors)


def _own_differences(
    sample: pd.DataFrame, reference: pd.DataFrame, lens: Lens, with_errors: bool
) -> dict[str, Measurement]:
    """Measure what users ask beside; see `OwnGate`."""

    def compute(first: pd.DataFrame, second: pd.DataFrame) -> Floats:
        return np.array([gate.difference(first, second) for gate in lens.own_gates])

    if not lens.own_gates:
        return {}
    names = [gate.name for gate in lens.own_gates]
    first, second = lens.with_derived(sample), lens.with_derived(reference)
    return _measure_all(names, compute, first, second, with_errors)


def _measure_all(
    keys: Sequence[str],
    compute: Callable[[pd.DataFrame, pd.DataFrame], Floats],
    sample: pd.DataFrame,
    reference: pd.DataFrame,
    with_errors: bool,
) -> dict[str, Measurement]:
    """Give each of the computed quantities its key, and its error if that is wanted."""
    values = compute(sample, reference)
    errors = _jackknife(compute, sample, reference) if with_errors else np.full(len(keys), np.nan)
    return {
        key: Measurement(float(value), float(error))
        for key, value, error in zip(keys, values, errors, strict=True)
    }


def _jackknife(
    compute: Callable[[pd.DataFrame, pd.DataFrame], Floats],
    first: pd.DataFrame,
    second: pd.DataFrame,
) -> Floats:
    """Standard errors by leaving out a twentieth of both tables in turn (Efron 1982, 3.5)."""
    without = [
        compute(
            first[np.arange(len(first)) % JACKKNIFE_GROUPS != group],
            second[np.arange(len(second)) % JACKKNIFE_GROUPS != group],
        )
        for group in range(JACKKNIFE_GROUPS)
    ]
    return _error_of_jackknife(np.array(without))


def _error_of_jackknife(without: Floats) -> Floats:
    n = len(without)
    return np.sqrt((n - 1) / n * np.sum((without - without.mean(axis=0)) ** 2, axis=0))


def _energy(first: Floats, second: Floats, with_errors: bool, seed: int) -> Measurement:
    energy = EnergyDistance(first, second)
    if not with_errors:
        return Measurement(energy.value())
    group = np.random.default_rng(seed).permutation(len(first) + len(second)) % JACKKNIFE_GROUPS
    return Measurement(energy.value(), float(_error_of_jackknife(energy.without_groups(group))))
