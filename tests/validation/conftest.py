"""A world of toy events in which a fresh sample of the same law is at hand."""

import pandas as pd
import pytest
from toys import hadrons_of, make_events

from showerforge.events.constraints import range_constraints
from showerforge.events.features import compute_features
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.validation import Settings, Yardstick

SETTINGS = Settings(n_repeats=10, n_permutations=99, n_resamples=100)


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
    """Measures hadrons without gammas, so it trains no classifiers and says nothing on utility."""
    return make_yardstick(*map(hadrons_of, world[:2]), rules)


@pytest.fixture(scope="session")
def yardstick_of_both(world, rules):
    return make_yardstick(*world[:2], rules)


def make_yardstick(train, holdout, rules):
    return Yardstick(
        train, holdout, rules, None, "hadron", HILLAS_PARAMETERS, derive, settings=SETTINGS
    )
