"""The gates as data: what each measures, and what passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ImportString

from showerforge.errors import InputError
from showerforge.validation.certificate import OWN, Gate, Interval, Verdict

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Margins:
    """What passes: how far beyond the real-against-real band a quantity may lie, and limits.

    Declared before any result was known, from an earlier study; see `docs/certificate.md`.

    Attributes
    ----------
    special_rate, ks_distance, wasserstein, correlation, energy_distance : allowed above the
        band.
    diversity : allowed below the band of precision, recall and coverage.
    density : allowed on either side of the band of the density.
    authenticity : allowed below the band.
    two_sample_auc, two_sample_auc_b : largest ROC-AUC of the two-sample test for grades A and
        B. Where real events reach more than the second, there are not enough data.
    segment_share, membership_auc, membership_found : largest values for grade A.
    utility : the lower end of the change of ROC-AUC and PR-AUC must not be below its negative.
    """

    special_rate: float = 0.01
    ks_distance: float = 0.02
    wasserstein: float = 0.02
    correlation: float = 0.03
    energy_distance: float = 0.01
    diversity: float = 0.02
    density: float = 0.06
    authenticity: float = 0.03
    two_sample_auc: float = 0.55
    two_sample_auc_b: float = 0.60
    segment_share: float = 0.01
    membership_auc: float = 0.55
    membership_found: float = 0.04
    utility: float = 0.002


@dataclass(frozen=True)
class MeasuredGate:
    """A gate of a measured quantity.

    Attributes
    ----------
    margin : name of one of the `Margins`, or the margin itself.
    rule : "above" and "below": so far beyond the band; "both": on either side; "limit": at
        most the margin, or for grade B the end of the band where that is larger.
    """

    code: str
    name: str
    key: str
    metric: str
    margin: str | float
    rule: str
    smallest: float = 0.0
    largest: float = float("inf")

    def is_resolved(self, band: Interval, margins: Margins) -> bool:
        """Tell whether real events are within the widest limit, so that a value says anything."""
        widest = getattr(margins, f"{self.margin}_b", None)
        return widest is None or band[1] <= widest

    def limits(
        self, band: Interval, margins: Margins
    ) -> tuple[float | None, float | None, float | None]:
        """Return the lowest and highest value of grade A, and the highest of grade B."""
        margin = self.margin if isinstance(self.margin, float) else getattr(margins, self.margin)
        if self.rule == "limit":
            highest_b = max(getattr(margins, f"{self.margin}_b", margin), band[1])
            return None, margin, highest_b if highest_b > margin else None
        lowest = band[0] - margin if self.rule in ("below", "both") else None
        highest = band[1] + margin if self.rule in ("above", "both") else None
        return lowest, highest, None


MEASURED_GATES = (
    MeasuredGate(
        "G1",
        "validity",
        "special_rate",
        "largest difference in the rate of a broken soft rule or of repeated values",
        "special_rate",
        "above",
        largest=1.0,
    ),
    MeasuredGate(
        "G2",
        "marginals",
        "ks_distance",
        "largest Kolmogorov-Smirnov distance of a column",
        "ks_distance",
        "above",
        largest=1.0,
    ),
    MeasuredGate(
        "G2",
        "marginals",
        "wasserstein",
        "largest mean shift of a column, in interquartile ranges (Wasserstein)",
        "wasserstein",
        "above",
    ),
    MeasuredGate(
        "G3",
        "dependence",
        "correlation",
        "largest difference of a rank correlation",
        "correlation",
        "above",
        largest=2.0,
    ),
    MeasuredGate(
        "G3",
        "dependence",
        "correlation_rms",
        "root mean square difference of the rank correlations",
        "correlation",
        "above",
        largest=2.0,
    ),
    MeasuredGate(
        "G4",
        "joint distribution",
        "two_sample_auc",
        "ROC-AUC of LightGBM, synthetic against real, measured columns",
        "two_sample_auc",
        "limit",
        largest=1.0,
    ),
    MeasuredGate(
        "G4",
        "joint distribution",
        "two_sample_auc_derived",
        "ROC-AUC of LightGBM, synthetic against real, measured and derived columns",
        "two_sample_auc",
        "limit",
        largest=1.0,
    ),
    MeasuredGate(
        "G4",
        "joint distribution",
        "energy_distance",
        "energy distance, in normal scores",
        "energy_distance",
        "above",
    ),
    MeasuredGate(
        "G5",
        "diversity",
        "precision",
        "precision: synthetic events where real ones are",
        "diversity",
        "below",
        largest=1.0,
    ),
    MeasuredGate(
        "G5",
        "diversity",
        "recall",
        "recall: real events where synthetic ones are",
        "diversity",
        "below",
        largest=1.0,
    ),
    MeasuredGate(
        "G5",
        "diversity",
        "coverage",
        "coverage: real events with a synthetic one nearby",
        "diversity",
        "below",
        largest=1.0,
    ),
    MeasuredGate(
        "G5",
        "diversity",
        "density",
        "density of synthetic events around real ones",
        "density",
        "both",
    ),
    MeasuredGate(
        "G6",
        "memorisation",
        "authenticity",
        "authenticity: synthetic events no nearer to a training event than its neighbour",
        "authenticity",
        "below",
        largest=1.0,
    ),
    MeasuredGate(
        "G6",
        "memorisation",
        "segment_share",
        "share on a segment between two near training events",
        "segment_share",
        "limit",
        largest=1.0,
    ),
    MeasuredGate(
        "G6",
        "memorisation",
        "membership_auc",
        "ROC-AUC of an attacker who tells training from held-out events",
        "membership_auc",
        "limit",
        largest=1.0,
    ),
    MeasuredGate(
        "G6",
        "memorisation",
        "membership_found",
        "share of training events recognised when 1 % of the others are accused",
        "membership_found",
        "limit",
        largest=1.0,
    ),
)


#: code and key of the gates of what must not happen even once
COUNTED = (
    ("G1", "hard_rules"),
    ("G1", "identities"),
    ("G1", "decimals"),
    ("G1", "missing_values"),
    ("G6", "copies"),
)


class OwnGate(BaseModel):
    """A gate of your own: how far events that are judged are from real ones, in what you ask.

    Attributes
    ----------
    name : for people, and the key of the gate.
    measure : function of two tables with measured and derived columns, of the events that are
        judged and of as many real ones, which returns one number. It may be named by its dotted
        path, such as ``my_gates.alpha_cut``.
    margin : how far beyond the real-against-real band that number may lie.
    rule : "above" the band, "below" it, or on "both" sides.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    measure: ImportString[Callable[[pd.DataFrame, pd.DataFrame], float]]
    margin: float = Field(ge=0)
    rule: Literal["above", "below", "both"] = "above"

    @property
    def spec(self) -> MeasuredGate:
        """The gate as one of the measured ones."""
        return MeasuredGate(
            OWN, "gates of your own", self.name, self.name, self.margin, self.rule, -float("inf")
        )

    def difference(self, judged: pd.DataFrame, real: pd.DataFrame) -> float:
        """Measure one table against another.

        Raises
        ------
        InputError
            If the function gives no finite number.
        """
        value = self.measure(judged, real)
        if not isinstance(value, Real) or not np.isfinite(float(value)):
            raise InputError(
                f"The function of the gate {self.name!r} returned {value!r} for {len(judged):,} "
                f"events against {len(real):,}; it must return one finite number."
            )
        return float(value)


def with_own_gates(own_gates: Sequence[OwnGate]) -> tuple[MeasuredGate, ...]:
    """List all measured gates, those of your own last.

    Raises
    ------
    InputError
        If two gates have the same name.
    """
    gates = (*MEASURED_GATES, *(gate.spec for gate in own_gates))
    keys = [gate.key for gate in gates]
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    if repeated:
        raise InputError(f"each gate needs a name of its own, repeated: {', '.join(repeated)}")
    return gates


def bands_of(
    null: pd.DataFrame, gates: Sequence[MeasuredGate] = MEASURED_GATES
) -> dict[str, Interval]:
    """Turn measurements of real events into bands: where the next one would lie.

    The 95 % prediction interval of a normal distribution (Hahn and Meeker 1991, section 4.7),
    which is wider than the quantiles of few repeats and steadier.

    Parameters
    ----------
    null : DataFrame[n_repeats, n_quantities]
    gates : whose bands are wanted.
    """
    from scipy import stats

    n = len(null)
    factor = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1) * np.sqrt(1 + 1 / n))
    bands = {}
    for spec in gates:
        mean, half = float(null[spec.key].mean()), factor * float(null[spec.key].std())
        bands[spec.key] = (max(spec.smallest, mean - half), min(spec.largest, mean + half))
    return bands


def count_gate(code: str, name: str, key: str, metric: str, count: int, remark: str = "") -> Gate:
    """Make a gate of something that must not happen even once."""
    verdict = Verdict.PASS if count == 0 else Verdict.FAIL
    return Gate(
        code, name, metric, key, float(count), verdict, highest=0.0, is_count=True, remark=remark
    )
