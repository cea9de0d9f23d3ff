"""The model card: everything in it comes from the run, and nothing is missing."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from toys import make_events

from showerforge.classifiers.names import Candidate, Training
from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT
from showerforge.parameters import (
    DataProcessingParameters,
    ModellingParameters,
    ReportingParameters,
)
from showerforge.pipelines.reporting.nodes import write_model_card
from showerforge.report.model_card import describe_members, describe_training

#: of Mitchell et al. 2019, figure 1
SECTIONS = (
    "Model details",
    "Intended use",
    "Factors",
    "Metrics",
    "Evaluation data",
    "Training data",
    "Quantitative analyses",
    "Ethical considerations",
    "Caveats and recommendations",
)
NAME = "stack (real and synthetic)"


@pytest.fixture(scope="module")
def inputs(magic_parameters):
    """What the node gets, small, every number another one."""
    numbers = iter(np.linspace(0.31, 0.89, 200))
    figures = [
        {
            "candidate": candidate,
            "figure": figure,
            "test": (value := next(numbers)),
            "test_lower": value - 0.05,
            "test_upper": value + 0.05,
            "cross_validation": value - 0.01,
        }
        for candidate in (NAME, "stack (real)")
        for figure in FIGURES_OF_MERIT
    ]
    size_bins = [
        {
            "candidate": NAME,
            "size_lower": 2.0,
            "size_upper": 2.5,
            "n_gammas": 71,
            "n_hadrons": 53,
            "figure": figure,
            "test": value,
            "test_lower": value - 0.02,
            "test_upper": value + 0.02,
        }
        for figure, value in (
            ("roc_auc", 0.9111),
            ("gamma_efficiency", 0.6222),
            ("hadron_efficiency", 0.0333),
        )
    ]
    return {
        "data": {
            "file": "own.csv",
            "sha256": "abc123",
            "n_events": 1500,
            "n_quarantined": 7,
            "n_duplicates": 11,
            "is_weighted": True,
            "n_effective": {"gamma": 123.4, "hadron": 77.7},
            "n_train": 400,
            "n_test": 320,
            "n_test_gamma": 210,
            "n_test_hadron": 110,
            "seed": 17,
            "note": "",
            "footer": "own.csv · seed 17",
            "constraints": [
                {
                    "name": "soft rule",
                    "severity": "soft",
                    "text": "fConc1 >= 0.5 fConc",
                    "because": "of optics",
                    "gamma": "3 (0.1 %)",
                    "hadron": "62 (9.9 %)",
                }
            ],
        },
        "figures_of_merit": pd.DataFrame(figures),
        "comparisons": pd.DataFrame(
            [
                {
                    "topic": "artefact",
                    "figure": "roc_auc",
                    "folds": -0.0057,
                    "folds_lower": -0.0078,
                    "folds_upper": -0.0036,
                }
            ]
        ),
        "size_bins": pd.DataFrame(size_bins),
        "parameter_importance": pd.DataFrame(
            {"parameter": ["fAlpha"], "importance": 0.1234, "lower": 0.1111, "upper": 0.1357}
        ),
        "choice": {"candidate": NAME, "rule": "the best by folds", "thresholds": {NAME: 0.8765}},
        "certificate": {
            "particle": "hadron",
            "verdict": "pass",
            "grade": "B",
            "failed": [],
            "claims_utility": True,
        },
        "generator_choice": {"label": "Gaussian mixture"},
        "train_events": make_events(250, 150),
        "synthetic_events": make_events(0, 100, seed=1),
        "model_settings": {"source": "tuned", "models": magic_parameters["modelling"]["models"]},
        "modelling": ModellingParameters(**magic_parameters["modelling"]),
        "processing": DataProcessingParameters(**magic_parameters["data_processing"]),
        "reporting": ReportingParameters(**magic_parameters["reporting"]),
    }


@pytest.fixture(scope="module")
def card(inputs):
    return write_model_card(**inputs)


def test_card_has_the_sections_of_mitchell_and_others(card):
    assert card.startswith("# Model card: stack, real and synthetic\n")
    assert tuple(re.findall(r"^## (.*)$", card, re.MULTILINE)) == SECTIONS


def test_no_field_is_empty(card):
    assert not re.search(r"\| *\||\b(None|nan|NaN)\b|\[\]|:\*\*\s*$", card, re.MULTILINE)
    assert "{{" not in card
    for section in re.split(r"^## .*$", card, flags=re.MULTILINE)[1:]:
        assert section.strip()


def test_tables_are_valid_markdown(card):
    """A head, a rule and rows of as many cells, with empty lines around."""
    tables = re.findall(r"(?:^\|.*\|\n)+", card, re.MULTILINE)
    assert len(tables) == 7
    for table in tables:
        head, rule, *rows = table.splitlines()
        assert re.fullmatch(r"\|(---\|)+", rule)
        assert rows
        assert {row.count("|") for row in (head, rule, *rows)} == {head.count("|")}
        before, after = card.split(table)
        assert before.endswith("\n\n")
        assert after.startswith("\n")


def test_card_says_what_went_in(card, inputs):
    for words in (
        "own.csv, 1,500 events read, 7 in quarantine, SHA-256 `abc123`",
        "320 events, 210 gammas and 110 hadrons",
        "duplicates (11 in",
        "seed 17",
        "400, 250 gammas and 150 hadrons",
        "100 hadrons by Gaussian mixture, 20.0 % of all training events",
        "**PASS**, grade B",
        "It claims that",
        "at least **0.8765**",
        "1.67 gammas per hadron here",
        "| 2 to 2.5 | 71 / 53 | 0.9111 [0.8911, 0.9311] |",
        "| fAlpha | 0.1234 [0.1111, 0.1357] |",
        "broken by 3 (0.1 %) gammas and 62 (9.9 %) hadrons",
        "-0.0057 [-0.0078, -0.0036]",
        "40 features",
        "n_estimators = 306",
        "**Settings:** tuned",
        "123 gammas and 78 hadrons without weights",
        "the best by folds",
        "lightgbm==",
        "`fConc1 >= 0.5 fConc`",
        inputs["reporting"].model_card.limits[0],
        inputs["reporting"].source,
    ):
        assert words in card, words
    figures = inputs["figures_of_merit"].set_index(["candidate", "figure"])
    row = figures.loc[(NAME, "roc_auc")]
    assert f"| ROC-AUC | {row['test']:.4f} [" in card
    assert f"{figures.loc[('stack (real)', 'roc_auc'), 'test']:.4f}" not in card


def frames_changed(frame):
    """Yield a table with each of its numbers changed in turn."""
    numbers = frame.select_dtypes("number").columns
    for column in numbers:
        yield column, frame.assign(**{column: frame[column] + 2})


@pytest.mark.parametrize(
    "name", ["figures_of_merit", "comparisons", "size_bins", "parameter_importance"]
)
def test_other_tables_make_another_card(card, inputs, name):
    for column, changed in frames_changed(inputs[name]):
        assert write_model_card(**{**inputs, name: changed}) != card, column


def test_other_data_make_another_card(card, inputs):
    for key, value in inputs["data"].items():
        # the counts of training events are taken from the events, and the note is for a warning
        if key == "n_train" or isinstance(value, list):
            continue
        if isinstance(value, str):
            changed = f"other {value}"
        elif isinstance(value, dict):
            changed = {name: number + 100 for name, number in value.items()}
        else:
            changed = not value if isinstance(value, bool) else value + 1
        data = {**inputs["data"], key: changed}
        assert write_model_card(**{**inputs, "data": data}) != card, key


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("certificate", {"verdict": "fail", "grade": None, "failed": ["G4"]}, "passed: G4"),
        ("certificate", {"claims_utility": False}, "It does not claim"),
        ("choice", {"thresholds": {NAME: 0.4321}}, "at least **0.4321**"),
        ("choice", {"candidate": "stack (real)", "thresholds": {"stack (real)": 0.5}}, "not used"),
        ("generator_choice", {"label": "copula"}, "hadrons by copula"),
        ("data", {"note": "QUICK LOOK"}, "**QUICK LOOK**"),
    ],
)
def test_card_follows_choice_and_certificate(inputs, name, change, words):
    assert words in write_model_card(**{**inputs, name: {**inputs[name], **change}})


def test_ranges_are_those_of_the_real_training_events(card, inputs):
    row = next(line for line in card.splitlines() if line.startswith("| fAlpha [deg]"))
    lowest, *_, highest = [cell.strip() for cell in row.strip("|").split("|")][2:]
    assert float(lowest) == pytest.approx(inputs["train_events"]["fAlpha"].min(), rel=1e-3)
    assert float(highest) == pytest.approx(inputs["train_events"]["fAlpha"].max(), rel=1e-3)


def test_synthetic_events_count_only_where_the_model_saw_them():
    train, drawn = make_events(30, 20), make_events(0, 10)
    synthetic = {Training.SYNTHETIC: drawn}
    seen = describe_training(Candidate("stack", Training.SYNTHETIC), train, synthetic)
    assert (seen["n_synthetic"], seen["synthetic_share"]) == (10, pytest.approx(1 / 6))
    unseen = describe_training(Candidate("stack", Training.REAL), train, synthetic)
    assert (unseen["n_synthetic"], unseen["synthetic_share"]) == (0, 0)


def test_single_model_is_its_own_member():
    settings = {"xgboost": {"max_depth": 6}, "lightgbm": {"num_leaves": 31}}
    (member,) = describe_members(Candidate("xgboost", Training.REAL), ["lightgbm"], settings)
    assert member == {"name": "xgboost", "settings": "max_depth = 6"}


def test_text_is_not_escaped_as_if_it_were_html(card):
    assert "&" not in card
    json.dumps(card)
