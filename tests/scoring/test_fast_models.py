from dataclasses import replace

import numpy as np
import pytest
from serving_tools import draw_events, put_release, toy_files
from tree_toys import draw_ensemble

from showerforge.errors import InputError
from showerforge.release.graphs import Graph
from showerforge.release.trees import add_trees
from showerforge.scoring.fast_models import FastModel, speed_up
from showerforge.scoring.judging import TOGETHER
from showerforge.serving.manifest import MODEL
from showerforge.serving.releases import OUTPUT, open_model, read_release, run_model


@pytest.fixture(scope="module")
def events():
    return draw_events(10 * TOGETHER, 10 * TOGETHER, 11)


def check(content, events):
    """Compare with ONNX Runtime alone, to the last bit."""
    wanted = run_model(open_model(content), events)
    np.testing.assert_array_equal(FastModel(content).score(events), wanted, strict=True)
    return wanted


def add_score(graph, value):
    """End a graph."""
    return graph.to_bytes(graph.add("Sigmoid", value), OUTPUT, "a toy")


def add_sums(graph, features, seed):
    """Add trees of ten features."""
    trees = draw_ensemble(seed, [20, 80], n_features=10)
    return graph.cast(add_trees(graph, features, trees), np.float64)


def test_scores_are_those_of_onnx_runtime(events):
    assert len(np.unique(check(toy_files()[MODEL], events))) > 1000


def test_scores_of_what_is_no_event(events):
    generator = np.random.default_rng(0)
    far = np.array([np.nan, np.inf, -np.inf, 0.0, -1.0, 1e9, 1e300])
    odd = np.where(
        generator.random(events.shape) < 0.1, generator.choice(far, events.shape), events
    )
    check(toy_files()[MODEL], odd)


def test_trees_of_recorded_parameters(events):
    graph = Graph(10)
    check(add_score(graph, add_sums(graph, Graph.INPUT, 1)), events)


def test_trees_that_ask_what_others_have_said(events):
    graph = Graph(10)
    first = add_sums(graph, Graph.INPUT, 1)
    both = graph.add("Mul", Graph.INPUT, first)
    check(add_score(graph, graph.add("Add", first, add_sums(graph, both, 2))), events)


def test_no_trees(events):
    graph = Graph(10)
    check(add_score(graph, graph.add("Sub", graph.column(2), graph.constant(3.0))), events)


def test_golden_events_are_scored_again(tmp_path):
    release = read_release(tmp_path / put_release(tmp_path))
    assert speed_up(release).name == release.name
    golden = release.manifest.golden
    moved = golden.model_copy(update={"scores": tuple(x / 2 for x in golden.scores)})
    manifest = release.manifest.model_copy(update={"golden": moved})
    with pytest.raises(InputError, match="scores a golden event"):
        speed_up(replace(release, manifest=manifest))
