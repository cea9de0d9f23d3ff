"""The manifests of a cluster, and the image that they are of."""

import pytest
import yaml
from deploy.linters import lint
from toys import PROJECT

from showerforge.execution import ExecutionSettings

FOLDER = PROJECT / "deploy/kubernetes"
#: oldest version that the manifests are for
VERSION = "1.30"


@pytest.fixture(scope="module")
def manifests():
    documents = yaml.safe_load_all((FOLDER / "scoring.yml").read_text())
    return {(d["kind"], d["metadata"]["name"]): d for d in documents}


@pytest.fixture(scope="module")
def pods(manifests):
    return {
        key: manifest["spec"]["template"]
        for key, manifest in manifests.items()
        if "template" in manifest.get("spec", {})
    }


def arguments_of(pod):
    (container,) = pod["spec"]["containers"]
    return container["args"]


def test_image_is_well_made():
    lint("hadolint", "deploy/kubernetes/Dockerfile")


def test_manifests_obey_the_schema_of_kubernetes(manifests):
    validator = pytest.importorskip("kubernetes_validate")
    for manifest in manifests.values():
        validator.validate(manifest, VERSION, strict=True)


def test_deployments_and_services_find_their_pods(manifests, pods):
    for (kind, name), manifest in manifests.items():
        if kind == "Deployment":
            labels = manifest["spec"]["selector"]["matchLabels"]
            assert labels == pods[kind, name]["metadata"]["labels"]
    scheduler = pods["Deployment", "scheduler"]
    service = manifests["Service", "scheduler"]["spec"]
    assert service["selector"] == scheduler["metadata"]["labels"]
    (container,) = scheduler["spec"]["containers"]
    assert [p["port"] for p in service["ports"]] == [p["containerPort"] for p in container["ports"]]


def test_all_meet_at_the_address_of_the_scheduler(manifests, pods):
    files = manifests["ConfigMap", "observatory"]["data"]
    settings = ExecutionSettings(**yaml.safe_load(files["parameters.yml"])["execution"])
    port = manifests["Service", "scheduler"]["spec"]["ports"][0]["port"]
    assert settings.executor == "dask"
    assert settings.address == f"tcp://scheduler:{port}"
    assert settings.address in arguments_of(pods["Deployment", "workers"])
    assert arguments_of(pods["Deployment", "scheduler"])[-1] == str(port)


def test_settings_are_an_environment_of_the_project_in_the_image(manifests, pods):
    (home,) = [
        line.split()[1]
        for line in (FOLDER / "Dockerfile").read_text().splitlines()
        if line.startswith("WORKDIR")
    ]
    job = pods["Job", "scoring"]
    (container,) = job["spec"]["containers"]
    mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    environment = container["args"][container["args"].index("--env") + 1]
    assert mounted == {"conf": f"{home}/conf/{environment}", "summaries": f"{home}/data"}
    files = manifests["ConfigMap", "observatory"]["data"]
    known = yaml.safe_load((PROJECT / "conf/base/globals.yml").read_text())
    assert set(yaml.safe_load(files["globals.yml"])) <= set(known)
    assert set(files) == {"globals.yml", "parameters.yml"}


def test_commands_are_those_of_the_packages(pods):
    """All that is said to dask and kedro is understood."""
    from click import Context
    from distributed.cli import dask_scheduler, dask_worker
    from kedro.framework.cli.project import run

    commands = {
        ("Deployment", "scheduler"): (dask_scheduler.main, 2),
        ("Deployment", "workers"): (dask_worker.main, 2),
        ("Job", "scoring"): (run, 2),
    }
    assert set(commands) == set(pods)
    for key, (command, n_names) in commands.items():
        given = arguments_of(pods[key])[n_names:]
        command.parse_args(Context(command), list(given))


def test_no_container_has_privileges(pods):
    for pod in pods.values():
        (container,) = pod["spec"]["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
        }
        assert pod["spec"]["automountServiceAccountToken"] is False
