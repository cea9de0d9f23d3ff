"""The dashboard: pages for people, which show what the service counts.

Pages are written by the server and hold all numbers as text; plots are drawn from data in the page
by scripts of the service's own. Nothing comes from elsewhere.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from showerforge.serving.page_contents import (
    describe_drift,
    describe_model,
    describe_overview,
    describe_state,
)
from showerforge.serving.service import Service

#: seconds after which a page is loaded anew
REFRESH_SECONDS = 30
#: pages by their address, with name and content
PAGES: Mapping[str, tuple[str, Callable[[Service], dict[str, Any]]]] = {
    "/": ("overview", describe_overview),
    "/drift": ("drift", describe_drift),
    "/model": ("model", describe_model),
}
_FOLDER = Path(__file__).parent
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
#: digits of the digest in the address of a static file
_DIGEST_LENGTH = 16
#: an address stands for one content, which may be kept for a year
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class StaticFile:
    """A file that pages load.

    Attributes
    ----------
    address : with the digest of the content.
    kind : media type.
    content, compressed : as it is, and by gzip.
    """

    address: str
    kind: str
    content: bytes
    compressed: bytes


def add_pages(app: FastAPI, service: Service) -> None:
    """Add the dashboard to the application.

    Parameters
    ----------
    app : grows by `PAGES` and ``/static/``.
    service : whose numbers are shown.
    """
    started = datetime.now(UTC)
    files = read_static_files()
    by_address = {file.address: file for file in files.values()}
    environment = _environment({name: file.address for name, file in files.items()})

    def add_page(path: str, name: str, describe: Callable[[Service], dict[str, Any]]) -> None:
        template = environment.get_template(f"{name}.html.j2")

        # not async: numbers are put together beside the requests that are answered
        def page(refresh: Literal["on", "off"] = "on") -> Response:
            # drift first, as it counts what the state tells of
            content = describe(service)
            html = template.render(
                page=name,
                state=describe_state(service, started, datetime.now(UTC)),
                refresh_seconds=REFRESH_SECONDS if refresh == "on" else None,
                **content,
            )
            headers = {"cache-control": "no-store"}
            return Response(html, media_type="text/html; charset=utf-8", headers=headers)

        app.get(path, include_in_schema=False, name=name)(page)

    for path, (name, describe) in PAGES.items():
        add_page(path, name, describe)

    @app.get("/static/{digest}/{name}", include_in_schema=False)
    async def static(request: Request) -> Response:
        file = by_address.get(request.url.path)
        if file is None:
            raise HTTPException(404, "there is no such file")
        headers = {"cache-control": _FOR_EVER, "vary": "accept-encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(file.compressed, media_type=file.kind, headers=headers)
        return Response(file.content, media_type=file.kind, headers=headers)


def read_static_files() -> dict[str, StaticFile]:
    """Read the files that pages load, by their names."""
    files = {}
    for path in sorted((_FOLDER / "static").iterdir()):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:_DIGEST_LENGTH]
        files[path.name] = StaticFile(
            f"/static/{digest}/{path.name}",
            _KINDS[path.suffix],
            content,
            gzip.compress(content, mtime=0),
        )
    return files


def _environment(addresses: Mapping[str, str]) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(addresses=addresses, pages={p: n for p, (n, _) in PAGES.items()})
    environment.filters.update(count=_count, percent=_percent, utc=_utc)
    return environment


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _utc(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
