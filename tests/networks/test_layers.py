"""The hexagonal convolution, against a sum over the neighbours that the camera knows."""

import keras
import numpy as np
import pytest
from toys import make_camera

from showerforge.networks.layers import HEXAGON, HexagonalConvolution


def convolve(layer, camera, image):
    grid = camera.to_grid(image)[None, :, :, None].astype(np.float32)
    result = keras.ops.convert_to_numpy(layer(grid))[0]
    row, column = np.array([np.argwhere(camera.grid == i)[0] for i in range(camera.n_pixels)]).T
    return result[row, column]


def test_a_kernel_of_ones_sums_a_pixel_and_its_neighbours():
    camera = make_camera()
    image = np.random.default_rng(0).random(camera.n_pixels)
    layer = HexagonalConvolution(1)
    layer.build((None, *camera.grid.shape, 1))
    layer.kernel.assign(np.ones((3, 3, 1, 1)))
    with_nothing = np.append(image, 0)
    expected = image + with_nothing[camera.neighbours].sum(axis=1)
    assert convolve(layer, camera, image)[:, 0] == pytest.approx(expected, rel=1e-5)


def test_the_two_corners_that_touch_no_side_never_count():
    camera = make_camera()
    image = np.random.default_rng(0).random(camera.n_pixels)
    layer = HexagonalConvolution(2)
    layer.build((None, *camera.grid.shape, 1))
    kernel = np.random.default_rng(1).normal(size=(3, 3, 1, 2))
    layer.kernel.assign(kernel)
    first = convolve(layer, camera, image)
    kernel[HEXAGON == 0] = 1e6
    layer.kernel.assign(kernel)
    assert np.array_equal(convolve(layer, camera, image), first)


@pytest.mark.parametrize("strides", [1, 2])
def test_shape_is_the_one_that_is_announced(strides):
    layer = HexagonalConvolution(5, strides)
    shape = layer(np.zeros((2, 9, 8, 3), np.float32)).shape
    assert tuple(shape) == layer.compute_output_shape((2, 9, 8, 3))


def test_layer_comes_back_from_its_configuration():
    again = HexagonalConvolution.from_config(HexagonalConvolution(5, 2, name="stem").get_config())
    assert (again.filters, again.strides, again.name) == (5, 2, "stem")
