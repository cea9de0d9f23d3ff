"""A release that an earlier version made is served by this one.

The folder ``releases_of_0_1_0`` was written by version 0.1.0 and is never made anew. When the
format of releases changes, put one of the version before beside it.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from serving_tools import as_events, bind, serving, toy_files

from showerforge.errors import InputError
from showerforge.serving.manifest import FORMAT, MANIFEST
from showerforge.serving.releases import CHAMPION, read_aliases, read_release, write_release

FOLDERS = sorted(Path(__file__).parent.glob("releases_of_*"))


@pytest.mark.parametrize("kept", FOLDERS, ids=lambda folder: folder.name)
def test_release_of_an_earlier_version_is_served(kept, tmp_path):
    shutil.copytree(kept, tmp_path / "releases")
    manifest = json.loads((kept / read_aliases(kept)[CHAMPION] / MANIFEST).read_text())
    golden = manifest["golden"]
    with serving(tmp_path) as service:
        answer = service.classify(as_events(np.array(golden["events"]))).json()
    scores = [verdict["gammaness"] for verdict in answer["verdicts"]]
    np.testing.assert_allclose(scores, golden["scores"], atol=golden["tolerance"])


def test_release_of_a_later_format_is_refused(tmp_path):
    name = write_release(tmp_path, bind(toy_files(), format=FORMAT + 1))
    with pytest.raises(InputError, match="format"):
        read_release(tmp_path / name)
