"""The pipelines that ``kedro run --pipelines`` knows."""

from kedro.framework.project import find_pipelines
from kedro.pipeline import Pipeline

from showerforge.pipelines.stages import STAGES


def register_pipelines() -> dict[str, Pipeline]:
    """Collect the stages and the experiments made of them.

    Returns
    -------
    pipelines : every stage of the magic experiment by its name, and ``magic``, all five,
        which is also the default.
    """
    pipelines = find_pipelines(raise_errors=True)
    magic = sum((pipelines[stage] for stage in STAGES if stage in pipelines), Pipeline([]))
    return {**pipelines, "magic": magic, "__default__": magic}
