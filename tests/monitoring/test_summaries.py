import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from showerforge.monitoring.summaries import Binning, add_counts

REFERENCE = np.random.default_rng(0).normal(size=(5000, 2))
BINNING = Binning.between_quantiles(["first", "second"], REFERENCE, 40)
tables = hnp.arrays(
    float, st.tuples(st.integers(0, 50), st.just(2)), elements=st.floats(-5, 5) | st.just(np.nan)
)


def test_bins_hold_as_much_of_the_reference():
    for counts in BINNING.count(REFERENCE):
        assert len(counts) == 40
        assert counts.sum() == 5000
        assert set(counts) <= {124, 125, 126}


def test_values_are_counted_as_numpy_does():
    values = np.random.default_rng(1).normal(size=(1000, 2))
    for j, counts in enumerate(BINNING.count(values)):
        edges = [-np.inf, *BINNING.edges[j], np.inf]
        assert counts.tolist() == np.histogram(values[:, j], edges)[0].tolist()


def test_value_at_an_edge_counts_above_it():
    edge = BINNING.edges[0][7]
    counts = BINNING.count(np.array([[edge, 0.0], [np.nextafter(edge, -np.inf), 0.0]]))[0]
    assert (counts[7], counts[8]) == (1, 1)


def test_what_is_missing_or_beyond():
    counts = BINNING.count(np.array([[np.nan, 0.0], [-1e9, 0.0], [1e9, 0.0]]))
    assert counts[0].sum() == 2
    assert (counts[0][0], counts[0][-1]) == (1, 1)
    assert counts[1].sum() == 3


@given(tables, st.integers(0, 50), st.randoms())
def test_parts_add_up_in_any_order(values, cut, random):
    whole = BINNING.count(values)
    shuffled = list(values)
    random.shuffle(shuffled)
    shuffled = np.array(shuffled).reshape(-1, 2)
    parts = [BINNING.count(part) for part in (shuffled[cut:], shuffled[:cut])]
    for added, wanted in zip(add_counts(*parts), whole, strict=True):
        assert added.tolist() == wanted.tolist()


@pytest.mark.parametrize("atoms", [[0.0], [0.0, 1.0], [0.0, 0.0, 0.0, 1.0]])
def test_repeated_values_make_fewer_bins(atoms):
    values = np.resize(atoms, 200)[:, None]
    binning = Binning.between_quantiles(["atoms"], values, 40)
    (counts,) = binning.count(values)
    assert len(counts) == len(binning.edges[0]) + 1
    assert counts.sum() == 200
    assert counts[counts > 0].tolist() == [
        int((values == v).sum()) for v in np.unique(values) if (values == v).any()
    ]


def test_widths_cover_the_reference():
    for j in range(2):
        assert BINNING.widths(j).sum() == pytest.approx(np.ptp(REFERENCE[:, j]))
        assert (BINNING.widths(j) >= 0).all()
