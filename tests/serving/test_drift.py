"""Drift of the stream that a running service scores."""

import pytest
from serving_tools import as_columns, draw_events, put_release, serving

from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.monitoring.faults import inject, loses_light

WINDOWS = (300, 1000)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drift")
    put_release(folder / "releases")
    with serving(folder) as running:
        yield running


def alarms(service):
    """Read the alarms so far, all of them and those of the light."""
    return (
        service.number("drift_alarms_total"),
        service.number("drift_alarms_total", column="fSize"),
    )


def send(service, events):
    for begin in range(0, len(events), 250):
        answer = service.classify(as_columns(events[begin : begin + 250]))
        assert answer.status_code == 200


def windows(service):
    return {w: service.number("drift_windows_total", window=str(w)) for w in WINDOWS}


def test_undisturbed_stream_raises_none(service):
    before, closed = alarms(service), windows(service)
    send(service, draw_events(1800, 1200, seed=11))
    service.client.get("/metrics")
    assert alarms(service) == before
    assert windows(service) == {w: closed[w] + 3000 // w for w in WINDOWS}


@pytest.mark.parametrize("n_gamma", [0, 100, 2900, 3000])
def test_change_of_mixture_alone_raises_none(service, n_gamma):
    before = alarms(service)
    send(service, draw_events(n_gamma, 3000 - n_gamma, seed=12 + n_gamma))
    service.client.get("/metrics")
    assert alarms(service) == before


def test_loss_of_light_fires_within_a_window(service):
    before = alarms(service)
    events = draw_events(1200, 800, seed=13)
    columns = dict(zip(HILLAS_PARAMETERS, events.T, strict=True))
    events[:, HILLAS_PARAMETERS.index("fSize")] = inject(loses_light(0.2), columns)["fSize"]
    send(service, events)
    service.client.get("/metrics")
    after = alarms(service)
    assert after[1] - before[1] >= 3
    assert service.number("drift_distance", column="fSize") > 0.01


def test_refused_events_are_not_watched(service):
    before = windows(service)
    events = draw_events(600, 400, seed=14)
    events[:, HILLAS_PARAMETERS.index("fAlpha")] += 100
    send(service, events)
    service.client.get("/metrics")
    assert windows(service) == before
