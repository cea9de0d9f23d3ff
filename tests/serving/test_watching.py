import numpy as np
import pytest
from serving_tools import draw_events, put_release

from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.serving.observation import Observation
from showerforge.serving.releases import read_release
from showerforge.serving.watching import FEWEST_TOLD, GATHERED, LiveWatch


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watching")
    return read_release(folder / put_release(folder))


@pytest.fixture
def watch(release):
    return LiveWatch(release, Observation())


def see(watch, release, n, seed=0):
    events = draw_events(n - n // 2, n // 2, seed)
    watch.see("any", events, release.score(events))


def test_few_events_say_nothing(watch, release):
    see(watch, release, FEWEST_TOLD - 1)
    assert watch.so_far() == []
    see(watch, release, 1)
    (shown,) = watch.so_far()
    assert shown.drift.n_events == FEWEST_TOLD
    assert [s.drift for s in watch.shown()] == [shown.drift]
    assert watch.shown()[0].full_at is None


def test_events_one_by_one_count_like_a_batch(watch, release):
    other = LiveWatch(release, Observation())
    events = draw_events(200, 150, 1)
    scores = release.score(events)
    for n in range(len(events)):
        watch.see("any", events[n : n + 1], scores[n : n + 1])
    other.see("any", events, scores)
    assert [s.drift for s in watch.so_far()] == [s.drift for s in other.so_far()]
    assert [s.drift for s in watch.seen] == [s.drift for s in other.seen]
    for own, wanted in zip(watch.totals()["any"], other.totals()["any"], strict=True):
        np.testing.assert_array_equal(own, wanted)


def test_windows_are_remembered_with_their_time(watch, release):
    see(watch, release, 1000, 2)
    assert sorted(s.drift.window for s in watch.seen) == [300, 300, 300, 1000]
    assert watch.seen[0].time.tzinfo is not None


def test_the_last_full_window_of_the_longest_length_is_shown(watch, release):
    events = draw_events(1500, 850, 3)
    scores = release.score(events)
    watch.see("any", events, scores)
    (shown,) = watch.shown()
    assert shown.drift is [s.drift for s in watch.seen if s.drift.window == 1000][-1]
    values = release.reference.values_of(events[1000:2000], scores[1000:2000])
    for own, wanted in zip(shown.counts, release.reference.binning.count(values), strict=True):
        np.testing.assert_array_equal(own, wanted)
    # a full window of a shorter length, or events since, change nothing
    watch.see("any", events[:400], scores[:400])
    assert [s.full_at for s in watch.shown()] == [shown.full_at]


def test_a_window_with_an_alarm_is_shown_before_a_longer_one(watch, release):
    see(watch, release, 1000, 4)
    events = draw_events(150, 150, 5)
    events[:, HILLAS_PARAMETERS.index("fLength")] /= 10
    events[:, HILLAS_PARAMETERS.index("fWidth")] /= 10
    watch.see("any", events, release.score(events))
    (shown,) = watch.shown()
    assert shown.drift.window == 300
    assert {"fLength", "fWidth"} <= {column.column for column in shown.drift.alarms}


def test_no_events_are_nothing(watch):
    watch.see("any", np.empty((0, 10)), np.empty(0))
    assert watch.totals() == {}
    assert GATHERED > 1
