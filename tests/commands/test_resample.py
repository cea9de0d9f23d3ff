import json

import pandas as pd
from toys import make_events

from showerforge.errors import ExitCode


def test_events_are_drawn_into_partitions(showerforge, tmp_path):
    make_events(30, 20).to_csv(tmp_path / "table.csv", index=False)
    arguments = ("resample", tmp_path / "table.csv", "--events", 100, "--partitions", 3)
    result = showerforge(*arguments, "--folder", tmp_path / "parts", "--json")
    files = json.loads(result.stdout)["files"]
    assert len(files) == 3
    assert sum(len(pd.read_parquet(file)) for file in files) == 100
    told = showerforge(*arguments, "--folder", tmp_path / "others").stdout
    assert told == f"100 events in 3 partitions of {tmp_path / 'others'}\n"


def test_more_partitions_than_events_are_refused(showerforge, tmp_path):
    make_events(3, 2).to_csv(tmp_path / "table.csv")
    result = showerforge("resample", tmp_path / "table.csv", "--events", 2, "--partitions", 3)
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "--partitions" in result.stderr
