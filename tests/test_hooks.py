import subprocess

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node

from showerforge.datasets.models import MODEL_IMPORTS, installed_versions
from showerforge.errors import InputError
from showerforge.hooks import PartitionHooks, git_state
from showerforge.pipelines.stages import stage_of
from showerforge.scoring.settings import ScoringSettings


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


class TestPartitions:
    """Bad partitions are an error at the end, unless the parameters say that they are none."""

    GOOD, BAD = {"problem": None}, {"problem": "a.csv has no column fConc"}

    def end(self, fails, *records):
        node = Node(lambda: records, None, "scoring_records", name="score")
        pipeline = stage_of("magic", "scoring", [node])
        settings = ScoringSettings(batch_events=256, fail_on_bad_partitions=fails)
        entries = {"magic.scoring_records": records, "params:magic.scoring": settings}
        catalog = DataCatalog({name: MemoryDataset(data) for name, data in entries.items()})
        PartitionHooks().after_pipeline_run(pipeline, catalog)

    def test_error_names_them_and_what_to_do(self):
        with pytest.raises(InputError) as told:
            self.end(True, self.GOOD, self.BAD)
        for words in ("1 of 2 partitions", "no column fConc", "magic.scoring.fail_on_bad"):
            assert words in str(told.value)

    def test_nothing_if_that_is_wanted_or_all_are_good(self):
        self.end(False, self.GOOD, self.BAD)
        self.end(True, self.GOOD)
