"""`kedro run --pipelines taiga` as a user types it: images, tables, report; stop and go on."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from browser import addresses_loaded_by, open_in_browser
from toys import copy_project, run_notebook, run_study

from showerforge.cameras.columns import IMAGE_PARAMETERS
from showerforge.cameras.storage import ImageFile

TABLES = {
    "02_intermediate": ["thrown_events.parquet"],
    "03_primary": ["image_parameters.parquet", "rejected_events.parquet"],
    "04_feature": ["features.parquet"],
    "05_model_input": ["train_events.parquet", "test_events.parquet", "data_summary.json"],
    "08_reporting": ["cut_flow.csv"],
}
REPORTED = [
    "confusion",
    "efficiency",
    "forest",
    "gamma_views",
    "hadron_views",
    "judged",
    "light",
    "light_map",
    "occlusion",
    "parameters",
    "profiles",
    "quality",
    "roc",
    "scores",
    "training",
]
OF_GENERATED = [
    "condition_steps",
    "gammaness",
    "generator_losses",
    *(
        f"{kind}_{particle}"
        for kind in ("correlations", "generated", "ks", "occupancy", "qq", "sizes", "spectra")
        for particle in ("gamma", "hadron")
    ),
]
FIGURES = sorted(REPORTED + OF_GENERATED)
GENERATORS = ["published_vae", "gan", "light_mixture"]
NETWORKS = ["cnn_all_pixels_turned", "cnn_blind"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A fresh clone after one run."""
    project = copy_project(tmp_path_factory.mktemp("taiga") / "project", None)
    return project, run_study(project, "taiga")


def files_of(project):
    paths = {
        name: project / "data" / layer / "taiga_quick" / name
        for layer, names in TABLES.items()
        for name in names
    }
    assert all(path.is_file() for path in paths.values())
    return paths


def table(project, name):
    return pd.read_parquet(files_of(project)[f"{name}.parquet"])


def images(project):
    return ImageFile(project / "data/02_intermediate/taiga_quick/event_images.h5")


def blocks_of(project):
    folder = project / "data/01_raw/taiga_quick/blocks"
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_log_is_quiet_and_tells_progress_and_paths(finished):
    project, output = finished
    assert not re.search(r"warn|deprecat|Traceback|ERROR", output, re.IGNORECASE)
    assert re.search(r"\d+ events/s; triggered \d+ of 300 gamma, \d+ of 300 proton", output)
    assert re.search(r"leakage below 0.2 +\d+ \(\d+\.\d %\)", output)
    assert str(files_of(project)["cut_flow.csv"]) in output


def test_recorded_images_are_the_triggered_ones(finished):
    project = finished[0]
    thrown, recorded = table(project, "thrown_events"), images(project)
    assert (thrown.groupby("primary")["triggered"].sum() >= 300).all()
    assert recorded.table.index.tolist() == thrown.index[thrown["triggered"]].tolist()
    assert recorded.attributes["source"] == "simulated"
    assert recorded.attributes["thrown"] == thrown["particle"].value_counts().to_dict()
    assert set(recorded.charges) == {"images", "expected"}


def test_every_row_says_where_its_image_is(finished):
    project = finished[0]
    ids = images(project).table.index.to_numpy()
    for name in ("image_parameters", "rejected_events", "train_events", "test_events"):
        events = table(project, name)
        assert ids[events["row"]].tolist() == events.index.tolist()


def test_no_image_is_dropped_silently(finished):
    project = finished[0]
    measured, rejected = table(project, "image_parameters"), table(project, "rejected_events")
    train, test = table(project, "train_events"), table(project, "test_events")
    assert sorted([*rejected.index, *train.index, *test.index]) == sorted(measured.index)
    assert rejected["reason"].notna().all()
    kept = pd.concat([train, test])
    # that of an image in a line has no value
    measured_always = [name for name in IMAGE_PARAMETERS if not name.endswith("_uncertainty")]
    assert kept[measured_always].notna().all(axis=None)
    assert (kept["leakage_size_1"] < 0.2).all()
    assert (kept["n_pixels"] >= 3).all()


def test_cut_flow_adds_up(finished):
    project = finished[0]
    thrown, rejected = table(project, "thrown_events"), table(project, "rejected_events")
    flow = pd.read_csv(files_of(project)["cut_flow.csv"])
    assert set(flow["particle"]) == {"gamma", "hadron"}
    for particle, own in flow.groupby("particle"):
        left = own.set_index("step")["n_left"]
        of_particle = thrown[thrown["particle"] == particle]
        assert left["thrown"] == len(of_particle)
        assert left["triggered"] == of_particle["triggered"].sum()
        assert (np.diff(left) <= 0).all()
        reasons = rejected.loc[rejected["particle"] == particle, "reason"].value_counts()
        lost = -left.diff().drop(["thrown", "triggered"])
        assert lost[lost > 0].to_dict() == reasons.to_dict()
        assert own["share_left"].to_numpy() == pytest.approx(own["n_left"] / len(of_particle))


def test_showers_stay_on_one_side_and_in_one_fold(finished):
    train, test = table(finished[0], "train_events"), table(finished[0], "test_events")
    assert not set(train["shower_id"]) & set(test["shower_id"])
    assert (train.groupby("shower_id")["fold"].nunique() == 1).all()
    assert set(train["fold"]) == {0, 1, 2}
    for events in (train, test):
        assert set(events["particle"]) == {"gamma", "hadron"}
        # showers are seen from several places, otherwise this says nothing
        assert events["shower_id"].duplicated().any()


def test_images_are_stamped_as_simulated(finished):
    summary = json.loads(files_of(finished[0])["data_summary.json"].read_text())
    assert "SIMULATED BY THE EMBEDDED MONTE CARLO · images of TAIGA-IACT" in summary["footer"]
    assert summary["footer"].startswith("QUICK LOOK")


def test_all_figures_are_drawn(finished):
    folder = finished[0] / "data/08_reporting/taiga_quick"
    assert sorted(path.stem for path in folder.glob("*.png")) == FIGURES
    assert all((folder / f"{name}.png").stat().st_size > 10_000 for name in FIGURES)


def test_effective_area_counts_the_thrown_events(finished):
    project = finished[0]
    areas = pd.read_csv(project / "data/08_reporting/taiga_quick/effective_area.csv")
    thrown, kept = table(project, "thrown_events"), table(project, "features")
    for primary, own in areas.groupby("primary"):
        of_primary = thrown[thrown["primary"] == primary]
        triggered = own[own["step"] == "triggered"]
        assert triggered["n_thrown"].sum() == len(of_primary)
        assert triggered["n_passed"].sum() == of_primary["triggered"].sum()
        after_cuts = own.loc[own["step"] == "after quality cuts", "n_passed"].sum()
        assert after_cuts == (kept["primary"] == primary).sum()
    thrown_over = areas.groupby("primary")["thrown_over"].first()
    assert thrown_over["gamma"] == pytest.approx(np.pi * 300**2)
    solid_angle = 2 * np.pi * (1 - np.cos(np.radians(5)))
    assert thrown_over["proton"] == pytest.approx(np.pi * 300**2 * solid_angle)


def test_separation_is_judged_on_test_events_with_and_without_directions(finished):
    project = finished[0]
    separation = pd.read_csv(project / "data/08_reporting/taiga_quick/separation.csv")
    test = table(project, "test_events")
    assert (separation["n_hadrons"] == (test["particle"] == "hadron").sum()).all()
    auc = separation.set_index("classifier")["roc_auc"]
    assert auc["lightgbm"] > 0.9
    assert auc["lightgbm"] > auc["lightgbm_blind"] > 0.5
    metrics = json.loads((project / "data/08_reporting/taiga_quick/metrics.json").read_text())
    assert metrics["lightgbm.roc_auc"] == pytest.approx(auc["lightgbm"])
    assert re.search(rf"LightGBM, shape only +{auc['lightgbm_blind']:.4f}", finished[1])


def test_networks_are_judged_beside_cuts_and_boosting(finished):
    project = finished[0]
    separation = pd.read_csv(project / "data/08_reporting/taiga_quick/separation.csv")
    kinds = separation.groupby("kind")["classifier"].apply(set).to_dict()
    assert kinds["network"] == {name + how for name in NETWORKS for how in ("", "_averaged")}
    assert kinds["combination"] == {"combination"}
    blind = set(separation.loc[separation["is_blind"], "classifier"])
    assert {"cnn_blind", "cnn_blind_averaged", "lightgbm_blind"} < blind
    output = project / "data/07_model_output/taiga_quick"
    scores = pd.read_parquet(output / "test_scores.parquet")
    assert scores.columns.tolist() == separation["classifier"].tolist()
    assert scores.index.equals(table(project, "test_events").index)
    assert scores.notna().all(axis=None)
    # questions about networks that the environment leaves out are left out, too
    asked = pd.read_csv(project / "data/08_reporting/taiga_quick/comparisons.csv")
    assert set(asked["candidate"]) | set(asked["against"]) <= set(separation["classifier"])
    assert len(asked) == 2 * 8


def test_out_of_fold_scores_are_of_the_folds_that_members_left_out(finished):
    project = finished[0]
    output = project / "data/07_model_output/taiga_quick"
    scores = pd.read_parquet(output / "out_of_fold_scores.parquet")
    fold = table(project, "train_events")["fold"]
    for name in NETWORKS:
        assert scores[name].notna().equals(fold < 2)
    curves = pd.read_parquet(output / "training_curves.parquet")
    assert curves.groupby(["classifier", "member"]).ngroups == 2 * len(NETWORKS)
    assert set(curves["epoch"]) == {1, 2}


def test_the_kept_network_says_in_onnx_what_its_members_say(finished):
    from showerforge.cameras.settings import CleaningSettings, ViewSettings
    from showerforge.cameras.views import CameraView
    from showerforge.networks.export import score_onnx

    project = finished[0]
    models = project / "data/06_models/taiga_quick"
    card = json.loads((models / "network_card.json").read_text())
    assert card["classifier"] == "cnn_all_pixels_turned"
    members = sorted(path.name for path in (models / "networks" / card["classifier"]).iterdir())
    assert members == ["0.keras", "1.keras"]
    file, test = images(project), table(project, "test_events")
    view = CameraView(file, CleaningSettings(), ViewSettings(**card["view"]))
    assert not view.settings.cleaned
    placed = file.camera.to_grid(view.read(test["row"].to_numpy())[..., 0])[..., None]
    logits = score_onnx((models / "network.onnx").read_bytes(), placed)
    scores = pd.read_parquet(project / "data/07_model_output/taiga_quick/test_scores.parquet")
    expected = scores[card["classifier"]]
    assert 1 / (1 + np.exp(-logits.astype(float))) == pytest.approx(expected, abs=1e-5)


def test_trainings_are_child_runs_with_their_curves(finished):
    import mlflow

    project = finished[0]
    client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(experiments)
    trainings = [run for run in runs if ", member " in run.info.run_name]
    assert len(trainings) == 2 * len(NETWORKS)
    run = trainings[0]
    assert run.data.params["network.n_epochs"] == "2"
    curve = client.get_metric_history(run.info.run_id, "validation_roc_auc")
    assert [point.step for point in curve] == [0, 1]
    (parent,) = {run.data.tags["mlflow.parentRunId"] for run in trainings}
    metrics = client.get_run(parent).data.metrics
    assert metrics["cnn_blind.roc_auc"] == pytest.approx(
        pd.read_csv(project / "data/08_reporting/taiga_quick/separation.csv")
        .set_index("classifier")
        .loc["cnn_blind", "roc_auc"]
    )


def test_a_second_run_on_two_cores_gives_the_same_bytes(finished):
    project, _ = finished
    names = [
        "08_reporting/taiga_quick/separation.csv",
        "08_reporting/taiga_quick/comparisons.csv",
        "07_model_output/taiga_quick/test_scores.parquet",
        "07_model_output/taiga_quick/training_curves.parquet",
        "08_reporting/taiga_quick/occlusion.parquet",
        "06_models/taiga_quick/network_card.json",
        "07_model_output/taiga_quick/judged_images/images.npy",
    ]
    names += [f"06_models/taiga_quick/image_generators/{name}.zip" for name in GENERATORS]
    before = {name: (project / "data" / name).read_bytes() for name in names}
    stages = ("modelling", "synthetic_generation")
    two_cores = ",".join(f"taiga.{stage}.n_jobs=2" for stage in stages)
    run_study(project, "taiga", "--tags", ",".join(stages), "--params", two_cores)
    assert {name: (project / "data" / name).read_bytes() for name in names} == before


def test_report_is_one_page_that_needs_nothing_else(finished):
    project, output = finished
    path = project / "data/08_reporting/taiga_quick/report.html"
    assert str(path) in output
    page = path.read_text()
    for words in (
        "The verdict:",
        "QUICK LOOK",
        "SIMULATED BY THE EMBEDDED MONTE CARLO · QUICK LOOK",
        "leakage below 0.2",
        "width and alpha cuts",
        "blind to directions",
        "Does a network beat the cuts?",
        "CNN and LightGBM",
    ):
        assert words in page
    assert page.index("The verdict:") < page.index("<table>") < page.index("<img")
    assert page.count("data:image/png;base64,") >= len(REPORTED)
    assert addresses_loaded_by(page) == []


def test_report_opens_in_a_browser_without_network(finished, tmp_path):
    page = open_in_browser(finished[0] / "data/08_reporting/taiga_quick/report.html", tmp_path)
    assert page.count('class="main-svg"') >= 1
    assert page.count("<img ") == len(REPORTED)


def result(project, layer, name):
    (path,) = (project / "data").glob(f"{layer}_*/taiga_quick/{name}")
    return path


def test_generated_images_say_what_they_are(finished):
    project, output = finished
    path = result(project, "07", "generated_images.h5")
    assert str(path) in output
    generated = ImageFile(path)
    assert generated.attributes["source"] == "generated"
    assert generated.attributes["made_by"] == "latent mixture of light"
    events = generated.read(slice(None), "images")
    assert events.table["particle"].value_counts().to_dict() == {"gamma": 100, "hadron": 100}
    assert (events.table["shower_id"] < 0).all()
    assert events.table["shower_id"].is_unique
    # balanced: as many in each of the logarithmic bins
    gammas = np.log(events.table.loc[events.table["particle"] == "gamma", "true_energy"])
    counts = np.histogram(gammas, 10)[0]
    assert counts.min() >= 7
    # noise in every pixel
    assert events.images.std(axis=0).min() > 0.5


def test_every_generator_is_certified_and_judged_beside_monte_carlo(finished):
    project, output = finished
    summary = pd.read_csv(result(project, "08", "certificate_summary.csv"))
    pairs = {(name, particle) for name in GENERATORS for particle in ("gamma", "hadron")}
    assert set(zip(summary["generator"], summary["particle"], strict=True)) == pairs
    assert "generated images against held-out ones" in output
    metrics = pd.read_csv(result(project, "08", "image_metrics.csv"))
    assert set(metrics["generator"]) == {"monte_carlo", *GENERATORS}
    null = metrics[metrics["generator"] == "monte_carlo"].set_index(["particle", "metric"])
    for particle in ("gamma", "hadron"):
        assert null.loc[(particle, "copied_share"), "value"] == 0
        assert null.loc[(particle, "ctapipe_accepted"), "value"] > 0.9
    sized = metrics[metrics["metric"] == "size_error_mean"].set_index(["generator", "particle"])
    # the GAN takes no size; hardly trained, the VAE may leave nothing that can be measured
    assert {"light_mixture"} <= set(sized.index.get_level_values(0)) <= set(GENERATORS) - {"gan"}
    assert sized.loc["light_mixture", "value"].max() < 0.5
    assert (metrics["lower"] <= metrics["upper"]).all()


def test_judged_images_are_asked_for_like_training_images(finished):
    project, _ = finished
    judged = pd.read_parquet(result(project, "07", "judged_images") / "table.parquet")
    assert judged["generator"].value_counts().to_dict() == dict.fromkeys(GENERATORS, 400)
    train = table(project, "train_events")
    for particle, own in judged.groupby("particle"):
        energies = train.loc[train["particle"] == particle, "true_energy"]
        asked = own["requested_true_energy"].dropna()
        assert asked.between(energies.min(), energies.max()).all()
        assert asked.median() == pytest.approx(energies.median(), rel=0.2)


def test_few_images_are_compared_with_generated_ones_added(finished):
    project, _ = finished
    utility = pd.read_csv(result(project, "08", "image_utility.csv"))
    assert set(utility["arm"]) == {"few", "few and generated", "few and balanced", "all"}
    assert set(utility["learner"]) == {"lightgbm", "cnn"}
    assert utility["roc_auc"].between(0, 1).all()
    test = table(project, "test_events")
    counts = utility.loc[utility["subset"] == "all", "n_images"].unique()
    assert counts.tolist() == [len(test)]
    comparisons = pd.read_csv(result(project, "08", "image_utility_comparisons.csv"))
    assert (comparisons["lower"] <= comparisons["change"]).all()


def test_page_on_generated_images_needs_nothing_else(finished, tmp_path):
    project, output = finished
    path = result(project, "08", "generated_images.html")
    assert str(path) in output
    page = path.read_text()
    for words in ("The verdict:", "QUICK LOOK", "Monte Carlo", "Do generated images help"):
        assert words in page
    assert addresses_loaded_by(page) == []
    opened = open_in_browser(path, tmp_path)
    assert opened.count("<img ") == len(OF_GENERATED)


def test_a_stopped_simulation_goes_on_to_the_same_bytes(finished):
    project, _ = finished
    tables = {name: path.read_bytes() for name, path in files_of(project).items()}
    charges = images(project).read()
    before = blocks_of(project)
    lost = sorted(before)[1], sorted(before)[-1]
    for name in lost:
        (project / "data/01_raw/taiga_quick/blocks" / name).unlink()

    # on one core, what was made on all of them
    options = ("--params", "taiga.simulation.n_jobs=1", "--tags", "simulation,data_processing")
    output = run_study(project, "taiga", *options)
    after = blocks_of(project)
    assert {name for name in after if after[name] != before.get(name)} == set(lost)
    assert sorted(after) == sorted(before)
    assert sum(map(int, re.findall(r"blocks are finished, (\d+) to do", output))) == 2
    assert {name: path.read_bytes() for name, path in files_of(project).items()} == tables
    again = images(project).read()
    assert np.array_equal(again.images, charges.images)
    assert np.array_equal(again.expected, charges.expected)


def test_faults_of_the_camera_are_measured(finished):
    project = finished[0]
    output = run_study(project, "camera_monitoring")
    assert not re.search(r"warn|deprecat|Traceback|ERROR", output, re.IGNORECASE)
    folder = project / "data/08_reporting/taiga_quick"
    power = pd.read_csv(folder / "camera_power.csv")
    faults = {"none", "1 dead pixel", "a module of 28 dead pixels", "1 hot pixel", "gain -10 %"}
    assert faults <= set(power["fault"])
    assert set(power["n_events"]) == {50, 100}
    assert (power["n_alarms"] <= power["n_streams"]).all()
    assert (power.loc[power["fault"] == "1 hot pixel", "n_alarms"] > 0).any()
    assert (folder / "camera_power.png").stat().st_size > 10_000


@pytest.mark.parametrize("name", ["look_at_showers", "classify_images"])
def test_notebook_runs(finished, name):
    run_notebook(finished[0], name)
