"""What the documentation says is so."""

import json
import re
import runpy
import shutil
import subprocess
import sys

import pytest
from toys import PROJECT

from showerforge.pipeline_registry import register_pipelines

PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]


def test_reference_pages_are_up_to_date():
    reference = runpy.run_path(str(PROJECT / "docs/make_reference.py"))
    for page, write in reference["PAGES"].items():
        written = (PROJECT / "docs" / page).read_text(encoding="utf-8")
        assert written == write(), f"run: python docs/make_reference.py ({page})"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_and_make_targets_exist(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)", text):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target
    rules = (PROJECT / "Makefile").read_text()
    for target in re.findall(r"`make ([a-z]+)`", text):
        assert f"\n{target}: " in rules, target


def test_site_builds_without_warnings(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "parameters" / "index.html").is_file()


def test_every_page_is_in_the_navigation():
    text = (PROJECT / "mkdocs.yml").read_text(encoding="utf-8")
    named = re.findall(r"^ +- .*: (\S+\.md)$", text, flags=re.MULTILINE)
    assert sorted(named) == sorted(page.name for page in PAGES[1:])


def test_what_follows_the_name_of_an_argument_is_shown_as_its_description():
    describe = runpy.run_path(str(PROJECT / "docs/numpydoc_descriptions.py"))["describe_entries"]
    text = (
        "Do it.\n\nParameters\n----------\nn : how many,\n    at least.\n\nRaises\n------\nE : no."
    )
    assert describe(text) == text.replace("n : how many", "n\n    how many")


def test_make_lists_its_commands():
    result = subprocess.run(
        ["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    for target in ("run", "test", "lint", "docs", "viz", "mlflow", "notebook", "clean"):
        assert f"make {target} " in result.stdout


class TestClaims:
    def test_every_claim_is_on_its_page_and_of_a_real_pipeline(self):
        checker = runpy.run_path(str(PROJECT / "docs/check_claims.py"))
        known = set(register_pipelines())
        for claim in checker["read_claims"]():
            assert claim.pipeline in known
            numbers = checker["numbers_of"](claim)
            assert [number is None for number in numbers] == [m is None for m in claim.metrics]
            for number in filter(None, numbers):
                assert number.holds(number.value)
                assert not number.holds(number.upper + 1e-9)

    @pytest.mark.parametrize(
        ("found", "verdict", "code"),
        [
            (0.9001, "1 same", 0),
            (0.8950, "1 within", 0),
            (0.92, "1 OUTSIDE", 1),
            (None, "1 NOT", 1),
        ],
    )
    def test_a_number_outside_of_its_interval_is_told(
        self, tmp_path, capsys, monkeypatch, found, verdict, code
    ):
        (tmp_path / "page.md").write_text("| a | **0.900** [0.89, 0.91] |")
        (tmp_path / "docs").mkdir()
        (tmp_path / "data/08_reporting").mkdir(parents=True)
        (tmp_path / "docs/claims.yml").write_text(
            "[{page: page.md, line: '| a |', pipeline: magic, file: m.json, metrics: [auc]}]"
        )
        if found is not None:
            (tmp_path / "data/08_reporting/m.json").write_text(json.dumps({"auc": found}))
        script = shutil.copy2(PROJECT / "docs/check_claims.py", tmp_path / "docs")
        monkeypatch.setattr(sys, "argv", [str(script)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(script), run_name="__main__")
        assert verdict in capsys.readouterr().out
        assert ended.value.code == code
