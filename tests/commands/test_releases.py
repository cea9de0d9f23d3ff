import json

import pytest
from serving_tools import put_release

from showerforge.errors import ExitCode
from showerforge.serving.releases import CHALLENGER, CHAMPION, read_aliases


@pytest.fixture
def names(tmp_path):
    """A champion, and another release that is clearly worse."""
    worse = {"ROC-AUC": {"value": 0.5, "lower": 0.4, "upper": 0.6}}
    better = {"ROC-AUC": {"value": 0.9, "lower": 0.8, "upper": 1.0}}
    return put_release(tmp_path, figures=better), put_release(tmp_path, None, figures=worse)


@pytest.fixture
def ask(showerforge, tmp_path, names):
    def run(*arguments):
        return showerforge("releases", "--releases", tmp_path, *arguments)

    return run


def test_releases_are_listed_with_their_aliases_and_figures(ask, names):
    ask("challenge", names[1])
    lines = {line.split()[0]: line for line in ask("list").stdout.splitlines()}
    assert set(lines) == set(names)
    assert "champion" in lines[names[0]]
    assert "ROC-AUC 0.9000" in lines[names[0]]
    assert "challenger" in lines[names[1]]
    listed = {row["name"]: row for row in json.loads(ask("list", "--json").stdout)}
    assert {name: row["alias"] for name, row in listed.items()} == {
        names[0]: CHAMPION,
        names[1]: CHALLENGER,
    }
    assert listed[names[1]]["figures"]["ROC-AUC"]["upper"] == 0.6


def test_a_worse_release_is_promoted_only_if_that_is_said(ask, names, tmp_path):
    refused = ask("promote", names[1])
    assert refused.exit_code == ExitCode.BAD_INPUT
    assert "--even-if-worse" in refused.stderr
    assert read_aliases(tmp_path) == {CHAMPION: names[0]}
    assert f"champion {names[1]}" in ask("promote", "--even-if-worse", names[1]).stdout
    assert read_aliases(tmp_path) == {CHAMPION: names[1]}


def test_a_challenger_comes_and_goes(ask, names, tmp_path):
    both = {CHAMPION: names[0], CHALLENGER: names[1]}
    assert json.loads(ask("challenge", names[1], "--json").stdout) == both
    assert read_aliases(tmp_path) == both
    ask("unchallenge")
    assert read_aliases(tmp_path) == {CHAMPION: names[0]}


@pytest.mark.parametrize("action", ["promote", "challenge"])
def test_an_unknown_release_is_named_beside_those_that_are_there(ask, names, action):
    result = ask(action, "nobody")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "has no release 'nobody'; it has " in result.stderr
    assert names[0] in result.stderr


def test_releases_that_are_not_there_are_missing(showerforge, tmp_path):
    result = showerforge("releases", "--releases", tmp_path / "none", "list")
    assert result.exit_code == ExitCode.MISSING
    assert "kedro run --pipelines release" in result.stderr
