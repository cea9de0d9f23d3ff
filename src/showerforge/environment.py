"""What must be set before other libraries are loaded."""

import logging
import os


def prepare() -> None:
    """Set the environment; Kedro calls this at the start of every command.

    Values that the user has set are kept.
    """
    for name, value in {
        # OpenMP threads that spin while they wait slow XGBoost down twentyfold
        "OMP_WAIT_POLICY": "PASSIVE",
        # sums of several threads depend on how many there are, in the last bit; work runs side
        # by side anyway
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        # Kedro and MLflow would otherwise report usage to their makers
        "DO_NOT_TRACK": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }.items():
        os.environ.setdefault(name, value)
    logging.getLogger("py.warnings").addFilter(_is_of_interest)


def _is_of_interest(record: logging.LogRecord) -> bool:
    """Drop what MLflow says about a class of kedro-mlflow at every command.

    MLflow overrides warning filters for it, so that it can be stopped in the log only.
    """
    return "Add type hints to the `predict` method" not in record.getMessage()
