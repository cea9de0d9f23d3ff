"""The image, and a release for it."""

from pathlib import Path

import pytest
from deploy.dockerfile import PREFIX, build
from release_toys import write_toy_release


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the image that the service is in, made by the steps of the Dockerfile."""
    root = tmp_path_factory.mktemp("image")
    build(root)
    return root / PREFIX


@pytest.fixture(scope="session")
def toy_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of releases with a champion, which everybody may read."""
    folder = tmp_path_factory.mktemp("served") / "releases"
    write_toy_release(folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder
