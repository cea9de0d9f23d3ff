"""Datasets that are written whole or not at all."""

import numpy as np
import pandas as pd
import pytest
from kedro.io import DatasetError
from lightgbm import LGBMClassifier
from matplotlib.figure import Figure
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import FunctionTransformer
from xgboost import XGBClassifier

from showerforge.atomic import replaced_when_done
from showerforge.datasets.documents import JSONDataset, OptionalJSONDataset, TextDataset
from showerforge.datasets.figures import FigureDataset
from showerforge.datasets.models import SkopsDataset
from showerforge.datasets.records import RecordsDataset
from showerforge.datasets.study import StudyFileDataset
from showerforge.datasets.tables import CSVDataset, ParquetDataset

TABLE = pd.DataFrame({"x": [1.5, 2.5], "name": ["a", "b"]})


@pytest.mark.parametrize(
    ("dataset", "suffix", "data"),
    [
        (CSVDataset, "csv", TABLE),
        (ParquetDataset, "parquet", TABLE),
        (JSONDataset, "json", {"a": [1, 2]}),
        (TextDataset, "html", "<p>text</p>"),
    ],
)
def test_what_is_saved_is_loaded(tmp_path, dataset, suffix, data):
    made = dataset(filepath=str(tmp_path / "new folder" / f"file.{suffix}"))
    made.save(data)
    loaded = made.load()
    assert loaded.equals(data) if isinstance(data, pd.DataFrame) else loaded == data
    assert [path.name for path in (tmp_path / "new folder").iterdir()] == [f"file.{suffix}"]


def test_failed_save_leaves_the_old_file(tmp_path):
    dataset = JSONDataset(filepath=str(tmp_path / "file.json"))
    dataset.save({"old": 1})
    with pytest.raises(DatasetError):
        dataset.save({"new": object()})
    assert dataset.load() == {"old": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["file.json"]


def test_interrupted_write_leaves_nothing(tmp_path):
    def write_half() -> None:
        with replaced_when_done(tmp_path / "file") as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert not list(tmp_path.iterdir())


def test_records_are_added_one_by_one_and_remains_of_a_killed_write_are_left_out(tmp_path):
    dataset = RecordsDataset(str(tmp_path / "records"))
    assert dataset.load() == {}
    assert not dataset.exists()
    dataset.save({"a": {"value": 1.5}})
    dataset.save({"b": {"value": float("inf")}})
    (tmp_path / "records/.partial-1-c.json").write_text('{"half')
    assert dataset.exists()
    assert dataset.load() == {"a": {"value": 1.5}, "b": {"value": float("inf")}}


def test_document_that_is_not_there_is_none(tmp_path):
    dataset = OptionalJSONDataset(filepath=str(tmp_path / "found.json"))
    assert dataset.load() is None
    dataset.save({"a": 1})
    assert dataset.load() == {"a": 1}


def test_file_of_a_study_is_its_path_and_is_not_written_by_the_catalog(tmp_path):
    dataset = StudyFileDataset(str(tmp_path / "journal"))
    assert dataset.load() == tmp_path / "journal"
    assert not (tmp_path / "journal").exists()
    with pytest.raises(DatasetError, match="not written as a whole"):
        dataset.save("trials")


def test_figure_is_saved_as_png_and_loaded_as_bytes(tmp_path):
    figure = Figure()
    figure.subplots().plot([0, 1], [0, 1])
    dataset = FigureDataset(str(tmp_path / "figure.png"), dots_per_inch=50)
    dataset.save(figure)
    assert dataset.load().startswith(b"\x89PNG")
    assert dataset.preview()


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(5, random_state=0),
        LGBMClassifier(n_estimators=5, verbose=-1),
        XGBClassifier(n_estimators=5),
    ],
)
def test_model_comes_back_and_gives_the_same_scores(tmp_path, model):
    x = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 3)), columns=list("abc"))
    model.fit(x, (x["a"] > 0).astype(int))
    dataset = SkopsDataset(str(tmp_path / "model.skops"))
    dataset.save(model)
    np.testing.assert_array_equal(dataset.load().predict_proba(x), model.predict_proba(x))


def test_model_with_foreign_code_is_not_loaded(tmp_path):
    dataset = SkopsDataset(str(tmp_path / "model.skops"))
    dataset.save(FunctionTransformer(tmp_path.__class__))
    with pytest.raises(DatasetError, match="Untrusted types"):
        dataset.load()
