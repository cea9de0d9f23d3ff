"""Which fault is seen within how many events? Measured, with the false alarms beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from showerforge.monitoring.alarms import WindowDrift, compare
from showerforge.monitoring.faults import Columns, Fault, inject
from showerforge.monitoring.references import ANY_CONDITION, GAMMA, HADRON, Reference
from showerforge.monitoring.residuals import Residual

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Score = Callable[[Floats], Floats]
#: rows of events of each particle
Rows = Mapping[str, NDArray[np.intp]]
#: says whether a stream of a kind, of events of these rows, raises an alarm
Judge = Callable[[str, Rows], bool]
#: for each kind of stream, mixture and length, whether each stream raised an alarm
Alarms = dict[tuple[str, str, int], list[bool]]

#: name of a stream that nothing was done to
UNDISTURBED = "none"


def measure_power(
    events: Mapping[str, Floats],
    columns: Sequence[str],
    score: Score,
    faults: Sequence[Fault[Columns]],
    gamma_shares: Mapping[str, float],
    lengths: Sequence[int],
    false_alarm_rate: float,
    n_bins: int,
    n_repeats: int,
    residuals: Sequence[Residual],
    seed: int,
) -> list[dict[str, object]]:
    """Inject faults into streams, and count how often an alarm is raised.

    In each repetition a random half of the events of each particle is the reference, and the stream
    is drawn from the other half, no event twice. Windows that ask for more events than a half holds
    are left out. The gammaness tells the mixture, but raises no alarm here: most of the events are
    those that the classifier has learnt from.

    Parameters
    ----------
    events : for each particle, float64[n_events, n_columns], Hillas parameters.
    columns : their names.
    score : from Hillas parameters to gammaness, float64[n_events].
    faults : what is done to streams, beside nothing.
    gamma_shares : by a name for it, the share of gammas in the stream.
    lengths : events of a window.
    false_alarm_rate : allowed for each window.
    n_bins : of the reference.
    n_repeats : streams of each kind.
    residuals : that are watched beside the columns.
    seed : of halves and streams.

    Returns
    -------
    rows : ``fault``, ``because``, ``mixture``, ``gamma_share``, ``n_events``, ``n_streams``,
        ``n_alarms``.
    """
    scored = {p: np.column_stack([values, score(values)]) for p, values in events.items()}
    disturbed = {
        fault.name: {p: _disturb(fault, values, columns, score) for p, values in events.items()}
        for fault in faults
    }
    kinds = {UNDISTURBED: scored, **disturbed}

    def learn(rows: Rows) -> Judge:
        reference = Reference.of_events(
            [*columns, "gammaness"],
            {(ANY_CONDITION, p): scored[p][rows[p]] for p in events},
            n_bins,
            residuals,
        )

        def judge(kind: str, rows: Rows) -> bool:
            stream = np.concatenate([kinds[kind][p][rows[p]] for p in rows])
            drift = compare_stream(reference, stream, false_alarm_rate)
            return any(column.is_alarm for column in drift.columns[:-1])

        return judge

    everything = {p: np.ones(len(values), dtype=bool) for p, values in events.items()}
    alarms = repeat_streams(
        dict.fromkeys(kinds, everything), learn, gamma_shares, lengths, n_repeats, seed
    )
    return tabulate_alarms(alarms, {f.name: f.because for f in faults}, gamma_shares)


def compare_stream(reference: Reference, stream: Floats, false_alarm_rate: float) -> WindowDrift:
    """Compare a stream, float64[n_events, n_parameters + 1] with the gammaness last."""
    counts = reference.binning.count(reference.values_of(stream[:, :-1], stream[:, -1]))
    return compare(reference, ANY_CONDITION, counts, false_alarm_rate)


def repeat_streams(
    kept: Mapping[str, Mapping[str, Mask]],
    learn: Callable[[Rows], Judge],
    gamma_shares: Mapping[str, float],
    lengths: Sequence[int],
    n_repeats: int,
    seed: int,
) -> Alarms:
    """Draw references and streams, and note which streams raise an alarm.

    Parameters
    ----------
    kept : for each kind of stream and each particle, bool[n_events], which events a stream of this
        kind can have; a fault may lose some.
    learn : makes a judge from the rows of the reference events of each particle; it gets the kind
        of a stream and the rows of its events, and says whether there is an alarm.
    gamma_shares, lengths, n_repeats, seed : see `measure_power`.

    Returns
    -------
    alarms : for each kind, mixture and length, whether each stream raises one.
    """
    alarms: Alarms = {}
    generator = np.random.default_rng(seed)
    particles = list(next(iter(kept.values())))
    for _ in range(n_repeats):
        order = {p: generator.permutation(len(kept[UNDISTURBED][p])) for p in particles}
        halves = {p: (o[: len(o) // 2], o[len(o) // 2 :]) for p, o in order.items()}
        known = {p: half[kept[UNDISTURBED][p][half]] for p, (half, _) in halves.items()}
        judge = learn(known)
        left = {
            kind: {p: half[own[p][half]] for p, (_, half) in halves.items()}
            for kind, own in kept.items()
        }
        for mixture, gamma_share in gamma_shares.items():
            for n in lengths:
                n_gammas = generator.binomial(n, gamma_share)
                wanted = {GAMMA: n_gammas, HADRON: n - n_gammas}
                for kind, rows in left.items():
                    if all(wanted[p] <= len(rows[p]) for p in wanted):
                        stream = {p: rows[p][: wanted[p]] for p in wanted}
                        alarms.setdefault((kind, mixture, n), []).append(judge(kind, stream))
    return alarms


def tabulate_alarms(
    alarms: Alarms, because: Mapping[str, str], gamma_shares: Mapping[str, float]
) -> list[dict[str, object]]:
    """Count alarms; see `measure_power` for the rows."""
    return [
        {
            "fault": name,
            "because": because.get(name, "nothing was done to the stream"),
            "mixture": mixture,
            "gamma_share": gamma_shares[mixture],
            "n_events": n,
            "n_streams": len(found),
            "n_alarms": int(sum(found)),
        }
        for (name, mixture, n), found in alarms.items()
    ]


def _disturb(fault: Fault[Columns], values: Floats, columns: Sequence[str], score: Score) -> Floats:
    named = {name: values[:, j] for j, name in enumerate(columns)}
    changed = inject(fault, named)
    parameters = np.column_stack([changed[name] for name in columns])
    return np.column_stack([parameters, score(parameters)])
