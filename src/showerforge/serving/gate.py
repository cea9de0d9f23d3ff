"""What every request passes before and after it is answered.

Keys, limits, the body, the id of the request, headers of the answer, numbers and a line in the log.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import logging
import re
import time
import uuid
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from showerforge.serving.limits import RateLimit
from showerforge.serving.observation import Observation
from showerforge.serving.settings import ServiceSettings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger("showerforge.requests")

#: paths that need no key: whoever asks whether the service lives knows none
OPEN_PATHS = frozenset({"/livez", "/readyz"})
ADMIN_PREFIX = "/v1/admin/"
#: bodies in memory at a time, in units of the largest one
MOST_BODIES = 10
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_UNKNOWN_ROUTE = "other"
_TOO_MANY_BODIES = "too many large bodies at a time"
HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' "
        b"data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        b"frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Refusal(Exception):
    """A request that goes no further.

    Parameters
    ----------
    status : of HTTP.
    message : what is wrong.
    headers : of the answer.
    """

    def __init__(self, status: int, message: str, **headers: str):
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


class Gate:
    """ASGI application around another one.

    Parameters
    ----------
    app : the application.
    settings : keys and limits.
    observation : where numbers go.
    routes : paths that numbers are kept of.
    shortcuts : applications that answer a method and path instead.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: ServiceSettings,
        observation: Observation,
        routes: Collection[str],
        shortcuts: Mapping[tuple[str, str], ASGIApp],
    ):
        self._app = app
        self._settings = settings
        self._observation = observation
        self._routes = frozenset(routes)
        self._shortcuts = dict(shortcuts)
        self._limit = RateLimit(settings.requests_per_second, settings.burst)
        self._n_at_once = 0
        self._n_bytes = 0
        #: set when the service is about to end
        self.is_closing = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = time.perf_counter()
        headers = dict(scope["headers"])
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = [*HEADERS, (b"x-request-id", request_id.encode())]
                if self.is_closing:
                    own.append((b"connection", b"close"))
                message = {**message, "headers": [*message["headers"], *own]}
            await send(message)

        self._n_at_once += 1
        self._observation.in_progress.inc()
        parts: list[bytes] = []
        try:
            try:
                self._check(scope, headers)
                await self._read(headers, receive, parts)
                app = self._shortcuts.get((scope["method"], scope["path"]), self._app)
                await app(scope, _replay(parts[0], receive), answer)
            except Refusal as refusal:
                await _refuse(refusal, request_id, answer)
        except Exception:
            logger.exception("request %s failed", request_id)
            if status == 0:
                await _refuse(Refusal(500, "an error of the service"), request_id, answer)
        finally:
            self._n_at_once -= 1
            self._n_bytes -= sum(map(len, parts))
            self._observation.in_progress.dec()
            self._note(scope, request_id, status, time.perf_counter() - begin)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        path = scope["path"]
        route = path if path in self._routes else _UNKNOWN_ROUTE
        self._observation.requests_of(route, status).inc()
        self._observation.seconds_of(route).observe(seconds)
        if logger.isEnabledFor(logging.INFO):
            about = {
                "request_id": request_id,
                "method": scope["method"],
                "path": path,
                "status": status,
                "ms": round(1000 * seconds, 3),
                **scope["state"].get("noted", {}),
            }
            logger.info(json.dumps(about))

    def _check(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        """Refuse who has no key, and who asks too much."""
        path = scope["path"]
        if path in OPEN_PATHS:
            return
        if self._n_at_once > self._settings.most_at_once:
            raise Refusal(429, "too many requests at a time", retry_after="1")
        key = _key_of(headers)
        if path.startswith(ADMIN_PREFIX):
            _check_key(key, self._settings.admin_keys)
        elif self._settings.api_keys:
            _check_key(key, self._settings.api_keys | self._settings.admin_keys)
        address = (scope.get("client") or ("unknown",))[0]
        client = key if key and self._settings.api_keys else address
        wait = self._limit.wait(client, time.monotonic())
        if wait > 0:
            raise Refusal(429, "too many requests", retry_after=str(max(1, round(wait))))

    async def _read(
        self, headers: dict[bytes, bytes], receive: Receive, parts: list[bytes]
    ) -> None:
        """Read the body into one part, not more of it than allowed, and not for longer."""
        most = self._settings.most_bytes
        if headers.get(b"content-encoding", b"identity") != b"identity":
            raise Refusal(415, "compressed bodies are not taken")
        try:
            announced = int(headers.get(b"content-length", b"0"))
        except ValueError as error:
            raise Refusal(400, "content-length is no number") from error
        if announced > most:
            raise Refusal(413, f"a body may have {most:,} bytes", connection="close")
        if self._n_bytes + announced > MOST_BODIES * most:
            raise Refusal(429, _TOO_MANY_BODIES, retry_after="1", connection="close")
        n = 0
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise Refusal(400, "the client went away")
                    part = message.get("body", b"")
                    n += len(part)
                    if n > most:
                        raise Refusal(413, f"a body may have {most:,} bytes", connection="close")
                    if self._n_bytes + len(part) > MOST_BODIES * most:
                        raise Refusal(429, _TOO_MANY_BODIES, retry_after="1", connection="close")
                    parts.append(part)
                    self._n_bytes += len(part)
                    if not message.get("more_body", False):
                        parts[:] = [b"".join(parts)]
                        return
        except TimeoutError as error:
            raise Refusal(408, "the body did not arrive in time", connection="close") from error


def _request_id(headers: dict[bytes, bytes]) -> str:
    """Take the id that the client gives, if it is a decent one, or make one."""
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _key_of(headers: dict[bytes, bytes]) -> str:
    """Find the key: a header of its own, a bearer's token, or the password of a browser."""
    if b"x-api-key" in headers:
        return headers[b"x-api-key"].decode("latin-1")
    kind, _, value = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value).decode("latin-1").partition(":")[2]
        except ValueError:
            return ""
    return ""


def _check_key(key: str, allowed: Collection[str]) -> None:
    """Compare with all keys, in a time that tells nothing."""
    found = [hmac.compare_digest(key.encode(), known.encode()) for known in allowed]
    if not any(found):
        raise Refusal(
            401,
            "a key is needed: the header X-API-Key, or Authorization: Bearer",
            www_authenticate='Basic realm="showerforge"',
        )


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body that was read, and then what the client does."""
    is_given = False

    async def replayed() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


async def _refuse(refusal: Refusal, request_id: str, send: Any) -> None:
    content = json.dumps(
        {"request_id": request_id, "errors": [{"path": [], "message": refusal.message}]}
    ).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        *((k.replace("_", "-").encode(), v.encode()) for k, v in refusal.headers.items()),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
