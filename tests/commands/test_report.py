import json
import os
import webbrowser

import pytest

from showerforge.errors import ExitCode


@pytest.fixture
def folder(tmp_path):
    """Pages of two experiments, each newer than the one before, and other files."""
    names = [
        "magic/report.html",
        "taiga/report.html",
        "magic_quick/report.html",
        "magic/certificate.html",
        "magic/.partial-1-report.html",
        "magic/roc.png",
    ]
    for n, name in enumerate(names):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1e9 + n, 1e9 + n))
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "newest"),
    [
        ([], "magic_quick/report.html"),
        (["magic"], "magic_quick/report.html"),
        (["magic_quick"], "magic_quick/report.html"),
        (["taiga"], "taiga/report.html"),
        (["--page", "certificate"], "magic/certificate.html"),
    ],
)
def test_the_newest_page_is_told(showerforge, folder, arguments, newest):
    result = showerforge("report", *arguments, "--folder", folder)
    assert result.stdout.strip() == str(folder / newest)


def test_all_pages_are_listed_newest_first(showerforge, folder):
    result = showerforge("report", "--all", "--folder", folder, "--json")
    pages = json.loads(result.stdout)
    assert [(page["experiment"], page["kind"]) for page in pages] == [
        ("magic", "certificate"),
        ("magic_quick", "report"),
        ("taiga", "report"),
        ("magic", "report"),
    ]
    lines = showerforge("report", "--all", "--folder", folder).stdout.splitlines()
    assert [line.split()[-1] for line in lines] == [page["path"] for page in pages]


def test_it_is_opened_if_asked_for(showerforge, folder, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.chdir(folder)
    showerforge("report", "taiga", "--folder", ".")
    assert opened == []
    showerforge("report", "taiga", "--folder", ".", "--open")
    assert opened == [(folder / "taiga/report.html").as_uri()]


@pytest.mark.parametrize("arguments", [["taigo"], ["taiga", "--page", "certificate"]])
def test_what_is_not_there_is_told_beside_what_is(showerforge, folder, arguments):
    result = showerforge("report", *arguments, "--folder", folder)
    assert result.exit_code == ExitCode.MISSING
    assert "magic (certificate), magic (report), magic_quick (report), taiga" in result.stderr
    assert "showerforge run taig" in result.stderr
