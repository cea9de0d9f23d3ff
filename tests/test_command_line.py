import pytest
from serving_tools import put_release

from showerforge.command_line import main
from showerforge.errors import InputError
from showerforge.serving.releases import CHALLENGER, CHAMPION, read_aliases


@pytest.fixture
def names(tmp_path):
    """A champion, and another release that is clearly worse."""
    worse = {"ROC-AUC": {"value": 0.5, "lower": 0.4, "upper": 0.6}}
    better = {"ROC-AUC": {"value": 0.9, "lower": 0.8, "upper": 1.0}}
    return put_release(tmp_path, figures=better), put_release(tmp_path, None, figures=worse)


@pytest.fixture
def releases(tmp_path, names):
    def run(*arguments):
        main(["releases", "--releases", str(tmp_path), *arguments])

    return run


def test_releases_are_listed_with_their_aliases_and_figures(releases, names, capsys):
    releases("challenge", names[1])
    capsys.readouterr()
    releases("list")
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert set(lines) == set(names)
    assert "champion" in lines[names[0]]
    assert "ROC-AUC 0.9000" in lines[names[0]]
    assert "challenger" in lines[names[1]]


def test_a_worse_release_is_promoted_only_if_that_is_said(releases, names, tmp_path, capsys):
    with pytest.raises(InputError, match="--even-if-worse"):
        releases("promote", names[1])
    assert read_aliases(tmp_path) == {CHAMPION: names[0]}
    releases("promote", "--even-if-worse", names[1])
    assert f"champion {names[1]}" in capsys.readouterr().out
    assert read_aliases(tmp_path) == {CHAMPION: names[1]}


def test_a_challenger_comes_and_goes(releases, names, tmp_path):
    releases("challenge", names[1])
    assert read_aliases(tmp_path) == {CHAMPION: names[0], CHALLENGER: names[1]}
    releases("unchallenge")
    assert read_aliases(tmp_path) == {CHAMPION: names[0]}


@pytest.mark.parametrize("action", ["promote", "challenge"])
def test_an_unknown_release_is_named_beside_those_that_are_there(releases, names, action):
    with pytest.raises(InputError, match=f"has no release 'nobody'; it has .*{names[0]}"):
        releases(action, "nobody")
