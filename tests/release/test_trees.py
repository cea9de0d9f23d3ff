import pytest
from onnx import helper
from tree_toys import draw_ensemble

from showerforge.release.graphs import TREES
from showerforge.release.trees import OPERATOR, add_trees, read_trees


class Nodes:
    """A graph that only keeps its one node."""

    def add(self, operator, *inputs, domain="", **attributes):
        self.node = helper.make_node(operator, inputs, ["sums"], domain=domain, **attributes)


def node_of(ensemble):
    graph = Nodes()
    add_trees(graph, "features", ensemble)
    return graph.node


@pytest.mark.parametrize("rule", ["BRANCH_LEQ", "BRANCH_LT"])
@pytest.mark.parametrize("precise", [True, False])
def test_what_is_read_is_what_was_written(rule, precise):
    ensemble = draw_ensemble(0, [1, 5, 90], rule, precise, n_sums=2)
    assert read_trees(node_of(ensemble)) == ensemble


def test_leaf_alone_goes_by_any_rule():
    ensemble = draw_ensemble(0, [1])
    assert read_trees(node_of(ensemble)) == ensemble


@pytest.mark.parametrize(
    "changed",
    [
        {"aggregate_function": "AVERAGE"},
        {"base_values": [1.0]},
        {"nodes_missing_value_tracks_true": [1] * 9},
        {"post_transform": "LOGISTIC"},
    ],
)
def test_other_sums_of_trees_are_not_read(changed):
    node = node_of(draw_ensemble(0, [5], precise=False))
    known = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    other = helper.make_node(OPERATOR, ["features"], ["sums"], domain=TREES, **{**known, **changed})
    assert read_trees(other) is None


def test_mixed_rules_are_not_read():
    node = node_of(draw_ensemble(0, [5], precise=False))
    modes = next(a for a in node.attribute if a.name == "nodes_modes")
    assert modes.strings[0] == b"BRANCH_LEQ"
    modes.strings[0] = b"BRANCH_GT"
    assert read_trees(node) is None


def test_other_nodes_are_not_read():
    assert read_trees(helper.make_node("Add", ["a", "b"], ["c"])) is None
