"""From partitions of labelled events to a release, node by node."""

from io import StringIO

import numpy as np
import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from partition_toys import make_labelled, write
from release_toys import SETTINGS as RELEASE
from rich.console import Console
from rich.table import Table

from showerforge.at_scale.settings import TrainingAtScaleSettings
from showerforge.classifiers.candidates import gammaness
from showerforge.datasets.documents import JSONDataset
from showerforge.datasets.folders import FolderDataset
from showerforge.datasets.models import SkopsDataset
from showerforge.datasets.tables import CSVDataset
from showerforge.events.schema import EVENTS, HILLAS_PARAMETERS
from showerforge.execution import ExecutionSettings, executing
from showerforge.hooks import _add_training_at_scale
from showerforge.parameters import DataProcessingParameters, ModellingParameters
from showerforge.pipelines import release_at_scale
from showerforge.pipelines.training_at_scale import create_pipeline
from showerforge.serving.releases import read_release, write_release

N_SAMPLED = 600


def run(pipeline, values):
    """Run all nodes, and keep everything."""
    for node in pipeline.nodes:
        values |= node.run({name: values[name] for name in node.inputs})


@pytest.fixture(scope="module")
def events():
    """Toy events, one of them of no use."""
    events = make_labelled(3000, 2400)
    events.loc[17, "fWidth"] = 1e5
    return events


@pytest.fixture(scope="module")
def values(events, tmp_path_factory, magic_parameters):
    folder = tmp_path_factory.mktemp("at_scale")
    modelling = magic_parameters["modelling"]
    evaluation = {**modelling["evaluation"], "n_resamples": 100}
    values = {
        "magic.labelled_events": write(events, folder / "in", [0, 1000, 1001]),
        "magic.unusable_events": folder / "unusable",
        "params:magic.training_at_scale": TrainingAtScaleSettings(
            overrides={"n_estimators": 30, "learning_rate": 0.2}, sampled_events=N_SAMPLED
        ),
        "params:magic.data_processing": DataProcessingParameters(
            **magic_parameters["data_processing"]
        ),
        "params:magic.modelling": ModellingParameters(**modelling | {"evaluation": evaluation}),
        "params:magic.release": RELEASE,
        "params:seed": 0,
    }
    with executing(ExecutionSettings(executor="serial")):
        run(create_pipeline(), values)
    run(release_at_scale.create_pipeline(), values)
    return values


def test_summary_tells_of_all_events(values, events):
    summary = values["magic.data_summary_at_scale"]
    assert (summary["events"], summary["refused"]) == (len(events), 1)
    used = sum(sum(of_side.values()) for of_side in summary["counts"].values())
    assert used == len(events) - 1
    assert f"{len(events):,} events in 4 partitions" in summary["footer"]
    assert values["magic.training_costs_at_scale"]["n_trees"] == 30


def test_figures_say_that_something_was_learnt_and_go_to_tracking(values):
    figures = values["magic.figures_of_merit_at_scale"].set_index("figure")
    assert figures.loc["roc_auc", "test_lower"] > 0.85
    metrics = values["magic.metrics_at_scale"]
    assert metrics["roc_auc"] == figures.loc["roc_auc", "test"]
    assert metrics["roc_auc.lower"] == figures.loc["roc_auc", "test_lower"]
    assert np.isfinite(list(metrics.values())).all()


def test_samples_are_events_of_their_sides(values, events):
    train, test = (values[f"magic.{side}_events_at_scale"] for side in ("train", "test"))
    for sample in (train, test):
        EVENTS.validate(sample)
        assert len(sample) == pytest.approx(N_SAMPLED, abs=5 * np.sqrt(N_SAMPLED))
        own = events.loc[sample.index, [*HILLAS_PARAMETERS, "particle"]]
        pd.testing.assert_frame_equal(
            sample[own.columns], own, check_names=False, check_dtype=False
        )
    assert not set(train["group"]) & set(test["group"])


def test_model_can_be_kept_without_pickle(values, tmp_path):
    model, test = values["magic.model_at_scale"], values["magic.test_events_at_scale"]
    dataset = SkopsDataset(str(tmp_path / "model.skops"))
    dataset.save(model)
    kept = dataset.load()
    assert (gammaness(kept, test) == gammaness(model, test)).all()
    assert list(kept.feature_names_in_) == HILLAS_PARAMETERS


def test_release_scores_as_the_model_and_tells_its_figures(values, tmp_path):
    release = read_release(tmp_path / write_release(tmp_path, values["magic.release"]))
    test = values["magic.test_events_at_scale"]
    scores = release.score(test[HILLAS_PARAMETERS].to_numpy())
    np.testing.assert_allclose(scores, gammaness(values["magic.model_at_scale"], test), atol=1e-6)
    figures = values["magic.figures_of_merit_at_scale"].set_index("figure")
    assert release.manifest.figures["roc_auc"].value == figures.loc["roc_auc", "test"]
    point = release.manifest.working_points["best Q"]
    assert point.threshold == figures.loc["roc_auc", "threshold"]
    assert 0 < point.hadron_efficiency < point.gamma_efficiency < 1
    assert release.manifest.model == "xgboost (real)"


def test_end_of_the_run_tells_what_was_learnt_and_where_it_is(values, tmp_path):
    datasets = {
        "magic.data_summary_at_scale": JSONDataset(filepath=str(tmp_path / "summary.json")),
        "magic.figures_of_merit_at_scale": CSVDataset(filepath=str(tmp_path / "figures.csv")),
        "magic.model_at_scale": SkopsDataset(str(tmp_path / "model.skops")),
        "magic.unusable_events": FolderDataset(str(values["magic.unusable_events"])),
    }
    for name in list(datasets)[:2]:
        datasets[name].save(values[name])
    modelling = MemoryDataset(values["params:magic.modelling"])
    paths = Table.grid()
    _add_training_at_scale(paths, DataCatalog({**datasets, "params:magic.modelling": modelling}))
    console = Console(width=200, record=True, file=StringIO())
    console.print(paths)
    told = console.export_text()
    n_learnt = sum(values["magic.data_summary_at_scale"]["counts"]["training"].values())
    assert f"{n_learnt:,} learnt from" in told
    assert "1 by width not above length" in told
    assert f"{values['magic.metrics_at_scale']['roc_auc']:.4f}" in told
    assert str(tmp_path / "model.skops") in told
