"""A container of the image that SHOWERFORGE_IMAGE names: confined, healthy, and right."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from showerforge.serving.releases import read_aliases, read_release

IMAGE = os.environ.get("SHOWERFORGE_IMAGE", "")
pytestmark = [
    pytest.mark.skipif(not IMAGE, reason="SHOWERFORGE_IMAGE names no image to try"),
    pytest.mark.skipif(shutil.which("docker") is None, reason="there is no docker"),
]

#: bytes
LARGEST = 350e6
#: seconds until a container is healthy
PATIENCE = 90
#: largest difference between the score of the service and that of the training side
TOLERANCE = 1e-6


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def container(toy_releases: Path) -> Iterator[str]:
    name = f"showerforge-test-{os.getpid()}"
    _docker(
        *("run", "--detach", "--name", name, "--read-only", "--network", "none"),
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"),
        *("--env", "SHOWERFORGE_API_KEYS=a key"),
        *("--volume", f"{toy_releases}:/srv/releases:ro", IMAGE),
    )
    yield name
    _docker("rm", "--force", "--volumes", name)


def test_image_is_small():
    assert int(_docker("image", "inspect", "--format", "{{.Size}}", IMAGE)) < LARGEST


def test_container_becomes_healthy_and_scores_right(container, toy_releases):
    end = time.monotonic() + PATIENCE
    while _docker("inspect", "--format", "{{.State.Health.Status}}", container) != "healthy\n":
        assert time.monotonic() < end, _docker("logs", container)
        time.sleep(1)
    manifest = read_release(toy_releases / read_aliases(toy_releases)["champion"]).manifest
    events = [dict(zip(manifest.names, e, strict=True)) for e in manifest.golden.events]
    questions = Path(__file__).with_name("questions.py").read_text()
    body = json.dumps({"events": events})
    answers = json.loads(_docker("exec", container, "python", "-c", questions, body))
    verdicts = answers["classify"]["verdicts"]
    np.testing.assert_allclose(
        [verdict["gammaness"] for verdict in verdicts],
        manifest.golden.scores,
        rtol=0,
        atol=TOLERANCE,
    )
    assert answers["classify"]["logged"] is True


def test_container_is_not_root(container):
    assert int(_docker("exec", container, "id", "-u")) > 0


@pytest.mark.parametrize("program", ["pip", "pip3", "gcc", "cc", "make"])
def test_container_has_no_tools(container, program):
    found = _docker("exec", container, "sh", "-c", f"command -v {program} || echo none")
    assert found == "none\n"


def test_python_of_the_container_has_no_pip(container):
    program = (
        "from importlib.util import find_spec; print(find_spec('pip'), find_spec('ensurepip'))"
    )
    for python in ("/opt/showerforge/bin/python", "/usr/local/bin/python3"):
        assert _docker("exec", container, python, "-c", program) == "None None\n"


def test_container_stops_when_told(container):
    _docker("stop", "--time", "30", container)
    assert _docker("inspect", "--format", "{{.State.ExitCode}}", container) in ("0\n", "143\n")
