"""`kedro` in processes of their own that begin with the libraries loaded.

To load them takes five seconds, which would be most of a small run.
"""

import atexit
import gc
import multiprocessing
import os
import sys
import tempfile
import threading
from pathlib import Path
from subprocess import CompletedProcess

#: what runs import but for Kedro's framework, which looks at the folder that it is imported in,
#: and for this project
LIBRARIES = [
    "IPython",
    "alembic",
    "dynaconf",
    "h5py",
    "imblearn.over_sampling",
    "jinja2",
    "lightgbm",
    "matplotlib.pyplot",
    "mlflow.genai",
    "mlflow.sklearn",
    "mlflow.store.tracking.sqlalchemy_store",
    "numba",
    "omegaconf",
    "pandera.pandas",
    "plotly.graph_objects",
    "pyarrow.parquet",
    "rich.console",
    "scipy.stats",
    "skops.io",
    "sklearn.ensemble",
    "sklearn.model_selection",
    "sklearn.neural_network",
    "xgboost",
]
WITH_LIBRARIES = multiprocessing.get_context("forkserver")
WITH_LIBRARIES.set_forkserver_preload(LIBRARIES)


def kedro(folder: Path, *arguments: str, **environment: str) -> CompletedProcess[str]:
    """Run Kedro's command in a folder, as its script does."""
    command = [str(Path(sys.executable).with_name("kedro")), *arguments]
    environment = {**os.environ, "COLUMNS": "200", **environment}
    with tempfile.TemporaryDirectory() as said:
        streams = [Path(said, name) for name in ("stdout", "stderr")]
        process = WITH_LIBRARIES.Process(target=_run, args=(command, folder, environment, streams))
        process.start()
        process.join()
        return CompletedProcess(command, process.exitcode, *(path.read_text() for path in streams))


def _run(
    command: list[str], folder: Path, environment: dict[str, str], streams: list[Path]
) -> None:
    # the collector would write into all that is shared with other processes
    gc.freeze()
    for number, path in enumerate(streams, start=1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = command
    # as the directory of the script is not that of the tests
    sys.path[:] = [entry for entry in sys.path if entry != str(Path(__file__).parent)]

    from kedro.framework.cli.cli import main

    # to the end it is what an interpreter does with a script
    try:
        main()
    except Exception:
        sys.excepthook(*sys.exc_info())
        sys.exit(1)
    finally:
        threading._shutdown()
        atexit._run_exitfuncs()
        assert "keras" not in sys.modules, "networks have processes of their own"
