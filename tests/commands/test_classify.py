"""Scores of one table, against those of the release itself."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from serving_tools import draw_events

from showerforge.errors import ExitCode
from showerforge.events.schema import HILLAS_PARAMETERS

COMMAND = "from showerforge.command_line import main; main()"
BAD = {3: "fWidth is -1;", 40: "fAlpha is missing or no finite number"}


@pytest.fixture(scope="module")
def events():
    """Events of which two are refused, with a column that travels along."""
    table = pd.DataFrame(draw_events(60, 40, 5), columns=HILLAS_PARAMETERS)
    table.loc[3, "fWidth"], table.loc[40, "fAlpha"] = -1.0, np.nan
    return table.assign(night=np.where(table.index % 2, "first", "second"))


@pytest.fixture
def table(events, tmp_path):
    events.to_csv(tmp_path / "events.csv", index=False)
    return tmp_path / "events.csv"


def test_scores_go_to_the_output_and_the_rest_beside_it(table, releases, release, events):
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "classify", table, "--releases", releases],
        stdout=(table.parent / "scores.csv").open("w"),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.FINE, done.stderr
    scores = pd.read_csv(table.parent / "scores.csv")
    good = events.drop(BAD)
    assert scores["row"].tolist() == good.index.tolist()
    assert scores["night"].tolist() == good["night"].tolist()
    expected = release.score(good[HILLAS_PARAMETERS].to_numpy())
    np.testing.assert_allclose(scores["gammaness"], expected, rtol=0, atol=1e-9)
    assert ((scores["particle"] == "gamma") == (expected >= 0.6)).all()
    for row, reason in BAD.items():
        assert f"row {row}: {reason}" in done.stderr
    assert f"100 events: 98 scored by release {release.name}" in done.stderr


def test_tables_are_written_where_they_are_wanted(showerforge, table, releases, events):
    out, refused = table.parent / "scores.parquet", table.parent / "refused.csv"
    result = showerforge(
        *("classify", table, "--releases", releases, "--json"),
        *("--out", out, "--refused", refused),
    )
    counts = json.loads(result.stdout)
    scores = pd.read_parquet(out)
    assert counts["n_scored"] == len(scores) == 98
    assert counts["n_gamma"] == (scores["particle"] == "gamma").sum()
    assert counts["reasons"] == {"fWidth": 1, "fAlpha": 1}
    lost = pd.read_csv(refused).set_index("row")
    assert lost.index.tolist() == list(BAD)
    assert lost.loc[3, "fDist"] == events.loc[3, "fDist"]
    assert all(lost.loc[row, "reason"].startswith(reason) for row, reason in BAD.items())


def test_a_table_without_any_event_that_can_be_scored_leaves_it_open(
    showerforge, events, releases, tmp_path
):
    events.assign(fLength=-1.0).to_parquet(tmp_path / "events.parquet")
    result = showerforge(
        *("classify", tmp_path / "events.parquet", "--releases", releases),
        *("--out", tmp_path / "scores.csv"),
    )
    assert result.exit_code == ExitCode.OPEN
    assert "100 events: 0 scored" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--working-point", "best q"], ExitCode.BAD_INPUT, "did you mean best Q"),
        (["--release", "nobody"], ExitCode.BAD_INPUT, "has no release 'nobody'"),
        (["--release", "challenger"], ExitCode.BAD_INPUT, "has no release 'challenger'"),
        (["--releases", "none"], ExitCode.MISSING, "kedro run --pipelines release"),
        (["--json"], ExitCode.BAD_INPUT, "--out"),
        (["--out", "scores.h5"], ExitCode.BAD_INPUT, ".csv or .parquet"),
    ],
)
def test_what_cannot_be_is_told(showerforge, table, releases, arguments, code, words):
    result = showerforge("classify", table, "--releases", releases, *arguments)
    assert result.exit_code == code
    assert words in result.stderr


@pytest.mark.parametrize(
    ("content", "words"), [("fLength\n1\n", "has no column fWidth"), (None, "holds no events")]
)
def test_wrong_tables_are_told_and_nothing_is_written(
    showerforge, events, releases, tmp_path, content, words
):
    table = tmp_path / "wrong.csv"
    table.write_text(content or f"{','.join(HILLAS_PARAMETERS)}\n")
    out = tmp_path / "scores.csv"
    result = showerforge("classify", table, "--releases", releases, "--out", out)
    assert result.exit_code == ExitCode.BAD_INPUT
    assert words in result.stderr
    assert not out.exists()
