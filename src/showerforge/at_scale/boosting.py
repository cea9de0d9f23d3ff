"""Boosted trees on more events than memory holds: XGBoost's external memory, here or on Dask.

Events pass through memory in pages of a fixed size. XGBoost reads all pages four times to find the
bins of the features and to write binned events to its cache on disk, and that once for each level
of a tree. What stays in memory for each event is its label, weight, score and gradient.
"""

from __future__ import annotations

import heapq
import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from showerforge.at_scale.labelled import Reading, read_labelled
from showerforge.at_scale.splits import Side
from showerforge.at_scale.survey import PartitionSurvey
from showerforge.errors import InputError
from showerforge.executors import ClusterExecutor, Executor
from showerforge.progress import track

logger = logging.getLogger(__name__)

Floats = NDArray[np.float32]
#: features, labels and weights of some events, one row or number an event
Page = tuple[Floats, Floats, Floats]


@dataclass(frozen=True)
class Training:
    """What trees are grown of, and how; travels to workers, unlike the events.

    Attributes
    ----------
    reading : how events are read.
    model : unfitted pipeline of features and an XGBoost classifier, whose settings are taken.
    mean_weights : of the training events by particle, which become one.
    page_events : events with features in memory at a time.
    cache : folder for the cache; None for that of temporary files, or of a worker of Dask.
    """

    reading: Reading
    model: Pipeline
    mean_weights: Mapping[str, float]
    page_events: int
    cache: str | None

    def pages(self, names: Sequence[str]) -> Iterator[Page]:
        """Read the training events of some partitions.

        All pages but the last are full, whatever the sizes of the partitions: only the order of
        the events counts.
        """
        waiting: list[Page] = []
        for name in names:
            for part in self._parts(name):
                waiting.append(part)
                while sum(len(labels) for _, labels, _ in waiting) >= self.page_events:
                    joined = _join(waiting)
                    yield _cut(joined, slice(self.page_events))
                    waiting = [_cut(joined, slice(self.page_events, None))]
        if waiting and len(waiting[0][1]):
            yield _join(waiting)

    def _parts(self, name: str) -> Iterator[Page]:
        features = self.model.named_steps["features"]
        for batch in read_labelled(self.reading, name):
            chosen = batch.sides == Side.TRAINING
            yield (
                features.transform(batch.table(chosen)).to_numpy(np.float32),
                batch.is_gamma[chosen].astype(np.float32),
                batch.scaled_weight(self.mean_weights)[chosen].astype(np.float32),
            )


def _join(parts: Sequence[Page]) -> Page:
    features, labels, weights = (np.concatenate(each) for each in zip(*parts, strict=True))
    return features, labels, weights


def _cut(page: Page, rows: slice) -> Page:
    features, labels, weights = (each[rows] for each in page)
    return features, labels, weights


class Pages(xgboost.DataIter):
    """Pages as XGBoost asks for them, from the first to the last and again.

    Parameters
    ----------
    read : begins to read.
    names : of the features.
    cache : prefix of the files of the cache.
    """

    def __init__(self, read: Callable[[], Iterator[Page]], names: Sequence[str], cache: str):
        self._read, self._names = read, list(names)
        self._pages = read()
        super().__init__(cache_prefix=cache)

    def reset(self) -> None:
        """Begin again."""
        self._pages = self._read()

    def next(self, input_data: Callable[..., None]) -> bool:
        """Give the next page, if there is one."""
        page = next(self._pages, None)
        if page is None:
            return False
        features, labels, weights = page
        input_data(data=features, label=labels, weight=weights, feature_names=self._names)
        return True


def train(training: Training, surveys: Sequence[PartitionSurvey], executor: Executor) -> Pipeline:
    """Grow trees from the training events of all partitions.

    Parameters
    ----------
    training : what of, and how.
    surveys : of all partitions.
    executor : this process with the threads that it grants, or a Dask cluster, on which each
        worker learns from partitions of its own and all agree on each tree.

    Returns
    -------
    model : the same pipeline, fitted.

    Raises
    ------
    InputError
        If a file cannot be read any more, or a worker is lost.
    """
    used = [survey for survey in surveys if survey.n_training]
    if isinstance(executor, ClusterExecutor):
        content = _train_on_cluster(training, used, executor)
    else:
        content = _train_here(training, [survey.name for survey in used], executor.n_threads)
    fitted = clone(training.model)
    fitted.named_steps["features"].fit(None)
    fitted.named_steps["classifier"].load_model(content)
    return fitted


def _train_here(training: Training, names: Sequence[str], n_threads: int) -> bytearray:
    """Grow trees in this process; gives the content of XGBoost's file."""
    classifier = training.model.named_steps["classifier"]
    settings = {k: v for k, v in classifier.get_xgb_params().items() if v is not None}
    n_trees = classifier.get_num_boosting_rounds()
    columns = training.model.named_steps["features"].get_feature_names_out()
    with tempfile.TemporaryDirectory(prefix="showerforge-", dir=training.cache) as folder:
        pages = Pages(lambda: training.pages(names), columns, str(Path(folder) / "cache"))
        matrix = xgboost.ExtMemQuantileDMatrix(pages, nthread=n_threads)
        booster = xgboost.train(
            settings | {"n_jobs": n_threads},
            matrix,
            n_trees,
            callbacks=[_Progress(n_trees)],
        )
        content = booster.save_raw("ubj")
        # they hold files of the folder open
        del booster, matrix, pages
    return content


class _Progress(xgboost.callback.TrainingCallback):
    """Shows how many trees there are."""

    def __init__(self, n_trees: int):
        self._steps = iter(track(range(n_trees + 1), "Growing trees", n_trees))
        next(self._steps)

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Count a tree; never stops."""
        next(self._steps)
        return False


def share_partitions(surveys: Sequence[PartitionSurvey], n_workers: int) -> list[list[str]]:
    """Share partitions among workers, so that each learns from about as many events.

    The largest come first, each to the worker with the fewest events so far.

    Returns
    -------
    names : of the partitions of each worker, none without any; fewer than `n_workers` where there
        are fewer partitions.
    """
    shares: list[tuple[int, int, list[str]]] = [
        (0, number, []) for number in range(min(n_workers, len(surveys)))
    ]
    for survey in sorted(surveys, key=lambda survey: (-survey.n_training, survey.name)):
        n_events, number, names = heapq.heappop(shares)
        heapq.heappush(shares, (n_events + survey.n_training, number, [*names, survey.name]))
    return [sorted(names) for _, _, names in sorted(shares, key=lambda share: share[1])]


def _train_on_cluster(
    training: Training, surveys: Sequence[PartitionSurvey], executor: ClusterExecutor
) -> bytearray:
    """Grow trees on all workers of a cluster together; gives the content of XGBoost's file."""
    from distributed.comm import get_address_host

    client = executor.client
    threads = dict(sorted(client.nthreads().items()))
    if not threads:
        raise InputError("The Dask cluster has no workers. Start some, and run the same again.")
    shares = share_partitions(surveys, len(threads))
    host = get_address_host(client.scheduler.address)
    arguments = client.run_on_scheduler(_start_tracker, len(shares), host)
    logger.info("Growing trees on %d workers", len(shares))
    jobs = {
        address: (training, names, threads[address], arguments)
        for address, names in zip(threads, shares, strict=False)
    }
    content: bytearray = executor.run_together(_train_on_worker, jobs)[0]
    return content


def _start_tracker(n_workers: int, host: str) -> dict[str, Any]:
    """Start what tells workers of each other, on the scheduler."""
    from threading import Thread

    from xgboost.tracker import RabitTracker

    tracker = RabitTracker(n_workers=n_workers, host_ip=host, sortby="task")
    tracker.start()
    Thread(target=tracker.wait_for, daemon=True).start()
    return tracker.worker_args()


def _train_on_worker(
    training: Training, names: Sequence[str], n_threads: int, arguments: dict[str, Any]
) -> bytearray:
    from distributed import get_worker
    from xgboost.dask import CommunicatorContext

    own = replace(training, cache=training.cache or get_worker().local_directory)
    with CommunicatorContext(**arguments):
        return _train_here(own, names, n_threads)
