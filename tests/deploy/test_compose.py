"""The compose file, and the settings that it gives to the service."""

import re

import pytest
import yaml
from deploy.dockerfile import arguments_of, read_stages
from deploy.linters import lint
from toys import PROJECT

from showerforge.serving.settings import KEYS, ServiceSettings, read_settings

FOLDER = PROJECT / "deploy"
#: made by the pipeline, so not in the repository
RELEASES = "../data/06_models/magic/releases"


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((FOLDER / "compose.yml").read_text())


def test_file_obeys_the_schema():
    lint("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "deploy/compose.yml")


def test_files_and_volumes_exist(compose):
    bound = [v.split(":")[0] for s in compose["services"].values() for v in s["volumes"]]
    files = {source for source in bound if source.startswith(".")}
    assert RELEASES in files
    assert [f for f in files - {RELEASES} if not (FOLDER / f).exists()] == []
    assert set(bound) - files == set(compose["volumes"])
    assert (FOLDER / compose["services"]["service"]["build"] / "Dockerfile").is_file()


def test_the_service_can_write_to_its_log_only(compose):
    service = compose["services"]["service"]
    assert service["read_only"] is True
    targets = [volume.split(":")[1:] for volume in service["volumes"]]
    assert [target[0] for target in targets if target[1:] != ["ro"]] == arguments_of(
        read_stages()["service"], "VOLUME"
    )


def test_no_container_has_privileges(compose):
    for service in compose["services"].values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_nothing_is_reached_from_elsewhere_unless_asked_for(compose):
    for service in compose["services"].values():
        (port,) = service["ports"]
        assert re.match(r"(\$\{\w+:-)?127\.0\.0\.1:", port)


def test_monitoring_is_an_extra_of_fixed_versions(compose):
    extras = {name: s for name, s in compose["services"].items() if name != "service"}
    assert set(extras) == {"prometheus", "grafana"}
    for extra in extras.values():
        assert extra["profiles"] == ["monitoring"]
        assert re.search(r":v?\d+\.\d+\.\d+$", extra["image"])


def test_service_stops_before_it_is_killed(compose):
    grace = float(compose["services"]["service"]["stop_grace_period"].removesuffix("s"))
    assert read_settings(FOLDER / "serving.toml").grace_seconds < grace


def test_sample_settings_are_the_defaults_with_a_limit(monkeypatch):
    monkeypatch.delenv(KEYS, raising=False)
    settings = read_settings(FOLDER / "serving.toml")
    limited = ServiceSettings().model_copy(
        update={"requests_per_second": settings.requests_per_second}
    )
    assert settings.requests_per_second is not None
    assert settings == limited


def test_keys_of_the_compose_file_open_the_service(compose, monkeypatch):
    """Those of clients and that of Prometheus are joined, with line breaks taken out by YAML."""
    template = compose["services"]["service"]["environment"][KEYS]
    given = {"SHOWERFORGE_API_KEYS": "one,two", "SHOWERFORGE_METRICS_KEY": "three"}
    keys = re.sub(r"\$\{(\w+):[^}]*\}", lambda match: given[match[1]], template)
    monkeypatch.setenv(KEYS, keys)
    settings = read_settings(FOLDER / "serving.toml", host="0.0.0.0")
    assert settings.api_keys == {"one", "two", "three"}
    scraped = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"][0]
    (secret,) = compose["secrets"]
    assert scraped["authorization"]["credentials_file"] == f"/run/secrets/{secret}"
    assert compose["secrets"][secret]["environment"] == "SHOWERFORGE_METRICS_KEY"
    assert scraped["static_configs"][0]["targets"] == ["service:8000"]
