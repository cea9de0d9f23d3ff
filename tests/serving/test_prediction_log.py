import asyncio
import sqlite3
import time

import numpy as np
import pytest
from serving_tools import keep, make_answer

from showerforge.errors import InputError
from showerforge.serving.prediction_log import (
    PredictionLog,
    days_of,
    forget,
    read_answers,
)

EVER = (0.0, 1e12)


def assert_same(found, wanted):
    for name in ("request_id", "time", "release", "condition", "parameters", "reasons"):
        assert getattr(found, name) == getattr(wanted, name)
    np.testing.assert_array_equal(found.events, wanted.events)
    np.testing.assert_array_equal(found.scores, wanted.scores)


def test_round_trip_is_exact_and_in_order(tmp_path):
    answers = [make_answer(n, float(n % 3), f"r{n}", n) for n in range(1, 40)]
    assert keep(tmp_path / "log", answers) == [True] * 39
    found = list(read_answers(tmp_path / "log", *EVER))
    assert len(found) == 39
    for own, other in zip(found, answers, strict=True):
        assert_same(own, other)


def test_odd_numbers_and_texts_stay(tmp_path):
    answer = make_answer(5)
    answer.events[:, 0] = [-0.0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, -1e-300]
    answer.reasons[1] = "Größe 'ist' \"seltsam\";\n\0 ☃"
    keep(tmp_path / "ordner mit ü" / "log", [answer])
    (found,) = read_answers(tmp_path / "ordner mit ü" / "log", *EVER)
    assert_same(found, answer)
    assert np.signbit(found.events[0, 0])


def test_restart_goes_on(tmp_path):
    for n in range(3):
        keep(tmp_path / "log", [make_answer(request_id=f"r{n}")])
    assert [a.request_id for a in read_answers(tmp_path / "log", *EVER)] == ["r0", "r1", "r2"]


def test_time_span_is_half_open(tmp_path):
    keep(tmp_path / "log", [make_answer(time=float(t)) for t in range(5)])
    assert [a.time for a in read_answers(tmp_path / "log", 1.0, 3.0)] == [1.0, 2.0]
    assert days_of(tmp_path / "log") == (0.0, 4.0)


def test_answers_of_many_at_once_are_all_kept(tmp_path):
    async def append_all():
        log = PredictionLog(tmp_path / "log", 10_000)
        kept = await asyncio.gather(
            *(log.append(make_answer(request_id=f"r{n}")) for n in range(2000))
        )
        log.close()
        return kept

    assert all(asyncio.run(append_all()))
    found = {a.request_id for a in read_answers(tmp_path / "log", *EVER)}
    assert found == {f"r{n}" for n in range(2000)}


def test_answer_is_there_as_soon_as_it_is_said(tmp_path):
    async def append_and_look():
        log = PredictionLog(tmp_path / "log", 10)
        for n in range(20):
            assert await log.append(make_answer(request_id=f"r{n}"))
            other = sqlite3.connect(f"file:{tmp_path / 'log'}?mode=ro", uri=True)
            ((count,),) = other.execute("SELECT count(*) FROM requests").fetchall()
            other.close()
            assert count == n + 1
        log.close()

    asyncio.run(append_and_look())


def test_forgetting_takes_the_old_ones_only(tmp_path):
    keep(tmp_path / "log", [make_answer(time=float(t), n_events=1) for t in range(2500)])
    assert forget(tmp_path / "log", 2400.0) == 2400
    assert [a.time for a in read_answers(tmp_path / "log", *EVER)] == list(range(2400, 2500))
    assert forget(tmp_path / "log", 2400.0) == 0
    assert forget(tmp_path / "log", 1e12) == 100
    assert days_of(tmp_path / "log") is None


def test_locked_file_loses_answers_that_are_counted_and_then_recovers(tmp_path):
    async def lock_and_append():
        log = PredictionLog(tmp_path / "log", 10)
        other = sqlite3.connect(tmp_path / "log", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert not await log.append(make_answer(4))
        assert not log.is_well
        begin = time.monotonic()
        assert not await log.append(make_answer(5))
        assert time.monotonic() - begin < 1, "nobody waits for a file that is known to be locked"
        assert log.n_lost == 9
        other.execute("ROLLBACK")
        other.close()
        assert await log.append(make_answer(6))
        assert log.is_well
        assert log.n_lost == 9
        log.close()

    asyncio.run(lock_and_append())
    assert [len(a.events) for a in read_answers(tmp_path / "log", *EVER)] == [6]


def test_queue_that_is_full_loses_answers_that_are_counted(tmp_path):
    async def lock_and_append():
        log = PredictionLog(tmp_path / "log", 5)
        other = sqlite3.connect(tmp_path / "log", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        first = asyncio.ensure_future(log.append(make_answer(1)))
        await asyncio.sleep(0.2)
        others = [asyncio.ensure_future(log.append(make_answer(1))) for _ in range(8)]
        await asyncio.sleep(0)
        assert sum(other.done() for other in others) == log.n_lost == 3
        other.execute("ROLLBACK")
        other.close()
        assert await first
        assert sum(await asyncio.gather(*others)) == 5
        log.close()

    asyncio.run(lock_and_append())
    assert len(list(read_answers(tmp_path / "log", *EVER))) == 6


@pytest.mark.parametrize("content", [b"no database" * 1000, b""])
def test_file_that_is_no_log(tmp_path, content):
    (tmp_path / "log").write_bytes(content)
    if content:
        with pytest.raises(InputError, match=r"log cannot be opened: .*not a database"):
            PredictionLog(tmp_path / "log", 10)
    else:
        PredictionLog(tmp_path / "log", 10).close()


def test_log_of_another_version_is_refused(tmp_path):
    other = sqlite3.connect(tmp_path / "log")
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(InputError, match="of version 99; this program knows 1"):
        PredictionLog(tmp_path / "log", 10)


def test_log_in_a_place_that_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be opened"):
        PredictionLog(tmp_path / "file" / "log", 10)


def test_reading_makes_no_file(tmp_path):
    with pytest.raises(InputError, match="There is no prediction log"):
        list(read_answers(tmp_path / "log", *EVER))
    with pytest.raises(InputError, match="There is no prediction log"):
        days_of(tmp_path / "log")
    assert list(tmp_path.iterdir()) == []


def test_log_is_read_while_another_writes(tmp_path):
    keep(tmp_path / "log", [make_answer()])
    other = sqlite3.connect(tmp_path / "log", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert len(list(read_answers(tmp_path / "log", *EVER))) == 1
    assert days_of(tmp_path / "log") == (0.0, 0.0)
    other.close()
