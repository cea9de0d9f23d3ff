"""Wiring of the stage reporting."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.reporting import (
    calorimeter_nodes,
    generated_nodes,
    image_nodes,
    judgement_nodes,
    nodes,
)
from showerforge.pipelines.stages import CODE_STATE, NETWORKS, stage_of
from showerforge.report.provenance import trace_provenance

CERTIFICATE_FIGURES = (
    "gates",
    "ks",
    "correlations",
    "corner",
    "utility",
    *nodes.OF_BOTH,
    *(f"reference_{name}" for name in nodes.OF_BOTH),
)


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Draw the figures and write the report."""
    return stage_of(
        experiment,
        "reporting",
        [
            _provenance(experiment),
            Node(
                nodes.summarise_metrics,
                ["figures_of_merit", "comparisons", "certificate"],
                "metrics",
                name="summarise_metrics",
            ),
            Node(
                nodes.draw_curves,
                ["test_scores", "test_events", "data_summary"],
                [
                    "roc_figure",
                    "precision_recall_figure",
                    "roc_interactive",
                    "precision_recall_interactive",
                ],
                name="draw_curves",
            ),
            Node(
                nodes.draw_scores,
                ["test_scores", "test_events", "figures_of_merit", "choice", "data_summary"],
                ["calibration_figure", "score_distributions_figure", "scores_interactive"],
                name="draw_scores",
            ),
            Node(
                nodes.draw_importance,
                ["parameter_importance", "data_summary"],
                "importance_figure",
                name="draw_importance",
            ),
            Node(
                nodes.draw_explanation,
                [
                    "shapley_values",
                    "shapley_summary",
                    "partial_dependence",
                    "test_events",
                    "data_summary",
                ],
                ["shapley_figure", "partial_dependence_figure"],
                name="draw_explanation",
            ),
            Node(
                nodes.write_model_card,
                {
                    "data": "data_summary",
                    **{
                        name: name
                        for name in (
                            "figures_of_merit",
                            "comparisons",
                            "size_bins",
                            "parameter_importance",
                            "choice",
                            "certificate",
                            "generator_choice",
                            "train_events",
                            "synthetic_events",
                            "model_settings",
                        )
                    },
                    "modelling": "params:modelling",
                    "processing": "params:data_processing",
                    "reporting": "params:reporting",
                },
                "model_card",
                name="write_model_card",
            ),
            Node(
                nodes.draw_changes,
                ["comparisons", "data_summary"],
                "changes_figure",
                name="draw_changes",
            ),
            Node(
                nodes.draw_sky,
                ["sky", "detection_curves", "size_bins", "params:modelling", "data_summary"],
                ["detection_times_figure", "size_bins_figure"],
                name="draw_sky",
            ),
            Node(
                nodes.summarise_sky,
                ["sky", "choice"],
                "sky_metrics",
                name="summarise_sky",
            ),
            Node(
                nodes.draw_certificates,
                [
                    "synthetic_events",
                    "reference_events",
                    "train_events",
                    "test_events",
                    "certificate",
                    "reference_certificate",
                    "two_sample_scores",
                    "separating_columns",
                    "nearest_distances",
                    "membership_scores",
                    "marginals",
                    "correlations",
                    "params:reporting",
                    "data_summary",
                    "params:seed",
                ],
                [f"{name}_figure" for name in CERTIFICATE_FIGURES],
                name="draw_certificates",
            ),
            Node(
                nodes.write_certificate_page,
                {
                    "data": "data_summary",
                    "provenance": "provenance",
                    **{
                        name: name
                        for name in (
                            "generator_choice",
                            "generator_comparison",
                            "generation_cost",
                            "certificate",
                            "reference_certificate",
                            "leakage_proof",
                            "marginals",
                        )
                    },
                    "reporting": "params:reporting",
                    "processing": "params:data_processing",
                    **{name: f"{name}_figure" for name in CERTIFICATE_FIGURES},
                },
                "certificate_page",
                name="write_certificate_page",
            ),
            Node(
                nodes.write_report,
                {
                    "data": "data_summary",
                    "provenance": "provenance",
                    "figures_of_merit": "figures_of_merit",
                    "comparisons": "comparisons",
                    "choice": "choice",
                    "certificate": "certificate",
                    "reference_certificate": "reference_certificate",
                    "generator_choice": "generator_choice",
                    "model_card": "model_card",
                    "modelling": "params:modelling",
                    "reporting": "params:reporting",
                    "roc": "roc_figure",
                    "precision_recall": "precision_recall_figure",
                    "calibration": "calibration_figure",
                    "score_distributions": "score_distributions_figure",
                    "importance": "importance_figure",
                    "shapley": "shapley_figure",
                    "partial_dependence": "partial_dependence_figure",
                    "changes": "changes_figure",
                    "gates": "gates_figure",
                    "sky": "sky",
                    "size_bins": "size_bins",
                    "detection_times": "detection_times_figure",
                    "size_bins_plot": "size_bins_figure",
                    "plotly_roc": "roc_interactive",
                    "plotly_precision_recall": "precision_recall_interactive",
                    "plotly_scores": "scores_interactive",
                },
                "report",
                name="write_report",
            ),
        ],
    )


CAMERA_FIGURES = (
    "efficiency",
    "gamma_views",
    "hadron_views",
    "parameters",
    "profiles",
    "light",
    "light_map",
)
CAMERA_PARTICLES, CALORIMETER_PARTICLES = ("gamma", "hadron"), ("electron", "photon")


def _of_each(kinds: Sequence[str], particles: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{kind}_{particle}" for kind in kinds for particle in particles)


#: of the page on generated images: of all experiments, and of each
GENERATED_FIGURES = ("qq", "ks", "correlations")
GENERATED_CAMERA_FIGURES = (
    *_of_each(("generated", "sizes", "spectra", "occupancy"), CAMERA_PARTICLES),
    "gammaness",
)
GENERATED_CRYSTAL_FIGURES = _of_each(("generated", "spectra"), CALORIMETER_PARTICLES)
CALORIMETER_FIGURES = ("views", "mean_images", "shapes")
#: of all experiments with images
JUDGEMENT_FIGURES = (
    "roc",
    "quality",
    "scores",
    "confusion",
    "forest",
    "training",
    "judged",
    "occlusion",
)


def create_image_pipeline(experiment: str = "taiga") -> Pipeline:
    """Draw images and showers, tell gammas from hadrons and write the report."""
    return stage_of(
        experiment,
        "reporting",
        [
            _provenance(experiment),
            Node(
                image_nodes.follow_examples,
                ["params:simulation", "params:reporting", "params:seed"],
                ["example_profiles", "example_light", "light_maps"],
                name="follow_examples",
            ),
            Node(
                image_nodes.draw_showers,
                [
                    "example_profiles",
                    "example_light",
                    "light_maps",
                    "params:simulation",
                    "params:reporting",
                    "data_summary",
                    "params:seed",
                ],
                ["profiles_figure", "light_figure", "light_map_figure"],
                name="draw_showers",
            ),
            Node(
                image_nodes.measure_efficiency,
                [
                    "thrown_events",
                    "features",
                    "params:simulation",
                    "params:modelling",
                    "params:reporting",
                ],
                "effective_area",
                name="measure_efficiency",
            ),
            Node(
                image_nodes.draw_efficiency,
                ["effective_area", "params:modelling", "data_summary"],
                "efficiency_figure",
                name="draw_efficiency",
            ),
            *_judgement(),
            Node(
                image_nodes.draw_examples,
                [
                    "event_images",
                    "examples",
                    "occlusion",
                    "network_card",
                    "params:data_processing",
                    "params:modelling",
                    "data_summary",
                ],
                ["judged_figure", "occlusion_figure"],
                name="draw_examples",
            ),
            Node(
                image_nodes.draw_parameters,
                ["features", "data_summary"],
                "parameters_figure",
                name="draw_parameters",
            ),
            Node(
                image_nodes.draw_views,
                [
                    "features",
                    "event_images",
                    "params:data_processing",
                    "params:reporting",
                    "data_summary",
                ],
                ["gamma_views_figure", "hadron_views_figure"],
                name="draw_views",
            ),
            *_of_generated_images(CAMERA_PARTICLES),
            Node(
                generated_nodes.time_monte_carlo,
                ["params:simulation", "params:data_processing", "params:seed"],
                "monte_carlo_rate",
                name="time_monte_carlo",
            ),
            Node(
                generated_nodes.draw_generated_camera_images,
                [
                    "judged_images",
                    "event_images",
                    "test_events",
                    "image_metrics",
                    "generated_scores",
                    "test_scores",
                    "separation",
                    "generation_costs",
                    "params:data_processing",
                    "params:synthetic_generation",
                    "params:synthetic_validation",
                    "params:reporting",
                    "data_summary",
                    "params:seed",
                ],
                _figures(GENERATED_CAMERA_FIGURES),
                name="draw_generated_images",
            ),
            Node(
                generated_nodes.draw_condition_steps,
                [
                    "event_images",
                    "train_events",
                    "image_generators",
                    "params:data_processing",
                    "params:synthetic_generation",
                    "params:reporting",
                    "data_summary",
                    "params:seed",
                ],
                "condition_steps_figure",
                name="draw_condition_steps",
                tags=NETWORKS,
            ),
            Node(
                generated_nodes.write_camera_page,
                {
                    **_generated_page(
                        (
                            *_of_each(GENERATED_FIGURES, CAMERA_PARTICLES),
                            *GENERATED_CAMERA_FIGURES,
                            "condition_steps",
                        )
                    ),
                    "monte_carlo_rate": "monte_carlo_rate",
                    "image_utility_comparisons": "image_utility_comparisons",
                },
                "generated_page",
                name="write_generated_page",
            ),
            Node(
                image_nodes.write_camera_report,
                _reported(CAMERA_FIGURES),
                "report",
                name="write_image_report",
            ),
        ],
    )


def create_calorimeter_pipeline(experiment: str = "calorimeter") -> Pipeline:
    """Draw images and shower shapes, tell electrons from photons and write the report."""
    return stage_of(
        experiment,
        "reporting",
        [
            _provenance(experiment),
            Node(
                calorimeter_nodes.draw_images,
                ["event_images", "shower_shapes", "params:reporting", "data_summary"],
                ["views_figure", "mean_images_figure"],
                name="draw_images",
            ),
            Node(
                calorimeter_nodes.draw_shapes,
                ["shower_shapes", "data_summary"],
                "shapes_figure",
                name="draw_shapes",
            ),
            *_judgement(),
            Node(
                calorimeter_nodes.draw_judged_images,
                [
                    "event_images",
                    "examples",
                    "occlusion",
                    "network_card",
                    "params:modelling",
                    "data_summary",
                ],
                ["judged_figure", "occlusion_figure"],
                name="draw_judged_images",
            ),
            *_of_generated_images(CALORIMETER_PARTICLES),
            Node(
                generated_nodes.draw_generated_crystals,
                [
                    "judged_images",
                    "event_images",
                    "test_events",
                    "generation_costs",
                    "params:data_processing",
                    "params:synthetic_generation",
                    "data_summary",
                    "params:seed",
                ],
                _figures(GENERATED_CRYSTAL_FIGURES),
                name="draw_generated_images",
            ),
            Node(
                generated_nodes.write_crystal_page,
                _generated_page(
                    (
                        *_of_each(GENERATED_FIGURES, CALORIMETER_PARTICLES),
                        *GENERATED_CRYSTAL_FIGURES,
                    )
                ),
                "generated_page",
                name="write_generated_page",
            ),
            Node(
                calorimeter_nodes.write_calorimeter_report,
                _reported(CALORIMETER_FIGURES),
                "report",
                name="write_calorimeter_report",
            ),
        ],
    )


def _provenance(experiment: str) -> Node:
    """Trace what the reports of an experiment come from."""
    return Node(
        trace_provenance,
        ["data_summary", CODE_STATE, f"params:{experiment}", "params:seed"],
        "provenance",
        name="trace_provenance",
    )


def _reported(figures: Sequence[str]) -> dict[str, str]:
    """Name what reports on images are written from."""
    return {
        "data": "data_summary",
        "provenance": "provenance",
        "cut_flow": "cut_flow",
        "separation": "separation",
        "comparisons": "comparisons",
        "costs": "costs",
        "modelling": "params:modelling",
        "reporting": "params:reporting",
        **_figures((*figures, *JUDGEMENT_FIGURES)),
        "plotly_roc": "roc_interactive",
    }


def _judgement() -> list[Node]:
    """Draw what classifiers of images are worth, whatever they show."""
    events = ["test_scores", "test_events", "separation"]
    return [
        Node(
            judgement_nodes.draw_separation,
            [*events, "data_summary"],
            ["roc_figure", "roc_interactive"],
            name="draw_separation",
        ),
        Node(
            judgement_nodes.draw_judgement,
            [*events, "comparisons", "params:modelling", "data_summary"],
            ["quality_figure", "scores_figure", "confusion_figure", "forest_figure"],
            name="draw_judgement",
        ),
        Node(
            judgement_nodes.draw_training,
            ["training_curves", "data_summary"],
            "training_figure",
            name="draw_training",
        ),
    ]


def _of_generated_images(particles: Sequence[str]) -> list[Node]:
    """Draw what is measured of generated images, whatever they show."""
    return [
        Node(
            generated_nodes.draw_generator_losses,
            ["generator_curves", "data_summary"],
            "generator_losses_figure",
            name="draw_generator_losses",
        ),
        Node(
            generated_nodes.draw_generated_distributions,
            [
                "judged_images",
                "event_images",
                "train_events",
                "test_events",
                "generation_costs",
                "certificate_summary",
                "params:data_processing",
                "params:synthetic_generation",
                "params:synthetic_validation",
                "data_summary",
                "params:seed",
            ],
            _figures(_of_each(GENERATED_FIGURES, particles)),
            name="draw_generated_distributions",
        ),
    ]


def _figures(names: Sequence[str]) -> dict[str, str]:
    return {name: f"{name}_figure" for name in names}


def _generated_page(figures: Sequence[str]) -> dict[str, str]:
    """Name what pages on generated images are written from."""
    return {
        "data": "data_summary",
        "provenance": "provenance",
        "certificate_summary": "certificate_summary",
        "image_metrics": "image_metrics",
        "generation_costs": "generation_costs",
        "modelling": "params:modelling",
        "reporting": "params:reporting",
        **_figures(("generator_losses", *figures)),
    }
