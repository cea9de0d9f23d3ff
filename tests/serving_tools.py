"""The real service in a process of its own, and clients that ask it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import numpy as np
from prometheus_client.parser import text_string_to_metric_families
from release_toys import make_files
from toys import make_events

from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.serving.manifest import MANIFEST
from showerforge.serving.prediction_log import Answer as KeptAnswer
from showerforge.serving.prediction_log import PredictionLog
from showerforge.serving.releases import CHAMPION, set_alias, write_release

#: seconds until a service must have started, answered or ended
PATIENCE = 60.0
COMMAND = "from showerforge.command_line import main; main()"
ADMIN = {"X-API-Key": "of the administrator"}
EVENT = {
    "fLength": 40.0,
    "fWidth": 10.0,
    "fSize": 3.0,
    "fConc": 0.4,
    "fConc1": 0.25,
    "fAsym": -20.0,
    "fM3Long": 30.0,
    "fM3Trans": -40.0,
    "fAlpha": 30.0,
    "fDist": 200.0,
}


@cache
def toy_files() -> dict[str, bytes]:
    """Make the files of a toy release, once for all tests."""
    return make_files()


def bind(files: Mapping[str, bytes], **changes: Any) -> dict[str, bytes]:
    """Change entries of the manifest, and let it fit the files."""
    manifest = json.loads(files[MANIFEST]) | changes
    manifest["files"] = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for name, content in files.items()
        if name != MANIFEST
    }
    return {**files, MANIFEST: json.dumps(manifest).encode()}


def put_release(folder: Path, alias: str | None = CHAMPION, **changes: Any) -> str:
    """Put a toy release into a folder of releases; what is changed makes it another one."""
    name = write_release(folder, bind(toy_files(), **changes))
    if alias is not None:
        set_alias(folder, alias, name)
    return name


def draw_events(n_gamma: int, n_hadron: int, seed: int) -> np.ndarray:
    """Draw toy events, float64[n_events, 10]."""
    return make_events(n_gamma, n_hadron, seed)[HILLAS_PARAMETERS].to_numpy(copy=True)


def as_columns(events: np.ndarray) -> dict[str, Any]:
    """Write events as the body of a request."""
    return {"columns": dict(zip(HILLAS_PARAMETERS, events.T.tolist(), strict=True))}


def as_events(events: np.ndarray) -> dict[str, Any]:
    """Write events as the body of a request, one by one."""
    return {
        "events": [dict(zip(HILLAS_PARAMETERS, e, strict=True)) for e in events.tolist()],
    }


def make_answer(
    n_events: int = 3, time: float = 0.0, request_id: str = "r", seed: int = 0
) -> KeptAnswer:
    """Draw an answer, in which the first event was refused."""
    generator = np.random.default_rng(seed)
    scores = generator.random(n_events)
    scores[0] = np.nan
    return KeptAnswer(
        request_id,
        time,
        "release",
        "dark",
        ("fLength", "fWidth"),
        generator.lognormal(0, 20, (n_events, 2)),
        scores,
        ["fLength is 0; it must be above 0 mm", *[None] * (n_events - 1)],
    )


def keep(path: Path, answers: Sequence[KeptAnswer], most_waiting: int = 10_000) -> list[bool]:
    """Append answers to a log one after the other, and close it."""

    async def append() -> list[bool]:
        return [await log.append(answer) for answer in answers]

    log = PredictionLog(path, most_waiting)
    kept = asyncio.run(append())
    log.close()
    return kept


@dataclass
class Running:
    """A service that runs.

    Attributes
    ----------
    process, url, folder : where it is; releases and log are in `folder`.
    client : asks it.
    """

    process: subprocess.Popen[bytes]
    url: str
    folder: Path
    client: httpx.Client

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self.url.rpartition(":")[2])

    @property
    def log(self) -> Path:
        return self.folder / "log.sqlite"

    def classify(self, body: Any, **options: Any) -> httpx.Response:
        """Ask for verdicts."""
        return self.client.post("/v1/classify", json=body, params=options)

    def number(self, name: str, **labels: str) -> float:
        """Read a number of Prometheus, added up over all other labels."""
        families = text_string_to_metric_families(self.client.get("/metrics").text)
        return sum(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == f"showerforge_{name}" and labels.items() <= sample.labels.items()
        )

    @contextlib.contextmanager
    def grows_by_less_than(self, n_bytes: float) -> Iterator[None]:
        """Check that the memory of the process at its largest is not much more than now."""
        # the kernel forgets what the largest was
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        before = self._memory("VmRSS")
        yield
        assert self._memory("VmHWM") - before < n_bytes

    def _memory(self, name: str) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (kilobytes,) = re.findall(rf"{name}:\s*(\d+) kB", status)
        return 1024 * int(kilobytes)

    def said(self) -> str:
        """Give what the process has written."""
        return (self.folder / "service.log").read_text()

    def wait_for(self, what: str) -> None:
        """Wait until the process has written something."""
        until = time.monotonic() + PATIENCE
        while what not in self.said():
            assert time.monotonic() < until, self.said()
            time.sleep(0.02)


@contextlib.contextmanager
def serving(folder: Path, keys: str | None = None, **settings: Any) -> Iterator[Running]:
    """Serve the releases of ``folder/releases`` at a free port.

    Parameters
    ----------
    folder : where releases are, and the log goes.
    keys : API keys, separated by commas.
    settings : of the service.
    """
    own = {"releases": str(folder / "releases"), "log": str(folder / "log.sqlite"), "port": 0}
    lines = [f"{name} = {json.dumps(value)}" for name, value in (own | settings).items()]
    (folder / "settings.toml").write_text("\n".join(lines))
    environment = {k: v for k, v in os.environ.items() if k != "SHOWERFORGE_API_KEYS"}
    if keys is not None:
        environment["SHOWERFORGE_API_KEYS"] = keys
    arguments = [sys.executable, "-c", COMMAND, "serve", "--settings", folder / "settings.toml"]
    with (folder / "service.log").open("wb") as output:
        process = subprocess.Popen(
            arguments, stderr=output, stdout=output, env=environment, start_new_session=True
        )
    try:
        url = _address_of(process, folder / "service.log")
        with httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as client:
            yield Running(process, url, folder, client)
    finally:
        process.kill()
        process.wait()


def _address_of(process: subprocess.Popen[bytes], output: Path) -> str:
    until = time.monotonic() + PATIENCE
    while not (found := re.search(r"running on (http://127\.0\.0\.1:\d+)", output.read_text())):
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < until, output.read_text()
        time.sleep(0.02)
    return found[1]


class Answer(NamedTuple):
    """What a service has answered."""

    status: int
    headers: dict[str, str]
    said: dict[str, Any]


def ask_all(service: Running, headers: Sequence[Mapping[str, str]], at_once: int) -> list[Answer]:
    """Ask for the verdict on an event, each time on a connection of its own.

    Parameters
    ----------
    service : that is asked.
    headers : of each request.
    at_once : connections at a time.
    """

    async def ask(own: Mapping[str, str]) -> Answer:
        body = json.dumps({"event": EVENT}).encode()
        whole = {"host": "x", "connection": "close", "content-length": str(len(body)), **own}
        lines = ["POST /v1/classify HTTP/1.1", *(f"{k}: {v}" for k, v in whole.items()), "", ""]
        async with places:
            reader, writer = await asyncio.open_connection(*service.address)
            writer.write("\r\n".join(lines).encode() + body)
            head, _, content = (await reader.read()).partition(b"\r\n\r\n")
            writer.close()
        first, *others = head.decode().split("\r\n")
        said = dict(line.lower().split(": ", 1) for line in others)
        return Answer(int(first.split()[1]), said, json.loads(content))

    async def ask_each() -> list[Answer]:
        return await asyncio.gather(*map(ask, headers))

    places = asyncio.Semaphore(at_once)
    return asyncio.run(ask_each())


@dataclass
class Load:
    """Clients that ask all the time, each one request after the other on a connection it keeps.

    Attributes
    ----------
    url : of the service.
    n_clients : how many.
    answers : statuses and bodies.
    failures : requests that were not answered; a refused connection is none.
    """

    url: str
    n_clients: int = 8
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    _is_over: bool = False

    def __enter__(self) -> Load:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._ask_all()))
        self._thread.start()
        self.wait_for_answers(self.n_clients)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._thread.join()

    def wait_for_answers(self, n: int) -> None:
        """Wait for so many more answers."""
        until, wanted = time.monotonic() + PATIENCE, len(self.answers) + n
        while len(self.answers) < wanted and self._thread.is_alive():
            assert time.monotonic() < until
            time.sleep(0.01)

    async def _ask_all(self) -> None:
        await asyncio.gather(*(self._ask() for _ in range(self.n_clients)))

    async def _ask(self) -> None:
        async with httpx.AsyncClient(
            base_url=self.url, timeout=PATIENCE, trust_env=False
        ) as client:
            while not self._is_over:
                try:
                    answer = await client.post("/v1/classify", json={"event": EVENT})
                except httpx.ConnectError:
                    return
                except httpx.HTTPError as error:
                    self.failures.append(error)
                    return
                self.answers.append((answer.status_code, answer.json()))
