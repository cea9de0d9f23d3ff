"""``showerforge releases``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from showerforge.commands.options import examples, json_option, releases_option
from showerforge.commands.output import align, write_json


@click.group(
    "releases",
    epilog=examples(
        "showerforge releases list",
        "showerforge releases promote 1f3c0a9b2d4e",
        "showerforge releases --releases /srv/releases unchallenge",
    ),
)
@releases_option
@click.pass_context
def command(context: click.Context, releases: Path) -> None:
    """List releases, and choose the one in use."""
    context.obj = releases


def _complete(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from showerforge.serving.releases import list_releases

    folder = context.parent.params["releases"] if context.parent else None
    names = list_releases(folder) if folder else []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


_release_argument = click.argument("release", shell_complete=_complete)


@command.command("list", epilog=examples("showerforge releases list --json"))
@json_option
@click.pass_obj
def list_all(folder: Path, as_json: bool) -> None:
    """List all, with their aliases and figures of merit."""
    from showerforge.serving.releases import list_releases, read_aliases, read_release

    names = list_releases(folder)
    aliases = {name: alias for alias, name in read_aliases(folder).items()}
    manifests = {name: read_release(folder / name).manifest for name in names}
    if as_json:
        write_json(
            [
                {
                    "name": name,
                    "alias": aliases.get(name),
                    "experiment": manifest.experiment,
                    "model": manifest.model,
                    "figures": {k: f.model_dump() for k, f in manifest.figures.items()},
                }
                for name, manifest in manifests.items()
            ]
        )
        return
    rows = [
        (
            name,
            aliases.get(name, ""),
            f"{manifest.experiment}: {manifest.model}",
            ", ".join(f"{k} {f.value:.4f}" for k, f in manifest.figures.items()),
        )
        for name, manifest in manifests.items()
    ]
    click.echo(align(rows))


@command.command(epilog=examples("showerforge releases promote 1f3c0a9b2d4e"))
@_release_argument
@click.option(
    "--even-if-worse",
    is_flag=True,
    help="Also one that takes other parameters, or has a figure of merit whose whole interval lies "
    "below that of the champion.",
)
@json_option
@click.pass_obj
def promote(folder: Path, release: str, even_if_worse: bool, as_json: bool) -> None:
    """Make a release the champion; the one before to roll back."""
    from showerforge.serving.releases import promote

    _tell_aliases(promote(folder, release, even_if_worse), as_json)


@command.command(epilog=examples("showerforge releases challenge 1f3c0a9b2d4e"))
@_release_argument
@json_option
@click.pass_obj
def challenge(folder: Path, release: str, as_json: bool) -> None:
    """Let a release score beside the champion."""
    from showerforge.serving.releases import challenge

    _tell_aliases(challenge(folder, release), as_json)


@command.command()
@json_option
@click.pass_obj
def unchallenge(folder: Path, as_json: bool) -> None:
    """Have no challenger any more."""
    from showerforge.serving.releases import challenge

    _tell_aliases(challenge(folder, None), as_json)


def _tell_aliases(aliases: Mapping[str, str], as_json: bool) -> None:
    if as_json:
        write_json(aliases)
        return
    click.echo(", ".join(f"{alias} {name}" for alias, name in aliases.items()))
    click.echo("A service that runs takes it by SIGHUP or POST /v1/admin/reload.")
