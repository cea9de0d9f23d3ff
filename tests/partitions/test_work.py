from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from showerforge.errors import InputError
from showerforge.execution import ExecutionSettings, executing
from showerforge.partitions.folder import (
    count_events,
    list_partitions,
    tell_bad_partitions,
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

    def __call__(self, files):
        lines = files.source.read_text().split()
        if not all(line.isdigit() for line in lines):
            raise InputError(f"{files.source} cannot be read")
        numbers = [int(line) for line in lines]
        low = [n for n in numbers if n <= self.limit]
        with ExitStack() as opened:
            kept, refused = (TableWriter(file, opened) for file in (files.target, files.refused))
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


def work_in_turn(parts):
    with executing(ExecutionSettings(executor="serial")):
        return work_on_all(parts, SORT, "Sorting")


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


class TestFilesOfOthers:
    def test_are_never_overwritten(self, tmp_path):
        part = put(tmp_path, "a.txt", "7")
        part.target.parent.mkdir()
        part.target.write_text("mine")
        record = work_on(part, SORT)
        assert "was not made of a.txt" in record["problem"]
        assert part.target.read_text() == "mine"
        assert not part.record.exists()

    def test_are_not_set_aside(self, tmp_path):
        part = put(tmp_path, "a.txt", "1 7")
        work_on(part, SORT)
        part.target.write_text("mine")
        part.source.unlink()
        notes = work_on(part, SORT)["set_aside"]
        assert "changed by somebody else" in notes[0]
        assert part.target.read_text() == "mine"
        assert not part.refused.exists()


class TestGone:
    """What is not true any more does not stay beside what is."""

    @pytest.fixture
    def parts(self, tmp_path):
        parts = [put(tmp_path, f"deep/{name}.txt", "1 7") for name in "abc"]
        (tmp_path / "out").mkdir()
        (tmp_path / "out/of_others.parquet").write_text("mine")
        work_in_turn(parts)
        return parts

    def names(self, folder):
        return {p.relative_to(folder).as_posix() for p in folder.rglob("*.*") if p.is_file()}

    @pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("no number")])
    def test_results_of_a_partition_are_set_aside(self, parts, spoil, tmp_path, caplog):
        written = parts[1].target.read_bytes()
        spoil(parts[1].source)
        work_in_turn([part for part in parts if part.source.exists()])
        kept = {"deep/a.txt.parquet", "deep/c.txt.parquet"}
        assert self.names(tmp_path / "refused") == kept
        records = {".records/deep/a.txt.json", ".records/deep/c.txt.json"}
        assert self.names(tmp_path / "out") == kept | records | {"of_others.parquet"}
        assert (tmp_path / "out_gone/deep/b.txt.parquet").read_bytes() == written
        assert (tmp_path / "refused_gone/deep/b.txt.parquet").exists()
        assert "out_gone/deep/b.txt.parquet" in caplog.text

    def test_nothing_is_told_when_all_are_there(self, parts, caplog):
        work_in_turn(parts)
        assert "set aside" not in caplog.text

    def test_also_of_a_run_that_was_killed_before_the_record(self, parts, tmp_path):
        """It says first which files it will write."""

        class KilledError(BaseException):
            """Not one that anybody catches."""

        class Dying(Sorting):
            def __call__(self, files):
                super().__call__(files)
                raise KilledError

        part = put(tmp_path, "deep/d.txt", "7")
        with pytest.raises(KilledError):
            work_on(part, Dying(3))
        assert part.target.exists()
        part.source.unlink()
        work_in_turn(parts)
        assert not part.target.exists()
        assert not part.record.exists()
        assert (tmp_path / "out_gone/deep/d.txt.parquet").exists()


class TestFolder:
    @pytest.fixture
    def records(self, tmp_path):
        texts = {"a.txt": "1 2 7", "b.txt": "no number", "c.txt": "8 9"}
        parts = [put(tmp_path, name, text) for name, text in texts.items()]
        return work_in_turn(parts)

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

    def test_bad_ones_are_listed_at_once(self, records, caplog):
        assert any("b.txt cannot be read" in r.getMessage() for r in caplog.get_records("setup"))
        said = tell_bad_partitions(records)
        assert said.startswith("1 of 3 partitions could not be read")
        assert "b.txt cannot be read" in said
        assert tell_bad_partitions([records[0]]) is None


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
