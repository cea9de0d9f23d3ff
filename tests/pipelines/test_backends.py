"""`kedro run --pipelines backends` as a user types it."""

import json
import re

import pandas as pd
import pytest
import yaml
from pydantic import ValidationError
from toys import PROJECT, copy_project, run_study

from showerforge.errors import InputError
from showerforge.image_parameters import BackendsParameters
from showerforge.networks.backends import is_installed, run_alone, version_of
from showerforge.pipelines.backends.nodes import find_backends


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A fresh clone after one run."""
    project = copy_project(tmp_path_factory.mktemp("backends") / "project", None)
    return project, run_study(project, "backends")


def reporting(project):
    return project / "data/08_reporting/taiga_quick"


def table(project, name):
    return pd.read_csv(reporting(project) / f"{name}.csv")


def test_log_is_quiet_and_tells_how_far_the_study_is(finished):
    output = finished[1]
    assert not re.search(r"warn|deprecat|Traceback|ERROR", output, re.IGNORECASE)
    assert "Training on backends: 4 of 4" in output


def test_closing_table_has_a_line_for_each_backend_and_names_the_paths(finished):
    project, output = finished
    means = table(project, "backends").groupby("backend")["roc_auc"].mean()
    number = r"[\d,]+"
    change = r"[+-]0\.\d{4}±0\.\d{4} +"
    for name, label, of_pair in (
        ("torch", "PyTorch", ""),
        ("tensorflow", "TensorFlow", change),
    ):
        figures = rf"{means[name]:.4f} +{of_pair}\d+\.\d+ +\S+ %"
        assert re.search(rf"{label} +{figures} +{number} +{number} +{number} MB", output)
    for path in ("backends.csv", "backend_costs.csv", "backends.png"):
        assert str(reporting(project) / path) in output
        assert (reporting(project) / path).stat().st_size > 100


def test_backends_begin_alike_and_are_judged_on_the_same_events(finished):
    project = finished[0]
    backends = table(project, "backends")
    assert backends[["backend", "seed"]].to_numpy().tolist() == [
        ["torch", 0],
        ["tensorflow", 0],
        ["torch", 1],
        ["tensorflow", 1],
    ]
    assert (backends["initial_difference"] < 1e-4).all()
    assert (backends["rank_correlation"] > 0.9).all()
    assert backends["version"].tolist() == [version_of(name) for name in backends["backend"]]
    test = pd.read_parquet(project / "data/05_model_input/taiga_quick/test_events.parquet")
    assert (backends["n_hadrons"] == (test["particle"] == "hadron").sum()).all()
    scores = pd.read_parquet(
        project / "data/07_model_output/taiga_quick/backend_test_scores.parquet"
    )
    assert scores.index.equals(test.index)
    assert not scores.T.duplicated().any()


def test_every_backend_is_compared_with_the_first(finished):
    comparisons = table(finished[0], "backend_comparisons")
    assert set(comparisons["candidate"]) == {"tensorflow"}
    assert set(comparisons["against"]) == {"torch"}
    assert set(comparisons["figure"]) == {"roc_auc", "quality_factor"}
    change = comparisons.set_index("figure").loc["roc_auc"]
    means = table(finished[0], "backends").groupby("backend")["roc_auc"].mean()
    assert change["change"] == pytest.approx(means["tensorflow"] - means["torch"])


def test_metrics_and_curves_are_written(finished):
    project = finished[0]
    metrics = json.loads((reporting(project) / "backend_metrics.json").read_text())
    means = table(project, "backends").groupby("backend")["roc_auc"].mean()
    assert metrics["backends.torch.roc_auc"] == pytest.approx(means["torch"])
    curves = pd.read_parquet(reporting(project) / "backend_curves.parquet")
    assert curves.groupby(["backend", "seed"]).size().tolist() == [201] * 4


def parameters(**changed):
    file = PROJECT / "conf/base/parameters/backends.yml"
    shipped = yaml.safe_load(file.read_text())["taiga"]["backends"]
    return BackendsParameters.model_validate({**shipped, **changed})


def test_backends_are_found_in_their_order_and_some_only_if_they_are_installed():
    chosen = parameters(backends=["tensorflow", "torch"], if_installed=["jax", "torch"])
    found = find_backends(chosen)
    assert list(found) == ["tensorflow", "torch", *(["jax"] if is_installed("jax") else [])]
    assert found["torch"] == version_of("torch")


def test_what_is_needed_and_not_there_is_told_before_any_work():
    shipped = parameters()

    # a process of one backend knows of no other
    with pytest.raises(InputError, match=r"not installed here.*showerforge\[images,tensorflow\]"):
        run_alone("torch", lambda: find_backends(shipped))
    only_if_there = parameters(backends=["torch", "jax"], if_installed=["tensorflow"])
    with pytest.raises(InputError, match=r"showerforge\[images,jax\]"):
        run_alone("torch", lambda: find_backends(only_if_there))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"backends": ["torch"]}, "at least 2 items"),
        ({"backends": ["torch", "torch"]}, "repeated: torch"),
        ({"backends": ["torch", "theano"]}, "'torch', 'tensorflow' or 'jax'"),
        ({"n_seeds": 1}, "greater than or equal to 2"),
        (
            {"network": {**parameters().network.model_dump(), "n_epochs": 1}},
            "at least 2: the first",
        ),
    ],
)
def test_parameters_that_compare_nothing_are_refused(changed, message):
    with pytest.raises(ValidationError, match=message):
        parameters(**changed)
