"""Which fault is seen within how many events? Measured, with the false alarms beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from showerforge.monitoring.alarms import compare
from showerforge.monitoring.faults import Fault, inject
from showerforge.monitoring.references import ANY_CONDITION, GAMMA, HADRON, Reference
from showerforge.monitoring.residuals import Residual

Floats = NDArray[np.float64]
Score = Callable[[Floats], Floats]

#: name of a stream that nothing was done to
UNDISTURBED = "none"


def measure_power(
    events: Mapping[str, Floats],
    columns: Sequence[str],
    score: Score,
    faults: Sequence[Fault],
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
    alarms: dict[tuple[str, str, int], list[bool]] = {}
    generator = np.random.default_rng(seed)
    for _ in range(n_repeats):
        order = {p: generator.permutation(len(values)) for p, values in events.items()}
        halves = {p: (o[: len(o) // 2], o[len(o) // 2 :]) for p, o in order.items()}
        reference = Reference.of_events(
            [*columns, "gammaness"],
            {(ANY_CONDITION, p): scored[p][halves[p][0]] for p in events},
            n_bins,
            residuals,
        )
        for mixture, gamma_share in gamma_shares.items():
            for n in lengths:
                n_gammas = generator.binomial(n, gamma_share)
                wanted = {GAMMA: n_gammas, HADRON: n - n_gammas}
                if any(wanted[p] > len(halves[p][1]) for p in wanted):
                    continue
                for name, values in kinds.items():
                    stream = np.concatenate([values[p][halves[p][1][: wanted[p]]] for p in wanted])
                    whole = reference.values_of(stream[:, :-1], stream[:, -1])
                    counts = reference.binning.count(whole)
                    drift = compare(reference, ANY_CONDITION, counts, false_alarm_rate)
                    found = any(c.is_alarm for c in drift.columns[:-1])
                    alarms.setdefault((name, mixture, n), []).append(found)
    because = {fault.name: fault.because for fault in faults}
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


def _disturb(fault: Fault, values: Floats, columns: Sequence[str], score: Score) -> Floats:
    named = {name: values[:, j] for j, name in enumerate(columns)}
    changed = inject(fault, named)
    parameters = np.column_stack([changed[name] for name in columns])
    return np.column_stack([parameters, score(parameters)])
