"""The domain packages as a library: a path may be text."""

import pandas as pd
import pytest
from calorimeter.toy_images import write_file
from release_toys import toy_events, write_toy_release
from toys import make_camera, make_images

from showerforge.calorimeter.files import ClassFiles
from showerforge.cameras.files import read_camera
from showerforge.cameras.recorded import RecordedFile, RecordedImages
from showerforge.cameras.storage import ImageFile, write_images
from showerforge.errors import InputError
from showerforge.events.files import read_table
from showerforge.events.layout import TableLayout
from showerforge.events.mapping import EventFile, read_mapped_events
from showerforge.events.reader import read_events
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.scoring.single import classify_table
from showerforge.serving.compaction import find_days
from showerforge.serving.releases import find_point, read_named


def test_events(magic_file, tmp_path):
    events = read_events(magic_file)
    pd.testing.assert_frame_equal(read_events(str(magic_file)), events)
    path = tmp_path / "events.csv"
    events.head(20).to_csv(path, index=False)
    assert len(read_table(str(path))) == 20
    columns = {name: name for name in HILLAS_PARAMETERS}
    label = {"column": "particle", "values": {"gamma": "gamma", "hadron": "hadron"}}
    layout = TableLayout.model_validate({"columns": columns, "label": label})
    events.groupby("particle").head(5).to_csv(path, index=False)
    assert len(read_mapped_events([EventFile(str(path))], layout)) == 10


def test_images(tmp_path):
    path = str(tmp_path / "images.h5")
    write_images(path, [make_images(make_camera(), 10)])
    assert len(ImageFile(path)) == 10
    with pytest.raises(InputError, match=r"nowhere\.h5: there is no such file"):
        ImageFile(str(tmp_path / "nowhere.h5"))
    with pytest.raises(InputError, match=r"nowhere\.csv: there is no such file"):
        read_camera(str(tmp_path / "nowhere.csv"))


def test_images_of_sim_telarray(simtel_file):
    images = RecordedImages((RecordedFile(str(simtel_file), "simtel"),))
    assert images.attributes["files"] == [simtel_file.name]


def test_images_of_a_calorimeter(tmp_path):
    paths = [str(tmp_path / f"{particle}.hdf5") for particle in ("photon", "electron")]
    for path, particle in zip(paths, ("photon", "electron"), strict=True):
        write_file(path, particle)
    assert ClassFiles(*paths).counts == {"photon": 10, "electron": 10}


def test_releases_scores_and_days(tmp_path):
    name = write_toy_release(tmp_path, seed=0)
    release = read_named(str(tmp_path))
    assert release.name == name
    table, scored = str(tmp_path / "events.csv"), str(tmp_path / "scored.parquet")
    toy_events()[1].head(30).to_csv(table, index=False)
    outcome = classify_table(table, release, find_point(release, None), scored)
    assert outcome.n_scored == len(pd.read_parquet(scored)) == 30
    assert list(find_days(scored)) == ["scored"]
