"""What MLflow has tracked, as a dataset."""

from __future__ import annotations

from typing import Any

from kedro.io import AbstractDataset

from showerforge.datasets.read_only import ReadOnly


class TrackedRunsDataset(ReadOnly, AbstractDataset[None, list[dict[str, Any]]]):
    """Runs of an experiment of MLflow, the latest first.

    Loads as records with ``run`` (first digits of its id), ``pipeline``, ``status``, ``started``
    (UTC) and ``minutes``, and the mappings ``metrics``, ``parameters`` and ``tags``. Child runs,
    such as trials of a search, are left out.

    Parameters
    ----------
    tracking_uri : of the store.
    experiment : its name; one that is not there has no runs.
    metadata : for kedro-viz.
    """

    refusal = "Runs are tracked while pipelines run, and not saved."

    def __init__(self, tracking_uri: str, experiment: str, metadata: dict[str, Any] | None = None):
        self._tracking_uri = tracking_uri
        self._experiment = experiment
        self.metadata = metadata

    def load(self) -> list[dict[str, Any]]:
        """Ask the store for all runs."""
        from mlflow import MlflowClient

        client = MlflowClient(self._tracking_uri)
        experiment = client.get_experiment_by_name(self._experiment)
        if experiment is None:
            return []
        runs, token = [], None
        while True:
            page = client.search_runs([experiment.experiment_id], page_token=token)
            runs += [_as_record(run) for run in page if "mlflow.parentRunId" not in run.data.tags]
            token = page.token
            if not token:
                return runs

    def _describe(self) -> dict[str, Any]:
        return {"tracking_uri": self._tracking_uri, "experiment": self._experiment}


def _as_record(run: Any) -> dict[str, Any]:
    from datetime import UTC, datetime

    info, milliseconds = run.info, 1000
    end = info.end_time or info.start_time
    return {
        "run": info.run_id[:8],
        "pipeline": info.run_name,
        "status": info.status,
        "started": f"{datetime.fromtimestamp(info.start_time / milliseconds, UTC):%Y-%m-%d %H:%M}",
        "minutes": (end - info.start_time) / milliseconds / 60,
        "metrics": dict(run.data.metrics),
        "parameters": dict(run.data.params),
        "tags": {k: v for k, v in run.data.tags.items() if not k.startswith("mlflow.")},
    }
