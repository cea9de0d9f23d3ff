"""Two tables in, a verdict, a page and an exit code out."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from browser import addresses_loaded_by

from showerforge.errors import ExitCode

COMMAND = "from showerforge.command_line import main; main()"
QUICK = ("--repeats", "8", "--jobs", "1")
RULES = """
- name: width not above length
  left: width
  relation: "<="
  right: length
  because: the minor axis is not longer than the major one
"""


def draw(n, seed):
    generator = np.random.default_rng(seed)
    length = generator.lognormal(3, 0.3, n)
    width = length * generator.beta(3, 4, n)
    return pd.DataFrame({"length": length, "width": width, "energy": generator.normal(length, 3)})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tables in all formats: real events, those learnt from, fresh and false ones."""
    folder = tmp_path_factory.mktemp("tables")
    draw(400, 0).assign(night="first").to_csv(folder / "holdout.csv", index=False)
    draw(800, 1).to_parquet(folder / "train.parquet")
    draw(400, 2).to_hdf(folder / "fresh.h5", key="events")
    false = draw(400, 3)
    false["energy"] = np.random.default_rng(0).permutation(false["energy"])
    false.to_csv(folder / "false.csv", index=False)
    (folder / "rules.yml").write_text(RULES)
    return folder


def test_fresh_events_pass_in_a_process_of_their_own_outside_of_any_project(folder):
    arguments = ["certify", "holdout.csv", "fresh.h5", "--train", "train.parquet", *QUICK]
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            COMMAND,
            *arguments,
            "--rules",
            "rules.yml",
            "--generator",
            "my GAN",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.FINE, done.stderr
    head, *_ = done.stdout.splitlines()
    assert head.startswith("PASS ")
    assert "400 synthetic events by my GAN, learnt from 800 real ones" in done.stdout
    assert "Left out: night: not in the training and synthetic table." in done.stdout
    assert "Not tested: G1, events with a derived column" in done.stdout
    assert "Not tested: G7" in done.stdout
    written = json.loads((folder / "certificate/certificate.json").read_text())
    assert written["verdict"] == "pass"
    assert written["tables"]["columns"] == ["length", "width", "energy"]
    assert written["tables"]["rules"] == ["width <= length"]
    page = (folder / "certificate/certificate.html").read_text()
    assert "my GAN" in page
    assert "width &lt;= length" in page
    assert addresses_loaded_by(page) == []


def test_false_events_are_refused_also_without_the_training_events(showerforge, folder, tmp_path):
    result = showerforge(
        *("certify", folder / "train.parquet", folder / "false.csv"),
        *("--out", tmp_path, "--json", *QUICK),
    )
    assert result.exit_code == ExitCode.NO
    said = json.loads(result.stdout)
    assert said["verdict"] == "fail"
    assert {"G3", "G4"} <= set(said["failed"])
    assert said == json.loads((tmp_path / "certificate.json").read_text())
    page = (tmp_path / "certificate.html").read_text()
    assert "which it may have learnt from: that is not known" in page
    assert "that the generator never saw" not in page
    assert "play the part of training events" in page


def test_too_few_events_leave_it_open(showerforge, folder, tmp_path):
    draw(50, 5).to_csv(tmp_path / "few.csv", index=False)
    result = showerforge(
        "certify", tmp_path / "few.csv", folder / "fresh.h5", "--out", tmp_path, *QUICK
    )
    assert result.exit_code == ExitCode.OPEN
    assert result.stdout.startswith("NOT ENOUGH DATA\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("length,width\n1,2\n3\n", "row 3: 1 cells"),
        ("length,width\n", "holds no events"),
        ("length,width\n1,2\n3,\n", "row 3, column width: nan"),
    ],
)
def test_tables_that_cannot_be_judged_are_bad_input(showerforge, folder, tmp_path, content, words):
    (tmp_path / "bad.csv").write_text(content)
    result = showerforge(
        "certify", folder / "holdout.csv", tmp_path / "bad.csv", "--out", tmp_path / "out"
    )
    assert result.exit_code == ExitCode.BAD_INPUT
    assert words in result.stderr
    assert not (tmp_path / "out").exists()
