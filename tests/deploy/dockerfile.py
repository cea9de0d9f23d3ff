"""What a Dockerfile says, and its steps carried out without an engine."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from toys import PROJECT

DOCKERFILE = PROJECT / "Dockerfile"
#: folder of the environment in the image
PREFIX = "opt/showerforge"
#: lines of the output of a step that failed which are shown
MOST_SHOWN = 30


@dataclass(frozen=True)
class Instruction:
    """A line of a Dockerfile, such as ``COPY src/ src/``."""

    keyword: str
    arguments: str

    def words(self) -> list[str]:
        """The arguments, of the form in JSON or apart by blanks."""
        text = self.arguments
        return json.loads(text) if text.startswith("[") else text.split()


def read_stages() -> dict[str, list[Instruction]]:
    """Read the instructions of each stage, by its name."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    text = re.sub(r"\\\n\s*", "", "\n".join(lines))
    stages: dict[str, list[Instruction]] = {}
    name = "before any stage"
    for line in filter(None, text.splitlines()):
        keyword, _, arguments = line.partition(" ")
        if keyword == "FROM":
            name = arguments.rpartition(" AS ")[2]
        stages.setdefault(name, []).append(Instruction(keyword, arguments.strip()))
    return stages


def arguments_of(stage: list[Instruction], keyword: str) -> list[str]:
    """Give the arguments of all instructions of a kind."""
    return [i.arguments for i in stage if i.keyword == keyword]


def environment_of(stage: list[Instruction]) -> dict[str, str]:
    """Give the variables that a stage sets."""
    (line,) = arguments_of(stage, "ENV")
    return dict(word.split("=", 1) for word in line.split())


def build(root: Path) -> None:
    """Carry out the stage ``build`` in a folder that stands for the root of the image.

    A new environment of this Python stands for the official image.
    """
    base = root / "usr/local"
    subprocess.run([sys.executable, "-m", "venv", str(base)], check=True)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    environment = inherited | {"PATH": f"{base / 'bin'}:{os.environ['PATH']}"}
    folder = root
    for instruction in read_stages()["build"]:
        if instruction.keyword == "WORKDIR":
            folder = root / instruction.arguments.lstrip("/")
            folder.mkdir(parents=True)
        elif instruction.keyword == "COPY":
            *sources, target = instruction.words()
            for source in sources:
                _copy(PROJECT / source, folder / target)
        elif instruction.keyword == "RUN":
            _run(_beneath(root, instruction.arguments), folder, environment)
        else:
            assert instruction.keyword == "FROM", f"{instruction.keyword} is not carried out"


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(source, target)


def _beneath(root: Path, command: str) -> str:
    """Take options of the engine from a command, and move its absolute paths beneath a folder."""
    command = re.sub(r"^(--\S+\s+)+", "", command)
    return re.sub(r"(?<=\s)/(?=\w)", f"{root}/", command)


def _run(command: str, folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        shown = "\n".join(done.stdout.splitlines()[-MOST_SHOWN:])
        pytest.fail(f"a step of the Dockerfile failed:\n{command}\n{shown}", pytrace=False)
