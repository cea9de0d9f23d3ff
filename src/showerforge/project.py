"""Where the project is."""

from pathlib import Path

from kedro.utils import find_kedro_project


def in_project(path: str | Path) -> Path:
    """Make a path absolute that starts at the project, wherever in it the program was started.

    Parameters
    ----------
    path : relative to the project; outside of any project, to the current folder.
    """
    return (find_kedro_project(Path.cwd()) or Path.cwd()) / path
