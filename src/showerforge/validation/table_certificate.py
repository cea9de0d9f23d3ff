"""The certificate of any synthetic table: three tables in, one verdict out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from showerforge.errors import InputError, list_problems
from showerforge.events.constraints import Constraint
from showerforge.metrics.intervals import normal_interval
from showerforge.metrics.separation import roc_auc_with_error
from showerforge.progress import track
from showerforge.validation import leakage, validity
from showerforge.validation.certificate import (
    Certificate,
    Control,
    Gate,
    Interval,
    Verdict,
    judge,
)
from showerforge.validation.dependence import compare_correlations
from showerforge.validation.joint import EnergyDistance, linear_two_sample_test
from showerforge.validation.marginals import compare_marginals, holm_rejections
from showerforge.validation.measurements import Lens, Measured, measure
from showerforge.validation.memorisation import membership_scores, nearest_distance
from showerforge.validation.utility import BASELINES, NONE, SYNTHETIC, Utility
from showerforge.validation.validity import Derive

#: columns of a table that are no measured quantities
BOOKKEEPING = ("particle", "group", "fold", "parent", "neighbour", "event_id")
CONFIDENCE = 0.95
COPY, SHUFFLE = "bootstrap copy", "column shuffle"


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
        B, or the end of the band where that is larger.
    segment_share, membership_auc, membership_found : largest values, likewise.
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
class Settings:
    """How much work a certificate is worth.

    Attributes
    ----------
    n_repeats : random partitions of the real table behind each band.
    n_permutations : relabellings behind the p-value of the energy distance.
    n_resamples : bootstrap resamples behind the intervals of the utility.
    minimum_events : fewest events of either side by which a distribution is judged.
    n_jobs : partitions measured at a time; -1 is one for each core.
    seed : seed of every random draw.
    """

    n_repeats: int = 40
    n_permutations: int = 200
    n_resamples: int = 500
    minimum_events: int = 100
    n_jobs: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Evidence:
    """What the figures of a certificate are drawn from.

    Attributes
    ----------
    two_sample : DataFrame, one row per compared event: ``columns`` ("raw" or "derived"),
        ``is_synthetic`` and ``score``.
    separating : DataFrame, one row per column: ``columns``, ``column`` and ``gain``.
    distances : DataFrame, ``kind`` of pair and ``distance`` to the nearest event.
    membership : DataFrame, one row per real event: ``is_member``, ``closeness`` and
        ``calibrated``.
    marginals : distances of every measured and derived column; see `compare_marginals`.
    correlations : of every pair of measured columns; see `compare_correlations`.
    """

    two_sample: pd.DataFrame
    separating: pd.DataFrame
    distances: pd.DataFrame
    membership: pd.DataFrame
    marginals: pd.DataFrame
    correlations: pd.DataFrame

    @classmethod
    def without_rows(cls) -> Evidence:
        """Make the tables of a certificate for which there were not enough data."""
        return cls(
            pd.DataFrame(columns=["columns", "is_synthetic", "score"]),
            pd.DataFrame(columns=["columns", "column", "gain"]),
            pd.DataFrame(columns=["kind", "distance"]),
            pd.DataFrame(columns=["is_member", "closeness", "calibrated"]),
            pd.DataFrame(columns=["column", "ks_distance", "p_value", "wasserstein"]),
            pd.DataFrame(columns=["first", "second", "real", "synthetic", "difference"]),
        )


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
) -> Certificate:
    """Judge synthetic events of any origin against real ones that nobody learnt from.

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

    All tables may have ``particle``, the class: then only the synthetic one is compared, and
    the others serve the test of utility. ``group`` (events that belong together), ``parent``
    and ``neighbour`` (ids of training events) are used where they are there.

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
        particle=str(synthetic["particle"].iloc[0]) if _has_class(synthetic) else "",
        columns=columns or shared_columns(synthetic, train, holdout),
        derive=derive,
        signal=signal,
        settings=settings,
    )
    return yardstick.certify(synthetic, generator)[0]


def shared_columns(*tables: pd.DataFrame) -> list[str]:
    """List the numeric columns that all tables have and that are measured quantities."""
    first = tables[0].select_dtypes("number")
    return [
        name
        for name in first
        if name not in BOOKKEEPING
        and all(name in t and pd.api.types.is_numeric_dtype(t[name]) for t in tables)
    ]


class Yardstick:
    """Real events, prepared to judge synthetic ones by; serves many certificates.

    Parameters are those of `certify`; `particle` is the class that is generated, empty for
    tables without classes.
    """

    def __init__(
        self,
        train: pd.DataFrame,
        holdout: pd.DataFrame,
        rules: Sequence[Constraint],
        margins: Margins | None,
        particle: str,
        columns: Sequence[str],
        derive: Derive | None = None,
        signal: str = "gamma",
        settings: Settings | None = None,
    ):
        self.margins, self.settings = margins or Margins(), settings or Settings()
        self.particle, self.signal = particle, signal
        self.columns, self.rules = list(columns), list(rules)
        derive = derive or (lambda events: pd.DataFrame(index=events.index))
        for table, name in ((train, "training"), (holdout, "held-out")):
            check_table(table, self.columns, name)
        self.all_train, self.all_holdout = train, holdout
        self.train, self.holdout = self._of_class(train), self._of_class(holdout)
        for table, name in ((self.train, "training"), (self.holdout, "held-out")):
            check_table(table, self.columns, f"{name} {particle}".strip())
            validity.check_rules(table, self.rules, name)
        check_changing(self.train, self.columns)
        self.lens = Lens.focus(self.train, self.columns, self.rules, derive)
        self.n_compared = min(len(self.holdout), len(pd.concat([self.train, self.holdout])) // 3)
        self.null = pd.DataFrame()
        self.bands: dict[str, Interval] = {}
        if self._is_enough(self.n_compared):
            self.null = self._measure_real_events()
            self.bands = bands_of(self.null)
        self.utility = self._prepare_utility()

    def _of_class(self, events: pd.DataFrame) -> pd.DataFrame:
        """Take the events of the generated class, twins once."""
        if self.particle and "particle" in events:
            events = events[events["particle"] == self.particle]
        return events.drop_duplicates(self.columns)

    def _is_enough(self, n: int) -> bool:
        return n >= self.settings.minimum_events

    def _measure_real_events(self) -> pd.DataFrame:
        """Measure real against real: a part as if synthetic, a part held out, the rest.

        Returns
        -------
        null : DataFrame[n_repeats, n_quantities]
        """
        from joblib import Parallel, delayed

        real = pd.concat([self.train, self.holdout])
        n = self.n_compared
        generator = np.random.default_rng(self.settings.seed)
        orders = [generator.permutation(len(real)) for _ in range(self.settings.n_repeats)]

        def measure_one(number: int, order: np.ndarray) -> dict[str, float]:
            sample, reference, rest = (real.iloc[rows] for rows in np.split(order, [n, 2 * n]))
            measured = measure(
                sample, sample, rest, reference, self.lens, self.settings.seed + number
            )
            return {key: m.value for key, m in measured.values.items()}

        jobs = (delayed(measure_one)(number, order) for number, order in enumerate(orders))
        results = Parallel(n_jobs=self.settings.n_jobs, prefer="threads", return_as="generator")(
            jobs
        )
        return pd.DataFrame(track(results, "Measuring real against real", len(orders)))

    @cached_property
    def controls(self) -> tuple[Control, ...]:
        """The two tables of known faults, judged by the same gates; none without data."""
        return tuple(self._judge_controls()) if self.bands else ()

    def _judge_controls(self) -> Iterator[Control]:
        generator = np.random.default_rng(self.settings.seed)
        n = len(self.train)
        rows = generator.integers(n, size=n)
        copies = self.train.iloc[rows].reset_index(drop=True)
        shuffled = pd.DataFrame(
            {name: generator.permutation(self.train[name]) for name in self.columns}
        )
        for name, table, must_fail in (
            (COPY, copies, ("G6",)),
            (SHUFFLE, shuffled, ("G3", "G4")),
        ):
            measured = self._measure(table)
            gates = [*self._counted_gates(table), *self._measured_gates(measured, {})]
            failed = {gate.code for gate in gates if gate.verdict is Verdict.FAIL}
            values = {key: m.value for key, m in measured.values.items()}
            yield Control(name, must_fail, tuple(sorted(failed)), values)

    def _measure(self, synthetic: pd.DataFrame, with_errors: bool = False) -> Measured:
        sample, reference = self.compared_samples(synthetic)
        return measure(
            sample,
            synthetic,
            self.train,
            reference,
            self.lens,
            self.settings.seed,
            with_errors,
        )

    def compared_samples(self, synthetic: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Draw as many synthetic as held-out events, by which distributions are compared."""
        n, seed = min(self.n_compared, len(synthetic)), self.settings.seed
        return synthetic.sample(n, random_state=seed), self.holdout.sample(n, random_state=seed)

    def summarise(self, synthetic: pd.DataFrame, generator: str) -> dict[str, float]:
        """Measure synthetic events without drawing up a certificate.

        Returns
        -------
        values : by key of the gates of validity, G1, to memorisation, G6, and
            ``change_in_auc``, that of a classifier by the synthetic events; no number where
            there are not enough data.
        """
        check_table(synthetic, self.columns, f"synthetic (generator {generator})")
        values = {gate.key: float(gate.value or 0) for gate in self._counted_gates(synthetic)}
        if self._is_enough(min(self.n_compared, len(synthetic))):
            measured = self._measure(synthetic).values
            values |= {key: measurement.value for key, measurement in measured.items()}
        values["change_in_auc"] = (
            self.utility.change_in_auc(self.lens.with_derived(synthetic))
            if self.utility
            else float("nan")
        )
        return values

    def _prepare_utility(self) -> Utility | None:
        if not self.particle or not (_has_class(self.all_train) and _has_class(self.all_holdout)):
            return None
        sides = [
            (table["particle"] == self.signal).to_numpy()
            for table in (self.all_train, self.all_holdout)
        ]
        smallest = min(np.count_nonzero(side == value) for side in sides for value in (True, False))
        if not self._is_enough(int(smallest)):
            return None
        return Utility(
            self.lens.with_derived(self.all_train),
            sides[0],
            self.lens.with_derived(self.all_holdout),
            sides[1],
            self.particle == self.signal,
            self.settings.n_resamples,
            CONFIDENCE,
            self.settings.seed,
        )

    def certify(
        self, synthetic: pd.DataFrame, generator: str, leaks: dict[str, bool] | None = None
    ) -> tuple[Certificate, Evidence]:
        """Judge synthetic events; see `certify`.

        Parameters
        ----------
        synthetic : synthetic events of the class.
        generator : name for the record.
        leaks : results of further tests of leakage, by what must be true.

        Returns
        -------
        certificate, evidence : the second without rows where there are not enough data.
        """
        check_table(synthetic, self.columns, f"synthetic (generator {generator})")
        changes = self.utility.compare(self.lens.with_derived(synthetic)) if self.utility else None
        gates = [*self._leakage_gates(synthetic, leaks or {}), *self._counted_gates(synthetic)]
        evidence = Evidence.without_rows()
        if self._is_enough(min(self.n_compared, len(synthetic))):
            measured = self._measure(synthetic, with_errors=True)
            gates += self._measured_gates(measured, self._remarks(synthetic))
            evidence = self._gather_evidence(synthetic, measured)
        else:
            gates += self._gates_without_data(synthetic)
        gates += self._utility_gates(changes)
        certificate = Certificate(
            generator=generator,
            particle=self.particle or "event",
            n_synthetic=len(synthetic),
            n_train=len(self.train),
            n_holdout=len(self.holdout),
            n_compared=min(self.n_compared, len(synthetic)),
            gates=tuple(sorted(gates, key=lambda gate: gate.code)),
            controls=self.controls,
            utility=() if changes is None else tuple(changes.to_dict("records")),
            provenance={
                "synthetic_sha256": leakage.fingerprint(synthetic[self.columns]),
                "train_sha256": leakage.fingerprint(self.train[self.columns]),
                "holdout_sha256": leakage.fingerprint(self.holdout[self.columns]),
                "margins": asdict(self.margins),
                "seed": self.settings.seed,
                "n_repeats": self.settings.n_repeats,
            },
        )
        return certificate, evidence

    def _leakage_gates(self, synthetic: pd.DataFrame, leaks: dict[str, bool]) -> list[Gate]:
        outside = leakage.parents_outside(synthetic, self.all_train.index)
        twins = leakage.exact_copies(self.all_holdout, self.all_train, self.columns)
        gates = [
            _count_gate(
                "G0",
                "leakage",
                "parents",
                "synthetic events with a parent outside the training events",
                outside,
            )
            if leakage.has_parents(synthetic)
            else Gate(
                "G0",
                "leakage",
                "synthetic events with a parent outside the training events",
                "parents",
                None,
                Verdict.NOT_TESTED,
                remark="The generator records no parents.",
            ),
            _count_gate(
                "G0",
                "leakage",
                "groups",
                "groups on both sides of the split",
                leakage.groups_on_both_sides(self.all_train, self.all_holdout),
            ),
            _count_gate(
                "G0", "leakage", "twins", "held-out events that equal a training event", twins
            ),
        ]
        return gates + [
            _count_gate("G0", "leakage", key, key, int(not is_true))
            for key, is_true in leaks.items()
        ]

    def _counted_gates(self, synthetic: pd.DataFrame) -> list[Gate]:
        interpolates = (
            leakage.has_parents(synthetic)
            and "neighbour" in synthetic
            and bool(synthetic["neighbour"].notna().any())
        )
        vacuous = (
            "Vacuous: the rules are convex, so that a point between two valid events is always "
            "valid, whatever the generator."
            if interpolates
            else ""
        )
        return [
            _count_gate(
                "G1",
                "validity",
                "hard_rules",
                "events that break a hard rule",
                validity.count_broken_hard(synthetic, self.rules),
                vacuous,
            ),
            _count_gate(
                "G1",
                "validity",
                "identities",
                "events with a derived column that does not follow from the others",
                validity.count_broken_identities(synthetic, self.lens.derive),
            ),
            _count_gate(
                "G1",
                "validity",
                "decimals",
                "events with more decimals than recorded ones have",
                validity.count_excess_decimals(synthetic, self.train, self.columns),
            ),
            _count_gate(
                "G6",
                "memorisation",
                "copies",
                "exact copies of training events",
                leakage.exact_copies(synthetic, self.all_train, self.columns),
            ),
        ]

    def _measured_gates(self, measured: Measured, remarks: dict[str, str]) -> list[Gate]:
        gates = []
        for spec in MEASURED_GATES:
            value, error = measured.values[spec.key]
            lowest, highest, highest_b = spec.limits(self.bands[spec.key], self.margins)
            gates.append(
                Gate(
                    spec.code,
                    spec.name,
                    spec.metric,
                    spec.key,
                    value,
                    judge(value, lowest, highest, highest_b),
                    interval=normal_interval(value, error, CONFIDENCE, spec.smallest, spec.largest),
                    band=self.bands[spec.key],
                    lowest=lowest,
                    highest=highest,
                    highest_b=highest_b,
                    remark=remarks.get(spec.key, ""),
                )
            )
        return gates

    def _gates_without_data(self, synthetic: pd.DataFrame) -> list[Gate]:
        needed = self.settings.minimum_events
        remark = (
            f"Needs {needed} synthetic events (there are {len(synthetic):,}), {needed} held-out "
            f"ones ({len(self.holdout):,}) and {3 * needed} real ones in all "
            f"({len(self.train) + len(self.holdout):,})."
        )
        return [
            Gate(
                spec.code,
                spec.name,
                spec.metric,
                spec.key,
                None,
                Verdict.NOT_ENOUGH_DATA,
                remark=remark,
            )
            for spec in MEASURED_GATES
        ]

    def _remarks(self, synthetic: pd.DataFrame) -> dict[str, str]:
        """Say beside some values what they do not show by themselves."""
        seed = self.settings.seed
        sample, reference = self.compared_samples(synthetic)
        marginals = compare_marginals(sample, reference, self.columns)
        rejected = holm_rejections(marginals["p_value"].to_list())
        linear = linear_two_sample_test(sample[self.columns], reference[self.columns], seed)
        energy = EnergyDistance(self.lens.points(sample), self.lens.points(reference))
        p_value = energy.p_value(self.settings.n_permutations, seed)
        first, second = (
            validity.special_rates(table, self.rules, self.lens.atoms)
            for table in (synthetic, self.holdout)
        )
        rates = "; ".join(
            f"{name}: {first[name]:.1%} (real {second[name]:.1%})" for name in first.index
        )
        worst = marginals.loc[marginals["ks_distance"].idxmax(), "column"]
        return {
            "special_rate": rates,
            "ks_distance": f"Largest for {worst}; {rejected} of {len(marginals)} columns are "
            "rejected at 5 % (Holm).",
            "two_sample_auc": "A logistic regression, blind to dependence, reaches "
            f"{roc_auc_with_error(linear.is_synthetic, linear.score)[0]:.3f}.",
            "energy_distance": f"Permutation test: p = {p_value:.3f}.",
        }

    def _utility_gates(self, changes: pd.DataFrame | None) -> list[Gate]:
        name, lowest = "utility", -self.margins.utility
        if changes is None:
            return [
                Gate(
                    "G7",
                    name,
                    "change of ROC-AUC by the synthetic events",
                    "utility",
                    None,
                    Verdict.NOT_TESTED,
                    remark="Needs events of both classes, "
                    f"{self.settings.minimum_events} each, in train and holdout.",
                )
            ]
        rows = changes[changes["treatment"] == SYNTHETIC].set_index(["against", "figure"])
        wanted = [(against, "roc_auc", "ROC-AUC") for against in BASELINES]
        wanted.append((NONE, "average_precision", f"PR-AUC of {self.particle}s"))
        gates = []
        for against, figure, label in wanted:
            row = rows.loc[(against, figure)]
            gates.append(
                Gate(
                    "G7",
                    name,
                    f"change of {label} against {against}",
                    f"{figure} against {against}",
                    float(row["change"]),
                    judge(float(row["lower"]), lowest, None),
                    interval=(float(row["lower"]), float(row["upper"])),
                    lowest=lowest,
                    remark="Judged by the lower end of the interval.",
                )
            )
        return gates

    def _gather_evidence(self, synthetic: pd.DataFrame, measured: Measured) -> Evidence:
        tests = {"raw": measured.raw, "derived": measured.derived}
        sample, reference = map(self.lens.with_derived, self.compared_samples(synthetic))
        points, train, holdout = (
            self.lens.points(table) for table in (synthetic, self.train, self.holdout)
        )
        closeness, calibrated, is_member = membership_scores(points, train, holdout)
        distances = {
            "synthetic to training": nearest_distance(points, train),
            "held-out to training": nearest_distance(holdout, train),
            "training to training": nearest_distance(train, train, among_themselves=True),
        }
        return Evidence(
            two_sample=pd.concat(
                pd.DataFrame({"columns": name, "is_synthetic": t.is_synthetic, "score": t.score})
                for name, t in tests.items()
            ).reset_index(drop=True),
            separating=pd.concat(
                t.gain.rename_axis("column").rename("gain").reset_index().assign(columns=name)
                for name, t in tests.items()
            ).reset_index(drop=True),
            distances=pd.concat(
                pd.DataFrame({"kind": kind, "distance": d}) for kind, d in distances.items()
            ).reset_index(drop=True),
            membership=pd.DataFrame(
                {"is_member": is_member, "closeness": closeness, "calibrated": calibrated}
            ),
            marginals=compare_marginals(sample, reference, list(sample.columns)),
            correlations=compare_correlations(sample, reference, self.columns),
        )


@dataclass(frozen=True)
class MeasuredGate:
    """A gate of a measured quantity.

    Attributes
    ----------
    rule : "above" and "below": so far beyond the band; "both": on either side; "limit": at
        most the margin, or the end of the band.
    """

    code: str
    name: str
    key: str
    metric: str
    margin: str
    rule: str
    smallest: float = 0.0
    largest: float = float("inf")

    def limits(
        self, band: Interval, margins: Margins
    ) -> tuple[float | None, float | None, float | None]:
        """Return the lowest and highest value of grade A, and the highest of grade B."""
        margin = getattr(margins, self.margin)
        margin_b = getattr(margins, f"{self.margin}_b", None)
        if self.rule == "limit":
            highest_b = None if margin_b is None else max(margin_b, band[1])
            return None, max(margin, band[1]), highest_b
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
    ("G6", "copies"),
)


def bands_of(null: pd.DataFrame) -> dict[str, Interval]:
    """Turn measurements of real events into bands: where the next one would lie.

    The 95 % prediction interval of a normal distribution (Hahn and Meeker 1991, section 4.7),
    which is wider than the quantiles of few repeats and steadier.

    Parameters
    ----------
    null : DataFrame[n_repeats, n_quantities]
    """
    from scipy import stats

    n = len(null)
    factor = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1) * np.sqrt(1 + 1 / n))
    bands = {}
    for spec in MEASURED_GATES:
        mean, half = float(null[spec.key].mean()), factor * float(null[spec.key].std())
        bands[spec.key] = (max(spec.smallest, mean - half), min(spec.largest, mean + half))
    return bands


def _count_gate(code: str, name: str, key: str, metric: str, count: int, remark: str = "") -> Gate:
    """Make a gate of something that must not happen even once."""
    verdict = Verdict.PASS if count == 0 else Verdict.FAIL
    return Gate(
        code, name, metric, key, float(count), verdict, highest=0.0, is_count=True, remark=remark
    )


def _has_class(events: pd.DataFrame) -> bool:
    return "particle" in events and len(events) > 0


def check_table(events: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    """Refuse a table that cannot be judged.

    Raises
    ------
    InputError
        If it is empty, lacks columns, or has values that are missing or infinite.
    """
    if len(events) == 0:
        raise InputError(f"There are no {name} events.")
    if not columns:
        raise InputError("The tables share no numeric column, so that there is nothing to compare.")
    missing = [column for column in columns if column not in events]
    if missing:
        raise InputError(
            f"The table of {name} events has no columns {missing}. "
            f"Columns: {', '.join(map(str, events.columns))}."
        )
    values = events[list(columns)].apply(pd.to_numeric, errors="coerce")
    wrong = ~np.isfinite(values.to_numpy(float))
    problems = [
        f"row {events.index[row]}, column {columns[column]}: "
        f"{events.iloc[row][columns[column]]} (allowed: any finite number)"
        for row, column in np.argwhere(wrong)
    ]
    if problems:
        raise InputError(
            f"The table of {name} events has {len(problems):,} values that are no finite "
            f"numbers:\n{list_problems(problems)}"
        )


def check_changing(events: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse columns by which nothing can be compared.

    Raises
    ------
    InputError
        If a column has the same value in all events.
    """
    constant = [column for column in columns if events[column].nunique() == 1]
    if constant:
        raise InputError(
            f"The columns {', '.join(constant)} have the same value in all training events, so "
            "that nothing can be learnt about them. Leave them out (argument `columns`)."
        )
