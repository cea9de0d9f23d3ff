"""Where numbers come from is told so that they can be had again."""

import subprocess

import pytest

from showerforge.datasets.code import CodeStateDataset
from showerforge.report.provenance import digest_of_parameters, trace_provenance

DATA = {"file": "magic04.data", "sha256": "e9" * 32, "note": ""}
CODE = {"packages": ["numpy==2.4.6"]}


def test_the_digest_changes_with_every_parameter_and_the_seed_and_with_nothing_else():
    parameters = {"modelling": {"trees": 300, "names": ["a", "b"]}, "note": ""}
    turned = {"note": "", "modelling": {"names": ["a", "b"], "trees": 300}}
    digest = digest_of_parameters(parameters, 0)
    assert digest == digest_of_parameters(turned, 0)
    others = [
        digest_of_parameters(parameters, 1),
        digest_of_parameters({**parameters, "note": "x"}, 0),
        digest_of_parameters({**parameters, "modelling": {"trees": 301, "names": []}}, 0),
    ]
    assert len({digest, *others}) == 4


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (DATA, "magic04.data"),
        ({"file": "toy.csv", "sha256": "ab", "note": "SIMULATED"}, "toy.csv · SIMULATED"),
        ({"origin": "SIMULATED BY US", "note": ""}, "SIMULATED BY US"),
    ],
)
def test_simulated_data_are_told_as_such(data, told):
    provenance = trace_provenance(data, CODE, {}, 3)
    assert provenance["data"] == told
    assert provenance.get("data_sha256") == data.get("sha256")
    assert provenance["seed"] == "3"
    assert provenance["packages"] == "numpy==2.4.6"


def test_the_commit_is_told_and_changes_beyond_it(tmp_path):
    def git(*arguments):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    dataset = CodeStateDataset(str(tmp_path))
    assert "outside a repository" in trace_provenance(DATA, dataset.load(), {}, 0)["code"]
    git("init")
    git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "--allow-empty", "-m", "first")
    code = trace_provenance(DATA, dataset.load(), {}, 0)["code"]
    assert "not committed" not in code
    assert dataset.load()["git_commit"] in code
    (tmp_path / "new.py").touch()
    assert "not committed" in trace_provenance(DATA, dataset.load(), {}, 0)["code"]
    assert any(pin.startswith("scikit-learn==") for pin in dataset.load()["packages"])
