"""Layers that Keras has not."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

#: the six neighbours of a pixel and itself, on the axial grid (rows r, columns q): the two corners
#: at (q - 1, r - 1) and (q + 1, r + 1) touch no side of it
HEXAGON = np.array([[0, 1, 1], [1, 1, 1], [1, 1, 0]])


@keras.saving.register_keras_serializable(package="showerforge")
class HexagonalConvolution(keras.layers.Layer):
    """Convolution with the seven pixels of a hexagon and its neighbours, on the axial grid.

    A 3 x 3 kernel with two opposite corners masked (Hoogeboom et al. 2018, HexaConv,
    arXiv:1803.02108, section 3).

    Parameters
    ----------
    filters : number of channels that come out.
    strides : step between the places where the kernel is laid.
    """

    def __init__(self, filters: int, strides: int = 1, **kwargs: Any):
        super().__init__(**kwargs)
        self.filters, self.strides = filters, strides

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights, scaled to the seven that count (He et al. 2015, arXiv:1502.01852)."""
        n_channels = input_shape[-1]
        assert n_channels is not None
        spread = np.sqrt(2 / (HEXAGON.sum() * n_channels))
        self.kernel = self.add_weight(
            shape=(*HEXAGON.shape, n_channels, self.filters),
            initializer=keras.initializers.RandomNormal(stddev=spread),
            name="kernel",
        )

    def call(self, images: Any) -> Any:
        """Convolve images, float[n, n_rows, n_columns, n_channels]."""
        mask = keras.ops.cast(HEXAGON[:, :, None, None], self.kernel.dtype)
        return keras.ops.conv(images, self.kernel * mask, strides=self.strides, padding="same")

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Tell the shape of what comes out."""
        n, *sides, _ = input_shape
        steps = [None if side is None else -(-side // self.strides) for side in sides]
        return (n, *steps, self.filters)

    def get_config(self) -> dict[str, Any]:
        """Tell what the layer was made of."""
        return {**super().get_config(), "filters": self.filters, "strides": self.strides}
