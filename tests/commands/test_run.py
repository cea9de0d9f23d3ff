"""What `showerforge run` hands over is what Kedro's own command takes."""

import pytest
from toys import PROJECT

from showerforge import cli
from showerforge.errors import ExitCode


@pytest.fixture
def handed_over(monkeypatch):
    """What Kedro's command has understood, instead of a run."""
    given = []
    monkeypatch.setattr(cli, "as_kedro_does", lambda **options: given.append(options))
    return given


def test_pipelines_and_options_are_passed_on_from_wherever_in_the_project(
    showerforge, handed_over, monkeypatch
):
    monkeypatch.chdir(PROJECT / "docs")
    result = showerforge(
        *("run", "modelling", "reporting", "--env", "quick", "--tags", "a", "--tags", "b"),
        *("--params", "seed=7", "--params", "magic.data_processing.n_folds=4"),
    )
    assert result.exit_code == 0, result.output
    (given,) = handed_over
    assert sorted(given["pipelines"]) == ["modelling", "reporting"]
    assert given["env"] == "quick"
    assert given["params"] == {"seed": 7, "magic": {"data_processing": {"n_folds": 4}}}
    assert sorted(given["tags"]) == ["a", "b"]


def test_nothing_is_passed_on_but_what_was_given(showerforge, handed_over, monkeypatch):
    monkeypatch.chdir(PROJECT)
    assert showerforge("run").exit_code == 0
    assert not any(handed_over[0][name] for name in ("pipelines", "env", "params", "tags"))
    assert not handed_over[0]["runner_params"]


def test_a_run_can_be_gone_on_with(showerforge, handed_over, monkeypatch):
    monkeypatch.chdir(PROJECT)
    assert showerforge("run", "--resume").exit_code == 0
    assert handed_over[0]["runner_params"] == {"resume": True}


def test_an_unknown_pipeline_is_named_before_anything_runs(showerforge, handed_over, monkeypatch):
    monkeypatch.chdir(PROJECT)
    result = showerforge("run", "tunin")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "no pipeline 'tunin' (did you mean tuning" in result.stderr
    assert not handed_over


def test_outside_of_a_project_it_says_what_to_do(showerforge, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = showerforge("run")
    assert result.exit_code == ExitCode.MISSING
    assert f"{tmp_path} is in no project" in result.stderr
    assert "Clone the repository" in result.stderr
