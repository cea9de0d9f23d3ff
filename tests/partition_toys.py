"""Partitions of labelled toy events."""

import numpy as np
import pandas as pd
from toys import make_events

from showerforge.at_scale.boosting import Training
from showerforge.at_scale.labelled import Reading
from showerforge.classifiers.candidates import Recipe, build_pipeline
from showerforge.classifiers.names import Candidate
from showerforge.classifiers.names import Training as On
from showerforge.events.constraints import Constraint

WIDTH_RULE = Constraint(
    name="width not above length",
    left="fWidth",
    relation="<=",
    right="fLength",
    because="the minor axis of an ellipse is not longer than the major one",
)
SETTINGS = {
    "n_estimators": 15,
    "learning_rate": 0.2,
    "max_depth": 4,
    "min_child_weight": 1.0,
    "subsample": 0.9,
    "colsample_bytree": 0.5,
}


def make_labelled(n_gamma=2400, n_hadron=1600, seed=0):
    """Draw toy events with weights, and a shower for every two or so."""
    events = make_events(n_gamma, n_hadron, seed).drop(columns="group").reset_index(drop=True)
    generator = np.random.default_rng(seed)
    events["weight"] = generator.uniform(0.5, 2, len(events))
    events["shower"] = generator.integers(len(events) // 2, size=len(events))
    return events


def write(events, folder, cuts=(1000, 1001, 2900)):
    """Write events as partitions."""
    folder.mkdir(parents=True)
    for number, part in enumerate(np.split(np.arange(len(events)), cuts)):
        events.iloc[part].to_parquet(folder / f"{number:02d}.parquet", index=False)
    return folder


def reading_of(folder, **changes):
    given = {
        "source": folder,
        "refused": folder.parent / f"{folder.name}_refused",
        "constraints": (WIDTH_RULE,),
        "spectra": {},
        "label": "particle",
        "group": None,
        "test_fraction": 0.2,
        "validation_fraction": 0.1,
        "batch_events": 700,
        "seed": 0,
    }
    return Reading(**(given | changes))


def training_of(reading, mean_weights, page_events=100_000, cache=None, settings=SETTINGS):
    recipe = Recipe(["engineered"], {"xgboost": settings}, 0.5, 10, 0)
    model = build_pipeline(Candidate("xgboost", On.REAL), recipe)
    return Training(reading, model, mean_weights, page_events, cache)


def read_all(batches):
    """Put what was read into one table."""
    tables = []
    for batch in batches:
        table = batch.table(np.ones(len(batch.rows), bool))
        tables.append(
            table.assign(
                is_gamma=batch.is_gamma, weight=batch.weight, side=batch.sides, row=batch.rows
            )
        )
    return pd.concat(tables, ignore_index=True)
