import hashlib
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from serving_tools import keep, make_answer

from showerforge.errors import InputError
from showerforge.serving.compaction import compact
from showerforge.serving.prediction_log import read_answers

EVER = (0.0, 1e12)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def at(days_ago, hours=0.0):
    return (NOON - days_ago * DAY + timedelta(hours=hours)).timestamp()


@pytest.fixture
def log(tmp_path):
    """Answers of four days, one of which had none, and of today."""
    times = [at(4), at(4, 11.99), at(3, -12), at(1), at(0, -1)]
    keep(tmp_path / "log", [make_answer(n + 1, t, f"r{n}", n) for n, t in enumerate(times)])
    return tmp_path / "log"


def digests(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def test_days_equal_the_log(log, tmp_path):
    done = compact(log, tmp_path / "days", NOON, keep_days=30)
    assert {p.name: n for p, n in done.written.items()} == {
        "2026-11-23.parquet": 3,
        "2026-11-24.parquet": 3,
        "2026-11-26.parquet": 4,
    }
    assert done.n_forgotten == 0
    table = pd.concat([pd.read_parquet(p) for p in sorted((tmp_path / "days").iterdir())])
    answers = [a for a in read_answers(log, *EVER) if a.time < at(0, -12)]
    np.testing.assert_array_equal(
        table[["fLength", "fWidth"]], np.concatenate([a.events for a in answers])
    )
    np.testing.assert_array_equal(table["gammaness"], np.concatenate([a.scores for a in answers]))
    assert [None if pd.isna(r) else r for r in table["reason"]] == [
        r for a in answers for r in a.reasons
    ]
    for name in ("request_id", "release", "condition"):
        assert table[name].tolist() == [getattr(a, name) for a in answers for _ in a.reasons]
    assert table["time"].dt.tz is not None
    microseconds = table["time"].astype("datetime64[us, UTC]").astype(int)
    assert microseconds.tolist() == [int(1e6 * a.time) for a in answers for _ in a.reasons]


def test_second_run_writes_nothing(log, tmp_path):
    compact(log, tmp_path / "days", NOON, keep_days=30)
    before = digests(tmp_path / "days")
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "days").iterdir()}
    assert compact(log, tmp_path / "days", NOON, keep_days=30).written == {}
    assert digests(tmp_path / "days") == before
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "days").iterdir()} == times


def test_old_answers_are_forgotten_once_they_are_written(log, tmp_path):
    done = compact(log, tmp_path / "days", NOON, keep_days=2)
    assert done.n_forgotten == 3
    before = digests(tmp_path / "days")
    assert [a.request_id for a in read_answers(log, *EVER)] == ["r3", "r4"]
    compact(log, tmp_path / "days", NOON, keep_days=2)
    assert digests(tmp_path / "days") == before


def test_day_under_way_is_never_forgotten(log, tmp_path):
    compact(log, tmp_path / "days", NOON, keep_days=0)
    assert [a.request_id for a in read_answers(log, *EVER)] == ["r4"]
    assert not (tmp_path / "days" / "2026-11-27.parquet").exists()


def test_day_that_was_written_too_early_is_written_again(log, tmp_path):
    """Answers that came after a run with the day under way must not be lost."""
    path = tmp_path / "days" / "2026-11-27.parquet"
    assert compact(log, tmp_path / "days", NOON, 30, with_today=True).written[path] == 5
    keep(log, [make_answer(6, at(0, 5), "late", 9)])
    done = compact(log, tmp_path / "days", NOON + DAY, keep_days=0)
    assert done.written == {path: 11}
    assert pd.read_parquet(path)["request_id"].tolist() == ["r4"] * 5 + ["late"] * 6
    assert list(read_answers(log, *EVER)) == []


def test_day_of_many_small_requests_is_a_small_file(tmp_path):
    answers = [make_answer(1, at(1, n / 3600), f"r{n}", n) for n in range(3000)]
    keep(tmp_path / "log", answers)
    begin = time.process_time()
    ((path, n),) = compact(tmp_path / "log", tmp_path / "days", NOON, 30).written.items()
    assert time.process_time() - begin < 1
    assert n == 3000
    assert pq.ParquetFile(path).num_row_groups == 1
    assert path.stat().st_size < 100 * n


def test_day_of_two_releases_with_other_parameters(tmp_path):
    other = make_answer(2, at(1, 1), "other")
    other = type(other)(**{**vars(other), "parameters": ("fLength", "fDist")})
    keep(tmp_path / "log", [make_answer(3, at(1), "first"), other])
    ((path, n),) = compact(tmp_path / "log", tmp_path / "days", NOON, 30).written.items()
    table = pd.read_parquet(path)
    assert n == len(table) == 5
    assert table["fWidth"].isna().tolist() == [False] * 3 + [True] * 2
    assert table["fDist"].isna().tolist() == [True] * 3 + [False] * 2


def test_log_without_answers(tmp_path):
    keep(tmp_path / "log", [])
    done = compact(tmp_path / "log", tmp_path / "days", NOON, 30)
    assert (done.written, done.n_forgotten) == ({}, 0)


def test_missing_log_is_refused(tmp_path):
    with pytest.raises(InputError, match="There is no prediction log"):
        compact(tmp_path / "log", tmp_path / "days", NOON, 30)
    assert list(tmp_path.iterdir()) == []
