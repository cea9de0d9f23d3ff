"""The scale on which networks see the pixels of cleaned images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from showerforge.events.schema import Column
from showerforge.generators.images.interface import Floats


@dataclass(frozen=True, eq=False)
class LogarithmicScale:
    """Logarithm of a value A in units u: sign(A) log(1 + abs(A) / u) / log(1 + A_max / u).

    For charges in p.e. it is log(1 + A) / log(1 + A_max), as published for TAIGA (Polyakov et al.
    2022, arXiv:2211.12553). The first channel is light or energy, of which a pixel with signal has
    more than none; others may be negative.

    Attributes
    ----------
    units : float32[n_channels], u, where the scale turns from linear to logarithmic.
    largest : float32[n_channels], A_max, the largest in training.
    smallest : float32[1], smallest value of the first channel with signal.
    """

    units: Floats
    largest: Floats
    smallest: Floats

    @classmethod
    def learn(cls, cleaned: Floats, channels: Sequence[Column]) -> Self:
        """Measure cleaned images, float32[n, n_pixels, n_channels].

        Values of a channel with a unit are counted in it; of others, in the median of those that
        are not zero.
        """
        sizes = [np.abs(cleaned[..., k]) for k in range(len(channels))]
        units = [
            1.0 if channel.unit or not size.any() else np.median(size[size > 0])
            for channel, size in zip(channels, sizes, strict=True)
        ]
        # a channel without any signal stays zero
        largest = [size.max() or 1.0 for size in sizes]
        signal = cleaned[..., 0][cleaned[..., 0] > 0]
        smallest = signal.min() if len(signal) else 0.0
        return cls(*(np.array(x, np.float32) for x in (units, largest, [smallest])))

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Take it from the arrays of a fitted generator; see `arrays`."""
        return cls(*(arrays[name] for name in ("units", "largest", "smallest")))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Give what a fitted generator keeps."""
        return asdict(self)

    @property
    def threshold(self) -> float:
        """The smallest signal of the first channel, scaled."""
        return float(np.log1p(self.smallest[0] / self.units[0]) / self.span[0])

    @property
    def span(self) -> Floats:
        """float32[n_channels], log(1 + A_max / u), what a scaled value of 1 stands for."""
        span: Floats = np.log1p(self.largest / self.units)
        return span

    def scale(self, cleaned: Floats) -> Floats:
        """Scale images; what is negative in the first channel counts as nothing."""
        scaled: Floats = np.copysign(np.log1p(np.abs(cleaned) / self.units) / self.span, cleaned)
        np.maximum(scaled[..., 0], 0, out=scaled[..., 0])
        return scaled

    def unscale(self, scaled: Floats) -> Floats:
        """Turn what a network says into images; pixels below the smallest signal are zero."""
        images: Floats = np.copysign(np.expm1(np.abs(scaled) * self.span) * self.units, scaled)
        images[images[..., 0] < self.smallest] = 0
        return images
