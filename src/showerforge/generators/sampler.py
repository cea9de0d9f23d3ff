"""Any generator as a step of an imbalanced-learn pipeline."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from showerforge.errors import InputError
from showerforge.events.constraints import Constraint
from showerforge.events.schema import GAMMA, HADRON, HILLAS_PARAMETERS, PARENTS
from showerforge.generators.drawing import fill_up, n_to_balance
from showerforge.generators.interface import Generator


class GeneratorSampler(BaseEstimator):
    """Adds synthetic events of one class to the training events of a fit.

    Inside `imblearn.pipeline.Pipeline` it acts in ``fit`` only, so that no synthetic event,
    and nothing learnt from held-out events, can reach a test.

    Parameters
    ----------
    generator : unfitted generator.
    particle : class to generate.
    ratio : events of that class wanted for each event of the other.
    constraints : physical relations that the events must obey.
    decimals, maximum_rounds, seed : see `draw_valid`.
    """

    def __init__(
        self,
        generator: Generator,
        particle: str = HADRON,
        ratio: float = 1.0,
        constraints: Sequence[Constraint] = (),
        decimals: int = 4,
        maximum_rounds: int = 20,
        seed: int = 0,
    ):
        self.generator = generator
        self.particle = particle
        self.ratio = ratio
        self.constraints = constraints
        self.decimals = decimals
        self.maximum_rounds = maximum_rounds
        self.seed = seed

    def fit_resample(
        self, events: pd.DataFrame, is_gamma: pd.Series
    ) -> tuple[pd.DataFrame, pd.Series]:
        """Return the events with as many synthetic ones appended as are missing to the ratio.

        The ids of the parents of the synthetic events are kept in ``parents_``.

        Parameters
        ----------
        events : DataFrame[n_events, 10], Hillas parameters, indexed by event id.
        is_gamma : 1 for gammas, 0 for hadrons.

        Raises
        ------
        InputError
            If the classes are not 0 and 1.
        """
        is_gamma = pd.Series(np.asarray(is_gamma), index=events.index)
        if not set(is_gamma.unique()) <= {0, 1}:
            raise InputError(
                f"The classes are {sorted(map(str, is_gamma.unique()))}, but must be 1 for gammas "
                "and 0 for hadrons."
            )
        particle = pd.Series(np.where(is_gamma == 1, GAMMA, HADRON), index=events.index)
        self.parents_ = pd.DataFrame(columns=list(PARENTS), dtype="Int64")
        if n_to_balance(particle, self.particle, self.ratio) == 0:
            return events, is_gamma
        drawn = fill_up(
            self.generator,
            events,
            particle,
            self.particle,
            self.ratio,
            self.constraints,
            self.decimals,
            self.maximum_rounds,
            self.seed,
        )
        self.parents_ = drawn.events[list(PARENTS)]
        labels = pd.Series(int(self.particle == GAMMA), index=drawn.events.index)
        return (
            pd.concat([events, drawn.events[HILLAS_PARAMETERS]], ignore_index=True),
            pd.concat([is_gamma, labels], ignore_index=True),
        )
