import json
import shutil

import pytest
import yaml
from toys import PROJECT

from showerforge.errors import ExitCode

OF_A_PROJECT = {"project", "parameters", "data", "releases", "tracking", "executor"}


def by_topic(result):
    findings = json.loads(result.stdout)
    is_well = all(finding["status"] != "problem" for finding in findings)
    assert result.exit_code == (ExitCode.FINE if is_well else ExitCode.NO)
    return {finding["topic"]: finding for finding in findings}


@pytest.fixture
def project(tmp_path):
    """The configuration of the project, and nothing else."""
    shutil.copytree(PROJECT / "conf", tmp_path / "conf", ignore=shutil.ignore_patterns("local"))
    (tmp_path / "conf/local").mkdir()
    shutil.copy2(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def test_everything_is_looked_at_and_nothing_is_made(showerforge, project, monkeypatch):
    before = sorted(project.rglob("*"))
    monkeypatch.chdir(project)
    found = by_topic(showerforge("doctor", "--json"))
    assert set(found) == {"environment", "machine", *OF_A_PROJECT}
    assert found["parameters"]["status"] == "ok"
    assert found["data"]["status"] == "warning"
    assert str(project) in found["data"]["text"]
    assert sorted(project.rglob("*")) == before


def test_a_wrong_parameter_is_a_problem_and_the_rest_is_looked_at(
    showerforge, project, monkeypatch
):
    wrong = {"magic": {"data_processing": {"n_folds": 0}}}
    (project / "conf/local/parameters.yml").write_text(yaml.safe_dump(wrong))
    monkeypatch.chdir(project)
    result = showerforge("doctor", "--json")
    assert result.exit_code == ExitCode.NO
    found = by_topic(result)
    assert found["parameters"]["status"] == "problem"
    assert "n_folds: is 0" in found["parameters"]["remedy"]
    assert set(found) >= OF_A_PROJECT


def test_outside_of_a_project_it_says_so(showerforge, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = showerforge("doctor")
    lines = result.stdout.splitlines()
    assert any(line.startswith("warning  project") for line in lines)
    assert not any("releases  " in line for line in lines)
