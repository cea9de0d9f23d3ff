"""Wiring of the stage synthetic_validation."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.stages import NETWORKS, stage_of
from showerforge.pipelines.synthetic_validation import image_nodes, nodes, utility_nodes


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Judge the synthetic events against real ones that nobody learnt from."""
    return stage_of(
        experiment,
        "synthetic_validation",
        [
            Node(
                nodes.prove_no_leakage,
                [
                    "events",
                    "train_events",
                    "fold_synthetic_events",
                    "synthetic_events",
                    "reference_events",
                    "generator_choice",
                    "params:synthetic_generation",
                    "params:data_processing",
                    "params:seed",
                ],
                "leakage_proof",
                name="prove_no_leakage",
            ),
            Node(
                nodes.certify_synthetic_events,
                [
                    "synthetic_events",
                    "reference_events",
                    "train_events",
                    "test_events",
                    "leakage_proof",
                    "generator_choice",
                    "params:synthetic_validation",
                    "params:data_processing",
                    "params:synthetic_generation",
                    "params:modelling",
                    "params:seed",
                ],
                [
                    "certificate",
                    "reference_certificate",
                    "two_sample_scores",
                    "separating_columns",
                    "nearest_distances",
                    "membership_scores",
                    "marginals",
                    "correlations",
                ],
                name="certify_synthetic_events",
            ),
        ],
    )


def create_image_pipeline(experiment: str = "taiga") -> Pipeline:
    """Judge generated images: certificates, pixels, and of a camera whether they help."""
    events = ["train_events", "test_events"]
    settings = ["params:data_processing", "params:synthetic_generation"]
    certificates = Node(
        image_nodes.certify_generators,
        [
            "judged_images",
            *events,
            "generation_costs",
            "params:data_processing",
            "params:modelling",
            "params:synthetic_validation",
            "params:seed",
        ],
        ["image_certificates", "certificate_summary"],
        name="certify_generators",
    )
    summary = Node(
        image_nodes.summarise_generators,
        ["certificate_summary", "image_metrics"],
        "generation_metrics",
        name="summarise_generators",
    )
    images = ["judged_images", "event_images", *events]
    of_cameras = [
        Node(
            image_nodes.judge_camera_images,
            [
                *images,
                "networks",
                "out_of_fold_scores",
                "test_scores",
                "separation",
                *settings,
                "params:modelling",
                "params:synthetic_validation",
                "params:seed",
            ],
            ["image_metrics", "generated_scores"],
            name="judge_images",
            tags=NETWORKS,
        ),
        Node(
            utility_nodes.study_utility,
            [
                "event_images",
                *events,
                *settings,
                "params:modelling",
                "params:synthetic_validation",
                "params:seed",
            ],
            ["image_utility", "image_utility_comparisons"],
            name="study_utility",
            tags=NETWORKS,
        ),
    ]
    of_calorimeters = [
        Node(
            image_nodes.judge_calorimeter_images,
            [*images, *settings, "params:synthetic_validation", "params:seed"],
            "image_metrics",
            name="judge_images",
            tags=NETWORKS,
        )
    ]
    own = of_cameras if experiment == "taiga" else of_calorimeters
    return stage_of(experiment, "synthetic_validation", [certificates, *own, summary])
