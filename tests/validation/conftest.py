"""A world of toy events in which a fresh sample of the same law is at hand."""

import pandas as pd
import pytest
from toys import make_events

from showerforge.events.constraints import range_constraints
from showerforge.events.features import compute_features
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.validation import Settings, Yardstick

SETTINGS = Settings(n_repeats=20, n_permutations=99, n_resamples=100)


def derive(events: pd.DataFrame) -> pd.DataFrame:
    return compute_features(events, ["engineered"])


@pytest.fixture(scope="session")
def world():
    """Training and held-out events, and more hadrons of the same law that nobody has seen."""
    events = make_events(2400, 2400, seed=1)
    return events.iloc[:3600], events.iloc[3600:], make_events(0, 1500, seed=2)


@pytest.fixture(scope="session")
def rules(constraints):
    return [*range_constraints(), *constraints]


@pytest.fixture(scope="session")
def yardstick(world, rules):
    train, holdout, _ = world
    return Yardstick(
        train, holdout, rules, None, "hadron", HILLAS_PARAMETERS, derive, settings=SETTINGS
    )
