"""Files of the user's own through the experiment taiga, as the documentation says."""

import shutil

import numpy as np
import pandas as pd
from toys import copy_project, run_study

CATALOG = """
taiga.event_images:
  type: showerforge.datasets.recorded_images.RecordedImagesDataset
  files: [data/01_raw/own/gamma*.h5, data/01_raw/own/proton*.h5]
  focal_length_choice: EQUIVALENT
"""


def copy_run(dl1_file, target, run, primary_id):
    """Copy a run under another number and with other primaries."""
    import tables

    shutil.copy(dl1_file, target)
    with tables.open_file(str(target), "r+") as file:
        for table in file.walk_nodes("/", "Table"):
            for name, value in (("obs_id", run), ("true_shower_primary_id", primary_id)):
                if name in table.colnames:
                    column = np.full_like(table.col(name), value)
                    table.modify_column(column=column, colname=name)


def test_recorded_images_are_measured_and_split(tmp_path, dl1_file):
    project = copy_project(tmp_path / "project", None)
    own = project / "data/01_raw/own"
    own.mkdir()
    for run in (1, 2):
        copy_run(dl1_file, own / f"gamma{run}.h5", run, 0)
        copy_run(dl1_file, own / f"proton{run}.h5", run, 101)
    environment = project / "conf/mine"
    environment.mkdir()
    (environment / "globals.yml").write_text("variant: _mine\n")
    (environment / "catalog.yml").write_text(CATALOG)
    log = run_study(project, "taiga", "--env", "mine", "--tags", "data_processing")
    assert "WARNING" not in log
    cut_flow = pd.read_csv(project / "data/08_reporting/taiga_mine/cut_flow.csv")
    recorded = cut_flow[cut_flow["step"] == "recorded"]
    assert dict(zip(recorded["particle"], recorded["n_left"], strict=True)) == {
        "gamma": 60,
        "hadron": 60,
    }
    train, test = (
        pd.read_parquet(project / f"data/05_model_input/taiga_mine/{side}_events.parquet")
        for side in ("train", "test")
    )
    assert not set(train["group"]) & set(test["group"])
    assert set(train["primary"]) == {"gamma", "proton"}
