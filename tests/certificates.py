"""Certificates of toy tables: one that should pass, one that should be refused."""

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from toys import hadrons_of, make_events

from showerforge.events.constraints import HILLAS_RELATIONS
from showerforge.events.features import compute_features
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.validation import Evidence, Settings, Yardstick
from showerforge.validation.certificate import Certificate

FRESH, BETWEEN = "fresh events", "points between events"


class Judged(NamedTuple):
    """A synthetic table with its certificate."""

    events: pd.DataFrame
    certificate: Certificate
    evidence: Evidence


def derive(events):
    return compute_features(events, ["engineered"])


@cache
def real_tables():
    """Training and held-out events."""
    events = make_events(1200, 1200, seed=1)
    return events.iloc[:1800], events.iloc[1800:]


def between(train, n):
    """Interpolate between near events, as SMOTE does, and write the parents down."""
    from sklearn.neighbors import NearestNeighbors

    generator = np.random.default_rng(0)
    points = train[HILLAS_PARAMETERS].to_numpy()
    nearest = NearestNeighbors(n_neighbors=4).fit(points).kneighbors(points)[1]
    first = generator.integers(len(points), size=n)
    second = nearest[first, generator.integers(1, 4, size=n)]
    step = generator.random((n, 1))
    made = pd.DataFrame(
        (1 - step) * points[first] + step * points[second], columns=HILLAS_PARAMETERS
    ).round(4)
    return made.assign(particle="hadron", parent=train.index[first], neighbour=train.index[second])


@cache
def judge_toys() -> dict[str, Judged]:
    """Judge events of the right law, and interpolated ones."""
    train, holdout = real_tables()
    yardstick = Yardstick(
        train,
        holdout,
        HILLAS_RELATIONS,
        None,
        "hadron",
        HILLAS_PARAMETERS,
        derive,
        settings=Settings(n_repeats=10, n_resamples=50, n_permutations=20, minimum_events=50),
    )
    real = hadrons_of(train)
    tables = {FRESH: make_events(0, len(real), seed=2), BETWEEN: between(real, len(real))}
    return {
        name: Judged(events, *yardstick.certify(events, name)) for name, events in tables.items()
    }
