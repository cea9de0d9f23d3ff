"""The runner of ``kedro run``: nodes one after the other, in a run that can be gone on with."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import CatalogProtocol, SharedMemoryCatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from kedro.runner import SequentialRunner
from pluggy import PluginManager

from showerforge.errors import InterruptedRunError
from showerforge.ledger import Ledger

logger = logging.getLogger(__name__)

Catalog = CatalogProtocol[Any, Any] | SharedMemoryCatalogProtocol

HOW_TO_GO_ON = "The same command with --resume goes on from there."


class ResumableRunner(SequentialRunner):
    """Runs nodes one after the other, and keeps a record of those that have finished.

    Parameters
    ----------
    is_async : see `kedro.runner.SequentialRunner`.
    resume : whether to leave out nodes that have finished before, see
        `showerforge.ledger.Ledger.unfinished`.
    """

    def __init__(self, is_async: bool = False, resume: bool = False):
        super().__init__(is_async=is_async)
        self._resume = resume

    def run(
        self,
        pipeline: Pipeline,
        catalog: Catalog,
        hook_manager: PluginManager | None = None,
        run_id: str | None = None,
        only_missing_outputs: bool = False,
    ) -> dict[str, Any]:
        """Run a pipeline, or what is left of it.

        Raises
        ------
        InterruptedRunError
            If the user, or the system, ends the run. Unlike `KeyboardInterrupt` it lets Kedro tell
            all hooks that the run has failed.
        """
        hook_manager = hook_manager or _create_hook_manager()
        ledger = Ledger(catalog)
        if self._resume:
            pipeline = ledger.unfinished(pipeline)
        hook_manager.register(ledger)
        try:
            results = super().run(pipeline, catalog, hook_manager, run_id, only_missing_outputs)
            ledger.close()
        except KeyboardInterrupt as interrupt:
            place = f"while {ledger.running} ran" if ledger.running else "before any node ran"
            raise InterruptedRunError(
                f"The run was ended {place}. {ledger.n_finished} of "
                f"{len(pipeline.nodes)} nodes have finished and are kept. {HOW_TO_GO_ON}"
            ) from interrupt
        finally:
            hook_manager.unregister(ledger)
        return results

    def _suggest_resume_scenario(
        self, pipeline: Pipeline, done_nodes: Iterable[Node], catalog: Catalog
    ) -> None:
        """Tell how to go on; Kedro's own way trusts all files that are there."""
        done = set(done_nodes)
        if done:
            n_nodes = len(pipeline.nodes)
            logger.warning("%d of %d nodes have finished. %s", len(done), n_nodes, HOW_TO_GO_ON)
