import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showerforge.errors import InputError
from showerforge.events.features import FEATURE_SETS, compute_features, feature_names
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.release.graphs import Graph
from showerforge.release.tracing import Traced, trace_features
from showerforge.serving.releases import open_model, run_model


@pytest.fixture(scope="module")
def sessions():
    """A model for each feature, whose score is the feature."""
    opened = {}
    for name in [*HILLAS_PARAMETERS, *feature_names(list(FEATURE_SETS))]:
        graph = Graph(len(HILLAS_PARAMETERS))
        opened[name] = open_model(graph.to_bytes(trace_features(graph, [name]), "feature", name))
    return opened


@st.composite
def hillas_rows(draw):
    """Draw events that obey physics, with a width of zero now and then."""
    length = draw(st.floats(0.01, 1e3))
    concentration = draw(st.floats(1e-3, 1))
    moment = st.floats(-500, 500)
    return {
        "fLength": length,
        "fWidth": length * draw(st.sampled_from([0.0, 1.0]) | st.floats(0, 1)),
        "fSize": draw(st.floats(1, 6)),
        "fConc": concentration,
        "fConc1": concentration * draw(st.floats(0.1, 1)),
        "fAsym": draw(moment),
        "fM3Long": draw(moment),
        "fM3Trans": draw(moment),
        "fAlpha": draw(st.sampled_from([0.0, 90.0]) | st.floats(0, 90)),
        "fDist": draw(st.just(0.0) | st.floats(0, 700)),
    }


@settings(max_examples=60)
@given(st.lists(hillas_rows(), min_size=1, max_size=20))
def test_features_are_those_of_tables(sessions, rows):
    events = pd.DataFrame(rows)[HILLAS_PARAMETERS]
    wanted = pd.concat([events, compute_features(events, list(FEATURE_SETS))], axis=1)
    for name, session in sessions.items():
        traced = run_model(session, events.to_numpy())
        np.testing.assert_allclose(traced, wanted[name], rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (np.arctan, "arctan"),
        (lambda x: np.maximum(x, 0.0), "maximum"),
        (lambda x: np.add(x, 1.0, dtype=float), "add"),
        (lambda x: np.add.reduce(x), "add"),
    ],
)
def test_unknown_operation_is_refused_by_name(operation, name):
    graph = Graph(1)
    with pytest.raises(InputError, match=f"operation {name} of an engineered feature"):
        operation(Traced(graph, graph.column(0)))


def test_the_same_feature_twice_is_computed_once():
    graph = Graph(len(HILLAS_PARAMETERS))
    first = trace_features(graph, ["miss"])
    assert trace_features(graph, ["miss"]) == first
