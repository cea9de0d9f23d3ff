"""Labelled partitions in an object store."""

import numpy as np
import pandas as pd
import pytest
from object_store import object_store
from partition_toys import make_labelled, reading_of, training_of, write

from showerforge.at_scale.boosting import train
from showerforge.at_scale.survey import summarise, survey_folder
from showerforge.execution import ExecutionSettings, executing
from showerforge.executors import chosen_executor
from showerforge.places import list_files, open_place, put

BUCKET = "archive"


@pytest.fixture
def place(tmp_path):
    with object_store(tmp_path) as store:
        store.client("s3").create_bucket(Bucket=BUCKET)
        yield open_place(f"s3://{BUCKET}/labelled", store.options())


def test_what_is_learnt_from_a_store_is_what_is_learnt_from_a_disk(place, tmp_path):
    events = make_labelled(900, 600)
    events.loc[3, "fAlpha"] = np.nan
    folder = write(events, tmp_path / "in")
    for name in list_files(folder):
        put(folder / name, place / "in" / name)
    models, refused = [], []
    for source, quarantine in (
        (folder, tmp_path / "refused"),
        (place / "in", place / "refused"),
    ):
        reading = reading_of(source, refused=quarantine)
        with executing(ExecutionSettings(executor="serial")):
            surveys = survey_folder(reading)
            training = training_of(reading, summarise(surveys)["mean_weights"])
            model = train(training, surveys, chosen_executor())
        models.append(bytes(model.named_steps["classifier"].get_booster().save_raw("ubj")))
        with (quarantine / "00.parquet").open("rb") as file:
            refused.append(pd.read_parquet(file))
    assert models[0] == models[1]
    pd.testing.assert_frame_equal(*refused)
    assert refused[0]["reason"].tolist() == ["fAlpha is missing or no finite number"]
