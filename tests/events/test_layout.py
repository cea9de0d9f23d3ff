import pytest
from toys import PROJECT

from showerforge.errors import InputError
from showerforge.events.layout import Label, SourceColumn, TableLayout, as_label, parse_layout
from showerforge.events.schema import HILLAS_PARAMETERS

SAME = {name: name for name in HILLAS_PARAMETERS}


def test_names_stand_for_columns_in_our_units():
    layout = parse_layout({"columns": SAME, "group": "run", "weight": "w"})
    assert layout.columns["fDist"] == SourceColumn(column="fDist")
    assert layout.group == ["run"]
    assert layout.names == [*HILLAS_PARAMETERS, "run", "w"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"columns": {k: v for k, v in SAME.items() if k != "fAsym"}}, ["missing are fAsym"]),
        ({"columns": SAME | {"fLenght": "x"}}, ["unknown are fLenght", "did you mean fLength"]),
        ({"columns": SAME | {"fConc": "fConc1"}}, ["'fConc1' is taken for fConc and fConc1"]),
        ({"weight": "fDist"}, ["'fDist' is taken for fDist and weight"]),
        ({"label": {"column": "fDist", "values": {"gamma": 0, "hadron": 1}}}, ["fDist and label"]),
        ({"colums": {}}, ["layout.colums: there is no such entry (did you mean columns"]),
        ({"columns": SAME | {"fDist": {"column": "d", "units": "mm"}}}, ["did you mean unit"]),
        (
            {"columns": SAME | {"fDist": {"column": "d", "unit": "deg"}}},
            ["fDist", "`focal_length`"],
        ),
        ({"columns": SAME | {"fDist": {"column": "d", "unit": "furlongish"}}}, ["'furlongish'"]),
        (
            {"columns": SAME | {"fDist": {"column": "d", "unit": "s"}}},
            ["cannot be converted to mm"],
        ),
        ({"columns": SAME | {"fConc": {"column": "c", "unit": "mm"}}}, ["to a pure number"]),
        ({"columns": SAME | {"fSize": {"column": "s", "unit": "ADC"}}}, ["'ADC'", "`factor`"]),
        ({"columns": SAME | {"fDist": {"column": "d", "factor": 0}}}, ["must not be zero"]),
        (
            {"columns": SAME | {"fDist": {"column": "d", "fold": True}}},
            ["only fAlpha can be folded"],
        ),
        ({"label": {"column": "c", "values": {"gamma": 0}}}, ["values of hadron are missing"]),
        ({"label": {"column": "c", "values": {"gamma": 0, "hadron": ["0.0", 1]}}}, ["share 0"]),
        ({"label": {"column": "c", "values": {"gamma": 0, "proton": 1}}}, ["'gamma' or 'hadron'"]),
        ({"encoding": "utf-88"}, ["no encoding has this name"]),
        ({"format": "excel"}, ["'csv', 'parquet' or 'hdf5'"]),
        ({"focal_length": -1}, ["is -1", "greater than 0"]),
        ({"true_energy": {"column": "e", "unit": "mm"}}, ["cannot be converted to TeV"]),
    ],
)
def test_wrong_layouts_are_explained(change, words):
    with pytest.raises(InputError) as error:
        parse_layout({"columns": SAME, **change})
    for word in words:
        assert word in str(error.value)
    assert "docs/own-data.md" in str(error.value)


def test_labels_are_the_same_however_they_are_stored():
    assert {as_label(value) for value in (1, 1.0, "1", " 1.0", b"1")} == {"1"}
    assert {as_label(value) for value in (True, "True", "true")} == {"true"}
    assert as_label("gamma ") == "gamma"
    assert as_label(float("nan")) == "nan"


def test_the_page_explains_every_entry():
    page = (PROJECT / "docs/own-data.md").read_text(encoding="utf-8")
    for model in (TableLayout, SourceColumn, Label):
        for name in model.model_fields:
            assert f"`{name}`" in page, name


def test_the_page_shows_the_environment_that_is_shipped():
    page = (PROJECT / "docs/own-data.md").read_text(encoding="utf-8")
    catalog = (PROJECT / "conf/example_telescope/catalog.yml").read_text(encoding="utf-8")
    entries = "\n".join(line for line in catalog.splitlines() if not line.strip().startswith("#"))
    assert entries in page
