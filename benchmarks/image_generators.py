"""Speed of fitted generators of images against the embedded Monte Carlo, side by side in one run.

Run it with ``python benchmarks/image_generators.py``. It reads the generators of the experiment
taiga from ``data/06_models/taiga/image_generators``, and makes images of the same camera, with the
noise and trigger of the shipped simulation, under the conditions of the training images. Images
are counted per second of the processor, with one thread, without writing; of the Monte Carlo those
that trigger, which are what generators draw. Each rate is the best of several rounds, because other
work on the machine only ever slows it down.

Ratios are to our own Monte Carlo, which follows thinned showers and looks at each from several
places. "Thousands of times faster", as published of generators, is meant against CORSIKA, which
follows every particle of every shower.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from threadpoolctl import threadpool_limits

from showerforge.datasets.image_generators import ImageGeneratorsDataset
from showerforge.events.schema import GAMMA, HADRON
from showerforge.generators.images.detectors import CameraDetector
from showerforge.generators.images.files import from_bytes
from showerforge.generators.images.interface import PARTICLE, ImageGenerator
from showerforge.generators.images.recipes import draw_conditions
from showerforge.generators.images.settings import LikeDataSettings
from showerforge.image_parameters import ImageProcessingParameters, SimulationParameters
from showerforge.showers.production import Production

PROJECT = Path(__file__).parents[1]
GENERATORS = PROJECT / "data/06_models/taiga/image_generators"
TRAINING = PROJECT / "data/05_model_input/taiga/train_events.parquet"
#: what each primary is trained as
PARTICLES = {"gamma": GAMMA, "proton": HADRON}
SHOWERS_PER_BLOCK = 100


def read_parameters(stage: str) -> dict[str, Any]:
    """Read the shipped parameters of a stage of the experiment."""
    text = (PROJECT / f"conf/base/parameters/{stage}.yml").read_text()
    return yaml.safe_load(text)["taiga"][stage]


def make_production() -> Production:
    """Take the shipped simulation, in smaller blocks."""
    settings = SimulationParameters.model_validate(read_parameters("simulation"))
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


def generate(generator: ImageGenerator, conditions: pd.DataFrame) -> Callable[[int], int]:
    """Give a function that draws an image for each of the conditions."""
    honoured = generator.honoured_of(conditions)
    return lambda seed: len(generator.sample(len(conditions), honoured, seed).images)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Generators against the embedded Monte Carlo.")
    parser.add_argument("--generators", type=Path, default=GENERATORS, help="folder of their files")
    parser.add_argument("--training", type=Path, default=TRAINING, help="table of training events")
    parser.add_argument("--images", type=int, default=4096, help="drawn in each round; 4096")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many counts; 3")
    arguments = parser.parse_args()

    files = ImageGeneratorsDataset(str(arguments.generators)).load()
    if not files or not arguments.training.is_file():
        raise SystemExit(
            f"There are no fitted generators in {arguments.generators}, or no training events in "
            f"{arguments.training}. Make them with `kedro run --pipelines taiga`, or name other "
            "ones with --generators and --training."
        )
    # the library of linear algebra would take all cores, and all their seconds
    with threadpool_limits(1):
        measure(files, pd.read_parquet(arguments.training), arguments.images, arguments.rounds)


def measure(files: dict[str, bytes], training: pd.DataFrame, n_images: int, n_rounds: int) -> None:
    """Measure all generators and the Monte Carlo, and print."""
    production = make_production()
    processing = ImageProcessingParameters.model_validate(read_parameters("data_processing"))
    detector = CameraDetector(production.camera, processing.cleaning, production.detector)
    generators = {name: from_bytes(content, detector) for name, content in files.items()}
    training = training[[PARTICLE, *(column.name for column in detector.conditions)]]
    rows = []
    for primary, particle in PARTICLES.items():
        reference = best_rate(simulate(production, primary), n_rounds)
        recipe = LikeDataSettings(kind="like_data", n_images={particle: n_images})
        conditions = draw_conditions(recipe, training, seed=0)
        rates = {"embedded Monte Carlo, triggered images": reference}
        for name, generator in generators.items():
            noise = "with noise" if generator.draws_noise else "cleaned"
            rates[f"{name}: {generator.label}, {noise}"] = best_rate(
                generate(generator, conditions), n_rounds
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
