"""Nodes of the simulation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from showerforge.image_parameters import SimulationParameters


def _provenance(simulation: SimulationParameters, seed: int) -> dict[str, Any]:
    """Say where images come from."""
    return {
        "source": "simulated",
        "seed": seed,
        "simulation": simulation.model_dump(mode="json", exclude={"n_jobs"}),
    }


def simulate_blocks(
    finished_blocks: Mapping[str, Any], simulation: SimulationParameters, seed: int
) -> Iterator[dict[str, Any]]:
    """Simulate the blocks that are not finished yet.

    Yields
    ------
    blocks : thrown events by key; Kedro saves each block as it comes, so that none is lost when
        the simulation is stopped.
    """
    from showerforge.cameras.streams import ImageStream
    from showerforge.showers.production import run_blocks

    production = simulation.production(seed)
    for key, events in run_blocks(production, finished_blocks, simulation.n_jobs):
        yield {key: ImageStream([events], _provenance(simulation, seed))}


def trigger_events(
    simulated_blocks: Mapping[str, Any], simulation: SimulationParameters, seed: int
) -> pd.DataFrame:
    """List all thrown events, and tell which of them trigger.

    Returns
    -------
    thrown_events : see `showerforge.showers.production.tabulate_thrown`.
    """
    from showerforge.showers.production import tabulate_thrown

    return tabulate_thrown(simulation.production(seed), simulated_blocks)


def record_images(
    simulated_blocks: Mapping[str, Any],
    thrown_events: pd.DataFrame,
    simulation: SimulationParameters,
    seed: int,
) -> Any:
    """Draw the images of the events that trigger, which are written block by block.

    Returns
    -------
    event_images : stream of images with noise, and the expected photo-electrons beside them; its
        attributes have the number of thrown events by particle.
    """
    from showerforge.cameras.streams import ImageStream
    from showerforge.showers.production import take_triggered

    n_thrown = thrown_events["particle"].value_counts()
    return ImageStream(
        take_triggered(simulation.production(seed), simulated_blocks, thrown_events),
        {**_provenance(simulation, seed), "thrown": n_thrown.to_dict()},
    )
