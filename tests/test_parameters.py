from pathlib import Path
from typing import get_args

import pytest
from toys import PROJECT, parameters_of

from showerforge.cameras.catalogue import build_camera
from showerforge.cameras.files import EXAMPLE as CAMERA_FILE
from showerforge.classifiers.names import BASE_MODELS
from showerforge.configuration import parameter_origins
from showerforge.errors import InputError
from showerforge.events.features import FEATURE_SETS
from showerforge.nested import flatten
from showerforge.parameters import FeatureSet, ModelName, check_parameters

ENVIRONMENTS = sorted(folder.name for folder in (PROJECT / "conf").iterdir() if folder.is_dir())


PROTONS = {
    "lowest_energy": 3.0,
    "highest_energy": 100.0,
    "spectral_index": -2.6,
    "maximum_impact": 300.0,
}
RULE = {"name": "wide", "left": "fWidth", "relation": "<=", "right": "fLength", "because": "x"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_environment_is_valid(environment):
    check_parameters(parameters_of(environment), {})


def change(name, value):
    parameters = parameters_of("base")
    *blocks, last = name.split(".")
    block = parameters
    for key in blocks:
        block = block[key]
    block[last] = value
    return parameters


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("magic.data_processing.test_fracton", 0.2, ["there is no such parameter"]),
        ("magc", {}, ["there is no such parameter"]),
        ("seed", -1, ["is -1", "greater than or equal to 0"]),
        ("magic.data_processing.test_fraction", 0.9, ["is 0.9", "less than or equal to 0.5"]),
        (
            "magic.training_at_scale.overrides",
            {"n_estimators": 0, "depth": 3},
            ["overrides.n_estimators: is 0", "overrides.depth: there is no such parameter"],
        ),
        ("magic.data_processing.n_folds", 1, ["is 1", "greater than or equal to 2"]),
        ("magic.data_processing.feature_sets", ["best"], ["'best'", "'engineered', "]),
        (
            "magic.synthetic_generation.generators.smote.name",
            "gan",
            ["no generator 'gan'"],
        ),
        ("magic.synthetic_generation.candidates", ["gan"], ["no generator is called gan"]),
        ("magic.synthetic_generation.reference", "gan", ["no generator is called gan"]),
        ("magic.synthetic_validation.margins.two_sample_auc", 2, ["is 2"]),
        (
            "magic.synthetic_validation.own_gates",
            [{"name": "mine", "measure": "my_gaets.mine", "margin": 0.1}],
            ["own_gates.0.measure", "'my_gaets.mine'", "No module named"],
        ),
        (
            "magic.synthetic_validation.own_gates",
            [{"name": "correlation", "measure": "math.dist", "margin": 0.1}],
            ["repeated: correlation"],
        ),
        (
            "magic.synthetic_generation.generators.smote.name",
            "my_generators.Smote",
            ["'my_generators.Smote'", "No module named", "folder src"],
        ),
        ("magic.synthetic_generation.generators.smote.name", "math.dist", ["is no generator"]),
        (
            "magic.synthetic_generation.generators.smote.name",
            "showerforge.generators.Generator",
            ["lacks fit, minimum_events, sample, label"],
        ),
        ("magic.reporting.leading_columns", ["fSize", "size"], ["recorded parameter", "size"]),
        ("magic.modelling.evaluation.explanation.dependence_tail", 0.5, ["less than 0.5"]),
        ("magic.reporting.model_card.developers", "", ["developers"]),
        (
            "magic.synthetic_generation.generators.smote.options",
            {"k_neighbors": 5},
            ["no options ['k_neighbors']", "k_neighbours"],
        ),
        ("magic.modelling.models.xgboost.learning_rate", "fast", ["'fast'", "valid number"]),
        ("magic.modelling.evaluation.confidence", 95, ["is 95", "less than 1"]),
        ("magic.modelling.stack.members", ["xgboost", "svm"], ["'svm'"]),
        ("magic.modelling.stack.members", ["xgboost", "xgboost"], ["repeated: xgboost"]),
        ("magic.modelling.n_jobs", 0, ["is 0"]),
        ("magic.scarcity.budgets", [100, 50, 50], ["repeated: 50"]),
        ("magic.comparison.generator", "mixtrue", ["'mixtrue'", "mixture"]),
        ("magic.comparison.learning_shares", [0.1, 0.1], ["repeated: 0.1"]),
        ("magic.comparison.learning_contenders", ["nobody"], ["no contender", "nobody"]),
        (
            "magic.data_processing.spectra",
            {"gamma": {"simulated": 2.0, "wanted": -2.6}},
            ["is 2.0", "less than 0"],
        ),
        ("taiga.simulation.beams.iron", {}, ["'iron'", "'gamma' or 'proton'"]),
        ("taiga.simulation.beams.gamma.highest_energy", 1e4, ["is 10000", "1000"]),
        ("taiga.simulation.detector.night_sky", 2.6, ["there is no such parameter"]),
        ("taiga.simulation.wanted_events", {"gamma": 0, "proton": 9}, ["gamma: is 0"]),
        ("taiga.simulation.wanted_events", {"gamma": 9}, ["each beam, gamma and proton"]),
        (
            "taiga.data_processing.cuts",
            [{"name": "a", "left": "sise", "relation": ">", "right": 0, "because": "x"}],
            ["'a'", "'sise'", "size"],
        ),
        (
            "taiga.data_processing.cuts",
            2 * [{"name": "a", "left": "size", "relation": ">", "right": 0, "because": "x"}],
            ["repeated: a"],
        ),
        ("magic.scarcity.headline_budget", 99, ["is 99", "one of the budgets"]),
        ("magic.scarcity.generators", [{"label": "a", "name": "gan"}], ["no generator 'gan'"]),
        ("magic.scarcity.learners", [{"name": "a", "members": ["svm"]}], ["'svm'"]),
        ("magic.modelling.settings", "best", ["'shipped' or 'tuned'"]),
        ("magic.tuning.figure_of_merit", "f1", ["'log_loss' or 'roc_auc'"]),
        ("magic.tuning.models", ["svm"], ["'svm'"]),
        ("magic.tuning.search", {}, ["nothing to search for random_forest"]),
        (
            "magic.tuning.search.lightgbm.num_leavs",
            {"kind": "int", "low": 2, "high": 9},
            ["is 'num_leavs'", "lightgbm has no such setting", "num_leaves"],
        ),
        (
            "magic.tuning.search.xgboost.subsample",
            {"kind": "float", "low": 0.5, "high": 1.5},
            ["is 1.5", "less than or equal to 1"],
        ),
        (
            "magic.tuning.search.random_forest.max_features",
            {"kind": "category", "choices": ["sqrt", "all"]},
            ["is 'all'", "of random_forest"],
        ),
        (
            "magic.tuning.search.xgboost.subsample",
            {"kind": "float", "low": 0.9, "high": 0.5},
            ["low must be below high, but 0.9 is not below 0.5"],
        ),
        (
            "magic.tuning.search.xgboost.subsample",
            {"kind": "float", "choices": [0.5, 1.0]},
            ["choices are for a category"],
        ),
        (
            "magic.tuning.search.xgboost.subsample",
            {"kind": "float", "low": 0.5},
            ["needs low and high"],
        ),
        (
            "magic.tuning.search.xgboost.max_depth",
            {"kind": "int", "low": 1.5, "high": 4},
            ["whole numbers"],
        ),
        (
            "magic.tuning.search.xgboost.min_child_weight",
            {"kind": "float", "low": 0, "high": 4, "log": True},
            ["above zero where log is true"],
        ),
        (
            "magic.tuning.search.random_forest.max_features",
            {"kind": "category", "choices": ["sqrt"], "low": 1},
            ["a category has choices"],
        ),
        ("magic.modelling.models.random_forest.max_features", -3.0, ["is -3.0"]),
        (
            "magic.data_processing.constraints",
            [RULE | {"left": "fAlfa"}],
            ["'wide'", "'fAlfa'", "fAlpha"],
        ),
        ("magic.data_processing.constraints", [RULE, RULE], ["repeated: wide"]),
        ("magic.data_processing.extra_constraints", [RULE, RULE], ["repeated: wide"]),
        (
            "magic.data_processing.extra_constraints",
            [RULE | {"name": "width not above length"}],
            ["repeated: width not above length"],
        ),
        ("magic.data_processing.features", ["fAlfa"], ["'fAlfa'", "did you mean fAlpha"]),
        ("magic.data_processing.features", ["miss", "miss"], ["repeated: miss"]),
        ("magic.data_processing.features", [], ["at least 1 item"]),
        ("magic.data_processing.features", ["fConc1"], ["nothing would be left"]),
        ("magic.data_processing.allowed_despite_alarm", ["dist"], ["did you mean fDist"]),
        ("magic.data_processing.single_feature_auc_limit", 0.4, ["is 0.4", "greater than 0.5"]),
        ("magic.data_processing.constraints", [RULE | {"right": "12"}], ["'12'"]),
    ],
)
def test_wrong_parameters_are_named_with_value_and_range(name, value, words):
    with pytest.raises(InputError) as error:
        check_parameters(change(name, value), {})
    for word in [name.removesuffix(".options").removesuffix(".name"), *words]:
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("taiga.simulation.beams.gamma.primary", "proton", "called gamma has the primary proton"),
        ("taiga.simulation.beams.gamma.lowest_energy", 99.0, "must be below highest_energy"),
        ("taiga.simulation.site.lowest_zenith", 50.0, "must not be above highest_zenith"),
        (
            "taiga.simulation.beams.proton",
            {**PROTONS, "cone": 30.0, "source_offset": 10.0},
            "protons may come from 80 deg off the zenith .* allowed: up to 75 deg",
        ),
        ("taiga.data_processing.cleaning.boundary", 7.0, "must not be above picture"),
        (
            "taiga.data_processing.cleaning.minimum_pixels",
            1,
            "cleaning.minimum_pixels: is 1; .* greater than or equal to 2",
        ),
        (
            "taiga.simulation.camera",
            "tiaga",
            r"camera: is 'tiaga'; there is no camera of this name \(did you mean taiga\?\)",
        ),
        (
            "taiga.simulation.camera",
            "pyproject.tml",
            r"did you mean pyproject\.toml\?\) \(known: taiga, magic\), nor a geometry file /",
        ),
    ],
)
def test_parameters_that_do_not_go_together_are_told_by_their_block(name, value, words):
    with pytest.raises(InputError, match=words):
        check_parameters(change(name, value), {})


def test_a_camera_of_ones_own_is_found_from_anywhere_in_the_project(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.kedro]\npackage_name = "a"\nproject_name = "a"\nkedro_init_version = "1.7.0"\n'
    )
    (tmp_path / "data").mkdir()
    camera = tmp_path / "data/mine.csv"
    camera.write_text(CAMERA_FILE)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    parameters = change("taiga.simulation.camera", "data/mine.csv")
    simulation = check_parameters(parameters, {}).taiga.simulation
    assert build_camera(simulation.camera).name == "mine"
    # what is written does not tell where the project lies
    assert simulation.model_dump()["camera"] == "data/mine.csv"
    parameters["taiga"]["simulation"]["camera"] = str(camera)
    assert check_parameters(parameters, {}).taiga.simulation == simulation
    parameters["taiga"]["simulation"]["camera"] = "data/mein.csv"
    with pytest.raises(InputError, match=r"did you mean mine\.csv\?"):
        check_parameters(parameters, {})


def test_relations_of_ones_own_are_added():
    parameters = change("magic.data_processing.extra_constraints", [RULE])
    processing = check_parameters(parameters, {}).magic.data_processing
    assert [rule.name for rule in processing.relations] == [
        *(rule.name for rule in processing.constraints),
        "wide",
    ]


def test_features_of_a_set_that_is_switched_off_are_unknown():
    parameters = change("magic.data_processing.features", ["root_alpha"])
    check_parameters(parameters, {})
    parameters["magic"]["data_processing"]["feature_sets"] = ["engineered"]
    with pytest.raises(InputError, match="no feature is called 'root_alpha'"):
        check_parameters(parameters, {})


def test_missing_parameter_is_named():
    parameters = parameters_of("base")
    del parameters["magic"]["modelling"]["stack"]
    with pytest.raises(InputError, match=r"magic\.modelling\.stack: is missing"):
        check_parameters(parameters, {})


def test_every_problem_is_told_at_once():
    parameters = change("seed", -1)
    parameters["magic"]["data_processing"]["n_folds"] = 0
    with pytest.raises(InputError, match="2 parameter"):
        check_parameters(parameters, {})


def test_the_file_of_a_parameter_is_found():
    origins = parameter_origins(PROJECT / "conf", ["base", "quick"])
    base = str(Path("conf/base/parameters/modelling.yml"))
    quick = str(Path("conf/quick/parameters/quick.yml"))
    assert origins["magic.modelling.models.xgboost.max_depth"] == base
    assert origins["magic.modelling.models.xgboost.n_estimators"] == quick
    with pytest.raises(InputError, match=r"quick\.yml"):
        check_parameters(change("magic.modelling.models.xgboost.n_estimators", 0), origins)


def test_flat_names():
    nested = {"a": {"b": 1, "c": [{"d": 2}, {"d": 3}]}, "e": [1, 2]}
    assert flatten(nested) == {"a.b": 1, "a.c.0.d": 2, "a.c.1.d": 3, "e": [1, 2]}


def test_names_are_those_of_the_code():
    assert set(get_args(FeatureSet)) == set(FEATURE_SETS)
    assert set(get_args(ModelName)) == set(BASE_MODELS)
