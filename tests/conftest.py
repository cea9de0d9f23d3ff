"""Events for the tests: a toy telescope, and the real table."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import settings
from toys import PROJECT, make_events, parameters_of, process

from showerforge.datasets.acquisition import Source, acquire
from showerforge.environment import prepare
from showerforge.events.constraints import Constraint
from showerforge.events.reader import read_events

# before any test imports Keras, which reads its backend once
prepare()
# the first example of many tests waits for a compiler
settings.register_profile("showerforge", settings(), deadline=None)
settings.load_profile("showerforge")
# those who test side by side have a part of the cores each
N_TESTING = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
if N_TESTING > 1:
    os.environ.setdefault("LOKY_MAX_CPU_COUNT", str(max(1, (os.cpu_count() or 1) // N_TESTING)))


def pytest_collection_finish() -> None:
    """Spare the collector of garbage the libraries, which stay."""
    gc.freeze()


MIRROR = os.environ.get("SHOWERFORGE_MIRROR", str(PROJECT / "../shared/data"))


@pytest.fixture(scope="session", autouse=True)
def _disks_are_not_waited_for() -> Iterator[None]:
    """What `os.fsync` is for, the loss of power, no test can bring about."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda number: None)
        yield


@pytest.fixture(scope="session")
def toy_events() -> pd.DataFrame:
    return make_events(900, 500)


@pytest.fixture(scope="session")
def magic_parameters() -> dict:
    """The shipped parameters of the experiment, by stage."""
    return parameters_of("base")["magic"]


@pytest.fixture(scope="session")
def constraints(magic_parameters: dict) -> list[Constraint]:
    return [Constraint(**c) for c in magic_parameters["data_processing"]["constraints"]]


@pytest.fixture(scope="session")
def magic_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real table, from wherever the catalog would take it."""
    text = (PROJECT / "conf/base/catalog/magic.yml").read_text()
    entry = yaml.safe_load(text)["magic.raw_events"]
    sources = [Source(**source) for source in entry["sources"]]
    sources[0] = Source("mirror folder", "folder", MIRROR)
    sources.insert(0, Source("project", "folder", str(PROJECT / "data/01_raw")))
    target = tmp_path_factory.mktemp("raw") / "magic04.data"
    acquire(target, entry["sha256"], sources)
    return target


@pytest.fixture(scope="session")
def magic_events(magic_file: Path) -> pd.DataFrame:
    return read_events(magic_file)


@pytest.fixture(scope="session")
def simtel_file() -> Path:
    """A real file of sim_telarray: 30 muons seen by one camera of 1,855 pixels."""
    path = Path(MIRROR) / "lst_muons.simtel.zst"
    if not path.is_file():
        pytest.skip(f"there is no {path}, and it is not fetched")
    pytest.importorskip("eventio", reason="needs ctapipe: pip install 'showerforge[ctapipe]'")
    return path


@pytest.fixture(scope="session")
def dl1_file(simtel_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same events as ctapipe-process writes them."""
    return process(simtel_file, tmp_path_factory.mktemp("dl1") / "muons.dl1.h5", "--write-images")
