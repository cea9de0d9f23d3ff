"""Wiring of the scoring of partitions."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.scoring import nodes
from showerforge.pipelines.stages import stage_of


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Score folders of events by the release in use."""
    return stage_of(
        experiment,
        "scoring",
        [
            Node(
                nodes.score_partitions,
                [
                    "events_to_score",
                    "scored_events",
                    "refused_events",
                    "releases",
                    "release",
                    "params:scoring",
                ],
                "scoring_records",
                name="score_partitions",
            ),
            Node(
                nodes.summarise_scoring,
                ["scoring_records", "release", "params:scoring"],
                ["scoring_summary", "scoring_drift", "scoring_metrics"],
                name="summarise_scoring",
            ),
            Node(
                nodes.draw_gammaness,
                ["scoring_summary", "release", "params:scoring"],
                "gammaness_figure",
                name="draw_gammaness",
            ),
        ],
    )
