"""What a network looks at: how its score changes when a part of an image is taken away.

Zeiler and Fergus 2014, ECCV, arXiv:1311.2901, section 4.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from showerforge.networks.layout import Floats, Layout

if TYPE_CHECKING:
    import keras


def occlude(
    network: keras.Model, layout: Layout, images: Floats, patches: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Set one patch after the other to zero.

    Parameters
    ----------
    network : what scores.
    layout : how pixels lie on the grid.
    images : float32[n, n_pixels, n_channels], as the network wants them.
    patches : int32[n_pixels, n_patch], pixels taken away together, such as each with its
        neighbours; -1 is none.

    Returns
    -------
    changes : float32[n, n_pixels], logit without the patch minus logit with it: negative where
        the patch speaks for the signal.
    """
    n_pixels = images.shape[1]
    changes = np.empty(images.shape[:2], np.float32)
    # the pixel beyond the last one takes what has no neighbour
    hidden = np.zeros((n_pixels, n_pixels + 1), bool)
    np.put_along_axis(hidden, patches, True, axis=1)
    keep = ~hidden[:, :-1, None]
    for number, image in enumerate(images):
        shown = np.concatenate([image[None], image * keep])
        logits = network.predict(layout.place(shown), batch_size=512, verbose=0)[:, 0]
        changes[number] = logits[1:] - logits[0]
    return changes
