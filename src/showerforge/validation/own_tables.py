"""Tables of anybody's generator, arranged as the gates take them.

A real and a synthetic table are enough to refuse events. To let them pass, it must be known which
real events the generator learnt from: what is like the real events may be copied from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from showerforge.errors import InputError, list_problems, suggest_names
from showerforge.events.constraints import HILLAS_RELATIONS, Constraint, range_constraints
from showerforge.events.features import FEATURE_SETS, compute_features, feature_names
from showerforge.events.layout import as_label
from showerforge.events.schema import GAMMA, HILLAS_PARAMETERS
from showerforge.events.splits import group_duplicates, join_groups, split_train_test
from showerforge.validation.certificate import Certificate
from showerforge.validation.leakage import is_copy
from showerforge.validation.tables import BOOKKEEPING, check_table, shared_columns
from showerforge.validation.validity import Derive
from showerforge.validation.yardstick import Evidence, Settings, Yardstick

#: share of the real events that the synthetic ones are compared with, where it is not known which
#: of them the generator learnt from; with a third, as many are compared as there can be
COMPARED_SHARE = 1 / 3
#: features that are computed of Hillas parameters; `linear` was found to be of no use
DERIVED = [name for name in FEATURE_SETS if name != "linear"]
PARTICLE, GROUP = "particle", "group"


@dataclass(frozen=True, eq=False)
class OwnTables:
    """What is judged, and by what.

    Attributes
    ----------
    synthetic, train, holdout : tables as `certify` takes them. If the training events are not
        known, the latter two are parts of the real events.
    columns : that are compared.
    left_out : why another column is not, by its name.
    rules : relations that are checked.
    derive : computes derived columns; None where there are none.
    particle : class that is generated, empty for tables without classes.
    training_is_known : whether the generator learnt from `train` and has not seen `holdout`.
    notes : what was done to the tables, in words.
    """

    synthetic: pd.DataFrame
    train: pd.DataFrame
    holdout: pd.DataFrame
    columns: list[str]
    left_out: dict[str, str]
    rules: list[Constraint]
    derive: Derive | None
    particle: str
    training_is_known: bool
    notes: list[str] = field(default_factory=list)


def arrange_tables(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    train: pd.DataFrame | None = None,
    *,
    columns: Sequence[str] | None = None,
    rules: Sequence[Constraint] | None = None,
    label_column: str | None = None,
    particle: str | None = None,
    group_column: str | None = None,
    seed: int = 0,
) -> OwnTables:
    """Arrange tables, so that nothing is held out that was learnt from.

    Parameters
    ----------
    real, synthetic : events. Of `real` are held out those that are not in `train`.
    train : real events that the generator learnt from; None where that is not known.
    columns : that are compared; by default all numeric ones that the tables share.
    rules : relations that are checked; by default those of the Hillas parameters among the columns.
    label_column : class of an event; by default ``particle``, if there is such a column.
    particle : class of the synthetic events; needed where their table does not tell it, or has
        several.
    group_column : events that belong together, such as images of one shower; by default ``group``.
    seed : of the split of the real events, where the training events are not known.

    Raises
    ------
    InputError
        If a column is not there, a class is not told or unknown, or nothing is held out.
    """
    tables = {"real": real, "synthetic": synthetic} | ({} if train is None else {"training": train})
    named = {
        name: _renamed(table, name, {PARTICLE: label_column, GROUP: group_column})
        for name, table in tables.items()
    }
    notes: list[str] = []
    made, particle = _of_class(named.pop("synthetic"), named["real"], particle, notes)
    compared = list(columns) if columns else _measured(shared_columns(*named.values(), made))
    left_out = {} if columns else _left_out(made, named, compared)
    if not compared:
        raise InputError(
            "The tables share no numeric column, so that there is nothing to compare:\n"
            + list_problems(f"{name}: {reason}" for name, reason in left_out.items())
        )
    for name, table in {**named, "synthetic": made}.items():
        check_table(table, compared, name)
    if train is None:
        learnt, held_out = _split(named["real"], compared, seed, notes)
    else:
        learnt = named["training"]
        held_out = _without_training(named["real"], learnt, compared, notes)
    known = [*range_constraints(), *HILLAS_RELATIONS] if rules is None else rules
    return OwnTables(
        made,
        learnt,
        held_out,
        compared,
        left_out,
        [rule for rule in known if rules is not None or _sides(rule) <= set(compared)],
        _derivation(compared),
        particle,
        train is not None,
        notes,
    )


def certify_own(
    tables: OwnTables, generator: str, settings: Settings
) -> tuple[Certificate, Evidence]:
    """Judge synthetic events; see `showerforge.validation.certify`.

    Parameters
    ----------
    tables : what is judged.
    generator : name for the record.
    settings : how much work it is worth.

    Returns
    -------
    certificate, evidence : what figures are drawn from, without rows where there are too few data.

    Raises
    ------
    InputError
        If a table is empty, has missing columns or values, a column never changes, or real
        events break a hard rule.
    """
    is_signal = tables.particle and (tables.train[PARTICLE] == GAMMA).any()
    yardstick = Yardstick(
        tables.train,
        tables.holdout,
        tables.rules,
        None,
        tables.particle,
        tables.columns,
        tables.derive,
        GAMMA if is_signal else tables.particle,
        settings,
        training_is_known=tables.training_is_known,
    )
    return yardstick.certify(tables.synthetic, generator)


def _renamed(table: pd.DataFrame, name: str, sources: Mapping[str, str | None]) -> pd.DataFrame:
    """Call columns as the gates do, and write classes as text."""
    for ours, theirs in sources.items():
        if theirs is None or theirs == ours:
            continue
        if theirs in table:
            table = table.drop(columns=ours, errors="ignore").rename(columns={theirs: ours})
        elif name != "synthetic":
            raise InputError(
                f"The {name} table has no column {theirs!r}{suggest_names(theirs, table.columns)}; "
                f"it has {', '.join(map(str, table.columns))}."
            )
    if PARTICLE not in table:
        return table
    missing = table.index[table[PARTICLE].isna() | (table[PARTICLE] == "")]
    if len(missing):
        problems = [f"row {row}: no class" for row in missing]
        raise InputError(
            f"{len(missing):,} events of the {name} table have no class:\n{list_problems(problems)}"
        )
    return table.assign(**{PARTICLE: table[PARTICLE].map(as_label)})


def _of_class(
    synthetic: pd.DataFrame, real: pd.DataFrame, particle: str | None, notes: list[str]
) -> tuple[pd.DataFrame, str]:
    """Take the synthetic events of the class that is judged, and name it."""
    if PARTICLE not in real:
        if particle is not None:
            raise InputError(
                f"{particle} events are to be judged, but the real table has no column that tells "
                "the class. Name the column, or leave the class out."
            )
        return synthetic.drop(columns=PARTICLE, errors="ignore"), ""
    known = sorted(real[PARTICLE].unique())
    if particle is None:
        made = sorted(synthetic[PARTICLE].unique()) if PARTICLE in synthetic else known
        if len(made) > 1:
            whose = "synthetic" if PARTICLE in synthetic else "real"
            raise InputError(
                f"The {whose} events are {', '.join(made)}. Say which class of synthetic events is "
                "judged: one at a time."
            )
        (particle,) = made
    if particle not in known:
        raise InputError(
            f"There are no real events of the class {particle!r}{suggest_names(particle, known)}; "
            f"there are {', '.join(known)}."
        )
    if PARTICLE not in synthetic:
        return synthetic.assign(**{PARTICLE: particle}), particle
    chosen = synthetic[synthetic[PARTICLE] == particle]
    if chosen.empty:
        raise InputError(f"There are no synthetic events of the class {particle!r}.")
    if len(chosen) < len(synthetic):
        notes.append(
            f"{len(synthetic) - len(chosen):,} synthetic events of another class than {particle} "
            "are left out."
        )
    return chosen, particle


def _measured(shared: Sequence[str]) -> list[str]:
    """Leave out what is computed of Hillas parameters, if all of these are there."""
    computed = feature_names(DERIVED) if set(HILLAS_PARAMETERS) <= set(shared) else []
    return [name for name in shared if name not in computed]


def _derivation(compared: Sequence[str]) -> Derive | None:
    """Say how features are computed that are not compared themselves; None without all it takes."""
    if not set(HILLAS_PARAMETERS) <= set(compared):
        return None
    return lambda events: compute_features(events, DERIVED).drop(columns=compared, errors="ignore")


def _left_out(
    synthetic: pd.DataFrame, others: Mapping[str, pd.DataFrame], compared: Sequence[str]
) -> dict[str, str]:
    """Say why columns are not compared."""
    tables = {**others, "synthetic": synthetic}
    reasons = {}
    for name in dict.fromkeys(str(name) for table in tables.values() for name in table):
        if name in compared or name in BOOKKEEPING:
            continue
        lacking = [whose for whose, table in tables.items() if name not in table]
        other = [w for w, t in tables.items() if w not in lacking and not _is_number(t[name])]
        if lacking:
            reasons[name] = f"not in the {' and '.join(lacking)} table"
        elif other:
            reasons[name] = f"no numbers in the {' and '.join(other)} table"
        else:
            reasons[name] = "computed of the others, and judged by that"
    return reasons


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _split(
    real: pd.DataFrame, columns: Sequence[str], seed: int, notes: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part the real events; what belongs together, and equal events, stay on one side."""
    group = group_duplicates(real, columns)
    if GROUP in real:
        group = join_groups(group, real[GROUP])
    parted = real.assign(**{GROUP: group})
    if PARTICLE not in real:
        parted = parted.assign(**{PARTICLE: ""})
    n_groups = parted.groupby(PARTICLE)[GROUP].nunique()
    if n_groups.min() < 1 / COMPARED_SHARE:
        raise InputError(
            f"There are {len(real):,} real events, too few to be parted: the class "
            f"{n_groups.idxmin()!r} has {n_groups.min()} that differ."
        )
    learnt, held_out = split_train_test(parted, COMPARED_SHARE, seed)
    notes.append(
        "Which real events the generator learnt from is not known. The synthetic ones are compared "
        f"with {len(held_out):,} of them, drawn at random; the other {len(learnt):,} play the part "
        "of training events."
    )
    if PARTICLE not in real:
        return learnt.drop(columns=PARTICLE), held_out.drop(columns=PARTICLE)
    return learnt, held_out


def _without_training(
    real: pd.DataFrame, train: pd.DataFrame, columns: Sequence[str], notes: list[str]
) -> pd.DataFrame:
    """Take out of the real events what the generator has learnt from."""
    is_known = is_copy(real, train, columns)
    if GROUP in real and GROUP in train:
        is_known |= real[GROUP].isin(train[GROUP]).to_numpy()
    if is_known.all():
        raise InputError(
            "All real events are training events too, so that none is held out. Give real events "
            "that the generator has not seen."
        )
    if is_known.any():
        notes.append(
            f"{is_known.sum():,} of {len(real):,} real events are among the training events, or "
            "belong together with one, and are not held out."
        )
    return real[~is_known]


def _sides(rule: Constraint) -> set[str]:
    return {side for side in (rule.left, rule.right) if isinstance(side, str)}
