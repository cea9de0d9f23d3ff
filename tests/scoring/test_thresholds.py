import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from showerforge.monitoring.summaries import Binning
from showerforge.scoring.thresholds import BLOCK, count_exceeded, count_in_bins, fill_up

NUMBERS = st.floats(allow_nan=False, width=32)
VALUES = st.lists(st.floats(width=32), min_size=1, max_size=30)


@given(st.lists(st.sets(NUMBERS, max_size=9).map(sorted), min_size=1, max_size=3), VALUES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_numbers_exceed_what_is_smaller(dtype, thresholds, values):
    thresholds = [np.array(own, dtype) for own in thresholds]
    values = np.array(values, dtype)
    # values that equal thresholds, too
    values = np.concatenate([values, *thresholds])
    table = np.tile(values[:, None], len(thresholds))
    for own, found in zip(thresholds, count_exceeded(table, fill_up(thresholds)), strict=True):
        is_number = ~np.isnan(values)
        wanted = (values[is_number, None] > own).sum(axis=1)
        assert found[is_number].tolist() == wanted.tolist()
        assert (found[~is_number] > len(own)).all()


@pytest.mark.parametrize("n_thresholds", [0, 1, 253, 254, 255, 300])
@pytest.mark.parametrize("n_events", [1, BLOCK - 1, BLOCK + 1])
def test_any_size(n_thresholds, n_events):
    generator = np.random.default_rng(0)
    thresholds = np.sort(generator.normal(size=n_thresholds))
    values = generator.normal(size=(n_events, 1))
    (found,) = count_exceeded(values, fill_up([thresholds]))
    assert found.tolist() == np.searchsorted(thresholds, values[:, 0]).tolist()


@pytest.mark.parametrize("n_edges", [1, 2, 3, 99])
def test_bins_are_those_of_the_monitor(n_edges):
    generator = np.random.default_rng(0)
    edges = tuple(np.sort(generator.normal(size=n_edges)) for _ in range(3))
    binning = Binning(("a", "b", "c"), edges, np.tile([-9.0, 9.0], (3, 1)))
    values = generator.normal(size=(2000, 3))
    values[:n_edges] = np.column_stack(edges)
    values[-6:] = np.array([[np.nan], [np.inf], [-np.inf], [0.0], [-0.0], [np.nan]])
    for found, wanted in zip(count_in_bins(values, binning), binning.count(values), strict=True):
        assert found.tolist() == wanted.tolist()
