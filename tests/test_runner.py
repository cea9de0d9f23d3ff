"""Runs that are stopped in the middle and gone on with."""

import json
import subprocess
import sys

import pytest
import toy_runs
from hypothesis import given, settings
from hypothesis import strategies as st
from kedro.framework.hooks.manager import _create_hook_manager
from toy_runs import NODES, Toy

from showerforge import ledger as ledger_module
from showerforge.errors import InterruptedRunError


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    toy = Toy(tmp_path_factory.mktemp("undisturbed"))
    assert toy.run() == set(NODES)
    return toy.digests()


@pytest.fixture(scope="module")
def resumed(tmp_path_factory):
    """What came of runs that were killed in each of the nodes and gone on with."""
    program = [sys.executable, toy_runs.__file__, tmp_path_factory.mktemp("killed")]
    result = subprocess.run(program, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", NODES)
def test_a_run_that_was_killed_in_a_node_goes_on_to_the_same_results(undisturbed, resumed, name):
    assert resumed[name]["digests"] == undisturbed
    assert name in resumed[name]["again"]
    assert ("double" in resumed[name]["again"]) == (name == "double")


def test_a_finished_run_has_nothing_left(tmp_path, undisturbed):
    toy = Toy(tmp_path)
    toy.run()
    assert toy.run(resume=True) == set()
    assert toy.digests() == undisturbed


def test_without_resume_everything_runs_again(tmp_path):
    toy = Toy(tmp_path)
    toy.run()
    assert toy.run() == set(NODES)


def change_parameter(toy):
    toy.factor = 3


def change_source(toy):
    toy.catalog()["source"].save([4, 5, 6, 7])


def spoil(name):
    return lambda toy: next(
        path for path in sorted((toy.folder / name).rglob("*")) or [toy.folder / name]
    ).write_text("[0]")


CHANGES = {
    change_parameter: set(NODES),
    change_source: set(NODES),
    spoil("doubled"): set(NODES),
    # the count is passed on in memory, and needed again
    spoil("pieces"): {"cut", "count", "add", "finish"},
    spoil("sum"): {"count", "add", "finish"},
    spoil("end"): {"finish"},
}


@pytest.mark.parametrize(("change", "again"), CHANGES.items(), ids=range(len(CHANGES)))
def test_what_has_changed_runs_again_and_all_that_builds_on_it(tmp_path, change, again, caplog):
    toy = Toy(tmp_path / "changed")
    toy.run()
    change(toy)
    fresh = Toy(tmp_path / "fresh", toy.factor, toy.catalog()["source"].load())
    assert toy.run(resume=True) == again
    fresh.run()
    assert toy.digests() == fresh.digests()


def test_other_code_or_packages_make_everything_run_again(tmp_path, monkeypatch):
    toy = Toy(tmp_path)
    toy.run()
    monkeypatch.setattr(ledger_module, "code_in_use", lambda: "other")
    assert toy.run(resume=True) == set(NODES)


@settings(max_examples=20)
@given(
    stops=st.lists(st.sampled_from(NODES), max_size=4),
    factors=st.lists(st.integers(1, 3), min_size=1, max_size=5),
)
def test_stops_and_changes_in_any_order_end_in_what_a_fresh_run_gives(
    tmp_path_factory, stops, factors
):
    toy = Toy(tmp_path_factory.mktemp("disturbed"))
    for number, factor in enumerate(factors):
        toy.factor = factor
        toy.stop = dict.fromkeys(stops[number : number + 1], interrupt)
        try:
            toy.run(resume=True)
        except InterruptedRunError:
            continue
    toy.stop = {}
    toy.run(resume=True)
    fresh = Toy(tmp_path_factory.mktemp("fresh"), factors[-1])
    fresh.run()
    assert toy.digests() == fresh.digests()


def interrupt():
    raise KeyboardInterrupt


def test_ctrl_c_is_an_error_that_hooks_are_told_of_and_says_how_to_go_on(tmp_path):
    toy = Toy(tmp_path)
    toy.stop["add"] = interrupt
    hooks = _create_hook_manager()
    with pytest.raises(InterruptedRunError, match=r"while add ran\. 3 of 5 nodes .*--resume"):
        toy.run(hooks=hooks)
    assert not any(isinstance(plugin, ledger_module.Ledger) for plugin in hooks.get_plugins())


def fail():
    raise ValueError("no")


def test_a_node_that_fails_is_not_finished_and_the_log_says_how_to_go_on(tmp_path, caplog):
    toy = Toy(tmp_path)
    toy.stop["finish"] = fail
    with pytest.raises(ValueError, match="no"):
        toy.run()
    assert "4 of 5 nodes have finished. The same command with --resume" in caplog.text
    toy.stop.clear()
    assert toy.run(resume=True) == {"finish"}


def test_a_save_that_fails_leaves_its_node_unfinished(tmp_path):
    toy = Toy(tmp_path)
    toy.folder.joinpath("end").mkdir()
    with pytest.raises(Exception, match="directory"):
        toy.run()
    toy.folder.joinpath("end").rmdir()
    assert toy.run(resume=True) == {"finish"}
