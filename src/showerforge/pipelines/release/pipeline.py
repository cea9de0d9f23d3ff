"""Wiring of the release."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.release import nodes
from showerforge.pipelines.stages import stage_of


def create_pipeline(experiment: str = "magic", stage: str = "release") -> Pipeline:
    """Write what the stage modelling has kept as a release, and prove that it scores the same."""
    return stage_of(
        experiment,
        stage,
        [
            Node(
                nodes.export_model,
                ["model", "choice", "params:data_processing", "train_events", "test_events"],
                ["model_onnx", "parity"],
                name="export_model",
            ),
            Node(
                nodes.count_reference,
                ["model_onnx", "train_events", "test_events", "params:release"],
                "drift_reference",
                name="count_reference",
            ),
            Node(
                nodes.measure_power,
                ["model_onnx", "train_events", "test_events", "params:release", "params:seed"],
                "drift_power",
                name="measure_power",
            ),
            Node(
                nodes.write_release,
                [
                    "model",
                    "model_onnx",
                    "drift_reference",
                    "drift_power",
                    "train_events",
                    "test_events",
                    "choice",
                    "figures_of_merit",
                    "sky",
                    "params:data_processing",
                    "params:release",
                    "params:seed",
                ],
                "release",
                name="write_release",
            ),
            Node(
                nodes.draw_power,
                ["drift_power", "data_summary", "params:release", "params:modelling"],
                "power_figure",
                name="draw_power",
            ),
        ],
    )
