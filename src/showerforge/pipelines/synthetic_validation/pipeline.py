"""Wiring of the stage synthetic_validation."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.stages import stage_of
from showerforge.pipelines.synthetic_validation import nodes


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Judge the synthetic events against real ones that nobody learnt from."""
    return stage_of(
        experiment,
        "synthetic_validation",
        [
            Node(
                nodes.certify_synthetic_events,
                [
                    "synthetic_events",
                    "train_events",
                    "test_events",
                    "params:synthetic_validation",
                    "params:data_processing",
                    "params:synthetic_generation",
                    "params:seed",
                ],
                "certificate",
                name="certify_synthetic_events",
            ),
            Node(
                nodes.compare_distributions,
                [
                    "synthetic_events",
                    "test_events",
                    "params:data_processing",
                    "params:synthetic_generation",
                ],
                "marginals",
                name="compare_distributions",
            ),
            Node(
                nodes.compare_correlations,
                ["synthetic_events", "test_events", "params:synthetic_generation"],
                "correlations",
                name="compare_correlations",
            ),
        ],
    )
