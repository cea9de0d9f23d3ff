"""Is everything there that commands and pipelines need? Nothing is changed by asking."""

from __future__ import annotations

from collections.abc import Iterator

from showerforge.diagnosis.findings import Finding, asking
from showerforge.project import find_project


def examine() -> Iterator[Finding]:
    """Look at the environment, the machine, and the project that the current folder is in.

    Yields
    ------
    finding : one after the other, as looking takes some seconds.
    """
    from showerforge.diagnosis.machine import look_at_machine
    from showerforge.diagnosis.packages import look_at_packages

    project = find_project()
    yield from asking("environment", look_at_packages, project)
    yield from asking("machine", look_at_machine, project)
    if project is None:
        yield Finding(
            "project",
            "warning",
            "the current folder is in none",
            "commands that need none work; for the others clone the repository and go there",
        )
        return
    from showerforge.diagnosis.configured import look_at_project

    yield from asking("project", look_at_project, project)
