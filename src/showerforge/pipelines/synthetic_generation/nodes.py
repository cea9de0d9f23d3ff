"""Nodes of the stage synthetic_generation."""

import logging
import time
from typing import Any

import pandas as pd

from showerforge.events.features import with_features
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.events.splits import iterate_folds
from showerforge.generators import (
    Generator,
    build_generator,
    draw_valid,
    find_generator,
    n_to_balance,
)
from showerforge.parameters import (
    DataProcessingParameters,
    ModellingParameters,
    SyntheticGenerationParameters,
    SyntheticValidationParameters,
)
from showerforge.pipelines.making import make_events, with_particle_and_weight

logger = logging.getLogger(__name__)

TIMED_EVENTS = 100_000


def _build(name: str, generation: SyntheticGenerationParameters) -> Generator:
    settings = generation.generators[name]
    return build_generator(settings.name, settings.options)


def _labels(generation: SyntheticGenerationParameters) -> dict[str, str]:
    """Name generators for people; by their key too where two are of a kind."""
    kinds = [settings.name for settings in generation.generators.values()]
    return {
        key: find_generator(settings.name).label
        + (f" ({key})" if kinds.count(settings.name) > 1 else "")
        for key, settings in generation.generators.items()
    }


def generate_in_folds(
    train_events: pd.DataFrame,
    generation: SyntheticGenerationParameters,
    processing: DataProcessingParameters,
    modelling: ModellingParameters,
    seed: int,
) -> pd.DataFrame:
    """Make synthetic events of every generator without every fold.

    Returns
    -------
    fold_synthetic : synthetic events with ``particle``, parents, ``generator`` and ``fold``,
        the fold that the generator did not see.
    """
    from showerforge.progress import run_side_by_side

    def generate(name: str, number: int, fitted: Any, held_out: Any) -> pd.DataFrame:
        generator = generation.generators[name]
        events = make_events(generator, train_events[fitted], generation, processing, seed)
        return events.assign(generator=name, fold=number)

    jobs = [
        (name, *fold) for name in generation.names for fold in iterate_folds(train_events["fold"])
    ]
    tables = run_side_by_side(
        generate, jobs, modelling.n_jobs, "Generating events in folds", in_processes=True
    )
    return pd.concat(tables, ignore_index=True)


def choose_generator(
    fold_synthetic_events: pd.DataFrame,
    train_events: pd.DataFrame,
    generation: SyntheticGenerationParameters,
    validation: SyntheticValidationParameters,
    processing: DataProcessingParameters,
    modelling: ModellingParameters,
    seed: int,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Choose the generator by certificate and utility, on training folds alone.

    Returns
    -------
    choice : the generator, the reference and the reason.
    comparison : the generators with their mean results over the folds, the best first.
    """
    from showerforge.validation import Margins
    from showerforge.validation.choice import compare_generators, explain_choice, name_choice
    from showerforge.validation.gates import with_own_gates

    labels = _labels(generation)
    if len(generation.candidates) == 1:
        (only,) = generation.candidates
        reason = f"{labels[only]} is the only candidate named in the parameters."
        comparison = pd.DataFrame({"generator": [only], "label": [labels[only]]})
        return name_choice(only, generation.reference, labels, reason), comparison
    values, null = _measure_in_folds(
        fold_synthetic_events, train_events, generation, validation, processing, modelling, seed
    )
    margins, gates = (
        Margins(**validation.margins.model_dump()),
        with_own_gates(validation.own_gates),
    )
    comparison = compare_generators(values, null, margins, gates)
    reason = explain_choice(comparison, train_events["fold"].nunique())
    logger.info("Generator: %s", reason)
    best = str(comparison["generator"].iloc[0])
    return name_choice(best, generation.reference, labels, reason), comparison


def _measure_in_folds(
    fold_synthetic_events: pd.DataFrame,
    train_events: pd.DataFrame,
    generation: SyntheticGenerationParameters,
    validation: SyntheticValidationParameters,
    processing: DataProcessingParameters,
    modelling: ModellingParameters,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure every candidate on the events of each fold, which it did not see.

    Returns
    -------
    values : one row per candidate and fold.
    null : measurements of real events, means over the folds.
    """
    from showerforge.pipelines.yardstick import build_yardstick
    from showerforge.progress import run_side_by_side

    labels = _labels(generation)
    values, null = [], []
    for number, fitted, held_out in iterate_folds(train_events["fold"]):
        yardstick = build_yardstick(
            train_events[fitted],
            train_events[held_out],
            validation,
            generation,
            processing,
            modelling,
            validation.n_fold_repeats,
            seed + number,
        )
        null.append(yardstick.null)
        of_fold = fold_synthetic_events[fold_synthetic_events["fold"] == number]

        def summarise(
            name: str, yardstick: Any = yardstick, of_fold: pd.DataFrame = of_fold
        ) -> dict[str, Any]:
            synthetic = of_fold[of_fold["generator"] == name]
            measured = yardstick.summarise(synthetic, labels[name])
            return {"generator": name, "label": labels[name], **measured}

        jobs = [(name,) for name in generation.candidates]
        description = f"Comparing generators, fold {number + 1}"
        values += list(
            run_side_by_side(summarise, jobs, modelling.n_jobs, description, in_processes=True)
        )
    means = pd.concat(null).groupby(level=0).mean() if all(map(len, null)) else pd.DataFrame()
    return pd.DataFrame(values), means


def fit_generators(
    train_events: pd.DataFrame,
    generator_choice: dict[str, Any],
    generation: SyntheticGenerationParameters,
    seed: int,
) -> tuple[dict[str, Generator], pd.DataFrame]:
    """Fit the chosen generator and the reference to training events, and to nothing else.

    Returns
    -------
    generators : fitted generators by their names.
    cost : seconds of CPU to fit each, and to make 100,000 events.
    """
    names = dict.fromkeys((generator_choice["generator"], generator_choice["reference"]))
    generators, cost = {}, []
    for name in names:
        begin = time.process_time()
        generator = _build(name, generation).fit_for(
            generation.particle, train_events[HILLAS_PARAMETERS], train_events["particle"], seed
        )
        fitted = time.process_time()
        generator.sample(TIMED_EVENTS, {"particle": generation.particle}, seed)
        sampled = time.process_time()
        generators[name] = generator
        cost.append(
            {
                "generator": generator.label,
                "fit_seconds": fitted - begin,
                "seconds_per_100000": sampled - fitted,
            }
        )
    return generators, pd.DataFrame(cost)


def sample_events(
    generators: dict[str, Generator],
    train_events: pd.DataFrame,
    generator_choice: dict[str, Any],
    generation: SyntheticGenerationParameters,
    processing: DataProcessingParameters,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Draw synthetic events that obey physics, and compute their features.

    Returns
    -------
    synthetic, reference : events of the chosen generator and of the reference, with
        ``particle``, ``weight``, ``parent``, ``neighbour`` and engineered features, computed
        from the synthetic parameters.
    summary : for each the numbers drawn, kept and rejected by each hard constraint.
    """
    n = n_to_balance(train_events["particle"], generation.particle, generation.ratio)
    tables, summary = [], {}
    for role in ("generator", "reference"):
        generator = generators[generator_choice[role]]
        drawn = draw_valid(
            generator,
            n,
            {"particle": generation.particle},
            processing.relations,
            generation.decimals,
            generation.maximum_rounds,
            seed,
        )
        events = with_particle_and_weight(drawn.events, train_events, generation, processing)
        tables.append(with_features(events, processing.feature_sets))
        summary[role] = {
            "generator": generator.label,
            "particle": generation.particle,
            "n_train": int((train_events["particle"] == generation.particle).sum()),
            "n_drawn": drawn.n_drawn,
            "n_synthetic": len(events),
            "n_parents": int(pd.concat([events["parent"], events["neighbour"]]).nunique()),
            "rejected": drawn.rejected,
        }
        logger.info(
            "%s: %d synthetic %ss; %d rejected by hard constraints",
            generator.label,
            len(events),
            generation.particle,
            drawn.n_drawn - len(events),
        )
    synthetic, reference = tables
    return synthetic, reference, summary
