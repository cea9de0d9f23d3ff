"""Write the reference of docs/ from the code.

These are the pages on parameters, features, pipelines and the catalog, and the end of that on the
command line. Run it after a change of any of them: ``python docs/make_reference.py``.
"""

import importlib
import inspect
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import click
import yaml
from kedro.config import OmegaConfigLoader
from kedro.io.catalog_config_resolver import CatalogConfigResolver
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from pydantic import BaseModel

from showerforge.command_line import command
from showerforge.events.features import FEATURE_SETS
from showerforge.events.schema import HILLAS_COLUMNS, Column
from showerforge.parameters import ProjectParameters
from showerforge.pipeline_registry import register_pipelines
from showerforge.pipelines.stages import STAGES
from showerforge.settings import CONFIG_LOADER_ARGS

DOCS = Path(__file__).parent
NOTICE = "<!-- Made by docs/make_reference.py; do not edit. -->\n\n"

#: mappings whose blocks are explained one by one, and the parameter in them that is their name
EACH_EXPLAINED = {"beams": "primary"}


#: inputs of a pipeline that are listed; the others are counted
MAXIMUM_NEEDED = 4
MEMORY = "kedro.io.MemoryDataset"
#: experiments made of stages, and what they are made of beside
EXPERIMENTS = {
    "magic": "The five stages above, one after the other. `kedro run` alone runs it.",
    "taiga": "`simulation`, and the five stages for camera images.",
    "calorimeter": "The five stages for images of electrons and photons.",
    "camera_monitoring": "Which faults of a camera would show?",
}


def _configuration() -> OmegaConfigLoader:
    return OmegaConfigLoader(str(DOCS.parent / "conf"), env="base", **CONFIG_LOADER_ARGS)


def parameters_page() -> str:
    """Describe every parameter with type, range, default and meaning."""
    values = _configuration()["parameters"]
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
                f"| `{name}` | {_type(field.annotation, field.metadata)} "
                f"| `{_shown(values.get(name))}` | {field.description or ''} |"
            )
    head = []
    if own:
        title = f"`{path}`" if path else "The whole project"
        head = ["", f"## {title}", "", (model.__doc__ or "").strip()]
        head += ["", "| name | allowed | default | meaning |", "|---|---|---|---|", *own]
    return head + inner


def _type(annotation: Any, metadata: Iterable[Any]) -> str:
    """Say in words which values are allowed."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(inner[0], [*inner[1:], *metadata])
    if origin is Literal:
        words = " or ".join(f"`{value}`" for value in inner)
    elif origin in (Union, UnionType):
        return " or ".join(_type(kind, () if kind is NoneType else metadata) for kind in inner)
    elif origin in (list, tuple):
        words = f"list of {_type(inner[0], ())}"
    elif origin in (dict, Mapping):
        key = "name" if inner[0] is str else f"{_type(inner[0], ())}"
        words = f"{_type(inner[1], ())}, by {key}"
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        words = f"block ({', '.join(annotation.model_fields)})"
    else:
        words = {Any: "anything", NoneType: "null"}.get(annotation) or annotation.__name__
    return f"{words} {', '.join(_limits(metadata))}".strip()


def _limits(metadata: Iterable[Any]) -> Iterator[str]:
    for limit in metadata:
        yield from _limits(getattr(limit, "metadata", ()))
        for kind, sign in (("Gt", ">"), ("Ge", "≥"), ("Lt", "<"), ("Le", "≤")):
            if isinstance(limit, getattr(annotated_types, kind)):
                yield f"{sign} {getattr(limit, kind.lower()):,}"


def _shown(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "; ".join(map(_name, value))
    if isinstance(value, dict) and value and all(map(_is_labelled, value.values())):
        return "; ".join(f"{name}: {_name(item)}" for name, item in value.items())
    if isinstance(value, dict) and value and all(_holds_blocks(item) for item in value.values()):
        return "; ".join(f"{name}: {', '.join(item)}" for name, item in value.items())
    text = yaml.safe_dump(
        value, default_flow_style=True, width=10_000, allow_unicode=True, sort_keys=False
    )
    return text.removesuffix("...\n").strip()


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


def pipelines_page() -> str:
    """Describe every pipeline and every node."""
    pipelines = register_pipelines()
    del pipelines["__default__"]
    names = [*STAGES, *(name for name in pipelines if name not in (*STAGES, *EXPERIMENTS))]
    lines = [
        NOTICE + "# Pipelines",
        "",
        "`kedro run --pipelines NAME` runs one, `kedro run --pipelines NAME,NAME` several. What a "
        "pipeline needs must have been saved by an earlier one, or lie in `data/01_raw`. "
        "[The same as a graph](graph.md) to click through.",
        "",
        "| name | what it does | nodes | needs |",
        "|---|---|---|---|",
        *(_pipeline_row(name, pipelines[name]) for name in (*names, *EXPERIMENTS)),
        "",
        "Nodes are in the order in which they may run. *From* and *to* are entries of the [catalog]"
        "(catalog.md); blocks of [parameters](parameters.md) are in italics. `kedro run --nodes "
        "magic.modelling.fit_models` runs a single one.",
    ]
    for name in names:
        lines += ["", f"## `{name}`", "", _purpose(name), *_node_table(pipelines[name])]
    for name in EXPERIMENTS:
        if name != "magic":
            lines += ["", f"## `{name}`", "", EXPERIMENTS[name]]
            for stage, nodes in _by_stage(pipelines[name]):
                lines += ["", f"### `{name}`: {stage}", *_node_table(nodes)]
    return "\n".join(lines) + "\n"


def _pipeline_row(name: str, pipeline: Pipeline) -> str:
    needs = [item for item in sorted(pipeline.inputs()) if not _is_parameter(item)]
    shown = ", ".join(f"`{item}`" for item in needs[:MAXIMUM_NEEDED])
    more = len(needs) - MAXIMUM_NEEDED
    link = f"`{name}`" if name == "magic" else f"[`{name}`](#{name})"
    return (
        f"| {link} | {_purpose(name)} | {len(pipeline.nodes)} "
        f"| {shown}{f' and {more} more' if more > 0 else ''} |"
    )


def _purpose(name: str) -> str:
    if name in EXPERIMENTS:
        return EXPERIMENTS[name]
    return (importlib.import_module(f"showerforge.pipelines.{name}").__doc__ or "").strip()


def _by_stage(pipeline: Pipeline) -> Iterator[tuple[str, list[Node]]]:
    def stage_of(node: Node) -> str:
        return node.name.split(".")[-2]

    nodes = sorted(pipeline.nodes, key=stage_of)
    by_stage = {stage: list(group) for stage, group in groupby(nodes, key=stage_of)}
    for stage in sorted(by_stage, key=("simulation", *STAGES, "monitoring").index):
        yield stage, [node for node in pipeline.nodes if node in by_stage[stage]]


def _node_table(nodes: Pipeline | list[Node]) -> Iterator[str]:
    yield from ("", "| node | what it does | from | to |", "|---|---|---|---|")
    for node in nodes.nodes if isinstance(nodes, Pipeline) else nodes:
        name = node.name.split(".")[-1]
        does = (node.func.__doc__ or "").strip().splitlines()[0]
        yield f"| `{name}` | {does} | {_listed(node.inputs)} | {_listed(node.outputs)} |"


def _listed(names: Iterable[str]) -> str:
    data = [f"`{_bare(name)}`" for name in names if not _is_parameter(name)]
    parameters = [
        f"*{_bare(name.removeprefix('params:'))}*" for name in names if _is_parameter(name)
    ]
    return ", ".join([*data, *parameters])


def _is_parameter(name: str) -> bool:
    return name.startswith("params:") or name == "parameters"


def catalog_page() -> str:
    """Describe every dataset that a pipeline reads or writes, by experiment and folder."""
    resolver = CatalogConfigResolver(_configuration()["catalog"])
    makers = _makers()
    lines = [
        NOTICE + "# Catalog",
        "",
        "Everything that pipelines read and write, from `conf/base/catalog/`. `kedro ipython` has "
        "it as `catalog`: `catalog.load('magic.train_events')` loads an entry. Paths begin in the "
        "folder `data`; an environment such as `quick` puts them into folders of its own.",
    ]
    for experiment, own in groupby(sorted(makers, key=_experiment), key=_experiment):
        lines += ["", f"## {experiment}"]
        by_folder = defaultdict(list)
        for name in sorted(own):
            entry = resolver.resolve_pattern(name)
            if entry and entry["type"] != MEMORY:
                by_folder[_path(entry).parts[0]].append((name, entry))
        for folder in sorted(by_folder):
            lines += ["", f"### {experiment}: {folder}", ""]
            lines += ["| entry | file | type | made by |", "|---|---|---|---|"]
            lines += [_catalog_row(*each, makers) for each in by_folder[folder]]
    return "\n".join(lines) + "\n"


def _experiment(name: str) -> str:
    experiment, dot, _ = name.partition(".")
    return f"`{experiment}`" if dot else "All experiments"


def _makers() -> dict[str, list[str]]:
    """List the nodes that make each dataset; none of what is given from outside."""
    makers: dict[str, list[str]] = defaultdict(list)
    nodes = {node.name: node for p in register_pipelines().values() for node in p.nodes}
    for node in nodes.values():
        for name in filter(lambda name: not _is_parameter(name), node.inputs):
            makers[name]
        for name in node.outputs:
            makers[name].append(node.name)
    return makers


def _path(entry: Mapping[str, str]) -> Path:
    """Give the path below ``data``; what is no file has none."""
    path = next((entry[key] for key in ("filepath", "folder", "path") if key in entry), None)
    return Path(path).relative_to("data") if path else Path("no file")


def _catalog_row(name: str, entry: Mapping[str, str], makers: Mapping[str, list[str]]) -> str:
    kind = entry["type"].rsplit(".", 1)[-1].removesuffix("Dataset")
    made = ", ".join(f"`{_bare(maker)}`" for maker in sorted(makers[name]))
    return f"| `{_bare(name)}` | `{_path(entry)}` | {kind} | {made or 'given'} |"


def _bare(name: str) -> str:
    """Leave out the experiment."""
    return name.split(".", 1)[-1]


PAGES = {
    "parameters.md": parameters_page,
    "features.md": features_page,
    "command-line.md": commands_page,
    "pipelines.md": pipelines_page,
    "catalog.md": catalog_page,
}

if __name__ == "__main__":
    for page, write in PAGES.items():
        (DOCS / page).write_text(write(), encoding="utf-8")
