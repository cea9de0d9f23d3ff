"""Tables of anybody's generator: what is compared, what is held out, and what cannot be known."""

import numpy as np
import pandas as pd
import pytest
from toys import make_events

from showerforge.errors import InputError
from showerforge.events.constraints import HILLAS_RELATIONS, Constraint
from showerforge.events.features import compute_features, feature_names
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.validation import Settings, Verdict
from showerforge.validation.own_tables import DERIVED, arrange_tables, certify_own

QUICK = Settings(n_repeats=6, n_permutations=19, n_resamples=100, minimum_events=50)


def draw(n, seed):
    """Draw events of somebody else's columns."""
    generator = np.random.default_rng(seed)
    length = generator.lognormal(3, 0.3, n)
    width = length * generator.beta(3, 4, n)
    return pd.DataFrame({"length": length, "width": width, "energy": generator.normal(length, 3)})


@pytest.fixture(scope="module")
def real():
    return draw(900, 0)


def gates(certificate):
    return {gate.key: gate for gate in certificate.gates}


class TestArrangement:
    def test_numeric_columns_of_all_tables_are_compared_and_others_are_told(self):
        real = draw(60, 0).assign(night="first", extra=1.0, event_id=range(60))
        made = draw(40, 1).assign(night="none", seed=3, width="wide")
        tables = arrange_tables(real, made)
        assert tables.columns == ["length", "energy"]
        assert tables.left_out == {
            "width": "no numbers in the synthetic table",
            "night": "no numbers in the real and synthetic table",
            "extra": "not in the synthetic table",
            "seed": "not in the real table",
        }
        assert arrange_tables(real, made, columns=["energy"]).left_out == {}

    def test_real_events_are_parted_whole_groups_and_twins_together(self):
        real = draw(60, 0)
        real = pd.concat([real, real.iloc[:20]], ignore_index=True)
        real["shower"] = np.arange(len(real)) // 2
        tables = arrange_tables(real, draw(40, 1), group_column="shower", seed=5)
        assert not tables.training_is_known
        assert len(tables.train) + len(tables.holdout) == len(real)
        assert 0.2 < len(tables.holdout) / len(real) < 0.5
        for column in ("shower", "length"):
            sides = [set(real.loc[t.index, column]) for t in (tables.train, tables.holdout)]
            assert not sides[0] & sides[1]
        assert "not known" in tables.notes[0]
        again = arrange_tables(real, draw(40, 1), group_column="shower", seed=5)
        pd.testing.assert_frame_equal(tables.holdout, again.holdout)

    def test_training_events_are_not_held_out_nor_what_belongs_to_them(self):
        real = draw(60, 0).assign(group=np.arange(60) // 3)
        train = real.iloc[:31]
        tables = arrange_tables(real, draw(40, 1), train)
        assert tables.training_is_known
        assert tables.holdout.index.tolist() == list(range(33, 60))
        assert tables.notes == [
            "33 of 60 real events are among the training events, or belong together with one, and "
            "are not held out."
        ]
        fresh = arrange_tables(draw(60, 7), draw(40, 1), train)
        assert len(fresh.holdout) == 60
        assert fresh.notes == []
        with pytest.raises(InputError, match="none is held out"):
            arrange_tables(train, draw(40, 1), train)

    def test_the_class_is_taken_from_the_tables_or_told(self):
        real = pd.concat([draw(40, 0).assign(kind=1.0), draw(40, 1).assign(kind=0.0)])
        real = real.reset_index(drop=True)
        made = draw(30, 2)
        told = arrange_tables(real, made, label_column="kind", particle="1")
        assert told.particle == "1"
        assert set(told.train["particle"]) == {"0", "1"}
        named = arrange_tables(real, made.assign(kind=1), label_column="kind")
        assert named.particle == "1"
        both = made.assign(kind=np.arange(30) % 2)
        chosen = arrange_tables(real, both, label_column="kind", particle="0")
        assert len(chosen.synthetic) == 15
        assert chosen.notes[0].startswith("15 synthetic events of another class")

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"label_column": "kind"}, "Say which class of synthetic events"),
            ({"label_column": "kind", "particle": "elektron"}, "did you mean electron"),
            ({"label_column": "kynd"}, r"no column 'kynd' \(did you mean kind"),
            ({"particle": "photon"}, "no column that tells the class"),
            ({"columns": ["length", "depth"]}, r"table of real events has no columns \['depth'\]"),
        ],
    )
    def test_what_cannot_be_is_told(self, options, words):
        real = draw(40, 0).assign(kind=np.where(np.arange(40) % 2, "photon", "electron"))
        with pytest.raises(InputError, match=words):
            arrange_tables(real, draw(30, 1), **options)

    def test_missing_values_and_classes_are_named_by_their_row(self):
        real = draw(40, 0)
        real.loc[7, "width"] = np.nan
        with pytest.raises(InputError, match=r"real events .*\n.*row 7, column width: nan"):
            arrange_tables(real, draw(30, 1))
        kinds = draw(40, 0).assign(kind=["a"] * 39 + [None])
        with pytest.raises(
            InputError, match=r"1 events of the real table have no class:\n.*row 39"
        ):
            arrange_tables(kinds, draw(30, 1), label_column="kind", particle="a")
        with pytest.raises(InputError, match="too few to be parted"):
            arrange_tables(draw(2, 0), draw(30, 1))
        with pytest.raises(InputError, match="share no numeric column"):
            arrange_tables(draw(40, 0), draw(30, 1).add_prefix("my_"))

    def test_physics_applies_to_hillas_parameters_only(self):
        real, made = make_events(0, 300, 1), make_events(0, 300, 2)
        tables = arrange_tables(real, made)
        assert tables.columns == HILLAS_PARAMETERS
        assert {rule.name for rule in HILLAS_RELATIONS} < {rule.name for rule in tables.rules}
        assert list(tables.derive(real)) == feature_names(DERIVED)
        some = arrange_tables(real, made, columns=["fLength", "fWidth", "fDist"])
        assert some.derive is None
        assert {rule.left for rule in some.rules} == {"fLength", "fWidth", "fDist"}
        others = arrange_tables(draw(60, 0), draw(60, 1))
        assert others.rules == []
        assert others.derive is None

    def test_features_in_the_tables_are_judged_as_computed(self):
        """Not as measured: else each would count twice."""
        tables = [
            pd.concat([events, compute_features(events, DERIVED)], axis=1)
            for events in (make_events(0, 100, 1), make_events(0, 100, 2))
        ]
        arranged = arrange_tables(*tables)
        assert arranged.columns == HILLAS_PARAMETERS
        assert set(arranged.left_out) == set(feature_names(DERIVED))

    def test_shipped_parameters_derive_and_restrict_the_same(self, magic_parameters, constraints):
        assert magic_parameters["data_processing"]["feature_sets"] == DERIVED
        assert constraints == list(HILLAS_RELATIONS)


class TestVerdict:
    """What is known decides on what can be claimed."""

    def judge(self, real, made, train=None, **options):
        return certify_own(arrange_tables(real, made, train, **options), "toy", QUICK)[0]

    def test_fresh_events_pass_if_the_training_is_known(self, real):
        certificate = self.judge(real, draw(400, 1), real.iloc[:600])
        assert certificate.verdict is Verdict.PASS
        assert certificate.n_holdout == 300
        assert gates(certificate)["hard_rules"].verdict is Verdict.NOT_TESTED
        assert gates(certificate)["identities"].verdict is Verdict.NOT_TESTED

    def test_the_same_events_are_not_certified_if_it_is_not(self, real):
        certificate = self.judge(real, draw(400, 1))
        assert certificate.verdict is Verdict.NOT_TESTED
        assert certificate.grade == ""
        assert not certificate.claims_utility
        by_code = {code: certificate.of(code) for code in ("G0", "G6", "G7")}
        for own in by_code.values():
            assert {gate.verdict for gate in own} == {Verdict.NOT_TESTED}
        assert {gate.verdict for gate in certificate.of("G2", "G3", "G5")} == {Verdict.PASS}
        for key in ("membership_auc", "membership_found"):
            assert gates(certificate)[key].value is None
        assert certificate.to_json()["training_is_known"] is False

    @pytest.mark.parametrize("noise", [0.0, 1e-4], ids=["copies", "copies with noise"])
    def test_copies_are_refused_whether_it_is_or_not(self, real, noise):
        generator = np.random.default_rng(0)
        made = real.sample(400, random_state=3)
        made = made * (1 + noise * generator.normal(size=made.shape))
        for train in (None, real.drop(made.index[:50])):
            certificate = self.judge(real, made, train)
            assert certificate.verdict is Verdict.FAIL
            assert certificate.failed[-1] == "G6"
            assert gates(certificate)["authenticity"].verdict is Verdict.FAIL
            assert (gates(certificate)["copies"].value > 0) == (noise == 0)

    def test_copies_of_any_real_event_count_if_it_is_not_known_which_were_learnt_from(self, real):
        made = draw(400, 1)
        made.iloc[:5] = arrange_tables(real, made).holdout.iloc[:5][made.columns].to_numpy()
        assert gates(self.judge(real, made))["copies"].value == 5

    def test_rules_of_the_user_apply(self, real):
        rule = Constraint(
            name="thin", left="width", relation="<=", right="length", because="an axis"
        )
        made = draw(400, 1)
        made.loc[:2, "width"] = made["length"] + 1
        certificate = self.judge(real, made, real.iloc[:600], rules=[rule])
        assert gates(certificate)["hard_rules"].value == 3
        assert "G1" in certificate.failed

    def test_few_events_leave_it_open(self, real):
        certificate = self.judge(real.iloc[:30], draw(400, 1), real.iloc[200:300])
        assert certificate.verdict is Verdict.NOT_ENOUGH_DATA

    def test_utility_is_tested_where_both_classes_are_there(self):
        real, made = make_events(500, 500, 1), make_events(0, 300, 2)
        known = self.judge(real.iloc[600:], made, real.iloc[:600])
        assert known.particle == "hadron"
        assert all(gate.value is not None for gate in known.of("G7"))
        assert gates(known)["hard_rules"].verdict is Verdict.PASS
