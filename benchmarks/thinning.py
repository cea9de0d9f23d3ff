"""What thinning changes: speed, and the mean width of images, against showers followed in full.

Gammas of 5 TeV and protons of 8 TeV with the telescope of the experiment taiga, after noise,
trigger and cleaning. Takes some minutes: ``python benchmarks/thinning.py``.
"""

import time

import numpy as np
import yaml

from showerforge.cameras.catalogue import build_camera
from showerforge.cameras.hillas import parametrise
from showerforge.cameras.settings import CleaningSettings
from showerforge.image_parameters import SimulationParameters
from showerforge.showers.detector import draw_images, triggered
from showerforge.showers.simulation import random_stream, simulate_block

ENERGIES = {"gamma": 5.0, "proton": 8.0}
THINNING_ENERGIES = (0.0, 5.0, 10.0, 20.0, 50.0)
SHOWERS = {"gamma": 1500, "proton": 3000}


def main() -> None:
    """Print a table."""
    with open("conf/base/parameters/simulation.yml") as file:
        settings = SimulationParameters.model_validate(yaml.safe_load(file)["taiga"]["simulation"])
    camera = build_camera(settings.camera)
    print(f"{'':8}{'thinning':>9}{'showers/s':>11}{'images':>8}{'width [deg]':>18}{'length [deg]':>16}")
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
            print(
                f"{primary:8}{thinning:>5g} GeV{rate:>11.0f}{len(table):>8}{parts[0]:>18}{parts[1]:>16}"
            )


if __name__ == "__main__":
    main()
