"""What is refused before a run begins, because it could not end."""

import pytest
from sessions import refusal_of
from toys import copy_project


@pytest.fixture
def project(tmp_path, magic_file):
    return copy_project(tmp_path / "project", magic_file)


def test_results_that_are_not_there_are_named_with_what_makes_them(project, monkeypatch):
    told = refusal_of(project, monkeypatch, pipeline="reporting", nodes=None)
    assert "  - magic.certificate\n" in told
    stages = ("data_processing", "synthetic_generation", "synthetic_validation", "modelling")
    commands = [f"  kedro run --pipelines {stage} --env quick" for stage in stages]
    assert told.endswith("\n".join(["What makes them:", *commands]))


def test_a_stage_of_a_larger_experiment_is_asked_for_by_its_tag(project, monkeypatch):
    nodes = ["taiga.modelling.score_tables"]
    told = refusal_of(project, monkeypatch, pipeline="taiga", nodes=nodes)
    assert "kedro run --pipelines taiga --tags data_processing --env quick" in told


def test_an_unknown_environment_is_named_beside_those_that_are_there(project, monkeypatch):
    told = refusal_of(project, monkeypatch, env="quik")
    assert "There is no environment 'quik' (did you mean quick?)" in told
    assert "simulated" in told
