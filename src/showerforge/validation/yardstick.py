"""Real events as a yardstick, by which any number of synthetic tables is judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from showerforge.events.constraints import Constraint, of_severity
from showerforge.metrics.intervals import normal_interval
from showerforge.metrics.separation import roc_auc_with_error
from showerforge.progress import run_side_by_side
from showerforge.validation import leakage, validity
from showerforge.validation.certificate import (
    Certificate,
    Control,
    Gate,
    Verdict,
    judge,
)
from showerforge.validation.dependence import compare_correlations
from showerforge.validation.gates import (
    CONFIDENCE,
    Margins,
    OwnGate,
    bands_of,
    count_gate,
    with_own_gates,
)
from showerforge.validation.joint import EnergyDistance, linear_two_sample_test
from showerforge.validation.marginals import compare_marginals, holm_rejections
from showerforge.validation.measurements import Lens, Measured, measure
from showerforge.validation.memorisation import membership_scores, nearest_distance
from showerforge.validation.tables import check_changing, check_class, check_table, has_class
from showerforge.validation.utility import BASELINES, NONE, SYNTHETIC, Utility
from showerforge.validation.validity import Derive

COPY, SHUFFLE = "bootstrap copy", "column shuffle"
#: of the attack that tells training from held-out events
_ATTACK = ("membership_auc", "membership_found")
_NO_DERIVED = "There are no derived columns."
_UNKNOWN = "Which real events the generator learnt from is not known"


@dataclass(frozen=True)
class Settings:
    """How much work a certificate is worth.

    Attributes
    ----------
    n_repeats : random partitions of the real table behind each band.
    n_permutations : relabellings behind the p-value of the energy distance.
    n_resamples : bootstrap resamples behind the intervals of the utility.
    minimum_events : fewest events of either side by which a distribution is judged.
    maximum_compared : most events of either side in the comparisons of distributions, whose
        memory grows as the square.
    n_jobs : partitions measured at a time; -1 is one for each core.
    seed : seed of every random draw.
    """

    n_repeats: int = 40
    n_permutations: int = 200
    n_resamples: int = 500
    minimum_events: int = 100
    maximum_compared: int = 3000
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


class Yardstick:
    """Real events, prepared to judge synthetic ones by; serves many certificates.

    Parameters are those of `certify`; `particle` is the class that is generated, empty for
    tables without classes. Without `training_is_known`, `train` and `holdout` are parts of the real
    events, of which the generator may have seen either; see `Certificate`.
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
        own_gates: Sequence[OwnGate] = (),
        training_is_known: bool = True,
    ):
        self.training_is_known = training_is_known
        self.margins, self.settings = margins or Margins(), settings or Settings()
        self.particle, self.signal = particle, signal
        self.columns, self.rules = list(columns), list(rules)
        self.gates = with_own_gates(own_gates)
        derive = derive or (lambda events: pd.DataFrame(index=events.index))
        for table, name in ((train, "training"), (holdout, "held-out")):
            check_table(table, self.columns, name)
        self.all_train, self.all_holdout = train, holdout
        self.train, self.holdout = self._of_class(train), self._of_class(holdout)
        for table, name in ((self.train, "training"), (self.holdout, "held-out")):
            check_table(table, self.columns, f"{name} {particle}".strip())
            validity.check_rules(table, self.rules, name)
        check_changing(self.train, self.columns)
        self.lens = Lens.focus(self.train, self.columns, self.rules, derive, own_gates)
        n_real = len(self.train) + len(self.holdout)
        self.n_compared = min(len(self.holdout), n_real // 3, self.settings.maximum_compared)
        self._nulls: dict[int, pd.DataFrame] = {}
        self.utility = self._prepare_utility()

    def _of_class(self, events: pd.DataFrame) -> pd.DataFrame:
        """Take the events of the generated class, twins once."""
        if self.particle and "particle" in events:
            events = events[events["particle"] == self.particle]
        return events.drop_duplicates(self.columns)

    @property
    def _known_to_generator(self) -> pd.DataFrame:
        """Real events that the generator may have learnt from."""
        if self.training_is_known:
            return self.all_train
        return pd.concat([self.all_train, self.all_holdout])

    @property
    def has_derived(self) -> bool:
        """Whether any column is computed from the measured ones."""
        return len(self.lens.with_derived(self.train.head(1)).columns) > len(self.columns)

    def _is_enough(self, n: int) -> bool:
        return n >= self.settings.minimum_events

    def n_compared_with(self, synthetic: pd.DataFrame) -> int:
        """Return the number of events on either side of a comparison."""
        return min(self.n_compared, len(synthetic))

    @property
    def null(self) -> pd.DataFrame:
        """Measurements of real events, of the usual size; none without enough data."""
        if not self._is_enough(self.n_compared):
            return pd.DataFrame()
        return self._measure_real_events(self.n_compared)

    def _measure_real_events(self, n: int) -> pd.DataFrame:
        """Measure real against real: a part as if synthetic, a part held out, the rest.

        Parameters
        ----------
        n : events in the first two parts.

        Returns
        -------
        null : DataFrame[n_repeats, n_quantities]
        """
        if n not in self._nulls:
            self._nulls[n] = pd.DataFrame(self._measure_partitions(n))
        return self._nulls[n]

    def _measure_partitions(self, n: int) -> Iterator[dict[str, float]]:
        real = pd.concat([self.train, self.holdout])
        generator = np.random.default_rng(self.settings.seed)
        orders = [generator.permutation(len(real)) for _ in range(self.settings.n_repeats)]

        def measure_one(number: int, order: np.ndarray) -> dict[str, float]:
            sample, reference, rest = (real.iloc[rows] for rows in np.split(order, [n, 2 * n]))
            measured = measure(
                sample, sample, rest, reference, self.lens, self.settings.seed + number
            )
            return {key: m.value for key, m in measured.values.items()}

        return run_side_by_side(
            measure_one,
            list(enumerate(orders)),
            self.settings.n_jobs,
            "Measuring real against real",
            in_processes=True,
        )

    @cached_property
    def controls(self) -> tuple[Control, ...]:
        """The two tables of known faults, judged by the same gates; none without data."""
        return tuple(self._judge_controls()) if self._is_enough(self.n_compared) else ()

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
            gates = [
                *self._counted_gates(table),
                *self._measured_gates(measured, self.n_compared, {}),
            ]
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
        n, seed = self.n_compared_with(synthetic), self.settings.seed
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
        if self._is_enough(self.n_compared_with(synthetic)):
            measured = self._measure(synthetic).values
            values |= {key: measurement.value for key, measurement in measured.items()}
        values["change_in_auc"] = (
            self.utility.change_in_auc(self.lens.with_derived(synthetic))
            if self.utility
            else float("nan")
        )
        return values

    def _prepare_utility(self) -> Utility | None:
        if not self.training_is_known or not self.particle:
            return None
        if not (has_class(self.all_train) and has_class(self.all_holdout)):
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
        check_class(synthetic, self.particle)
        n = self.n_compared_with(synthetic)
        changes = self.utility.compare(self.lens.with_derived(synthetic)) if self.utility else None
        gates = [*self._leakage_gates(synthetic, leaks or {}), *self._counted_gates(synthetic)]
        evidence = Evidence.without_rows()
        if self._is_enough(n):
            measured = self._measure(synthetic, with_errors=True)
            gates += self._measured_gates(measured, n, self._remarks(synthetic))
            evidence = self._gather_evidence(synthetic, measured)
        else:
            gates += self._gates_without_data(synthetic)
        gates += self._utility_gates(changes)
        if not self.training_is_known:
            gates = [_without_training(gate) for gate in gates]
        certificate = Certificate(
            generator=generator,
            particle=self.particle or "event",
            n_synthetic=len(synthetic),
            n_train=len(self.train),
            n_holdout=len(self.holdout),
            n_compared=n,
            gates=tuple(sorted(gates, key=lambda gate: gate.code)),
            controls=self.controls,
            utility=() if changes is None else tuple(changes.to_dict("records")),
            provenance={
                "synthetic_sha256": leakage.fingerprint(synthetic[self.columns]),
                "train_sha256": leakage.fingerprint(self.train[self.columns]),
                "holdout_sha256": leakage.fingerprint(self.holdout[self.columns]),
                "margins": {
                    **asdict(self.margins),
                    **{gate.name: gate.margin for gate in self.lens.own_gates},
                },
                "seed": self.settings.seed,
                "n_repeats": self.settings.n_repeats,
            },
            training_is_known=self.training_is_known,
        )
        return certificate, evidence

    def _leakage_gates(self, synthetic: pd.DataFrame, leaks: dict[str, bool]) -> list[Gate]:
        if not self.training_is_known:
            what = "events of the comparison that the generator has learnt from"
            return [_not_tested("G0", "leakage", what, "seen", f"{_UNKNOWN}.")]
        train_ids, holdout_ids = map(leakage.event_ids, (self.all_train, self.all_holdout))
        knows_parents = leakage.has_parents(synthetic) and not train_ids.isin(holdout_ids).any()
        outside = leakage.parents_outside(synthetic, train_ids)
        twins = leakage.exact_copies(self.all_holdout, self.all_train, self.columns)
        gates = [
            count_gate(
                "G0",
                "leakage",
                "parents",
                "synthetic events with a parent outside the training events",
                outside,
            )
            if knows_parents
            else _not_tested(
                "G0",
                "leakage",
                "synthetic events with a parent outside the training events",
                "parents",
                "The ids of training and held-out events are not distinct."
                if leakage.has_parents(synthetic)
                else "The generator records no parents.",
            ),
            count_gate(
                "G0",
                "leakage",
                "groups",
                "groups on both sides of the split",
                leakage.groups_on_both_sides(self.all_train, self.all_holdout),
            ),
            count_gate(
                "G0", "leakage", "twins", "held-out events that equal a training event", twins
            ),
        ]
        return gates + [
            count_gate("G0", "leakage", key, key, int(not is_true))
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
        broken = "events that break a hard rule"
        inconsistent = "events with a derived column that does not follow from the others"
        return [
            count_gate(
                "G1",
                "validity",
                "hard_rules",
                broken,
                validity.count_broken_hard(synthetic, self.rules),
                vacuous,
            )
            if of_severity(self.rules, "hard")
            else _not_tested(
                "G1", "validity", broken, "hard_rules", "No rules are known for these columns."
            ),
            count_gate(
                "G1",
                "validity",
                "identities",
                inconsistent,
                validity.count_broken_identities(synthetic, self.lens.derive),
            )
            if self.has_derived
            else _not_tested("G1", "validity", inconsistent, "identities", _NO_DERIVED),
            count_gate(
                "G1",
                "validity",
                "decimals",
                "events with more decimals than recorded ones have",
                validity.count_excess_decimals(synthetic, self.train, self.columns),
            ),
            count_gate(
                "G1",
                "validity",
                "missing_values",
                "repeated values of real events, such as a width of zero, that never occur",
                validity.count_missing_values(synthetic, self.train, self.lens.atoms),
            ),
            count_gate(
                "G6",
                "memorisation",
                "copies",
                f"exact copies of {'training' if self.training_is_known else 'real'} events",
                leakage.exact_copies(synthetic, self._known_to_generator, self.columns),
            ),
        ]

    def _measured_gates(self, measured: Measured, n: int, remarks: dict[str, str]) -> list[Gate]:
        bands = bands_of(self._measure_real_events(n), self.gates)
        gates = []
        for spec in self.gates:
            value, error = measured.values[spec.key]
            lowest, highest, highest_b = spec.limits(bands[spec.key], self.margins)
            gates.append(
                Gate(
                    spec.code,
                    spec.name,
                    spec.metric,
                    spec.key,
                    value,
                    judge(value, lowest, highest, highest_b)
                    if spec.is_resolved(bands[spec.key], self.margins)
                    else Verdict.NOT_ENOUGH_DATA,
                    interval=normal_interval(value, error, CONFIDENCE, spec.smallest, spec.largest),
                    band=bands[spec.key],
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
            for spec in self.gates
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
        derived = {} if self.has_derived else {"two_sample_auc_derived": _NO_DERIVED}
        return derived | {
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
                _not_tested(
                    "G7",
                    name,
                    "change of ROC-AUC by the synthetic events",
                    "utility",
                    f"Needs events of both classes, {self.settings.minimum_events} each, in train "
                    "and holdout.",
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


def _not_tested(code: str, name: str, metric: str, key: str, remark: str) -> Gate:
    return Gate(code, name, metric, key, None, Verdict.NOT_TESTED, remark=remark)


def _without_training(gate: Gate) -> Gate:
    """Take back what a gate says if the training events are not known.

    Copies show whoever was learnt from, so that a failure stands; that none were found among the
    real events at hand proves nothing. The attack has nobody to tell apart.
    """
    if gate.code == "G7" or gate.key in _ATTACK:
        return _not_tested(gate.code, gate.name, gate.metric, gate.key, f"{_UNKNOWN}.")
    if gate.code != "G6" or gate.verdict is not Verdict.PASS:
        return gate
    remark = (
        f"Within the limit among the real events at hand. {_UNKNOWN}, so that it proves nothing."
    )
    return replace(gate, verdict=Verdict.NOT_TESTED, remark=remark)
