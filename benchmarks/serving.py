"""Cost of events over HTTP: the service against ``mlflow models serve`` of the same stack.

Run it with ``PYTHONPATH=tests python benchmarks/serving.py``. A stack with the shipped settings is
fitted to events of the toy telescope of the tests, and served by both, side by side, with one
worker each. Both get the same events and must give the same gammaness. Microseconds are those of
the processor, of all threads and processes of the server, so that other work on the machine does
not count; each is the least of several rounds that take turns. Latencies are what one client sees
that asks one request after the other, on a connection that it keeps.

``mlflow models serve`` unpickles its model, takes any event, keeps no log and watches nothing; the
service checks, logs and watches every event while it is measured.
"""

from __future__ import annotations

import argparse
import contextlib
import io
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
from showerforge.serving.manifest import MANIFEST, Manifest
from showerforge.serving.releases import CHAMPION, set_alias, write_release
from showerforge.serving.tables import PARQUET

PROJECT = Path(__file__).parents[1]
#: events of a request, and requests of a round
BATCHES = {1: 100, 10: 50, 100: 30, 1000: 10, 10_000: 3}
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
    client : asks it.
    ask : from a table of events to path, content and headers of a request.
    read : from an answer to the gammaness.
    """

    name: str
    session: int
    client: httpx.Client
    ask: Callable[[pd.DataFrame], dict[str, Any]]
    read: Callable[[httpx.Response], np.ndarray]
    microseconds: dict[int, float] = field(default_factory=dict)
    milliseconds: dict[int, list[float]] = field(default_factory=dict)

    def score(self, events: pd.DataFrame) -> np.ndarray:
        """Ask once."""
        answer = self.client.post(**self.ask(events))
        answer.raise_for_status()
        return self.read(answer)

    def measure(self, events: pd.DataFrame, n_requests: int) -> None:
        """Ask many times; keep the least CPU time of an event, and all latencies."""
        request = self.ask(events)
        for _ in range(N_WARM):
            self.client.post(**request)
        before = cpu_seconds(self.session)
        for _ in range(n_requests):
            begin = time.perf_counter()
            self.client.post(**request).raise_for_status()
            latency = 1e3 * (time.perf_counter() - begin)
            self.milliseconds.setdefault(len(events), []).append(latency)
        spent = 1e6 * (cpu_seconds(self.session) - before) / (n_requests * len(events))
        self.microseconds[len(events)] = min(spent, self.microseconds.get(len(events), np.inf))


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
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False
            ) as client:
                until = time.monotonic() + PATIENCE
                while not _answers(client):
                    if process.poll() is not None or time.monotonic() > until:
                        output.seek(0)
                        raise SystemExit(output.read().decode())
                    time.sleep(0.2)
                yield Server("mlflow, JSON", process.pid, client, _ask_mlflow, _read_mlflow)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/ping").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _ask_mlflow(events: pd.DataFrame) -> dict[str, Any]:
    split = {"columns": list(events.columns), "data": events.to_numpy().tolist()}
    return {"url": "/invocations", "json": {"dataframe_split": split}}


def _read_mlflow(answer: httpx.Response) -> np.ndarray:
    return np.array(answer.json()["predictions"])[:, 1]


def _ask_json(events: pd.DataFrame) -> dict[str, Any]:
    if len(events) == 1:
        return {"url": "/v1/classify", "json": {"event": events.iloc[0].to_dict()}}
    return {"url": "/v1/classify", "json": as_columns(events.to_numpy())}


def _read_json(answer: httpx.Response) -> np.ndarray:
    said = answer.json()
    return np.array(said["columns"]["gammaness"] if "columns" in said else [_one(said)])


def _one(said: dict[str, Any]) -> float:
    score: float = said["verdict"]["gammaness"]
    return score


def _ask_parquet(events: pd.DataFrame) -> dict[str, Any]:
    body = io.BytesIO()
    events.to_parquet(body, index=False)
    return {
        "url": "/v1/classify",
        "content": body.getvalue(),
        "headers": {"content-type": PARQUET},
    }


def _read_parquet(answer: httpx.Response) -> np.ndarray:
    return pd.read_parquet(io.BytesIO(answer.content))["gammaness"].to_numpy()


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
        session = own.process.pid
        servers = [
            theirs,
            Server("showerforge, JSON", session, own.client, _ask_json, _read_json),
            Server("showerforge, Parquet", session, own.client, _ask_parquet, _read_parquet),
        ]
        batches = {n: test[HILLAS_PARAMETERS].iloc[:n] for n in BATCHES}
        for server in servers:
            for batch in batches.values():
                difference = np.abs(server.score(batch) - gammaness(stack, batch)).max()
                assert difference <= TOLERANCE, (server.name, difference)
        for _ in range(arguments.rounds):
            for n, batch in batches.items():
                for server in servers:
                    server.measure(batch, BATCHES[n])
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
