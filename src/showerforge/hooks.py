"""What happens around every run: parameters checked, results tracked, a closing table."""

from __future__ import annotations

import atexit
import logging
import math
import os
import platform
import shlex
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from kedro_mlflow.framework.hooks.mlflow_hook import MlflowHook

import showerforge
from showerforge.atomic import remove_partials_of
from showerforge.configuration import parameter_origins
from showerforge.datasets.folders import FolderDataset
from showerforge.datasets.models import MODEL_IMPORTS, TRUSTED_TYPES, installed_versions
from showerforge.datasets.records import RecordsDataset
from showerforge.datasets.study import StudyFileDataset
from showerforge.errors import (
    InputError,
    InterruptedRunError,
    MissingError,
    list_problems,
    suggest_names,
)
from showerforge.execution import ExecutionSettings, executing
from showerforge.locks import locked
from showerforge.nested import flatten
from showerforge.networks.backends import require, require_export
from showerforge.parameters import check_parameters
from showerforge.pipelines.stages import NETWORKS, STAGES
from showerforge.places import Place
from showerforge.repository import git_state
from showerforge.running import Run, announced, take_killed

logger = logging.getLogger(__name__)

#: catalog entry of the folder where runs announce themselves
RUNNING = "running"
#: how the address of a store of MLflow begins that is a file
SQLITE = "sqlite:///"
#: experiments with images, which show the same tables
IMAGE_EXPERIMENTS = ("taiga", "calorimeter")
#: stages that work on partitions
PARTITIONED = ("parametrisation", "scoring")
#: datasets that load as well where nothing is yet
MAY_BE_ABSENT = (FolderDataset, RecordsDataset, StudyFileDataset)
#: files of these whose paths are told at the end
PATHS_SHOWN = (
    "event_images",
    "quarantined_images",
    "cut_flow",
    "generated_images",
    "generated_page",
)


class ParameterHooks:
    """Checks every parameter before anything else happens."""

    @hook_impl(tryfirst=True)
    def after_context_created(self, context: KedroContext) -> None:
        """Refuse unknown names and values out of range, naming the file."""
        loader: Any = context.config_loader
        _require_environment(Path(loader.conf_source), context.env or loader.default_run_env)
        origins = parameter_origins(
            Path(loader.conf_source), [loader.base_env, context.env or loader.default_run_env]
        )
        origins.update(dict.fromkeys(flatten(loader.runtime_params or {}), "--params"))
        parameters = loader["parameters"]
        check_parameters(parameters, origins)
        # or else Kedro would read the files again whenever somebody asks for a parameter
        loader["parameters"] = parameters


def _require_environment(conf: Path, environment: str) -> None:
    if not (conf / environment).is_dir():
        known = sorted(folder.name for folder in conf.iterdir() if folder.is_dir())
        raise MissingError(
            f"There is no environment {environment!r}{suggest_names(environment, known)}: {conf} "
            f"has the folders {', '.join(known)}."
        )


class ExecutionHooks:
    """Runs jobs where the parameters say, from the beginning of a run to its end."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Read the settings."""
        self._settings = context.config_loader["parameters"]["execution"]

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self) -> None:
        """Connect with the cluster, if there is to be one."""
        self._opened = ExitStack()
        self._opened.enter_context(executing(ExecutionSettings.model_validate(self._settings)))

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Let the cluster go."""
        self._opened.close()

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Let the cluster go."""
        self._opened.close()


class RunHooks:
    """Keeps two runs off the same files, and removes what killed ones have left half written."""

    def __init__(self) -> None:
        self._announced = ExitStack()
        # a hook that refuses a run ends it without any word to the others
        atexit.register(self._announced.close)

    @hook_impl(tryfirst=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol
    ) -> None:
        """Announce the run, if no other works on the same files."""
        self._announced.close()
        run = Run(
            id=run_params["run_id"],
            command=shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
            since=datetime.now().isoformat(" ", "seconds"),
            process=f"{os.getpid()} on {platform.node()}",
            reads=_places_of(catalog, pipeline.inputs()),
            writes=_places_of(catalog, pipeline.all_outputs()),
        )
        self._announced.enter_context(announced(catalog.load(RUNNING), run))
        for place in run.writes:
            remove_partials_of(Path(place))

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Let others go ahead."""
        self._announced.close()

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Let others go ahead."""
        self._announced.close()


def _places_of(catalog: CatalogProtocol, names: Iterable[str]) -> list[str]:
    """List the files and folders of datasets; what is passed on in memory has none."""
    datasets = (catalog.get(name) for name in names)
    places = (getattr(d, "_filepath", None) or getattr(d, "_path", None) for d in datasets)
    return sorted({str(place) for place in places if place})


class InputHooks:
    """Refuses to begin what builds on results that are not there."""

    @hook_impl(tryfirst=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol
    ) -> None:
        """Name what is missing, and the runs that make it."""
        # of several that make the same, the first pipeline is told
        makers = {
            name: node
            for own in reversed(list(pipelines.values()))
            for node in own.nodes
            for name in node.outputs
        }
        missing = [
            name
            for name in sorted(pipeline.inputs() & set(makers))
            if not isinstance(catalog.get(name), MAY_BE_ABSENT) and not catalog.exists(name)
        ]
        if missing:
            environment = f" --env {run_params['env']}" if run_params["env"] else ""
            in_order = sorted((makers[name] for name in missing), key=_order_of)
            commands = dict.fromkeys(f"kedro run {_options_for(node)}" for node in in_order)
            raise MissingError(
                f"The run needs {len(missing)} result(s) that are not there:\n"
                f"{list_problems(missing)}\nNothing has been run. What makes them:\n  "
                + "\n  ".join(command + environment for command in commands)
            )


def _order_of(node: Node) -> int:
    stage = node.name.split(".")[-2]
    return STAGES.index(stage) if stage in STAGES else -1


def _options_for(node: Node) -> str:
    """Name the pipeline that is the stage of a node, or the experiment and the stage."""
    experiment, stage, _ = node.name.split(".")
    is_whole = stage in pipelines and node in pipelines[stage].nodes
    return f"--pipelines {stage}" if is_whole else f"--pipelines {experiment} --tags {stage}"


class NetworkHooks:
    """Refuses to begin what needs Keras where it is not installed, before hours are spent."""

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: Pipeline) -> None:
        """Look for Keras and its backend, if any node needs them."""
        if pipeline.only_nodes_with_tags(NETWORKS).nodes:
            require()
            require_export()


class TrackingHooks(MlflowHook):
    """kedro-mlflow's hook, which logs parameters flat and what the catalog tells it to.

    It does nothing where the parameter ``tracking`` is false.

    A dataset with ``metadata: mlflow: {artifact: folder}`` has its file logged, one with
    ``{metrics: true}`` its numbers, one with ``{model: name, example: dataset}`` its model
    with signature and input example, one with ``{release: name}`` is registered under that name,
    and one with ``{tags: {tag: key}}`` entries as tags. One
    with ``{children: names}`` is a list of records, each logged as a child run; see
    `log_children`.
    """

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Set up the store."""
        parameters = context.config_loader["parameters"]
        self._is_mlflow_enabled = self._is_wanted = parameters["tracking"]
        self._parameters = flatten(parameters)
        self._project = Path(context.project_path)
        if self._is_wanted:
            uri = context.config_loader["mlflow"]["server"]["mlflow_tracking_uri"]
            with _store_told_plainly("Nothing has been run."), _set_up_alone(uri):
                super().after_context_created(context=context)

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol
    ) -> None:
        """Mark runs that were killed, open this one and log parameters and the commit."""
        if not self._is_wanted:
            return
        with _store_told_plainly("Nothing has been run."):
            self._mark_killed(take_killed(catalog.load(RUNNING)))
            super().before_pipeline_run(run_params=run_params, pipeline=pipeline, catalog=catalog)
            if self._is_mlflow_enabled:
                self._log_circumstances(pipeline)

    def _mark_killed(self, killed: Iterable[Run]) -> None:
        """Mark runs in the store that could not do so themselves."""
        client = self.mlflow_config.server._mlflow_client
        experiment = self.mlflow_config.tracking.experiment._experiment.experiment_id
        for run in killed:
            logger.warning("The run of %s, %r, was killed. It is marked so", run.since, run.command)
            own = f"attributes.status = 'RUNNING' and tags.run_id = '{run.id}'"
            for found in client.search_runs([experiment], own):
                client.set_terminated(found.info.run_id, "KILLED")

    def _log_circumstances(self, pipeline: Pipeline) -> None:
        import mlflow

        used = {name.removeprefix("params:") for name in pipeline.inputs() if ":" in name}
        mlflow.log_params(
            {
                name: str(value)[:500]
                for name, value in self._parameters.items()
                if any(name == block or name.startswith(f"{block}.") for block in used)
            }
        )
        mlflow.set_tags(git_state(self._project))

    @hook_impl
    def before_node_run(
        self, node: Node, catalog: CatalogProtocol, inputs: dict[str, Any], is_async: bool
    ) -> None:
        """Keep the run open in this thread; parameters are logged already."""
        if self._is_mlflow_enabled:
            super().before_node_run(node=node, catalog=catalog, inputs={}, is_async=is_async)

    @hook_impl(tryfirst=True)
    def after_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol
    ) -> None:
        """Log results, then close the run."""
        if not self._is_mlflow_enabled:
            return
        import mlflow

        try:
            with _store_told_plainly("All results are saved."):
                for name in sorted(pipeline.all_outputs()):
                    self._log_dataset(name, catalog)
        except BaseException as error:
            # or else MLflow would call the run finished when the program ends
            with suppress(mlflow.MlflowException):
                mlflow.end_run("FAILED" if isinstance(error, Exception) else "KILLED")
            raise
        super().after_pipeline_run(run_params=run_params, pipeline=pipeline, catalog=catalog)

    @hook_impl
    def on_pipeline_error(
        self,
        error: Exception,
        run_params: dict[str, Any],
        pipeline: Pipeline,
        catalog: CatalogProtocol,
    ) -> None:
        """Close the run as failed, or as killed if somebody has ended it."""
        if not self._is_mlflow_enabled:
            return
        super().on_pipeline_error(
            error=error, run_params=run_params, pipeline=pipeline, catalog=catalog
        )
        if isinstance(error, InterruptedRunError):
            self.mlflow_config.server._mlflow_client.set_terminated(self.run_id, "KILLED")

    def _log_dataset(self, name: str, catalog: CatalogProtocol) -> None:
        import mlflow

        dataset: Any = catalog.get(name)
        what = (getattr(dataset, "metadata", None) or {}).get("mlflow", {})
        if "artifact" in what:
            mlflow.log_artifact(str(_path_of(catalog, name)), what["artifact"])
        if "metrics" in what:
            mlflow.log_metrics(catalog.load(name))
        if "model" in what:
            log_model(what["model"], catalog.load(name), catalog.load(what["example"]))
        if "release" in what:
            register_release(what["release"], dataset.saved_as, dataset.read(dataset.saved_as))
        if "tags" in what:
            values = catalog.load(name)
            mlflow.set_tags({tag: values[key] for tag, key in what["tags"].items()})
        if "children" in what:
            run = mlflow.active_run()
            log_children(mlflow.MlflowClient(), run, catalog.load(name), **what["children"])


@contextmanager
def _set_up_alone(uri: str) -> Iterator[None]:
    """Have no other process make the tables of the same file at the same time."""
    if uri.startswith(SQLITE):
        path = Path(uri.removeprefix(SQLITE))
        # opened, because MLflow tries for minutes to open what cannot be
        with locked(path), path.open("ab"):
            yield
    else:
        yield


@contextmanager
def _store_told_plainly(outcome: str) -> Iterator[None]:
    """Say what to do when the store cannot be used, instead of what happened inside of MLflow."""
    from mlflow import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"The store of MLflow cannot be used: {reason}\n"
            "Mend it, name another one in mlflow.yml, or run without tracking by "
            f"--params tracking=false. {outcome}"
        ) from error


def log_children(
    client: Any,
    parent: Any,
    records: Sequence[Mapping[str, Any]],
    key: str,
    name: str,
    params: str,
    metrics: Sequence[str],
    steps: Sequence[str],
    tags: Sequence[str],
) -> int:
    """Log records as child runs of a run, but for those that were logged before.

    Parameters
    ----------
    client : client of the MLflow store.
    parent : the run.
    records : what is logged.
    key, name, params : entries of a record: its unique key, "group/number", by which it is known
        to have been logged; the name of the run; and a mapping of parameters.
    metrics, steps : entries that are one number, and those that are a list of numbers.
    tags : entries that become tags.

    Returns
    -------
    n_logged : number of new child runs.
    """
    from mlflow.entities import Metric, Param, RunTag

    experiment = parent.info.experiment_id
    logged: set[str] = set()
    for group in {record[key].rpartition("/")[0] for record in records}:
        token = None
        while token != "":
            found = client.search_runs([experiment], f"tags.key LIKE '{group}/%'", page_token=token)
            logged.update(run.data.tags["key"] for run in found)
            token = found.token or ""
    new = [record for record in records if record[key] not in logged]
    for record in new:
        about = {
            "mlflow.parentRunId": parent.info.run_id,
            "mlflow.runName": record[name],
            **{tag: str(record[tag]) for tag in tags},
        }
        now = int(1000 * time.time())
        run = client.create_run(experiment, start_time=now, tags=about, run_name=record[name])
        numbers = [(entry, record[entry], 0) for entry in metrics]
        numbers += [(e, value, step) for e in steps for step, value in enumerate(record[e])]
        client.log_batch(
            run.info.run_id,
            metrics=[Metric(entry, value, now, step) for entry, value, step in numbers],
            params=[Param(entry, str(value)) for entry, value in record[params].items()],
            # last, so that a run that was not logged whole is logged again
            tags=[RunTag("key", record[key])],
        )
        client.set_terminated(run.info.run_id, "FINISHED")
    return len(new)


def log_model(name: str, model: Any, events: Any) -> None:
    """Log a scikit-learn pipeline to MLflow, without pickle."""
    import mlflow.sklearn
    from mlflow.models import infer_signature

    example = events[list(model.feature_names_in_)].head(5)
    mlflow.sklearn.log_model(
        model,
        name=name,
        signature=infer_signature(example, model.predict_proba(example)),
        input_example=example,
        pyfunc_predict_fn="predict_proba",
        serialization_format="skops",
        skops_trusted_types=TRUSTED_TYPES,
        pip_requirements=installed_versions(MODEL_IMPORTS),
        code_paths=[str(Path(showerforge.__file__).parent)],
    )


def register_release(name: str, alias: str, release: Any) -> None:
    """Log the model of a release as ONNX, and register it.

    Parameters
    ----------
    name : of the registered model.
    alias : champion or challenger.
    release : `showerforge.serving.releases.Release`.
    """
    import mlflow
    import mlflow.onnx
    import onnx
    from mlflow.models import infer_signature

    golden = release.manifest.golden
    events = np.array(golden.events)
    logged = mlflow.onnx.log_model(
        onnx.load_model_from_string(release.content),
        name="release",
        signature=infer_signature(events, np.array(golden.scores)[:, None]),
        input_example=events[:5],
        registered_model_name=name,
        pip_requirements=installed_versions(("numpy", "onnx", "onnxruntime")),
    )
    client = mlflow.MlflowClient()
    version = logged.registered_model_version
    client.set_registered_model_alias(name, alias, version)
    client.set_model_version_tag(name, version, "release", release.name)


class PartitionHooks:
    """Ends a run with an error if partitions could not be read, when all else is done."""

    @hook_impl(trylast=True)
    def after_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Name the partitions.

        Raises
        ------
        InputError
            Unless the parameters say that this is none.
        """
        from showerforge.partitions.folder import tell_bad_partitions

        errors = []
        for stage in PARTITIONED:
            if f"magic.{stage}_records" not in pipeline.all_outputs():
                continue
            problem = tell_bad_partitions(catalog.load(f"magic.{stage}_records"))
            fails = catalog.load(f"params:magic.{stage}").fail_on_bad_partitions
            if problem is not None and fails:
                parameter = f"magic.{stage}.fail_on_bad_partitions"
                errors.append(f"{problem}\nWith {parameter}=false this is no error.")
        if errors:
            raise InputError(
                "\n".join(errors) + "\nAll others are done. Mend these and run the same again: "
                "what is finished is left."
            )


class ClosingTableHooks:
    """Prints the headline figures, the time and the paths to open."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Note the time."""
        self._begin = self._since = time.monotonic()
        self._stage = ""
        self._seconds.clear()

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Close the node before: one that yields its results is done when the next one begins."""
        self._close((node.namespace or "").rpartition(".")[2])

    def _close(self, next_stage: str) -> None:
        now = time.monotonic()
        if self._stage:
            self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = next_stage, now

    @hook_impl(trylast=True)
    def after_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol
    ) -> None:
        """Print the table."""
        self._close("")
        import rich
        from rich.table import Table

        console = rich.get_console()
        outputs = pipeline.all_outputs()
        if "magic.figures_of_merit" in outputs:
            console.print(self._headline_table(catalog))
        if "magic.scarcity_table" in outputs:
            console.print(self._scarcity_table(catalog))
        if "magic.comparison_table" in outputs:
            console.print(_comparison_table(catalog))
        if "magic.tuning_comparison" in outputs:
            console.print(self._tuning_table(catalog))
        for experiment in IMAGE_EXPERIMENTS:
            if f"{experiment}.cut_flow" in outputs:
                console.print(_cut_flow_table(catalog, experiment))
            if f"{experiment}.separation" in outputs:
                console.print(_separation_table(catalog, experiment))
            if f"{experiment}.certificate_summary" in outputs:
                console.print(_generators_table(catalog, experiment))
        if "taiga.backends" in outputs:
            console.print(_backends_table(catalog))
        stages = ", ".join(f"{stage} {taken:.0f} s" for stage, taken in self._seconds.items())
        paths = Table.grid(padding=(0, 2))
        taken = f"{(time.monotonic() - self._begin) / 60:.1f} min"
        paths.add_row("time", f"{taken} ({stages})" if stages else taken)
        if "magic.data_summary" in outputs:
            paths.add_row("events", _count_events(catalog.load("magic.data_summary")))
        project = Path(run_params["project_path"])
        for experiment in ("magic", *IMAGE_EXPERIMENTS):
            if f"{experiment}.report" in outputs:
                report = _path_of(catalog, f"{experiment}.report")
                paths.add_row("report", str(report))
                paths.add_row("figures", str(report.parent))
        if "magic.model_card" in outputs:
            paths.add_row("model card", str(_path_of(catalog, "magic.model_card")))
        if "magic.certificate_page" in outputs:
            page = _path_of(catalog, "magic.certificate_page")
            paths.add_row("certificate", f"{page} ({_verdicts(catalog)})")
        for study in ("scarcity", "comparison"):
            if f"magic.{study}_table" in outputs:
                for name in ("table", "figure"):
                    paths.add_row(name, str(_path_of(catalog, f"magic.{study}_{name}")))
        for experiment in IMAGE_EXPERIMENTS:
            for name in PATHS_SHOWN:
                if f"{experiment}.{name}" in outputs:
                    path = _path_of(catalog, f"{experiment}.{name}")
                    paths.add_row(name.replace("_", " "), str(path))
            if f"{experiment}.data_summary" in outputs:
                paths.add_row("data", catalog.load(f"{experiment}.data_summary")["origin"])
        if "taiga.backends" in outputs:
            for name in ("backends", "backend_costs", "backends_figure"):
                paths.add_row(name.replace("_", " "), str(_path_of(catalog, f"taiga.{name}")))
        if "magic.tuning_comparison" in outputs:
            for name in ("tuning_journal", "tuned_settings", "tuning_history_figure"):
                paths.add_row(name.split("_")[1], str(_path_of(catalog, f"magic.{name}")))
            paths.add_row("use them", "kedro run --params magic.modelling.settings=tuned")
        if "magic.release" in outputs:
            _add_release(paths, catalog)
        if "magic.drift_alarms" in outputs:
            _add_drift(paths, catalog)
        if "magic.parametrisation_summary" in outputs:
            _add_parametrisation(paths, catalog)
        if "magic.scoring_summary" in outputs:
            _add_scoring(paths, catalog)
        if "magic.model_at_scale" in outputs:
            _add_training_at_scale(paths, catalog)
        if "runs_page" in outputs:
            paths.add_row("comparison", str(_path_of(catalog, "runs_page")))
        if catalog.load("params:tracking"):
            paths.add_row("runs", f"mlflow ui --backend-store-uri {SQLITE}{project}/mlflow.db")
        paths.add_row("graph", "kedro viz run")
        console.print(paths, soft_wrap=True)

    def _headline_table(self, catalog: CatalogProtocol) -> Any:
        from rich.table import Table

        from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT, HEADLINE
        from showerforge.report.page import format_interval, format_number, format_percent

        confidence = catalog.load("params:magic.modelling").evaluation.confidence
        choice = catalog.load("magic.choice")["candidate"]
        figures = catalog.load("magic.figures_of_merit")
        rows = figures[figures["candidate"] == choice].set_index("figure")
        note = catalog.load("params:magic.data_processing").note or None
        table = Table(
            title=f"magic: {choice}", title_justify="left", caption=note, caption_justify="left"
        )
        table.add_column("figure of merit")
        table.add_column(f"held-out test, {format_percent(confidence)} interval")
        table.add_column("cross-validation")
        for name in HEADLINE:
            row = rows.loc[name]
            table.add_row(
                FIGURES_OF_MERIT[name].label,
                format_interval(row["test"], row["test_lower"], row["test_upper"]),
                format_number(row["cross_validation"]),
            )
        return table

    def _scarcity_table(self, catalog: CatalogProtocol) -> Any:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

        from showerforge.report.page import format_percent

        confidence = catalog.load("params:magic.modelling").evaluation.confidence
        learner = catalog.load("params:magic.scarcity").learners[0].name
        rows = catalog.load("magic.scarcity_table")
        rows = rows[(rows["figure"] == "roc_auc") & (rows["learner"] == learner)]
        interval = f"{format_percent(confidence)} intervals"
        title = f"magic: {learner}, 1000 × change of ROC-AUC, {interval}"
        # narrow enough for a terminal of 80 columns, and no narrower than its title
        table = Table(
            title=title,
            title_justify="left",
            min_width=len(title),
            box=SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
            pad_edge=False,
            show_edge=False,
        )
        table.add_column("hadrons", no_wrap=True)
        for n_hadrons in rows["n_hadrons"].unique():
            table.add_column(f"{n_hadrons:,}", justify="right", no_wrap=True)
        for treatment, cells in rows.groupby("treatment", sort=False):
            table.add_row(treatment, *(_scarcity_cell(cell) for cell in cells.itertuples()))
        return table

    def _tuning_table(self, catalog: CatalogProtocol) -> Any:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

        from showerforge.figures.style import MODELS
        from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT
        from showerforge.report.page import format_percent

        confidence = catalog.load("params:magic.modelling").evaluation.confidence
        rows = catalog.load("magic.tuning_comparison")
        label = FIGURES_OF_MERIT[rows["figure_of_merit"].iloc[0]].label
        title = f"magic: {label} on the training folds, {format_percent(confidence)} intervals"
        table = Table(
            title=title,
            title_justify="left",
            min_width=len(title),
            box=SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
            pad_edge=False,
            show_edge=False,
        )
        for name in ("model", "trials", "whole", "shipped", "tuned", "change", "fold unseen"):
            table.add_column(name, justify="left" if name == "model" else "right", no_wrap=True)
        for row in rows.itertuples():
            unseen = row.upper_without_fold - row.lower_without_fold
            table.add_row(
                MODELS[row.model][0],
                str(row.n_trials),
                str(row.n_complete),
                f"{row.shipped:.4f}",
                f"{row.tuned:.4f}",
                f"{row.change:+.4f}±{(row.upper - row.lower) / 2:.4f}",
                f"{row.change_without_fold:+.4f}±{unseen / 2:.4f}",
            )
        return table


def _cut_flow_table(catalog: CatalogProtocol, experiment: str) -> Any:
    """Show what each step leaves of the images of each particle."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    rows = catalog.load(f"{experiment}.cut_flow")
    particles = rows["particle"].unique()
    table = Table(title=f"{experiment}: images left", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("step")
    for particle in particles:
        table.add_column(particle, justify="right")
    rows["left"] = [
        f"{n:,} ({100 * share:.1f} %)"
        for n, share in zip(rows["n_left"], rows["share_left"], strict=True)
    ]
    for step, cells in rows.groupby("step", sort=False):
        table.add_row(step, *cells.set_index("particle").loc[particles, "left"])
    return table


def _separation_table(catalog: CatalogProtocol, experiment: str) -> Any:
    """Show how well all classifiers of images separate."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from showerforge.report.page import format_interval, format_number, format_percent

    confidence = catalog.load(f"params:{experiment}.modelling").confidence
    data = catalog.load(f"{experiment}.data_summary")
    table = Table(
        title=f"{experiment}, {data['origin']}: held-out test, {format_percent(confidence)} "
        "intervals",
        title_justify="left",
        caption=data["note"] or None,
        caption_justify="left",
        box=SIMPLE_HEAD,
    )
    signals, backgrounds = (f"{data['classes'][name]}s" for name in ("signal", "background"))
    for name in ("classifier", "ROC-AUC", "Q", signals, f"{backgrounds} left"):
        table.add_column(name)
    for row in catalog.load(f"{experiment}.separation").itertuples():
        table.add_row(
            row.label,
            format_number(row.roc_auc),
            format_interval(row.quality_factor, row.quality_factor_lower, row.quality_factor_upper),
            f"{100 * row.gamma_efficiency:.1f} %",
            f"{row.surviving_hadrons:,} of {row.n_hadrons:,}",
        )
    return table


def _generators_table(catalog: CatalogProtocol, experiment: str) -> Any:
    """Show what the certificates say of all generators of images."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from showerforge.report.page import format_number

    costs = catalog.load(f"{experiment}.generation_costs").set_index("generator")
    table = Table(
        title=f"{experiment}: generated images against held-out ones",
        title_justify="left",
        caption="two-sample ROC-AUC by image parameters: 0.5 is not told apart; in brackets the "
        "band of real images",
        caption_justify="left",
        box=SIMPLE_HEAD,
    )
    for name in ("generator", "of", "certificate", "two-sample ROC-AUC", "images per CPU-s"):
        table.add_column(name)
    for row in catalog.load(f"{experiment}.certificate_summary").to_dict("records"):
        value, *band = (
            format_number(row[f"two_sample_auc{end}"]) for end in ("", "_band_lower", "_band_upper")
        )
        rate = costs.loc[row["generator"], "images_per_cpu_second"]
        table.add_row(
            row["label"],
            f"{row['particle']}s",
            row["verdict"],
            f"{value} [{' to '.join(band)}]",
            f"{rate:,.0f}",
        )
    return table


def _backends_table(catalog: CatalogProtocol) -> Any:
    """Show quality and costs of one network on each backend."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from showerforge.figures.backends import NAMES
    from showerforge.report.page import format_number, format_percent

    confidence = catalog.load("params:taiga.modelling").confidence
    keys = ["backend", "version", "seed"]
    rows = catalog.load("taiga.backends").merge(catalog.load("taiga.backend_costs"), on=keys)
    title = f"taiga: a network on each backend, means of {rows['seed'].nunique()} seeds"
    # narrow enough for a terminal of 80 columns
    table = Table(
        title=title,
        title_justify="left",
        caption=f"change: paired, against the first, {format_percent(confidence)} interval; "
        "train, predict: images per CPU-second",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        min_width=len(title),
    )
    for name in ("backend", "ROC-AUC", "change", "Q", "gammas"):
        table.add_column(name, no_wrap=True)
    for name in ("train", "predict", "memory"):
        table.add_column(name, justify="right", no_wrap=True)
    means = rows.groupby("backend", sort=False).mean(numeric_only=True).reset_index()
    changes = catalog.load("taiga.backend_comparisons")
    changes = changes[changes["figure"] == "roc_auc"].set_index("candidate")
    for row in means.itertuples():
        change = ""
        if row.backend in changes.index:
            own = changes.loc[row.backend]
            change = f"{own['change']:+.4f}±{(own['upper'] - own['lower']) / 2:.4f}"
        table.add_row(
            NAMES[row.backend],
            format_number(row.roc_auc),
            change,
            format_number(row.quality_factor),
            f"{100 * row.gamma_efficiency:.1f} %",
            f"{row.train_images_per_cpu_second:,.0f}",
            f"{row.predict_images_per_cpu_second:,.0f}",
            f"{row.peak_memory_mb:,.0f} MB",
        )
    return table


def _comparison_table(catalog: CatalogProtocol) -> Any:
    """Show all contenders with their change against the first of them."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from showerforge.classifiers.comparison import MODELS
    from showerforge.report.page import format_change, format_interval, format_percent

    confidence = catalog.load("params:magic.modelling").evaluation.confidence
    rows = catalog.load("magic.comparison_table")
    rows = rows[(rows["topic"] == MODELS) & (rows["figure"] == "roc_auc")]
    table = Table(
        title=f"magic: ROC-AUC, repeated nested cross-validation, "
        f"{format_percent(confidence)} intervals",
        title_justify="left",
        box=SIMPLE_HEAD,
    )
    reference = rows["contender"].iloc[0]
    for name in ("classifier", "ROC-AUC", f"change against {reference}"):
        table.add_column(name)
    for row in rows.itertuples():
        change = format_change(row.change, row.change_lower, row.change_upper)
        table.add_row(
            row.contender,
            format_interval(row.value, row.lower, row.upper),
            "" if row.contender == reference else f"{change} {row.answer}",
        )
    return table


def _add_parametrisation(paths: Any, catalog: CatalogProtocol) -> None:
    """Tell what was parametrised, and where it is."""
    summary = catalog.load("magic.parametrisation_summary")
    _add_counts(paths, summary, "parametrised", "images")
    for name in ("parametrised_images", "refused_images", "parametrisation_summary"):
        paths.add_row(name.replace("_", " "), str(_path_of(catalog, f"magic.{name}")))


def _count_events(summary: dict[str, Any]) -> str:
    """Tell what has become of the events of a table."""
    return (
        f"{summary['n_events']:,} of {summary.get('file', 'the simulation')}, "
        f"{summary['n_quarantined']:,} quarantined; {summary['n_train']:,} for training, "
        f"{summary['n_test']:,} for the test"
    )


def _add_counts(paths: Any, summary: dict[str, Any], done: str, events: str) -> None:
    """Tell how many events of partitions were good, bad and refused."""
    rate = summary["events_per_cpu_second"]
    paths.add_row(
        done,
        f"{summary['events'] - summary['refused']:,} of {summary['events']:,} {events} of "
        f"{summary['partitions']} partitions"
        + (f", {rate:,.0f} {events} per CPU-second" if rate else ""),
    )
    if summary["bad_partitions"]:
        paths.add_row(
            "not read", f"{summary['bad_partitions']} of {summary['partitions']} partitions"
        )
    for reason, n in summary["refused_by_reason"].items():
        paths.add_row("refused", f"{n:,} by {reason}")


def _add_scoring(paths: Any, catalog: CatalogProtocol) -> None:
    """Tell what was scored, and where it is."""
    summary = catalog.load("magic.scoring_summary")
    _add_counts(paths, summary, "scored", "events")
    if summary["excess"] is not None:
        paths.add_row(
            "gamma-like",
            f"{summary['gamma_like']:,}; {summary['excess']:,.0f} ± "
            f"{summary['excess_uncertainty']:,.0f} more than hadrons alone would leave",
        )
    for name in ("scored_events", "refused_events", "scoring_summary", "gammaness_figure"):
        paths.add_row(name.replace("_", " "), str(_path_of(catalog, f"magic.{name}")))


def _add_training_at_scale(paths: Any, catalog: CatalogProtocol) -> None:
    """Tell what was learnt from how many events, and where it is."""
    from showerforge.metrics.figures_of_merit import FIGURES_OF_MERIT, HEADLINE
    from showerforge.report.page import format_interval, format_percent

    summary = catalog.load("magic.data_summary_at_scale")
    numbers = {side: sum(of_side.values()) for side, of_side in summary["counts"].items()}
    paths.add_row(
        "events",
        f"{numbers['training']:,} learnt from, {numbers['validation']:,} for thresholds, "
        f"{numbers['test']:,} for the test, of {summary['partitions']:,} partitions",
    )
    for reason, n in summary["refused_by_reason"].items():
        paths.add_row("refused", f"{n:,} by {reason}")
    confidence = catalog.load("params:magic.modelling").evaluation.confidence
    figures = catalog.load("magic.figures_of_merit_at_scale").set_index("figure")
    for name in HEADLINE:
        row = figures.loc[name]
        interval = format_interval(row["test"], row["test_lower"], row["test_upper"])
        label = FIGURES_OF_MERIT[name].label
        paths.add_row(label, f"{interval}, {format_percent(confidence)} interval")
    for name in ("model_at_scale", "figures_of_merit_at_scale", "unusable_events"):
        paths.add_row(name.replace("_", " "), str(_path_of(catalog, f"magic.{name}")))
    paths.add_row("release it", "kedro run --pipelines release_at_scale")


def _add_release(paths: Any, catalog: CatalogProtocol) -> None:
    """Tell of a release, and how to serve it."""
    dataset: Any = catalog.get("magic.release")
    release, parity = dataset.read(dataset.saved_as), catalog.load("magic.parity")
    paths.add_row("release", f"{release.name} ({release.manifest.model}), the {dataset.saved_as}")
    paths.add_row(
        "parity",
        f"{parity['largest_difference']:.1e} is the largest difference of the gammaness of "
        f"{parity['n_events']:,.0f} events",
    )
    paths.add_row("monitor", str(_path_of(catalog, "magic.power_figure")))
    paths.add_row("serve it", "showerforge serve")
    if dataset.saved_as == "challenger":
        paths.add_row("use it", f"showerforge releases promote {release.name}")


def _add_drift(paths: Any, catalog: CatalogProtocol) -> None:
    """Tell what the monitor has found."""
    counts = catalog.load("magic.drift_metrics")
    paths.add_row(
        "drift",
        f"{counts['windows_with_alarm']:,.0f} of {counts['windows']:,.0f} windows raise an alarm, "
        f"{counts['events']:,.0f} events",
    )
    for name in ("drift_alarms", "drift_windows", "drift_totals", "drift_figure"):
        paths.add_row(name.replace("_", " "), str(_path_of(catalog, f"magic.{name}")))


def _path_of(catalog: CatalogProtocol, name: str) -> Place:
    """Tell where a dataset of one file, or a folder, lies."""
    dataset: Any = catalog.get(name)
    path: Place = dataset._filepath
    return Path(path) if isinstance(path, PurePath) else path


def _verdicts(catalog: CatalogProtocol) -> str:
    """Say in a few words what the certificates say."""
    certificates = [catalog.load(f"magic.{name}certificate") for name in ("", "reference_")]
    return "; ".join(
        f"{certificate['generator']}: {certificate['verdict'].upper()}"
        + (f", grade {certificate['grade']}" if certificate["grade"] else "")
        for certificate in certificates
    )


def _scarcity_cell(cell: Any) -> str:
    """Write a change in thousandths, coloured where it is clear; the value without treatment."""
    if cell.treatment == "none":
        return f"{cell.value:.4f}"
    if math.isnan(cell.change):
        return "–"
    colour = {"better": "green", "worse": "red"}.get(cell.answer, "default")
    half = (cell.upper - cell.lower) / 2
    return f"[{colour}]{1000 * cell.change:+.1f}±{1000 * half:.1f}[/]"
