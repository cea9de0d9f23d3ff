"""How well gammas and hadrons are told apart by the parameters of their images.

A gamma of a point source is known by its direction alone, as hadrons come from everywhere. Every
classifier therefore has a twin that is blind to directions: it sees the light and the shape of an
image only, `showerforge.cameras.columns.SHAPE_PARAMETERS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras.columns import IMAGE_PARAMETERS, SHAPE_PARAMETERS
from showerforge.classifiers.candidates import build_model, gammaness
from showerforge.classifiers.cuts import UpperCuts
from showerforge.events.schema import GAMMA
from showerforge.events.splits import iterate_folds
from showerforge.metrics.intervals import bootstrap_weights, percentile_interval
from showerforge.metrics.separation import Separation, choose_threshold
from showerforge.progress import run_side_by_side

CUTS, LIGHTGBM = "cuts", "lightgbm"


@dataclass(frozen=True)
class ImageClassifier:
    """A classifier of image parameters.

    Attributes
    ----------
    name : key in tables.
    label : for people.
    model : `CUTS` or `LIGHTGBM`.
    columns : what it sees.
    is_blind : whether it knows nothing of directions.
    """

    name: str
    label: str
    model: str
    columns: Sequence[str]
    is_blind: bool


CLASSIFIERS = (
    ImageClassifier("width_alpha_cuts", "width and alpha cuts", CUTS, ["width", "alpha"], False),
    ImageClassifier("width_length_cuts", "width and length cuts", CUTS, ["width", "length"], True),
    ImageClassifier(
        "lightgbm", "LightGBM, all image parameters", LIGHTGBM, IMAGE_PARAMETERS, False
    ),
    ImageClassifier("lightgbm_blind", "LightGBM, shape only", LIGHTGBM, SHAPE_PARAMETERS, True),
)
BY_NAME = {classifier.name: classifier for classifier in CLASSIFIERS}


@dataclass(frozen=True)
class SeparationRecipe:
    """How classifiers are fitted and judged.

    Attributes
    ----------
    lightgbm : settings of LightGBM.
    n_cut_steps : cut values tried for each parameter.
    minimum_gamma_efficiency, minimum_surviving_hadrons : conditions under which the threshold of
        the quality factor is chosen.
    n_resamples, confidence : of the bootstrap intervals.
    seed : seed of every draw.
    """

    lightgbm: Mapping[str, Any]
    n_cut_steps: int
    minimum_gamma_efficiency: float
    minimum_surviving_hadrons: int
    n_resamples: int
    confidence: float
    seed: int


def _fit(classifier: ImageClassifier, train: pd.DataFrame, recipe: SeparationRecipe) -> Any:
    if classifier.model == CUTS:
        model: Any = UpperCuts(
            classifier.columns, recipe.minimum_gamma_efficiency, recipe.n_cut_steps
        )
    else:
        model = build_model(LIGHTGBM, recipe.lightgbm, recipe.seed)
    is_gamma = (train["particle"] == GAMMA).astype(int)
    return model.fit(train[list(classifier.columns)], is_gamma)


def _score(classifier: ImageClassifier, model: Any, events: pd.DataFrame) -> NDArray[np.float64]:
    return gammaness(model, events[list(classifier.columns)])


def separate(
    train: pd.DataFrame, test: pd.DataFrame, recipe: SeparationRecipe, n_jobs: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit all classifiers to training events and judge them on test events.

    The threshold of the quality factor is the best one on the scores that training events get
    from classifiers that were fitted without their fold. It is applied once to the test events.

    Parameters
    ----------
    train : with image parameters, ``particle``, ``group`` and ``fold``.
    test : the same without ``fold``; no group is on both sides.
    recipe : how it is done.
    n_jobs : fits at a time; -1 is one for each core.

    Returns
    -------
    table : DataFrame, one row per classifier; see `judge`.
    scores : float[n_test, n_classifiers], gammaness of the test events.

    Raises
    ------
    InputError
        If there are too few hadrons to choose a threshold.
    """
    folds = list(iterate_folds(train["fold"]))
    jobs = [
        (classifier, train[fitted], train[held_out])
        for classifier in CLASSIFIERS
        for _, fitted, held_out in folds
    ]
    jobs += [(classifier, train, test) for classifier in CLASSIFIERS]

    def fit_and_score(
        classifier: ImageClassifier, fitted: pd.DataFrame, scored: pd.DataFrame
    ) -> tuple[NDArray[np.float64], list[float]]:
        model = _fit(classifier, fitted, recipe)
        return _score(classifier, model, scored), list(getattr(model, "cuts_", []))

    results = run_side_by_side(
        fit_and_score, jobs, n_jobs, "Separating gammas from hadrons", in_processes=True
    )
    out_of_fold = pd.DataFrame(np.nan, train.index, [c.name for c in CLASSIFIERS])
    on_test = pd.DataFrame(np.nan, test.index, [c.name for c in CLASSIFIERS])
    cuts: dict[str, list[float]] = {}
    for (classifier, _, scored), (scores, own_cuts) in zip(jobs, results, strict=True):
        if scored is test:
            on_test[classifier.name], cuts[classifier.name] = scores, own_cuts
        else:
            out_of_fold.loc[scored.index, classifier.name] = scores
    return judge(train, out_of_fold, test, on_test, cuts, recipe), on_test


def judge(
    train: pd.DataFrame,
    out_of_fold: pd.DataFrame,
    test: pd.DataFrame,
    on_test: pd.DataFrame,
    cuts: Mapping[str, Sequence[float]],
    recipe: SeparationRecipe,
) -> pd.DataFrame:
    """Tabulate how well scores separate the test events.

    Parameters
    ----------
    train, test : events with ``particle``; test events with ``group``, too.
    out_of_fold, on_test : float[n_events, n_classifiers], gammaness of training and test events.
    cuts : cut values of the classifiers that are cuts, at a gammaness of 0.5.
    recipe : how it is done.

    Returns
    -------
    table : DataFrame, one row per classifier: ``classifier``, ``label``, ``is_blind``, the
        ``threshold`` and ``rule`` (such as "width ≤ 0.21°, alpha ≤ 8.5°"); and, on the test
        events, ``roc_auc``, ``quality_factor``, ``gamma_efficiency`` and ``hadron_efficiency``,
        each with ``_lower`` and ``_upper`` of the bootstrap over showers, ``surviving_hadrons``
        and ``n_hadrons``.
    """
    train_gammas, test_gammas = (
        (events["particle"] == GAMMA).to_numpy() for events in (train, test)
    )
    weights = bootstrap_weights(
        test_gammas, recipe.n_resamples, recipe.seed, test["group"].to_numpy()
    )
    rows = []
    for name in on_test:
        threshold = choose_threshold(
            train_gammas,
            out_of_fold[name].to_numpy(),
            recipe.minimum_gamma_efficiency,
            recipe.minimum_surviving_hadrons,
        )
        scores = on_test[name].to_numpy()
        separation = Separation(test_gammas, scores, weights)
        gammas, hadrons = separation.at_threshold(threshold)
        row: dict[str, Any] = {
            "classifier": name,
            "label": BY_NAME[name].label,
            "is_blind": BY_NAME[name].is_blind,
            "threshold": threshold,
            "rule": _write_rule(BY_NAME[name], cuts.get(name, ()), threshold),
        }
        for figure, values in (
            ("roc_auc", separation.roc_auc()),
            ("quality_factor", separation.quality_factor(threshold)),
            ("gamma_efficiency", gammas),
            ("hadron_efficiency", hadrons),
        ):
            estimate = percentile_interval(values, recipe.confidence)
            row[figure] = estimate.value
            row[f"{figure}_lower"], row[f"{figure}_upper"] = estimate.lower, estimate.upper
        row["surviving_hadrons"] = int(np.sum(~test_gammas & (scores >= threshold)))
        row["n_hadrons"] = int(np.sum(~test_gammas))
        rows.append(row)
    return pd.DataFrame(rows)


def _write_rule(classifier: ImageClassifier, cuts: Sequence[float], threshold: float) -> str:
    """Say which events are kept; cuts are widened by a common factor to reach the threshold."""
    if classifier.model != CUTS:
        return f"gammaness ≥ {threshold:.3f}"
    factor = 1 / threshold - 1
    return ", ".join(
        f"{column} ≤ {factor * cut:.3g}°"
        for column, cut in zip(classifier.columns, cuts, strict=True)
    )
