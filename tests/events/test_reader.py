import csv
import re
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showerforge.errors import InputError
from showerforge.events import files
from showerforge.events.reader import FILE_COLUMNS, read_events
from showerforge.events.schema import HILLAS_PARAMETERS, PARTICLE_OF_LABEL, validate_raw_events

GOOD = "28.7967,16.0021,2.6449,0.3918,0.1982,27.7004,22.011,-8.2027,40.092,81.8828,g"
OTHER = "162.052,136.031,4.0612,0.0374,0.0187,116.741,-64.858,-45.216,76.96,256.788,h"


def write(folder: Path, *rows: str) -> Path:
    path = folder / "events.csv"
    path.write_text("\n".join(rows) + "\n" if rows else "")
    return path


def test_values_and_rows_are_those_of_the_file(tmp_path):
    events = read_events(write(tmp_path, GOOD, "", OTHER))
    assert list(events.index) == [1, 3]
    assert events.loc[1, "fLength"] == 28.7967
    assert list(events["particle"]) == ["gamma", "hadron"]


def test_columns_of_a_header_may_come_in_any_order(tmp_path):
    plain = read_events(write(tmp_path, GOOD, OTHER))
    header = ",".join(reversed(FILE_COLUMNS))
    reversed_rows = [",".join(reversed(row.split(","))) for row in (GOOD, OTHER)]
    reordered = read_events(write(tmp_path, header, *reversed_rows))
    assert reordered.reset_index(drop=True).equals(plain.reset_index(drop=True))
    assert list(reordered.index) == [2, 3]


def test_real_table_has_the_published_numbers(magic_events):
    counts = magic_events["particle"].value_counts()
    assert (len(magic_events), counts["gamma"], counts["hadron"]) == (19_020, 12_332, 6_688)
    validate_raw_events(magic_events)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], ["no events"]),
        ([GOOD, GOOD.rpartition(",")[0]], ["row 2", "10 columns", "11 columns"]),
        ([GOOD + ",7"], ["row 1", "12 columns"]),
        ([GOOD, GOOD.replace("0.3918", "bright")], ["row 2", "fConc", "'bright'", "not a number"]),
        ([GOOD.replace(",g", ",p")], ["row 1", "class", "'p'", "g (gamma), h (hadron)"]),
        ([GOOD.replace("0.3918", "")], ["row 1", "fConc", "''", "not a number"]),
        ([",".join(FILE_COLUMNS).upper(), GOOD], ["row 1", "header", "fSize", "FSIZE"]),
        ([GOOD.replace(",", ";")], ["row 1", "1 columns", "parted by commas"]),
    ],
)
def test_unreadable_files_are_refused_with_the_place(tmp_path, rows, words):
    path = write(tmp_path, *rows)
    with pytest.raises(InputError) as error:
        read_events(path)
    for word in [str(path), *words]:
        assert word in str(error.value)


@pytest.fixture(params=[131_072, 10**9], ids=["usual limit", "limit raised by a library"])
def longest_cell(request):
    """What Python's reader takes at most; libraries change it for the whole process."""
    before = csv.field_size_limit(request.param)
    yield request.param
    csv.field_size_limit(before)


@pytest.mark.parametrize("row", ["{}", GOOD.replace("0.3918", "{}"), GOOD.replace(",g", ",{}")])
def test_a_cell_without_end_is_not_told_whole(tmp_path, longest_cell, row):
    path = write(tmp_path, row.format("x" * 200_000))
    with pytest.raises(InputError) as error:
        read_events(path)
    told = str(error.value)
    if longest_cell < 200_000:
        assert "cannot be read as comma-separated text" in told
    else:
        assert re.search(r"row 1.*'x+\.\.\.x+'", told)
    assert len(told) < 1000


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("fLength", "-3.0", "above 0 mm"),
        ("fLength", "0", "above 0 mm"),
        ("fWidth", "-0.1", "at least 0 mm"),
        ("fAlpha", "400", "at least 0 and at most 90 deg"),
        ("fConc1", "1.2", "above 0 and at most 1"),
        ("fDist", "inf", "at least 0 mm"),
        ("fAsym", "-inf", "any finite number"),
        ("fSize", "nan", "above 0 and at most 10 log10(photons)"),
        ("fM3Long", "NaN", "any finite number"),
    ],
)
def test_impossible_values_are_refused_with_place_and_range(tmp_path, column, value, allowed):
    cells = GOOD.split(",")
    cells[FILE_COLUMNS.index(column)] = value
    path = write(tmp_path, OTHER, GOOD, ",".join(cells))
    with pytest.raises(InputError) as error:
        validate_raw_events(read_events(path))
    for word in (str(path), "row 3", f"column {column}", f"allowed: {allowed}"):
        assert word in str(error.value)
    assert "1 values" in str(error.value) or "1 value " in str(error.value)


def test_only_the_first_of_many_problems_are_listed(tmp_path):
    path = write(tmp_path, *[GOOD.replace("0.3918", "x")] * 50)
    with pytest.raises(InputError, match="50 cells") as error:
        read_events(path)
    assert "45 more" in str(error.value)


def test_mark_of_a_spreadsheet_is_no_part_of_the_header(tmp_path):
    path = write(tmp_path, "\ufeff" + ",".join(FILE_COLUMNS), GOOD)
    assert len(read_events(path)) == 1


def test_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        read_events(tmp_path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.csv: there is no such file"):
        read_events(tmp_path / "nowhere.csv")


ROW = st.tuples(
    *[st.floats(allow_nan=False, allow_infinity=False)] * len(HILLAS_PARAMETERS),
    st.sampled_from(sorted(PARTICLE_OF_LABEL)),
)


@settings(max_examples=30)
@given(
    rows=st.lists(ROW, min_size=1, max_size=12),
    order=st.none() | st.permutations(range(len(FILE_COLUMNS))),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.booleans(),
    blank=st.booleans(),
    spaces=st.sampled_from(["", " ", "\t"]),
    together=st.sampled_from([1, 3, 1000]),
)
def test_every_way_to_write_a_table_gives_the_very_numbers(
    tmp_path_factory, rows, order, end, mark, blank, spaces, together
):
    """With a header in any order or none, line ends of any system, marks, blanks and empty rows."""
    lines = [[*map(repr, row[:-1]), row[-1]] for row in rows]
    if order is not None:
        lines = [[line[place] for place in order] for line in [FILE_COLUMNS, *lines]]
    text = [f"{spaces},{spaces}".join(line) for line in lines]
    text = [line for pair in zip(text, [""] * len(text), strict=True) for line in pair[: 1 + blank]]
    path = tmp_path_factory.mktemp("tables") / "events.csv"
    path.write_bytes(("\ufeff" * mark + end.join(text) + end).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "ROWS_TOGETHER", together)
        events = read_events(path)
    assert events[HILLAS_PARAMETERS].to_numpy().tolist() == [list(row[:-1]) for row in rows]
    assert events["particle"].tolist() == [PARTICLE_OF_LABEL[row[-1]] for row in rows]
    assert [text[row - 1] for row in events.index] == [line for line in text if line][-len(rows) :]


def test_a_table_that_is_cut_off_in_its_last_row_is_refused_or_doubted(tmp_path, caplog):
    path = write(tmp_path, GOOD, OTHER)
    whole, content = read_events(path), path.read_bytes()
    assert "cut off" not in caplog.text
    for n_bytes in range(1, len(OTHER)):
        caplog.clear()
        path.write_bytes(content[:-n_bytes])
        if n_bytes == 1:
            assert read_events(path).equals(whole)
        else:
            with pytest.raises(InputError, match="row 2") as error:
                read_events(path)
            assert f"{path}: " in str(error.value)
        assert f"{path}: the last row has no line break. Is the file cut off?" in caplog.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize(("end", "is_doubted"), [("\n", False), ("\r\n", False), ("", True)])
def test_the_end_of_a_line_is_seen_in_any_encoding(tmp_path, encoding, end, is_doubted, caplog):
    path = tmp_path / "events.csv"
    path.write_bytes(f"a,b{end}".encode(encoding))
    files.check_ending(path)
    assert ("cut off" in caplog.text) == is_doubted


def test_memory_is_that_of_the_numbers_and_not_of_the_text(tmp_path):
    n_rows = 3 * files.ROWS_TOGETHER // 50
    path = write(tmp_path, *[GOOD] * n_rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "ROWS_TOGETHER", n_rows // 10)
        tracemalloc.start()
        events = read_events(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(events) == n_rows
    # all numbers twice, and the text of some rows
    assert peak < 400 * n_rows
