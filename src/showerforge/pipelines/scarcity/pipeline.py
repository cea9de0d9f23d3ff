"""Wiring of the scarcity study."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines import data_processing
from showerforge.pipelines.scarcity import nodes
from showerforge.pipelines.stages import stage_of


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Train on few hadrons, with and without synthetic ones; from the raw table on.

    Finished cells are an input and an output, so that a study that was stopped goes on: two
    datasets of one folder, because no node may have the same dataset on both sides.
    """
    settings = [
        "params:scarcity",
        "params:modelling",
        "params:data_processing",
        "params:synthetic_generation",
        "params:seed",
    ]
    study = stage_of(
        experiment,
        "scarcity",
        [
            Node(
                nodes.part_events,
                ["events", "params:scarcity", "params:seed"],
                "scarcity_events",
                name="part_events",
            ),
            Node(
                nodes.plan_cells,
                ["scarcity_events", *settings],
                "scarcity_plan",
                name="plan_cells",
            ),
            Node(
                nodes.run_cells,
                ["scarcity_events", "scarcity_plan", "scarcity_finished", *settings],
                "scarcity_cells",
                name="run_cells",
            ),
            Node(
                nodes.tabulate_changes,
                ["scarcity_plan", "scarcity_cells", "params:scarcity", "params:modelling"],
                ["scarcity_table", "scarcity_metrics"],
                name="tabulate_changes",
            ),
            Node(
                nodes.draw_changes,
                ["scarcity_table", "data_summary", "params:modelling"],
                ["scarcity_figure", "scarcity_interactive"],
                name="draw_changes",
            ),
        ],
    )
    return data_processing.create_pipeline(experiment) + study
