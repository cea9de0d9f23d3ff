import subprocess

import pytest

from showerforge.datasets.models import MODEL_IMPORTS, installed_versions
from showerforge.hooks import git_state


def test_versions_of_everything_a_model_needs_are_pinned():
    import sklearn
    import xgboost

    pins = installed_versions(MODEL_IMPORTS)
    assert f"scikit-learn=={sklearn.__version__}" in pins
    assert any(
        pin.startswith("xgboost") and pin.endswith(f"=={xgboost.__version__}") for pin in pins
    )


def test_commit_is_told_and_whether_files_differ(tmp_path):
    def git(*arguments):
        identity = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True)

    git("init", "-q")
    (tmp_path / "file").write_text("one")
    git("add", ".")
    git("commit", "-qm", "first")
    state = git_state(tmp_path)
    assert len(state["git_commit"]) == 40
    assert state["git_dirty"] == "false"
    (tmp_path / "file").write_text("two")
    assert git_state(tmp_path)["git_dirty"] == "true"


def test_outside_a_repository_nothing_is_told(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_state(tmp_path) == {}
