"""Electrons and photons: images simulated and measured per second of the processor.

Run it with ``python benchmarks/calorimeter.py``, with one thread. The recipe is that of
docs/calorimeter.md; each rate is the best of several rounds, because other work on the machine only
ever slows it down.
"""

import argparse
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml

from showerforge.calorimeter.columns import PARTICLES
from showerforge.calorimeter.settings import ClassFilesRecipe
from showerforge.calorimeter.shapes import measure_shapes
from showerforge.calorimeter.simulation import simulate_block

PAGE = Path(__file__).parents[1] / "docs/calorimeter.md"


def read_recipe() -> ClassFilesRecipe:
    """Read the recipe of the documentation."""
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    (entry,) = yaml.safe_load(text).values()
    return ClassFilesRecipe.model_validate(entry["recipe"])


def rate(function: Callable[[], object], n_images: int, n_rounds: int) -> float:
    """Images per second of the processor, in the best round; the first call compiles."""
    function()
    seconds = []
    for _ in range(n_rounds):
        begin = time.process_time()
        function()
        seconds.append(time.process_time() - begin)
    return n_images / min(seconds)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    recipe, n = read_recipe(), arguments.images
    for particle in PARTICLES:
        simulated = rate(
            lambda particle=particle: simulate_block(recipe, particle, n, 0, 0), n, arguments.rounds
        )
        print(f"{particle}s simulated: {simulated:10,.0f} images per CPU-second")
    images = np.concatenate([simulate_block(recipe, particle, n, 0, 0) for particle in PARTICLES])
    measured = rate(lambda: measure_shapes(images), len(images), arguments.rounds)
    print(f"shapes measured:    {measured:10,.0f} images per CPU-second")


if __name__ == "__main__":
    main()
