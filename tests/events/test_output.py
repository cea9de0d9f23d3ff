import io

import pandas as pd
import pyarrow as pa
import pytest

from showerforge.errors import InputError
from showerforge.events.output import open_output

PARTICLES = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int8()), pa.array(["h", "g"]))
BATCH = pa.RecordBatch.from_pydict(
    {"size": [1.5, None], "particle": PARTICLES, "note": ["a,b", "c"]}
)
TABLE = pd.concat([BATCH.to_pandas().astype({"particle": "str"})] * 2, ignore_index=True)


def write_all(target, *batches):
    with open_output(target) as write:
        for batch in batches:
            write(batch)


@pytest.mark.parametrize("name", ["table.csv", "table.parquet"])
def test_batches_make_one_table(tmp_path, name):
    with open_output(tmp_path / name) as write:
        write(BATCH)
        assert not (tmp_path / name).exists()
        write(BATCH)
    read = pd.read_csv if name.endswith("csv") else pd.read_parquet
    table = read(tmp_path / name).astype({"particle": "str"})
    pd.testing.assert_frame_equal(table, TABLE, check_dtype=False)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_stream_stays_open():
    stream = io.BytesIO()
    write_all(stream, BATCH)
    assert stream.getvalue().count(b"\n") == 3


def test_a_file_of_before_does_not_stay_where_nothing_is_written(tmp_path):
    for batches in ([BATCH], []):
        write_all(tmp_path / "table.csv", *batches)
        assert (tmp_path / "table.csv").exists() == bool(batches)


def test_nothing_is_left_of_what_fails(tmp_path):
    other = BATCH.rename_columns(["size", "particle", "remark"])
    words = r"other columns: size, .*note, and then .*remark"
    with pytest.raises(InputError, match=words):
        write_all(tmp_path / "table.csv", BATCH, other)
    assert list(tmp_path.iterdir()) == []
    for name in ("table.h5", "table.xls"):
        with pytest.raises(InputError, match=name):
            write_all(tmp_path / name)
