"""Wiring of the search for settings."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines import data_processing
from showerforge.pipelines.stages import stage_of
from showerforge.pipelines.tuning import nodes


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Search for the settings of the models on training folds; from the raw table on.

    The journal is an input that is written to: it keeps every trial as soon as it is finished, so
    that a search that was stopped goes on.
    """
    settings = ["params:tuning", "params:modelling", "params:data_processing", "params:seed"]
    search = stage_of(
        experiment,
        "tuning",
        [
            Node(
                nodes.run_trials,
                ["train_events", "data_summary", "tuning_journal", *settings],
                "tuning_runs",
                name="run_trials",
            ),
            Node(
                nodes.tabulate_trials,
                ["tuning_runs", *settings],
                ["tuning_trials", "tuning_importance"],
                name="tabulate_trials",
            ),
            Node(
                nodes.take_best_settings,
                ["tuning_runs", "train_events", "data_summary", *settings],
                ["tuned_settings", "tuning_comparison", "tuning_metrics"],
                name="take_best_settings",
            ),
            Node(
                nodes.draw_tuning,
                ["tuning_trials", "tuning_importance", "data_summary"],
                ["tuning_history_figure", "tuning_history_interactive", "tuning_importance_figure"],
                name="draw_tuning",
            ),
        ],
    )
    return data_processing.create_pipeline(experiment) + search
