"""Settings of the service: a file in TOML, and what the command line says otherwise."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from showerforge.errors import InputError, list_settings

#: environment variable with API keys, separated by commas
KEYS = "SHOWERFORGE_API_KEYS"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class ServiceSettings(BaseModel):
    """How events are served.

    Attributes
    ----------
    releases : folder of releases.
    log : file of the prediction log; None keeps none.
    host, port : where the service listens.
    most_events : in a request.
    most_bytes : of the body of a request.
    body_seconds : until a body must have arrived.
    requests_per_second, burst : of each API key, or of each address where there are no keys; more
        are answered with 429. None for no limit.
    most_at_once : requests that are worked on at a time; more are answered with 429.
    most_waiting : answers that may wait for the log.
    grace_seconds : that requests are given to end when the service is stopped.
    api_keys : that open the service; empty lets everybody in, which is refused where others than
        this machine can reach it.
    admin_keys : that may reload, promote and roll back beside; empty forbids it over HTTP.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    releases: Path = Path("data/06_models/magic/releases")
    log: Path | None = Path("data/07_model_output/magic/predictions.sqlite")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    most_events: int = Field(100_000, ge=1)
    most_bytes: int = Field(50_000_000, ge=1)
    body_seconds: float = Field(30.0, gt=0)
    requests_per_second: float | None = Field(None, gt=0)
    burst: int = Field(1000, ge=1)
    most_at_once: int = Field(2000, ge=1)
    most_waiting: int = Field(10_000, ge=1)
    grace_seconds: float = Field(20.0, gt=0)
    api_keys: frozenset[str] = frozenset()
    admin_keys: frozenset[str] = frozenset()


def read_settings(path: Path | None, **given: Any) -> ServiceSettings:
    """Read settings.

    Parameters
    ----------
    path : file in TOML; None for the defaults.
    given : settings that go before those of the file; None are left out.

    Raises
    ------
    InputError
        If the file cannot be read, a setting is unknown or wrong, or everybody could come in.
    """
    document: dict[str, Any] = {}
    if path is not None:
        try:
            document = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError(f"The settings {path} cannot be read: {error}.") from error
    document |= {name: value for name, value in given.items() if value is not None}
    if KEYS in os.environ:
        keys = {key.strip() for key in os.environ[KEYS].split(",")} - {""}
        document["api_keys"] = keys
    try:
        settings = ServiceSettings.model_validate(document)
    except ValidationError as error:
        raise InputError(
            f"Settings of the service{f' in {path}' if path else ''} are wrong:\n"
            f"{list_settings(error.errors())}"
        ) from error
    if settings.host not in LOOPBACK and not settings.api_keys:
        raise InputError(
            f"Everybody who reaches {settings.host} could use the service. Set {KEYS} to one or "
            f"more keys, or listen to {LOOPBACK[0]} only."
        )
    return settings
