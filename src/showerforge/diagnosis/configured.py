"""The project: parameters, data, releases, the tracking store, the executor."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from showerforge.acquire import RAW_EVENTS
from showerforge.configuration import open_configuration, parameter_origins
from showerforge.diagnosis.findings import Finding, asking
from showerforge.diagnosis.tracking import look_at_store
from showerforge.execution import ExecutionSettings
from showerforge.extras import require_packages
from showerforge.fingerprints import digest_of
from showerforge.places import PROTOCOL, Place, open_place, reaching
from showerforge.repository import git_state, name_commit

#: of the catalog
RELEASE = "magic.release"
#: of a commit that are told
COMMIT_DIGITS = 12
#: seconds that a scheduler is given to answer
PATIENCE_S = 3.0


def look_at_project(project: Path) -> Iterator[Finding]:
    """Look at a project of which the folder is known."""
    yield _look_at_code(project)
    configuration = open_configuration(project)
    yield from asking("parameters", _look_at_parameters, project, configuration)
    catalog = configuration["catalog"]
    yield from asking("data", look_at_raw_events, project, catalog.get(RAW_EVENTS, {}))
    releases = catalog[RELEASE]["filepath"]
    place = open_place(releases) if PROTOCOL in releases else project / releases
    yield from asking("releases", look_at_releases, place)
    yield from look_at_store(configuration["mlflow"]["server"]["mlflow_tracking_uri"])
    execution = configuration["parameters"]["execution"]
    yield from asking("executor", look_at_executor, ExecutionSettings.model_validate(execution))


def _look_at_code(project: Path) -> Finding:
    state = git_state(project)
    if not state:
        return Finding("project", "ok", f"{project}, not in a git repository")
    return Finding("project", "ok", f"{project}, {name_commit(state, COMMIT_DIGITS)}")


def _look_at_parameters(project: Path, configuration: Any) -> Iterator[Finding]:
    from showerforge.parameters import check_parameters

    environments = [configuration.base_env, configuration.default_run_env]
    check_parameters(configuration["parameters"], parameter_origins(project / "conf", environments))
    yield Finding("parameters", "ok", "all are known and in their ranges")


def look_at_raw_events(project: Path, entry: Mapping[str, Any]) -> Iterator[Finding]:
    """See whether the table of the main job is there, and the right one."""
    sha256 = entry.get("sha256")
    for path in (project / name for name in _files_of(entry)):
        if path.is_file():
            yield _verify(path, sha256) if sha256 else Finding("data", "ok", f"{path} is there")
        elif sha256:
            names = ", ".join(source["name"] for source in entry.get("sources", []))
            yield Finding(
                "data", "warning", f"{path} is not there", f"the next run looks for it at: {names}"
            )
        else:
            yield Finding(
                "data", "problem", f"{path} is not there", "put it there: docs/own-data.md"
            )


def _files_of(entry: Mapping[str, Any]) -> list[str]:
    if "filepath" in entry:
        return [entry["filepath"]]
    files = [entry["files"][particle] for particle in sorted(entry.get("files", {}))]
    return [name for own in files for name in (own if isinstance(own, list) else [own])]


def _verify(path: Path, sha256: str) -> Finding:
    found = digest_of(path)
    if found == sha256:
        return Finding("data", "ok", f"{path} is the published table, by its SHA-256")
    return Finding(
        "data",
        "problem",
        f"{path} is not the published table: SHA-256 {found[:12]}…, expected {sha256[:12]}…",
        "remove it to have it fetched again; for a table of your own see docs/own-data.md",
    )


def look_at_releases(folder: Place) -> Iterator[Finding]:
    """Verify the release in use as a service would."""
    from showerforge.serving.releases import check_golden, list_releases, read_named

    with reaching(folder):
        names = list_releases(folder)
        if not names:
            yield Finding("releases", "ok", "there are none yet", "showerforge run release")
            return
        require_packages("Releases", ("onnxruntime",), ("serve",))
        champion = read_named(folder)
    yield Finding(
        "releases",
        "ok",
        f"champion {champion.name} ({champion.manifest.model}) of {len(names)}, verified; golden "
        f"events within {check_golden(champion):.1e}",
    )


def look_at_executor(settings: ExecutionSettings) -> Iterator[Finding]:
    """See whether what runs jobs is installed, and answers if it is a cluster."""
    workers = settings.n_workers or "one for each core"
    if settings.executor != "dask":
        detail = "" if settings.executor == "serial" else f", workers: {workers}"
        yield Finding("executor", "ok", f"{settings.executor}{detail}")
        return
    require_packages("Dask clusters", ("distributed",), ("scale",))
    if settings.address is None:
        yield Finding("executor", "ok", f"Dask, started for each run, workers: {workers}")
        return
    place = urlsplit(settings.address)
    try:
        socket.create_connection((place.hostname, place.port), PATIENCE_S).close()
    except OSError as error:
        yield Finding(
            "executor",
            "problem",
            f"no Dask scheduler answers at {settings.address} ({error})",
            "start one with `dask scheduler`, or set execution.address to null",
        )
    else:
        yield Finding("executor", "ok", f"Dask, a scheduler at {settings.address}")
