"""The store of tracked runs, looked at without changing it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from showerforge.diagnosis.findings import Finding

TOPIC = "tracking"
#: how the addresses of SQLite files begin
_SQLITE = "sqlite:///"
#: runs that are named
MOST_NAMED = 5


def look_at_store(uri: str) -> Iterator[Finding]:
    """See whether the store answers, is of this version, and has runs that never ended.

    MLflow itself would bring a database of another version up to date, which only the user may
    decide; so its version is asked for first.

    Parameters
    ----------
    uri : of the store.
    """
    if uri.startswith(_SQLITE) and not Path(uri.removeprefix(_SQLITE)).exists():
        yield Finding(TOPIC, "ok", f"{uri}: there is none yet, the first run makes it")
        return
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        version, current = _versions_of(uri) if "://" in uri and uri[:4] != "http" else ("", "")
        if version != current:
            yield Finding(
                TOPIC,
                "problem",
                f"{uri} has version {version} of the schema, this MLflow {current}",
                f"make a copy, then `mlflow db upgrade {uri}`, or install the MLflow that made it",
            )
            return
        client = MlflowClient(uri)
        experiments = [experiment.experiment_id for experiment in client.search_experiments()]
        running = [
            run.info.run_id
            for run in client.search_runs(experiments, "attributes.status = 'RUNNING'")
        ]
    except (MlflowException, SQLAlchemyError) as error:
        reason = str(error).splitlines()[0]
        yield Finding(
            TOPIC, "problem", f"{uri} does not answer: {reason}", "see conf/base/mlflow.yml"
        )
        return
    schema = f", version {version} of the schema" if version else ""
    yield Finding(TOPIC, "ok", f"{uri} answers{schema}")
    if running:
        named = ", ".join(run_id[:8] for run_id in running[:MOST_NAMED])
        yield Finding(
            TOPIC,
            "warning",
            f"{len(running)} runs are said to be running ({named})",
            "if none is, they were killed: `mlflow runs delete --run-id ID` puts them away",
        )


def _versions_of(uri: str) -> tuple[str, str]:
    """Give the version of the schema of a database, and that of the MLflow installed here."""
    import mlflow
    import sqlalchemy
    from alembic.script import ScriptDirectory

    engine: Any = sqlalchemy.create_engine(uri)
    with engine.connect() as connection:
        (version,) = connection.execute(
            sqlalchemy.text("SELECT version_num FROM alembic_version")
        ).one()
    engine.dispose()
    migrations = Path(mlflow.__file__).parent / "store" / "db_migrations"
    return version, ScriptDirectory(str(migrations)).get_current_head() or ""
