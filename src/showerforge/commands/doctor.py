"""``showerforge doctor``."""

from __future__ import annotations

from dataclasses import asdict

import click

from showerforge.commands.options import examples, json_option
from showerforge.commands.output import write_json
from showerforge.errors import ExitCode

COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


@click.command("doctor", epilog=examples("showerforge doctor", "showerforge doctor --json"))
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Say whether everything is there: environment, machine, data, releases, tracking.

    Nothing is changed by it. Ends with 1 if there is a problem.
    """
    from showerforge.diagnosis import examine

    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            mark = click.style(f"{finding.status:8}", fg=COLOURS[finding.status])
            click.echo(f"{mark} {finding.topic:12} {finding.text}")
            if finding.remedy:
                click.echo(f"{'':21} → {finding.remedy}")
    if as_json:
        write_json([asdict(finding) for finding in findings])
    is_well = all(finding.status != "problem" for finding in findings)
    context.exit(ExitCode.FINE if is_well else ExitCode.NO)
