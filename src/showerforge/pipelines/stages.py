"""How a stage becomes a part of an experiment."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

#: the five stages in the order in which an experiment passes through them
STAGES = (
    "data_processing",
    "synthetic_generation",
    "synthetic_validation",
    "modelling",
    "reporting",
)
#: tag of nodes that need Keras
NETWORKS = "networks"


def stage_of(experiment: str, stage: str, nodes: Sequence[Node]) -> Pipeline:
    """Put the nodes of a stage into the namespace of an experiment.

    Nodes are called ``experiment.stage.node``, so that kedro-viz folds them by stage;
    datasets and parameters ``experiment.name``. The seed is shared by all experiments.

    Parameters
    ----------
    experiment : such as "magic".
    stage : such as "modelling"; also the tag of every node.
    nodes : the nodes, with bare names.
    """
    inner = Pipeline(nodes, namespace=stage, prefix_datasets_with_namespace=False, tags=stage)
    shared = {"seed"} if "params:seed" in inner.inputs() else None
    return Pipeline(inner, namespace=experiment, parameters=shared)
