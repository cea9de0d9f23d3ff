"""The graph: names, tags, catalog, layers."""

import pytest
from kedro.config import OmegaConfigLoader
from kedro.framework.project import configure_project, pipelines
from kedro.io import DataCatalog
from toys import PROJECT

from showerforge.hooks import RUNNING
from showerforge.ledger import RECORDS
from showerforge.pipeline_registry import register_pipelines
from showerforge.pipelines.stages import CODE_STATE, NETWORKS, STAGES
from showerforge.settings import CONFIG_LOADER_ARGS

#: beside the stages of the default; each begins with the stage data_processing
STUDIES = ("comparison", "scarcity", "tuning")

#: what goes on with the kept classifier; these begin with what the stages have left
OPERATIONS = (
    "monitoring",
    "parametrisation",
    "release",
    "release_at_scale",
    "scoring",
    "training_at_scale",
)

#: looks at all runs, and belongs to no experiment
RUNS = "runs"

#: study of camera images; it begins with the simulation
IMAGE_STUDY = "backends"

#: what faults of a camera do; it begins with what taiga has left
CAMERA_MONITORING = "camera_monitoring"

#: what the experiments with images pass through
IMAGE_STAGES = {
    "taiga": ("simulation", *STAGES),
    "calorimeter": STAGES,
}

#: what git and MLflow know
NO_FILES = {CODE_STATE, "tracked_runs"}

#: they hold models and what comes of them, so that no order of layers has a place for them
NO_LAYER = {"magic.release", "magic.train_events_at_scale", "magic.test_events_at_scale"}

#: passed on in memory between nodes of one stage
IN_MEMORY = {"magic.generators", "magic.fitted_models", "magic.stacks"}


@pytest.fixture(scope="module")
def registered():
    configure_project("showerforge")
    studies = (*STUDIES, *OPERATIONS, IMAGE_STUDY, CAMERA_MONITORING, RUNS)
    names = (*STAGES, *studies, "magic", "simulation", *IMAGE_STAGES, "__default__")
    assert set(names) == set(pipelines)
    return {name: pipelines[name] for name in names}


@pytest.fixture(scope="module", params=["base", "quick"])
def catalog(request):
    loader = OmegaConfigLoader(str(PROJECT / "conf"), env=request.param, **CONFIG_LOADER_ARGS)
    return DataCatalog.from_config(loader["catalog"])


def datasets(registered):
    """All datasets of all pipelines."""
    names = set().union(*(pipeline.datasets() for pipeline in registered.values()))
    return {name for name in names if not name.startswith("params:")}


def test_studies_and_operations_are_no_part_of_the_default(registered):
    for study in (*STUDIES, *OPERATIONS):
        own = set(registered[study].only_nodes_with_tags(study).nodes)
        assert own
        assert not own & set(registered["magic"].nodes)


def test_the_default_is_magic_and_magic_is_all_stages(registered):
    assert registered["__default__"].nodes == registered["magic"].nodes
    assert sum(len(registered[stage].nodes) for stage in STAGES) == len(registered["magic"].nodes)


def test_nodes_are_named_by_experiment_and_stage_and_tagged(registered):
    for stage in (*STAGES, *STUDIES, *OPERATIONS):
        own = registered[stage].only_nodes_with_tags(stage)
        others = set(registered[stage].nodes) - set(own.nodes)
        assert others <= set(registered["magic"].nodes)
        for node in own.nodes:
            assert node.name.startswith(f"magic.{stage}.")
            assert stage in node.tags
            assert node.func.__doc__


@pytest.mark.parametrize("name", IMAGE_STAGES)
def test_experiments_are_their_stages_and_share_little_with_magic(registered, name):
    experiment = registered[name]
    stages = set()
    for node in experiment.nodes:
        (stage,) = node.tags - {NETWORKS}
        stages.add(stage)
        assert node.name.startswith(f"{name}.{stage}.")
        assert node.func.__doc__
    assert stages == set(IMAGE_STAGES[name])
    shared = experiment.datasets() & registered["magic"].datasets()
    assert shared == {"params:seed", CODE_STATE}


def test_the_study_of_backends_begins_as_taiga_does_and_is_no_part_of_it(registered):
    study, taiga = registered[IMAGE_STUDY], set(registered["taiga"].nodes)
    own = set(study.only_nodes_with_tags(IMAGE_STUDY).nodes)
    assert own
    assert not own & taiga
    assert set(study.nodes) - own < taiga
    # a backend that is missing is told before anything is simulated
    assert study.nodes[0].name == f"taiga.{IMAGE_STUDY}.find_backends"
    for node in own:
        assert node.name.startswith(f"taiga.{IMAGE_STUDY}.")
        assert node.func.__doc__


def test_taiga_begins_with_the_simulation_and_shares_the_modelling_with_calorimeter(registered):
    taiga, calorimeter = registered["taiga"], registered["calorimeter"]
    assert set(registered["simulation"].nodes) < set(taiga.nodes)
    functions = [
        {node.func for node in experiment.only_nodes_with_tags("modelling").nodes}
        for experiment in (taiga, calorimeter)
    ]
    assert functions[0] == functions[1]
    assert {"params:seed", CODE_STATE} == taiga.datasets() & calorimeter.datasets()


def test_every_pipeline_can_be_asked_for_by_name(registered):
    """Kedro's finder of pipelines knows packages only, and experiments are none."""
    for name, pipeline in registered.items():
        pipelines.set_requested([name])
        try:
            assert set(register_pipelines()[name].nodes) == set(pipeline.nodes)
        finally:
            pipelines.set_requested(None)


def test_every_dataset_is_in_the_catalog_or_known_to_be_in_memory(registered, catalog):
    names = datasets(registered)
    missing = {name for name in names if name not in catalog}
    assert missing == IN_MEMORY


def test_each_stage_can_be_run_alone(registered, catalog):
    alone = (*STUDIES, *OPERATIONS, IMAGE_STUDY, CAMERA_MONITORING, "simulation")
    for stage in (*STAGES, *alone):
        inputs = {n for n in registered[stage].inputs() if not n.startswith("params:")}
        assert inputs <= {name for name in inputs if name in catalog}


def test_every_entry_of_the_catalog_is_used(registered, catalog):
    used = datasets(registered) | {RECORDS, RUNNING}
    assert {name for name in catalog if not name.startswith("params:")} <= used


def test_every_file_has_a_layer_and_is_below_data(registered, catalog):
    for name in datasets(registered) - IN_MEMORY - NO_FILES:
        dataset = catalog.get(name)
        assert name in NO_LAYER or dataset.metadata["kedro-viz"]["layer"]
        folder = getattr(dataset, "_filepath", None) or dataset._path
        assert "/data/0" in f"/{folder}"


def test_kedro_viz_draws_the_layers_in_order(monkeypatch):
    """Asked of the very API that the page in the browser asks."""
    from fastapi.testclient import TestClient
    from kedro_viz.api.apps import create_api_app_from_project
    from kedro_viz.server import load_and_populate_data

    monkeypatch.chdir(PROJECT)
    load_and_populate_data(PROJECT)
    with TestClient(create_api_app_from_project(PROJECT)) as client:
        graph = client.get("/api/pipelines/__default__").json()
        experiments = {name: client.get(f"/api/pipelines/{name}").json() for name in IMAGE_STAGES}
        studies = [client.get(f"/api/pipelines/{name}").json() for name in STUDIES]
        operations = [client.get(f"/api/pipelines/{name}").json() for name in OPERATIONS]
    layers = ["raw", "intermediate", "primary", "feature", "model_input", "models"]
    layers += ["model_output", "reporting"]
    assert graph["layers"] == layers
    # none at all where a dataset goes back to an earlier layer
    assert all(sorted(study["layers"]) == sorted(layers) for study in studies)
    assert all(drawn["layers"] for drawn in operations)
    assert {f"magic.{stage}" for stage in STAGES} <= set(graph["modular_pipelines"])
    for name, drawn in experiments.items():
        folded = {f"{name}.{stage}" for stage in IMAGE_STAGES[name]}
        assert folded <= set(drawn["modular_pipelines"])
        own = {node.get("layer") for node in drawn["nodes"]}
        assert own >= set(layers) - {"feature"}
        shown = [layer for layer in drawn["layers"] if layer in own]
        assert shown == [layer for layer in layers if layer in own]
