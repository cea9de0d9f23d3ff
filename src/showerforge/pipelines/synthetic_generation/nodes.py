"""Nodes of the stage synthetic_generation."""

import logging
from typing import Any

import pandas as pd

from showerforge.events.features import with_features
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.generators import Generator, build_generator, draw_valid, n_to_balance
from showerforge.parameters import DataProcessingParameters, SyntheticGenerationParameters

logger = logging.getLogger(__name__)


def fit_generator(
    train_events: pd.DataFrame, generation: SyntheticGenerationParameters, seed: int
) -> Generator:
    """Fit the generator to training events, and to nothing else."""
    generator = build_generator(generation.generator.name, generation.generator.options)
    return generator.fit_for(
        generation.particle, train_events[HILLAS_PARAMETERS], train_events["particle"], seed
    )


def sample_events(
    generator: Generator,
    train_events: pd.DataFrame,
    generation: SyntheticGenerationParameters,
    processing: DataProcessingParameters,
    seed: int,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Draw synthetic events that obey physics, and compute their features.

    Returns
    -------
    synthetic : synthetic events with ``particle``, ``parent``, ``neighbour`` and engineered
        features, computed from the synthetic parameters.
    summary : numbers drawn, kept and rejected by each hard constraint.
    """
    n = n_to_balance(train_events["particle"], generation.particle, generation.ratio)
    drawn = draw_valid(
        generator,
        n,
        {"particle": generation.particle},
        processing.constraints,
        generation.decimals,
        generation.maximum_rounds,
        seed,
    )
    events = drawn.events.assign(particle=generation.particle)
    summary = {
        "generator": generator.label,
        "particle": generation.particle,
        "n_train": int((train_events["particle"] == generation.particle).sum()),
        "n_drawn": drawn.n_drawn,
        "n_synthetic": len(events),
        "n_parents": int(pd.concat([events["parent"], events["neighbour"]]).nunique()),
        "rejected": drawn.rejected,
    }
    logger.info(
        "%d synthetic %ss from %d parents; %d rejected by hard constraints",
        len(events),
        generation.particle,
        summary["n_parents"],
        drawn.n_drawn - len(events),
    )
    return with_features(events, processing.feature_sets), summary
