"""Figures of a search: every trial is drawn, and the shipped setting is there to compare with."""

import numpy as np
import pandas as pd
import pytest

from showerforge.figures.tuning import history, importance, interactive_history


@pytest.fixture
def trials():
    generator = np.random.default_rng(0)
    rows = []
    for model in ("random_forest", "xgboost", "lightgbm"):
        for number in range(40):
            better = 0.004 * (1 - np.exp(-number / 10))
            value = 0.272 - better + 0.01 * generator.exponential() * np.exp(-number / 20)
            rows.append(
                {
                    "model": model,
                    "trial": number,
                    "state": "pruned" if number > 8 and value > 0.273 else "complete",
                    "shipped": number == 0,
                    "figure_of_merit": "log_loss",
                    "value": 0.272 if number == 0 else value,
                    "fold_0": 0.272 if number == 0 else value,
                    "setting": "sqrt",
                }
            )
    return pd.DataFrame(rows)


def test_history_draws_all_trials_and_the_best_line_ends_at_the_best(trials):
    figure = history(trials, "footer")
    for axes, model in zip(figure.axes, ("random_forest", "xgboost", "lightgbm"), strict=True):
        rows = trials[trials["model"] == model]
        done = rows[rows["state"] == "complete"]
        lines = {line.get_label(): line for line in axes.get_lines()}
        assert lines["shipped"].get_ydata()[0] == 0.272
        assert lines["best"].get_ydata()[-1] == done["value"].min()
        assert len(lines["all folds"].get_xdata()) == len(done)
        assert len(lines["stopped"].get_xdata()) == len(rows) - len(done)
        low, high = axes.get_ylim()
        assert low < done["value"].min() <= 0.272 < high
    assert "log-loss" in figure.axes[0].get_ylabel()


def test_stopped_trials_are_compared_on_the_folds_that_they_were_given(trials):
    """The first fold is an easy one: a trial that is a little worse there is drawn above."""
    trials["fold_1"] = trials["value"].where(trials["state"] == "complete") + 0.02
    trials["fold_0"] -= 0.02
    trials.loc[trials["state"] == "pruned", "value"] -= 0.02
    (axes, *_) = history(trials, "footer").axes
    (stopped,) = [line for line in axes.get_lines() if line.get_label() == "stopped"]
    assert min(stopped.get_ydata()) > 0.272


def test_of_a_figure_of_merit_that_shall_be_large_the_largest_is_best(trials):
    figure = history(trials.assign(figure_of_merit="roc_auc"), "footer")
    lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
    of_model = trials[(trials["model"] == "random_forest") & (trials["state"] == "complete")]
    assert lines["best"].get_ydata()[-1] == of_model["value"].max()


def test_interactive_history_shows_settings(trials):
    figure = interactive_history(trials, "footer").to_json()
    assert "setting sqrt" in figure
    assert "footer" in figure


def test_importance_has_a_bar_for_each_setting_or_says_why_not():
    table = pd.DataFrame(
        {
            "model": ["lightgbm", "lightgbm"],
            "setting": ["learning_rate", "num_leaves"],
            "importance": [0.7, 0.3],
            "n_trials": [20, 20],
        }
    )
    (axes,) = importance(table, "footer").axes
    assert sorted(bar.get_width() for bar in axes.patches) == [0.3, 0.7]
    texts = [text.get_text() for text in importance(table.iloc[:0], "footer").texts]
    assert any("too few trials" in text for text in texts)
