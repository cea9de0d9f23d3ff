import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import KDTree

from showerforge.cameras.catalogue import CAMERAS
from showerforge.cameras.lattice import pixel_at, pixels_at

POSITIONS = 100_000
CAMERA = CAMERAS["taiga"]()
positions = st.floats(-6, 6)


def nearest_holding(camera, x, y):
    """The nearest pixel if its hexagon holds the position, and how far the position is inside."""
    nearest = KDTree(np.column_stack([camera.x, camera.y])).query(np.column_stack([x, y]))[1]
    offset = (x - camera.x[nearest]) + 1j * (y - camera.y[nearest])
    normals = np.exp(1j * np.deg2rad(camera.lattice_angle + np.array([[0], [60], [120]])))
    depth = camera.pitch / 2 - np.abs((offset * normals.conj()).real).max(axis=0)
    return np.where(depth >= 0, nearest, -1), depth


@pytest.mark.parametrize("name", CAMERAS)
def test_pixel_of_a_position_is_the_nearest_one(name):
    camera = CAMERAS[name]()
    reach = 1.2 * camera.radius
    x, y = np.random.default_rng(0).uniform(-reach, reach, (2, POSITIONS))
    expected, _ = nearest_holding(camera, x, y)
    np.testing.assert_array_equal(pixels_at(x, y, camera.lattice), expected)
    np.testing.assert_array_equal(
        pixels_at(camera.x, camera.y, camera.lattice), np.arange(camera.n_pixels)
    )


@given(x=positions, y=positions)
def test_pixel_of_any_position_is_the_nearest_one(x, y):
    expected, depth = nearest_holding(CAMERA, np.array([x]), np.array([y]))
    # on an edge either pixel is right
    if abs(depth[0]) > 1e-9:
        assert pixel_at(x, y, CAMERA.lattice) == expected[0]


@pytest.mark.parametrize("position", [(1e6, 0.0), (0.0, -1e6), (90.0, 90.0)])
def test_far_positions_have_no_pixel(position):
    assert pixel_at(*position, CAMERA.lattice) == -1
