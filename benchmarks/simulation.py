"""Simulation of camera images: rates on one core, two processes against one, and memory.

Run it with ``python benchmarks/simulation.py`` on an idle machine; it takes some minutes. All is
that of the shipped experiment taiga, light, noise and trigger included, without writing. Rates are
per second of the processor, with one thread; the two processes are timed by the clock.
"""

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import yaml

from showerforge.cameras.storage import ImageFile, write_images
from showerforge.image_parameters import SimulationParameters
from showerforge.showers.production import Production, run_blocks, tabulate_thrown, take_triggered

PROJECT = Path(__file__).parents[1]
#: thinning energy, GeV, and telescope positions per shower
MODES = ((10.0, 4), (20.0, 10))
SHOWERS_PER_BLOCK = 100
N_TIMED_BLOCKS = 5
#: as many blocks as in the shipped simulation, in which rounds of blocks end alike
WANTED_AT_ONCE = 6_000
WANTED_IN_MEMORY = 1_000
MORE = 5


def make_production(wanted: int, thinning_energy: float, n_telescopes: int) -> Production:
    """Take the shipped parameters, in smaller blocks."""
    text = (PROJECT / "conf/base/parameters/simulation.yml").read_text()
    settings = SimulationParameters.model_validate(yaml.safe_load(text)["taiga"]["simulation"])
    showers = settings.showers.model_copy(
        update={
            "thinning_energy": thinning_energy,
            "thinning_share": 1.0,
            "telescopes_per_shower": n_telescopes,
            "showers_per_block": SHOWERS_PER_BLOCK,
        }
    )
    wanted_events = dict.fromkeys(settings.beams, wanted)
    update = {"showers": showers, "wanted_events": wanted_events}
    return settings.model_copy(update=update).production(seed=0)


def print_rates() -> None:
    """Count images and triggered images per second of the processor."""
    print(f"{'':8}{'thinning':>10}{'positions':>11}{'images/s':>10}{'triggered/s':>13}")
    for thinning_energy, n_telescopes in MODES:
        production = make_production(1, thinning_energy, n_telescopes)
        for primary in production.beams:
            # what is compiled at the first call is no part of the rate
            production.observe(primary, 0, production.simulate(primary, 0))
            n_images = n_triggered = 0
            begin = time.process_time()
            for block in range(1, N_TIMED_BLOCKS + 1):
                events = production.simulate(primary, block)
                n_images += len(events)
                n_triggered += int(production.observe(primary, block, events)[1].sum())
            seconds = time.process_time() - begin
            print(
                f"{primary:8}{thinning_energy:6.0f} GeV{n_telescopes:11}"
                f"{n_images / seconds:10.0f}{n_triggered / seconds:13.0f}",
                flush=True,
            )


def time_blocks(wanted: int, n_jobs: int) -> float:
    """Measure the seconds that all blocks take."""
    begin = time.perf_counter()
    for _ in run_blocks(make_production(wanted, *MODES[0]), {}, n_jobs):
        pass
    return time.perf_counter() - begin


def print_efficiency() -> None:
    """Compare two processes with one."""
    n_cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    if n_cores < 2:
        print("\nThere is one core only: nothing to compare two processes with.")
        return
    load = os.getloadavg()[0]
    # processes are started, and what is compiled is loaded
    time_blocks(1, n_jobs=2)
    both = time_blocks(WANTED_AT_ONCE, n_jobs=2)
    one = time_blocks(WANTED_AT_ONCE, n_jobs=1)
    print(f"\n{WANTED_AT_ONCE:,} images of each primary: one process {one:.1f} s, two {both:.1f} s")
    print(f"  parallel efficiency: {one / both / 2:.2f}, of {n_cores} cores ({load:.1f} were busy)")


def simulate_into_files(wanted: int) -> float:
    """Simulate and record images as the pipeline does; return the peak memory, MB."""
    production = make_production(wanted, *MODES[0])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for key, events in run_blocks(production, {}, n_jobs=1):
            write_images(folder / f"{key}.h5", [events])
        blocks = {path.stem: ImageFile(path) for path in folder.glob("*.h5")}
        thrown = tabulate_thrown(production, blocks)
        write_images(folder / "images.h5", take_triggered(production, blocks, thrown))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # bytes on macOS, kilobytes elsewhere
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def print_memory() -> None:
    """Compare the memory of few images with that of many, each in a process of its own."""
    peaks = []
    for wanted in (WANTED_IN_MEMORY, MORE * WANTED_IN_MEMORY):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            peaks.append(pool.apply(simulate_into_files, (wanted,)))
        print(f"{wanted:6,} images of each primary: {peaks[-1]:.0f} MB at most", flush=True)
    print(f"  ratio: {peaks[1] / peaks[0]:.2f} for {MORE} times as many")


def main() -> None:
    """Measure and print."""
    parts = {"rates": print_rates, "efficiency": print_efficiency, "memory": print_memory}
    parser = argparse.ArgumentParser(description="Rates, efficiency and memory of the simulation.")
    parser.add_argument("--only", choices=parts, help="one of the three; all")
    only = parser.parse_args().only
    for name, measure in parts.items():
        if only in (None, name):
            measure()


if __name__ == "__main__":
    main()
