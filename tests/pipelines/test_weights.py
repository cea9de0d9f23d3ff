"""Event weights from the raw table to the figures of merit."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml
from forked_runs import kedro
from sklearn.metrics import roc_auc_score
from toys import copy_project

from showerforge.events.reader import read_events

#: the last nodes that these tests ask about
LAST = "magic.modelling.evaluate_models,magic.synthetic_generation.sample_events"
#: fewer events and smaller models than usual, as these tests ask about no quality
SMALL = {
    "magic.data_processing.maximum_events": 2500,
    "magic.modelling.models.random_forest.n_estimators": 10,
    "magic.modelling.models.lightgbm.n_estimators": 20,
    "magic.modelling.models.xgboost.n_estimators": 20,
}


@pytest.fixture(scope="module")
def weighted(tmp_path_factory, magic_file):
    """A run on the real table with a column of weights and made-up energies."""
    project = copy_project(tmp_path_factory.mktemp("weights") / "project", None)
    events = read_events(magic_file).rename(columns={"particle": "class"})
    generator = np.random.default_rng(0)
    # bright images count more, as with a harder spectrum; energies go with the size
    table = events.assign(
        exposure=generator.uniform(0.5, 2, len(events)),
        e_mc=10 ** (events["fSize"] - 2) * generator.lognormal(0, 0.2, len(events)),
    )
    table.to_csv(project / "data/01_raw/mine.csv", index=False)
    columns = [name for name in events if name != "class"]
    entry = {
        "type": "showerforge.datasets.event_table.EventTableDataset",
        "filepath": "data/01_raw/mine.csv",
        "layout": {
            "columns": {name: name for name in columns},
            "label": {"column": "class", "values": {"gamma": "gamma", "hadron": "hadron"}},
            "weight": "exposure",
            "true_energy": "e_mc",
        },
        "validator": "showerforge.events.schema.validate_raw_events",
        "metadata": {"kedro-viz": {"layer": "raw"}},
    }
    (project / "conf/quick/catalog.yml").write_text(yaml.safe_dump({"magic.raw_events": entry}))
    spectra = {"gamma": {"simulated": -2.0, "wanted": -1.5}}
    parameters = {"magic": {"data_processing": {"spectra": spectra}}}
    (project / "conf/quick/parameters/weights.yml").write_text(yaml.safe_dump(parameters))
    small = ",".join(f"{name}={value}" for name, value in SMALL.items())
    result = kedro(project, "run", "--env", "quick", "--to-nodes", LAST, "--params", small)
    assert result.returncode == 0, result.stdout + result.stderr
    return project, result.stdout + result.stderr


def load(project, layer, name):
    return pd.read_parquet(project / f"data/{layer}/magic_quick/{name}.parquet")


def test_weights_are_those_of_column_and_spectrum(weighted, magic_file):
    project, output = weighted
    events = load(project, "03_primary", "events")
    raw = pd.read_csv(project / "data/01_raw/mine.csv").set_index(pd.RangeIndex(2, 19022))
    raw = raw.loc[events.index]
    expected = raw["exposure"] * np.where(raw["class"] == "gamma", raw["e_mc"] ** 0.5, 1.0)
    ratio = events["weight"] / expected
    for particle, of_class in ratio.groupby(events["particle"]):
        assert of_class.to_numpy() == pytest.approx(of_class.iloc[0]), particle
    assert "gamma events with weights count as" in output
    summary = json.loads(
        (project / "data/05_model_input/magic_quick/data_summary.json").read_text()
    )
    assert summary["is_weighted"]
    assert summary["n_effective"]["gamma"] < (events["particle"] == "gamma").sum()


def test_energy_and_weight_are_no_features(weighted):
    project, _ = weighted
    settings = json.loads((project / "data/06_models/magic_quick/choice.json").read_text())
    assert settings["candidate"].startswith("stack")
    train = load(project, "05_model_input", "train_events")
    assert {"weight", "true_energy"} <= set(train)
    synthetic = load(project, "05_model_input", "synthetic_events")
    assert "true_energy" not in synthetic


def test_synthetic_events_weigh_as_much_as_real_ones_like_them(weighted):
    """Hadrons have weights of the exposure, which is alike everywhere: so have synthetic ones."""
    synthetic = load(weighted[0], "05_model_input", "synthetic_events")["weight"]
    assert synthetic.nunique() > 100
    assert synthetic.mean() == pytest.approx(1, abs=0.05)
    assert synthetic.std() < 0.15


def test_figures_of_merit_are_weighted(weighted):
    project, _ = weighted
    figures = pd.read_csv(project / "data/08_reporting/magic_quick/figures_of_merit.csv")
    scores = load(project, "07_model_output", "test_scores")
    test = load(project, "05_model_input", "test_events")
    is_gamma = test["particle"] == "gamma"
    for name in ("stack (real)", "lightgbm (real and synthetic)", "alpha_cut (real)"):
        found = figures[(figures["candidate"] == name) & (figures["figure"] == "roc_auc")]
        weighted_auc = roc_auc_score(is_gamma, scores[name], sample_weight=test["weight"])
        assert found["test"].item() == pytest.approx(weighted_auc)
        assert found["test"].item() != pytest.approx(roc_auc_score(is_gamma, scores[name]))
    comparisons = pd.read_csv(project / "data/08_reporting/magic_quick/comparisons.csv")
    assert comparisons["delong_p"].isna().all()
