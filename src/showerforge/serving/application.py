"""The service over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from numpy.typing import NDArray
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware

import showerforge
from showerforge.errors import InputError
from showerforge.monitoring.references import GAMMA, HADRON
from showerforge.serving.events import COLUMNS, EVENT, BodyError, parse_json
from showerforge.serving.gate import Gate
from showerforge.serving.observation import CLASSIFY, Observation
from showerforge.serving.pages import add_pages
from showerforge.serving.releases import list_releases
from showerforge.serving.schema import ANSWER, PROBLEM, describe_options, request_schema
from showerforge.serving.service import Model, Options, Scored, Service
from showerforge.serving.settings import ServiceSettings
from showerforge.serving.tables import ARROW, PARQUET, TABLES, is_available, read_table, write_table

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]

JSON = "application/json"
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
#: bytes of a body beyond which a request is worked on beside the others
LARGE = 16_384
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_PROBLEM = {"content": {JSON: {"schema": PROBLEM}}}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"description": "The body cannot be read", **_PROBLEM},
    401: {"description": "A key is needed", **_PROBLEM},
    408: {"description": "The body did not arrive in time", **_PROBLEM},
    413: {"description": "Too many events or bytes", **_PROBLEM},
    415: {"description": "A body of another kind", **_PROBLEM},
    422: {"description": "Events or options are wrong", **_PROBLEM},
    429: {"description": "Too many requests", **_PROBLEM},
}


def create_application(settings: ServiceSettings) -> tuple[Gate, Service]:
    """Build the service, and the application that speaks for it.

    Parameters
    ----------
    settings : see `ServiceSettings`.

    Raises
    ------
    InputError
        If there is no release that can be believed, or the log cannot be opened.
    """
    observation = Observation()
    service = Service(settings, observation)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    # the pages of FastAPI come from elsewhere
    app = FastAPI(
        title="showerforge",
        version=showerforge.__version__,
        summary="Gamma or hadron? Scores of events by their Hillas parameters.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.service = service
    _add_probes(app, service)
    classify = _add_scoring(app, service)
    _add_administration(app, service)
    _add_errors(app)
    add_pages(app, service)
    routes = {route.path for route in app.routes if hasattr(route, "path")}
    shortcuts = {("POST", CLASSIFY): _without_layers(classify, app)}
    gate = app.state.gate = Gate(app, settings, observation, routes, shortcuts)
    return gate, service


def _without_layers(endpoint: Endpoint, app: FastAPI) -> ASGIApp:
    """Ask an endpoint without the layers of FastAPI, which need as much time as a small stack."""

    async def ask(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive))
        await response(scope, receive, send)

    return ExceptionMiddleware(ask, app.exception_handlers)


def _add_probes(app: FastAPI, service: Service) -> None:
    @app.get("/livez", tags=["probes"])
    async def live() -> dict[str, str]:
        """Answer at all."""
        return {"status": "alive"}

    @app.get("/readyz", tags=["probes"], responses={503: {"description": "Not ready", **_PROBLEM}})
    async def ready(request: Request) -> Response:
        """Say whether golden events are scored as they should be."""
        problems = service.problems()
        if app.state.gate.is_closing:
            problems.append("the service is about to end")
        service.observation.ready.set(not problems)
        if problems:
            return _problem(request, 503, [], problems[0])
        status = "degraded" if service.warnings() else "ready"
        return _json({"status": status, "warnings": service.warnings()})

    @app.get("/metrics", tags=["probes"], response_class=Response)
    async def metrics() -> Response:
        """Give all numbers to Prometheus."""
        service.watch.count()
        return Response(service.observation.write(), media_type=PROMETHEUS)


def _add_scoring(app: FastAPI, service: Service) -> Endpoint:
    settings = service.settings

    @app.get("/v1/models", tags=["models"])
    async def models() -> dict[str, Any]:
        """List the releases in use and what they say of themselves."""
        releases = {"champion": service.champion, "challenger": service.challenger}
        hidden = {"golden", "files"}
        return {
            "available": list_releases(settings.releases),
            **{
                alias: release
                and {
                    "release": release.name,
                    **release.manifest.model_dump(mode="json", exclude=hidden),
                }
                for alias, release in releases.items()
            },
        }

    @app.post(
        CLASSIFY,
        tags=["scoring"],
        responses={
            200: {"content": {JSON: {"schema": ANSWER}}, "description": "Verdicts, in order"},
            **_RESPONSES,
        },
    )
    async def classify(request: Request) -> Response:
        """Score one event or many; each gets a verdict, or the reason why it is refused."""
        body = await request.body()
        options = _read_options(request)
        kind = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()

        # another release may come while this one works
        model = service.model

        def work() -> tuple[str, NDArray[np.float64], Scored]:
            shape, events = _read_events(body, kind, model, settings.most_events)
            return shape, events, service.score(events, options, model)

        large = len(body) > LARGE
        shape, events, scored = await asyncio.to_thread(work) if large else work()
        request_id = request.state.request_id
        logged = await service.keep(request_id, events, scored, options.condition)
        n_refused = len(events) - scored.reasons.count(None)
        request.state.noted = {"n_events": len(events), "n_refused": n_refused}
        about = {
            "request_id": request_id,
            "release": scored.release,
            "working_point": scored.working_point,
            "threshold": scored.threshold,
            "gamma_share": scored.gamma_share,
            "logged": logged,
            "n_events": len(events),
            "n_refused": n_refused,
        }
        if large:
            response = await asyncio.to_thread(_answer, about, scored, shape)
        else:
            response = _answer(about, scored, shape)
        response.headers["x-model-version"] = scored.release
        return response

    described: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        release = service.champion
        if release.name not in described:
            app.openapi_schema = None
            document = FastAPI.openapi(app)
            content: dict[str, Any] = {JSON: request_schema(release.manifest, settings.most_events)}
            if is_available():
                binary = {"schema": {"type": "string", "format": "binary"}}
                content |= {ARROW: binary, PARQUET: binary}
            operation = document["paths"][CLASSIFY]["post"]
            operation["requestBody"] = {"required": True, "content": content}
            operation["parameters"] = describe_options(release)
            described.clear()
            described[release.name] = document
        document = described[release.name]
        assert isinstance(document, dict)
        return document

    app.openapi = openapi  # type: ignore[method-assign]
    return classify


def _add_administration(app: FastAPI, service: Service) -> None:
    responses: dict[int | str, dict[str, Any]] = {
        401: _RESPONSES[401],
        409: {"description": "The release is refused; nothing has changed", **_PROBLEM},
        422: _RESPONSES[422],
        429: _RESPONSES[429],
    }

    @app.post("/v1/admin/reload", tags=["administration"], responses=responses)
    async def reload() -> dict[str, str]:
        """Take the releases that are named in the folder of releases now."""
        return await asyncio.to_thread(service.reload)

    @app.post("/v1/admin/promote", tags=["administration"], responses=responses)
    async def promote(
        release: Annotated[str, Query(max_length=100)], even_if_worse: bool = False
    ) -> dict[str, str]:
        """Make a release the champion; to roll back, promote the one before."""
        return await asyncio.to_thread(service.promote, release, even_if_worse)


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(BodyError)
    async def wrong_body(request: Request, error: BodyError) -> Response:
        return _problem(request, error.status, error.path, error.message)

    @app.exception_handler(InputError)
    async def wrong_release(request: Request, error: InputError) -> Response:
        return _problem(request, 409, [], str(error))

    @app.exception_handler(RequestValidationError)
    async def wrong_options(request: Request, error: RequestValidationError) -> Response:
        # what was given is not repeated: it may be no number of JSON
        problems = [{"path": list(e["loc"]), "message": e["msg"]} for e in error.errors()]
        return _json({"request_id": request.state.request_id, "errors": problems}, 422)

    @app.exception_handler(HTTPException)
    async def no_such_thing(request: Request, error: HTTPException) -> Response:
        response = _problem(request, error.status_code, [], str(error.detail))
        response.headers.update(error.headers or {})
        return response


def _read_options(request: Request) -> Options:
    """Read what is asked for beside scores."""
    if not request.scope["query_string"]:
        return Options()
    try:
        return Options.model_validate(dict(request.query_params))
    except ValidationError as error:
        problems = [{**e, "loc": ("query", *e["loc"])} for e in error.errors()]
        raise RequestValidationError(problems) from error


def _read_events(
    body: bytes, kind: str, model: Model, largest: int
) -> tuple[str, NDArray[np.float64]]:
    """Read events of a media type, and tell how they were written."""
    manifest = model.release.manifest
    if kind == JSON:
        return parse_json(body, manifest, largest)
    if kind in TABLES and is_available():
        return kind, read_table(body, kind, manifest, largest)
    known = [JSON, *(TABLES if is_available() else ())]
    raise BodyError([], f"events are taken as {', '.join(known)}", 415)


def _answer(about: dict[str, Any], scored: Scored, shape: str) -> Response:
    """Write verdicts as the events came: one, a list, columns, or a table."""
    refused = [reason is not None for reason in scored.reasons]
    particles = [
        None if no else GAMMA if yes else HADRON
        for no, yes in zip(refused, scored.is_gamma.tolist(), strict=True)
    ]
    columns: dict[str, list[Any]] = {
        "gammaness": _nullable(scored.scores),
        "probability": _nullable(scored.probability),
        "particle": particles,
        "reason": list(scored.reasons),
    }
    if shape in TABLES:
        return Response(write_table(columns, shape), media_type=shape, headers=_headers(about))
    if shape == COLUMNS:
        return _json({**about, "columns": columns})
    verdicts = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    if shape == EVENT:
        return _json({**about, "verdict": verdicts[0]})
    return _json({**about, "verdicts": verdicts})


def _nullable(values: NDArray[np.float64]) -> list[float | None]:
    if np.isnan(values).any():
        return [None if value != value else value for value in values.tolist()]
    return values.tolist()


def _headers(about: dict[str, Any]) -> dict[str, str]:
    return {f"x-showerforge-{name.replace('_', '-')}": str(v) for name, v in about.items()}


def _json(content: Any, status: int = 200) -> Response:
    return Response(_ENCODER.encode(content), status, media_type=JSON)


def _problem(request: Request, status: int, path: list[str | int], message: str) -> Response:
    errors = [{"path": path, "message": message}]
    return _json({"request_id": request.state.request_id, "errors": errors}, status)
