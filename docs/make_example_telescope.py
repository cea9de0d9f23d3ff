"""Write the MAGIC table as another telescope would have it, for ``--env example_telescope``.

Run it once, from anywhere: ``python docs/make_example_telescope.py``. It fetches the MAGIC
table if need be and writes ``data/01_raw/example_telescope/gammas.h5`` and ``protons.h5``:
angles instead of distances, linear light, per cent, signed angles in radians, other names.
``conf/example_telescope/catalog.yml`` describes these files, so that the very same events come
back.
"""

import argparse
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

from showerforge.atomic import replaced_when_done
from showerforge.environment import prepare
from showerforge.events.schema import GAMMA, HADRON

PROJECT = Path(__file__).parents[1]
FOCAL_LENGTH_MM = 17_000.0
MM_PER_DEGREE = FOCAL_LENGTH_MM * np.pi / 180
#: other name: (ours, what becomes of its values)
COLUMNS = {
    "length": ("fLength", lambda mm: mm / MM_PER_DEGREE),
    "width": ("fWidth", lambda mm: mm / MM_PER_DEGREE),
    "charge": ("fSize", lambda logarithm: 10**logarithm),
    "two_brightest_pixels": ("fConc", lambda share: 100 * share),
    "brightest_pixel": ("fConc1", lambda share: 100 * share),
    "asymmetry": ("fAsym", lambda mm: mm / MM_PER_DEGREE),
    "third_moment_along": ("fM3Long", lambda mm: mm / MM_PER_DEGREE),
    "third_moment_across": ("fM3Trans", lambda mm: mm / MM_PER_DEGREE),
    "alpha": ("fAlpha", np.deg2rad),
    "distance": ("fDist", lambda mm: mm / MM_PER_DEGREE),
}


def convert(events: pd.DataFrame) -> np.ndarray:
    """Convert events of one class to a record array of another telescope."""
    columns = {name: compute(events[ours]) for name, (ours, compute) in COLUMNS.items()}
    # an axis has no direction, so that its angle may have either sign
    columns["alpha"] = columns["alpha"] * np.where(np.arange(len(events)) % 2, -1, 1)
    columns["obs_id"] = np.arange(len(events)) // 1000
    columns["event_id"] = np.arange(len(events)) % 1000
    return pd.DataFrame(columns).to_records(index=False)


def write(events: pd.DataFrame, folder: Path) -> list[Path]:
    """Write one file for each class.

    Parameters
    ----------
    events : the MAGIC table.
    folder : where the files shall be.
    """
    paths = []
    for particle, name in ((GAMMA, "gammas.h5"), (HADRON, "protons.h5")):
        paths.append(folder / name)
        with replaced_when_done(paths[-1]) as partial, h5py.File(partial, "w") as file:
            file["dl1/events"] = convert(events[events["particle"] == particle])
    return paths


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.parse_args()
    prepare()
    bootstrap_project(PROJECT)
    with KedroSession.create(PROJECT) as session:
        table = session.load_context().catalog.load("magic.raw_events")
    for path in write(table, PROJECT / "data/01_raw/example_telescope"):
        print(f"Wrote {path}")
