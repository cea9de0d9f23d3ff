import json
from datetime import UTC, datetime, timedelta

import pandas as pd
from serving_tools import keep, make_answer

from showerforge.errors import ExitCode


def test_finished_days_are_written_and_told(showerforge, tmp_path):
    yesterday = (datetime.now(UTC) - timedelta(days=1)).timestamp()
    log, days = tmp_path / "log.sqlite", tmp_path / "days"
    keep(log, [make_answer(4, yesterday)])
    result = showerforge("log", "compact", "--log", log, "--days", days, "--json")
    ((path, n),) = json.loads(result.stdout)["written"].items()
    assert len(pd.read_parquet(path)) == n == 4
    again = showerforge("log", "compact", "--log", log, "--days", days)
    assert again.stdout == "0 answers forgotten\n"


def test_bad_use_is_told(showerforge, tmp_path):
    result = showerforge("log", "compact", "--log", tmp_path / "none.sqlite")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "There is no prediction log" in result.stderr
    assert showerforge("log", "compact", "--keep", "-1").exit_code == ExitCode.BAD_INPUT
