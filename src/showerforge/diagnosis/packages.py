"""Python and its packages, against what the project asks for."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from showerforge.diagnosis.findings import Finding

if TYPE_CHECKING:
    from packaging.requirements import Requirement

PACKAGE = "showerforge"
#: what the optional packages give, by extra
EXTRAS = {
    "hdf5": "more kinds of HDF5 tables: those of pandas, and compressed ones",
    "ctapipe": "camera images of sim_telarray and ctapipe",
    "images": "networks on images, generators of images, ONNX",
    "tensorflow": "TensorFlow beside PyTorch",
    "jax": "JAX beside PyTorch",
    "serve": "releases, the service, scores by releases",
    "scale": "Dask clusters, searches on them",
    "storage": "partitions and releases in object stores",
    "notebooks": "Jupyter",
    "docs": "the documentation as a site",
    "dev": "tests and linters",
}
#: packages that are named in a finding
MOST_NAMED = 5
TOPIC = "environment"


def look_at_packages(project: Path | None) -> Iterator[Finding]:
    """Compare what is installed with ranges and pins.

    Parameters
    ----------
    project : whose ``constraints.txt`` has the pins; None for none.
    """
    from packaging.requirements import Requirement

    try:
        about = metadata.metadata(PACKAGE)
    except metadata.PackageNotFoundError:
        yield Finding(
            TOPIC, "problem", f"{PACKAGE} is not installed, only imported", "pip install -e ."
        )
        return
    yield _look_at_python(about["Requires-Python"])
    wanted = [Requirement(text) for text in metadata.requires(PACKAGE) or ()]
    yield look_at_ranges([r for r in wanted if _applies(r)])
    for extra, gives in EXTRAS.items():
        own = [r for r in wanted if r.marker and _applies(r, extra) and not _applies(r)]
        if own:
            yield look_at_extra(extra, gives, own)
    pins = project / "constraints.txt" if project else None
    if pins is not None and pins.is_file():
        yield look_at_pins(pins)


def _applies(requirement: Requirement, extra: str = "") -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _look_at_python(wanted: str) -> Finding:
    from packaging.specifiers import SpecifierSet

    version = platform.python_version()
    if SpecifierSet(wanted).contains(version, prereleases=True):
        return Finding(TOPIC, "ok", f"Python {version} (needed: {wanted})")
    return Finding(
        TOPIC, "problem", f"Python {version}, needed is {wanted}", "make run PYTHON=python3.12"
    )


def _misfits(requirements: Sequence[Requirement]) -> tuple[list[str], list[str]]:
    """List packages that are missing, and those of another version than wanted."""
    missing, others = [], []
    for requirement in requirements:
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            missing.append(requirement.name)
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            others.append(f"{requirement.name} {version} ({requirement.specifier})")
    return missing, others


def look_at_ranges(requirements: Sequence[Requirement]) -> Finding:
    """See whether packages are there that everything needs."""
    missing, others = _misfits(requirements)
    if not missing and not others:
        return Finding(TOPIC, "ok", f"{len(requirements)} packages are there, in their ranges")
    parts = [f"missing: {_listed(missing)}"] if missing else []
    parts += [f"of another version than needed: {_listed(others)}"] if others else []
    return Finding(TOPIC, "problem", "; ".join(parts), "pip install -c constraints.txt -e .")


def look_at_extra(extra: str, gives: str, requirements: Sequence[Requirement]) -> Finding:
    """See whether optional packages are there; not to have any of them is fine."""
    missing, others = _misfits(requirements)
    install = f"pip install -c constraints.txt -e '.[{extra}]'"
    if len(missing) == len(requirements):
        return Finding(TOPIC, "ok", f"extra {extra} not installed; it gives {gives}", install)
    if missing or others:
        return Finding(
            TOPIC,
            "warning",
            f"extra {extra} in part only: {_listed([*missing, *others])}; it gives {gives}",
            install,
        )
    return Finding(TOPIC, "ok", f"extra {extra}: {gives}")


def look_at_pins(path: Path) -> Finding:
    """See whether versions are those that are tested."""
    from packaging.requirements import Requirement

    lines = path.read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    _, others = _misfits([pin for pin in pins if _applies(pin)])
    if not others:
        return Finding(TOPIC, "ok", f"versions are those of {path.name}, which are tested")
    return Finding(
        TOPIC,
        "warning",
        f"{len(others)} packages of other versions than those of {path.name}: {_listed(others)}",
        "pip install -c constraints.txt -e . brings the tested ones",
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
