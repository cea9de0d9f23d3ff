"""The model card: what the kept model is, what it is for, and how far it can be trusted.

Its sections are those of Mitchell et al. 2019, "Model cards for model reporting", FAT* 2019, 220.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from showerforge.classifiers.names import STACK, Candidate, Training
from showerforge.events.schema import GAMMA, HADRON, HILLAS_COLUMNS, HILLAS_PARAMETERS
from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT
from showerforge.report.page import format_change, format_interval, format_number, render

#: figures of merit that belong to the operating point, and to the sky
AT_OPERATING_POINT = ("gamma_efficiency", "hadron_efficiency", "quality_factor")
IN_THE_SKY = ("purity", "hours_to_5_sigma")
QUANTILES = (0.0, 0.01, 0.5, 0.99, 1.0)


def describe_members(
    candidate: Candidate, members: Sequence[str], settings: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, str]]:
    """List the models inside a candidate with their settings.

    Parameters
    ----------
    candidate : the kept model.
    members : models in the stack.
    settings : settings of every base model.
    """
    names = members if candidate.model == STACK else [candidate.model]
    return [
        {
            "name": name,
            "settings": ", ".join(f"{key} = {value}" for key, value in settings[name].items()),
        }
        for name in names
    ]


def describe_training(
    candidate: Candidate,
    train_events: pd.DataFrame,
    synthetic: Mapping[Training, pd.DataFrame],
) -> dict[str, Any]:
    """Count the events that the kept model was fitted to, and tell their ranges.

    Parameters
    ----------
    candidate : the kept model.
    train_events : real training events.
    synthetic : synthetic events by the training that they belong to.

    Returns
    -------
    training : ``n_gamma``, ``n_hadron`` and ``n_real`` (real events), ``n_synthetic``,
        ``synthetic_share`` of all, and ``ranges`` of the real events, by parameter.
    """
    used = synthetic.get(candidate.training, train_events.head(0))
    counts = train_events["particle"].value_counts()
    quantiles = train_events[HILLAS_PARAMETERS].quantile(list(QUANTILES))
    return {
        "n_real": len(train_events),
        "n_gamma": int(counts[GAMMA]),
        "n_hadron": int(counts[HADRON]),
        "n_synthetic": len(used),
        "synthetic_share": len(used) / (len(used) + len(train_events)),
        "ranges": [
            {
                "label": column.label,
                "description": column.description,
                "allowed": column.allowed,
                "quantiles": [f"{value:.4g}" for value in quantiles[column.name]],
            }
            for column in HILLAS_COLUMNS
        ],
    }


def tabulate_figures(figures_of_merit: pd.DataFrame, candidate: str) -> dict[str, dict[str, str]]:
    """Write the figures of merit of one candidate for people, by name."""
    rows = figures_of_merit[figures_of_merit["candidate"] == candidate]
    return {
        row.figure: {
            "label": FIGURES_OF_MERIT[row.figure].label,
            "meaning": FIGURES_OF_MERIT[row.figure].meaning,
            "test": format_interval(row.test, row.test_lower, row.test_upper),
            "cross_validation": format_number(row.cross_validation),
        }
        for row in rows.itertuples()
    }


def tabulate_size_bins(size_bins: pd.DataFrame, candidate: str) -> list[dict[str, str]]:
    """Write the figures of merit of one candidate in bins of image size for people."""
    rows = size_bins[size_bins["candidate"] == candidate]
    return [
        {
            "bin": f"{lower:.3g} to {upper:.3g}",
            "events": f"{of_bin['n_gammas'].iloc[0]:,} / {of_bin['n_hadrons'].iloc[0]:,}",
            **{
                row.figure: format_interval(row.test, row.test_lower, row.test_upper)
                for row in of_bin.itertuples()
            },
        }
        for (lower, upper), of_bin in rows.groupby(["size_lower", "size_upper"], sort=False)
    ]


def tabulate_importance(importance: pd.DataFrame) -> list[dict[str, str]]:
    """Write the loss of ROC-AUC by each parameter for people, most important first."""
    return [
        {"parameter": row.parameter, "loss": format_interval(row.importance, row.lower, row.upper)}
        for row in importance.itertuples()
    ]


def worth_of_flaw(comparisons: pd.DataFrame) -> str | None:
    """Tell by how much ROC-AUC changes without the parameter that has a flaw, over the folds."""
    rows = comparisons[comparisons["topic"].eq("artefact") & comparisons["figure"].eq("roc_auc")]
    if rows.empty:
        return None
    row = rows.iloc[0]
    return format_change(row["folds"], row["folds_lower"], row["folds_upper"])


def render_model_card(context: Mapping[str, Any]) -> str:
    """Write the model card as Markdown.

    Parameters
    ----------
    context : what the template shows.
    """
    return render(context, "model_card.md.j2").rstrip() + "\n"
