import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from tree_toys import draw_ensemble, draw_features, sum_up

from showerforge.release.graphs import FORMAT, OPERATORS, TREE_OPERATORS, TREES, Graph
from showerforge.release.trees import add_trees
from showerforge.scoring.thresholds import BLOCK
from showerforge.scoring.tree_layouts import SMALL, mark
from showerforge.scoring.tree_sums import TreeSums
from showerforge.serving.releases import open_model

RULES = ["BRANCH_LEQ", "BRANCH_LT"]
SMALL_TREES, LARGE_TREES = [1, 2, 9, 33, SMALL], [1, 2, SMALL + 1, 400]


def sum_by_onnx_runtime(ensemble, features):
    """Sum up by a graph of the trees alone."""
    dtype = TensorProto.DOUBLE if ensemble.precise else TensorProto.FLOAT
    graph = Graph(features.shape[1])
    sums = add_trees(graph, Graph.INPUT, ensemble)
    values = [
        helper.make_tensor_value_info(name, kind, ["n", width])
        for name, kind, width in [
            (Graph.INPUT, dtype, features.shape[1]),
            (sums, TensorProto.FLOAT, ensemble.n_sums),
        ]
    ]
    versions = [helper.make_opsetid("", OPERATORS), helper.make_opsetid(TREES, TREE_OPERATORS)]
    model = helper.make_model(
        helper.make_graph(graph._nodes, "trees", values[:1], values[1:]),
        opset_imports=versions,
        ir_version=FORMAT,
    )
    return open_model(model.SerializeToString()).run(None, {Graph.INPUT: features})[0]


def bits_of(sums):
    return sums.view(np.uint32).tolist()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("precise", [True, False])
@pytest.mark.parametrize("n_leaves", [SMALL_TREES, LARGE_TREES], ids=["small", "large"])
@pytest.mark.parametrize("n_sums", [1, 3])
def test_sums_are_those_of_the_trees_and_of_onnx_runtime(rule, precise, n_leaves, n_sums):
    ensemble = draw_ensemble(7, n_leaves, rule, precise, n_sums=n_sums)
    features = draw_features(8, 150, ensemble)
    found = bits_of(TreeSums(ensemble).of(features))
    assert found == bits_of(sum_up(ensemble, features))
    assert found == bits_of(sum_by_onnx_runtime(ensemble, features))


@given(
    st.integers(0, 1000),
    st.lists(st.integers(1, SMALL + 10), min_size=1, max_size=6),
    st.sampled_from(RULES),
    st.booleans(),
)
@settings(max_examples=40)
def test_any_trees(seed, n_leaves, rule, precise):
    ensemble = draw_ensemble(seed, n_leaves, rule, precise)
    features = draw_features(seed + 1, 30, ensemble)
    assert bits_of(TreeSums(ensemble).of(features)) == bits_of(sum_up(ensemble, features))


@pytest.mark.parametrize("n_leaves", [SMALL_TREES, LARGE_TREES], ids=["small", "large"])
def test_company_does_not_matter(n_leaves):
    ensemble = draw_ensemble(7, n_leaves)
    features = draw_features(8, 2 * BLOCK + 3, ensemble)
    sums = TreeSums(ensemble)
    whole = bits_of(sums.of(features))
    for begin, end in [(0, 1), (BLOCK - 1, BLOCK + 1), (5, 2 * BLOCK + 3)]:
        assert bits_of(sums.of(features[begin:end])) == whole[begin:end]


def test_more_thresholds_than_a_byte_numbers():
    ensemble = draw_ensemble(3, [SMALL] * 40, n_features=1)
    features = draw_features(4, 100, ensemble, n_features=1)
    assert bits_of(TreeSums(ensemble).of(features)) == bits_of(sum_up(ensemble, features))


def test_every_bit_has_a_place_of_its_own():
    assert sorted(int(mark(np.uint64(1 << n))) for n in range(SMALL)) == list(range(SMALL))
    everything = np.uint64(2**64 - 1)
    assert mark(everything << np.uint64(13)) == mark(np.uint64(1 << 13))
