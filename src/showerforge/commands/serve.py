"""``showerforge serve``."""

from __future__ import annotations

from pathlib import Path

import click

from showerforge.commands.options import LOG, PATH, RELEASES, examples
from showerforge.extras import require_packages

#: what a service imports beside NumPy and pydantic
SERVICE_PACKAGES = (
    "fastapi",
    "httptools",
    "jinja2",
    "onnxruntime",
    "prometheus_client",
    "uvicorn",
)


@click.command(
    "serve",
    epilog=examples(
        "showerforge serve", "showerforge serve --settings deploy/serving.toml --port 9000"
    ),
)
@click.option("--settings", type=PATH, help="File in TOML; see docs/serving.md.")
@click.option("--releases", type=PATH, help=f"Folder of releases (default: {RELEASES}).")
@click.option("--log", type=PATH, help=f"File of the prediction log (default: {LOG}).")
@click.option("--host", help="Address to listen at (default: 127.0.0.1).")
@click.option("--port", type=int, help="Port (default: 8000).")
def command(
    settings: Path | None,
    releases: Path | None,
    log: Path | None,
    host: str | None,
    port: int | None,
) -> None:
    """Score events over HTTP.

    With the champion of a folder of releases, which `kedro run --pipelines release` makes. SIGTERM
    ends the service when all is answered, SIGHUP takes the releases that are named now.
    """
    require_packages("Services", SERVICE_PACKAGES, ("serve",))
    from showerforge.serving.server import serve
    from showerforge.serving.settings import read_settings

    serve(read_settings(settings, releases=releases, log=log, host=host, port=port))
