"""Whatever stops a save leaves the old or the new, for every dataset type of the catalog."""

import inspect
import json
import subprocess
import sys
from collections import Counter

import pytest
import saved_states
from hosts import apart
from kedro.config import OmegaConfigLoader
from kedro.framework.project import configure_project, pipelines
from kedro.io import DataCatalog
from saved_states import FAMILIES, STATES
from toys import PROJECT

from showerforge.datasets.folders import FolderDataset
from showerforge.datasets.releases import ReleaseDataset
from showerforge.settings import CONFIG_LOADER_ARGS

#: of each mechanism
N_KILLS = 20
ON_OWN_DISK = 'mount -t tmpfs -o size=64m none "$0" && exec "$@"'


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What is there after every fault, by type; on a disk of its own, where that is allowed."""
    folder = tmp_path_factory.mktemp("saves")
    program = [sys.executable, saved_states.__file__, str(folder), str(N_KILLS)]
    command = [*apart(ON_OWN_DISK, str(folder), kinds=("mount",)), *program]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


of_each_type = pytest.mark.parametrize("name", [family.name for family in FAMILIES])


class TestSaves:
    @of_each_type
    def test_kill_leaves_a_whole_state(self, found, name):
        killed = found[name]["killed"]
        assert set(killed["found"]) <= set(STATES), killed
        assert killed["after"] in STATES

    @of_each_type
    def test_what_a_kill_leaves_half_written_is_hidden_and_can_be_removed(self, found, name):
        assert found[name]["killed"]["left"] == []

    @of_each_type
    def test_no_memory_leaves_the_old_or_the_new(self, found, name):
        told = found[name]["no memory"]
        assert told["found"] == STATES[-1 if told["is_saved"] else 0]

    @of_each_type
    @pytest.mark.parametrize("fault", ["small files", "full disk", "read only"])
    def test_where_nothing_can_be_written_the_old_is_left_and_the_reason_told(
        self, found, name, fault
    ):
        if fault not in found[name]:
            pytest.skip("mounting a disk of its own is not allowed")
        told = found[name][fault]
        assert told["found"] == STATES[0]
        assert told["left"] == []
        assert "cannot be written: " in told["said"]
        assert "What was there before is as it was." in told["said"]

    def test_kills_hit_savers_of_every_mechanism_while_they_wrote(self, found):
        kills, hits = Counter(), Counter()
        for family in FAMILIES:
            kills[family.how] += len(found[family.name]["killed"]["found"])
            hits[family.how] += found[family.name]["killed"]["n_left"]
        assert min(kills.values()) >= N_KILLS
        assert set(hits) == set(kills)
        assert min(hits.values()) > 0


def test_every_type_that_pipelines_save_is_stopped_here():
    """Types are told apart by their method `save`, which Kedro wraps."""
    configure_project("showerforge")
    loader = OmegaConfigLoader(str(PROJECT / "conf"), env="base", **CONFIG_LOADER_ARGS)
    catalog = DataCatalog.from_config(loader["catalog"])
    outputs = set().union(*(pipeline.all_outputs() for pipeline in pipelines.values()))
    kinds = {type(catalog.get(name)) for name in [*outputs, "finished_nodes"] if name in catalog}
    assert len(kinds) >= 15
    stopped = {inspect.unwrap(family.make.save) for family in FAMILIES}
    # a release is a folder, written as others are, and an alias; partitions are written by nodes
    others = {ReleaseDataset, FolderDataset}
    left_out = {k for k in kinds if inspect.unwrap(k.save) not in stopped} - others
    assert left_out == set()
