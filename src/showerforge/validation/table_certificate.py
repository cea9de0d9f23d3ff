"""The certificate of any synthetic table: three tables in, one verdict out."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from showerforge.events.constraints import Constraint
from showerforge.validation.certificate import Certificate
from showerforge.validation.gates import Margins, OwnGate
from showerforge.validation.tables import has_class, shared_columns
from showerforge.validation.validity import Derive
from showerforge.validation.yardstick import Settings, Yardstick


def certify(
    synthetic: pd.DataFrame,
    train: pd.DataFrame,
    holdout: pd.DataFrame,
    rules: Sequence[Constraint] = (),
    margins: Margins | None = None,
    *,
    columns: Sequence[str] | None = None,
    derive: Derive | None = None,
    signal: str = "gamma",
    settings: Settings | None = None,
    generator: str = "unnamed",
    own_gates: Sequence[OwnGate] = (),
) -> Certificate:
    """Judge synthetic events of any origin against real ones that nobody learnt from.

    All tables may have ``particle``, the class: then only the synthetic one is compared, and
    the others serve the test of utility. ``group`` (events that belong together), ``parent``
    and ``neighbour`` (ids of training events) are used where they are there.

    Parameters
    ----------
    synthetic : synthetic events of one class.
    train : the real events that the generator learnt from.
    holdout : real events that it did not see.
    rules : relations between columns, hard and soft.
    margins : what passes.
    columns : measured columns; by default all numeric ones that the three tables share.
    derive : computes derived columns, which are checked and shown to the classifiers too.
    signal : value of ``particle`` of the signal.
    settings : how much work it is worth.
    generator : name for the record.
    own_gates : gates of your own, beside the others.

    Returns
    -------
    certificate : `Certificate`; its `to_json` is for machines.

    Raises
    ------
    InputError
        If a table is empty, has missing columns or values, a column never changes, or real
        events break a hard rule.
    """
    yardstick = Yardstick(
        train,
        holdout,
        rules,
        margins,
        particle=str(synthetic["particle"].iloc[0]) if has_class(synthetic) else "",
        columns=columns or shared_columns(synthetic, train, holdout),
        derive=derive,
        signal=signal,
        settings=settings,
        own_gates=own_gates,
    )
    return yardstick.certify(synthetic, generator)[0]
