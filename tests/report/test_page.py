import numpy as np
import pandas as pd
import pytest

from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT
from showerforge.report import page


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.95421, "0.9542"),
        (3.875, "3.88"),
        (10_000.0, "10,000"),
        (0.00012, "1.2e-04"),
        (float("inf"), "∞"),
        (float("nan"), "–"),
        (0.0, "0.0000"),
    ],
)
def test_numbers(value, text):
    assert page.format_number(value) == text


def test_changes_have_signs():
    assert page.format_change(-0.0012, -0.0033, 0.0008) == "-0.0012 [-0.0033, +0.0008]"
    assert page.format_change(float("nan"), 0, 0) == "not defined"


def figures_of_merit():
    rows = [
        {
            "candidate": f"{model} (real)",
            "figure": figure,
            "test": value,
            "test_lower": value - 0.1,
            "test_upper": value + 0.1,
            "cross_validation": value,
        }
        for model, value in (("stack", 0.9), ("alpha_cut", 0.8))
        for figure in FIGURES_OF_MERIT
        if model == "stack" or not FIGURES_OF_MERIT[figure].needs_probability
    ]
    return pd.DataFrame(rows)


def test_best_of_each_column_is_marked_by_its_direction():
    table = page.tabulate_models(figures_of_merit())
    best = {
        column.name: [row["label"] for row in table["rows"] if row["cells"][i]["best"]]
        for i, column in enumerate(table["columns"])
    }
    assert best["roc_auc"] == ["stack, real"]
    assert best["hours_to_5_sigma"] == ["alpha cut, real"]
    assert best["brier_score"] == ["stack, real"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [("better", "helped"), ("worse", "harmed"), ("no clear change", "neither helped nor harmed")],
)
def test_answer_says_what_was_measured(answer, words):
    rows = [
        {
            "topic": "synthetic",
            "candidate": "stack (real and synthetic)",
            "figure": figure,
            "folds": 0.01,
            "folds_lower": -0.02,
            "folds_upper": 0.03,
            "answer": answer,
        }
        for figure in ("roc_auc", "f1_gamma", "loacc")
    ]
    text = page.answer_on_synthetic(pd.DataFrame(rows), "synthetic", "Borderline-SMOTE")
    assert words in text
    assert "+0.0100 [-0.0200, +0.0300]" in text
    assert "Borderline-SMOTE" in text


def test_first_plotly_figure_brings_the_library():
    import plotly.graph_objects as go

    embedded = page.embed_plotly(
        {name: go.Figure(go.Scatter(y=np.arange(3))) for name in ("one", "two")}
    )
    assert len(embedded["one"]) > 1_000_000
    assert len(embedded["two"]) < 50_000
    assert "https://cdn" not in embedded["two"]
