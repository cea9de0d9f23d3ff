"""What the documentation says is so."""

import re
import runpy
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from toys import PROJECT

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


def test_make_lists_its_commands():
    result = subprocess.run(
        ["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    for target in ("run", "test", "lint", "docs", "viz", "mlflow", "notebook", "clean"):
        assert f"make {target} " in result.stdout


def test_the_example_of_the_certificate_runs(tmp_path, monkeypatch):
    """On tables of somebody else's columns, as a reader would try it."""
    generator = np.random.default_rng(0)
    for name, n in (("synthetic", 400), ("train", 800), ("holdout", 400)):
        length = generator.lognormal(3, 0.3, n)
        width = length * generator.beta(3, 4, n)
        energy = generator.normal(length, 3)
        table = pd.DataFrame({"length": length, "width": width, "energy": energy})
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    monkeypatch.chdir(tmp_path)
    text = (PROJECT / "docs/certificate.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    names: dict = {}
    exec(example, names)
    assert names["certificate"].generator == "my GAN"
    assert names["certificate"].verdict == "pass"
