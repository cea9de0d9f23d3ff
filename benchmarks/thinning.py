"""What thinning changes: speed, and the mean width of images, against showers followed in full.

Gammas of 5 TeV and protons of 8 TeV with the telescope of the experiment taiga, after noise,
trigger and cleaning. Takes some minutes: ``python benchmarks/thinning.py``.
"""

import time
from pathlib import Path

import numpy as np
import yaml

from showerforge.cameras.catalogue import build_camera
from showerforge.cameras.hillas import parametrise
from showerforge.cameras.settings import CleaningSettings
from showerforge.image_parameters import SimulationParameters
from showerforge.showers.detector import draw_images, triggered
from showerforge.showers.simulation import random_stream, simulate_block

PROJECT = Path(__file__).parents[1]
ENERGIES = {"gamma": 5.0, "proton": 8.0}
THINNING_ENERGIES = (0.0, 5.0, 10.0, 20.0, 50.0)
LINE = "{:8}{:>9}{:>11}{:>8}{:>18}{:>18}"
SHOWERS = {"gamma": 1500, "proton": 3000}


def main() -> None:
    """Print a table."""
    text = (PROJECT / "conf/base/parameters/simulation.yml").read_text()
    settings = SimulationParameters.model_validate(yaml.safe_load(text)["taiga"]["simulation"])
    camera = build_camera(settings.camera)
    print(LINE.format("", "thinning", "showers/s", "images", "width [deg]", "length [deg]"))
    for primary, energy in ENERGIES.items():
        beam = settings.beams[primary].model_copy(
            update={"lowest_energy": energy, "highest_energy": energy * 1.0001}
        )
        for thinning in THINNING_ENERGIES:
            showers = settings.showers.model_copy(
                update={"thinning_energy": thinning, "showers_per_block": SHOWERS[primary]}
            )
            begin = time.process_time()
            events = simulate_block(
                settings.model_copy(update={"showers": showers}), beam, camera, 0, int(thinning)
            )
            rate = SHOWERS[primary] / (time.process_time() - begin)
            images = draw_images(camera, events.expected, settings.detector, random_stream(0, 1))
            images = images[triggered(camera, images, settings.detector)]
            table = parametrise(camera, images, CleaningSettings()).dropna()
            parts = [
                f"{table[name].mean():.4f} ± {table[name].std() / np.sqrt(len(table)):.4f}"
                for name in ("width", "length")
            ]
            name = f"{thinning:g} GeV"
            print(LINE.format(primary, name, f"{rate:.0f}", len(table), *parts), flush=True)


if __name__ == "__main__":
    main()
