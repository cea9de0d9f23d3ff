"""Wiring of the study of backends."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines import data_processing, simulation
from showerforge.pipelines.backends import nodes
from showerforge.pipelines.stages import stage_of


def create_pipeline(experiment: str = "taiga") -> Pipeline:
    """Train one network on several backends, and judge all on the same events.

    From the simulation on; blocks of showers that are finished are used again. No node has the tag
    of those that need the one backend of the environment.
    """
    events = ["train_events", "test_events"]
    study = stage_of(
        experiment,
        "backends",
        [
            Node(
                nodes.find_backends,
                "params:backends",
                "backend_versions",
                name="find_backends",
            ),
            Node(
                nodes.train_backends,
                [
                    "event_images",
                    *events,
                    "backend_versions",
                    "params:data_processing",
                    "params:backends",
                    "params:seed",
                ],
                [
                    "backend_out_of_fold",
                    "backend_test_scores",
                    "backend_agreement",
                    "backend_costs",
                ],
                name="train_backends",
            ),
            Node(
                nodes.judge_backends,
                [
                    *events,
                    "backend_out_of_fold",
                    "backend_test_scores",
                    "backend_agreement",
                    "params:modelling",
                    "params:seed",
                ],
                ["backends", "backend_comparisons", "backend_curves", "backend_metrics"],
                name="judge_backends",
            ),
            Node(
                nodes.draw_backends,
                [
                    "backends",
                    "backend_costs",
                    "backend_curves",
                    "params:modelling",
                    "data_summary",
                ],
                "backends_figure",
                name="draw_backends",
            ),
        ],
    )
    events_from_showers = simulation.create_pipeline(experiment)
    return events_from_showers + data_processing.create_image_pipeline(experiment) + study
