"""``showerforge certify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from showerforge.commands.options import FILE, PATH, examples, json_option, split_names
from showerforge.commands.output import align, write_json
from showerforge.errors import ExitCode

if TYPE_CHECKING:
    from showerforge.validation.certificate import Certificate


@click.command(
    "certify",
    epilog=examples(
        "showerforge certify holdout.csv synthetic.csv --train train.csv",
        "showerforge certify real.parquet gan.parquet --label-column class --class hadron",
        "showerforge certify real.h5 made.h5 --columns length,width,energy --rules rules.yml",
    ),
)
@click.argument("real", type=FILE)
@click.argument("synthetic", type=FILE)
@click.option(
    "--train",
    type=FILE,
    help="Real events that the generator learnt from. Without them events may be refused, but not "
    "pass: copying cannot be told from likeness.",
)
@click.option(
    "--columns",
    callback=split_names,
    help="Columns that are compared, separated by commas (default: all numeric ones that the "
    "tables share).",
)
@click.option("--label-column", help="Column with the class of an event (default: particle).")
@click.option(
    "--class", "particle", help="Class of the synthetic events, if their table does not tell it."
)
@click.option(
    "--group-column",
    help="Column with the same value for events that belong together, such as images of one shower "
    "(default: group).",
)
@click.option(
    "--rules",
    "rules_file",
    type=FILE,
    help="Relations between columns in YAML; see docs/certificate.md (default: those of the "
    "Hillas parameters, where the columns are these).",
)
@click.option("--generator", help="Name of the generator (default: the name of the file).")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of all random draws.")
@click.option(
    "--repeats",
    type=click.IntRange(min=5),
    default=40,
    show_default=True,
    help="Partitions of the real events behind each band.",
)
@click.option(
    "--jobs", type=int, default=-1, show_default=True, help="Processes; -1 is one for each core."
)
@click.option(
    "--out",
    type=PATH,
    default=Path("certificate"),
    show_default=True,
    help="Folder of certificate.html and certificate.json.",
)
@json_option
@click.pass_context
def command(
    context: click.Context,
    real: Path,
    synthetic: Path,
    train: Path | None,
    columns: list[str] | None,
    label_column: str | None,
    particle: str | None,
    group_column: str | None,
    rules_file: Path | None,
    generator: str | None,
    seed: int,
    repeats: int,
    jobs: int,
    out: Path,
    as_json: bool,
) -> None:
    """Judge SYNTHETIC events by REAL ones, and write the certificate.

    Tables of any columns: CSV with a header, Parquet or HDF5, by the gates of docs/certificate.md.
    REAL may hold the events of --train: these are not held out. Ends with 0 where the events pass,
    1 where they are refused, and 4 where there is not enough to tell.
    """
    from showerforge.events.constraints import read_constraints
    from showerforge.events.files import read_table
    from showerforge.report.own_certificate import describe_tables, write_own_certificate
    from showerforge.validation.own_tables import arrange_tables, certify_own
    from showerforge.validation.yardstick import Settings

    tables = arrange_tables(
        read_table(real),
        read_table(synthetic),
        None if train is None else read_table(train),
        columns=columns,
        rules=None if rules_file is None else read_constraints(rules_file),
        label_column=label_column,
        particle=particle,
        group_column=group_column,
        seed=seed,
    )
    settings = Settings(n_repeats=repeats, n_jobs=jobs, seed=seed)
    certificate, evidence = certify_own(tables, generator or synthetic.stem, settings)
    files = {"real": real, "synthetic": synthetic} | ({"training": train} if train else {})
    written = write_own_certificate(out, certificate, evidence, tables, files)
    description = describe_tables(tables, files)
    if as_json:
        write_json({**certificate.to_json(), "tables": description})
    else:
        _tell(certificate, description)
        click.echo("\n".join(map(str, written)))
    context.exit(_exit_code_of(certificate))


def _tell(certificate: Certificate, description: dict[str, Any]) -> None:
    from showerforge.report.certificate import describe_verdict, tabulate_gates
    from showerforge.report.own_certificate import tell_left_out

    plain = certificate.to_json()
    head = describe_verdict(plain)
    click.secho(f"{head['word']} {head['grade']}".strip(), bold=True)
    for sentence in ("what", "result", "likeness", "utility"):
        click.echo(head[sentence])
    for note in description["notes"]:
        click.echo(note)
    blocks = tabulate_gates(plain)
    rows = [
        (block["code"], row["metric"], row["value"], row["limit"], row["verdict"], row["grade"])
        for block in blocks
        for row in block["rows"]
    ]
    click.echo(f"\n{align([('', 'what is measured', 'value', 'passes', 'verdict', ''), *rows])}\n")
    for block in blocks:
        for row in block["rows"]:
            if row["verdict"] == "not tested":
                click.echo(f"Not tested: {block['code']}, {row['metric']}. {row['remark']}")
    click.echo(f"Compared: {', '.join(description['columns'])}.")
    for line in tell_left_out(description["left_out"]):
        click.echo(f"Left out: {line}.")


def _exit_code_of(certificate: Certificate) -> ExitCode:
    from showerforge.validation.certificate import Verdict

    codes = {
        Verdict.PASS: ExitCode.FINE,
        Verdict.FAIL: ExitCode.NO,
        Verdict.VOID: ExitCode.NO,
        Verdict.NOT_ENOUGH_DATA: ExitCode.OPEN,
        Verdict.NOT_TESTED: ExitCode.OPEN,
    }
    return codes[certificate.verdict]
