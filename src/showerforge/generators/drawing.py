"""Drawing synthetic events until enough of them obey physics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone

from showerforge.errors import InputError, list_problems
from showerforge.events.constraints import Constraint, broken_constraints, hard
from showerforge.events.schema import HILLAS_PARAMETERS, PARENTS
from showerforge.generators.interface import Generator


@dataclass(frozen=True)
class Drawn:
    """Synthetic events that obey physics, and what was thrown away for it.

    Attributes
    ----------
    events : the valid synthetic events.
    n_drawn : number of events drawn in all.
    rejected : number of events that broke each hard constraint.
    """

    events: pd.DataFrame
    n_drawn: int
    rejected: dict[str, int]


def n_to_balance(particle: pd.Series, wanted: str, ratio: float) -> int:
    """Count the events of a particle missing to `ratio` times the others."""
    n_wanted = int((particle == wanted).sum())
    return max(0, round(ratio * (len(particle) - n_wanted)) - n_wanted)


def draw_valid(
    generator: Generator,
    n: int,
    conditions: Mapping[str, object],
    constraints: Sequence[Constraint],
    decimals: int,
    maximum_rounds: int,
    seed: int,
) -> Drawn:
    """Draw synthetic events until `n` of them obey the hard constraints.

    Parameters
    ----------
    generator : fitted generator.
    n : number of valid events wanted.
    conditions : passed to the generator.
    constraints : physical relations; the hard ones are enforced.
    decimals : digits after the point that the recorded table has.
    maximum_rounds : how often to draw again for events that were rejected.
    seed : seed of the first round; later rounds count up.

    Raises
    ------
    InputError
        If nothing is wanted, or after all rounds there are still too few valid events.
    """
    if n < 1:
        raise InputError(
            f"There is nothing to generate for {dict(conditions)}: real events are at the wanted "
            "ratio already. Raise the ratio or choose the other particle."
        )
    rules = hard(constraints)
    rejected = {rule.name: 0 for rule in rules}
    parts: list[pd.DataFrame] = []
    n_valid = n_drawn = 0
    for round_number in range(maximum_rounds):
        drawn = generator.sample(n - n_valid, conditions, seed + round_number)
        _check_drawn(drawn, generator)
        drawn[HILLAS_PARAMETERS] = drawn[HILLAS_PARAMETERS].round(decimals)
        broken = broken_constraints(drawn, rules)
        for name, count in broken.sum().items():
            rejected[str(name)] += int(count)
        valid = drawn[~broken.any(axis=1)]
        parts.append(valid)
        n_valid, n_drawn = n_valid + len(valid), n_drawn + len(drawn)
        if n_valid >= n:
            return Drawn(pd.concat(parts, ignore_index=True), n_drawn, rejected)
    raise InputError(
        f"After {maximum_rounds} rounds only {n_valid:,} of {n:,} synthetic events obey the hard "
        f"constraints; rejected: { {k: v for k, v in rejected.items() if v} }. "
        "Use another generator or raise maximum_rounds."
    )


def _check_drawn(drawn: pd.DataFrame, generator: Generator) -> None:
    """Refuse what no generator may return: other columns, or values that are no numbers."""
    missing = [name for name in (*HILLAS_PARAMETERS, *PARENTS) if name not in drawn]
    if missing:
        raise InputError(
            f"The generator {generator.label} returned events without the columns {missing}; it "
            f"gave {list(drawn.columns)}. See `showerforge.generators.Generator.sample`."
        )
    wrong = ~np.isfinite(drawn[HILLAS_PARAMETERS].to_numpy(float))
    if wrong.any():
        problems = [
            f"row {row}, column {HILLAS_PARAMETERS[column]}: "
            f"{drawn[HILLAS_PARAMETERS[column]].iloc[row]} (allowed: any finite number)"
            for row, column in np.argwhere(wrong)
        ]
        raise InputError(
            f"The generator {generator.label} returned {len(problems):,} values that are no finite "
            f"numbers:\n{list_problems(problems)}\nNothing has been written."
        )


def fill_up(
    generator: Generator,
    events: pd.DataFrame,
    particle: pd.Series,
    wanted: str,
    ratio: float,
    constraints: Sequence[Constraint],
    decimals: int,
    maximum_rounds: int,
    seed: int,
) -> Drawn:
    """Fit a generator to training events and draw as many as are missing to a ratio.

    Parameters
    ----------
    generator : generator, left as it is; a copy is fitted.
    events : DataFrame[n_events, 10], Hillas parameters, indexed by event id.
    particle : "gamma" or "hadron" for each event.
    wanted : the class that is generated.
    ratio : events of that class wanted for each other, real and synthetic together.
    constraints, decimals, maximum_rounds, seed : see `draw_valid`.
    """
    fitted = clone(generator).fit_for(wanted, events, particle, seed)
    n = n_to_balance(particle, wanted, ratio)
    return draw_valid(fitted, n, {"particle": wanted}, constraints, decimals, maximum_rounds, seed)
