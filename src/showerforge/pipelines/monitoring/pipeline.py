"""Wiring of the monitor."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.monitoring import image_nodes, nodes
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


def create_image_pipeline(experiment: str = "taiga") -> Pipeline:
    """Measure which faults of a camera are seen within how many images."""
    return stage_of(
        experiment,
        "monitoring",
        [
            Node(
                image_nodes.measure_camera_power,
                [
                    "event_images",
                    "train_events",
                    "test_events",
                    "params:data_processing",
                    "params:modelling",
                    "params:monitoring",
                    "params:seed",
                ],
                "camera_power",
                name="measure_camera_power",
            ),
            Node(
                image_nodes.draw_camera_power,
                ["camera_power", "data_summary", "params:modelling", "params:monitoring"],
                "camera_power_figure",
                name="draw_camera_power",
            ),
        ],
    )
