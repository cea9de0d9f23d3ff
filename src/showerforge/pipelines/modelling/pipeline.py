"""Wiring of the stage modelling."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.modelling import image_nodes, nodes
from showerforge.pipelines.stages import NETWORKS, stage_of


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Fit, stack and judge classifiers, with and without synthetic events."""
    settings = ["params:modelling", "params:data_processing", "params:seed"]
    return stage_of(
        experiment,
        "modelling",
        [
            Node(
                nodes.choose_settings,
                ["settings_from_tuning", "train_events", "data_summary", *settings],
                "model_settings",
                name="choose_settings",
            ),
            Node(
                nodes.cross_validate_models,
                [
                    "train_events",
                    "fold_synthetic_events",
                    "generator_choice",
                    "model_settings",
                    *settings,
                ],
                "out_of_fold_scores",
                name="cross_validate_models",
            ),
            Node(
                nodes.fit_models,
                [
                    "train_events",
                    "synthetic_events",
                    "reference_events",
                    "model_settings",
                    *settings,
                ],
                "fitted_models",
                name="fit_models",
            ),
            Node(
                nodes.stack_models,
                ["fitted_models", "out_of_fold_scores", "train_events", "params:modelling"],
                ["stacks", "validation_scores"],
                name="stack_models",
            ),
            Node(
                nodes.score_test_events,
                ["fitted_models", "stacks", "test_events"],
                "test_scores",
                name="score_test_events",
            ),
            Node(
                nodes.choose_model,
                ["validation_scores", "train_events", "params:modelling"],
                "choice",
                name="choose_model",
            ),
            Node(nodes.keep_model, ["stacks", "choice"], "model", name="keep_model"),
            Node(
                nodes.evaluate_models,
                [
                    "validation_scores",
                    "test_scores",
                    "train_events",
                    "test_events",
                    "choice",
                    "params:modelling",
                    "params:seed",
                ],
                ["figures_of_merit", "comparisons"],
                name="evaluate_models",
            ),
            Node(
                nodes.assess_operating_points,
                [
                    "validation_scores",
                    "test_scores",
                    "train_events",
                    "test_events",
                    "choice",
                    "params:modelling",
                    "params:seed",
                ],
                ["sky", "detection_curves", "size_bins"],
                name="assess_operating_points",
            ),
            Node(
                nodes.measure_importance,
                ["model", "test_events", "params:modelling", "params:seed"],
                "parameter_importance",
                name="measure_importance",
            ),
            Node(
                nodes.explain_model,
                ["model", "test_events", "train_events", *settings],
                ["shapley_values", "shapley_summary", "partial_dependence"],
                name="explain_model",
            ),
        ],
    )


def create_image_pipeline(experiment: str = "taiga") -> Pipeline:
    """Train cuts, boosting and networks on images, judge them and keep the best network."""
    events = ["train_events", "test_events"]
    settings = ["params:data_processing", "params:modelling"]
    return stage_of(
        experiment,
        "modelling",
        [
            Node(
                image_nodes.score_tables,
                [*events, "params:modelling", "params:seed"],
                ["table_out_of_fold", "table_test_scores", "table_cuts", "table_costs"],
                name="score_tables",
            ),
            Node(
                image_nodes.train_networks,
                ["event_images", *events, *settings, "params:seed"],
                [
                    "network_out_of_fold",
                    "network_test_scores",
                    "training_curves",
                    "network_costs",
                    "networks",
                ],
                name="train_networks",
                tags=NETWORKS,
            ),
            Node(
                image_nodes.judge_classifiers,
                [
                    *events,
                    "table_out_of_fold",
                    "table_test_scores",
                    "table_cuts",
                    "network_out_of_fold",
                    "network_test_scores",
                    "params:modelling",
                    "params:seed",
                ],
                ["separation", "comparisons", "out_of_fold_scores", "test_scores"],
                name="judge_classifiers",
            ),
            Node(
                image_nodes.keep_best_network,
                [
                    "networks",
                    "out_of_fold_scores",
                    "train_events",
                    "params:modelling",
                    "params:seed",
                ],
                ["network", "network_onnx", "network_card"],
                name="keep_best_network",
                tags=NETWORKS,
            ),
            Node(
                image_nodes.explain_network,
                [
                    "event_images",
                    "test_events",
                    "test_scores",
                    "separation",
                    "networks",
                    "network_card",
                    *settings,
                ],
                ["examples", "occlusion"],
                name="explain_network",
                tags=NETWORKS,
            ),
            Node(
                image_nodes.tabulate_costs,
                ["separation", "table_costs", "network_costs", "params:modelling"],
                "costs",
                name="tabulate_costs",
            ),
            Node(
                image_nodes.summarise_separation,
                "separation",
                "metrics",
                name="summarise_separation",
            ),
            Node(
                image_nodes.record_trainings,
                ["training_curves", "params:modelling"],
                "training_runs",
                name="record_trainings",
            ),
        ],
    )
