"""Wiring of the simulation."""

from kedro.pipeline import Node, Pipeline

from showerforge.pipelines.simulation import nodes
from showerforge.pipelines.stages import stage_of


def create_pipeline(experiment: str = "taiga") -> Pipeline:
    """Simulate showers block by block, and record the images that trigger.

    Finished blocks are an input and an output, so that a simulation that was stopped goes on: two
    datasets of one folder, because no node may have the same dataset on both sides.
    """
    settings = ["params:simulation", "params:seed"]
    return stage_of(
        experiment,
        "simulation",
        [
            Node(
                nodes.simulate_blocks,
                ["finished_blocks", *settings],
                "simulated_blocks",
                name="simulate_blocks",
            ),
            Node(
                nodes.trigger_events,
                ["simulated_blocks", *settings],
                "thrown_events",
                name="trigger_events",
            ),
            Node(
                nodes.record_images,
                ["simulated_blocks", "thrown_events", *settings],
                "event_images",
                name="record_images",
            ),
        ],
    )
