"""Which pixels of a camera take part in images, against how often they are expected to.

A pixel that is dead hardly moves the distribution of any image parameter, as most images do not
touch it; it is told by its own absence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from showerforge.monitoring.references import GAMMA, HADRON
from showerforge.monitoring.summaries import Counts, Floats


@dataclass(frozen=True, eq=False)
class PixelReference:
    """How often each pixel takes part in reference images.

    Attributes
    ----------
    hits : for each particle, int64[n_pixels], images in which the pixel survives the cleaning.
    n_events : for each particle, number of images.
    """

    hits: Mapping[str, Counts]
    n_events: Mapping[str, int]

    def significance(self, hits: Counts, n_events: int, gamma_share: float) -> Floats:
        """Tell how likely it is by chance that each pixel takes part as often, or as rarely.

        Within an image pixels are not independent of each other, but one pixel is of itself from
        image to image, and it is part of few of them. Both counts together being given, that of the
        stream is binomial (Przyborowski and Wilenski 1940, Biometrika 31, 313; two-sided by
        doubling the smaller tail), with as many reference images as know the mixture as well. For
        pixels that are part of many images the test errs on the quiet side.

        Parameters
        ----------
        hits : int64[n_pixels], images of the stream in which the pixel takes part.
        n_events : images of the stream.
        gamma_share : share of gammas in it.

        Returns
        -------
        significance : float64[n_pixels], for each pixel alone.
        """
        from scipy.special import bdtr, bdtrc

        shares = {GAMMA: gamma_share, HADRON: 1.0 - gamma_share}
        expected = sum(share * self.hits[p] / self.n_events[p] for p, share in shares.items())
        variance = sum(share**2 / self.n_events[p] for p, share in shares.items())
        n_reference = 1.0 / variance
        both = hits + np.rint(expected * n_reference).astype(np.int64)
        share = n_events / (n_events + n_reference)
        as_many = np.where(hits > 0, bdtrc(hits - 1, both, share), 1.0)
        smaller = np.minimum(bdtr(hits, both, share), as_many)
        significance: Floats = np.minimum(1.0, 2.0 * smaller)
        return significance
