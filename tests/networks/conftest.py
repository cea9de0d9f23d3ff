"""A layout that all tests of networks share."""

import pytest
from networks_toys import square_layout

from showerforge.networks.layout import Layout


@pytest.fixture(scope="session")
def layout() -> Layout:
    return square_layout(8)
