"""Cost of turning folders of camera images into tables of Hillas parameters.

Run it with ``python benchmarks/parametrisation.py IMAGES``, an event-image file such as
``data/02_intermediate/taiga/event_images.h5``. Its images are copied into partitions and
parametrised as ``kedro run --pipelines parametrisation`` does: read, digested, checked, cleaned,
parametrised, cut and written. Seconds of CPU are those of this one process, without the partition
that the compiled functions are loaded with; memory is that at its largest.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import yaml

from showerforge.cameras.ctapipe_files import ReaderSettings
from showerforge.cameras.images import EventImages
from showerforge.cameras.settings import MeasurementSettings
from showerforge.cameras.storage import ImageFile, write_images
from showerforge.execution import ExecutionSettings, executing
from showerforge.parametrisation.run import parametrise_folder
from showerforge.parametrisation.work import Parametrisation

PARAMETERS = Path(__file__).parent.parent / "conf/base/parameters/parametrisation.yml"
BATCH_EVENTS = 2000


def shipped_work() -> Parametrisation:
    """What the shipped parameters say."""
    values = yaml.safe_load(PARAMETERS.read_text())["magic"]["parametrisation"]
    measurement = MeasurementSettings(cleaning=values["cleaning"], cuts=values["cuts"])
    photons = values["photons_per_photo_electron"]
    return Parametrisation(measurement, photons, None, ReaderSettings(), values["batch_events"])


def read_part(file: ImageFile, begin: int, n: int) -> Iterator[EventImages]:
    """Read so many images from one on, without the expected light that records lack."""
    for first in range(begin, begin + n, BATCH_EVENTS):
        images = file.read(slice(first, min(first + BATCH_EVENTS, begin + n)), "images")
        yield replace(images, expected=None)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Cost of parametrising folders of images.")
    parser.add_argument("images", type=Path, help="event-image file")
    parser.add_argument("--events", type=int, default=20_000, help="images of a partition")
    parser.add_argument("--partitions", type=int, nargs="+", default=[1, 2], help="how many")
    arguments = parser.parse_args()
    file, work, n = ImageFile(arguments.images), shipped_work(), arguments.events
    print(f"{'images':>12}{'µs of CPU/image':>18}{'images/CPU s':>15}{'MiB':>8}")
    for n_partitions in arguments.partitions:
        with (
            tempfile.TemporaryDirectory() as folder,
            executing(ExecutionSettings(executor="serial")),
        ):
            source, *targets = (Path(folder) / name for name in ("images", "tables", "refused"))
            for number in range(n_partitions + 1):
                begin = number * n % (len(file) - n + 1)
                write_images(source / f"{number:03d}.h5", read_part(file, begin, n))
            records = parametrise_folder(source, *targets, work)[1:]
        images = sum(record["n_events"] for record in records)
        seconds = sum(record["cpu_seconds"] for record in records)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{images:12,}{1e6 * seconds / images:18.1f}{images / seconds:15,.0f}{memory:8.0f}")


if __name__ == "__main__":
    main()
