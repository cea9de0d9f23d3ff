"""Alarms and pictures are of numbers that the service gives."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from toys import PROJECT

from showerforge.serving.observation import Observation

DEPLOY = PROJECT / "deploy"
#: labels that Prometheus gives by itself
OF_PROMETHEUS = {"instance", "job", "le"}
#: of all names of ours
PREFIX = "showerforge_"


def _exported() -> dict[str, set[str]]:
    """Give the names of all series of the service, with their labels."""
    kinds = dict(re.findall(r"# TYPE (\S+) (\w+)", Observation().write().decode()))
    labels = {
        metric.describe()[0].name: set(metric._labelnames)
        for metric in vars(Observation()).values()
        if hasattr(metric, "_labelnames")
    }
    series = {}
    for name, kind in kinds.items():
        own = labels.get(name.removesuffix("_total").removesuffix("_created"), set())
        names = [f"{name}_{part}" for part in ("bucket", "sum", "count")]
        series |= dict.fromkeys(names if kind == "histogram" else [name], own)
    return series


def _alerts() -> dict[str, dict]:
    (group,) = yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def _dashboard() -> dict:
    return json.loads((DEPLOY / "grafana/dashboards/showerforge.json").read_text())


def _expressions() -> dict[str, str]:
    """Give all expressions of alarms and panels, by where they stand."""
    board = _dashboard()
    panels = {
        f"panel {panel['title']!r}, {target['refId']}": target["expr"]
        for panel in board["panels"]
        for target in panel["targets"]
    }
    notes = {f"note {n['name']!r}": n["expr"] for n in board["annotations"]["list"]}
    variables = {f"variable {v['name']}": v["definition"] for v in board["templating"]["list"]}
    return {name: rule["expr"] for name, rule in _alerts().items()} | panels | notes | variables


@pytest.mark.parametrize(("place", "expression"), _expressions().items())
def test_series_and_labels_exist(place, expression):
    exported = _exported()
    names = set(re.findall(rf"\b{PREFIX}\w+", re.sub(r'"[^"]*"', '""', expression)))
    assert names <= set(exported)
    used = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expression))
    for group in re.findall(r"\b(?:by|without)\s*\(([^)]*)\)", expression):
        used |= {label.strip() for label in group.split(",")}
    assert used <= OF_PROMETHEUS.union(*(exported[name] for name in names))


def test_every_series_is_shown():
    shown = " ".join(_expressions().values())
    missing = [
        name
        for name in _exported()
        if not name.endswith(("_created", "_sum", "_count")) and name not in shown
    ]
    # the sizes of requests are shown as a mean; the windows matter where they drift
    assert missing == [f"{PREFIX}events_per_request_bucket", f"{PREFIX}drift_windows_total"]


def test_alarms_say_what_to_do():
    for rule in _alerts().values():
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert set(rule["annotations"]) == {"summary", "description"}


def test_what_operators_must_know_is_an_alarm():
    wanted = {"Down", "NotReady", "ServerErrors", "LogLosesEvents", "Slow", "Drift"}
    assert {f"Showerforge{name}" for name in wanted} <= set(_alerts())


def test_panels_do_not_overlap_and_ask_the_provisioned_source():
    board = _dashboard()
    (source,) = yaml.safe_load(
        (DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text()
    )["datasources"]
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        assert panel["datasource"] == {"type": source["type"], "uid": source["uid"]}
        grid = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not cells & taken
        taken |= cells
    assert max(x for x, _ in taken) < 24


#: what is scraped each minute, and the alarms that must (not) go off ten minutes later
SCRAPED = [
    ('showerforge_drift_alarms_total{instance="a", condition="any", column="fSize"}', "_x5 1x5"),
    ('showerforge_requests_total{instance="a", route="/v1/classify", status="500"}', "_x5 1x5"),
    ('showerforge_requests_total{instance="a", route="/readyz", status="503"}', "1+1x10"),
    ('showerforge_unlogged_events{instance="a"}', "0x5 10x5"),
    ('showerforge_ready{instance="a"}', "1x10"),
]
GO_OFF = {"ShowerforgeDrift", "ShowerforgeServerErrors", "ShowerforgeLogLosesEvents"}


def test_alarms_go_off_at_the_first_event(tmp_path: Path):
    """A counter with labels that begins at 1 is not lost."""
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed; it comes with Prometheus")
    at = "10m"
    series = [{"series": name, "values": values} for name, values in SCRAPED]
    case = {
        "interval": "1m",
        "input_series": series,
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{name}", alertstate="firing"}}) or vector(0)',
                "eval_time": at,
                "exp_samples": [{"labels": "{}", "value": int(name in GO_OFF)}],
            }
            for name in _alerts()
        ],
    }
    rules = str(DEPLOY / "alerts.yml")
    test = {"rule_files": [rules], "evaluation_interval": "1m", "tests": [case]}
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump(test))
    for command in (["check", "rules", rules], ["test", "rules", str(file)]):
        done = subprocess.run(["promtool", *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
