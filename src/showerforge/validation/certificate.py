"""The certificate: one verdict from many gates, each with value, band, margin and limits."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

Interval = tuple[float, float]

#: code of the gates that users add
OWN = "G9"
#: codes of the gates of the events' quality
QUALITY = ("G1", "G2", "G3", "G4", "G5", "G6", OWN)


class Verdict(StrEnum):
    """What a gate, or the whole certificate, says."""

    PASS = "pass"
    FAIL = "fail"
    NOT_ENOUGH_DATA = "not enough data"
    NOT_TESTED = "not tested"
    VOID = "void"


@dataclass(frozen=True)
class Gate:
    """One test of a synthetic table.

    Attributes
    ----------
    code : G0, G1, ...
    name : what is tested.
    metric : the quantity measured.
    key : short name of the quantity.
    value : its value for the synthetic table; None if not measured.
    interval : about 95 % interval of the value; None for a count.
    band : central 95 % of the quantity between parts of the real table; None for a count.
    lowest, highest : the values that pass with grade A; None without a limit.
    highest_b : the largest value that passes with grade B; None if there is no grade B.
    is_count : whether the quantity is a number of events that must be zero.
    verdict : pass, fail, not enough data or not tested.
    remark : what a reader must know to read the value rightly.
    """

    code: str
    name: str
    metric: str
    key: str
    value: float | None
    verdict: Verdict
    interval: Interval | None = None
    band: Interval | None = None
    lowest: float | None = None
    highest: float | None = None
    highest_b: float | None = None
    is_count: bool = False
    remark: str = ""

    @property
    def grade(self) -> str:
        """A or B where the gate is passed, else nothing."""
        if self.verdict is not Verdict.PASS:
            return ""
        above_a = self.highest is not None and self.value is not None and self.value > self.highest
        return "B" if above_a else "A"

    @property
    def in_band(self) -> bool:
        """Whether the value is one that real events have too."""
        return (
            self.band is not None
            and self.value is not None
            and self.band[0] <= self.value <= self.band[1]
        )

    def to_json(self) -> dict[str, Any]:
        """Turn into plain JSON types."""
        return {**asdict(self), "grade": self.grade, "in_band": self.in_band}


def judge(
    value: float, lowest: float | None, highest: float | None, highest_b: float | None = None
) -> Verdict:
    """Compare a value with its limits."""
    largest = highest_b if highest_b is not None else highest
    too_low = lowest is not None and value < lowest
    too_high = largest is not None and value > largest
    return Verdict.FAIL if too_low or too_high else Verdict.PASS


@dataclass(frozen=True)
class Control:
    """A table of a known fault, which must be refused.

    Attributes
    ----------
    name : what was done to the training events.
    must_fail : codes of the gates that must refuse it, by a measured quantity.
    failed : codes of the gates that do.
    values : measured values by key.
    """

    name: str
    must_fail: tuple[str, ...]
    failed: tuple[str, ...]
    values: dict[str, float]

    @property
    def is_caught(self) -> bool:
        """Whether all gates that must refuse the control do."""
        return set(self.must_fail) <= set(self.failed)


@dataclass(frozen=True)
class Certificate:
    """All gates of one synthetic table.

    Attributes
    ----------
    generator : name of the generator.
    particle : what was generated.
    n_synthetic, n_train, n_holdout : events generated, learnt from and held out.
    n_compared : events of either side in the comparisons of distributions.
    gates : the gates in order.
    controls : tables that must be refused, judged by the same gates.
    utility : paired changes of figures of merit, one row each; empty if not tested.
    provenance : checksums and settings, for the record.
    training_is_known : whether it is known which real events the generator learnt from. Else none
        is held out for certain, and neither memorisation nor utility can be judged.
    """

    generator: str
    particle: str
    n_synthetic: int
    n_train: int
    n_holdout: int
    n_compared: int
    gates: tuple[Gate, ...]
    controls: tuple[Control, ...] = ()
    utility: tuple[dict[str, Any], ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)
    training_is_known: bool = True

    def of(self, *codes: str) -> list[Gate]:
        """Return the gates with one of the codes."""
        return [gate for gate in self.gates if gate.code in codes]

    @property
    def failed(self) -> tuple[str, ...]:
        """Codes of the gates that were not passed."""
        return tuple(sorted({g.code for g in self.gates if g.verdict is Verdict.FAIL}))

    @property
    def verdict(self) -> Verdict:
        """Pass if every gate of the events' quality passes, G1 to G6 and those of users.

        Void where there is leakage, or a control is not refused: then nothing is proved. Of
        utility (G7) only the claim hangs on its gate. Where the training events are not known,
        events may be refused, but not pass: what is like the real ones may be copied from them.
        """
        verdicts = [gate.verdict for gate in self.of(*QUALITY)]
        if "G0" in self.failed or not all(control.is_caught for control in self.controls):
            return Verdict.VOID
        if Verdict.FAIL in verdicts:
            return Verdict.FAIL
        if Verdict.NOT_ENOUGH_DATA in verdicts:
            return Verdict.NOT_ENOUGH_DATA
        return Verdict.PASS if self.training_is_known else Verdict.NOT_TESTED

    @property
    def grade(self) -> str:
        """The worst grade of the gates, if all are passed."""
        if self.verdict is not Verdict.PASS:
            return ""
        return max((gate.grade for gate in self.gates), default="")

    @property
    def is_indistinguishable(self) -> bool:
        """Whether no two-sample test says more than it says of real events."""
        tests = [g for g in self.of("G4") if g.key.startswith("two_sample")]
        return bool(tests) and all(
            g.value is not None and g.band is not None and g.value <= g.band[1] for g in tests
        )

    @property
    def claims_utility(self) -> bool:
        """Whether classifiers are shown not to suffer from the synthetic events."""
        tests = self.of("G7")
        return bool(tests) and all(gate.verdict is Verdict.PASS for gate in tests)

    def to_json(self) -> dict[str, Any]:
        """Turn into plain JSON types."""
        return {
            **asdict(self),
            "gates": [gate.to_json() for gate in self.gates],
            "controls": [{**asdict(c), "is_caught": c.is_caught} for c in self.controls],
            "verdict": self.verdict,
            "grade": self.grade,
            "failed": self.failed,
            "is_indistinguishable": self.is_indistinguishable,
            "claims_utility": self.claims_utility,
        }
