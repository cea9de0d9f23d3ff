import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from serving_tools import draw_events, toy_files

from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.serving.events import BodyError
from showerforge.serving.manifest import MANIFEST, Manifest
from showerforge.serving.tables import ARROW, PARQUET, TABLES, read_table, write_table

EVENTS = draw_events(30, 30, 0)
LARGEST = 1000


@pytest.fixture(scope="module")
def manifest():
    return Manifest.model_validate_json(toy_files()[MANIFEST])


def table_of(events=EVENTS, **columns):
    named = dict(zip(HILLAS_PARAMETERS, events.T, strict=True)) | columns
    return pa.table({name: values for name, values in named.items() if values is not None})


def to_bytes(table, kind, compression=None):
    sink = io.BytesIO()
    if kind == PARQUET:
        pq.write_table(table, sink, compression=compression or "none")
    else:
        options = pa.ipc.IpcWriteOptions(compression=compression)
        with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
            writer.write_table(table, max_chunksize=17)
    return sink.getvalue()


@pytest.mark.parametrize("kind", TABLES)
def test_events_come_back_whatever_the_order_of_columns(kind, manifest):
    table = table_of().select(HILLAS_PARAMETERS[::-1])
    np.testing.assert_array_equal(read_table(to_bytes(table, kind), kind, manifest, 60), EVENTS)


@pytest.mark.parametrize("kind", TABLES)
def test_integers_and_single_precision_are_numbers(kind, manifest):
    table = table_of(fLength=pa.array(range(60), pa.int16()), fDist=EVENTS[:, 9].astype("f4"))
    read = read_table(to_bytes(table, kind), kind, manifest, 60)
    assert read[:, 0].tolist() == list(range(60))
    np.testing.assert_array_equal(read[:, 9], EVENTS[:, 9].astype("f4"))


def spoilt(column, value):
    values = EVENTS[:, HILLAS_PARAMETERS.index(column)].tolist()
    values[7] = value
    return table_of(**{column: pa.array(values, pa.float64())})


WRONG = {
    "missing column": (table_of(fDist=None), ["fDist"], "is missing", 422),
    "unknown column": (table_of(energy=EVENTS[:, 0]), ["energy"], "no such parameter", 422),
    "texts": (table_of(fDist=pa.array(["1"] * 60)), ["fDist"], "must be numbers, not", 422),
    "booleans": (table_of(fDist=pa.array([True] * 60)), ["fDist"], "must be numbers, not", 422),
    "lists": (table_of(fDist=pa.array([[1.0]] * 60)), ["fDist"], "must be numbers, not", 422),
    "gap": (spoilt("fWidth", None), ["fWidth", 7], "no finite number", 422),
    "NaN": (spoilt("fWidth", np.nan), ["fWidth", 7], "no finite number", 422),
    "Infinity": (spoilt("fWidth", -np.inf), ["fWidth", 7], "no finite number", 422),
    "no events": (table_of(EVENTS[:0]), [], "no events", 422),
    "too many": (table_of(np.tile(EVENTS, (17, 1))), [], "too many", 413),
}


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("name", WRONG)
def test_table_of_something_else_is_refused_with_its_place(name, kind, manifest):
    table, path, message, status = WRONG[name]
    with pytest.raises(BodyError, match=message) as error:
        read_table(to_bytes(table, kind), kind, manifest, LARGEST)
    assert (error.value.path, error.value.status) == (path, status)


@pytest.mark.parametrize("kind", TABLES)
def test_column_that_is_given_twice(kind, manifest):
    arrays = [*table_of().columns, pa.chunked_array([EVENTS[:, 0]])]
    table = pa.Table.from_arrays(arrays, [*HILLAS_PARAMETERS, "fLength"])
    with pytest.raises(BodyError, match="given twice"):
        read_table(to_bytes(table, kind), kind, manifest, LARGEST)


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_cut_table_is_refused(kind, share, manifest):
    content = to_bytes(table_of(), kind)
    with pytest.raises(BodyError) as error:
        read_table(content[: int(share * len(content))], kind, manifest, LARGEST)
    assert error.value.status == 422


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("content", [b"garbage", b"PAR1" * 20, b"ARROW1\0\0" * 9, bytes(1000)])
def test_garbage_is_refused(kind, content, manifest):
    with pytest.raises(BodyError) as error:
        read_table(content, kind, manifest, LARGEST)
    assert error.value.status == 422


@pytest.mark.parametrize("compression", [None, "zstd"])
@pytest.mark.parametrize("kind", TABLES)
def test_any_flipped_byte_is_refused_or_makes_other_numbers(kind, compression, manifest):
    content = to_bytes(table_of(EVENTS[:5]), kind, compression)
    generator = np.random.default_rng(0)
    n_refused, statuses = 0, set()
    for place in generator.permutation(len(content))[:1500]:
        flipped = bytearray(content)
        flipped[place] ^= 1 << generator.integers(8)
        try:
            events = read_table(bytes(flipped), kind, manifest, LARGEST)
        except BodyError as error:
            statuses.add(error.status)
            n_refused += 1
        else:
            assert np.isfinite(events).all()
            assert events.shape[1] == 10
    assert n_refused > 100
    assert statuses <= {413, 422}


@pytest.mark.parametrize("kind", TABLES)
def test_small_body_of_many_events_needs_little_memory(kind, manifest):
    """A bomb: some kB that stand for 400 MB."""
    n = 5_000_000
    column = pa.array(np.zeros(n))
    table = pa.table(dict.fromkeys(HILLAS_PARAMETERS, column))
    sink = io.BytesIO()
    if kind == PARQUET:
        pq.write_table(table, sink, compression="zstd", row_group_size=n)
    else:
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
            writer.write_table(table)
    del table, column
    usual = pa.default_memory_pool()
    counted = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(counted)
    try:
        with pytest.raises(BodyError, match="5,000,000 events are too many") as error:
            read_table(sink.getvalue(), kind, manifest, LARGEST)
    finally:
        pa.set_memory_pool(usual)
    assert error.value.status == 413
    assert counted.max_memory() < 10_000_000


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("reasons", [[None, None], [None, "fLength is 0"]])
def test_verdicts_have_the_same_columns_whatever_they_are(kind, reasons):
    columns = {
        "gammaness": [0.5, None],
        "probability": [0.1, None],
        "particle": ["gamma", None],
        "reason": reasons,
    }
    content = write_table(columns, kind)
    read = pq.read_table if kind == PARQUET else lambda f: pa.ipc.open_stream(f).read_all()
    table = read(io.BytesIO(content))
    assert table.to_pydict() == columns
    assert [str(field.type) for field in table.schema] == ["double", "double", "string", "string"]


def test_kinds_are_those_of_the_registry():
    assert (ARROW, PARQUET) == TABLES
    assert all(kind.startswith("application/vnd.apache.") for kind in TABLES)
