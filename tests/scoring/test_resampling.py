import numpy as np
import pandas as pd
import pytest
from serving_tools import draw_events
from toys import make_events

from showerforge.errors import InputError
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.scoring.resampling import resample_events


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "events.csv"
    pd.DataFrame(draw_events(30, 20, 0), columns=HILLAS_PARAMETERS).to_csv(path, index=False)
    return path


def resample(table, folder, n_events=1000, n_partitions=7, seed=0):
    files = resample_events(table, folder, HILLAS_PARAMETERS, n_events, n_partitions, seed)
    return [pd.read_parquet(file) for file in files]


def test_events_are_those_of_the_table_with_ids_of_their_own(table, tmp_path):
    parts = resample(table, tmp_path)
    assert sorted({len(part) for part in parts}) == [142, 143]
    events = pd.concat(parts)
    assert events["event_id"].tolist() == list(range(1000))
    known = set(map(tuple, pd.read_csv(table)[HILLAS_PARAMETERS].to_numpy()))
    assert set(map(tuple, events[HILLAS_PARAMETERS].to_numpy())) == known


def test_seed_says_it_all(table, tmp_path):
    first, second, third = (
        pd.concat(resample(table, tmp_path / str(n), seed=seed)) for n, seed in enumerate((1, 1, 2))
    )
    pd.testing.assert_frame_equal(first, second)
    assert not np.array_equal(first.to_numpy(), third.to_numpy())


def test_all_columns_stay_with_their_events(tmp_path):
    events = make_events(30, 20).reset_index()
    events.to_parquet(tmp_path / "events.parquet")
    (file,) = resample_events(
        tmp_path / "events.parquet", tmp_path, HILLAS_PARAMETERS, 400, 1, 0, is_whole=True
    )
    drawn = pd.read_parquet(file)
    assert drawn["event_id"].tolist() == list(range(400))
    whole = [name for name in events if name != "event_id"]
    assert set(drawn[whole].itertuples(index=False)) == set(events[whole].itertuples(index=False))
    (plain,) = resample_events(tmp_path / "events.parquet", tmp_path, HILLAS_PARAMETERS, 400, 1, 0)
    pd.testing.assert_frame_equal(
        pd.read_parquet(plain), drawn[["event_id", *HILLAS_PARAMETERS]], check_exact=True
    )


def test_table_without_events(table, tmp_path):
    empty = tmp_path / "empty.csv"
    pd.read_csv(table)[:0].to_csv(empty, index=False)
    with pytest.raises(InputError, match="holds no events"):
        resample(empty, tmp_path)
