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
#: dataset that belongs to no experiment
CODE_STATE = "code_state"
#: tag of nodes that need Keras
NETWORKS = "networks"


def stage_of(experiment: str, stage: str, nodes: Sequence[Node]) -> Pipeline:
    """Put the nodes of a stage into the namespace of an experiment.

    Nodes are called ``experiment.stage.node``, so that kedro-viz folds them by stage;
    datasets and parameters ``experiment.name``. The seed and the state of the code are shared by
    all experiments.

    Parameters
    ----------
    experiment : such as "magic".
    stage : such as "modelling"; also the tag of every node.
    nodes : the nodes, with bare names.
    """
    inner = Pipeline(nodes, namespace=stage, prefix_datasets_with_namespace=False, tags=stage)
    shared = {"params:seed", f"params:{experiment}"} & inner.inputs()
    return Pipeline(
        inner,
        namespace=experiment,
        parameters={name: name for name in shared},
        inputs={CODE_STATE} & inner.inputs(),
    )
