"""Wiring of the release of what was trained at scale."""

from kedro.pipeline import Pipeline

from showerforge.pipelines import release

#: what a release is made of
RELEASED = (
    "model",
    "choice",
    "train_events",
    "test_events",
    "figures_of_merit",
    "sky",
    "data_summary",
)


def create_pipeline(experiment: str = "magic") -> Pipeline:
    """Write what `training_at_scale` has made as a release, and prove that it scores the same."""
    of_stages = release.create_pipeline(experiment, "release_at_scale")
    replaced = {f"{experiment}.{name}": f"{experiment}.{name}_at_scale" for name in RELEASED}
    return Pipeline(of_stages, inputs=replaced)
