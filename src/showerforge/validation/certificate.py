"""The certificate: one verdict from several gates, each with metric, band and margin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SMALLEST_PART = 20
Distance = Callable[[pd.DataFrame, pd.DataFrame], float]


class Verdict(StrEnum):
    """What a gate says."""

    PASS = "pass"
    FAIL = "fail"
    NOT_ENOUGH_DATA = "not enough data"


@dataclass(frozen=True)
class Gate:
    """One test of a synthetic table.

    Attributes
    ----------
    code : G0, G1, ...
    name : what is tested.
    metric : the quantity measured.
    value : its value for the synthetic table.
    limit : the largest value that passes: upper end of the band plus margin, or zero for a
        count; None where there are not enough data.
    band : central 95 % of the metric between two parts of the real table, of the same sizes;
        None for a count.
    is_count : whether the metric is a number of events that must be zero.
    verdict : pass, fail or not enough data.
    remark : what a reader must know to read the value rightly.
    """

    code: str
    name: str
    metric: str
    value: float
    limit: float | None
    band: tuple[float, float] | None
    is_count: bool
    verdict: Verdict
    remark: str = ""


@dataclass(frozen=True)
class Certificate:
    """All gates of one synthetic table.

    Attributes
    ----------
    generator : name of the generator.
    particle : what was generated.
    n_synthetic, n_train, n_reference : events generated, learnt from and compared with.
    gates : the gates in order.
    """

    generator: str
    particle: str
    n_synthetic: int
    n_train: int
    n_reference: int
    gates: tuple[Gate, ...]

    @property
    def verdict(self) -> Verdict:
        """Pass if every gate passes; fail as soon as one fails."""
        verdicts = [gate.verdict for gate in self.gates]
        if Verdict.FAIL in verdicts:
            return Verdict.FAIL
        if Verdict.NOT_ENOUGH_DATA in verdicts:
            return Verdict.NOT_ENOUGH_DATA
        return Verdict.PASS

    def to_json(self) -> dict[str, Any]:
        """Turn into plain JSON types."""
        return {**asdict(self), "verdict": self.verdict}


def count_gate(code: str, name: str, metric: str, count: int, remark: str = "") -> Gate:
    """Make a gate of something that must not happen even once."""
    verdict = Verdict.PASS if count == 0 else Verdict.FAIL
    return Gate(code, name, metric, float(count), 0.0, None, True, verdict, remark)


def band_gate(
    code: str,
    name: str,
    metric: str,
    value: float,
    null: NDArray[np.float64],
    margin: float,
    remark: str = "",
) -> Gate:
    """Make a gate of a distance that must not be much larger than between real events.

    Parameters
    ----------
    value : the distance of the synthetic table from the held-out real one.
    null : float[n_repeats], the same distance between parts of the real table.
    margin : allowed above the band, declared before the result was known.
    """
    if len(null) == 0:
        verdict = Verdict.NOT_ENOUGH_DATA
        return Gate(code, name, metric, value, None, None, False, verdict, remark)
    lower, upper = (float(edge) for edge in np.quantile(null, [0.025, 0.975]))
    verdict = Verdict.PASS if value <= upper + margin else Verdict.FAIL
    band = (lower, upper)
    return Gate(code, name, metric, value, upper + margin, band, False, verdict, remark)


def matched_sizes(n_synthetic: int, n_reference: int, n_real: int) -> tuple[int, int]:
    """Shrink two sample sizes together until two disjoint real samples can be as large."""
    shrink = min(1.0, n_real / (n_synthetic + n_reference))
    return int(n_synthetic * shrink), int(n_reference * shrink)


def real_against_real(
    real: pd.DataFrame,
    distance: Distance,
    sizes: tuple[int, int],
    n_repeats: int,
    seed: int,
) -> NDArray[np.float64]:
    """Measure a distance between random disjoint parts of one real table.

    Parameters
    ----------
    real : real events of one class.
    distance : function of two tables.
    sizes : events in the two parts, together no more than there are.
    n_repeats : number of random partitions.
    seed : seed of the partitions.

    Returns
    -------
    null : float[n_repeats], empty if the smaller part has fewer than `SMALLEST_PART` events.
    """
    n_first, n_second = sizes
    if min(sizes) < SMALLEST_PART:
        return np.empty(0)
    generator = np.random.default_rng(seed)
    distances = []
    for _ in range(n_repeats):
        order = generator.permutation(len(real))[: n_first + n_second]
        distances.append(distance(real.iloc[order[:n_first]], real.iloc[order[n_first:]]))
    return np.array(distances)


def holm_rejections(p_values: Sequence[float], level: float = 0.05) -> int:
    """Count the hypotheses rejected by Holm's step-down procedure (Holm 1979)."""
    ordered = np.sort(np.asarray(p_values))
    limits = level / np.arange(len(ordered), 0, -1)
    accepted = np.flatnonzero(ordered > limits)
    return int(accepted[0]) if len(accepted) else len(ordered)
