"""Write docs/parameters.md, docs/features.md and the end of docs/command-line.md from the code.

Run it after a change of parameters, features or commands: ``python docs/make_reference.py``.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import annotated_types
import click
from omegaconf import OmegaConf
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from showerforge.command_line import command
from showerforge.events.features import FEATURE_SETS
from showerforge.events.schema import HILLAS_COLUMNS, Column
from showerforge.parameters import ProjectParameters

DOCS = Path(__file__).parent
NOTICE = "<!-- Made by docs/make_reference.py; do not edit. -->\n\n"

#: mappings whose blocks are explained one by one, and the parameter in them that is their name
EACH_EXPLAINED = {"beams": "primary"}


def parameters_page() -> str:
    """Describe every parameter with type, range, default and meaning."""
    files = sorted((DOCS.parent / "conf/base/parameters").glob("*.yml"))
    globals_file = OmegaConf.load(DOCS.parent / "conf/base/globals.yml")
    OmegaConf.register_new_resolver("globals", globals_file.get, replace=True)
    merged = OmegaConf.merge(*map(OmegaConf.load, files))
    values = OmegaConf.to_container(merged, resolve=True)
    lines = [
        NOTICE + "# Parameters",
        "",
        "They live in `conf/base/parameters/`. Change them there, in `conf/local/` for this "
        "machine only, or for one run: `kedro run --params magic.data_processing.n_folds=10`. "
        "Unknown names and values out of range are refused before anything runs.",
    ]
    lines += _block("", ProjectParameters, values)
    return "\n".join(lines) + "\n"


def _block(path: str, model: type[BaseModel], values: dict) -> list[str]:
    own, inner = [], []
    for name, field in model.model_fields.items():
        dotted = f"{path}.{name}" if path else name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            inner += _block(dotted, field.annotation, values[name])
        elif name in EACH_EXPLAINED:
            block = get_args(field.annotation)[1]
            for key, value in values[name].items():
                inner += _block(f"{dotted}.{key}", block, {EACH_EXPLAINED[name]: key, **value})
        else:
            own.append(
                f"| `{name}` | {_type(field)} | `{_shown(values.get(name))}` "
                f"| {field.description or ''} |"
            )
    head = []
    if own:
        title = f"`{path}`" if path else "The whole project"
        head = ["", f"## {title}", "", (model.__doc__ or "").strip()]
        head += ["", "| name | allowed | default | meaning |", "|---|---|---|---|", *own]
    return head + inner


def _type(field: FieldInfo) -> str:
    annotation = field.annotation
    text = getattr(annotation, "__name__", str(annotation)) if not get_args(annotation) else ""
    if not text:
        # names without their modules
        text = re.sub(r"\b(?:\w+\.)+(?=\w)", "", str(annotation))
    limits = []
    for limit in field.metadata:
        for kind, sign in (("Gt", ">"), ("Ge", "≥"), ("Lt", "<"), ("Le", "≤")):
            if isinstance(limit, getattr(annotated_types, kind)):
                limits.append(f"{sign} {getattr(limit, kind.lower()):g}")
    return f"{text} {', '.join(limits)}".strip().replace("|", "\\|")


def _shown(value: object) -> object:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "; ".join(map(_name, value))
    if isinstance(value, dict) and value and all(map(_is_labelled, value.values())):
        return "; ".join(f"{name}: {_name(item)}" for name, item in value.items())
    if isinstance(value, dict) and value and all(_holds_blocks(item) for item in value.values()):
        return "; ".join(f"{name}: {', '.join(item)}" for name, item in value.items())
    return value


def _name(item: dict) -> str:
    return str(next(item[key] for key in ("label", "name", "question") if key in item))


def _is_labelled(value: object) -> bool:
    return isinstance(value, dict) and "label" in value


def _holds_blocks(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, dict) for item in value.values())


def _usual(column: Column) -> str:
    lowest, highest = column.plausible
    return f"{lowest:g} to {highest:g}"


def features_page() -> str:
    """Describe every recorded parameter and engineered feature."""
    lines = [
        NOTICE + "# Parameters of an event and engineered features",
        "",
        "`W` is fWidth, but at least 1 mm, so that ratios have a value where all light is in one "
        "line of pixels; sines and cosines take fAlpha in radians.",
        "",
        "## Recorded",
        "",
        "| name | unit | meaning | allowed | usual |",
        "|---|---|---|---|---|",
        *(
            f"| `{c.name}` | {c.unit} | {c.description} | {c.allowed} | {_usual(c)} |"
            for c in HILLAS_COLUMNS
        ),
        "",
        "*Usual* is where the median of the sizes (of fAlpha: the 95 % quantile) lies for any "
        "telescope. Outside of it the unit is likely another one, and the run stops: "
        "[Units](own-data.md#units).",
    ]
    for name, features in FEATURE_SETS.items():
        lines += [
            "",
            f"## Set `{name}`",
            "",
            "| name | unit | formula | reason |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| `{f.name}` | {f.unit} | {f.formula.replace('|', '&#124;')} | {f.reason} |"
            for f in features
        ]
    return "\n".join(lines) + "\n"


#: ends what is written by hand on the page of commands
MADE = "<!-- From here on made by docs/make_reference.py; do not edit. -->\n"


def commands_page() -> str:
    """Keep what is written by hand, and describe every command behind it."""
    text = (DOCS / "command-line.md").read_text(encoding="utf-8")
    by_hand = text.partition(MADE)[0]
    return by_hand + MADE + "".join(_commands(command, "showerforge"))


def _commands(group: click.Group, path: str) -> Iterator[str]:
    for name, own in group.commands.items():
        context = click.Context(own, info_name=f"{path} {name}")
        yield "\n".join(_command(own, context)) + "\n"
        if isinstance(own, click.Group):
            yield from _commands(own, f"{path} {name}")


def _command(own: click.Command, context: click.Context) -> list[str]:
    lines = ["", f"## {context.info_name}", "", *inspect.cleandoc(own.help or "").splitlines()]
    usage = own.get_usage(context).removeprefix("Usage: ")
    found = re.findall(r"\$ .*", own.epilog or "")
    lines += ["", "```console", f"$ {' '.join(usage.split())}", *found, "```"]
    options = [option for option in own.params if isinstance(option, click.Option)]
    if options:
        lines += ["", "| option | meaning | default |", "|---|---|---|"]
    for option in options:
        # what argument it takes, what it means, default
        record = option.get_help_record(context) or ("", "")
        default = option.get_help_extra(context).get("default", "").strip("()")
        lines.append(f"| `{record[0]}` | {option.help} | {f'`{default}`' if default else ''} |")
    return lines


PAGES = {
    "parameters.md": parameters_page,
    "features.md": features_page,
    "command-line.md": commands_page,
}

if __name__ == "__main__":
    for page, write in PAGES.items():
        (DOCS / page).write_text(write(), encoding="utf-8")
