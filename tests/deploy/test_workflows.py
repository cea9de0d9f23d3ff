"""What is run on GitHub, with which rights."""

import re
from pathlib import Path

import pytest
import yaml
from deploy.linters import lint
from toys import PROJECT

WORKFLOWS = sorted((PROJECT / ".github/workflows").glob("*.yml"))
#: a commit, and which version it is
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
LOCAL = "uses: ./"


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request: pytest.FixtureRequest) -> Path:
    return request.param


def _jobs(workflow: Path) -> dict[str, dict]:
    return yaml.safe_load(workflow.read_text())["jobs"]


def test_workflow_obeys_the_schema(workflow):
    lint("check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(workflow))


def test_linter_finds_nothing(workflow):
    lint("zizmor", "--offline", str(workflow))


def test_actions_are_pinned_to_commits(workflow):
    used = [line.strip("- ") for line in workflow.read_text().splitlines() if "uses:" in line]
    assert used
    assert [u for u in used if not PINNED.fullmatch(u) and not u.startswith(LOCAL)] == []


def test_one_action_has_one_commit():
    text = "\n".join(path.read_text() for path in WORKFLOWS)
    commits: dict[str, set[str]] = {}
    for action, commit in re.findall(r"uses: ([\w./-]+)@(\S+)", text):
        commits.setdefault(action, set()).add(commit)
    assert {action: found for action, found in commits.items() if len(found) > 1} == {}


def test_rights_are_least(workflow):
    assert yaml.safe_load(workflow.read_text())["permissions"] == {"contents": "read"}
    granted = {name: job.get("permissions", {}) for name, job in _jobs(workflow).items()}
    more = {
        (name, right)
        for name, rights in granted.items()
        for right, level in rights.items()
        if level == "write"
    }
    allowed = {("index", "id-token"), ("image", "packages"), ("notes", "contents")}
    assert more <= (allowed if workflow.name == "release.yml" else set())


def test_jobs_end_and_checkouts_keep_no_credentials(workflow):
    assert "concurrency" in yaml.safe_load(workflow.read_text())
    for job in _jobs(workflow).values():
        assert "timeout-minutes" in job or job["uses"].startswith("./")
        for step in job.get("steps", []):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_every_python_that_is_claimed_is_tested():
    claimed = re.findall(
        r"Python :: (3\.\d+)", (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    )
    matrix = _jobs(PROJECT / ".github/workflows/ci.yml")["test"]["strategy"]["matrix"]
    assert matrix["python"] == claimed


def test_nothing_is_released_that_was_not_tested():
    jobs = _jobs(PROJECT / ".github/workflows/release.yml")
    assert jobs["test"]["uses"] == "./.github/workflows/ci.yml"
    assert jobs["package"]["needs"] == "test"
    assert jobs["index"]["needs"] == jobs["image"]["needs"] == "package"
    assert jobs["notes"]["needs"] == ["index", "image"]
