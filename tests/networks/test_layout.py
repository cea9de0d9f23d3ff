"""Pixels on the grid of a network, against the camera's own way."""

import numpy as np
from toys import make_camera

from showerforge.networks.layout import Layout


def test_pixels_lie_where_the_camera_puts_them():
    camera = make_camera()
    images = np.random.default_rng(0).random((5, camera.n_pixels)).astype(np.float32)
    layout = Layout(camera.grid, camera.rotations)
    placed = layout.place(images[:, :, None])
    assert placed.shape == (5, *camera.grid.shape, 1)
    assert np.array_equal(placed[..., 0], camera.to_grid(images))


def test_each_image_is_turned_by_its_own_symmetry():
    camera = make_camera()
    images = np.random.default_rng(0).random((6, camera.n_pixels)).astype(np.float32)
    layout = Layout(camera.grid, camera.rotations)
    turned = layout.turn(images[:, :, None], np.arange(6))[..., 0]
    for k in range(6):
        assert np.array_equal(turned[k], camera.rotate(images[k], k))


def test_channels_stay_together():
    camera = make_camera()
    image = np.random.default_rng(0).random((1, camera.n_pixels)).astype(np.float32)
    both = np.stack([image, 2 * image], axis=-1)
    layout = Layout(camera.grid, camera.rotations)
    turned = layout.place(layout.turn(both, np.array([2])))
    assert np.array_equal(turned[..., 1], 2 * turned[..., 0])
