import pytest
from kedro.io import DataCatalog

from showerforge.datasets.event_table import EventTableDataset
from showerforge.errors import find_input_error
from showerforge.events.schema import HILLAS_PARAMETERS

LAYOUT = {"columns": {name: name for name in HILLAS_PARAMETERS}}
LABEL = {"label": {"column": "class", "values": {"gamma": "g", "hadron": "h"}}}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "either `filepath`, or `files`"),
        ({"filepath": "a.csv", "files": {"gamma": "a", "hadron": "b"}}, "either `filepath`, or"),
        ({"filepath": "a.csv", "layout": LAYOUT}, "must say by `label`"),
        ({"files": {"gamma": "a.csv"}, "layout": LAYOUT}, "must name gamma and hadron, not gamma"),
        ({"files": {"gamma": "a.csv", "hadron": "b.csv"}}, "needs a `layout`"),
        (
            {"files": {"gamma": "a.csv", "hadron": "b.csv"}, "layout": LAYOUT | LABEL},
            "no `label`: the file is the label",
        ),
        ({"filepath": "a.csv", "layout": {"columns": {}}}, "layout.columns: all ten"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments, words):
    with pytest.raises(Exception, match=words) as error:
        EventTableDataset(**arguments)
    assert find_input_error(error.value) is not None


def test_a_layout_reads_the_table_as_the_plain_way_does(tmp_path, magic_file):
    rows = magic_file.read_text().split()
    own = tmp_path / "own.csv"
    own.write_text("\n".join([*rows[:30], *rows[-20:]]))
    plain = EventTableDataset(str(own)).load()
    own.write_text("\n".join([",".join([*HILLAS_PARAMETERS, "class"]), *rows[:30], *rows[-20:]]))
    mapped = EventTableDataset(str(own), layout=LAYOUT | LABEL)
    assert mapped.load().reset_index(drop=True).equals(plain.reset_index(drop=True))
    assert len(mapped.preview(3)["data"]) == 3


def test_several_files_exist_if_all_do(tmp_path, magic_file):
    (tmp_path / "g.csv").write_text("x")
    files = {"gamma": str(tmp_path / "g.csv"), "hadron": [str(tmp_path / "h.csv")]}
    dataset = EventTableDataset(files=files, layout=LAYOUT)
    assert not dataset.exists()
    (tmp_path / "h.csv").write_text("x")
    assert dataset.exists()


def test_a_wrong_layout_is_told_plainly_through_the_catalog():
    kind = "showerforge.datasets.event_table.EventTableDataset"
    entry = {"type": kind, "filepath": "a.csv", "layout": LAYOUT | LABEL | {"focal_lenght": 17}}
    with pytest.raises(Exception, match="focal_lenght") as error:
        DataCatalog.from_config({"magic.raw_events": entry}).load("magic.raw_events")
    message = str(find_input_error(error.value))
    assert "layout.focal_lenght: there is no such entry (did you mean focal_length?)" in message
