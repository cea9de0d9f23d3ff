"""A small release, made of toy events by the very code that makes real ones."""

from pathlib import Path

import numpy as np
import pandas as pd
from toys import make_events

from showerforge.classifiers.candidates import Recipe, build_pipeline, gammaness
from showerforge.classifiers.names import BASE_MODELS, Candidate, Training
from showerforge.classifiers.stacking import build_stack
from showerforge.events.constraints import HILLAS_RELATIONS, of_severity
from showerforge.events.features import FEATURE_SETS
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.monitoring.alarms import AlarmSettings
from showerforge.release.bundles import Provenance, make_release
from showerforge.release.settings import ReleaseSettings
from showerforge.serving.manifest import Figure, WorkingPoint
from showerforge.serving.releases import CHAMPION, set_alias, write_release

MODELS = {
    "random_forest": {"n_estimators": 10, "min_samples_leaf": 5},
    "perceptrons": {"n_networks": 2, "hidden_layer_sizes": [16, 8], "max_iter": 15},
    "xgboost": {"n_estimators": 20, "max_depth": 4},
    "lightgbm": {"n_estimators": 20, "num_leaves": 15},
}
RELATIONS = of_severity(HILLAS_RELATIONS, "hard")
SETTINGS = ReleaseSettings(
    working_point="best Q",
    n_golden=5,
    n_bins=50,
    alarms=AlarmSettings(windows=(300, 1000), false_alarm_rate=0.001),
    gamma_shares={"table": 0.6, "sky": 0.001},
    lengths=[200],
    n_repeats=5,
)


def toy_events(seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw training events, with folds, and test events."""
    events = make_events(2400, 1600, seed)
    test = events.sample(1000, random_state=seed)
    train = events.drop(test.index)
    return train.assign(fold=np.arange(len(train)) % 3), test


def fit_stack(train: pd.DataFrame, seed: int = 0):
    """Fit the four members on all events, and blend them by noisy scores."""
    recipe = Recipe(list(FEATURE_SETS), MODELS, 0.5, 10, seed)
    is_gamma = (train["particle"] == "gamma").astype(int)
    fitted, scores = {}, {}
    generator = np.random.default_rng(seed)
    for model in BASE_MODELS:
        candidate = Candidate(model, Training.REAL)
        pipeline = build_pipeline(candidate, recipe).fit(train[HILLAS_PARAMETERS], is_gamma)
        fitted[candidate.name] = pipeline
        noise = generator.normal(0, 0.1, len(train))
        scores[candidate.name] = np.clip(gammaness(pipeline, train) + noise, 0.01, 0.99)
    table = pd.DataFrame(scores, index=train.index)
    return build_stack(fitted, table, train, list(BASE_MODELS), Training.REAL, 1.0)


def make_files(seed: int = 0) -> dict[str, bytes]:
    """Make the files of a release."""
    train, test = toy_events(seed)
    point = WorkingPoint(threshold=0.6, gamma_efficiency=0.7, hadron_efficiency=0.05, about="a toy")
    loose = point.model_copy(update={"threshold": 0.3})
    provenance = Provenance(
        experiment="magic",
        model="stack (real)",
        note="TOY EVENTS",
        working_points={"best Q": point, "loose": loose},
        working_point="best Q",
        figures={"roc_auc": Figure(value=0.9, lower=0.88, upper=0.92)},
        code={"git_commit": "0" * 40, "git_dirty": "false"},
        packages={"numpy": np.__version__},
    )
    return make_release(fit_stack(train, seed), train, test, RELATIONS, provenance, SETTINGS, seed)


def write_toy_release(folder: Path, seed: int = 0) -> str:
    """Write a toy release into a folder of releases, and make it the champion."""
    name = write_release(folder, make_files(seed))
    set_alias(folder, CHAMPION, name)
    return name
