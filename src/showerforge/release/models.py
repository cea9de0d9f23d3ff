"""A fitted classifier as one ONNX graph: from recorded parameters to gammaness."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from showerforge.errors import InputError
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.release.graphs import Graph
from showerforge.release.ranks import add_ranks
from showerforge.release.tracing import trace_features
from showerforge.release.trees import (
    Ensemble,
    add_trees,
    forest_trees,
    lightgbm_trees,
    xgboost_trees,
)

OUTPUT = "gammaness"


def to_onnx(model: Pipeline, about: str) -> bytes:
    """Write a classifier as ONNX.

    Parameters
    ----------
    model : fitted pipeline of `showerforge.classifiers.stacking.build_stack`, or of one of its
        members alone (`showerforge.classifiers.candidates.build_pipeline`).
    about : what the model is, kept in the file.

    Returns
    -------
    content : model of one input ``events``, float64[n_events, 10], the Hillas parameters in the
        order of `showerforge.events.schema.HILLAS_PARAMETERS`, and one output ``gammaness``,
        float64[n_events, 1].

    Raises
    ------
    InputError
        If a part of the model cannot be written.
    """
    graph = Graph(len(HILLAS_PARAMETERS))
    names = list(model.named_steps["features"].get_feature_names_out())
    features = trace_features(graph, names)
    if "stack" not in model.named_steps:
        return graph.to_bytes(_add_member(graph, features, model[1:]), OUTPUT, about)
    stack = model.named_steps["stack"]
    scores = [_add_member(graph, features, member) for member in stack.estimators_]
    learner = stack.final_estimator_.estimator
    smallest = learner.named_steps["logit"].smallest
    logistic = learner.named_steps["logistic"]
    log_odds = graph.add("Concat", *(_add_logit(graph, s, smallest) for s in scores), axis=1)
    weighted = graph.add("MatMul", log_odds, graph.constant(logistic.coef_.T))
    blended = graph.add("Add", weighted, graph.constant(logistic.intercept_))
    return graph.to_bytes(graph.add("Sigmoid", blended), OUTPUT, about)


def _add_logit(graph: Graph, probability: str, smallest: float) -> str:
    """Add log-odds; see `showerforge.classifiers.stacking.Logit`."""
    clipped = graph.add(
        "Clip", probability, graph.constant(smallest), graph.constant(1.0 - smallest)
    )
    rest = graph.add("Sub", graph.constant(1.0), clipped)
    return graph.add("Log", graph.add("Div", clipped, rest))


def _add_member(graph: Graph, features: str, member: Any) -> str:
    """Add a classifier; gives its gammaness, float64[n_events, 1]."""
    steps = member.steps if isinstance(member, Pipeline) else [("classifier", member)]
    for _, transformer in steps[:-1]:
        features = _dispatch(_TRANSFORMERS, graph, features, transformer)
    return _dispatch(_CLASSIFIERS, graph, features, steps[-1][1])


def _dispatch(writers: dict[str, Any], graph: Graph, features: str, part: Any) -> str:
    name = type(part).__name__
    if name not in writers:
        raise InputError(
            f"{name} cannot be written as ONNX; known are {', '.join(sorted(writers))}. Leave it "
            "out of magic.modelling.stack.members."
        )
    written: str = writers[name](graph, features, part)
    return written


def _add_forest(graph: Graph, features: str, forest: Any) -> str:
    # scikit-learn rounds features, and compares them with thresholds in double precision
    rounded = graph.cast(graph.cast(features, np.float32), np.float64)
    shares = add_trees(graph, rounded, Ensemble(forest_trees(forest), "BRANCH_LEQ", 2))
    # shares are given in single precision, of which log-odds need the smaller one
    gammas, hadrons = (graph.cast(graph.columns(shares, [k]), np.float64) for k in (0, 1))
    rest = graph.add("Sub", graph.constant(1.0), hadrons)
    return graph.add("Where", graph.add("Less", gammas, hadrons), gammas, rest)


def _add_xgboost(graph: Graph, features: str, classifier: Any) -> str:
    rounded = graph.cast(features, np.float32)
    trees = Ensemble(xgboost_trees(classifier.get_booster()), "BRANCH_LT", precise=False)
    margin = add_trees(graph, rounded, trees)
    # XGBoost gives single precision; the rounding of its score is repeated
    score = graph.add("Sigmoid", graph.cast(margin, np.float64))
    return graph.cast(graph.cast(score, np.float32), np.float64)


def _add_lightgbm(graph: Graph, features: str, classifier: Any) -> str:
    trees = Ensemble(lightgbm_trees(classifier.booster_), "BRANCH_LEQ")
    margin = graph.cast(add_trees(graph, features, trees), np.float64)
    return graph.add("Sigmoid", margin)


def _add_networks(graph: Graph, features: str, mean: Any) -> str:
    """Add the mean of networks."""
    scores = [_add_network(graph, features, network) for network in mean.estimators_]
    return graph.add("Mul", graph.add("Sum", *scores), graph.constant(1 / len(scores)))


def _add_network(graph: Graph, features: str, network: Any) -> str:
    if network.activation != "relu":
        raise InputError(
            f"Networks with {network.activation} cannot be written as ONNX, only relu."
        )
    layers = list(zip(network.coefs_, network.intercepts_, strict=True))
    value = features
    for number, (weights, offsets) in enumerate(layers):
        value = graph.add("MatMul", value, graph.constant(weights))
        value = graph.add("Add", value, graph.constant(offsets))
        value = graph.add("Relu" if number < len(layers) - 1 else "Sigmoid", value)
    return value


_TRANSFORMERS = {"QuantileTransformer": add_ranks}
_CLASSIFIERS = {
    "RandomForestClassifier": _add_forest,
    "XGBClassifier": _add_xgboost,
    "LGBMClassifier": _add_lightgbm,
    "VotingClassifier": _add_networks,
}
