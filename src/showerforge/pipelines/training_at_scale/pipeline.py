"""Wiring of the training on partitions of labelled events."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.stages import stage_of
from showerforge.pipelines.training_at_scale import nodes


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Train boosted trees on folders of labelled events, and judge them on held-out ones."""
    reading = [
        "labelled_events",
        "unusable_events",
        "params:training_at_scale",
        "params:data_processing",
        "params:seed",
    ]
    return stage_of(
        experiment,
        "training_at_scale",
        [
            Node(
                nodes.survey_partitions,
                reading,
                ["partition_surveys", "data_summary_at_scale"],
                name="survey_partitions",
            ),
            Node(
                nodes.grow_trees,
                ["partition_surveys", "data_summary_at_scale", *reading, "params:modelling"],
                ["model_at_scale", "training_costs_at_scale"],
                name="grow_trees",
            ),
            Node(
                nodes.judge_held_out,
                [
                    "model_at_scale",
                    "partition_surveys",
                    "data_summary_at_scale",
                    *reading,
                    "params:modelling",
                ],
                [
                    "choice_at_scale",
                    "figures_of_merit_at_scale",
                    "sky_at_scale",
                    "train_events_at_scale",
                    "test_events_at_scale",
                ],
                name="judge_held_out",
            ),
            Node(
                nodes.summarise_training,
                ["data_summary_at_scale", "training_costs_at_scale", "figures_of_merit_at_scale"],
                "metrics_at_scale",
                name="summarise_training",
            ),
        ],
    )
