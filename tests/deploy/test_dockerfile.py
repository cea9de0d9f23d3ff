"""What the Dockerfile promises."""

import re

from deploy.dockerfile import PREFIX, arguments_of, environment_of, read_stages
from deploy.linters import lint
from toys import PROJECT


def test_linter_finds_nothing():
    lint("hadolint", "Dockerfile")


def test_both_stages_have_the_same_python():
    stages = read_stages()
    bases = [arguments_of(stages[name], "FROM")[0].split()[0] for name in ("build", "service")]
    assert bases == ["python:${PYTHON}"] * 2
    (default,) = arguments_of(stages["before any stage"], "ARG")
    assert re.fullmatch(r"PYTHON=3\.1[1-3]-slim-\w+", default)


def test_final_stage_takes_the_installation_alone_and_removes_pip():
    service = read_stages()["service"]
    assert arguments_of(service, "COPY") == [f"--from=build /{PREFIX} /{PREFIX}"]
    (command,) = arguments_of(service, "RUN")
    assert "pip uninstall --yes pip" in command
    assert "apt" not in command


def test_user_is_not_root_and_has_no_name_to_look_up():
    service = read_stages()["service"]
    (user,) = arguments_of(service, "USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    owner, group = user.split(":")
    (volume,) = arguments_of(service, "VOLUME")
    assert f"--owner {owner} --group {group} {volume}" in arguments_of(service, "RUN")[0]


def test_libraries_are_told_to_be_still():
    environment = environment_of(read_stages()["service"])
    wanted = {
        "OMP_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "ORT_DISABLE_TELEMETRY": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    assert wanted.items() <= environment.items()


def test_health_is_readiness():
    (health,) = arguments_of(read_stages()["service"], "HEALTHCHECK")
    assert "urlopen('http://127.0.0.1:8000/readyz'" in health


def test_context_is_what_is_copied():
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    given = {line[1:] for line in ignored if line.startswith("!")}
    copies = [i for i in read_stages()["build"] if i.keyword == "COPY"]
    copied = {source.rstrip("/") for i in copies for source in i.words()[:-1]}
    assert given == copied
    assert all((PROJECT / source).exists() for source in copied)
