"""Which classifier is better, by how much, and how surely? Repeated nested cross-validation.

Every contender is trained anew without each fold of each repeat; the meta-learner of a stack
and the threshold of the quality factor come from an inner cross-validation of the training part
alone. So no figure knows an event that it is measured on, and all contenders are measured on the
same events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from showerforge.classifiers.candidates import Recipe, gammaness
from showerforge.classifiers.cells import fingerprint_events
from showerforge.classifiers.names import STACK, Candidate, Training
from showerforge.classifiers.stacking import fit_meta_learner
from showerforge.classifiers.training import (
    Synthetic,
    fit_candidate,
    training_columns,
)
from showerforge.errors import InputError
from showerforge.events.features import FEATURE_SETS
from showerforge.events.schema import HILLAS_PARAMETERS, WEIGHT
from showerforge.events.splits import assign_folds, iterate_folds, take_sample
from showerforge.fingerprints import key_of
from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT, Sky, figures_over_resamples
from showerforge.metrics.intervals import (
    answer,
    corrected_resampled_interval,
    finite_difference,
)
from showerforge.metrics.separation import REFERENCE_BACKGROUNDS, choose_threshold
from showerforge.progress import run_side_by_side

#: what the row without any engineered feature is called
RECORDED_ONLY = "recorded parameters only"
#: topics of the study
MODELS, FEATURES, SIZES = "models", "features", "sizes"


@dataclass(frozen=True)
class Contender:
    """What takes part in a comparison.

    Attributes
    ----------
    label : name in tables and figures.
    models : one model, or several, which are stacked.
    training : real events, with synthetic ones, or without columns of the brightest pixel.
    feature_sets : families of features beside the recorded parameters.
    features : the only features that are used; None for all.
    """

    label: str
    models: tuple[str, ...]
    training: Training
    feature_sets: tuple[str, ...]
    features: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Topic:
    """A question, by its contenders.

    Attributes
    ----------
    name : "models", "features" or "sizes".
    contenders : who takes part; the first one is what the others are held against.
    shares : shares of the training part that are used.
    n_inner_folds : of the inner cross-validation; with 0 there are no stacks.
    has_threshold : whether figures that need a threshold are computed; it is chosen on the
        inner cross-validation.
    on_test : whether the events of the test set take part. Where the answer becomes a setting,
        they do not.
    """

    name: str
    contenders: tuple[Contender, ...]
    shares: tuple[float, ...]
    n_inner_folds: int
    has_threshold: bool
    on_test: bool


@dataclass(frozen=True)
class Comparison:
    """Settings of the whole study.

    Attributes
    ----------
    topics : the questions.
    recipe : how classifiers are put together.
    n_repeats, n_folds : of the cross-validation.
    regularisation : of the meta-learner.
    minimum_gamma_efficiency, minimum_surviving_hadrons : see `choose_threshold`.
    sky : mixture and rates behind purity and detection time.
    make_synthetic : function of training events and seed that makes synthetic events.
    generation : what identifies that function, of types that JSON knows.
    """

    topics: tuple[Topic, ...]
    recipe: Recipe
    n_repeats: int
    n_folds: int
    regularisation: float
    minimum_gamma_efficiency: float
    minimum_surviving_hadrons: int
    sky: Sky
    make_synthetic: Callable[[pd.DataFrame, int], pd.DataFrame]
    generation: Any


def ablation(model: str, used: Sequence[str]) -> tuple[Contender, ...]:
    """List the contenders that tell what each family of features is worth.

    A list of allowed features does not apply to them.

    Parameters
    ----------
    model : that is trained on all of them.
    used : families that the experiment uses.

    Returns
    -------
    contenders : first all families in use, then each left out, each other one added, and the
        recorded parameters alone.
    """
    others = [name for name in FEATURE_SETS if name not in used]
    sets = {"all families in use": tuple(used)}
    sets |= {f"without {name}": tuple(other for other in used if other != name) for name in used}
    sets |= {f"with {name}": (*used, name) for name in others}
    sets[RECORDED_ONLY] = ()
    return tuple(
        Contender(label, (model,), Training.REAL, families) for label, families in sets.items()
    )


def plan_cells(events: pd.DataFrame, is_test: pd.Series, study: Comparison) -> pd.DataFrame:
    """List all cells, repeat after repeat.

    Parameters
    ----------
    events : all events of the table.
    is_test : whether each is in the test set of the experiment.
    study : settings.

    Returns
    -------
    plan : DataFrame, one row per cell: ``key`` (changes with everything that the cell depends
        on), ``topic``, ``repeat``, ``fold``, ``share``.
    """
    data = fingerprint_events(
        events.assign(is_test=is_test), [*HILLAS_PARAMETERS, "particle", "group", WEIGHT, "is_test"]
    )
    shared = {
        "data": data,
        "recipe": asdict(study.recipe),
        "sky": asdict(study.sky),
        **{
            name: getattr(study, name)
            for name in (
                "n_folds",
                "regularisation",
                "minimum_gamma_efficiency",
                "minimum_surviving_hadrons",
                "generation",
            )
        },
    }
    return pd.DataFrame(
        {
            "key": key_of(
                f"{topic.name}_{repeat}_{fold}_{share:g}",
                {**shared, "topic": asdict(topic), "cell": [repeat, fold, share]},
            ),
            "topic": topic.name,
            "repeat": repeat,
            "fold": fold,
            "share": share,
        }
        for topic in study.topics
        for repeat in range(study.n_repeats)
        for share in topic.shares
        for fold in range(study.n_folds)
    )


def run_cells(
    events: pd.DataFrame, is_test: pd.Series, plan: pd.DataFrame, study: Comparison, n_jobs: int
) -> Iterator[dict[str, Any]]:
    """Run cells side by side.

    Parameters
    ----------
    events, is_test, study : as for `plan_cells`.
    plan : the cells to run.
    n_jobs : cells at a time.

    Yields
    ------
    record : ``key``, ``topic``, ``repeat``, ``fold``, ``share``, ``n_train`` and ``figures``,
        each figure of merit of each contender, on the fold.
    """
    topics = {topic.name: topic for topic in study.topics}

    def run(cell: dict[str, Any]) -> dict[str, Any]:
        topic = topics[cell["topic"]]
        used = events if topic.on_test else events[~is_test]
        seed = study.recipe.seed + cell["repeat"]
        fold = assign_folds(used, study.n_folds, seed)
        train, held_out = used[fold != cell["fold"]], used[fold == cell["fold"]]
        train = take_sample(train, round(cell["share"] * len(train)), seed)
        figures = contest(train, held_out, topic, study, seed)
        return {**cell, "n_train": len(train), "figures": figures}

    jobs = [(cell,) for cell in plan.to_dict("records")]
    return run_side_by_side(run, jobs, n_jobs, "Comparing classifiers", in_processes=True)


def contest(
    train: pd.DataFrame,
    held_out: pd.DataFrame,
    topic: Topic,
    study: Comparison,
    seed: int,
) -> dict[str, dict[str, float]]:
    """Train all contenders on the same events and measure them on the same others.

    Returns
    -------
    figures : value of each figure of merit for each label of a contender.
    """
    parts = []
    if topic.n_inner_folds:
        fold = assign_folds(train, topic.n_inner_folds, seed)
        parts = [(train[fitted], train[out]) for _, fitted, out in iterate_folds(fold)]
    validation = pd.concat([out for _, out in parts]) if parts else None
    parts.append((train, held_out))
    with_synthetic = any(c.training is Training.SYNTHETIC for c in topic.contenders)
    scores: dict[_Member, list[np.ndarray]] = {}
    for fitted, out in parts:
        synthetic: Synthetic = (
            {Training.SYNTHETIC: study.make_synthetic(fitted, seed)} if with_synthetic else {}
        )
        for member in dict.fromkeys(m for c in topic.contenders for m in _members(c)):
            recipe = replace(
                study.recipe,
                feature_sets=member.feature_sets,
                features=member.features,
                seed=seed,
            )
            pipeline = fit_candidate(member.candidate, fitted, synthetic, recipe)
            scores.setdefault(member, []).append(gammaness(pipeline, out))
    return {
        c.label: _measure(c, scores, validation, held_out, topic, study) for c in topic.contenders
    }


@dataclass(frozen=True)
class _Member:
    """A model of a contender, which several contenders may have in common."""

    candidate: Candidate
    feature_sets: tuple[str, ...]
    features: tuple[str, ...] | None


def _members(contender: Contender) -> list[_Member]:
    return [
        _Member(Candidate(model, contender.training), contender.feature_sets, contender.features)
        for model in contender.models
    ]


def _measure(
    contender: Contender,
    scores: dict[_Member, list[np.ndarray]],
    validation: pd.DataFrame | None,
    held_out: pd.DataFrame,
    topic: Topic,
    study: Comparison,
) -> dict[str, float]:
    """Compute the figures of merit of one contender from the scores of its members."""
    members = [scores[member] for member in _members(contender)]
    on_held_out = np.column_stack([parts[-1] for parts in members])
    threshold = None
    if validation is not None:
        on_validation = np.column_stack([np.concatenate(parts[:-1]) for parts in members])
        if len(members) > 1:
            learner = fit_meta_learner(on_validation, validation, study.regularisation)
            on_validation, on_held_out = (
                learner.predict_proba(meta)[:, [1]] for meta in (on_validation, on_held_out)
            )
        if topic.has_threshold:
            threshold = choose_threshold(
                training_columns(validation)[1].to_numpy() == 1,
                on_validation[:, 0],
                study.minimum_gamma_efficiency,
                study.minimum_surviving_hadrons,
                validation[WEIGHT].to_numpy(),
            )
    model = contender.models[0] if len(members) == 1 else STACK
    figures = figures_over_resamples(
        training_columns(held_out)[1].to_numpy() == 1,
        on_held_out[:, 0],
        held_out[WEIGHT].to_numpy()[None],
        threshold,
        study.sky,
        Candidate(model, contender.training).is_probability,
    )
    return {name: float(values[0]) for name, values in figures.items()}


def tabulate(
    plan: pd.DataFrame,
    cells: Mapping[str, Mapping[str, Any]],
    study: Comparison,
    confidence: float,
) -> pd.DataFrame:
    """Summarise all cells.

    Parameters
    ----------
    plan, study : as for `run_cells`.
    cells : record of each cell by its key.
    confidence : coverage of the intervals.

    Returns
    -------
    table : DataFrame, one row per topic, contender, share and figure of merit: ``value`` (mean
        over all folds of all repeats) and ``change`` (paired, against the first contender of
        the topic), each with its corrected resampled interval, and ``answer``.

    Raises
    ------
    InputError
        If cells of the plan are missing.
    """
    if missing := [key for key in plan["key"] if key not in cells]:
        raise InputError(
            f"{len(missing)} of {len(plan)} cells of the comparison are not finished. Run it "
            "again; it goes on where it stopped."
        )
    rows: list[dict[str, Any]] = []
    for topic in study.topics:
        for share in topic.shares:
            chosen = plan[(plan["topic"] == topic.name) & (plan["share"] == share)]
            records = [cells[key] for key in chosen["key"]]
            n_train = float(np.mean([record["n_train"] for record in records]))
            reference = topic.contenders[0].label
            for contender in topic.contenders:
                for figure in records[0]["figures"][contender.label]:
                    values, others = (
                        np.array([r["figures"][label].get(figure, np.nan) for r in records])
                        for label in (contender.label, reference)
                    )
                    rows.append(
                        {
                            "topic": topic.name,
                            "contender": contender.label,
                            "share": share,
                            "n_train": n_train,
                            "figure": figure,
                            **_summary(values, others, figure, study.n_folds, confidence),
                        }
                    )
    return pd.DataFrame(rows)


def _summary(
    values: np.ndarray, others: np.ndarray, figure: str, n_folds: int, confidence: float
) -> dict[str, Any]:
    """Mean of a figure and its change, with intervals that know that folds share events."""
    value, change = (
        corrected_resampled_interval(numbers, confidence, 1 / n_folds)
        for numbers in (values, finite_difference(values, others))
    )
    return {
        "value": value.value,
        "lower": value.lower,
        "upper": value.upper,
        "change": change.value,
        "change_lower": change.lower,
        "change_upper": change.upper,
        "answer": answer(change, FIGURES_OF_MERIT[figure].higher_is_better),
    }


def acceptance_table(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out the models like the tables of Bock et al. 2004: acceptances, loacc and highacc.

    Returns
    -------
    laid_out : DataFrame, one row per contender, best loacc first; columns of acceptances at the
        reference backgrounds, ``loacc``, ``highacc`` and ``roc_auc``, each with interval.
    """
    names = [f"acceptance_{b:g}" for b in REFERENCE_BACKGROUNDS] + ["loacc", "highacc", "roc_auc"]
    rows = table[(table["topic"] == MODELS) & table["figure"].isin(names)]
    wide = rows.pivot(index="contender", columns="figure", values=["value", "lower", "upper"])
    columns = [(kind, name) for name in names for kind in ("value", "lower", "upper")]
    laid_out = wide[columns].sort_values(("value", "loacc"), ascending=False)
    laid_out.columns = [
        name if kind == "value" else f"{name}_{kind}" for kind, name in laid_out.columns
    ]
    return laid_out.reset_index()
