"""``showerforge report``."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from showerforge.commands.options import examples, json_option, path_option
from showerforge.commands.output import align, write_json
from showerforge.report.finding import REPORTS, find_pages


@click.command(
    "report",
    epilog=examples(
        "showerforge report --open",
        "showerforge report magic --page certificate",
        "showerforge report --all",
    ),
)
@click.argument("experiment", required=False)
@click.option(
    "--page",
    "kind",
    default="report",
    show_default=True,
    help="Which page: report, certificate or generated_images.",
)
@click.option("--all", "all_pages", is_flag=True, help="List all pages, the newest first.")
@click.option("--open", "opened", is_flag=True, help="Open it in the browser.")
@path_option("--folder", REPORTS, "Folder of the reports of all experiments.")
@json_option
def command(
    experiment: str | None, kind: str, all_pages: bool, opened: bool, folder: Path, as_json: bool
) -> None:
    """Tell where the newest report is.

    Of EXPERIMENT (magic, taiga, calorimeter, in any environment, or one such as magic_quick), or of
    all.
    """
    pages = find_pages(folder, experiment, None if all_pages else kind)
    if not all_pages:
        pages = pages[:1]
    if as_json:
        write_json([vars(page) for page in pages])
    elif all_pages:
        click.echo(
            align([(f"{p.written:%Y-%m-%d %H:%M}", p.experiment, str(p.path)) for p in pages])
        )
    else:
        click.echo(pages[0].path)
    if opened:
        webbrowser.open(pages[0].path.absolute().as_uri())
