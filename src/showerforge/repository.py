"""What version of the code this is."""

import subprocess
from collections.abc import Mapping
from pathlib import Path


def git_state(project: Path) -> dict[str, str]:
    """Tell the commit of a project and whether files differ from it.

    Returns
    -------
    state : ``git_commit`` and ``git_dirty``; empty outside a repository.
    """
    try:
        commit, status = (
            subprocess.run(
                ["git", *arguments], cwd=project, capture_output=True, text=True, check=True
            ).stdout.strip()
            for arguments in (["rev-parse", "HEAD"], ["status", "--porcelain"])
        )
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {"git_commit": commit, "git_dirty": str(bool(status)).lower()}


def name_commit(state: Mapping[str, str], n_digits: int | None = None) -> str:
    """Name the commit of a project in words.

    Parameters
    ----------
    state : see `git_state`; of a repository.
    n_digits : of the commit; None for all.
    """
    changed = ", with changes that are not committed" if state["git_dirty"] == "true" else ""
    return f"commit {state['git_commit'][:n_digits]}{changed}"
