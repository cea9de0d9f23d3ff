"""Tables read whole, whatever columns they have."""

import h5py
import pandas as pd
import pytest

from showerforge.errors import InputError
from showerforge.events.files import read_table

TABLE = pd.DataFrame(
    {"size": [1.5, 2.0, 3.25], "night": ["first", "first", "second"], "n": [1, 2, 3]}
)


def write(folder, kind):
    path = folder / f"table.{'h5' if 'hdf5' in kind else kind}"
    if kind == "csv":
        TABLE.to_csv(path, index=False)
    elif kind == "parquet":
        TABLE.to_parquet(path)
    elif kind == "pandas hdf5":
        TABLE.to_hdf(path, key="events")
    elif kind == "compound hdf5":
        with h5py.File(path, "w") as file:
            records = TABLE.astype({"night": object}).to_records(index=False)
            file["events"] = records.astype([("size", "f8"), ("night", "S10"), ("n", "i8")])
    else:
        with h5py.File(path, "w") as file:
            file["events/size"], file["events/n"] = TABLE["size"], TABLE["n"]
            file["events/night"] = TABLE["night"].to_list()
    return path


@pytest.mark.parametrize(
    ("kind", "first_row"),
    [("csv", 2), ("parquet", 1), ("pandas hdf5", 1), ("compound hdf5", 1), ("hdf5 of arrays", 1)],
)
def test_all_columns_are_read_and_rows_are_numbered_as_in_the_file(tmp_path, kind, first_row):
    table = read_table(write(tmp_path, kind))
    assert table.index.tolist() == [first_row, first_row + 1, first_row + 2]
    assert table["night"].astype(str).tolist() == TABLE["night"].tolist()
    assert table["size"].tolist() == TABLE["size"].tolist()
    assert table["n"].tolist() == [1, 2, 3]
    assert pd.api.types.is_numeric_dtype(table["n"])


def test_an_index_with_a_name_is_kept(tmp_path):
    TABLE.set_axis([7, 5, 9]).rename_axis("event_id").to_parquet(tmp_path / "table.parquet")
    assert read_table(tmp_path / "table.parquet").index.tolist() == [7, 5, 9]


def test_a_column_with_one_word_in_it_is_text_and_an_empty_cell_is_none(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\nx,\n")
    table = read_table(path)
    assert table["a"].tolist() == ["1", "x"]
    assert table["b"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("table.csv", "a,b\n1\n", "row 2: 1 cells"),
        ("table.csv", "a,a\n1,2\n", "names a more than once"),
        ("table.csv", "a\n", "holds no events"),
        ("table.txt.gz", "a", "says nothing about the format"),
        ("table.parquet", "a,b\n1,2\n", "cannot be read as Parquet"),
        ("table.h5", "a,b\n1,2\n", "cannot be read as HDF5"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path, name, content, words):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=f"(?s){name}.*{words}"):
        read_table(tmp_path / name)


def test_one_of_several_tables_cannot_be_chosen(tmp_path):
    for key in ("first", "second"):
        TABLE.to_hdf(tmp_path / "table.h5", key=key)
    with pytest.raises(InputError, match="/first, /second"):
        read_table(tmp_path / "table.h5")
