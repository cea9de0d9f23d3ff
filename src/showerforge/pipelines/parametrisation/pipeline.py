"""Wiring of the parametrisation of image files."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.parametrisation import nodes
from showerforge.pipelines.stages import stage_of


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Turn folders of image files into the folder of tables that scoring reads."""
    return stage_of(
        experiment,
        "parametrisation",
        [
            Node(
                nodes.parametrise_partitions,
                [
                    "images_to_parametrise",
                    "parametrised_images",
                    "refused_images",
                    "params:parametrisation",
                ],
                ["parametrisation_records", "events_to_score"],
                name="parametrise_partitions",
            ),
            Node(
                nodes.summarise_parametrisation,
                "parametrisation_records",
                ["parametrisation_summary", "parametrisation_metrics"],
                name="summarise_parametrisation",
            ),
        ],
    )
