"""Tables of other telescopes on their way to training and test events."""

import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from forked_runs import kedro
from toys import PROJECT, copy_project, make_events, parameters_of

from showerforge.errors import InputError
from showerforge.events.schema import EVENTS, HILLAS_PARAMETERS
from showerforge.parameters import check_parameters
from showerforge.pipelines.data_processing.nodes import (
    describe_data,
    engineer_features,
    group_events,
    quarantine_events,
    split_events,
)


def magic_parameters(environment, **changes):
    parameters = parameters_of(environment)
    parameters["magic"]["data_processing"] |= changes
    return check_parameters(parameters, {}).magic


def part(events, **changes):
    magic = magic_parameters("quick", **changes)
    return quarantine_events(
        events, magic.data_processing, magic.synthetic_generation, magic.modelling
    )


def process(events, environment="quick", **changes):
    settings = magic_parameters(environment, **changes).data_processing
    grouped = group_events(events, settings, 0)
    features = EVENTS.validate(engineer_features(grouped, settings))
    return grouped, *split_events(features, settings, 0), settings


@pytest.fixture
def showers():
    """Events of a telescope array: three images of each shower, weights and energies."""
    events = make_events(900, 600).drop(columns="group").rename_axis("row")
    events["group"] = np.arange(1500) // 3
    events["weight"] = np.linspace(0, 2, 1500)
    events["true_energy"] = np.linspace(0.1, 10, 1500)
    events.attrs = {"file": "array.h5", "sha256": "0" * 64}
    return events


def test_groups_weights_and_energies_reach_training_and_test(showers):
    valid, _, _ = part(showers)
    grouped, train, test, settings = process(valid, maximum_events=900)
    assert len(train) + len(test) == len(grouped)
    for table in (train, test):
        assert table["true_energy"].equals(showers.loc[table.index, "true_energy"])
    # scaled to a mean of one in each class, and otherwise as they were
    scale = grouped["weight"] / showers.loc[grouped.index, "weight"]
    assert scale.groupby(grouped["particle"]).std().max() < 1e-9
    assert grouped.groupby("particle")["weight"].mean().to_numpy() == pytest.approx([1, 1])
    for other in (test, *(train[train["fold"] == fold] for fold in (1, 2))):
        mine = train[train["fold"] == 0] if other is not test else train
        assert not set(showers.loc[mine.index, "group"]) & set(showers.loc[other.index, "group"])
    summary = describe_data({"file": "a", "sha256": "b"}, train, test, settings, 0)
    assert summary["n_duplicates"] == 0


def test_a_duplicate_ties_its_showers_together(showers):
    showers.loc[1400, HILLAS_PARAMETERS] = showers.loc[10, HILLAS_PARAMETERS]
    grouped, *_ = process(showers, maximum_events=None)
    tied = grouped["group"] == grouped.loc[10, "group"]
    assert set(grouped.index[tied]) == {9, 10, 11, 1398, 1399, 1400}
    assert grouped["group"].nunique() == 499


def test_too_few_groups_are_told_before_anything_is_written(showers):
    runs = showers.assign(group=showers["particle"].eq("gamma") + 2 * (showers.index % 2))
    runs.attrs = showers.attrs
    with pytest.raises(InputError, match=r"array\.h5: the gamma events are in 2 groups, too few"):
        part(runs)


def test_wrong_units_stop_the_run_unless_they_are_meant(showers):
    showers["fLength"] /= 297
    showers["fWidth"] /= 297
    with pytest.raises(InputError, match="fLength: median of the sizes"):
        part(showers)
    assert len(part(showers, check_units=False)[0]) == 1500


def test_leaks_stop_the_run_unless_they_are_allowed(showers):
    showers["fDist"] = np.where(showers["particle"] == "gamma", 100.0, 200.0)
    showers["fDist"] += np.arange(1500) / 100
    with pytest.raises(InputError, match="fDist separates the classes all alone"):
        part(showers)
    allowed = ["fDist", "distance_along_axis", "edge", "distance_residual", "length_over_distance"]
    assert len(part(showers, allowed_despite_alarm=allowed)[0]) == 1500


def test_relations_of_ones_own_part_events(showers):
    rule = {
        "name": "edge of the camera",
        "left": "fDist",
        "relation": "<=",
        "right": 349.0,
        "because": "the camera ends there",
    }
    _, quarantined, summary = part(showers, extra_constraints=[rule])
    assert set(quarantined["reason"]) == {"edge of the camera"}
    assert summary["constraints"][-1]["name"] == "edge of the camera"


@pytest.fixture(scope="module")
def project(tmp_path_factory, magic_file):
    project = copy_project(tmp_path_factory.mktemp("telescope") / "project", magic_file)
    (project / "docs").mkdir()
    shutil.copy2(PROJECT / "docs/make_example_telescope.py", project / "docs")
    made = subprocess.run(
        [sys.executable, "docs/make_example_telescope.py"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.findall(r"Wrote \S+/(\w+\.h5)", made.stdout) == ["gammas.h5", "protons.h5"]
    assert "WARNING" not in made.stdout + made.stderr
    return project


class TestExampleTelescope:
    """`kedro run --env example_telescope`, as docs/own-data.md says."""

    def run(self, project, environment):
        """Run from a folder inside the project."""
        arguments = ("run", "--env", environment, "--pipelines", "data_processing")
        return kedro(project / "docs", *arguments)

    def test_the_very_events_of_the_magic_table_come_back(self, project, magic_events):
        result = self.run(project, "example_telescope")
        assert result.returncode == 0, result.stdout + result.stderr
        assert not re.search(r"warn|Traceback|ERROR", result.stdout + result.stderr, re.IGNORECASE)
        magic = process(magic_events, "base")
        for table, layer, name in zip(
            magic[:3],
            ("03_primary", "05_model_input", "05_model_input"),
            ("events", "train_events", "test_events"),
            strict=True,
        ):
            mine = pd.read_parquet(project / f"data/{layer}/example_telescope/{name}.parquet")
            pd.testing.assert_frame_equal(mine, table, check_exact=True)

    def test_a_forbidden_column_stops_the_run_before_anything_is_written(self, project):
        shutil.copytree(project / "conf/example_telescope", project / "conf/leaking")
        (project / "conf/leaking/globals.yml").write_text("magic: leaking\n")
        catalog = project / "conf/leaking/catalog.yml"
        leaking = catalog.read_text().replace("{column: distance, unit: deg}", "event_id")
        catalog.write_text(leaking.replace("group: [obs_id, event_id]", "group: []"))
        result = self.run(project, "leaking")
        assert result.returncode != 0
        for word in ("gammas.h5", "fDist", "'event_id'", "identity of the event", "[fDist]"):
            assert word in result.stderr
        assert "Traceback" not in result.stderr
        assert not list((project / "data").rglob("leaking"))
