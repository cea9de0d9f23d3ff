"""The certificate against tables of known quality: it passes what is right and nothing else."""

import json

import numpy as np
import pandas as pd
import pytest
from toys import hadrons_of, make_events

from showerforge.errors import InputError
from showerforge.events.constraints import Constraint
from showerforge.events.features import with_features
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.validation import Margins, Settings, certify
from showerforge.validation.certificate import Certificate, Control, Gate, Verdict, judge
from showerforge.validation.gates import MEASURED_GATES

NO_RULES: list[Constraint] = []
QUICK = Settings(n_repeats=6, n_permutations=19, n_resamples=100)


def failed(certificate):
    return set(certificate.failed)


def gates(certificate):
    return {gate.key: gate for gate in certificate.gates}


@pytest.fixture(scope="module")
def judged(yardstick_of_both, world):
    return yardstick_of_both.certify(world[2], "a fresh sample")


@pytest.fixture(scope="module")
def fresh_certificate(judged):
    return judged[0]


@pytest.fixture(scope="module")
def few(world):
    """Too few events to measure anything, but leaks are counted."""
    return tuple(table.head(150) for table in world)


class TestWhatIsRightPasses:
    def test_a_fresh_sample_of_the_same_law(self, fresh_certificate):
        assert failed(fresh_certificate) <= {"G7"}
        assert fresh_certificate.verdict is Verdict.PASS
        assert fresh_certificate.grade == "A"
        assert fresh_certificate.is_indistinguishable

    def test_both_controls_are_refused(self, fresh_certificate):
        copy, shuffle = fresh_certificate.controls
        assert "G6" in copy.failed
        assert {"G3", "G4"} <= set(shuffle.failed)
        assert copy.is_caught
        assert shuffle.is_caught

    def test_every_measured_gate_has_band_interval_and_limit(self, fresh_certificate):
        for spec in MEASURED_GATES:
            gate = gates(fresh_certificate)[spec.key]
            assert gate.band[0] <= gate.band[1]
            assert gate.interval[0] <= gate.value <= gate.interval[1]
            assert gate.lowest is not None or gate.highest is not None
            assert gate.verdict is Verdict.PASS

    def test_it_is_plain_json(self, fresh_certificate):
        again = json.loads(json.dumps(fresh_certificate.to_json(), allow_nan=False))
        assert again["verdict"] == "pass"
        assert len(again["gates"]) == len(fresh_certificate.gates)
        assert again["provenance"]["margins"]["two_sample_auc"] == 0.55

    def test_far_more_synthetic_than_real_events_are_judged_fairly(self, yardstick):
        certificate, _ = yardstick.certify(make_events(0, 12_000, seed=3), "many")
        assert certificate.verdict is Verdict.PASS

    def test_fewer_synthetic_than_held_out_events_are_judged_fairly(
        self, yardstick, world, fresh_certificate
    ):
        """Small samples differ more, also real ones: the band is that of their size."""
        certificate, _ = yardstick.certify(world[2].head(250), "few")
        assert certificate.n_compared == 250
        assert certificate.verdict is Verdict.PASS
        for key in ("ks_distance", "correlation"):
            assert gates(certificate)[key].band[1] > gates(fresh_certificate)[key].band[1]

    def test_the_evidence_is_about_the_same_events(self, judged):
        certificate, evidence = judged
        raw = evidence.two_sample[evidence.two_sample["columns"] == "raw"]
        assert raw["is_synthetic"].sum() == certificate.n_compared
        assert evidence.membership["is_member"].sum() == certificate.n_train
        gains = evidence.separating.groupby("columns")["gain"].sum()
        assert gains.to_numpy() == pytest.approx([1, 1])


class TestWhatIsWrongFails:
    def test_copies_of_training_events(self, yardstick, world):
        copies = hadrons_of(world[0]).sample(1500, replace=True, random_state=0)
        certificate, _ = yardstick.certify(copies, "copy")
        assert "G6" in failed(certificate)
        assert gates(certificate)["copies"].value == 1500
        assert gates(certificate)["membership_auc"].value > 0.7
        assert certificate.verdict is Verdict.FAIL

    def test_copies_with_a_little_noise(self, yardstick, world):
        """No exact copy among them, and still found out."""
        noisy = hadrons_of(world[0]).sample(1500, replace=True, random_state=0)
        noisy[["fDist", "fAsym", "fLength"]] += np.random.default_rng(0).normal(0, 0.05, (1500, 3))
        noisy[HILLAS_PARAMETERS] = noisy[HILLAS_PARAMETERS].round(4)
        certificate, _ = yardstick.certify(noisy, "noise")
        assert gates(certificate)["copies"].value == 0
        for key in ("authenticity", "membership_auc", "membership_found"):
            assert gates(certificate)[key].verdict is Verdict.FAIL, key

    def test_interpolated_events(self, yardstick, world):
        hadrons = hadrons_of(world[0])[HILLAS_PARAMETERS]
        points = hadrons.to_numpy() / hadrons.std().to_numpy()
        distances = ((points[:, np.newaxis] - points[np.newaxis]) ** 2).sum(axis=2)
        neighbour = np.argsort(distances, axis=1)[:, 1]
        between = 0.5 * (hadrons.to_numpy() + hadrons.to_numpy()[neighbour])
        table = pd.DataFrame(between, columns=HILLAS_PARAMETERS).assign(particle="hadron")
        certificate, _ = yardstick.certify(table, "interpolation")
        assert gates(certificate)["segment_share"].value > 0.95
        assert gates(certificate)["segment_share"].verdict is Verdict.FAIL

    def test_shuffled_columns(self, yardstick, world):
        generator = np.random.default_rng(0)
        shuffled = world[2].copy()
        for column in HILLAS_PARAMETERS:
            shuffled[column] = generator.permutation(shuffled[column])
        certificate, _ = yardstick.certify(shuffled, "shuffle")
        assert {"G1", "G3", "G4"} <= failed(certificate)
        assert "G2" not in failed(certificate)

    def test_a_shifted_column(self, yardstick, world):
        shifted = world[2].copy()
        shifted["fDist"] *= 1.25
        certificate, _ = yardstick.certify(shifted, "shift")
        assert "G2" in failed(certificate)
        assert "G3" not in failed(certificate)
        assert "fDist" in gates(certificate)["ks_distance"].remark

    def test_events_that_crowd_in_the_middle(self, yardstick, world):
        """Shrinking raises precision and density: a one-sided rule would praise it."""
        hadrons = hadrons_of(world[0])[HILLAS_PARAMETERS]
        shrunk = world[2].copy()
        shrunk[HILLAS_PARAMETERS] = hadrons.median() + 0.6 * (
            shrunk[HILLAS_PARAMETERS] - hadrons.median()
        )
        certificate, _ = yardstick.certify(shrunk, "shrunk")
        by_key = gates(certificate)
        assert by_key["density"].verdict is Verdict.FAIL
        assert by_key["density"].value > by_key["density"].band[1]
        assert by_key["recall"].verdict is Verdict.FAIL
        assert by_key["precision"].verdict is Verdict.PASS

    def test_interpolated_features(self, yardstick, world):
        table = with_features(world[2], ["engineered"])
        table["shower_density"] *= 1.02
        certificate, _ = yardstick.certify(table, "features")
        assert gates(certificate)["identities"].value == len(table)
        assert failed(certificate) - {"G7"} == {"G1"}

    def test_too_many_decimals_and_a_missing_atom(self, world, rules):
        train, holdout, fresh = (table.copy() for table in world)
        for number, table in enumerate((train, holdout)):
            lines = table.sample(frac=0.06, random_state=number).index
            table.loc[lines, "fWidth"] = 0.0
        fresh["fAlpha"] += 1e-6
        assert (fresh["fWidth"] > 0).all()
        certificate = certify(fresh, train, holdout, rules, settings=QUICK)
        assert gates(certificate)["decimals"].value == len(fresh)
        assert gates(certificate)["missing_values"].value == 1
        assert gates(certificate)["special_rate"].verdict is Verdict.FAIL
        assert "fWidth: repeated values: 0.0%" in gates(certificate)["special_rate"].remark

    def test_broken_hard_rules(self, yardstick, world):
        wide = world[2].copy()
        wide.loc[wide.index[:3], "fWidth"] = wide["fLength"] + 1
        certificate, _ = yardstick.certify(wide, "wide")
        assert gates(certificate)["hard_rules"].value == 3
        assert "G1" in failed(certificate)

    def test_useless_events_make_no_claim_of_utility(self, yardstick_of_both):
        """Gammas sold as hadrons."""
        gammas = make_events(1500, 0, seed=8).assign(particle="hadron")
        certificate, _ = yardstick_of_both.certify(gammas, "gammas")
        assert "G7" in failed(certificate)
        assert not certificate.claims_utility
        change = gates(certificate)["roc_auc against no resampling"]
        assert change.interval[1] < 0


class TestLeakageMakesItVoid:
    def test_a_parent_from_the_hold_out(self, yardstick, world):
        leaky = world[2].assign(parent=pd.NA, neighbour=pd.NA).astype({"parent": "Int64"})
        leaky.loc[leaky.index[0], "parent"] = int(world[1].index[0])
        certificate, _ = yardstick.certify(leaky, "leak")
        assert gates(certificate)["parents"].value == 1
        assert certificate.verdict is Verdict.VOID

    def test_ids_that_are_not_distinct_prove_nothing(self, few, rules):
        train, holdout, fresh = (table.reset_index(drop=True) for table in few)
        table = fresh.assign(parent=0, neighbour=1).astype({"parent": "Int64"})
        certificate = certify(table, train, holdout, rules, settings=QUICK)
        assert gates(certificate)["parents"].verdict is Verdict.NOT_TESTED
        with_ids = [
            table.assign(event_id=np.arange(len(table)) + first)
            for table, first in ((train, 0), (holdout, 10_000))
        ]
        certificate = certify(table, *with_ids, rules, settings=QUICK)
        assert gates(certificate)["parents"].verdict is Verdict.PASS

    def test_a_failed_proof_of_invariance(self, yardstick, world):
        certificate, _ = yardstick.certify(world[2], "leak", {"changes by garbage": False})
        assert certificate.verdict is Verdict.VOID

    def test_a_group_on_both_sides(self, few, rules):
        train, holdout, fresh = few
        straddling = holdout.copy()
        straddling.iloc[0, straddling.columns.get_loc("group")] = train["group"].iloc[0]
        certificate = certify(fresh, train, straddling, rules, settings=QUICK)
        assert gates(certificate)["groups"].value == 1
        assert certificate.verdict is Verdict.VOID

    def test_a_twin_of_a_training_event_in_the_hold_out(self, few, rules):
        train, holdout, fresh = few
        twin = pd.concat([holdout, train.iloc[[0]].assign(group=10**6)])
        certificate = certify(fresh, train, twin, rules, settings=QUICK)
        assert gates(certificate)["twins"].value == 1
        assert certificate.verdict is Verdict.VOID

    def test_a_control_that_is_not_refused(self, fresh_certificate):
        control = Control("copy", ("G6",), (), {})
        broken = Certificate("g", "p", 1, 1, 1, 1, fresh_certificate.gates, (control,))
        assert broken.verdict is Verdict.VOID


class TestNotEnoughData:
    def test_few_held_out_events(self, world, rules):
        train, holdout, fresh = world
        certificate = certify(fresh, train, holdout.head(60), rules, settings=QUICK)
        assert certificate.verdict is Verdict.NOT_ENOUGH_DATA
        gate = gates(certificate)["two_sample_auc"]
        assert gate.verdict is Verdict.NOT_ENOUGH_DATA
        assert "Needs 100 synthetic events" in gate.remark
        assert gates(certificate)["hard_rules"].verdict is Verdict.PASS

    def test_few_synthetic_events(self, yardstick, world):
        certificate, evidence = yardstick.certify(world[2].head(40), "few")
        assert certificate.verdict is Verdict.NOT_ENOUGH_DATA
        assert len(evidence.two_sample) == 0
        json.dumps(certificate.to_json(), allow_nan=False)

    def test_a_failure_is_one_even_with_few_events(self, yardstick, world):
        copies = hadrons_of(world[0]).head(40)
        assert yardstick.certify(copies, "few copies")[0].verdict is Verdict.FAIL


class TestAnyTables:
    def test_tables_of_other_columns_without_classes_or_rules(self):
        generator = np.random.default_rng(0)
        shape = np.linalg.cholesky(np.array([[1, 0.7, 0], [0.7, 1, 0.2], [0, 0.2, 1]]))

        def draw(n):
            return pd.DataFrame(generator.standard_normal((n, 3)) @ shape.T, columns=list("xyz"))

        certificate = certify(draw(600), draw(1200), draw(600), settings=QUICK, generator="mine")
        assert certificate.verdict is Verdict.PASS
        assert certificate.generator == "mine"
        assert gates(certificate)["utility"].verdict is Verdict.NOT_TESTED
        independent = pd.DataFrame(generator.standard_normal((600, 3)), columns=list("xyz"))
        certificate = certify(independent, draw(1200), draw(600), settings=QUICK)
        assert {"G3", "G4"} <= failed(certificate)

    def test_columns_can_be_chosen(self, world):
        train, holdout, fresh = world
        fresh = fresh.assign(fDist=1.0)
        columns = ["fLength", "fSize", "fAlpha"]
        certificate = certify(fresh, train, holdout, columns=columns, settings=QUICK)
        assert "G2" not in failed(certificate)


class TestBadInput:
    def test_missing_values(self, yardstick, world):
        table = world[2].copy()
        table.loc[table.index[7], "fAsym"] = np.nan
        with pytest.raises(InputError, match=r"row 7, column fAsym: nan \(allowed"):
            yardstick.certify(table, "nan")

    def test_missing_columns(self, yardstick, world):
        with pytest.raises(InputError, match=r"has no columns \['fAsym'\]"):
            yardstick.certify(world[2].drop(columns="fAsym"), "columns")

    def test_several_classes_at_once(self, yardstick):
        with pytest.raises(InputError, match="gamma and hadron, but hadron events are judged"):
            yardstick.certify(make_events(50, 50), "both")

    def test_empty_tables(self, yardstick, world):
        with pytest.raises(InputError, match="There are no synthetic"):
            yardstick.certify(world[2].head(0), "empty")

    def test_no_common_column(self):
        first, second = pd.DataFrame({"x": [1.0]}), pd.DataFrame({"y": [1.0]})
        with pytest.raises(InputError, match="share no numeric column"):
            certify(first, second, second)

    def test_constant_columns(self, world):
        tables = [table.assign(fConc=0.3) for table in world]
        with pytest.raises(InputError, match="fConc have the same value in all training events"):
            certify(tables[2], tables[0], tables[1], settings=QUICK)

    def test_a_rule_called_hard_that_real_events_break(self, world):
        rule = Constraint(name="short", left="fLength", relation="<=", right=50.0, because="no")
        with pytest.raises(InputError, match=r"short: broken by [\d,]+ of [\d,]+ events"):
            certify(world[2], world[0], world[1], [rule], settings=QUICK)

    def test_a_rule_that_no_event_can_meet(self, world):
        rule = Constraint(name="none", left="fLength", relation="<=", right=-1.0, because="no")
        with pytest.raises(InputError, match="no event can meet it"):
            certify(world[2], world[0], world[1], [rule], settings=QUICK)


def test_a_band_beyond_grade_b_leaves_too_little_to_judge_by():
    spec = next(spec for spec in MEASURED_GATES if spec.key == "two_sample_auc")
    assert spec.limits((0.46, 0.54), Margins()) == (None, 0.55, 0.60)
    assert spec.is_resolved((0.46, 0.54), Margins())
    assert not spec.is_resolved((0.36, 0.63), Margins())
    attack = next(spec for spec in MEASURED_GATES if spec.key == "membership_auc")
    assert attack.limits((0.45, 0.53), Margins()) == (None, 0.55, None)
    assert attack.limits((0.42, 0.57), Margins()) == (None, 0.55, 0.57)


def test_at_most_so_many_events_are_compared(world, rules):
    train, holdout, fresh = world
    settings = Settings(n_repeats=5, n_permutations=19, n_resamples=100, maximum_compared=120)
    assert certify(fresh, train, holdout, rules, settings=settings).n_compared == 120


def test_limits_by_hand():
    assert judge(0.5, None, 0.55, 0.6) is Verdict.PASS
    assert judge(0.58, None, 0.55, 0.6) is Verdict.PASS
    assert judge(0.61, None, 0.55, 0.6) is Verdict.FAIL
    assert judge(0.9, 0.95, None) is Verdict.FAIL
    b = Gate("G4", "joint", "AUC", "auc", 0.58, Verdict.PASS, highest=0.55, highest_b=0.6)
    assert b.grade == "B"


def test_shipped_margins_are_those_of_the_library(magic_parameters):
    margins = magic_parameters["synthetic_validation"]["margins"]
    assert Margins(**margins) == Margins()
