"""What must be set before other libraries are loaded."""

import atexit
import gc
import logging
import os
from functools import lru_cache

OF_NO_INTEREST = (
    # said by MLflow about a class of kedro-mlflow at every command
    "Add type hints to the `predict` method",
    # the number of epochs is a setting, and the best one is before convergence
    "the optimization hasn't converged yet",
    # said by kedro-viz about a class of its own
    "ORJSONResponse is deprecated",
    # a mixture that has nearly reached its optimum is good enough, for choice and mean alike
    "Best performing initialization did not converge",
    # a process that has trained a network holds more memory than before, and is replaced
    "A worker stopped while some jobs were given to the executor",
    # its interface may change; it is used in one place
    "DaskStorage is experimental",
    # at the end of a run, when nothing is waited for
    "Worker process still alive after",
    # after Ctrl-C, of jobs that nobody waits for any more
    "cannot schedule new futures after",
    "were still being processed by the workers have been cancelled",
)
#: variables of the environment, and what they are unless the user has set them
VARIABLES = {
    # OpenMP threads that spin while they wait slow XGBoost down twentyfold
    "OMP_WAIT_POLICY": "PASSIVE",
    # LightGBM keeps the number of threads in one place for all fits of a process. One that asks
    # for the default changes it for those beside it, which then write beyond their buffers
    "OMP_NUM_THREADS": "1",
    # sums of several threads depend on how many there are, in the last bit; work runs side
    # by side anyway
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # the one that starts at once; a user may set tensorflow or jax
    "KERAS_BACKEND": "torch",
    # work runs side by side in processes, one thread each
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # every connection of a cluster that is made and closed would be told
    "DASK_LOGGING__DISTRIBUTED": "WARNING",
    # Kedro and MLflow would otherwise report usage to their makers
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
#: new objects after which Python looks for garbage among them; 700 is its own choice
OBJECTS_BETWEEN_COLLECTIONS = 10_000


def prepare() -> None:
    """Set the environment; Kedro calls this at the start of every command.

    Values of variables that the user has set are kept.
    """
    for name, value in VARIABLES.items():
        os.environ.setdefault(name, value)
    for name in ("py.warnings", "distributed.nanny", "concurrent.futures"):
        logging.getLogger(name).addFilter(_is_of_interest)
    _spare_the_collector()


@lru_cache
def _spare_the_collector() -> None:
    """Keep Python from looking for garbage among what it imports, and among all at the end.

    Both took a third of the time of a command that does nothing.
    """
    first, *others = gc.get_threshold()
    # 0 tells that there are to be no collections
    if first:
        gc.set_threshold(max(first, OBJECTS_BETWEEN_COLLECTIONS), *others)
    atexit.register(gc.freeze)


def prepared_variables() -> dict[str, str]:
    """Give the variables of `prepare` as they are here, for processes on other machines."""
    prepare()
    return {name: os.environ[name] for name in VARIABLES}


def _is_of_interest(record: logging.LogRecord) -> bool:
    """Drop what the user can do nothing about.

    In the log, because MLflow overrides warning filters, and those are not safe in threads.
    """
    said = record.getMessage()
    if record.exc_info:
        said += f" {record.exc_info[1]}"
    return not any(words in said for words in OF_NO_INTEREST)
