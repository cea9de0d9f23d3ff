"""Wiring of the stage synthetic_generation."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.stages import NETWORKS, stage_of
from showerforge.pipelines.synthetic_generation import image_nodes, nodes


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


def create_image_pipeline(experiment: str = "taiga") -> Pipeline:
    """Fit generators of images, and draw what they are judged by; of a camera also a file."""
    settings = ["params:data_processing", "params:synthetic_generation", "params:seed"]
    events = ["event_images", "train_events"]
    generation = [
        Node(
            image_nodes.fit_image_generators,
            [*events, *settings],
            ["image_generators", "generator_curves", "fit_costs"],
            name="fit_image_generators",
            tags=NETWORKS,
        ),
        Node(
            image_nodes.draw_judged_images,
            [*events, "image_generators", "fit_costs", *settings],
            ["judged_images", "generation_costs"],
            name="draw_judged_images",
            tags=NETWORKS,
        ),
    ]
    of_cameras = [
        Node(
            image_nodes.generate_camera_images,
            [*events, "image_generators", *settings],
            "generated_images",
            name="generate_camera_images",
            tags=NETWORKS,
        )
    ]
    is_camera = experiment == "taiga"
    return stage_of(
        experiment, "synthetic_generation", generation + (of_cameras if is_camera else [])
    )
