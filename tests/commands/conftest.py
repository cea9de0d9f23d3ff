import pytest
from click.testing import CliRunner
from serving_tools import put_release

from showerforge.command_line import command
from showerforge.serving.releases import read_named


@pytest.fixture(scope="session")
def showerforge():
    """The command, in this process; gives exit code and what was written."""

    def call(*arguments):
        return CliRunner().invoke(command, [str(argument) for argument in arguments])

    return call


@pytest.fixture(scope="session")
def releases(tmp_path_factory):
    """A folder with one release, the champion."""
    folder = tmp_path_factory.mktemp("releases")
    put_release(folder)
    return folder


@pytest.fixture(scope="session")
def release(releases):
    return read_named(releases)
