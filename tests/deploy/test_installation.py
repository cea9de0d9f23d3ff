"""What the image holds, and that it serves with nothing else: steps of the Dockerfile carried out.

The installation needs the package index; where that cannot be reached, these tests fail.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from deploy.dockerfile import environment_of, read_stages
from hosts import apart
from toys import PROJECT

from showerforge.serving.releases import read_aliases, read_release

HERE = Path(__file__).parent
#: what trains, what unpickles, what installs
ABSENT = [
    "imblearn",
    "joblib",
    "kedro",
    "lightgbm",
    "mlflow",
    "onnx",
    "pandas",
    "pip",
    "pyarrow",
    "scipy",
    "setuptools",
    "sklearn",
    "skops",
    "xgboost",
]
#: bytes of the installed tree; an official slim image has about 130 MB, and all may have 350 MB
LARGEST = 220e6
#: seconds until the service is ready on a busy machine
PATIENCE = 60
#: largest difference between the score of the service and that of the training side
TOLERANCE = 1e-6
#: brings up loopback, and makes all but one folder read-only
CONFINE = """
set -e
ip link set lo up
mount --bind "$0" "$0"
mount -o remount,bind,ro /
exec "$@"
"""


def _import(built: Path, module: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(built / "bin/python"), "-I", "-c", f"import {module}"],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("module", ABSENT)
def test_training_code_and_tools_are_not_there(built, module):
    done = _import(built, module)
    assert f"No module named '{module}'" in done.stderr


@pytest.mark.parametrize("module", ["command_line", "serving.server", "serving.application"])
def test_the_service_is_there(built, module):
    done = _import(built, f"showerforge.{module}")
    assert done.returncode == 0, done.stderr


def test_installation_is_small(built):
    files = [path for path in built.rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in files) < LARGEST


def test_what_is_served_with_is_what_is_tested_with():
    locked = _pins("requirements/serve.txt")
    tested = _pins("constraints.txt")
    assert locked
    assert {name: pins for name, pins in locked.items() if tested.get(name) != pins} == {}


def test_the_extra_brings_what_the_image_has():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    brought = project["dependencies"] + project["optional-dependencies"]["serve"]
    wanted = (PROJECT / "requirements/serve.in").read_text().splitlines()
    assert _names(wanted) - _names(brought) == set()


def test_every_file_has_a_digest():
    for name in ("serve", "build"):
        text = (PROJECT / f"requirements/{name}.txt").read_text()
        requirements = re.split(r"\n(?=\w)", text.partition("make lock\n")[2])
        assert all("--hash=sha256:" in requirement for requirement in requirements)


def test_service_answers_without_network_and_with_nothing_to_write_to(
    built, toy_releases, tmp_path
):
    stage = read_stages()["service"]
    (entry,) = [i for i in stage if i.keyword == "ENTRYPOINT"]
    (health,) = [i for i in stage if i.keyword == "HEALTHCHECK"]
    program, *arguments = entry.words()
    kept = tmp_path / "kept"
    kept.mkdir()
    noted = kept / "noted"
    golden = _golden(toy_releases)
    python = str(built / "bin/python")
    given = {
        "service": [
            *(str(built / "bin" / program), *arguments),
            *("--releases", str(toy_releases), "--log", str(kept / "predictions.sqlite")),
        ],
        "health": [python, *json.loads(health.arguments.partition(" CMD ")[2])[1:]],
        "questions": [python, str(HERE / "questions.py"), golden["body"]],
        # programs are named by their paths
        "environment": environment_of(stage) | {"SHOWERFORGE_API_KEYS": "a key", "PATH": ""},
        "observed": {"PYTHONPATH": str(HERE / "audit"), "AUDIT": str(noted)},
        "patience": PATIENCE,
    }
    done = _confined(kept, [sys.executable, str(HERE / "confined.py"), json.dumps(given)])
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert answers["readyz"] == {"status": "ready", "warnings": []}
    scores = [verdict["gammaness"] for verdict in answers["classify"]["verdicts"]]
    np.testing.assert_allclose(scores, golden["scores"], rtol=0, atol=TOLERANCE)
    assert answers["classify"]["logged"] is True
    assert "showerforge_ready 1.0" in answers["metrics"]
    assert noted.read_text() == ""


def test_unpickling_and_connecting_would_be_noted(built, tmp_path):
    """The control of the test above."""
    noted = tmp_path / "noted"
    program = (
        "import pickle, socket, fractions\n"
        "pickle.loads(pickle.dumps(fractions.Fraction(1, 2)))\n"
        "socket.socket().connect_ex(('127.0.0.1', 1))\n"
    )
    subprocess.run(
        [str(built / "bin/python"), "-c", program],
        env={"PYTHONPATH": str(HERE / "audit"), "AUDIT": str(noted)},
        check=True,
    )
    events = {line.split()[0] for line in noted.read_text().splitlines()}
    assert events == {"pickle.find_class", "socket.connect"}


def _names(requirements: list[str]) -> set[str]:
    return {name[0] for r in requirements if (name := re.match(r"[\w-]+", r))}


def _pins(file: str) -> dict[str, set[str]]:
    """Read the versions of each requirement; several, where they depend on the Python."""
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", (PROJECT / file).read_text(), re.M):
        pins.setdefault(name, set()).add(version)
    return pins


def _golden(releases: Path) -> dict:
    """Write the golden events of the champion as a request, with the scores of training."""
    manifest = read_release(releases / read_aliases(releases)["champion"]).manifest
    events = [dict(zip(manifest.names, e, strict=True)) for e in manifest.golden.events]
    return {"body": json.dumps({"events": events}), "scores": manifest.golden.scores}


def _confined(writable: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command without network, where only one folder can be written."""
    shell = apart(CONFINE, str(writable), kinds=("net", "mount"))
    if not shell:
        pytest.skip("namespaces are not permitted")
    return subprocess.run([*shell, *command], capture_output=True, text=True, check=False)
