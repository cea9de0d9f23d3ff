"""Which nodes of a pipeline are finished, so that an interrupted run can be gone on with."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from showerforge.fingerprints import code_in_use, digest_of_files, digest_of_value

logger = logging.getLogger(__name__)

#: catalog entry of the records
RECORDS = "finished_nodes"
#: stands for the digest of what is passed on in memory
IN_MEMORY = "in memory"

Record = dict[str, Any]


class Ledger:
    """Keeps a record of every node that has finished: of what it made what, by digests.

    It is registered as a hook of a run whose nodes run one after the other: a node has finished,
    and its results are saved, when the next one begins.

    Parameters
    ----------
    catalog : of the run. Its entry `RECORDS` takes the records, by the names of the nodes.
    """

    def __init__(self, catalog: CatalogProtocol[Any, Any]):
        self._catalog = catalog
        self._digests: dict[str, str] = {}
        self._begun: tuple[Node, Record] | None = None
        self.n_finished = 0

    @property
    def running(self) -> str | None:
        """Name of the node that runs now."""
        return self._begun[0].name if self._begun else None

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Record the node before, and note what this one is made of."""
        self.close()
        self._begun = node, {"code": code_in_use(), "inputs": self._describe(node.inputs)}

    @hook_impl
    def after_dataset_saved(self, dataset_name: str) -> None:
        """Forget the digest of what was there before."""
        self._digests.pop(self._place_of(dataset_name), None)

    def close(self) -> None:
        """Record the last node that has begun: it has finished."""
        if self._begun is None:
            return
        node, record = self._begun
        record["outputs"] = self._describe(node.outputs)
        self._catalog.save(RECORDS, {node.name: record})
        self._begun = None
        self.n_finished += 1

    def unfinished(self, pipeline: Pipeline) -> Pipeline:
        """Leave out the nodes that have finished.

        A node is left out if it has finished before, if code, parameters, inputs and outputs are
        what they were then, if the same holds for all nodes that it builds on, and if nobody needs
        what it passes on in memory.
        """
        records = self._catalog.load(RECORDS)
        stale = [node.name for node in pipeline.nodes if not self._is_as_recorded(node, records)]
        wanted = set(pipeline.from_nodes(*stale).nodes) if stale else set()
        for node in reversed(pipeline.nodes):
            passed_on = {name for name in node.outputs if self._digest(name) == IN_MEMORY}
            if any(passed_on & set(user.inputs) for user in wanted):
                wanted.add(node)
        logger.info(
            "%d of %d nodes have finished before and are left as they are",
            len(pipeline.nodes) - len(wanted),
            len(pipeline.nodes),
        )
        return pipeline.only_nodes(*(node.name for node in wanted)) if wanted else Pipeline([])

    def _is_as_recorded(self, node: Node, records: Mapping[str, Record]) -> bool:
        if node.name not in records:
            return False
        now = {
            "code": code_in_use(),
            "inputs": self._describe(node.inputs),
            "outputs": self._describe(node.outputs),
        }
        changes = find_changes(records[node.name], now)
        if changes:
            logger.info("%s runs again: other %s", node.name, ", ".join(changes))
        return not changes

    def _describe(self, names: Iterable[str]) -> dict[str, str | None]:
        return {name: self._digest(name) for name in names}

    def _digest(self, name: str) -> str | None:
        """Digest of a dataset; None if there is none by which it could be known again."""
        dataset = self._dataset(name)
        if name.startswith("params:"):
            return digest_of_value(dataset.load())
        if dataset._EPHEMERAL:
            return IN_MEMORY
        files = dataset.files() if hasattr(dataset, "files") else None
        if files is None:
            return None
        place = self._place_of(name)
        if not files:
            # not kept, as a dataset may fetch its files when it is loaded
            return digest_of_files(files, place)
        if place not in self._digests:
            self._digests[place] = digest_of_files(files, place)
        return self._digests[place]

    def _place_of(self, name: str) -> str:
        """Where a dataset is: two may be the same folder."""
        return str(getattr(self._dataset(name), "_filepath", name))

    def _dataset(self, name: str) -> Any:
        return self._catalog.get(name, fallback_to_runtime_pattern=True)


def find_changes(before: Record, now: Record) -> list[str]:
    """Name what is not as it was when a node finished, or cannot be told."""
    changes = [] if before.get("code") == now["code"] else ["code, packages or backend"]
    for kind in ("inputs", "outputs"):
        was, known = now[kind], before.get(kind, {})
        changes += [name for name in was if was[name] is None or was[name] != known.get(name)]
    return changes
