"""A release that scores, and events for it."""

import numpy as np
import pandas as pd
import pytest
from scoring.folders import BAD
from serving_tools import draw_events, put_release

from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.serving.releases import read_release

WIDTH, ALPHA = (HILLAS_PARAMETERS.index(name) for name in ("fWidth", "fAlpha"))


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    return folder / put_release(folder)


@pytest.fixture(scope="session")
def release(folder):
    return read_release(folder)


@pytest.fixture(scope="session")
def events():
    """Events of which those with the numbers `BAD` are refused, with columns that travel along."""
    drawn = draw_events(900, 1100, 5)
    drawn[BAD[0], WIDTH] = 1e6
    drawn[BAD[1], ALPHA] = 100.0
    drawn[BAD[2], ALPHA] = np.nan
    table = pd.DataFrame(drawn, columns=HILLAS_PARAMETERS)
    table.insert(0, "event_id", np.arange(10_000, 12_000))
    table["night"] = np.where(table["event_id"] % 2, "first", "second")
    return table
