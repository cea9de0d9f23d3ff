"""What version of the code this is."""

import subprocess
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
