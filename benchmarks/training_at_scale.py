"""Cost of training on partitions of events: memory and time, against a fit in memory and on Dask.

Run it with ``python benchmarks/training_at_scale.py TABLE``, a table of labelled events, such as
``data/03_primary/magic/events.parquet``. Events of the table are drawn again with new ids, and
trees grow of them by the shipped settings, but fewer. Each training has a process of its own. Its
memory is the largest that the process has had, less what it had when all was imported; on Dask,
that of the largest worker. Seconds of CPU are those of all threads or workers. In memory means what
the stage modelling does: a table of features, and XGBClassifier.fit.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from showerforge.at_scale.boosting import Training, train
from showerforge.at_scale.judgement import Scoring, judge_folder, weigh_bins
from showerforge.at_scale.labelled import Reading, read_labelled
from showerforge.at_scale.splits import Side
from showerforge.at_scale.survey import PARTICLES, PartitionSurvey, summarise, survey_folder
from showerforge.classifiers.candidates import Recipe, build_pipeline
from showerforge.classifiers.names import Candidate
from showerforge.classifiers.names import Training as On
from showerforge.classifiers.training import fit_weighted
from showerforge.events.constraints import Constraint
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.execution import ExecutionSettings, executing
from showerforge.executors import chosen_executor
from showerforge.metrics.separation import Separation
from showerforge.scoring.resampling import resample_events

CONFIGURATION = Path(__file__).parents[1] / "conf/base/parameters"
N_THREADS = 2


def shipped(file: str) -> Any:
    """Read the shipped parameters of a stage."""
    return yaml.safe_load((CONFIGURATION / f"{file}.yml").read_text())["magic"][file]


def make_training(source: Path, n_trees: int) -> Training:
    """Put together what `kedro run --pipelines training_at_scale` does."""
    processing, settings = shipped("data_processing"), shipped("training_at_scale")
    reading = Reading(
        source=source,
        refused=source.parent / "refused",
        constraints=tuple(Constraint(**rule) for rule in processing["constraints"]),
        spectra={},
        label=settings["label"],
        group=settings["group"],
        test_fraction=processing["test_fraction"],
        validation_fraction=settings["validation_fraction"],
        batch_events=settings["batch_events"],
        seed=0,
    )
    models = {"xgboost": shipped("modelling")["models"]["xgboost"] | {"n_estimators": n_trees}}
    recipe = Recipe(processing["feature_sets"], models, 0.5, 10, 0)
    model = build_pipeline(Candidate("xgboost", On.REAL), recipe)
    weights = dict.fromkeys(PARTICLES, 1.0)
    return Training(reading, model, weights, settings["page_events"], settings["cache"])


def train_from_disk(training: Training, surveys: list[PartitionSurvey]) -> Any:
    """Train by external memory, or on the cluster that runs."""
    return train(training, surveys, chosen_executor())


def train_in_memory(training: Training, surveys: list[PartitionSurvey]) -> Any:
    """Train as the stage modelling does."""
    tables, labels, weights = [], [], []
    for survey in surveys:
        for batch in read_labelled(training.reading, survey.name):
            chosen = batch.sides == Side.TRAINING
            tables.append(batch.table(chosen))
            labels.append(batch.is_gamma[chosen].astype(int))
            weights.append(batch.weight[chosen])
    events = pd.concat(tables, ignore_index=True)
    del tables
    training.model.named_steps["classifier"].set_params(n_jobs=N_THREADS)
    return fit_weighted(
        training.model, events[HILLAS_PARAMETERS], np.concatenate(labels), np.concatenate(weights)
    )


def megabytes() -> float:
    """Tell the largest memory of this process so far, MiB (Linux)."""
    # not ru_maxrss, which begins with what the parent had
    (line,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(line) / 1024


def measure(pipe: Any, function: Any, *arguments: Any) -> None:
    """Train in this process, and tell what it took."""
    settings = ExecutionSettings(executor="processes", n_workers=N_THREADS)
    before, begin = megabytes(), time.process_time()
    with executing(settings):
        model = function(*arguments)
    pipe.send((model, megabytes() - before, time.process_time() - begin))


def measure_alone(function: Any, *arguments: Any) -> tuple[Any, float, float]:
    """Train in a new process; gives the model, MiB and seconds of CPU."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=measure, args=(there, function, *arguments))
    process.start()
    result: tuple[Any, float, float] = here.recv()
    process.join()
    return result


def roc_auc(training: Training, model: Any, surveys: list[PartitionSurvey]) -> float:
    """Area under the ROC curve of the test events."""
    scoring = Scoring(training.reading, model, training.mean_weights, {})
    counts, _ = judge_folder(scoring, surveys)
    (weights,) = weigh_bins(counts, 0, 0)
    scores = np.tile(np.arange(len(weights) // 2), 2).astype(float)
    is_gamma = np.repeat([False, True], len(weights) // 2)
    return float(Separation.weighted(is_gamma, scores, weights).roc_auc()[0])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Cost of training on partitions of events.")
    parser.add_argument("table", type=Path, help="labelled events that are drawn again")
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 3, 10], help="of events")
    parser.add_argument("--in-memory", type=int, default=10, help="millions up to which")
    parser.add_argument("--trees", type=int, default=50, help="that grow")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2], help="of Dask")
    arguments = parser.parse_args()

    print(f"{'events':>12} {'trained':>14}{'MiB':>8}{'CPU s':>9}{'ROC-AUC':>10}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for n in arguments.millions:
            source = Path(folder) / f"{n}"
            resample_events(
                arguments.table, source, HILLAS_PARAMETERS, n * 1_000_000, 4 * n, 0, is_whole=True
            )
            training = make_training(source, arguments.trees)
            surveys = survey_folder(training.reading)
            summarise(surveys)
            ways = {"from disk": train_from_disk, "in memory": train_in_memory}
            for name, function in ways.items():
                if function is train_in_memory and n > arguments.in_memory:
                    continue
                model, memory, seconds = measure_alone(function, training, surveys)
                quality = roc_auc(training, model, surveys)
                print(
                    f"{n * 1_000_000:12,} {name:>14}{memory:8.0f}{seconds:9.0f}{quality:10.5f}",
                    flush=True,
                )
        source = Path(folder) / f"{arguments.millions[0]}"
        training = make_training(source, arguments.trees)
        print(f"\n{'Dask workers':>12} {'seconds':>14}{'MiB':>8}{'CPU s':>9}{'ROC-AUC':>10}")
        for n_workers in arguments.workers:
            with executing(ExecutionSettings(executor="dask", n_workers=n_workers)):
                surveys = survey_folder(training.reading)
                client = chosen_executor().client
                before, cpu = largest(client.run(megabytes)), sum_of(client.run(time.process_time))
                begin = time.monotonic()
                model = train_from_disk(training, surveys)
                taken = time.monotonic() - begin
                memory = largest(client.run(megabytes)) - before
                seconds = sum_of(client.run(time.process_time)) - cpu
                quality = roc_auc(training, model, surveys)
            print(f"{n_workers:12} {taken:14.0f}{memory:8.0f}{seconds:9.0f}{quality:10.5f}")


def largest(of_workers: dict[str, float]) -> float:
    """Take the largest of what all workers say."""
    return max(of_workers.values())


def sum_of(of_workers: dict[str, float]) -> float:
    """Add up what all workers say."""
    return sum(of_workers.values())


if __name__ == "__main__":
    main()
