"""Wiring of the stage data_processing."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.data_processing import calorimeter_nodes, image_nodes, nodes
from showerforge.pipelines.stages import stage_of


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Turn the raw table into training and test events."""
    return stage_of(
        experiment,
        "data_processing",
        [
            Node(
                nodes.quarantine_events,
                [
                    "raw_events",
                    "params:data_processing",
                    "params:synthetic_generation",
                    "params:modelling",
                ],
                ["valid_events", "quarantined_events", "raw_summary"],
                name="quarantine_events",
            ),
            Node(
                nodes.group_events,
                ["valid_events", "params:data_processing", "params:seed"],
                "events",
                name="group_events",
            ),
            Node(
                nodes.engineer_features,
                ["events", "params:data_processing"],
                "features",
                name="engineer_features",
            ),
            Node(
                nodes.split_events,
                ["features", "params:data_processing", "params:seed"],
                ["train_events", "test_events"],
                name="split_events",
            ),
            Node(
                nodes.describe_data,
                [
                    "raw_summary",
                    "train_events",
                    "test_events",
                    "params:data_processing",
                    "params:seed",
                ],
                "data_summary",
                name="describe_data",
            ),
        ],
    )


def create_image_pipeline(experiment: str = "taiga") -> Pipeline:
    """Turn camera images into training and test events."""
    return stage_of(
        experiment,
        "data_processing",
        [
            Node(
                image_nodes.parametrise_images,
                ["event_images", "params:data_processing"],
                "image_parameters",
                name="parametrise_images",
            ),
            Node(
                image_nodes.select_events,
                ["image_parameters", "event_images", "params:data_processing"],
                ["features", "rejected_events", "cut_flow"],
                name="select_events",
            ),
            Node(
                image_nodes.split_showers,
                ["features", "params:data_processing", "params:seed"],
                ["train_events", "test_events"],
                name="split_showers",
            ),
            Node(
                image_nodes.describe_images,
                [
                    "event_images",
                    "train_events",
                    "test_events",
                    "params:data_processing",
                    "params:seed",
                ],
                "data_summary",
                name="describe_images",
            ),
        ],
    )


def create_calorimeter_pipeline(experiment: str = "calorimeter") -> Pipeline:
    """Turn images of electrons and photons into training and test events."""
    return stage_of(
        experiment,
        "data_processing",
        [
            Node(
                calorimeter_nodes.measure_shapes,
                ["event_images", "params:data_processing"],
                ["shower_shapes", "quarantined_images", "image_counts"],
                name="measure_shapes",
            ),
            Node(
                calorimeter_nodes.split_images,
                ["shower_shapes", "quarantined_images", "params:data_processing", "params:seed"],
                ["train_events", "test_events", "cut_flow"],
                name="split_images",
            ),
            Node(
                calorimeter_nodes.describe_images,
                [
                    "event_images",
                    "image_counts",
                    "train_events",
                    "test_events",
                    "params:data_processing",
                    "params:seed",
                ],
                "data_summary",
                name="describe_images",
            ),
        ],
    )
