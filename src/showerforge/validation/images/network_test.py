"""Can a network that sees the images themselves tell generated from simulated ones?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from showerforge.errors import InputError
from showerforge.metrics.intervals import Estimate
from showerforge.metrics.separation import Separation
from showerforge.networks.backends import require, run_alone
from showerforge.networks.layout import Layout
from showerforge.networks.settings import NetworkSettings
from showerforge.validation.images.resampling import Resampling
from showerforge.validation.images.sets import ImageSet

Floats = NDArray[np.float64]
Images = NDArray[np.float32]

#: share of the images to train on that tell when to stop
STOPPING_SHARE = 0.2
#: fewest images of either origin that a half may have
MINIMUM_IMAGES = 50


@dataclass(frozen=True, eq=False)
class NetworkTest:
    """What a network says of images that it was not trained on.

    Attributes
    ----------
    is_generated : bool[n_scored], generated images come first.
    score : float[n_scored], logit of the belief in a generated image.
    group : int[n_scored], showers of the simulated images; of generated ones a number each.
    n_trained : images that it was trained on.
    kept_epoch : epoch whose weights were kept, from 1.
    cpu_seconds : of the training.
    """

    is_generated: NDArray[np.bool_]
    score: Floats
    group: NDArray[np.int_]
    n_trained: int
    kept_epoch: int
    cpu_seconds: float

    def estimate(self, resampling: Resampling) -> dict[str, Estimate]:
        """Give the area under the ROC curve, ``network_auc``."""
        is_generated, weights = resampling.of_pair(
            self.group[self.is_generated], self.group[~self.is_generated]
        )
        areas = Separation(is_generated, self.score, weights).roc_auc()
        return {"network_auc": resampling.percentiles(areas)}


def tell_apart_by_network(
    sample: ImageSet,
    reference: ImageSet,
    settings: NetworkSettings,
    layout: Layout,
    charge_scale: float,
    seed: int,
) -> NetworkTest:
    """Train a network to tell two sets apart on half of both, and score the other half.

    Lopez-Paz and Oquab 2017, arXiv:1610.06545. Showers are in one half only, and as many images
    of either origin in each. Keras runs in a process of its own.

    Parameters
    ----------
    sample : generated images of a particle, of which some pixels are lit.
    reference : simulated images that the generator has not seen, with ``group``.
    settings : architecture and training.
    layout : how the pixels lie.
    charge_scale : networks see asinh(charge / scale), in the unit of the charge.
    seed : of halves, weights and order.

    Raises
    ------
    InputError
        If there are too few images, or Keras is not installed.
    """
    generator = np.random.default_rng(seed)
    both = (sample, reference)
    halves = [_halve(each.group, generator) for each in both]
    (trained, group), (scored, scored_group) = (
        _gather(both, [half == number for half in halves], generator) for number in (False, True)
    )
    is_stopping = _is_stopping(group, generator)
    score, n_trained, kept_epoch, cpu_seconds = run_alone(
        require(),
        _train_and_score,
        settings,
        layout,
        np.arcsinh(trained / charge_scale, dtype=np.float32),
        is_stopping,
        np.arcsinh(scored / charge_scale, dtype=np.float32),
        seed,
    )
    is_generated = np.arange(len(scored)) < len(scored) // 2
    return NetworkTest(is_generated, score, scored_group, n_trained, kept_epoch, cpu_seconds)


def _halve(group: NDArray[np.int_], generator: np.random.Generator) -> NDArray[np.bool_]:
    """Deal whole groups to two halves at random."""
    names, place = np.unique(group, return_inverse=True)
    return (generator.permutation(len(names)) % 2 == 1)[place]


def _gather(
    sets: Sequence[ImageSet],
    chosen: Sequence[NDArray[np.bool_]],
    generator: np.random.Generator,
) -> tuple[Images, NDArray[np.int_]]:
    """Draw as many chosen images from either set, and put them one behind the other."""
    n = min(int(mask.sum()) for mask in chosen)
    if n < MINIMUM_IMAGES:
        raise InputError(
            f"The two-sample test of {sets[0].generator} by a network has {n} images of either "
            f"origin in a half (at least {MINIMUM_IMAGES}). Bring more images."
        )
    drawn = [
        each.take(np.sort(generator.choice(np.flatnonzero(mask), n, replace=False)))
        for each, mask in zip(sets, chosen, strict=True)
    ]
    return (
        np.concatenate([each.images for each in drawn]),
        np.concatenate([each.group for each in drawn]),
    )


def _is_stopping(group: NDArray[np.int_], generator: np.random.Generator) -> NDArray[np.bool_]:
    """Set a share of the groups of either origin, which are the two halves of a list, aside."""
    chosen = []
    for own in np.split(group, 2):
        names, place = np.unique(own, return_inverse=True)
        chosen.append((generator.permutation(len(names)) < STOPPING_SHARE * len(names))[place])
    return np.concatenate(chosen)


def _train_and_score(
    settings: NetworkSettings,
    layout: Layout,
    trained: Images,
    is_stopping: NDArray[np.bool_],
    scored: Images,
    seed: int,
) -> tuple[Floats, int, int, float]:
    """Run in the process of Keras; the first halves of both lists are generated images."""
    from showerforge.networks.files import from_bytes
    from showerforge.networks.samples import Sample
    from showerforge.networks.training import score_logits, train_network

    def labelled(images: Images, rows: NDArray[np.intp]) -> Sample:
        return Sample(lambda wanted: images[wanted], rows, rows < len(images) // 2)

    fitted, stopping = (
        labelled(trained, np.flatnonzero(chosen)) for chosen in (~is_stopping, is_stopping)
    )
    network = train_network(settings, layout, fitted, stopping, seed)
    model = from_bytes(network.content)
    logits = score_logits(model, labelled(scored, np.arange(len(scored))), layout)[0]
    return logits, len(fitted), network.kept_epoch, network.cpu_seconds
