"""Networks for ONNX Runtime, which needs neither Keras nor a backend to score."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from showerforge.errors import InputError
from showerforge.networks.files import from_bytes, to_bytes

if TYPE_CHECKING:
    import keras

#: largest difference between the two, where outputs are of the order of one or less; of larger ones
#: a share
TOLERANCE = 1e-4
#: images that both score for comparison
N_COMPARED = 64


def to_onnx(network: keras.Model, seed: int) -> bytes:
    """Write a network as ONNX, for any number of images, and compare what both say.

    Parameters
    ----------
    network : on the backend torch; others need programs that are not kept up.
    seed : of the random images that both score.

    Raises
    ------
    InputError
        If the backend is another one, or the scores differ.
    """
    import keras

    if (backend := keras.backend.backend()) != "torch":
        raise InputError(
            f"ONNX is written by the backend torch only; KERAS_BACKEND is {backend}. Networks are "
            "the same on all: read the .keras file where KERAS_BACKEND=torch."
        )
    shape = network.inputs[0].shape[1:]
    images = np.random.default_rng(seed).normal(size=(N_COMPARED, *shape)).astype(np.float32)
    expected = network.predict(images, verbose=0)
    # the tracer takes weights of networks within networks for constants, which must not be trained
    network = from_bytes(to_bytes(network))
    network.trainable = False
    # an untouched network has no shapes to go by
    network.predict(images[:1], verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        with warnings.catch_warnings():
            # of the tracer, about shapes, which are constant here
            warnings.simplefilter("ignore")
            network.export(path, format="onnx", verbose=False)
        content = path.read_bytes()
    difference = float(np.abs(run_onnx(open_onnx(content), images) - expected).max())
    allowed = TOLERANCE * max(1.0, float(np.abs(expected).max()))
    if not difference <= allowed:
        raise InputError(
            f"The network and its ONNX file differ by {difference:.2g} in an output (allowed: "
            f"{allowed:.2g}). Nothing has been written."
        )
    return content


def open_onnx(content: bytes) -> Any:
    """Open an ONNX network on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def score_onnx(content: bytes, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Score images on the grid, float32[n, n_rows, n_columns, n_channels]; returns logits."""
    return run_onnx(open_onnx(content), images)[:, 0]


def run_onnx(session: Any, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give a network of one input and one output what it wants, float32[n, ...]."""
    (outputs,) = session.run(None, {session.get_inputs()[0].name: inputs})
    return np.asarray(outputs)
