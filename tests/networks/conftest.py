"""Keras as the project sets it up."""

import pytest
from networks_toys import square_layout

from showerforge.environment import prepare
from showerforge.networks.layout import Layout

# before Keras is imported by a test
prepare()


@pytest.fixture(scope="session")
def layout() -> Layout:
    return square_layout(8)
