"""How parameters become synthetic events."""

import pandas as pd

from showerforge.events.schema import HILLAS_PARAMETERS
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
    synthetic : synthetic events with ``particle`` and parents.
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
    return drawn.events.assign(particle=generation.particle)
