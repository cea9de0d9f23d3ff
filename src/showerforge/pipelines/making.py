"""How parameters become synthetic events."""

import pandas as pd

from showerforge.events.schema import HILLAS_PARAMETERS, WEIGHT
from showerforge.events.weights import expected_weights
from showerforge.generators import build_generator, fill_up
from showerforge.parameters import (
    DataProcessingParameters,
    GeneratorParameters,
    SyntheticGenerationParameters,
)


def make_events(
    generator: GeneratorParameters,
    train: pd.DataFrame,
    generation: SyntheticGenerationParameters,
    processing: DataProcessingParameters,
    seed: int,
    decimals: int | None = None,
) -> pd.DataFrame:
    """Make the events that are missing to the wanted ratio, from training events alone.

    Parameters
    ----------
    generator : name and options.
    train : training events of both classes.
    generation, processing : parameters.
    seed : seed of the generator.
    decimals : digits after the point; those of the parameters by default.

    Returns
    -------
    synthetic : synthetic events with ``particle``, ``weight`` and parents.
    """
    drawn = fill_up(
        build_generator(generator.name, generator.options),
        train[HILLAS_PARAMETERS],
        train["particle"],
        generation.particle,
        generation.ratio,
        processing.relations,
        generation.decimals if decimals is None else decimals,
        generation.maximum_rounds,
        seed,
    )
    return with_particle_and_weight(drawn.events, train, generation, processing)


def with_particle_and_weight(
    synthetic: pd.DataFrame,
    train: pd.DataFrame,
    generation: SyntheticGenerationParameters,
    processing: DataProcessingParameters,
) -> pd.DataFrame:
    """Put beside synthetic events what they are, and how much they count.

    Parameters are those of `make_events`.
    """
    events = synthetic.assign(particle=generation.particle)
    weights = expected_weights(train, events, HILLAS_PARAMETERS, processing.weight_neighbours)
    return events.assign(**{WEIGHT: weights})
