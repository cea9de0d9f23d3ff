"""Wiring of the stage synthetic_generation."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.stages import stage_of
from showerforge.pipelines.synthetic_generation import nodes


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Fit the generator to training events and draw synthetic ones."""
    return stage_of(
        experiment,
        "synthetic_generation",
        [
            Node(
                nodes.fit_generator,
                ["train_events", "params:synthetic_generation", "params:seed"],
                "generator",
                name="fit_generator",
            ),
            Node(
                nodes.sample_events,
                [
                    "generator",
                    "train_events",
                    "params:synthetic_generation",
                    "params:data_processing",
                    "params:seed",
                ],
                ["synthetic_events", "generation_summary"],
                name="sample_events",
            ),
        ],
    )
