"""Speed of fitted generators of images against the embedded Monte Carlo, side by side in one run.

Run it with ``python benchmarks/image_generators.py``. It reads the generators of the experiment
taiga from ``data/06_models/taiga/image_generators``, and makes images of the same camera, with the
noise and trigger of the shipped simulation. Images are counted per second of the processor, with
one thread, without writing; of the Monte Carlo those that trigger, which are what generators draw.
Each rate is the best of several rounds, because other work on the machine only ever slows it down.

Ratios are to our own Monte Carlo, which follows thinned showers and looks at each from several
places. "Thousands of times faster", as published of generators, is meant against CORSIKA, which
follows every particle of every shower.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from showerforge.datasets.image_generators import ImageGeneratorsDataset
from showerforge.events.schema import GAMMA, HADRON
from showerforge.generators.images.detectors import CameraDetector
from showerforge.generators.images.files import from_bytes
from showerforge.generators.images.interface import PARTICLE, ImageGenerator
from showerforge.image_parameters import SimulationParameters
from showerforge.showers.production import Production

PROJECT = Path(__file__).parents[1]
GENERATORS = PROJECT / "data/06_models/taiga/image_generators"
#: what each primary is trained as
PARTICLES = {"gamma": GAMMA, "proton": HADRON}
SHOWERS_PER_BLOCK = 100


def make_production() -> Production:
    """Take the shipped simulation, in smaller blocks."""
    text = (PROJECT / "conf/base/parameters/simulation.yml").read_text()
    settings = SimulationParameters.model_validate(yaml.safe_load(text)["taiga"]["simulation"])
    update = {"showers_per_block": SHOWERS_PER_BLOCK}
    showers = settings.showers.model_copy(update=update)
    return settings.model_copy(update={"showers": showers}).production(seed=0)


def best_rate(work: Callable[[int], int], n_rounds: int) -> float:
    """Measure images per second of the processor; rounds are numbered from 1."""
    # what is compiled or opened at the first call is no part of the rate
    work(0)
    best = 0.0
    for number in range(1, n_rounds + 1):
        begin = time.process_time()
        n_images = work(number)
        best = max(best, n_images / (time.process_time() - begin))
    return best


def simulate(production: Production, primary: str) -> Callable[[int], int]:
    """Give a function that simulates a block and counts the images that trigger."""

    def work(block: int) -> int:
        events = production.simulate(primary, block)
        return int(production.observe(primary, block, events)[1].sum())

    return work


def generate(generator: ImageGenerator, particle: str, n_images: int) -> Callable[[int], int]:
    """Give a function that draws images all over the trained range, on a logarithmic scale."""
    ranges = generator.ranges_.loc[particle].unstack()
    draws = np.random.default_rng(0).random((n_images, len(ranges)))
    spread = (
        ranges["lowest"].to_numpy()
        * (ranges["highest"].to_numpy() / ranges["lowest"].to_numpy()) ** draws
    )
    # rounding must not lead beyond the ends
    values = np.clip(spread, ranges["lowest"].to_numpy(), ranges["highest"].to_numpy())
    conditions = {PARTICLE: particle, **dict(zip(ranges.index, values.T, strict=True))}
    return lambda seed: len(generator.sample(n_images, conditions, seed).images)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Generators against the embedded Monte Carlo.")
    parser.add_argument("--generators", type=Path, default=GENERATORS, help="folder of their files")
    parser.add_argument("--images", type=int, default=4096, help="drawn in each round; 4096")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many counts; 3")
    arguments = parser.parse_args()

    files = ImageGeneratorsDataset(str(arguments.generators)).load()
    if not files:
        raise SystemExit(
            f"There are no fitted generators in {arguments.generators}. Fit them with `kedro run "
            "--pipelines taiga`, or name another folder with --generators."
        )
    production = make_production()
    detector = CameraDetector(production.camera)
    generators = {name: from_bytes(content, detector) for name, content in files.items()}
    rows = []
    for primary, particle in PARTICLES.items():
        reference = best_rate(simulate(production, primary), arguments.rounds)
        rates = {"embedded Monte Carlo, triggered images": reference}
        for name, generator in generators.items():
            noise = "with noise" if generator.draws_noise else "cleaned"
            rates[f"{name}: {generator.label}, {noise}"] = best_rate(
                generate(generator, particle, arguments.images), arguments.rounds
            )
        rows += [
            {"": name, "of": primary, "images per CPU s": rate, "ratio": rate / reference}
            for name, rate in rates.items()
        ]
    print(f"Images of {detector.name}, {detector.n_pixels} pixels, on one core:\n")
    print(pd.DataFrame(rows).to_string(index=False, float_format=lambda value: f"{value:,.1f}"))
    print(
        "\nRatios are to the embedded Monte Carlo, thinned and each shower seen from "
        f"{production.settings.showers.telescopes_per_shower} places. The published 'thousands of "
        "times faster'\nis against CORSIKA, which follows every particle of every shower."
    )


if __name__ == "__main__":
    main()
