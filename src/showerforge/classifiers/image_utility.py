"""Does it help to add generated images to few Monte Carlo ones?

Classifiers are trained on few Monte Carlo images alone, on these with generated ones, and on all
Monte Carlo images, and are judged on the same Monte Carlo test images. The generator learns from
those few alone. Some showers of the few are set aside: they tell a network when to stop, whatever
it is trained on, and neither a classifier nor the generator learns from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.cameras.sources import is_generated
from showerforge.classifiers.candidates import build_model, gammaness
from showerforge.classifiers.labelled_images import LabelledImages
from showerforge.classifiers.scarcity import mean_overlap
from showerforge.errors import InputError
from showerforge.events.schema import TRUE_ENERGY
from showerforge.events.splits import split_train_test, take_sample
from showerforge.networks.backends import require, run_alone
from showerforge.networks.layout import Layout
from showerforge.networks.settings import NetworkSettings
from showerforge.progress import run_side_by_side

if TYPE_CHECKING:
    from showerforge.networks.samples import Sample

Floats = NDArray[np.float64]

#: what classifiers are trained on
FEW, ALL = "few", "all"
WITH_GENERATED, WITH_BALANCED = "few and generated", "few and balanced"
ARMS = (FEW, WITH_GENERATED, WITH_BALANCED, ALL)
#: classifiers
LIGHTGBM, CNN = "lightgbm", "cnn"
#: showers of each particle among the test images of the tail, at least
FEWEST_SHOWERS = 10

#: fits a generator to the rows of Monte Carlo images and draws so many of each particle, from a
#: seed; gives those of the arms `WITH_GENERATED` and `WITH_BALANCED`
Generate = Callable[[pd.DataFrame, int, int], Mapping[str, LabelledImages]]


@dataclass(frozen=True)
class UtilityRecipe:
    """How the study is done.

    Attributes
    ----------
    signal : the particle that scores high.
    n_few : few Monte Carlo images of each particle, in whole showers.
    n_generated : images of each particle that are added to them.
    n_repeats : how often, each time with other showers.
    validation_fraction : share of the showers of the few that are set aside.
    tail_energy : TeV; the tail are test images above it.
    columns, lightgbm : image parameters that boosting sees, and its settings.
    network, layout : a network, and how the pixels of its images lie; None for boosting alone.
    n_resamples, confidence : of the bootstrap over test showers.
    seed : of everything.
    """

    signal: str
    n_few: int
    n_generated: int
    n_repeats: int
    validation_fraction: float
    tail_energy: float
    columns: Sequence[str]
    lightgbm: Mapping[str, Any]
    network: NetworkSettings | None
    layout: Layout | None
    n_resamples: int
    confidence: float
    seed: int

    def is_signal(self, table: pd.DataFrame) -> NDArray[np.bool_]:
        """Tell which images are signal."""
        return (table["particle"] == self.signal).to_numpy()


@dataclass(frozen=True, eq=False)
class UtilityScores:
    """What all classifiers say of the test images.

    Attributes
    ----------
    on_test : float[n_test, n_classifiers], larger for signal; columns ``learner``, ``arm`` and
        ``repeat``.
    overlap : mean share of few images that two repeats have in common.
    """

    on_test: pd.DataFrame
    overlap: float


def choose_few(
    train: pd.DataFrame, recipe: UtilityRecipe, repeat: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Choose few images by their showers.

    Parameters
    ----------
    train : Monte Carlo images with ``particle`` and ``group``.
    recipe : how many.
    repeat : number of the repeat, from 0.

    Returns
    -------
    few, validation : those that are learnt from, and those that are set aside.

    Raises
    ------
    InputError
        If there are not so many.
    """
    seed = recipe.seed + repeat
    chosen = []
    for particle, own in train.groupby("particle"):
        if len(own) < recipe.n_few:
            raise InputError(
                f"The study wants {recipe.n_few:,} {particle} images (n_few), but there are "
                f"{len(own):,} for training. Lower n_few, or bring more images."
            )
        chosen.append(take_sample(own, recipe.n_few, seed))
    return split_train_test(pd.concat(chosen), recipe.validation_fraction, seed)


def run_study(
    train: LabelledImages,
    test: LabelledImages,
    generate: Generate,
    recipe: UtilityRecipe,
    n_jobs: int,
) -> UtilityScores:
    """Train all classifiers on all arms, and score the test images.

    Parameters
    ----------
    train, test : Monte Carlo images, with no shower in common.
    generate : makes the generated images of each repeat.
    recipe : how it is done.
    n_jobs : repeats at a time; -1 is one for each core.

    Raises
    ------
    InputError
        If a generated image is among those of training or test, or another one among the
        generated, a shower is on both sides, or there are too few images.
    """
    _check_sides(train.table, test.table, recipe)
    backend = require() if recipe.network is not None else ""

    def run_repeat(repeat: int) -> tuple[dict[tuple[str, str, int], Floats], pd.Index]:
        few, validation = choose_few(train.table, recipe, repeat)
        seed = recipe.seed + repeat
        arms = _make_arms(train, few, validation, generate(few, recipe.n_generated, seed))
        scores = {
            (LIGHTGBM, arm, repeat): _score_table(parts, test.table, recipe, seed)
            for arm, parts in arms.items()
        }
        if recipe.network is not None:
            held_out = train.take(validation)
            logits = run_alone(backend, _score_images, arms, held_out, test, recipe, seed)
            scores |= {(CNN, arm, repeat): values for arm, values in logits.items()}
        return scores, few.index

    jobs = [(repeat,) for repeat in range(recipe.n_repeats)]
    results = list(
        run_side_by_side(
            run_repeat, jobs, n_jobs, "Training with generated images", in_processes=True
        )
    )
    on_test = pd.DataFrame(
        {name: values for scores, _ in results for name, values in scores.items()},
        test.table.index,
    ).rename_axis(columns=["learner", "arm", "repeat"])
    return UtilityScores(on_test, mean_overlap([few for _, few in results]))


def _check_sides(train: pd.DataFrame, test: pd.DataFrame, recipe: UtilityRecipe) -> None:
    for name, table in (("training", train), ("test", test)):
        n_generated = int(is_generated(table).sum())
        if n_generated:
            raise InputError(
                f"{n_generated:,} {name} images are generated. Classifiers are judged on Monte "
                "Carlo images only, and generated ones are added to some trainings here. Take "
                "them out."
            )
    common = np.intersect1d(train["group"], test["group"])
    if len(common):
        raise InputError(
            f"{len(common):,} showers have images for training and test, such as shower "
            f"{common[0]}. Split by shower: `kedro run --pipelines taiga --tags data_processing`."
        )
    n_showers = test[test[TRUE_ENERGY] > recipe.tail_energy].groupby("particle")["group"].nunique()
    for particle in test["particle"].unique():
        if n_showers.get(particle, 0) < FEWEST_SHOWERS:
            raise InputError(
                f"Only {n_showers.get(particle, 0)} {particle} showers of the test have more than "
                f"{recipe.tail_energy:g} TeV; the tail needs {FEWEST_SHOWERS}. Lower tail_energy."
            )


def _make_arms(
    train: LabelledImages,
    few: pd.DataFrame,
    validation: pd.DataFrame,
    generated: Mapping[str, LabelledImages],
) -> dict[str, list[LabelledImages]]:
    """Put together what each arm is trained on, in parts."""
    for arm in (WITH_GENERATED, WITH_BALANCED):
        table = generated[arm].table
        if not is_generated(table).all():
            raise InputError(
                f"Images of the arm {arm!r} have no name of a generator, so that nobody could "
                "tell them from others. Draw them with "
                "showerforge.generators.images.drawing.stream_images."
            )
    everything = train.table[~train.table["group"].isin(validation["group"])]
    return {
        FEW: [train.take(few)],
        WITH_GENERATED: [train.take(few), generated[WITH_GENERATED]],
        WITH_BALANCED: [train.take(few), generated[WITH_BALANCED]],
        ALL: [train.take(everything)],
    }


def _score_table(
    parts: Sequence[LabelledImages], test: pd.DataFrame, recipe: UtilityRecipe, seed: int
) -> Floats:
    """Fit boosting to image parameters, and score the test images."""
    columns = list(recipe.columns)
    table = pd.concat([part.table[[*columns, "particle"]] for part in parts])
    model: Any = build_model("lightgbm", recipe.lightgbm, seed)
    model.fit(table[columns], recipe.is_signal(table).astype(int))
    return gammaness(model, test[columns])


def _score_images(
    arms: Mapping[str, Sequence[LabelledImages]],
    validation: LabelledImages,
    test: LabelledImages,
    recipe: UtilityRecipe,
    seed: int,
) -> dict[str, Floats]:
    """Train a network on each arm, and score the test images.

    Few images alone are repeated within an epoch, so that the networks of all arms with few
    images are trained for as many steps.
    """
    from showerforge.networks.files import from_bytes
    from showerforge.networks.training import score_logits, train_network

    assert recipe.network is not None
    assert recipe.layout is not None
    stopping, tested = (_sample([images], recipe) for images in (validation, test))
    n_least = max(
        sum(len(part.table) for part in arms[arm]) for arm in (WITH_GENERATED, WITH_BALANCED)
    )
    logits = {}
    for arm, parts in arms.items():
        sample = _sample(parts, recipe, n_least)
        trained = train_network(recipe.network, recipe.layout, sample, stopping, seed)
        network = from_bytes(trained.content)
        (logits[arm],) = score_logits(network, tested, recipe.layout)
    return logits


def _sample(parts: Sequence[LabelledImages], recipe: UtilityRecipe, n_least: int = 0) -> Sample:
    """Make a sample of parts; some images come again until there are so many."""
    from showerforge.networks.samples import Sample

    is_signal = np.concatenate([recipe.is_signal(part.table) for part in parts])
    rows = [part.table["row"].to_numpy() for part in parts]
    n = len(is_signal)
    # by lot, because tables may be sorted by class
    again = np.random.default_rng(recipe.seed).permutation(n)
    order = np.concatenate([np.arange(n), np.resize(again, max(0, n_least - n))])
    if len(parts) == 1:
        return Sample(parts[0].read, rows[0][order], is_signal[order])
    images = np.concatenate([part.read(own) for part, own in zip(parts, rows, strict=True)])
    return Sample(lambda wanted: images[wanted], order, is_signal[order])
