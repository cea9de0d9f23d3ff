"""`kedro run --pipelines calorimeter` as a user types it, on simulated images and on files."""

import hashlib
import json
import re

import h5py
import numpy as np
import pandas as pd
import pytest
from browser import addresses_loaded_by, open_in_browser
from calorimeter.toy_images import make_recipe, write_file
from forked_runs import kedro
from toys import copy_project, run_study

from showerforge.calorimeter.simulation import simulate_files
from showerforge.datasets.calorimeter import FILE_NAMES

REPORTED = [
    "confusion",
    "forest",
    "judged",
    "mean_images",
    "occlusion",
    "quality",
    "roc",
    "scores",
    "shapes",
    "training",
    "views",
]
OF_GENERATED = [
    "generator_losses",
    *(
        f"{kind}_{particle}"
        for kind in ("correlations", "generated", "ks", "qq", "spectra")
        for particle in ("electron", "photon")
    ),
]
FIGURES = sorted(REPORTED + OF_GENERATED)
#: CPU time is another in every run
COSTS = (
    "table_costs.json",
    "network_costs.csv",
    "costs.csv",
    "fit_costs.csv",
    "generation_costs.csv",
)


def file_of(project, layer, name):
    (folder,) = (project / "data").glob(f"{layer}*")
    return folder / "calorimeter_quick" / name


def table(project, name):
    return pd.read_parquet(file_of(project, "05", f"{name}.parquet"))


def cut_flow(project):
    flow = pd.read_csv(file_of(project, "08", "cut_flow.csv"))
    return flow.pivot(index="step", columns="particle", values="n_left")


@pytest.fixture(scope="module", autouse=True)
def no_mirror(tmp_path_factory):
    """Not even where the files are on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOWERFORGE_MIRROR", str(tmp_path_factory.mktemp("mirror")))
        yield


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """A fresh clone after one run without any files."""
    project = copy_project(tmp_path_factory.mktemp("calorimeter") / "project", None)
    return project, run_study(project, "calorimeter")


def test_log_is_quiet_and_says_that_images_are_simulated(simulated):
    project, output = simulated
    assert not re.search(r"warn|deprecat|Traceback|ERROR", output, re.IGNORECASE)
    assert "SIMULATING ELECTRONS AND PHOTONS" in output
    assert "calorimeter, SIMULATED BY THE EMBEDDED MONTE CARLO: held-out test" in output
    assert re.search(r"\ndata +SIMULATED BY THE EMBEDDED MONTE CARLO", output)
    assert re.search(r"not empty +\d+ \(\d+\.\d %\)", output)
    assert str(file_of(project, "08", "report.html")) in output


def test_all_images_are_accounted_for(simulated):
    train, test = (table(simulated[0], f"{side}_events") for side in ("train", "test"))
    flow = cut_flow(simulated[0])
    assert flow.loc["in the files"].to_dict() == {"electron": 300, "photon": 300}
    assert flow.loc["not empty"].sum() == len(train) + len(test)
    assert not set(train["row"]) & set(test["row"])
    assert len(test) == pytest.approx(60, abs=2)
    assert set(train["fold"]) == {0, 1, 2}


def test_classifiers_are_judged_on_the_test_images(simulated):
    project = simulated[0]
    separation = pd.read_csv(file_of(project, "08", "separation.csv"))
    test = table(project, "test_events")
    assert (separation["n_hadrons"] == (test["particle"] == "photon").sum()).all()
    assert {"shape_cuts", "lightgbm", "lenet5", "combination"} <= set(separation["classifier"])
    auc = separation.set_index("classifier")["roc_auc"]
    # on sixty images nothing but a blunder, such as classes turned round, can be seen
    assert auc["lightgbm"] > 0.5
    metrics = json.loads(file_of(project, "08", "metrics.json").read_text())
    assert metrics["lightgbm.roc_auc"] == pytest.approx(auc["lightgbm"])


def test_what_was_trained_is_kept(simulated):
    project = simulated[0]
    card = json.loads(file_of(project, "06", "network_card.json").read_text())
    assert (card["signal"], card["input_shape"]) == ("electron", [32, 32, 2])
    for name in ("network.keras", "network.onnx"):
        assert file_of(project, "06", name).stat().st_size > 10_000
    curves = pd.read_parquet(file_of(project, "07", "training_curves.parquet"))
    assert set(curves["member"]) == {0, 1}
    occlusion = pd.read_parquet(file_of(project, "08", "occlusion.parquet"))
    assert occlusion.shape[1] == 1024
    assert (occlusion != 0).any(axis=None)


def test_report_is_one_page_that_needs_nothing_else(simulated):
    page = file_of(simulated[0], "08", "report.html").read_text()
    for words in (
        "The verdict:",
        "SIMULATED BY THE EMBEDDED MONTE CARLO · QUICK LOOK",
        "These images are simulated",
        "0.7754",
        "cannot be compared",
        "Electrons against photons",
    ):
        assert words in page
    for words in ("gamma", "hadron", "directions"):
        assert words not in re.sub(r"<(style|script).*?</\1>|data:[^\"]*", "", page, flags=re.S)
    assert addresses_loaded_by(page) == []


def test_report_opens_in_a_browser_without_network(simulated, tmp_path):
    page = open_in_browser(file_of(simulated[0], "08", "report.html"), tmp_path)
    assert page.count('class="main-svg"') >= 1
    assert page.count("<img ") == len(REPORTED)


def test_all_figures_are_drawn(simulated):
    folder = file_of(simulated[0], "08", "report.html").parent
    assert sorted(path.stem for path in folder.glob("*.png")) == FIGURES


def test_generators_are_certified_by_shower_shapes(simulated):
    project = simulated[0]
    summary = pd.read_csv(file_of(project, "08", "certificate_summary.csv"))
    assert set(summary["generator"]) == {"published_vae", "gan", "light_mixture"}
    assert set(summary["particle"]) == {"electron", "photon"}
    metrics = pd.read_csv(file_of(project, "08", "image_metrics.csv"))
    assert "monte_carlo" in set(metrics["generator"])
    # nothing is asked for but the class, and there is no telescope
    assert not set(metrics["metric"]) & {"size_error_mean", "energy_bias", "ctapipe_accepted"}
    page = file_of(project, "08", "generated_images.html").read_text()
    assert "conditional GAN" in page
    assert addresses_loaded_by(page) == []


def hashes(project):
    """Fingerprints of all results but costs, images of figures, and what names the parameters."""
    return {
        str(path.relative_to(project)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (project / "data").glob("0[1-8]*/**/*")
        if path.suffix in (".csv", ".json", ".parquet")
        and path.name not in {*COSTS, "provenance.json"}
    }


def test_a_second_run_on_two_cores_gives_the_same_bytes(simulated):
    project = simulated[0]
    before = hashes(project)
    stages = ("modelling", "synthetic_generation", "synthetic_validation")
    two_cores = ",".join(f"calorimeter.{stage}.n_jobs=2" for stage in stages)
    # reporting draws
    computing = ",".join(["data_processing", *stages])
    output = run_study(project, "calorimeter", "--tags", computing, "--params", two_cores)
    assert hashes(project) == before
    assert "SIMULATING" not in output
    assert "SIMULATED BY THE EMBEDDED MONTE CARLO" in output.split("Completed node")[0]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Two files of the public structure, with images that are no use, read and split."""
    folder = tmp_path_factory.mktemp("recorded")
    project = copy_project(folder / "project", None)
    paths = {particle: folder / f"{particle}.hdf5" for particle in FILE_NAMES}
    simulate_files(make_recipe(n_images=300, images_per_block=100), paths)
    own = project / "data/01_raw/calorimeter"
    own.mkdir()
    for particle, path in paths.items():
        with h5py.File(path) as file:
            images = file["X"][:]
        images[[3, 4]] = 0
        images[7, 16, 16, 0] = np.nan
        # the same image twice
        images[20] = images[10]
        # without the stamp of the simulation
        write_file(own / FILE_NAMES[particle], particle, 300, X=images)
    return project, run_study(project, "calorimeter", "--tags", "data_processing")


def test_files_of_the_user_are_called_recorded(recorded):
    project, output = recorded
    assert "SIMULAT" not in output
    assert re.search(r"\ndata +RECORDED", output)
    summary = json.loads(file_of(project, "05", "data_summary.json").read_text())
    assert "RECORDED" in summary["footer"]
    assert summary["source"] == "recorded"


def test_images_that_are_no_use_are_counted_and_named(recorded):
    project = recorded[0]
    flow = cut_flow(project)
    assert (flow.loc["in the files"] == 300).all()
    assert (flow.loc["all values are numbers"] == 299).all()
    n_empty = 299 - flow.loc["not empty"]
    quarantined = pd.read_csv(file_of(project, "02", "quarantined_images.csv"))
    is_empty = quarantined["reason"].str.startswith("empty image")
    assert quarantined[is_empty].groupby("particle").size().to_dict() == n_empty.to_dict()
    assert (n_empty >= 2).all()
    broken = quarantined[~is_empty]
    assert broken["event_id"].tolist() == [7, 307]
    assert broken["place"].str.endswith("row 7").all()
    assert (broken["reason"] == "energy of the crystal in row 16, column 16 is nan").all()


def test_identical_images_stay_together(recorded):
    train, test = (table(recorded[0], f"{side}_events") for side in ("train", "test"))
    both = pd.concat([train, test.assign(fold=-1)])
    for first, second in ((10, 20), (310, 320)):
        assert both.loc[first, "group"] == both.loc[second, "group"]
        assert both.loc[first, "fold"] == both.loc[second, "fold"]


def test_a_random_sample_can_be_taken(recorded):
    project = recorded[0]
    options = ("--params", "calorimeter.data_processing.maximum_events=200")
    run_study(project, "calorimeter", "--tags", "data_processing", *options)
    flow = cut_flow(project)
    assert flow.loc["in the random sample"].sum() == pytest.approx(200, abs=2)
    assert flow.loc["not empty"].sum() > 500


def test_one_file_without_the_other_is_refused(tmp_path):
    project = copy_project(tmp_path / "project", None)
    (project / "data/01_raw/calorimeter").mkdir()
    write_file(project / "data/01_raw/calorimeter" / FILE_NAMES["photon"], "photon", 40)
    result = kedro(project, "run", "--env", "quick", "--pipelines", "calorimeter")
    assert result.returncode != 0
    output = " ".join((result.stdout + result.stderr).split())
    assert "are never mixed with simulated ones of the other" in output
    assert not list((project / "data").glob("*/calorimeter_quick"))
