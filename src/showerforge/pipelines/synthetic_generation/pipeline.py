"""Wiring of the stage synthetic_generation."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.stages import stage_of
from showerforge.pipelines.synthetic_generation import nodes


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Choose a generator on training folds, fit it to training events, draw synthetic ones."""
    return stage_of(
        experiment,
        "synthetic_generation",
        [
            Node(
                nodes.generate_in_folds,
                [
                    "train_events",
                    "params:synthetic_generation",
                    "params:data_processing",
                    "params:modelling",
                    "params:seed",
                ],
                "fold_synthetic_events",
                name="generate_in_folds",
            ),
            Node(
                nodes.choose_generator,
                [
                    "fold_synthetic_events",
                    "train_events",
                    "params:synthetic_generation",
                    "params:synthetic_validation",
                    "params:data_processing",
                    "params:modelling",
                    "params:seed",
                ],
                ["generator_choice", "generator_comparison"],
                name="choose_generator",
            ),
            Node(
                nodes.fit_generators,
                ["train_events", "generator_choice", "params:synthetic_generation", "params:seed"],
                ["generators", "generation_cost"],
                name="fit_generators",
            ),
            Node(
                nodes.sample_events,
                [
                    "generators",
                    "train_events",
                    "generator_choice",
                    "params:synthetic_generation",
                    "params:data_processing",
                    "params:seed",
                ],
                ["synthetic_events", "reference_events", "generation_summary"],
                name="sample_events",
            ),
        ],
    )
