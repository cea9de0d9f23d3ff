"""Wiring of the comparison of runs."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.runs import nodes


def create_pipeline() -> Pipeline:
    """Compare what MLflow has tracked; it belongs to no experiment."""
    return Pipeline(
        [
            Node(
                nodes.write_runs_page,
                ["tracked_runs", "params:runs"],
                "runs_page",
                name="write_runs_page",
            )
        ],
        tags="runs",
    )
