"""Mirror images that nature makes as often as the images themselves."""

import numpy as np
from numpy.typing import NDArray

from showerforge.calorimeter.columns import IMAGE_SIDE, N_CRYSTALS

SYMMETRIES = ("identity", "flip eta", "flip phi", "flip both")


def crystal_symmetries() -> NDArray[np.int32]:
    """List the symmetries of the detector as permutations of the flattened crystals.

    Along eta the barrel is its own mirror image; along phi, positive and negative charges bend to
    opposite sides. A rotation by 90 degrees is none: the field bends along phi only. Images are
    mirrored at the crystal of most energy, which is the one after the middle of the crop; the
    first row and column, which have no partner, stay where they are.

    Returns
    -------
    sources : int32[4, 1024]; in the order of `SYMMETRIES`, the crystal that each crystal takes
        its values from, so that ``image.reshape(1024, 2)[sources[k]]`` is the transformed image.
    """
    crystals = np.arange(N_CRYSTALS, dtype=np.int32).reshape(IMAGE_SIDE, IMAGE_SIDE)
    mirrored = -np.arange(IMAGE_SIDE) % IMAGE_SIDE
    along_eta = crystals[mirrored]
    flipped = [crystals, along_eta, crystals[:, mirrored], along_eta[:, mirrored]]
    return np.stack([sources.ravel() for sources in flipped])
