"""How many images of which particle are generated, and under which conditions.

Conditions are drawn in blocks, each from a stream of random numbers of its own, so that they are
the same however many are taken at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.errors import InputError
from showerforge.events.schema import TRUE_ENERGY
from showerforge.generators.images.conditions import ConditionDensity
from showerforge.generators.images.settings import (
    BalancedSettings,
    ImageRecipe,
    ImbalancedSettings,
    LikeDataSettings,
)
from showerforge.showers.beams import draw_energies

Floats = NDArray[np.float64]

#: conditions that are drawn together
BLOCK = 8192


def draw_conditions(
    recipe: ImageRecipe, training_conditions: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """Draw the conditions of all images of a recipe; see `iterate_conditions`.

    Parameters
    ----------
    recipe : what is wanted.
    training_conditions : DataFrame, ``particle`` and what images can be asked for (``true_energy``,
        TeV, ``impact``, m, ``size``, p.e., of cameras), of training images.
    seed : of the density and the draws.

    Returns
    -------
    conditions : DataFrame[n_images], the same columns.
    """
    density = ConditionDensity().fit(training_conditions, seed)
    return pd.concat(iterate_conditions(recipe, density, seed, BLOCK), ignore_index=True)


def iterate_conditions(
    recipe: ImageRecipe,
    density: ConditionDensity,
    seed: int,
    batch_size: int,
    extrapolate: bool = False,
) -> Iterator[pd.DataFrame]:
    """Draw the conditions of a recipe, particle after particle.

    Parameters
    ----------
    recipe : what is wanted.
    density : of the conditions of training images.
    seed : of the draws.
    batch_size : images in a table; the rows are the same whatever it is.
    extrapolate : whether energies may be asked for that the training images have not.

    Yields
    ------
    conditions : DataFrame[batch_size], the last one may be shorter: ``particle`` and the
        conditions, within the range of the training images of that particle.

    Raises
    ------
    InputError
        If a particle is unknown, or an energy is asked for that the training images have not;
        before the first table.
    """
    for particle in recipe.n_images:
        _check_energies(recipe, particle, density, extrapolate)
    return regroup(_draw_blocks(recipe, density, seed), batch_size)


def regroup(tables: Iterable[pd.DataFrame], size: int) -> Iterator[pd.DataFrame]:
    """Part tables in a row anew, into ones of a size; the last one may be shorter."""
    waiting: list[pd.DataFrame] = []
    n_waiting = 0
    for table in tables:
        waiting.append(table)
        n_waiting += len(table)
        if n_waiting < size:
            continue
        joined = pd.concat(waiting, ignore_index=True)
        n_whole = n_waiting - n_waiting % size
        for begin in range(0, n_whole, size):
            yield joined.iloc[begin : begin + size].reset_index(drop=True)
        waiting, n_waiting = [joined.iloc[n_whole:]], n_waiting - n_whole
    if n_waiting:
        yield pd.concat(waiting, ignore_index=True)


def _draw_blocks(
    recipe: ImageRecipe, density: ConditionDensity, seed: int
) -> Iterator[pd.DataFrame]:
    for particle, n_images in recipe.n_images.items():
        for begin in range(0, n_images, BLOCK):
            rows = np.arange(begin, min(begin + BLOCK, n_images))
            generator = np.random.default_rng([seed, density.number_of(particle), begin])
            given = {}
            if not isinstance(recipe, LikeDataSettings):
                energies = _draw_energies(recipe, particle, rows, density, generator)
                given[TRUE_ENERGY] = energies
            yield density.sample(particle, len(rows), generator, given)


def _draw_energies(
    recipe: BalancedSettings | ImbalancedSettings,
    particle: str,
    rows: NDArray[np.integer],
    density: ConditionDensity,
    generator: np.random.Generator,
) -> Floats:
    """Draw the energy of each row, TeV; of a balanced recipe row k is in bin k modulo n."""
    if isinstance(recipe, ImbalancedSettings):
        return draw_energies(
            generator,
            len(rows),
            recipe.lowest_energy,
            recipe.highest_energy,
            recipe.spectral_index,
        )
    lowest, highest = density.range_of(particle, TRUE_ENERGY)
    place = rows % recipe.n_energy_bins + generator.random(len(rows))
    return lowest * (highest / lowest) ** (place / recipe.n_energy_bins)


def _check_energies(
    recipe: ImageRecipe, particle: str, density: ConditionDensity, extrapolate: bool
) -> None:
    if isinstance(recipe, LikeDataSettings):
        density.number_of(particle)
        return
    lowest, highest = density.range_of(particle, TRUE_ENERGY)
    if lowest == highest:
        raise InputError(
            f"All {particle} training images have the energy {lowest:g} TeV, so that nothing is "
            f"known of others. Use the recipe like_data instead of {recipe.kind}."
        )
    if isinstance(recipe, BalancedSettings) or extrapolate:
        return
    if recipe.lowest_energy < lowest or recipe.highest_energy > highest:
        raise InputError(
            f"{particle} images are wanted with energies of {recipe.lowest_energy:g} to "
            f"{recipe.highest_energy:g} TeV (lowest_energy, highest_energy), but the training "
            f"images have {lowest:.4g} to {highest:.4g} TeV. Ask for energies in that range, or "
            "set extrapolate and mind the flag."
        )
