"""`kedro run` as a user types it, on the real table."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from browser import addresses_loaded_by, open_in_browser
from forked_runs import kedro
from hosts import OFFLINE, apart
from serving_tools import as_columns, serving
from sessions import refusal_of, run_here
from toys import copy_project, make_camera, make_images, run_notebook

from showerforge.cameras.storage import write_images
from showerforge.datasets.tracking import TrackedRunsDataset
from showerforge.events.reader import FILE_COLUMNS
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.pipelines.runs.nodes import write_runs_page
from showerforge.report.runs import RunsSettings
from showerforge.serving.releases import read_release

KEDRO = str(Path(sys.executable).with_name("kedro"))
SHOWERFORGE = str(Path(sys.executable).with_name("showerforge"))


#: before a command that is to have no network, where that can be arranged
ALONE = apart(OFFLINE)
#: of a machine in another part of the world that nobody has set up
ODD = {"LC_ALL": "C", "TZ": "Pacific/Chatham", "HOME": "/nonexistent"}


STAGES_THAT_COMPUTE = "data_processing,synthetic_generation,synthetic_validation,modelling"


def files_of(project: Path) -> set[str]:
    return {
        str(path.relative_to(project))
        for path in project.rglob("*")
        if path.is_file() and "src" not in path.relative_to(project).parts
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory, magic_file):
    """A project after `kedro run --env quick`, from a folder inside, where all is odd."""
    folder = tmp_path_factory.mktemp("run") / "the project, größer"
    project = copy_project(folder, magic_file, has_store=False)
    before = files_of(project)
    result = subprocess.run(
        [*ALONE, KEDRO, "run", "--env", "quick"],
        cwd=project / "notebooks",
        env={**os.environ, "COLUMNS": "200", **ODD},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return project, result.stdout + result.stderr, files_of(project) - before


@pytest.fixture(scope="module")
def released(finished):
    """The same project after `kedro run --env quick --pipelines release`."""
    result = kedro(finished[0], "run", "--env", "quick", "--pipelines", "release")
    assert result.returncode == 0, result.stdout + result.stderr
    return finished[0], result.stdout


class TestQuickRun:
    def test_log_has_no_warnings_and_no_notices(self, finished):
        output = finished[1]
        assert not re.search(r"warn|deprecat|telemetry|Traceback|ERROR", output, re.IGNORECASE)

    def test_it_had_no_network(self, finished):
        if not ALONE:
            pytest.skip("namespaces are not permitted")
        connect = "import socket; socket.create_connection(('192.0.2.1', 443), timeout=5)"
        told = subprocess.run([*ALONE, sys.executable, "-c", connect], capture_output=True)
        assert b"Network is unreachable" in told.stderr

    def test_closing_table_names_figures_time_and_paths(self, finished):
        project, output, _ = finished
        for word in ("ROC-AUC", "loacc", "highacc", "95 %", " min (data_processing"):
            assert word in output
        assert str(project / "data/08_reporting/magic_quick/report.html") in output
        assert "19,020 of magic04.data, 0 quarantined; " in output
        assert "mlflow ui" in output
        assert "kedro viz run" in output
        assert "Borderline-SMOTE: FAIL" in output

    def test_tracked_runs_can_be_compared(self, finished, tmp_path):
        runs = TrackedRunsDataset(f"sqlite:///{finished[0]}/mlflow.db", "showerforge").load()
        default = next(run for run in runs if run["pipeline"] == "__default__")
        provenance = json.loads(
            (finished[0] / "data/08_reporting/magic_quick/provenance.json").read_text()
        )
        assert default["tags"]["parameters_sha256"] == provenance["parameters_sha256"]
        settings = RunsSettings(latest=2, metrics=["stack.real.roc_auc"])
        page = tmp_path / "runs.html"
        page.write_text(write_runs_page(runs, settings))
        shown = open_in_browser(page, tmp_path / "profile")
        assert f"{default['metrics']['stack.real.roc_auc']:.4f} [" in shown

    def test_no_file_is_written_elsewhere(self, finished):
        strays = {
            name
            for name in finished[2]
            if not name.startswith(("data/", "mlartifacts/", "mlflow.db"))
        }
        assert strays == set()
        assert not any(".partial-" in name for name in finished[2])
        assert not any(name.startswith("data/08_reporting/magic/") for name in finished[2])

    def test_synthetic_events_grew_from_training_events(self, finished):
        data = finished[0] / "data/05_model_input/magic_quick"
        train = pd.read_parquet(data / "train_events.parquet")
        test = pd.read_parquet(data / "test_events.parquet")
        synthetic = pd.read_parquet(data / "synthetic_events.parquet")
        reference = pd.read_parquet(data / "reference_events.parquet")
        parents = set(reference["parent"]) | set(reference["neighbour"])
        assert parents <= set(train.index[train["particle"] == "hadron"])
        assert not parents & set(test.index)
        assert not set(train["group"]) & set(test["group"])
        balance = (train["particle"] == "gamma").sum() - (train["particle"] == "hadron").sum()
        assert len(synthetic) == len(reference) == balance

    def test_synthetic_events_of_a_fold_grew_outside_of_it(self, finished):
        data = finished[0] / "data/05_model_input/magic_quick"
        train = pd.read_parquet(data / "train_events.parquet")
        synthetic = pd.read_parquet(data / "fold_synthetic_events.parquet")
        assert set(synthetic["generator"]) == {"mixture", "smote", "borderline_smote"}
        assert set(synthetic["fold"]) == set(train["fold"])
        with_parents = synthetic.dropna(subset=["parent", "neighbour"])
        for column in ("parent", "neighbour"):
            fold_of_parent = train.loc[with_parents[column], "fold"].to_numpy()
            assert (fold_of_parent != with_parents["fold"]).all()
        assert set(with_parents["generator"]) == {"smote", "borderline_smote"}

    def test_a_generator_is_chosen_and_the_reason_told(self, finished):
        data = finished[0] / "data/05_model_input/magic_quick"
        choice = json.loads((data / "generator_choice.json").read_text())
        comparison = pd.read_csv(data / "generator_comparison.csv")
        assert choice["generator"] == comparison["generator"].iloc[0] == "mixture"
        assert choice["reference"] == "borderline_smote"
        assert "Gates failed by the others: SMOTE" in choice["reason"]

    def test_certificate_refuses_borderline_smote(self, finished):
        reporting = finished[0] / "data/08_reporting/magic_quick"
        certificate = json.loads((reporting / "reference_certificate.json").read_text())
        assert certificate["verdict"] == "fail"
        assert {"G2", "G3", "G4", "G5", "G6"} <= set(certificate["failed"])
        assert "G0" not in certificate["failed"]
        assert all(control["is_caught"] for control in certificate["controls"])
        hard = next(gate for gate in certificate["gates"] if gate["key"] == "hard_rules")
        assert hard["value"] == 0
        assert hard["remark"].startswith("Vacuous")

    def test_certificate_of_the_chosen_generator_is_better_in_every_gate_of_likeness(
        self, finished
    ):
        reporting = finished[0] / "data/08_reporting/magic_quick"
        chosen, reference = (
            {g["key"]: g["value"] for g in json.loads((reporting / name).read_text())["gates"]}
            for name in ("certificate.json", "reference_certificate.json")
        )
        for key in ("ks_distance", "correlation", "two_sample_auc", "membership_auc"):
            assert chosen[key] < reference[key] - 0.05
        assert chosen["hard_rules"] == chosen["copies"] == chosen["segment_share"] == 0

    def test_absence_of_leaks_is_proved(self, finished):
        path = finished[0] / "data/08_reporting/magic_quick/leakage_proof.json"
        proof = json.loads(path.read_text())
        assert all(row["is_invariant"] for row in proof["holdout_invariance"])
        assert all(row["is_certified_table"] for row in proof["holdout_invariance"])
        assert len(proof["holdout_invariance"]) == 2
        assert len(proof["folds"]) == 3 * 3
        assert not any(row["n_outside"] for row in proof["folds"])
        assert proof["tracer"]["right"] == 0
        assert proof["tracer"]["wrong"] > 0.2 * proof["tracer"]["n_synthetic"]
        assert proof["groups_on_both_sides"] == proof["groups_in_two_folds"] == 0
        assert proof["alarm"]["is_flagged"]
        assert proof["alarm"]["illusion"] > 0.01

    def test_models_separate_and_cuts_less_so(self, finished):
        path = finished[0] / "data/08_reporting/magic_quick/figures_of_merit.csv"
        figures = pd.read_csv(path)
        auc = figures[figures["figure"] == "roc_auc"].set_index("candidate")["test"]
        assert auc["stack (real)"] > 0.92
        assert auc["alpha_cut (real)"] < 0.85
        assert len(auc) == 4 * 3 + 2 + 2 + 3
        assert (figures["test_lower"] <= figures["test"]).all()
        assert (figures["test"] <= figures["test_upper"]).all()

    def test_it_is_told_what_the_model_looks_at(self, finished):
        reporting = finished[0] / "data/08_reporting/magic_quick"
        importance = pd.read_csv(reporting / "parameter_importance.csv")
        summary = pd.read_csv(reporting / "shapley_summary.csv")
        for table, value in ((importance, "importance"), (summary, "mean_absolute")):
            assert table["parameter"].iloc[0] == "fAlpha"
            assert set(table["parameter"]) == set(FILE_COLUMNS[:-1])
            assert table[value].between(table["lower"], table["upper"]).all()
        values = pd.read_parquet(reporting / "shapley_values.parquet")
        by_event = values.groupby("event_id")
        change = by_event["log_odds"].first() - by_event["background_log_odds"].first()
        assert by_event["shapley_value"].sum().to_numpy() == pytest.approx(change.to_numpy())
        test = pd.read_parquet(finished[0] / "data/05_model_input/magic_quick/test_events.parquet")
        assert set(values["event_id"]) <= set(test.index)
        assert values["event_id"].nunique() == pytest.approx(60, abs=3)
        dependence = pd.read_csv(reporting / "partial_dependence.csv")
        alpha = dependence[dependence["parameter"] == "fAlpha"]["gammaness"]
        assert alpha.iloc[0] > alpha.iloc[-1] + 0.2
        of_width = dependence[dependence["parameter"] == "fWidth"]
        assert of_width["valid_share"].iloc[-1] < 0.8
        for name in ("importance", "shapley", "partial_dependence"):
            assert (reporting / f"{name}.png").stat().st_size > 10_000

    def test_model_card_is_filled_and_its_example_runs(self, finished, monkeypatch):
        project, output, _ = finished
        reporting = project / "data/08_reporting/magic_quick"
        assert str(reporting / "model_card.md") in output
        card = (reporting / "model_card.md").read_text()
        assert "e9314b7ebd4b4b59a3b3d65f7316663963777b16a46786877651dbbaa640b36a" in card
        assert "QUICK LOOK" in card
        assert not re.search(r"\| *\||\b(None|nan)\b", card)
        figures = pd.read_csv(reporting / "figures_of_merit.csv")
        choice = json.loads((project / "data/06_models/magic_quick/choice.json").read_text())
        own = figures[figures["candidate"] == choice["candidate"]].set_index("figure")
        assert f"| ROC-AUC | {own.loc['roc_auc', 'test']:.4f} [" in card
        data = project / "data"
        events = pd.read_parquet(data / "05_model_input/magic_quick/test_events.parquet")
        scores = pd.read_parquet(data / "07_model_output/magic_quick/test_scores.parquet")
        (example,) = re.findall(r"```python\n(.*?)```", card, flags=re.DOTALL)
        monkeypatch.chdir(data / "06_models/magic_quick")
        names = {"events": events}
        exec(example, names)
        assert names["gammaness"] == pytest.approx(scores[choice["candidate"]].to_numpy())

    def test_operating_points_agree_with_the_table_of_models(self, finished):
        project = finished[0]
        reporting = project / "data/08_reporting/magic_quick"
        choice = json.loads((project / "data/06_models/magic_quick/choice.json").read_text())
        figures = pd.read_csv(reporting / "figures_of_merit.csv")
        figures = figures.set_index(["candidate", "figure"])
        sky = pd.read_csv(reporting / "sky.csv")
        best = sky[sky["operating_point"] == "best Q"].set_index(["candidate", "source", "figure"])
        interval = ["test", "test_lower", "test_upper"]
        for source, figure in (
            ("any", "gamma_efficiency"),
            ("any", "quality_factor"),
            ("prior", "purity"),
            ("prior", "hours_to_5_sigma"),
        ):
            row = best.loc[("alpha_cut (real)", source, figure)]
            expected = figures.loc[("alpha_cut (real)", figure), interval]
            assert list(row[interval]) == list(expected)
        assert {"alpha_cut (real)", "stack (real)", choice["candidate"]} <= set(sky["candidate"])
        assert set(sky["source"]) == {"any", "prior", "1 Crab", "0.1 Crab", "0.01 Crab"}
        for name, rows in best["threshold"].groupby("candidate"):
            assert set(rows) == {choice["thresholds"][name]}
        is_told = sky["test"].notna()
        assert (sky.loc[~is_told, "remark"] == "too few hadrons to tell").all()
        needs_hadrons = sky["threshold"].notna() & (sky["figure"] != "gamma_efficiency")
        assert (sky.loc[is_told & needs_hadrons, "surviving_hadrons"] >= 10).all()
        assert (sky.loc[~is_told, "surviving_hadrons"] < 10).all()

    def test_bins_of_size_have_one_threshold_and_edges_of_training_events(self, finished):
        data = finished[0] / "data"
        table = pd.read_csv(data / "08_reporting/magic_quick/size_bins.csv")
        train = pd.read_parquet(data / "05_model_input/magic_quick/train_events.parquet")
        test = pd.read_parquet(data / "05_model_input/magic_quick/test_events.parquet")
        bins = table.drop_duplicates(["candidate", "bin"])
        assert bins.groupby("candidate")["threshold"].nunique().eq(1).all()
        assert bins["size_lower"].min() == train["fSize"].min()
        assert bins["size_upper"].max() == train["fSize"].max()
        for _, of_candidate in bins.groupby("candidate"):
            assert of_candidate[["n_gammas", "n_hadrons"]].to_numpy().sum() == len(test)

    def test_one_mlflow_run_has_everything(self, finished):
        import mlflow

        project = finished[0]
        client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
        experiment = client.get_experiment_by_name("showerforge")
        (found,) = client.search_runs([experiment.experiment_id])
        assert found.info.status == "FINISHED"
        assert found.data.params["seed"] == "0"
        assert found.data.params["magic.modelling.models.xgboost.n_estimators"] == "60"
        assert found.data.params["magic.synthetic_generation.reference"] == "borderline_smote"
        assert found.data.tags["generator"] == "Gaussian mixture"
        assert found.data.tags["data_sha256"].startswith("e9314b7e")
        assert found.data.metrics["stack.real.roc_auc"] > 0.92
        assert "synthetic_gain.roc_auc.lower" in found.data.metrics
        assert found.data.metrics["sky.prior.crab_flux"] == pytest.approx(0.070, abs=0.001)
        assert found.data.metrics["sky.alpha_cut.real.hours_to_5_sigma"] > 100
        folders = {item.path for item in client.list_artifacts(found.info.run_id)}
        assert {"figures", "report", "synthetic", "tables"} <= folders
        models = {item.path for item in client.list_artifacts(found.info.run_id, "models")}
        assert "models/model_card.md" in models

    def test_tracked_model_is_loaded_without_pickle_and_scores(self, finished, monkeypatch):
        import mlflow

        # MLflow puts the model's copy of the package before the package, for good
        monkeypatch.setattr(sys, "path", [*sys.path])
        project = finished[0]
        mlflow.set_tracking_uri(f"sqlite:///{project}/mlflow.db")
        experiment = mlflow.get_experiment_by_name("showerforge").experiment_id
        (model,) = mlflow.search_logged_models([experiment], output_format="list")
        assert model.name == "gammaness"
        folder = Path(model.artifact_location.removeprefix("file://"))
        assert not [p for p in folder.rglob("*") if p.suffix in (".pkl", ".pickle", ".joblib")]
        loaded = mlflow.pyfunc.load_model(f"models:/{model.model_id}")
        assert [column.name for column in loaded.metadata.signature.inputs] == FILE_COLUMNS[:-1]
        data = project / "data"
        events = pd.read_parquet(data / "05_model_input/magic_quick/test_events.parquet")
        scores = pd.read_parquet(data / "07_model_output/magic_quick/test_scores.parquet")
        choice = json.loads((data / "06_models/magic_quick/choice.json").read_text())
        gammaness = loaded.predict(events[FILE_COLUMNS[:-1]])[:, 1]
        assert gammaness == pytest.approx(scores[choice["candidate"]].to_numpy())

    def test_second_run_gives_the_same_numbers(self, finished):
        project = finished[0]
        folder = project / "data/08_reporting/magic_quick"
        names = [
            "figures_of_merit.csv",
            "comparisons.csv",
            "certificate.json",
            "reference_certificate.json",
            "leakage_proof.json",
            "metrics.json",
            "parameter_importance.csv",
            "shapley_summary.csv",
            "partial_dependence.csv",
            "model_card.md",
            "sky.csv",
            "size_bins.csv",
            "sky_metrics.json",
        ]
        before = {name: (folder / name).read_bytes() for name in names}
        report = folder / "report.html"
        report.unlink()
        arguments = ("run", "--env", "quick", "--params", "magic.modelling.n_jobs=2")
        result = kedro(project, *arguments, "--tags", STAGES_THAT_COMPUTE)
        assert result.returncode == 0, result.stderr
        assert not report.is_file()
        # one stage runs alone, here without its figures
        writers = ("write_model_card", "summarise_metrics", "summarise_sky", "write_report")
        nodes = ",".join(f"magic.reporting.{name}" for name in writers)
        result = kedro(project, *arguments, "--pipelines", "reporting", "--nodes", nodes)
        assert result.returncode == 0, result.stderr
        assert report.is_file()
        assert {name: (folder / name).read_bytes() for name in names} == before

    def test_a_release_scores_like_the_model_and_is_registered(self, released):
        import mlflow

        project, output = released
        folder = project / "data/06_models/magic_quick/releases"
        aliases = json.loads((folder / "aliases.json").read_text())
        release = read_release(folder / aliases["champion"])
        assert f"{release.name} ({release.manifest.model}), the champion" in output
        data = project / "data/05_model_input/magic_quick"
        test = pd.read_parquet(data / "test_events.parquet")
        scores = pd.read_parquet(project / "data/07_model_output/magic_quick/test_scores.parquet")[
            release.manifest.model
        ]
        np.testing.assert_allclose(
            release.score(test[HILLAS_PARAMETERS].to_numpy()), scores, atol=1e-6
        )
        assert "QUICK LOOK" in release.manifest.note
        client = mlflow.MlflowClient(f"sqlite:///{project}/mlflow.db")
        version = client.get_model_version_by_alias("showerforge-magic_quick", "champion")
        assert version.tags["release"] == release.name

    def test_served_events_are_watched_by_the_pipeline(self, released, tmp_path):
        project = released[0]
        events = pd.read_parquet(project / "data/05_model_input/magic_quick/test_events.parquet")
        dim = events.assign(fSize=events["fSize"] + np.log10(0.8))
        releases = project / "data/06_models/magic_quick/releases"
        with serving(tmp_path, releases=str(releases)) as service:
            for sample in (events.head(500), dim.head(500)):
                answer = service.classify(as_columns(sample[HILLAS_PARAMETERS].to_numpy()))
                assert answer.json()["logged"]
        days = project / "data/07_model_output/magic_quick/served_events"
        subprocess.run(
            [SHOWERFORGE, "log", "compact", "--today", "--log", service.log, "--days", days],
            check=True,
            capture_output=True,
        )
        result = kedro(project, "run", "--env", "quick", "--pipelines", "monitoring")
        assert result.returncode == 0, result.stdout + result.stderr
        reports = project / "data/08_reporting/magic_quick"
        windows = pd.read_csv(reports / "drift_windows.csv")
        first, second = (
            windows.iloc[part].set_index("column")
            for part in np.array_split(np.arange(len(windows)), 2)
        )
        assert not first["is_alarm"].any()
        assert second.loc["light for the shape", "is_alarm"]
        words = pd.read_csv(reports / "drift_alarms.csv")["alarm"]
        assert words.str.startswith("light for the shape: median").any()
        assert (reports / "drift.png").is_file()
        assert "1 of 2 windows raise an alarm, 1,000 events" in result.stdout

    def test_folders_of_events_and_images_are_scored_and_what_is_done_is_left(self, released):
        project = released[0]
        folder = project / "data/01_raw/magic_quick/events_to_score"
        table = project / "data/05_model_input/magic_quick/test_events.parquet"
        arguments = [table, "--folder", folder, "--events", "3000", "--partitions", "3"]
        subprocess.run([SHOWERFORGE, "resample", *arguments], check=True, capture_output=True)
        (folder / "broken.parquet").write_bytes(b"broken")
        scoring = ["run", "--env", "quick", "--pipelines", "scoring", "--params"]
        on_cluster = "execution.executor=dask,execution.n_workers=2"
        result = kedro(project, *scoring, on_cluster)
        assert result.returncode == 1
        assert "1 of 4 partitions could not be read" in result.stderr
        assert "Dask: 2 workers; dashboard at http" in " ".join(result.stdout.split())
        (folder / "broken.parquet").unlink()
        images = project / "data/01_raw/magic_quick/images_to_parametrise"
        write_images(images / "night/a.h5", [make_images(make_camera(), 200, seed=1)])
        (images / "broken.h5").write_bytes(b"broken")
        scoring[scoring.index("scoring")] = "parametrisation,scoring"
        result = kedro(project, *scoring, "execution.executor=serial")
        assert result.returncode == 1
        assert "broken.h5: is no HDF5 file" in result.stderr
        said = " ".join(result.stdout.split())
        assert "200 images of 2 partitions" in said
        assert "not read 1 of 2 partitions" in said
        assert "3 of 4 partitions were finished before and are left" in said
        found = project / "data/07_model_output/magic_quick/scored_events"
        scored = pd.concat(map(pd.read_parquet, sorted(found.glob("*.parquet"))))
        assert scored["event_id"].tolist() == list(range(3000))
        of_images = pd.read_parquet(found / "night/a.h5.parquet")
        assert of_images["event_id"].between(1000, 1199).all()
        reports = project / "data/08_reporting/magic_quick"
        parametrised, summary = (
            json.loads((reports / f"{stage}_summary.json").read_text())
            for stage in ("parametrisation", "scoring")
        )
        assert parametrised["events"] - parametrised["refused"] > 100
        assert summary["events"] == 3000 + parametrised["events"] - parametrised["refused"]
        n_gamma = sum((own["particle"] == "gamma").sum() for own in (scored, of_images))
        assert summary["gamma_like"] == n_gamma
        assert (reports / "gammaness.png").is_file()
        assert len(pd.read_csv(reports / "scoring_drift.csv")) == 14

    def test_report_opens_in_a_browser_without_network(self, finished, tmp_path):
        page = open_in_browser(finished[0] / "data/08_reporting/magic_quick/report.html", tmp_path)
        assert page.count('class="main-svg"') >= 3
        for words in (
            "QUICK LOOK",
            "Borderline-SMOTE",
            'href="certificate.html"',
            "What the model looks at",
            'href="model_card.md"',
            "## Intended use",
            "At the telescope",
            "Assumed, not measured",
        ):
            assert words in page
        assert addresses_loaded_by(page) == []

    def test_certificate_opens_in_a_browser_without_network(self, finished, tmp_path):
        page = open_in_browser(
            finished[0] / "data/08_reporting/magic_quick/certificate.html", tmp_path
        )
        for words in (
            "QUICK LOOK",
            "Why this generator",
            "refused, as it must be",
            "A vacuous merit",
        ):
            assert words in page
        assert page.count("<img ") == 11
        assert addresses_loaded_by(page) == []

    def test_too_few_events_for_a_verdict_are_told_everywhere(self, finished):
        project = finished[0]
        data = project / "data"
        shutil.copytree(data, project / "kept")
        result = kedro(
            project,
            "run",
            "--env",
            "quick",
            "--from-nodes",
            "magic.synthetic_generation.choose_generator",
            "--to-nodes",
            "magic.reporting.write_certificate_page",
            "--params",
            "magic.synthetic_validation.minimum_events=2000",
        )
        assert result.returncode == 0, result.stdout + result.stderr
        assert "is not judged, because 3 training folds hold too few events" in result.stdout
        page = (data / "08_reporting/magic_quick/certificate.html").read_text()
        assert "NOT ENOUGH DATA" in page
        assert "Needs 2000 synthetic events" in page
        assert " nan" not in page
        shutil.rmtree(data)
        (project / "kept").rename(data)

    def test_stages_of_different_seeds_are_not_mixed(self, finished, monkeypatch):
        project = finished[0]
        data = project / "data"
        shutil.copytree(data, project / "kept")
        run_here(project, monkeypatch, nodes=None, seed=7)
        nodes = ["magic.reporting.draw_scores"]
        told = refusal_of(project, monkeypatch, pipeline="reporting", nodes=nodes)
        assert "not about the same events" in told
        shutil.rmtree(data)
        (project / "kept").rename(data)

    @pytest.mark.parametrize("name", ["explore_magic", "when_does_synthetic_data_help"])
    def test_notebook_runs(self, finished, name):
        run_notebook(finished[0], name)


GOOD = "28.7967,16.0021,2.6449,0.3918,0.1982,27.7004,22.011,-8.2027,40.092,81.8828,g"


def replace_row(table: str, number: int, row: str) -> str:
    rows = table.splitlines()
    rows[number - 1] = row
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda t: replace_row(t, 17, GOOD.replace("40.092", "400")), ["row 17", "fAlpha", "400"]),
        (lambda t: replace_row(t, 5, GOOD[:-2]), ["row 5", "10 columns"]),
        (lambda t: t.replace(",h", ",g"), ["0 hadron events are too few"]),
        (lambda t: replace_row(t, 9, GOOD.replace("16.0021", "nan")), ["row 9", "fWidth", "nan"]),
        (lambda t: "", ["holds no events"]),
        (lambda t: t.replace(",g", ",x").replace(",h", ",g").replace(",x", ",h"), ["nothing to"]),
    ],
)
def test_bad_table_is_refused_before_anything_is_written(
    tmp_path, magic_file, spoil, words, monkeypatch
):
    """A table of the user's own, named in conf/local as docs/own-data.md says."""
    project = copy_project(tmp_path / "project", magic_file=None)
    (project / "data/01_raw/own.csv").write_text(spoil(magic_file.read_text()))
    (project / "conf/local/catalog.yml").write_text(
        "magic.raw_events:\n"
        "  type: showerforge.datasets.event_table.EventTableDataset\n"
        "  filepath: data/01_raw/own.csv\n"
        "  validator: showerforge.events.schema.validate_raw_events\n"
    )
    before = files_of(project)
    told = refusal_of(project, monkeypatch, pipeline="__default__", nodes=None, env=None)
    for word in ["own.csv", *words]:
        assert word in told
    written = {name for name in files_of(project) - before if not name.startswith("mlflow.db")}
    assert written == set()


def test_no_source_is_explained(tmp_path):
    """Without a mirror and without a network, the message says what to do."""
    project = copy_project(tmp_path / "project", magic_file=None)
    catalog = project / "conf/base/catalog/magic.yml"
    text = catalog.read_text()
    text = re.sub(r"https://[^\s]+", "http://127.0.0.1:9/never", text)
    catalog.write_text(text)
    result = kedro(project, "run", SHOWERFORGE_MIRROR=str(tmp_path / "no mirror"))
    assert result.returncode != 0
    for word in ("magic04.data could not be had", "no mirror", "UCI", "OpenML", "Put the file"):
        assert word in result.stderr
    assert "Traceback" not in result.stderr
    assert not any(path.is_file() for path in (project / "data").rglob("*"))


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"modelling": {"n_job": 2}}, ["magic.modelling.n_job: there is no such parameter"]),
        ({"data_processing": {"test_fraction": 7}}, ["test_fraction: is 7", "--params"]),
    ],
)
def test_wrong_parameters_are_refused_before_anything_is_written(
    tmp_path, parameters, words, monkeypatch
):
    project = copy_project(tmp_path / "project", magic_file=None)
    before = files_of(project)
    told = refusal_of(project, monkeypatch, magic=parameters)
    for word in words:
        assert word in told
    assert files_of(project) == before


def test_too_few_hadrons_for_the_generator_are_told(tmp_path, magic_file):
    project = copy_project(tmp_path / "project", magic_file=None)
    rows = magic_file.read_text().splitlines()
    (project / "data/01_raw/own.csv").write_text("\n".join(rows[:900] + rows[-8:]))
    (project / "conf/local/catalog.yml").write_text(
        "magic.raw_events:\n"
        "  type: showerforge.datasets.event_table.EventTableDataset\n"
        "  filepath: data/01_raw/own.csv\n"
    )
    result = kedro(project, "run")
    assert result.returncode != 0
    assert "8 hadron events are too few" in result.stderr
    assert "Bring more events" in result.stderr
