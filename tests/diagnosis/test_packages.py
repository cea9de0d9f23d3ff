import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from toys import PROJECT

from showerforge.diagnosis.packages import (
    EXTRAS,
    look_at_extra,
    look_at_packages,
    look_at_pins,
    look_at_ranges,
)

NUMPY = metadata.version("numpy")


def requirements(*texts):
    return [Requirement(text) for text in texts]


def test_every_extra_is_explained():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(EXTRAS) == set(project["optional-dependencies"])


def test_what_is_in_its_range_is_fine():
    assert look_at_ranges(requirements("numpy>=1", f"numpy=={NUMPY}")).status == "ok"


@pytest.mark.parametrize(
    ("text", "words"),
    [("no-such-package>=1", "missing: no-such-package"), ("numpy<1", f"numpy {NUMPY} (<1)")],
)
def test_what_is_missing_or_of_another_version_is_a_problem(text, words):
    finding = look_at_ranges(requirements("pandas", text))
    assert finding.status == "problem"
    assert words in finding.text
    assert "pip install" in finding.remedy


@pytest.mark.parametrize(
    ("texts", "status", "words"),
    [
        (("numpy", "pandas"), "ok", "extra toys: play"),
        (("no-such-a", "no-such-b"), "ok", "extra toys not installed; it gives play"),
        (("numpy", "no-such-b"), "warning", "in part only: no-such-b"),
        (("numpy<1", "pandas"), "warning", f"in part only: numpy {NUMPY}"),
    ],
)
def test_an_extra_may_be_left_out_whole(texts, status, words):
    finding = look_at_extra("toys", "play", requirements(*texts))
    assert finding.status == status
    assert words in finding.text


def test_versions_are_compared_with_pins_for_this_python_only(tmp_path):
    pins = tmp_path / "constraints.txt"
    pins.write_text(
        f"# of a test\nnumpy=={NUMPY}\npandas==0.1 ; python_version < '3'\nno-such-package==1\n"
    )
    assert look_at_pins(pins).status == "ok"
    pins.write_text("numpy==0.1\n")
    finding = look_at_pins(pins)
    assert finding.status == "warning"
    assert f"numpy {NUMPY} (==0.1)" in finding.text


def test_this_environment_has_what_the_tests_need(tmp_path):
    findings = list(look_at_packages(None))
    assert [finding.status for finding in findings[:2]] == ["ok", "ok"]
    assert len(list(look_at_packages(tmp_path))) == len(findings)
