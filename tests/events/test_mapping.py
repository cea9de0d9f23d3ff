"""Tables of other telescopes, written by the libraries that others write them with."""

import fcntl
import sys

import h5py
import numpy as np
import pandas as pd
import pytest
import tables
from toys import make_events

from showerforge.errors import InputError
from showerforge.events.layout import parse_layout
from showerforge.events.mapping import EventFile, read_mapped_events
from showerforge.events.schema import GAMMA, HADRON, HILLAS_PARAMETERS, validate_raw_events

MM_PER_DEGREE = 10_000 * np.pi / 180
COLUMNS = {
    "fLength": {"column": "length", "unit": "deg"},
    "fWidth": {"column": "width", "unit": "cm"},
    "fSize": {"column": "light", "unit": "p.e.", "factor": 4},
    "fConc": {"column": "conc2", "unit": "percent"},
    "fConc1": "conc1",
    "fAsym": {"column": "asym", "factor": -1},
    "fM3Long": "m3long",
    "fM3Trans": "m3trans",
    "fAlpha": {"column": "alpha", "unit": "rad", "fold": True},
    "fDist": {"column": "dist", "unit": "m"},
}
LAYOUT = {
    "columns": COLUMNS,
    "focal_length": 10.0,
    "label": {"column": "kind", "values": {"gamma": "photon", "hadron": ["p", "He"]}},
    "group": ["run", "shower"],
    "weight": "w",
    "true_energy": {"column": "e", "unit": "GeV"},
}


@pytest.fixture(scope="module")
def events():
    return make_events(30, 20).reset_index(drop=True)


@pytest.fixture(scope="module")
def theirs(events):
    """The same events as another telescope has them."""
    n = np.arange(len(events))
    return pd.DataFrame(
        {
            "length": events["fLength"] / MM_PER_DEGREE,
            "width": events["fWidth"] / 10,
            "light": 10 ** events["fSize"] / 4,
            "conc2": 100 * events["fConc"],
            "conc1": events["fConc1"],
            "asym": -events["fAsym"],
            "m3long": events["fM3Long"],
            "m3trans": events["fM3Trans"],
            "alpha": np.deg2rad(events["fAlpha"]) * np.where(n % 2, -1, 1) + np.pi * (n % 3),
            "dist": events["fDist"] / 1000,
            "kind": np.where(events["particle"] == GAMMA, "photon", np.where(n % 2, "p", "He")),
            "run": n // 10,
            "shower": n % 10 // 2,
            "w": n / 10,
            "e": 1000.0 + n,
            "mc_secret": n,
        }
    )


def write_csv(table, path):
    table.to_csv(path, index=False)


def write_parquet(table, path):
    table.to_parquet(path)


def write_pandas(table, path):
    table.to_hdf(path, key="events", format="table")


def write_pandas_fixed(table, path):
    table.set_index(["run", "shower"]).drop(columns="kind").assign(
        kind=table["kind"].map({"photon": 0, "p": 1, "He": 2}).to_numpy()
    ).to_hdf(path, key="events", format="fixed")


def as_records(table):
    return table.to_records(index=False, column_dtypes={"kind": "S6"})


def write_compound(table, path):
    with h5py.File(path, "w") as file:
        file["dl1/events"] = as_records(table)


def write_group(table, path):
    with h5py.File(path, "w") as file:
        for name in table:
            array = table[name].to_numpy()
            file[f"events/{name}"] = array.astype("S6") if name == "kind" else array.astype(">f8")


def write_blosc(table, path):
    with tables.open_file(path, "w") as file:
        filters = tables.Filters(complevel=5, complib="blosc:zstd")
        file.create_table("/dl1", "events", as_records(table), createparents=True, filters=filters)


def write_blosc_group(table, path):
    with tables.open_file(path, "w") as file:
        filters = tables.Filters(complevel=5, complib="blosc:zstd")
        for name in table:
            array = as_records(table)[name].copy()
            file.create_carray("/events", name, obj=array, createparents=True, filters=filters)


def write_root(table, path):
    with h5py.File(path, "w") as file:
        for name in table:
            file[name] = as_records(table)[name]


WRITERS = {
    write_csv: "events.csv",
    write_parquet: "events.parquet",
    write_pandas: "events.h5",
    write_compound: "events.hdf5",
    write_group: "events.h5",
    write_blosc: "events.h5",
    write_blosc_group: "events.h5",
    write_root: "events.h5",
}


def read(path, **changes):
    return read_mapped_events([EventFile(path)], parse_layout({**LAYOUT, **changes}))


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_every_kind_of_file_gives_back_the_events(tmp_path, events, theirs, write):
    path = tmp_path / WRITERS[write]
    write(theirs, path)
    read_events = validate_raw_events(read(path))
    np.testing.assert_allclose(
        read_events[HILLAS_PARAMETERS], events[HILLAS_PARAMETERS], rtol=1e-9, atol=1e-9
    )
    assert list(read_events["particle"]) == list(events["particle"])
    assert list(read_events["group"]) == [n // 2 for n in range(50)]
    np.testing.assert_allclose(read_events["weight"], np.arange(50) / 10)
    np.testing.assert_allclose(read_events["true_energy"], 1 + np.arange(50) / 1000)
    assert list(read_events.index) == [n + 1 + (write is write_csv) for n in range(50)]
    assert "mc_secret" not in read_events


def test_index_of_a_pandas_table_is_read_as_columns(tmp_path, events, theirs):
    write_pandas_fixed(theirs, tmp_path / "events.h5")
    label = {"column": "kind", "values": {"gamma": 0, "hadron": [1, 2]}}
    read_events = read(tmp_path / "events.h5", label=label)
    assert list(read_events["particle"]) == list(events["particle"])
    assert read_events["group"].nunique() == 25


def test_rounding_gives_back_the_very_numbers(tmp_path, events, theirs):
    write_parquet(theirs, tmp_path / "events.parquet")
    read_events = read(tmp_path / "events.parquet", decimals=4)
    assert (read_events[HILLAS_PARAMETERS].to_numpy() == events[HILLAS_PARAMETERS]).all(axis=None)


def test_files_of_each_class_have_ids_and_places_of_their_own(tmp_path, theirs):
    is_gamma = theirs["kind"] == "photon"
    paths = [tmp_path / name for name in ("g1.parquet", "g2.parquet", "h.csv")]
    halves = theirs[is_gamma].iloc[:15], theirs[is_gamma].iloc[15:]
    for path, half in zip(paths, halves, strict=False):
        write_parquet(half.assign(run=1, shower=range(15)), path)
    hadrons = theirs[~is_gamma].assign(run=1, shower=range(20)).reset_index(drop=True)
    hadrons.loc[4, "conc1"] = 1.5
    write_csv(hadrons, paths[2])
    files = [EventFile(p, GAMMA) for p in paths[:2]] + [EventFile(paths[2], HADRON)]
    layout = parse_layout({k: v for k, v in LAYOUT.items() if k != "label"})
    events = read_mapped_events(files, layout)
    assert events.index.is_unique
    assert list(events.index) == [*range(1, 31), *range(32, 52)]
    # showers of one class meet across its files, those of different classes do not
    assert events["group"].nunique() == 15 + 20
    with pytest.raises(InputError, match=r"h\.csv, row 6, column fConc1: 1\.5"):
        validate_raw_events(events)


def spoiled(theirs, **cells):
    table = theirs.astype(object)
    for name, value in cells.items():
        table.loc[2, name] = value
    return table


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"dist": "far"}, ["row 4", "column dist", "'far' is not a number"]),
        ({"dist": ""}, ["row 4", "column dist", "'' is not a number"]),
        ({"light": 0.0}, ["row 4", "column light", "0 has no logarithm"]),
        ({"light": -7}, ["row 4", "column light", "-7 has no logarithm"]),
        ({"kind": "muon"}, ["row 4", "column kind", "'muon'", "photon is gamma, p is hadron"]),
        ({"kind": ""}, ["row 4", "column kind", "''"]),
        ({"run": ""}, ["row 4", "column run: no id", "Fill them in"]),
        ({"w": "x"}, ["row 4", "column w"]),
        ({"e": "x"}, ["row 4", "column e"]),
    ],
)
def test_bad_cells_are_named_with_their_place(tmp_path, theirs, cells, words):
    path = tmp_path / "events.csv"
    write_csv(spoiled(theirs, **cells), path)
    with pytest.raises(InputError) as error:
        read(path)
    for word in [str(path), *words]:
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("cells", "allowed"),
    [
        ({"w": -1}, "column weight: -1.0 (allowed: at least 0)"),
        ({"w": "inf"}, "column weight: inf"),
        ({"e": 0}, "column true_energy: 0.0 (allowed: above 0 TeV)"),
        ({"length": "nan"}, "column fLength: nan"),
    ],
)
def test_impossible_values_are_named_with_their_range(tmp_path, theirs, cells, allowed):
    write_csv(spoiled(theirs, **cells), tmp_path / "events.csv")
    with pytest.raises(InputError) as error:
        validate_raw_events(read(tmp_path / "events.csv"))
    assert f"row 4, {allowed}" in str(error.value)


@pytest.mark.parametrize("write", [write_parquet, write_compound, write_group, write_pandas])
def test_missing_ids_and_values_of_binary_files_are_named(tmp_path, theirs, write):
    path = tmp_path / WRITERS[write]
    write(theirs.assign(run=theirs["run"].where(theirs.index != 7).astype(float)), path)
    with pytest.raises(InputError, match=r"row 8, column run: no id"):
        read(path)
    write(theirs.assign(dist=theirs["dist"].where(theirs.index != 7)), path)
    with pytest.raises(InputError, match=r"row 8, column fDist: nan"):
        validate_raw_events(read(path))


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_unknown_columns_and_what_was_meant_are_told(tmp_path, theirs, write):
    path = tmp_path / WRITERS[write]
    write(theirs.rename(columns={"length": "lenght"}), path)
    with pytest.raises(InputError, match=r"'length' \(did you mean lenght"):
        read(path)


def test_a_missing_label_and_a_missing_whole_number_are_no_values(tmp_path, theirs):
    path = tmp_path / "events.parquet"
    write_parquet(theirs.assign(kind=theirs["kind"].where(theirs.index != 7)), path)
    with pytest.raises(InputError, match="row 8, column kind: the label 'nan'"):
        read(path)
    whole = theirs["e"].astype("Int64").where(theirs.index != 7)
    write_parquet(theirs.assign(e=whole), path)
    with pytest.raises(InputError, match="row 8, column true_energy: nan"):
        validate_raw_events(read(path))


def test_one_class_is_not_enough(tmp_path, theirs):
    write_parquet(theirs[theirs["kind"] != "photon"], tmp_path / "events.parquet")
    with pytest.raises(InputError, match="there is no gamma among the 20 events"):
        read(tmp_path / "events.parquet")


def test_a_class_needs_weight(tmp_path, theirs):
    weights = theirs["w"].where(theirs["kind"] != "photon", 0.0)
    write_parquet(theirs.assign(w=weights), tmp_path / "events.parquet")
    with pytest.raises(InputError, match="no gamma has a weight above zero in the column 'w'"):
        read(tmp_path / "events.parquet")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("events.xlsx", b"PK", ["'.xlsx' says nothing about the format", "set `format`"]),
        ("events.csv", b"", ["holds no events"]),
        ("events.csv", b"length,width\n", ["'light'", "The file has: length, width"]),
        ("events.csv", b"length;width\n1;2\n", ["not parted by ','", "`delimiter`"]),
        ("events.csv", b"length,width\n1,2\n1,\xe92\n", ["row 3 has the byte 0xe9", "latin-1"]),
        ("events.csv", "length,width\n".encode("utf-16"), ["encoding: utf-16"]),
        ("events.parquet", b"no parquet", ["cannot be read as Parquet"]),
        ("events.parquet", b"", ["cannot be read as Parquet"]),
        ("events.parquet", b"PAR1" + bytes(40) + b"PAR1", ["cannot be read as Parquet"]),
        ("events.h5", b"no hdf5", ["cannot be read as HDF5"]),
        ("events.h5", b"", ["cannot be read as HDF5"]),
    ],
)
def test_unreadable_files_are_explained(tmp_path, name, content, words):
    columns = COLUMNS | {"fConc": "length2"} if b"\xe92" not in content else COLUMNS
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read(path, columns=columns)
    for word in [str(path), *words]:
        assert word in str(error.value)


@pytest.mark.parametrize("write", [write_parquet, write_compound, write_pandas])
@pytest.mark.parametrize("share", [0.3, 0.98])
def test_a_file_that_is_cut_off_is_told(tmp_path, theirs, write, share):
    path = tmp_path / WRITERS[write]
    write(theirs, path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=rf"{path.name}: cannot be read as"):
        read(path)


def test_a_file_that_somebody_writes_to_is_told(tmp_path, theirs):
    path = tmp_path / "events.h5"
    write_compound(theirs, path)
    with path.open("rb") as other:
        # as HDF5 does it
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(InputError, match=r"cannot be read as HDF5: .*lock"):
            read(path)
    assert len(read(path)) == len(theirs)


def test_numbers_of_another_type_are_read_and_text_is_not(tmp_path, theirs):
    path = tmp_path / "events.h5"
    write_compound(theirs.astype(dict.fromkeys(["length", "width"], "float32")), path)
    assert len(read(path)) == len(theirs)
    write_parquet(theirs.assign(width="wide"), tmp_path / "events.parquet")
    with pytest.raises(InputError, match="row 1, column width: 'wide' is not a number"):
        read(tmp_path / "events.parquet")


def test_decimal_commas_are_told(tmp_path, theirs):
    path = tmp_path / "events.csv"
    theirs.to_csv(path, sep=";", decimal=",", index=False)
    with pytest.raises(InputError, match=r"row 2, column length: '\d+,\d+' is not a number"):
        read(path, delimiter=";")


def test_a_table_of_two_rows_is_read(tmp_path, theirs):
    one_of_each = theirs.assign(w=1.0).groupby(theirs["kind"] == "photon").head(1)
    write_parquet(one_of_each, tmp_path / "events.parquet")
    assert sorted(read(tmp_path / "events.parquet")["particle"]) == [GAMMA, HADRON]


def test_header_without_events(tmp_path, theirs):
    write_csv(theirs.head(0), tmp_path / "events.csv")
    with pytest.raises(InputError, match="holds no events"):
        read(tmp_path / "events.csv")


def test_cells_too_few_or_too_many(tmp_path, theirs):
    path = tmp_path / "events.csv"
    write_csv(theirs, path)
    lines = path.read_text().splitlines()
    lines[2] += ",1"
    lines[4] = lines[4].rpartition(",")[0]
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=r"2 rows do not have 16 cells.*\n.*row 3: 17") as error:
        read(path)
    assert "row 5: 15" in str(error.value)


def test_other_delimiters_and_encodings(tmp_path, theirs):
    path = tmp_path / "ereignisse.txt"
    theirs.rename(columns={"length": "Länge"}).to_csv(path, sep=";", index=False, encoding="cp1252")
    columns = COLUMNS | {"fLength": {"column": "Länge", "unit": "deg"}}
    assert len(read(path, columns=columns, delimiter=";", encoding="cp1252")) == 50
    with pytest.raises(InputError, match=r"row 1 has the byte 0xe4"):
        read(path, columns=columns, delimiter=";")


def test_the_same_name_twice_in_a_header(tmp_path, theirs):
    path = tmp_path / "events.csv"
    write_csv(theirs.rename(columns={"mc_secret": "length"}), path)
    with pytest.raises(InputError, match="names length more than once"):
        read(path)


class TestKeysOfHDF5:
    def test_one_table_needs_no_key_and_two_do(self, tmp_path, theirs):
        path = tmp_path / "events.h5"
        write_compound(theirs, path)
        with h5py.File(path, "a") as file:
            file["dl1/monitoring"] = as_records(theirs)
        with pytest.raises(InputError, match=r"by `key`.*/dl1/events, /dl1/monitoring"):
            read(path)
        assert len(read(path, key="dl1/events")) == 50

    def test_unknown_key_and_what_was_meant(self, tmp_path, theirs):
        write_compound(theirs, tmp_path / "events.h5")
        with pytest.raises(InputError, match=r"no '/dl1/event' .*did you mean /dl1/events"):
            read(tmp_path / "events.h5", key="/dl1/event")

    def test_unequal_lengths(self, tmp_path, theirs):
        path = tmp_path / "events.h5"
        write_group(theirs, path)
        with h5py.File(path, "a") as file:
            del file["events/dist"]
            file["events/dist"] = np.ones(49)
        with pytest.raises(InputError, match=r"unequal lengths.*dist: 49"):
            read(path)

    def test_several_values_for_each_event(self, tmp_path, theirs):
        path = tmp_path / "events.h5"
        write_group(theirs, path)
        with h5py.File(path, "a") as file:
            del file["events/dist"]
            file["events/dist"] = np.ones((50, 3))
        with pytest.raises(InputError, match="dist in '/events' have not one value"):
            read(path)

    @pytest.mark.parametrize("package", ["h5py", "tables"])
    def test_missing_packages_are_named(self, tmp_path, theirs, monkeypatch, package):
        write_pandas(theirs, tmp_path / "events.h5")
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(InputError, match=r"pip install 'showerforge\[hdf5\]'"):
            read(tmp_path / "events.h5")
