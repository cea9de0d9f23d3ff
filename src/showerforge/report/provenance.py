"""Where the numbers of a report come from."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from typing import Any

import showerforge
from showerforge.repository import name_commit


def digest_of_parameters(parameters: Mapping[str, Any], seed: int) -> str:
    """SHA-256 of the parameters of an experiment and the seed.

    Parameters
    ----------
    parameters : of all stages, as they are written in ``conf``.
    seed : that rules every random draw.
    """
    text = json.dumps({"parameters": parameters, "seed": seed}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def trace_provenance(
    data: Mapping[str, Any], code: Mapping[str, Any], parameters: Mapping[str, Any], seed: int
) -> dict[str, str]:
    """Collect what all numbers of an experiment depend on.

    Parameters
    ----------
    data : summary of the data: ``note``, and ``file`` and ``sha256`` or ``origin``.
    code : see `showerforge.datasets.code.CodeStateDataset`.
    parameters : of the experiment.
    seed : that rules every random draw.

    Returns
    -------
    provenance : ``data``, ``data_sha256`` if known, ``code``, ``parameters_sha256``, ``seed``,
        ``python`` and ``packages``.
    """
    return {
        "data": " · ".join(filter(None, [data.get("file"), data.get("origin"), data["note"]])),
        **({"data_sha256": data["sha256"]} if "sha256" in data else {}),
        "code": _name_code(code),
        "parameters_sha256": digest_of_parameters(parameters, seed),
        "seed": str(seed),
        "python": ".".join(map(str, sys.version_info[:3])),
        "packages": ", ".join(code["packages"]),
    }


def _name_code(code: Mapping[str, Any]) -> str:
    where = name_commit(code) if "git_commit" in code else "outside a repository"
    return f"showerforge {showerforge.__version__}, {where}"
