"""A service that listens: until it is told to stop, and then to the last answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from showerforge.errors import InputError
from showerforge.serving.application import create_application
from showerforge.serving.gate import Gate
from showerforge.serving.settings import ServiceSettings

logger = logging.getLogger(__name__)

#: seconds between the word that the service ends and the last connection that it takes, in which
#: answers close connections, and then at most until the end, in which the last ones are answered
DRAIN_SECONDS = 1.0
_TICK = 0.02
#: connections that wait for being taken
BACKLOG = 4096
#: bytes before the body of a request
LARGEST_HEAD = 65_536


class Protocol(HttpToolsProtocol):
    """HTTP that takes no more than a decent client's lines before the body."""

    _is_head, _n_bytes = True, 0

    def data_received(self, data: bytes) -> None:
        """Take what the client sends."""
        super().data_received(data)
        if self._is_head:
            self._n_bytes += len(data)
            if self._n_bytes > LARGEST_HEAD and not self.transport.is_closing():
                self.send_400_response("The lines before the body are too many.")

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._is_head, self._n_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Count no more: the gate limits the body."""
        self._is_head = False
        super().on_headers_complete()


class Server(uvicorn.Server):
    """Server that takes requests for a moment longer when it is told to stop.

    Clients that keep a connection would otherwise send a request into one that is being closed.
    """

    def __init__(self, config: uvicorn.Config, gate: Gate):
        super().__init__(config)
        self._gate = gate

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Let answers close their connections, and end after a moment; at once when asked again."""
        if self._gate.is_closing:
            super().handle_exit(sig, frame)
            return
        self._gate.is_closing = True
        loop = asyncio.get_running_loop()
        loop.call_later(DRAIN_SECONDS, super().handle_exit, sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody in any more, answer those who are, and end."""
        loop = asyncio.get_running_loop()
        for server in self.servers:
            # closing a listener resets connections that it has not taken
            listeners = [listener.dup() for listener in server.sockets]
            server.close()
            for connection in [c for listener in listeners for c in _take_all(listener)]:
                await loop.connect_accepted_socket(self._make_protocol, connection)
        until = loop.time() + DRAIN_SECONDS
        while self.server_state.connections and loop.time() < until:
            await asyncio.sleep(_TICK)
        await super().shutdown(sockets)

    def _make_protocol(self) -> Protocol:
        return Protocol(self.config, self.server_state, self.lifespan.state)


def _take_all(listener: socket.socket) -> list[socket.socket]:
    """Take all connections that wait, and close the listener at once."""
    connections = []
    with listener, contextlib.suppress(BlockingIOError):
        listener.setblocking(False)
        while True:
            connections.append(listener.accept()[0])
    return connections


def serve(settings: ServiceSettings) -> None:
    """Serve until told to stop.

    SIGTERM and SIGINT end the service when all that is under way is answered; SIGHUP takes the
    releases that are named now.

    Raises
    ------
    InputError
        If there is no release that can be believed.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    gate, service = create_application(settings)
    config = uvicorn.Config(
        gate,
        host=settings.host,
        port=settings.port,
        http=Protocol,
        log_config=_logging(),
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=int(settings.grace_seconds),
    )
    server = Server(config, gate)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        if hasattr(signal, "SIGHUP"):
            loop.add_signal_handler(signal.SIGHUP, lambda: loop.run_in_executor(None, _reload))
        await server.serve()

    def _reload() -> None:
        try:
            logger.info("releases in use: %s", service.reload())
        except InputError as error:
            logger.error("nothing was reloaded: %s", error)

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(run())


def _logging() -> dict[str, Any]:
    """Write a line for each request, and what uvicorn says, to stderr."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
        "root": {"level": "INFO", "handlers": ["stderr"]},
    }
