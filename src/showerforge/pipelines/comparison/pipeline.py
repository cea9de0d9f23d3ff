"""Wiring of the study of the classifiers."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines import data_processing, modelling
from showerforge.pipelines.comparison import nodes
from showerforge.pipelines.stages import stage_of


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Compare classifiers by repeated nested cross-validation, from the raw table on.

    Finished cells come in as an input, so that a study that was stopped goes on.
    """
    settings = [
        "model_settings",
        "params:comparison",
        "params:modelling",
        "params:data_processing",
        "params:synthetic_generation",
        "params:seed",
    ]
    study = stage_of(
        experiment,
        "comparison",
        [
            Node(
                nodes.plan_comparison,
                ["events", "test_events", *settings],
                "comparison_plan",
                name="plan_comparison",
            ),
            Node(
                nodes.run_comparison,
                ["events", "test_events", "comparison_plan", "comparison_finished", *settings],
                "comparison_cells",
                name="run_comparison",
            ),
            Node(
                nodes.tabulate_comparison,
                ["comparison_plan", "comparison_cells", *settings],
                ["comparison_table", "acceptance_table"],
                name="tabulate_comparison",
            ),
            Node(
                nodes.draw_comparison,
                ["comparison_table", "data_summary", "params:modelling"],
                ["comparison_figure", "ablation_figure", "learning_curves_figure"],
                name="draw_comparison",
            ),
        ],
    )
    choice_of_settings = modelling.create_pipeline(experiment).only_nodes(
        f"{experiment}.modelling.choose_settings"
    )
    return data_processing.create_pipeline(experiment) + choice_of_settings + study
