"""Runs are compared with those of their kind, and with no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showerforge.pipelines.runs.nodes import write_runs_page
from showerforge.report.runs import RunsSettings, group_runs, interval_of

SETTINGS = RunsSettings(latest=3, metrics=["stack.*.roc_auc", "gain"])


def make_run(name, pipeline="magic", status="FINISHED", data="e9" * 32, seed="0", **metrics):
    values = {"stack.real.roc_auc": 0.95, "lightgbm.real.roc_auc": 0.94, **metrics}
    ends = {f"{n}.{end}": v for n, v in values.items() if n[0] != "l" for end in ("lower", "upper")}
    return {
        "run": name,
        "pipeline": pipeline,
        "status": status,
        "started": "2026-11-27 07:00",
        "minutes": 1.5,
        "metrics": {**values, **ends},
        "parameters": {"seed": seed, "trees": "300"},
        "tags": {"data_sha256": data, "git_commit": "ab" * 20, "git_dirty": "true"},
    }


def test_only_runs_of_one_pipeline_on_the_same_data_stand_together():
    runs = [
        make_run("a"),
        make_run("b", "taiga"),
        make_run("c", data="12" * 32),
        make_run("d", "__default__"),
        make_run("e", status="FAILED"),
    ]
    groups = group_runs(runs, SETTINGS)
    assert [[run["run"] for run in group.runs] for group in groups] == [["a", "d"], ["b"], ["c"]]
    assert [group.pipeline for group in groups] == ["magic", "taiga", "magic"]


def test_metrics_without_interval_are_left_out_and_missing_ones_are_none():
    (group,) = group_runs([make_run("a", gain=0.001), make_run("b")], SETTINGS)
    assert group.metrics == ["stack.real.roc_auc", "gain"]
    assert interval_of(group.runs[0], "gain") == (0.001, 0.001, 0.001)
    assert interval_of(group.runs[1], "gain") is None


def test_what_differs_is_told_and_what_is_shown_is_the_latest():
    runs = [make_run(name, seed=seed) for name, seed in zip("abcde", "00123", strict=True)]
    (group,) = group_runs(runs, SETTINGS)
    assert [run["run"] for run in group.runs] == ["a", "b", "c"]
    assert group.n_older == 2
    assert group.differing == {"seed": ["0", "0", "1"]}


@given(st.lists(st.sampled_from("ab"), max_size=8))
def test_every_judged_run_is_shown_or_counted(pipelines):
    runs = [make_run(str(n), pipeline) for n, pipeline in enumerate(pipelines)]
    groups = group_runs(runs, SETTINGS)
    assert sum(len(group.runs) + group.n_older for group in groups) == len(runs)


@pytest.mark.parametrize("n_runs", [0, 2])
def test_the_page_names_runs_or_says_that_there_are_none(n_runs):
    runs = [make_run(f"run{n}", seed=str(n)) for n in range(n_runs)]
    html = write_runs_page(runs, SETTINGS)
    assert ("No finished run" in html) == (n_runs == 0)
    for run in runs:
        assert f"<code>{run['run']}</code>" in html
    assert html.count("0.9500 [0.9500, 0.9500]") == n_runs
    assert ("<th>seed</th>" in html) == (n_runs == 2)
