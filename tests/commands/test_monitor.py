"""Drift of served events, from the log or from days of it."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from serving_tools import draw_events, keep

from showerforge.errors import ExitCode
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.serving.compaction import compact
from showerforge.serving.prediction_log import Answer

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
#: of the toy release
WINDOWS = (300, 1000)


def answer(release, n_events, days_ago=0, light=1.0, name=None):
    """Answer a request for toy events, with all light multiplied by a factor."""
    events = draw_events(n_events // 2, n_events - n_events // 2, 11 + days_ago)
    events[:, HILLAS_PARAMETERS.index("fSize")] += np.log10(light)
    time = (NOON - timedelta(days=days_ago)).timestamp()
    scores = release.score(events)
    who = name or release.name
    no_reasons = [None] * n_events
    return Answer("r", time, who, "any", tuple(HILLAS_PARAMETERS), events, scores, no_reasons)


@pytest.fixture
def log(tmp_path, release):
    """Two days of which the later one has lost half of its light, and another release's events."""
    answers = [
        answer(release, 900, 2),
        answer(release, 300, 2, name="another"),
        answer(release, 900, 1, light=0.5),
    ]
    keep(tmp_path / "log.sqlite", answers)
    return tmp_path / "log.sqlite"


def test_an_alarm_is_told_in_words_and_by_the_code(showerforge, log, releases, release):
    result = showerforge("monitor", log, "--releases", releases)
    assert result.exit_code == ExitCode.NO
    assert "Alarm on 2026-11-26, any: fSize: median" in result.stdout
    assert "Alarm on 2026-11-25" not in result.stdout
    assert "300 events were scored by other releases, and are left out" in result.stderr
    said = json.loads(showerforge("monitor", log, "--releases", releases, "--json").stdout)
    assert said["release"] == release.name
    assert said["events"] == 1800
    assert said["windows"] == 1800 // WINDOWS[0] + 1800 // WINDOWS[1]
    assert 3 <= said["windows_with_alarm"] <= 4
    columns = {row["column"]: row for row in said["columns"]}
    assert set(columns) >= {*HILLAS_PARAMETERS, "gammaness"}
    assert columns["fSize"]["is_alarm"] is True
    assert columns["fSize"]["median"] < columns["fSize"]["expected_median"]


def test_days_and_a_log_say_the_same(showerforge, log, releases, tmp_path):
    def ask(source):
        return showerforge("monitor", source, "--releases", releases, "--json").stdout

    compact(log, tmp_path / "days", NOON, keep_days=30)
    of_log = ask(log)
    assert of_log == ask(tmp_path / "days")
    first = json.loads(ask(tmp_path / "days/2026-11-25.parquet"))
    assert (first["events"], first["windows_with_alarm"]) == (900, 0)


def test_a_stream_as_expected_is_fine_and_a_short_one_leaves_it_open(
    showerforge, releases, release, tmp_path
):
    for name, n_events, code in (("long", 900, ExitCode.FINE), ("short", 200, ExitCode.OPEN)):
        keep(tmp_path / name, [answer(release, n_events)])
        result = showerforge("monitor", tmp_path / name, "--releases", releases)
        assert result.exit_code == code, result.output
        assert ("nothing is judged" in result.stdout) == (code == ExitCode.OPEN)


def test_events_of_other_releases_are_none(showerforge, releases, release, tmp_path):
    keep(tmp_path / "log", [answer(release, 100, name="another")])
    result = showerforge("monitor", tmp_path / "log", "--releases", releases)
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "None of the served events was scored by release" in result.stderr
    (tmp_path / "days").mkdir()
    events = pd.DataFrame(draw_events(5, 5, 0), columns=HILLAS_PARAMETERS)
    events.to_parquet(tmp_path / "days/x.parquet")
    result = showerforge("monitor", tmp_path / "days", "--releases", releases)
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "x.parquet is no day of served events" in result.stderr
