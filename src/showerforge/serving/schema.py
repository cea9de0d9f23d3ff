"""What the OpenAPI description says of events: names, units and ranges of the release in use."""

from __future__ import annotations

from typing import Any

from showerforge.serving.events import COLUMNS, EVENT, EVENTS
from showerforge.serving.manifest import Manifest, Parameter
from showerforge.serving.releases import Release
from showerforge.serving.service import Options

_STRING, _NUMBER = {"type": "string"}, {"type": "number"}
_VERDICT: dict[str, Any] = {
    "type": "object",
    "required": ["gammaness", "probability", "particle", "reason"],
    "properties": {
        "gammaness": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "probability": {
            "type": ["number", "null"],
            "minimum": 0,
            "maximum": 1,
            "description": "of a gamma, in a mixture with the share gamma_share of gammas",
        },
        "particle": {"type": ["string", "null"], "enum": ["gamma", "hadron", None]},
        "reason": {"type": ["string", "null"], "description": "why the event is refused"},
    },
}
ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["request_id", "release", "working_point", "threshold", "gamma_share", "logged"],
    "properties": {
        "request_id": _STRING,
        "release": _STRING,
        "working_point": _STRING,
        "threshold": _NUMBER,
        "gamma_share": _NUMBER,
        "logged": {"type": "boolean", "description": "whether the answer is in the log"},
        "n_events": {"type": "integer"},
        "n_refused": {"type": "integer"},
        "verdict": _VERDICT,
        "verdicts": {"type": "array", "items": _VERDICT},
        "columns": {
            "type": "object",
            "properties": {
                name: {"type": "array", "items": of} for name, of in _VERDICT["properties"].items()
            },
        },
    },
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["request_id", "errors"],
    "properties": {
        "request_id": _STRING,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {
                    "path": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "message": _STRING,
                },
            },
        },
    },
}


def request_schema(manifest: Manifest, largest: int) -> dict[str, Any]:
    """Describe the body of a request, with an example of each kind.

    Parameters
    ----------
    manifest : parameters and golden events.
    largest : events of a request at most.
    """
    parameters = {p.name: _describe(p) for p in manifest.parameters}
    event = {
        "type": "object",
        "additionalProperties": False,
        "required": list(parameters),
        "properties": parameters,
        "description": "; ".join(
            f"{r.left} {r.relation} {'' if r.factor == 1 else f'{r.factor:g} '}{r.right}"
            for r in manifest.relations
        ),
    }
    lists = {
        name: {
            "type": "array",
            "minItems": 1,
            "maxItems": largest,
            "items": {"type": "number"},
            "description": about["description"],
        }
        for name, about in parameters.items()
    }
    kinds = {
        EVENT: event,
        EVENTS: {"type": "array", "minItems": 1, "maxItems": largest, "items": event},
        COLUMNS: {
            "type": "object",
            "additionalProperties": False,
            "required": list(lists),
            "properties": lists,
        },
    }
    examples = [dict(zip(manifest.names, e, strict=True)) for e in manifest.golden.events[:2]]
    shown = {
        EVENT: examples[0],
        EVENTS: examples,
        COLUMNS: {name: [e[name] for e in examples] for name in manifest.names},
    }
    return {
        "schema": {
            "oneOf": [
                {
                    "type": "object",
                    "title": kind,
                    "additionalProperties": False,
                    "required": [kind],
                    "properties": {kind: schema},
                }
                for kind, schema in kinds.items()
            ]
        },
        "examples": {kind: {"value": {kind: value}} for kind, value in shown.items()},
    }


def describe_options(release: Release) -> list[dict[str, Any]]:
    """Describe what a request may ask for beside scores, as parameters of its address."""
    known = {
        "working_point": list(release.manifest.working_points),
        "condition": release.reference.conditions,
    }
    described = []
    for name, schema in Options.model_json_schema()["properties"].items():
        if name in known:
            schema = {"type": "string", "enum": known[name]}
        described.append({"name": name, "in": "query", "required": False, "schema": schema})
    return described


def _describe(parameter: Parameter) -> dict[str, Any]:
    unit = f" [{parameter.unit}]" if parameter.unit else ""
    described: dict[str, Any] = {
        "type": "number",
        "description": f"{parameter.description}{unit}; {parameter.allowed}",
        "x-unit": parameter.unit,
    }
    if parameter.lowest is not None:
        key = "exclusiveMinimum" if parameter.above_lowest else "minimum"
        described[key] = parameter.lowest
    if parameter.highest is not None:
        described["maximum"] = parameter.highest
    return described
