"""Words and tables of the report of an experiment with images."""

import pandas as pd
import pytest

from showerforge.classifiers.image_separation import CLASSIFIERS
from showerforge.report import images


@pytest.fixture
def separation():
    figures = {"roc_auc": 0.9, "quality_factor": 2.5, "gamma_efficiency": 0.5}
    rows = []
    for number, classifier in enumerate(CLASSIFIERS):
        row = {
            "classifier": classifier.name,
            "label": classifier.label,
            "is_blind": classifier.is_blind,
            "rule": "width ≤ 0.2°",
            "surviving_hadrons": 40,
            "n_hadrons": 1000,
        }
        for name, value in {**figures, "hadron_efficiency": 0.04}.items():
            shifted = value + number / 100
            row |= {name: shifted, f"{name}_lower": shifted / 2, f"{name}_upper": shifted * 2}
        rows.append(row)
    return pd.DataFrame(rows)


def test_the_verdict_says_what_direction_is_worth(separation):
    words = images.answer_on_separation(separation)
    assert "Q = 2.50 [1.2500, 5.00] with 50.0 % of the gammas" in words
    assert "LightGBM on all image parameters 2.52" in words
    assert "40 of 1,000 hadrons" in words
    assert "By light and shape alone LightGBM reaches Q = 2.53" in words
    assert "ROC-AUC 0.9300 [0.4650, 1.8600] instead of 0.9200" in words


def test_the_table_has_every_classifier_with_intervals(separation):
    table = images.tabulate_separation(separation)
    assert table["columns"][:2] == ["ROC-AUC", "Q"]
    assert [row["label"] for row in table["rows"]] == [c.label for c in CLASSIFIERS]
    first = table["rows"][0]
    assert first["cells"][1] == {"value": "2.50", "interval": "1.2500 to 5.00"}
    assert first["left"] == "40 of 1,000"
    cards = images.make_cards(separation)
    assert (cards[0]["value"], cards[0]["remark"]) == ("Q 2.50", "ROC-AUC 0.9000")


def test_the_cut_flow_is_laid_out_by_step():
    flow = pd.DataFrame(
        {
            "particle": ["gamma", "gamma", "hadron", "hadron"],
            "step": ["thrown", "triggered"] * 2,
            "n_left": [2000, 1500, 4000, 1000],
            "share_of_last": [1.0, 0.75, 1.0, 0.25],
            "share_left": [1.0, 0.75, 1.0, 0.25],
        }
    )
    table = images.tabulate_cut_flow(flow)
    assert table["particles"] == ["gamma", "hadron"]
    assert [row["step"] for row in table["rows"]] == ["thrown", "triggered"]
    assert table["rows"][1]["cells"][1] == {
        "left": "1,000",
        "of_last": "25.0 %",
        "of_all": "25.0 %",
    }
