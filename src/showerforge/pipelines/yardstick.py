"""How parameters become the yardstick by which synthetic events are judged."""

import pandas as pd

from showerforge.events.constraints import range_constraints
from showerforge.events.features import compute_features
from showerforge.events.schema import GAMMA, HILLAS_PARAMETERS
from showerforge.parameters import (
    DataProcessingParameters,
    ModellingParameters,
    SyntheticGenerationParameters,
    SyntheticValidationParameters,
)
from showerforge.validation import Margins, Settings, Yardstick


def build_yardstick(
    train: pd.DataFrame,
    holdout: pd.DataFrame,
    validation: SyntheticValidationParameters,
    generation: SyntheticGenerationParameters,
    processing: DataProcessingParameters,
    modelling: ModellingParameters,
    n_repeats: int,
    seed: int,
) -> Yardstick:
    """Prepare real events to judge synthetic ones by.

    Parameters
    ----------
    train, holdout : events of both classes that generators learn from, and do not see.
    validation, generation, processing, modelling : parameters.
    n_repeats : real-against-real partitions.
    seed : seed of every random draw.
    """
    return Yardstick(
        train,
        holdout,
        [*range_constraints(), *processing.relations],
        Margins(**validation.margins.model_dump()),
        generation.particle,
        HILLAS_PARAMETERS,
        lambda events: compute_features(events, processing.feature_sets),
        GAMMA,
        Settings(
            n_repeats=n_repeats,
            n_permutations=validation.n_permutations,
            n_resamples=validation.n_resamples,
            minimum_events=validation.minimum_events,
            maximum_compared=validation.maximum_compared,
            n_jobs=modelling.n_jobs,
            seed=seed,
        ),
        validation.own_gates,
    )
