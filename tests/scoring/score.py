"""Score a folder on a cluster, in a process of its own.

Takes the address of the scheduler, a place with partitions, and the folder of a release.
"""

import sys
from pathlib import Path

from scoring.folders import score_all

from showerforge.errors import show_input_errors_plainly
from showerforge.execution import ExecutionSettings, executing

if __name__ == "__main__":
    show_input_errors_plainly()
    address, place, release = sys.argv[1:]
    with executing(ExecutionSettings(executor="dask", address=address)):
        score_all(Path(place), Path(release))
