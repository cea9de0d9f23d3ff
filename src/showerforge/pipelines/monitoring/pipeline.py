"""Wiring of the monitor."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.monitoring import nodes
from showerforge.pipelines.stages import stage_of


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Compare served events, window by window, with the reference of the release in use."""
    return stage_of(
        experiment,
        "monitoring",
        [
            Node(
                nodes.watch_events,
                ["served_events", "release"],
                ["drift_windows", "drift_alarms", "drift_totals", "drift_metrics"],
                name="watch_events",
            ),
            Node(
                nodes.draw_drift,
                ["drift_totals", "drift_windows", "release"],
                "drift_figure",
                name="draw_drift",
            ),
        ],
    )
