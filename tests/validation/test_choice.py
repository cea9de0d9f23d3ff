"""The choice of a generator from what was measured in folds."""

import numpy as np
import pandas as pd
import pytest

from showerforge.validation import Margins, OwnGate
from showerforge.validation.choice import (
    compare_generators,
    explain_choice,
    failed_gates,
    name_choice,
)
from showerforge.validation.gates import COUNTED, MEASURED_GATES, with_own_gates

#: what real events measure, without any spread
REAL = {spec.key: 0.0 for spec in MEASURED_GATES} | {
    "two_sample_auc": 0.5,
    "two_sample_auc_derived": 0.5,
    "precision": 0.96,
    "recall": 0.96,
    "coverage": 0.96,
    "density": 1.0,
    "authenticity": 0.55,
    "membership_auc": 0.5,
}
NULL = pd.DataFrame([REAL] * 4)
N_FOLDS = 5


def table(*generators):
    """Each is a name, what it measures differently, and its change of ROC-AUC."""
    return pd.DataFrame(
        [
            {
                "generator": name,
                "label": name.title(),
                **dict.fromkeys((key for _, key in COUNTED), 0.0),
                **REAL,
                **different,
                "change_in_auc": change + 1e-4 * fold,
            }
            for name, different, change in generators
            for fold in range(N_FOLDS)
        ]
    )


def test_gates_of_ones_own_count_in_the_choice():
    own = OwnGate(name="mine", measure=lambda judged, real: 0.0, margin=0.1)
    rows = table(("mixture", {"mine": 0.3}, 0.02), ("copula", {"mine": 0.05}, 0.0))
    comparison = compare_generators(rows, NULL.assign(mine=0.0), Margins(), with_own_gates([own]))
    assert comparison["generator"].tolist() == ["copula", "mixture"]
    assert comparison["failed"].tolist() == ["", "G9"]


def test_the_certificate_comes_first():
    rows = table(
        ("smote", {"segment_share": 0.98, "copies": 3.0}, 0.01),
        ("copula", {"correlation": 0.2, "two_sample_auc": 0.7}, 0.01),
        ("mixture", {"two_sample_auc": 0.54}, 0.0),
    )
    comparison = compare_generators(rows, NULL, Margins())
    assert comparison["generator"].tolist() == ["mixture", "smote", "copula"]
    assert comparison["failed"].tolist() == ["", "G6", "G3 G4"]
    reason = explain_choice(comparison, N_FOLDS)
    assert "Mixture passes the gates G1 to G6 on the means of 5 training folds." in reason
    assert "Gates failed by the others: Smote G6; Copula G3 G4" in reason


def test_among_equals_the_surest_gain_wins_then_the_least_distinguishable():
    rows = table(
        ("harmful", {"two_sample_auc": 0.50}, -0.01),
        ("far", {"two_sample_auc": 0.54}, 0.001),
        ("near", {"two_sample_auc": 0.52}, 0.001),
        ("unsure", {}, 0.002),
    )
    rows.loc[rows["generator"] == "unsure", "change_in_auc"] += [-0.01, 0.01, -0.01, 0.01, 0]
    comparison = compare_generators(rows, NULL, Margins())
    assert comparison["generator"].tolist() == ["near", "far", "harmful", "unsure"]
    assert "as Far, Harmful and Unsure do" in explain_choice(comparison, N_FOLDS)
    assert comparison["change_upper"].iloc[2] < 0


def test_that_none_passes_is_said():
    rows = table(("smote", {"segment_share": 0.9}, 0.0), ("copula", {"correlation": 0.2}, 0.0))
    reason = explain_choice(compare_generators(rows, NULL, Margins()), N_FOLDS)
    assert "no candidate passes all" in reason


def test_the_mean_over_folds_is_judged():
    """One unlucky fold of five is no failure, where the mean is within the limits."""
    rows = table(("mixture", {}, 0.001))
    rows.loc[0, "ks_distance"] = 0.09
    comparison = compare_generators(rows, NULL, Margins())
    assert comparison["passes"].iloc[0]
    assert comparison["ks_distance"].iloc[0] == pytest.approx(0.018)
    assert comparison["change_in_auc"].iloc[0] == pytest.approx(0.0012)


def test_without_enough_data_only_what_is_counted_decides():
    means = pd.Series({key: 0.0 for _, key in COUNTED})
    assert failed_gates(means, pd.DataFrame(), Margins()) == []
    assert failed_gates(means.replace(0.0, 1.0), pd.DataFrame(), Margins()) == ["G1", "G6"]
    rows = table(("a", {}, np.nan)).drop(columns=list(REAL))
    comparison = compare_generators(rows, pd.DataFrame(), Margins())
    assert not comparison["passes"].any()
    reason = explain_choice(comparison, N_FOLDS)
    assert "is not judged" in reason
    assert "nan" not in reason


def test_a_generator_that_could_not_be_measured_does_not_pass():
    """Where fewer events are wanted than a distribution can be judged by."""
    rows = table(("few", {}, 0.0)).drop(columns=list(REAL))
    comparison = compare_generators(rows, NULL, Margins())
    assert not comparison["passes"].any()


def test_the_choice_names_generator_and_reference():
    choice = name_choice("a", "b", {"a": "A", "b": "B"}, "because")
    assert choice["label"] == "A"
    assert choice["reference_label"] == "B"
