"""Releases that change while a service runs."""

import itertools
import json
import signal
import time

import numpy as np
import pytest
from serving_tools import (
    ADMIN,
    EVENT,
    PATIENCE,
    Load,
    as_columns,
    bind,
    draw_events,
    put_release,
    serving,
    toy_files,
)

from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.release.graphs import Graph
from showerforge.serving.manifest import MANIFEST, MODEL
from showerforge.serving.releases import (
    CHALLENGER,
    CHAMPION,
    read_aliases,
    set_alias,
    write_release,
)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reloading")
    put_release(folder / "releases")
    with serving(folder, admin_keys=[ADMIN["X-API-Key"]]) as running:
        yield running


@pytest.fixture
def names(service):
    """Two releases, of which the first is the champion in use, and no challenger."""
    folder = service.folder / "releases"
    first = put_release(folder)
    second = put_release(folder, alias=None, note="the second", working_point="loose")
    set_alias(folder, CHALLENGER, None)
    assert admin(service, "reload").status_code == 200
    return first, second


def admin(service, path):
    return service.client.post(f"/v1/admin/{path}", headers=ADMIN)


def in_use(service):
    return service.classify({"event": EVENT}).json()["release"]


def test_reload_and_roll_back_without_a_lost_request(service, names):
    first, second = names
    folder = service.folder / "releases"
    with Load(service.url) as load:
        for name, _ in zip(itertools.cycle([second, first]), range(6), strict=False):
            set_alias(folder, CHAMPION, name)
            assert admin(service, "reload").json() == {CHAMPION: name}
            load.wait_for_answers(30)
            assert in_use(service) == name
        for name in (second, first):
            answer = admin(service, f"promote?release={name}")
            assert answer.json() == read_aliases(folder) == {CHAMPION: name}
            load.wait_for_answers(30)
            assert in_use(service) == name
    assert load.failures == []
    assert {status for status, _ in load.answers} == {200}
    thresholds = {(said["release"], said["threshold"]) for _, said in load.answers}
    assert thresholds == {(first, 0.6), (second, 0.3)}


def test_signal_reloads(service, names):
    _, second = names
    set_alias(service.folder / "releases", CHAMPION, second)
    service.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + PATIENCE
    while in_use(service) != second:
        assert time.monotonic() < until
    assert service.number("release", alias=CHAMPION, release=second) == 1
    assert service.number("release", alias=CHAMPION) == 1


def spoil(folder, kind):
    """Make a release that cannot be believed the champion."""
    files = toy_files()
    golden = json.loads(files[MANIFEST])["golden"]
    made = {
        "flipped": bind(files, note="flipped"),
        "gone": bind(files, note="gone"),
        "no manifest": {**files, MANIFEST: b"{}"},
        "no model": bind({**files, MODEL: b"no model"}),
        "other scores": bind(files, golden=golden | {"scores": golden["scores"][::-1]}),
    }[kind]
    name = write_release(folder, made)
    set_alias(folder, CHAMPION, name)
    if kind == "flipped":
        content = bytearray((folder / name / MODEL).read_bytes())
        content[1000] = files[MODEL][1000] ^ 1
        (folder / name / MODEL).write_bytes(content)
    if kind == "gone":
        (folder / name / MODEL).unlink(missing_ok=True)


@pytest.mark.parametrize("kind", ["flipped", "gone", "no manifest", "no model", "other scores"])
def test_old_release_stays_if_the_new_one_cannot_be_believed(service, names, kind):
    first, _ = names
    folder = service.folder / "releases"
    spoil(folder, kind)
    answer = admin(service, "reload")
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["message"]
    assert in_use(service) == first
    assert service.client.get("/readyz").json()["status"] == "ready"
    service.process.send_signal(signal.SIGHUP)
    service.wait_for("nothing was reloaded")
    assert in_use(service) == first
    assert service.number("release", alias=CHAMPION, release=first) == 1


@pytest.mark.parametrize("name", ["none", "..", "%2e%2e%2freleases", "%00", "", "x" * 101, "%ff"])
def test_release_that_is_not_there_is_not_promoted(service, names, name):
    first, _ = names
    answer = admin(service, f"promote?release={name}")
    assert answer.status_code in (409, 422)
    assert in_use(service) == read_aliases(service.folder / "releases")[CHAMPION] == first


def test_broken_release_is_not_promoted(service, names):
    first, _ = names
    folder = service.folder / "releases"
    spoil(folder, "flipped")
    (broken,) = set(read_aliases(folder).values())
    set_alias(folder, CHAMPION, first)
    answer = admin(service, f"promote?release={broken}")
    assert answer.status_code == 409
    assert read_aliases(folder) == {CHAMPION: first}
    assert in_use(service) == first


def test_nothing_is_promoted_beside_a_challenger_that_cannot_be_believed(service, names):
    first, second = names
    folder = service.folder / "releases"
    spoil(folder, "flipped")
    (broken,) = set(read_aliases(folder).values())
    set_alias(folder, CHAMPION, first)
    set_alias(folder, CHALLENGER, broken)
    answer = admin(service, f"promote?release={second}")
    assert answer.status_code == 409
    assert read_aliases(folder)[CHAMPION] == first
    assert in_use(service) == first
    set_alias(folder, CHALLENGER, None)


def test_a_worse_release_is_promoted_only_if_that_is_said(service, names):
    first, _ = names
    folder = service.folder / "releases"
    figures = json.loads(toy_files()[MANIFEST])["figures"]
    ((name, figure),) = figures.items()
    worse = {"value": figure["lower"] - 0.02, "lower": 0.5, "upper": figure["lower"] - 0.01}
    second = put_release(folder, alias=None, figures={name: worse})
    answer = admin(service, f"promote?release={second}")
    assert answer.status_code == 409
    assert f"its {name} of {worse['value']:.4f} [" in answer.json()["errors"][0]["message"]
    assert in_use(service) == first
    answer = admin(service, f"promote?release={second}&even_if_worse=true")
    assert answer.status_code == 200
    assert in_use(service) == second
    # the way back is free
    assert admin(service, f"promote?release={first}").status_code == 200


def test_promotion_needs_a_name(service, names):
    answer = admin(service, "promote")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == ["query", "release"]


def constant_model(fails_beyond=None):
    """Write a model that calls all events even; or fails for images that are too long."""
    graph = Graph(len(HILLAS_PARAMETERS))
    if fails_beyond is None:
        fails_beyond = 1e12
    is_long = graph.add("Greater", graph.column(0), graph.constant(fails_beyond))
    place = graph.add("Cast", is_long, to=7)
    # there is no second value
    return graph.to_bytes(graph.add("Gather", graph.constant([0.5]), place), "gammaness", "toy")


def challenge(service, fails_beyond=None):
    """Let a constant model be the challenger."""
    golden = json.loads(toy_files()[MANIFEST])["golden"]
    golden["scores"] = [0.5] * len(golden["events"])
    files = bind({**toy_files(), MODEL: constant_model(fails_beyond)}, golden=golden)
    folder = service.folder / "releases"
    name = write_release(folder, files)
    set_alias(folder, CHALLENGER, name)
    assert admin(service, "reload").json()[CHALLENGER] == name
    return name


def wait_for_number(service, name, wanted):
    until = time.monotonic() + PATIENCE
    while service.number(name) < wanted:
        assert time.monotonic() < until
    assert service.number(name) == wanted


def test_challenger_scores_the_same_events(service, names):
    first, _ = names
    name = challenge(service)
    numbers = ("shadow_events_total", "shadow_disagreements_total",
               "shadow_absolute_difference_total")  # fmt: skip
    compared, disagreed, difference = (service.number(n) for n in numbers)
    events = draw_events(100, 100, 0)
    events[0, 1] = 1e6  # refused, and so not compared
    said = service.classify(as_columns(events)).json()
    assert said["release"] == first
    scores = np.array(said["columns"]["gammaness"][1:])
    wait_for_number(service, "shadow_events_total", compared + 199)
    # at its own threshold of 0.6 the challenger calls all events hadrons
    wait_for_number(service, "shadow_disagreements_total", disagreed + (scores >= 0.6).sum())
    added = service.number("shadow_absolute_difference_total") - difference
    assert added == pytest.approx(np.abs(scores - 0.5).sum())
    models = service.client.get("/v1/models").json()
    assert models["challenger"]["release"] == name


def test_challenger_that_fails_does_no_harm(service, names):
    first, _ = names
    challenge(service, fails_beyond=400.0)
    failures = service.number("shadow_failures_total")
    long = EVENT | {"fLength": 500.0}
    for n in range(5):
        answer = service.classify({"event": long})
        assert (answer.status_code, answer.json()["release"]) == (200, first)
        wait_for_number(service, "shadow_failures_total", failures + n + 1)
    compared = service.number("shadow_events_total")
    service.classify({"event": EVENT})
    wait_for_number(service, "shadow_events_total", compared + 1)
    assert service.client.get("/readyz").json()["status"] == "ready"
