from pathlib import Path

import pytest

from showerforge.errors import InputError
from showerforge.events.reader import FILE_COLUMNS, read_events
from showerforge.events.schema import validate_raw_events

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
        (["x" * 200_000], ["cannot be read as comma-separated text"]),
    ],
)
def test_unreadable_files_are_refused_with_the_place(tmp_path, rows, words):
    path = write(tmp_path, *rows)
    with pytest.raises(InputError) as error:
        read_events(path)
    for word in [str(path), *words]:
        assert word in str(error.value)


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
