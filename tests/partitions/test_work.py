from contextlib import ExitStack
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from showerforge.errors import InputError
from showerforge.execution import ExecutionSettings, executing
from showerforge.partitions.folder import (
    check_records,
    count_events,
    list_partitions,
    work_on_all,
)
from showerforge.partitions.work import Partition, work_on
from showerforge.partitions.writing import TableWriter


@dataclass(frozen=True)
class Sorting:
    """Parts the numbers of a text file: those that are not above a limit are refused."""

    limit: int

    @property
    def settings(self):
        return {"limit": self.limit}

    def __call__(self, partition):
        lines = partition.source.read_text().split()
        if not all(line.isdigit() for line in lines):
            raise InputError(f"{partition.source} cannot be read")
        numbers = [int(line) for line in lines]
        low = [n for n in numbers if n <= self.limit]
        with ExitStack() as opened:
            kept, refused = (
                TableWriter(file, opened) for file in (partition.target, partition.refused)
            )
            kept.write_nothing_if_empty(pa.schema({"n": pa.int64()}))
            kept.write(pa.RecordBatch.from_pydict({"n": [n for n in numbers if n > self.limit]}))
            if low:
                refused.write(pa.RecordBatch.from_pydict({"n": low}))
        reasons = {"low": len(low)} if low else {}
        return {"n_events": len(numbers), "n_refused": len(low), "reasons": reasons}


SORT = Sorting(3)


def put(tmp_path, name, text):
    path = tmp_path / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return Partition(name, tmp_path / "in", tmp_path / "out", tmp_path / "refused")


def content_of(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*.parquet")}


class TestAgain:
    """What is finished is left, and that is told by content."""

    @pytest.fixture
    def part(self, tmp_path):
        part = put(tmp_path, "night/a.txt", "1 2 3 4 5 6")
        assert work_on(part, SORT)["is_new"]
        return part

    def test_same_is_left(self, part):
        before = part.target.stat().st_mtime_ns
        again = work_on(part, SORT)
        assert not again["is_new"]
        assert again["n_events"] == 6
        assert part.target.stat().st_mtime_ns == before

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda part: part.target.write_bytes(part.target.read_bytes()[:-1] + b"x"),
            lambda part: part.target.unlink(),
            lambda part: part.refused.unlink(),
            lambda part: part.refused.write_bytes(b"other"),
            lambda part: part.record.write_text("{"),
            lambda part: part.record.unlink(),
        ],
        ids=["target", "no target", "no refused", "refused", "record", "no record"],
    )
    def test_what_was_spoilt_is_made_anew(self, part, spoil):
        before = content_of(part.results), content_of(part.quarantine)
        spoil(part)
        assert work_on(part, SORT)["is_new"]
        assert (content_of(part.results), content_of(part.quarantine)) == before

    def test_other_content_of_the_same_name(self, part):
        part.source.write_text("4 5 6")
        assert work_on(part, SORT)["is_new"]
        assert pq.read_table(part.target)["n"].to_pylist() == [4, 5, 6]
        assert not part.refused.exists()

    def test_other_settings(self, part):
        assert work_on(part, Sorting(5))["is_new"]
        assert pq.read_table(part.target)["n"].to_pylist() == [6]


class TestFolder:
    @pytest.fixture
    def records(self, tmp_path):
        texts = {"a.txt": "1 2 7", "b.txt": "no number", "c.txt": "8 9"}
        parts = [put(tmp_path, name, text) for name, text in texts.items()]
        with executing(ExecutionSettings(executor="serial")):
            return work_on_all(parts, SORT, "Sorting")

    def test_bad_ones_are_told_and_the_others_are_done(self, records, tmp_path):
        assert [record["problem"] is None for record in records] == [True, False, True]
        files = {p.name for p in (tmp_path / "out").rglob("*") if p.is_file()}
        assert files == {"a.txt.parquet", "a.txt.json", "c.txt.parquet", "c.txt.json"}

    def test_counts(self, records):
        counts = count_events(records)
        assert counts.pop("events_per_cpu_second") > 0
        assert counts == {
            "partitions": 3,
            "bad_partitions": 1,
            "events": 5,
            "refused": 2,
            "refused_by_reason": {"low": 2},
        }

    def test_bad_ones_are_an_error_if_wanted(self, records, caplog):
        with pytest.raises(InputError, match=r"1 of 3 partitions.*\n.*b\.txt cannot be read"):
            check_records(records, True, "toy.fails")
        check_records(records, False, "toy.fails")
        assert "1 of 3 partitions" in caplog.text
        caplog.clear()
        check_records([records[0]], True, "toy.fails")
        assert not caplog.text


def test_partitions_are_found_at_any_depth_but_for_hidden_ones(tmp_path):
    for name in ("b.TXT", "deep/er/a.txt", "a.csv", ".partial/a.txt", "_about.txt"):
        put(tmp_path, name, "")
    assert list_partitions(tmp_path / "in", (".txt",), "toy") == ["b.TXT", "deep/er/a.txt"]
    with pytest.raises(InputError, match=r"There are no partitions in .* dataset toy"):
        list_partitions(tmp_path / "in", (".h5",), "toy")


def test_names_that_would_meet_are_refused(tmp_path):
    for name in ("a.csv", "a.csv.parquet"):
        put(tmp_path, name, "")
    with pytest.raises(InputError, match=r"would be written to a\.csv\.parquet"):
        list_partitions(tmp_path / "in", (".csv", ".parquet"), "toy")
