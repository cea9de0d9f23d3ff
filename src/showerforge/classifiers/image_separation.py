"""Classifiers of what is measured of an image: consecutive cuts, and boosting.

A gamma of a point source is known by its direction alone, as hadrons come from everywhere. Every
classifier of camera images therefore has a twin that is blind to directions: it sees the light
and the shape of an image only, `showerforge.cameras.columns.SHAPE_PARAMETERS`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.calorimeter.columns import SHAPES
from showerforge.cameras.columns import IMAGE_PARAMETERS, SHAPE_PARAMETERS
from showerforge.classifiers.candidates import build_model, gammaness
from showerforge.classifiers.cuts import UpperCuts
from showerforge.classifiers.image_judgement import BOOSTING, CUTS, Described
from showerforge.events.splits import iterate_folds
from showerforge.progress import run_side_by_side


@dataclass(frozen=True)
class TableClassifier(Described):
    """A classifier of image parameters.

    Attributes
    ----------
    columns : what it sees.
    unit : of the columns that are cut on.
    """

    columns: Sequence[str] = field(kw_only=True)
    unit: str = ""


#: of camera images
CAMERA_CLASSIFIERS = (
    TableClassifier(
        "width_alpha_cuts", "width and alpha cuts", CUTS, columns=["width", "alpha"], unit="°"
    ),
    TableClassifier(
        "width_length_cuts",
        "width and length cuts",
        CUTS,
        is_blind=True,
        columns=["width", "length"],
        unit="°",
    ),
    TableClassifier(
        "lightgbm", "LightGBM, all image parameters", BOOSTING, columns=IMAGE_PARAMETERS
    ),
    TableClassifier(
        "lightgbm_blind", "LightGBM, shape only", BOOSTING, is_blind=True, columns=SHAPE_PARAMETERS
    ),
)

#: of electron and photon images; electrons, the signal, are less compact along phi
CALORIMETER_CLASSIFIERS = (
    TableClassifier("shape_cuts", "R9 and E5x2 cuts", CUTS, columns=["r9", "e5x2"]),
    TableClassifier("lightgbm", "LightGBM, all shower shapes", BOOSTING, columns=SHAPES),
)


@dataclass(frozen=True)
class FitRecipe:
    """How classifiers of image parameters are fitted.

    Attributes
    ----------
    lightgbm : settings of LightGBM.
    n_cut_steps : cut values tried for each parameter.
    minimum_gamma_efficiency : share of the signal that cuts must keep.
    seed : of every fit.
    """

    lightgbm: Mapping[str, Any]
    n_cut_steps: int
    minimum_gamma_efficiency: float
    seed: int


@dataclass(frozen=True)
class TableScores:
    """What classifiers of image parameters say.

    Attributes
    ----------
    out_of_fold : float[n_train, n_classifiers], scores of training events by a classifier that
        was fitted without their fold.
    test : float[n_test, n_classifiers], scores of test events.
    cuts : cut values of cuts that are fitted to all training events, at a score of 0.5; by name.
    cpu_seconds : of all fits, by name.
    """

    out_of_fold: pd.DataFrame
    test: pd.DataFrame
    cuts: dict[str, list[float]]
    cpu_seconds: dict[str, float]


def score_tables(
    classifiers: Sequence[TableClassifier],
    train: pd.DataFrame,
    test: pd.DataFrame,
    signal: str,
    recipe: FitRecipe,
    n_jobs: int,
) -> TableScores:
    """Fit all classifiers to training events, by fold and to all, and score with them.

    Parameters
    ----------
    classifiers : which.
    train : with image parameters, ``particle`` and ``fold``.
    test : the same without ``fold``.
    signal : the particle that scores high.
    recipe : how it is done.
    n_jobs : fits at a time; -1 is one for each core.
    """
    folds = list(iterate_folds(train["fold"]))
    jobs = [
        (classifier, train[fitted], train[held_out])
        for classifier in classifiers
        for _, fitted, held_out in folds
    ]
    jobs += [(classifier, train, test) for classifier in classifiers]

    def fit_and_score(
        classifier: TableClassifier, fitted: pd.DataFrame, scored: pd.DataFrame
    ) -> tuple[NDArray[np.float64], list[float], float]:
        begin = time.process_time()
        columns = list(classifier.columns)
        model: Any = (
            UpperCuts(columns, recipe.minimum_gamma_efficiency, recipe.n_cut_steps)
            if classifier.kind == CUTS
            else build_model("lightgbm", recipe.lightgbm, recipe.seed)
        )
        model.fit(fitted[columns], (fitted["particle"] == signal).astype(int))
        taken = time.process_time() - begin
        return gammaness(model, scored[columns]), list(getattr(model, "cuts_", [])), taken

    results = run_side_by_side(
        fit_and_score, jobs, n_jobs, "Fitting cuts and boosting", in_processes=True
    )
    names = [classifier.name for classifier in classifiers]
    scores = TableScores(
        pd.DataFrame(np.nan, train.index, names), pd.DataFrame(np.nan, test.index, names), {}, {}
    )
    for (classifier, _, scored), (values, cuts, taken) in zip(jobs, results, strict=True):
        name = classifier.name
        scores.cpu_seconds[name] = scores.cpu_seconds.get(name, 0.0) + taken
        if scored is test:
            scores.test[name], scores.cuts[name] = values, cuts
        else:
            scores.out_of_fold.loc[scored.index, name] = values
    return scores


def write_rules(
    classifiers: Sequence[TableClassifier], cuts: Mapping[str, Sequence[float]]
) -> dict[str, Callable[[float], str]]:
    """Say which events cuts keep, for any threshold of their score.

    Cuts are widened by a common factor to reach a threshold; see
    `showerforge.classifiers.cuts.UpperCuts`.

    Returns
    -------
    rules : by name of the classifier, functions of a threshold, such as "width ≤ 0.21°, alpha ≤
        8.5°".
    """

    def rule_of(classifier: TableClassifier, values: Sequence[float]) -> Callable[[float], str]:
        def rule(threshold: float) -> str:
            factor = 1 / threshold - 1
            return ", ".join(
                f"{column} ≤ {factor * cut:.3g}{classifier.unit}"
                for column, cut in zip(classifier.columns, values, strict=True)
            )

        return rule

    return {c.name: rule_of(c, cuts[c.name]) for c in classifiers if c.kind == CUTS}
