"""The code that runs, as a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset

from showerforge.datasets.models import MODEL_IMPORTS, installed_versions
from showerforge.datasets.read_only import ReadOnly
from showerforge.repository import git_state


class CodeStateDataset(ReadOnly, AbstractDataset[None, dict[str, Any]]):
    """Commit of the project, and versions of the packages that numbers depend on.

    Loads as ``git_commit`` and ``git_dirty``, which are missing outside a repository, and
    ``packages``.

    Parameters
    ----------
    project : folder of the project.
    metadata : for kedro-viz.
    """

    refusal = "Code is not written by a pipeline."

    def __init__(self, project: str, metadata: dict[str, Any] | None = None):
        self._project = Path(project)
        self.metadata = metadata

    def load(self) -> dict[str, Any]:
        """Ask git and the environment."""
        return {**git_state(self._project), "packages": installed_versions(MODEL_IMPORTS)}

    def _describe(self) -> dict[str, Any]:
        return {"project": str(self._project)}
