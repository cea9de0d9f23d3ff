"""Commands, parameters, code and messages in the pages are real."""

import ast
import doctest
import importlib
import re
import sys
import textwrap
from urllib.parse import urlparse

import numpy as np
import pandas as pd
import pytest
import yaml
from kedro.pipeline import Pipeline
from toys import PROJECT, make_events, parameters_of

from showerforge.command_line import main
from showerforge.generators import build_generator
from showerforge.nested import flatten
from showerforge.parameters import check_parameters
from showerforge.pipeline_registry import register_pipelines
from showerforge.validation import Settings

PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
SOURCES = sorted((PROJECT / "src/showerforge").rglob("*.py"))
#: environments that readers are told to make
OF_READERS = {"mine", "public", "blind", "night", "field", "no_field"}
ENVIRONMENTS = {folder.name for folder in (PROJECT / "conf").iterdir()} | OF_READERS
#: options of `kedro run` that choose nodes, and what `Pipeline.filter` calls them
CHOOSING = {
    "--tags": "tags",
    "--nodes": "node_names",
    "--from-nodes": "from_nodes",
    "--to-nodes": "to_nodes",
    "--to-outputs": "to_outputs",
}


def text_of(name):
    return (PROJECT / "docs" / name).read_text(encoding="utf-8")


def blocks(text, language):
    return [
        textwrap.dedent(block)
        for block in re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)
    ]


def all_blocks(language):
    return [
        pytest.param(block, id=f"{page.name}-{number}")
        for page in PAGES
        for number, block in enumerate(blocks(page.read_text(encoding="utf-8"), language))
    ]


def commands(program):
    """Collect commands from code blocks and from the text, with the lines they go on in."""
    found = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        shown = re.findall(rf"^\s*\$ ({program} .*)", text, flags=re.MULTILINE)
        shown += re.findall(rf"`({program} [^`\n…]*)`", text)
        for command in shown:
            words = command.partition(" #")[0].partition(" &&")[0]
            found.setdefault(re.sub(r"\s+", " ", words).strip(), page.name)
    return [pytest.param(command, id=f"{page}: {command}") for command, page in found.items()]


@pytest.fixture(scope="module")
def pipelines():
    return register_pipelines()


def merge(first, second):
    """Lay one tree of parameters over another, as environments are."""
    merged = dict(first)
    for key, value in second.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


class TestCommands:
    @pytest.mark.parametrize("command", commands("kedro run"))
    def test_kedro_run(self, command, pipelines):
        given = dict(re.findall(r"(--[a-z-]+)(?:[ =]([^-\s]\S*))?", command))
        names = given.pop("--pipelines", "__default__").split(",")
        if set(names) == {"NAME"}:
            return
        asked = sum((pipelines[name] for name in names), Pipeline([]))
        environment = given.pop("--env", "base")
        assert environment in ENVIRONMENTS
        parameters = parameters_of("base" if environment in OF_READERS else environment)
        for name, _, value in (p.partition("=") for p in given.pop("--params", "").split(",") if p):
            known = flatten(parameters)
            assert name in known, name
            change = yaml.safe_load(value)
            for key in reversed(name.split(".")):
                change = {key: change}
            check_parameters(merge(parameters, change), {})
        for flag in ("--only-missing-outputs", "--resume"):
            given.pop(flag, None)
        chosen = {CHOOSING[option]: value.split(",") for option, value in given.items()}
        assert asked.filter(**chosen).nodes

    @pytest.mark.parametrize("command", commands("showerforge"))
    def test_showerforge(self, command, capsys):
        """The command is there, and knows its options; what it would do is tested elsewhere."""
        words = re.findall(r" ([a-z]+)(?= |$)", command)
        grouped = words[:1] in (["releases"], ["log"])
        for called in (words[:1], words[:2]) if grouped else (words[:1],):
            with pytest.raises(SystemExit) as ended:
                main([*called, "--help"])
            assert ended.value.code == 0
        told = capsys.readouterr().out
        for option in re.findall(r" (--[a-z-]+)", command):
            assert option in told


@pytest.mark.parametrize("block", all_blocks("yaml"))
def test_parameters_of_the_pages_are_valid(block, tmp_path, monkeypatch):
    """Blocks of parameters, laid over the shipped ones, are accepted."""
    parameters = parameters_of("base")
    given = yaml.safe_load(re.sub(r"\$\{[^}]*\}", "x", block))
    if not isinstance(given, dict) or not set(given) <= set(parameters):
        return
    if not all(isinstance(value, dict) for value in given.values()):
        return
    write_modules(tmp_path, monkeypatch)
    check_parameters(merge(parameters, given), {})


def write_modules(folder, monkeypatch):
    """Write the modules that the pages tell to put into src, and let them be imported."""
    for page in ("own-generator.md", "own-gate.md"):
        for block in blocks(text_of(page), "python"):
            name = re.match(r"# src/(\w+\.py)\n", block)
            if name:
                (folder / name[1]).write_text(block)
                monkeypatch.delitem(sys.modules, name[1].removesuffix(".py"), raising=False)
    monkeypatch.syspath_prepend(folder)


@pytest.mark.parametrize("block", all_blocks("python"))
def test_what_code_imports_is_there(block):
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("showerforge"):
            module = importlib.import_module(node.module)
            assert all(hasattr(module, alias.name) for alias in node.names)


def run_certificate(page):
    """Run the last block of a page, which draws up a certificate, with few repeats."""
    block = blocks(text_of(page), "python")[-1]
    names = {"QUICK": Settings(n_repeats=10, n_permutations=19, n_resamples=100)}
    quick, n = re.subn(r"(?s)(certify\(\n.*?)\n\)", r"\1\n settings=QUICK\n)", block)
    assert n == 1
    exec(quick, names)
    return names


class TestCertificates:
    """In a folder where the tables lie that the pages speak of, of toy events."""

    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        write_modules(tmp_path, monkeypatch)
        monkeypatch.chdir(tmp_path)
        return tmp_path

    def test_of_tables_of_somebody_elses_columns(self, folder):
        generator = np.random.default_rng(0)
        for name, n in (("synthetic", 400), ("train", 800), ("holdout", 400)):
            length = generator.lognormal(3, 0.3, n)
            width = length * generator.beta(3, 4, n)
            energy = generator.normal(length, 3)
            table = pd.DataFrame({"length": length, "width": width, "energy": energy})
            table.to_csv(folder / f"{name}.csv", index=False)
        certificate = run_certificate("certificate.md")["certificate"]
        assert certificate.generator == "my GAN"
        assert certificate.verdict == "pass"

    def test_of_a_generator_of_ones_own(self, folder):
        tables = folder / "data/05_model_input/magic"
        tables.mkdir(parents=True)
        events = make_events(0, 500, seed=1)
        events[:300].to_parquet(tables / "train_events.parquet")
        events[300:].to_parquet(tables / "test_events.parquet")
        certificate = run_certificate("own-generator.md")["certificate"]
        assert certificate.generator == "moved copies"
        # they remember what they were made from
        assert "G6" in certificate.failed
        assert build_generator("my_generators.MovedCopies", {"share": 0.3}).share == 0.3

    def test_with_a_gate_of_ones_own(self, folder):
        events = make_events(0, 600, seed=1)
        tables = {"train": events[:300], "holdout": events[300:450], "synthetic": events[450:]}
        for name, table in tables.items():
            table.to_csv(folder / f"{name}.csv", index=False)
        gate = run_certificate("own-gate.md")["judged"]
        near = {name: (table["fAlpha"] < 10).mean() for name, table in tables.items()}
        assert gate.value == pytest.approx(near["synthetic"] - near["holdout"])
        assert gate.band[0] < 0 < gate.band[1]


def test_messages_of_the_page_of_errors_are_in_the_code():
    written = ""
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [p.value if isinstance(p, ast.Constant) else "\0" for p in node.values]
                written += "".join(map(str, parts)) + "\n\n"
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                written += node.value + "\n\n"
    written += (PROJECT / "Makefile").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`|]+)` \|", text_of("errors.md"), flags=re.MULTILINE)
    assert len(rows) > 40
    pieces = {piece.strip(" '.,:()[]") for message in rows for piece in message.split("…")}
    assert [piece for piece in pieces if piece not in written] == []


@pytest.mark.parametrize(
    "source",
    [s for s in SOURCES if ">>> " in s.read_text(encoding="utf-8")],
    ids=lambda source: source.stem,
)
def test_examples_of_docstrings(source):
    name = ".".join(source.relative_to(PROJECT / "src").with_suffix("").parts)
    done = doctest.testmod(importlib.import_module(name))
    assert done.attempted > 0
    assert done.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_elsewhere_are_well_formed(page):
    for link in re.findall(r"\]\((http[^)\s]*)\)", page.read_text(encoding="utf-8")):
        parts = urlparse(link)
        assert parts.scheme == "https", link
        assert re.fullmatch(r"[\w-]+(\.[\w-]+)+", parts.netloc), link
