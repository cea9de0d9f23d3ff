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
