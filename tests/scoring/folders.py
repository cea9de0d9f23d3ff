"""Folders with partitions, and what is in those that were scored."""

import pandas as pd

from showerforge.places import list_files
from showerforge.scoring.run import score_folder

THRESHOLD, BATCH = 0.6, 500
#: numbers of events of the fixture `events` that are refused
BAD = [3, 700, 1999]
#: folders beneath a place: partitions, scored events, refused ones
FOLDERS = ("in", "scored", "refused")


def score_all(place, release, batch_events=BATCH):
    return score_folder(*(place / name for name in FOLDERS), release, THRESHOLD, batch_events)


def content_of(folder):
    """Content of the files of a folder but hidden ones, by name."""
    return {name: (folder / name).read_bytes() for name in list_files(folder) if name[0] != "."}


def write_many(events, folder, n_partitions, n_times):
    """Write partitions of many events, no two of them the same."""
    folder.mkdir(parents=True)
    for number in range(n_partitions):
        part = pd.concat([events.iloc[number:]] * n_times)
        part.to_parquet(folder / f"{number:02d}.parquet", index=False)
