"""Cost of events over HTTP: the service against ``mlflow models serve`` of the same stack.

Run it with ``PYTHONPATH=tests python benchmarks/serving.py``. A stack with the shipped settings is
fitted to events of the toy telescope of the tests, and served by both, side by side, with one
worker each. Both get the same events and must give the same gammaness. Microseconds are those of
the processor, of all threads and processes of the server, so that other work on the machine does
not count; each is the least of several rounds that take turns. Latencies are what one client sees
that asks one request after the other, each of other events, on a connection that it keeps.

``mlflow models serve`` unpickles its model, takes any event, keeps no log and watches nothing; the
service checks, logs and watches every event while it is measured.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import io
import itertools
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import yaml
from release_toys import RELATIONS, SETTINGS, fit_stack, make_files
from serving_tools import as_columns, serving
from toys import make_events

from showerforge.classifiers.candidates import Recipe, build_pipeline, gammaness
from showerforge.classifiers.names import BASE_MODELS, Candidate, Training
from showerforge.classifiers.stacking import build_stack
from showerforge.events.features import FEATURE_SETS
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.release.bundles import Provenance, make_release
from showerforge.serving.application import JSON
from showerforge.serving.manifest import MANIFEST, Manifest
from showerforge.serving.observation import CLASSIFY
from showerforge.serving.releases import CHAMPION, set_alias, write_release
from showerforge.serving.tables import PARQUET

PROJECT = Path(__file__).parents[1]
#: events of a request, and requests of a round
BATCHES = {1: 300, 10: 100, 100: 30, 1000: 10, 10_000: 3}
#: requests before anything is measured, and seconds until a server must answer
N_WARM, PATIENCE = 5, 180.0
#: of the scores that the members are blended by
NOISE = 0.1
#: largest difference between the scores of both
TOLERANCE = 1e-6


@dataclass
class Server:
    """A server with what it is asked.

    Attributes
    ----------
    name : of the server and of the format.
    session : number of the session of its processes.
    connection : to it, which is kept.
    path : that events are sent to.
    kind : media type of events.
    write : from a table of events to the body of a request.
    read : from the body of an answer to the gammaness.
    """

    name: str
    session: int
    connection: http.client.HTTPConnection
    path: str
    kind: str
    write: Callable[[pd.DataFrame], bytes]
    read: Callable[[bytes], np.ndarray]
    microseconds: dict[int, float] = field(default_factory=dict)
    milliseconds: dict[int, list[float]] = field(default_factory=dict)

    def score(self, events: pd.DataFrame) -> np.ndarray:
        """Ask once."""
        return self.read(self._post(self.write(events)))

    def measure(self, events: pd.DataFrame, n_events: int, n_requests: int) -> None:
        """Ask many times; keep the least CPU time of an event, and all latencies."""
        begins = range(0, min(n_requests * n_events, len(events)), n_events)
        bodies = itertools.cycle([self.write(events[k : k + n_events]) for k in begins])
        # a server closes what nobody speaks on, and the others had their turns
        self.connection.close()
        for _ in range(N_WARM):
            self._post(next(bodies))
        before = cpu_seconds(self.session)
        for _ in range(n_requests):
            body = next(bodies)
            begin = time.perf_counter()
            self._post(body)
            latency = 1e3 * (time.perf_counter() - begin)
            self.milliseconds.setdefault(n_events, []).append(latency)
        spent = 1e6 * (cpu_seconds(self.session) - before) / (n_requests * n_events)
        self.microseconds[n_events] = min(spent, self.microseconds.get(n_events, np.inf))

    def _post(self, body: bytes) -> bytes:
        self.connection.request("POST", self.path, body, {"content-type": self.kind})
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status == httpx.codes.OK, content
        return content


def cpu_seconds(session: int) -> float:
    """Add up the CPU time of all threads of all processes of a session."""
    nanoseconds = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getsid(int(process.name)) == session:
                threads = process.glob("task/*/schedstat")
                nanoseconds += sum(int(thread.read_text().split()[0]) for thread in threads)
    return nanoseconds / 1e9


def fit_shipped_stack(train: pd.DataFrame) -> Any:
    """Fit a stack whose members have the settings that are shipped."""
    parameters = yaml.safe_load((PROJECT / "conf/base/parameters/modelling.yml").read_text())
    settings = parameters["magic"]["modelling"]["models"]
    recipe = Recipe(list(FEATURE_SETS), settings, 0.5, 10, 0)
    is_gamma = (train["particle"] == "gamma").astype(int)
    fitted, scores = {}, {}
    generator = np.random.default_rng(0)
    for model in BASE_MODELS:
        candidate = Candidate(model, Training.REAL)
        pipeline = build_pipeline(candidate, recipe).fit(train[HILLAS_PARAMETERS], is_gamma)
        fitted[candidate.name] = pipeline
        # members are less sure of events that they have not learnt from
        noise = generator.normal(0, NOISE, len(train))
        scores[candidate.name] = np.clip(gammaness(pipeline, train) + noise, 0.01, 0.99)
    table = pd.DataFrame(scores, index=train.index)
    return build_stack(fitted, table, train, list(BASE_MODELS), Training.REAL, 1.0)


def write(folder: Path, stack: Any, train: pd.DataFrame, test: pd.DataFrame) -> None:
    """Write a stack as a release, and as a model of MLflow."""
    import mlflow.sklearn

    # that its models are pickles is said above
    logging.getLogger("mlflow.sklearn").setLevel(logging.ERROR)
    told = Manifest.model_validate_json(make_files()[MANIFEST])
    provenance = Provenance(**{name: getattr(told, name) for name in Provenance.__annotations__})
    files = make_release(stack, train, test, RELATIONS, provenance, SETTINGS, 0)
    name = write_release(folder / "releases", files)
    set_alias(folder / "releases", CHAMPION, name)
    mlflow.sklearn.save_model(
        stack,
        folder / "mlflow",
        serialization_format="cloudpickle",
        pyfunc_predict_fn="predict_proba",
        pip_requirements=["scikit-learn"],
    )


@contextlib.contextmanager
def serving_mlflow(model: Path) -> Iterator[Server]:
    """Serve a model with MLflow."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(model)]
    options = ["--env-manager", "local", "--workers", "1", "--port", str(port)]
    # it starts another program of the same environment, by name
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [*command, *options],
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, "PATH": path},
        )
        try:
            until = time.monotonic() + PATIENCE
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > until:
                    output.seek(0)
                    raise SystemExit(output.read().decode())
                time.sleep(0.2)
            yield Server(
                "mlflow, JSON",
                process.pid,
                _connect("127.0.0.1", port),
                "/invocations",
                JSON,
                _write_mlflow,
                _read_mlflow,
            )
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answers(port: int) -> bool:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/ping", trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK


def _connect(host: str, port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(host, port, timeout=PATIENCE)


def _write_mlflow(events: pd.DataFrame) -> bytes:
    split = {"columns": list(events.columns), "data": events.to_numpy().tolist()}
    return json.dumps({"dataframe_split": split}).encode()


def _read_mlflow(content: bytes) -> np.ndarray:
    return np.array(json.loads(content)["predictions"])[:, 1]


def _write_json(events: pd.DataFrame) -> bytes:
    if len(events) == 1:
        return json.dumps({"event": events.iloc[0].to_dict()}).encode()
    return json.dumps(as_columns(events.to_numpy())).encode()


def _read_json(content: bytes) -> np.ndarray:
    said = json.loads(content)
    return np.array(said["columns"]["gammaness"] if "columns" in said else [_one(said)])


def _one(said: dict[str, Any]) -> float:
    score: float = said["verdict"]["gammaness"]
    return score


def _write_parquet(events: pd.DataFrame) -> bytes:
    body = io.BytesIO()
    events.to_parquet(body, index=False)
    return body.getvalue()


def _read_parquet(content: bytes) -> np.ndarray:
    return pd.read_parquet(io.BytesIO(content))["gammaness"].to_numpy()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Events over HTTP against mlflow models serve.")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many rounds; 3")
    parser.add_argument("--small", action="store_true", help="the small stack of the tests")
    arguments = parser.parse_args()

    events = make_events(12_000, 8_000)
    train, test = events[:10_000], events[10_000:]
    stack = fit_stack(train) if arguments.small else fit_shipped_stack(train)
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        write(folder, stack, train, test)
        own = opened.enter_context(serving(folder))
        theirs = opened.enter_context(serving_mlflow(folder / "mlflow"))
        asked = [own.process.pid, _connect(*own.address), CLASSIFY]
        servers = [
            theirs,
            Server("showerforge, JSON", *asked, JSON, _write_json, _read_json),
            Server("showerforge, Parquet", *asked, PARQUET, _write_parquet, _read_parquet),
        ]
        events = test[HILLAS_PARAMETERS]
        for server in servers:
            for n in BATCHES:
                batch = events[:n]
                difference = np.abs(server.score(batch) - gammaness(stack, batch)).max()
                assert difference <= TOLERANCE, (server.name, difference)
        for _ in range(arguments.rounds):
            for n, n_requests in BATCHES.items():
                for server in servers:
                    server.measure(events, n, n_requests)
    print_table(servers)


def print_table(servers: list[Server]) -> None:
    """Print what was measured; ratios are to the first server."""
    print(
        f"{'events of a request':>19}  {'':22}{'µs/event':>10}{'events/CPU s':>14}"
        f"{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}"
    )
    for n in BATCHES:
        for server in servers:
            spent = server.microseconds[n]
            middle, late = np.percentile(server.milliseconds[n], [50, 99])
            ratio = servers[0].microseconds[n] / spent
            print(
                f"{n:19,}  {server.name:22}{spent:10,.1f}{1e6 / spent:14,.0f}"
                f"{ratio:8.1f}{middle:9.2f}{late:9.2f}"
            )


if __name__ == "__main__":
    main()
