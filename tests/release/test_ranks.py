import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import QuantileTransformer

from showerforge.release.graphs import Graph
from showerforge.release.ranks import add_ranks
from showerforge.serving.releases import open_model, run_model


def ranks_of(transformer, column, values):
    """Transform a column of a fitted transformer by its graph."""
    graph = Graph(transformer.n_features_in_)
    ranks = add_ranks(graph, Graph.INPUT, transformer)
    content = graph.to_bytes(graph.columns(ranks, [column]), "rank", "ranks of a column")
    return run_model(open_model(content), values)


def around(values):
    """Take values, their neighbours, those between them, and those far beyond."""
    values = np.unique(values)
    span = max(1.0, float(np.ptp(values)))
    return np.concatenate(
        [
            values,
            values * (1 + 1e-13) + 1e-300,
            values * (1 - 1e-13) - 1e-300,
            values + 1e-7,
            values - 1e-7,
            (values[1:] + values[:-1]) / 2,
            [values[0] - span, values[-1] + span, -1e9, 1e9],
        ]
    )


def check(columns, n_quantiles=200):
    """Compare graph and transformer, column by column."""
    columns = np.column_stack(columns)
    transformer = QuantileTransformer(
        n_quantiles=min(n_quantiles, len(columns)), output_distribution="normal", subsample=None
    ).fit(columns)
    for j in range(columns.shape[1]):
        values = around(columns[:, j])
        table = np.tile(columns[:1], (len(values), 1))
        table[:, j] = values
        np.testing.assert_allclose(
            ranks_of(transformer, j, table), transformer.transform(table)[:, j], atol=1e-9
        )


def test_smooth_column_and_atoms():
    generator = np.random.default_rng(0)
    smooth = generator.normal(size=3000)
    check(
        [
            smooth,
            np.where(smooth < -1, 0.0, np.exp(smooth)),
            np.where(smooth > 1, 90.0, smooth),
            np.round(smooth),
        ]
    )


def test_value_that_was_rounded_otherwise_is_one_of_many_equal_ones():
    column = np.concatenate([np.arange(100.0), np.full(100, np.log10(40.0))])
    transformer = QuantileTransformer(n_quantiles=200, output_distribution="normal").fit(
        column[:, None]
    )
    other = np.nextafter(np.log10(40.0), np.inf)
    assert abs(transformer.transform([[other]]) - transformer.transform([[np.log10(40.0)]])) > 0.1
    table = np.array([[np.log10(40.0)], [other]])
    ranks = ranks_of(transformer, 0, table)
    np.testing.assert_allclose(ranks, transformer.transform(table)[0, 0], atol=1e-9)


def test_tiny_spread():
    check([1e-8 * np.arange(1000.0), 1e-6 * np.random.default_rng(0).random(1000)])


def test_constant_column_beside_another():
    check([np.full(50, 3.0), np.arange(50.0), np.zeros(50)])


@settings(max_examples=60)
@given(
    st.lists(
        st.floats(-1e3, 1e3).map(lambda x: round(x, 2)) | st.sampled_from([0.0, 1.0]),
        min_size=2,
        max_size=30,
    )
)
def test_few_events_with_ties(values):
    check([values, np.arange(float(len(values)))], n_quantiles=7)


@pytest.mark.parametrize("share", [1e-10, 1e-7, 0.01, 0.075, 0.5, 0.925, 1 - 1e-7])
def test_normal_quantiles(share):
    column = np.linspace(0, 1, 201)
    transformer = QuantileTransformer(n_quantiles=201, output_distribution="normal").fit(
        column[:, None]
    )
    table = np.array([[share]])
    np.testing.assert_allclose(
        ranks_of(transformer, 0, table), transformer.transform(table)[:, 0], atol=1e-9
    )
