"""The page of the certificate says what was measured, and hides no failure."""

import json
import re

import pytest
from certificates import BETWEEN, FRESH, judge_toys

from showerforge.report.certificate import (
    QUESTIONS,
    describe_verdict,
    format_limit,
    format_value,
    render_certificate,
    sum_up_parents,
    tabulate_gates,
)
from showerforge.report.page import render
from showerforge.validation.certificate import OWN

PNG = b"\x89PNG not really"
NAMES = ("gates", "qq", "ks", "correlations", "corner", "two_sample", "memorisation", "utility")
COMPARISON = {
    "passes": True,
    "failed": "",
    "two_sample_auc": 0.512,
    "two_sample_auc_derived": 0.5234,
    "ks_distance": 0.041,
    "coverage": 0.95,
    "membership_auc": 0.505,
    "change_in_auc": 0.0005,
    "change_lower": -0.001,
    "change_upper": 0.002,
}
ALARM = {
    "generator": "SMOTE",
    "right_auc": 0.94,
    "wrong_auc": 0.9632,
    "illusion": 0.0232,
    "right_share": 0.0003,
    "wrong_share": 0.32,
    "limit": 0.01,
    "is_flagged": True,
}


def as_json(name):
    return json.loads(json.dumps(judge_toys()[name].certificate.to_json()))


def make_context(first=FRESH, second=BETWEEN, **changes):
    return {
        "title": "certificate of toy hadrons",
        "footer": "toy events · seed 0",
        "provenance": {"data": "toy events", "parameters_sha256": "ab" * 32},
        "note": "",
        "version": "1.2.3",
        "choice": {
            "generator": "fresh",
            "label": first,
            "reference": "between",
            "reference_label": second,
            "reason": "It passes everywhere.",
            "rule": "The best one.",
        },
        "certificates": {"fresh": as_json(first), "between": as_json(second)},
        "comparison": [
            {"generator": "fresh", "label": first, **COMPARISON},
            {
                "generator": "between",
                "label": second,
                **COMPARISON,
                "passes": False,
                "failed": "G4 G6",
                "change_in_auc": float("nan"),
            },
        ],
        "leakage": {
            "folds": [
                {
                    "generator": name,
                    "fold": fold,
                    "n_synthetic": 1000,
                    "n_parents": 400 if name == "between" else 0,
                    "n_outside": 0,
                }
                for name in ("fresh", "between")
                for fold in range(5)
            ],
            "holdout_invariance": [{"generator": first, "is_invariant": True}],
            "tracer": {"generator": "SMOTE", "n_synthetic": 4594, "right": 0, "wrong": 1630},
            "groups_on_both_sides": 0,
            "alarm": ALARM,
        },
        "cost": [{"generator": first, "fit_seconds": 11.204, "seconds_per_100000": 2.3}],
        "marginals": [
            {
                "column": "fLength",
                "label": "fLength [mm]",
                "ks_distance": 0.0312,
                "p_value": 0.4,
                "wasserstein": 0.05,
            }
        ],
        "images": dict.fromkeys((*NAMES, "reference_qq"), PNG),
        **changes,
    }


def plain(page):
    """Text of a page as it is read."""
    text = re.sub(r"<[^>]+>", " ", page.split("</style>")[-1])
    return re.sub(r"\s+", " ", text).replace(" .", ".")


@pytest.fixture(scope="module")
def page():
    return render_certificate(make_context())


def test_nothing_is_loaded_from_elsewhere(page):
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == len(NAMES) + 1
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert "url(" not in page
    assert "<script" not in page


def test_the_head_says_what_was_judged(page):
    certificate = judge_toys()[FRESH].certificate
    text = plain(page)
    assert "PASS · grade A" in text
    assert f"{certificate.n_synthetic:,} synthetic hadrons by {FRESH}" in text
    assert f"learnt from {certificate.n_train:,} real ones" in text
    assert f"{certificate.n_holdout:,} held-out real hadrons" in text
    assert "Claim of utility: yes" in text


def test_every_gate_is_explained_and_every_value_is_there(page):
    text = plain(page)
    for code, question in QUESTIONS.items():
        # these toys have no gates of one's own
        assert (question in text) == (code != OWN)
    for gate in judge_toys()[FRESH].certificate.gates:
        row = f"{gate.metric} {gate.remark}".strip()
        assert row.split(" values: ")[0] in text
        assert format_value(gate.to_json(), gate.value) in text
    assert "nan" not in re.findall(r"[a-z]+", text.lower())
    assert "None" not in text


def test_the_reference_is_shown_as_refused_and_its_merit_as_vacuous(page):
    text = plain(page)
    reference = text.split("What the usual recipe looks like")[1]
    assert reference.startswith(f": {BETWEEN} FAIL. Refused by G4, G5, G6: do not use")
    assert "A vacuous merit: 100 %" in reference
    assert "0 (vacuous)" in reference
    rows = re.findall(r"<tr><td>G6</td>.*?</tr>", page, flags=re.DOTALL)
    segments = next(row for row in rows if "on a segment" in row)
    assert re.findall(r">(pass A|fail)<", segments) == ["pass A", "fail"]


def test_a_failing_certificate_is_shown_as_failing():
    page = render_certificate(make_context(BETWEEN, FRESH))
    text = plain(page)
    assert '<div class="verdict fail">' in page
    assert "grade" not in text.split("The question of this page")[0]
    assert "Claim of utility: no" in text
    assert "Not indistinguishable" in text
    for code in judge_toys()[BETWEEN].certificate.failed:
        name = next(g.name for g in judge_toys()[BETWEEN].certificate.of(code))
        assert f"{code} {name} – not passed" in text
    assert "G2 marginals – not passed" not in text


def test_likeness_is_claimed_only_where_it_was_found():
    certificate = as_json(FRESH)
    for is_indistinguishable, word in ((True, "Indistinguishable"), (False, "Not indist")):
        head = describe_verdict({**certificate, "is_indistinguishable": is_indistinguishable})
        assert head["likeness"].startswith(word)


def test_gates_of_ones_own_are_told():
    certificate = as_json(FRESH)
    own = {**certificate["gates"][-1], "code": OWN, "name": "gates of your own"}
    with_own = {**certificate, "gates": [*certificate["gates"], own]}
    assert "G1 to G6 and your own, is passed" in describe_verdict(with_own)["result"]
    assert "your own" not in describe_verdict(certificate)["result"]
    assert tabulate_gates(with_own)[-1]["question"] == QUESTIONS[OWN]


def test_nothing_is_certified_where_the_training_events_are_not_known():
    certificate = {**as_json(FRESH), "training_is_known": False, "verdict": "not tested"}
    head = describe_verdict({**certificate, "is_indistinguishable": True})
    assert head["word"] == "NOT CERTIFIED"
    assert "never saw" not in head["what"]
    assert "which it may have learnt from" in head["what"]
    assert "memorisation cannot be judged" in head["result"]
    assert head["likeness"].endswith("So would copies be.")


def test_a_control_that_passes_makes_the_certificate_void():
    context = make_context()
    certificate = context["certificates"]["fresh"]
    certificate["controls"][0]["is_caught"] = False
    certificate |= {"verdict": "void", "grade": ""}
    text = plain(render_certificate(context))
    assert "VOID" in text
    assert "Nothing is proved, because the control bootstrap copy was not refused." in text
    assert "Two tables that must be refused, and are not all" in text
    assert "NOT refused: the certificate is void" in text


def test_controls_come_with_their_evidence(page):
    text = plain(page)
    assert "Two tables that must be refused, and are A test" in text
    assert "Bootstrap copy: refused, as it must be" in text
    assert "share on a segment between two near training events: 100.0 % (passes: ≤ 1.0 %)" in text


def test_leakage_is_told_in_numbers(page):
    text = plain(page)
    assert "+0.0232, is pure illusion" in text
    assert "then 32.0 % of the test events" in text
    assert "against 0.0 % of real test events" in text
    assert "The alarm tells the two apart." in text
    assert "Of 4,594 events of SMOTE, 0 are dyed" in text
    assert f"{BETWEEN} 5 5,000 2,000 0" in text
    assert f"{FRESH} 5 5,000 has none –" in text


def test_leaks_are_shown_as_failures():
    context = make_context()
    context["leakage"]["holdout_invariance"][0]["is_invariant"] = False
    context["leakage"]["alarm"] = {**ALARM, "is_flagged": False}
    page = render_certificate(context)
    assert '<span class="fail">CHANGED: there is a leak</span>' in page
    assert '<span class="fail">The alarm does NOT tell the two apart.</span>' in page


def test_the_comparison_marks_the_chosen_one(page):
    chosen = re.search(r'<tr class="best"><th>(.*?)</tr>', page, flags=re.DOTALL).group(1)
    assert chosen.startswith(f"{FRESH} (chosen)")
    assert "0.523" in chosen
    assert "+0.0005 [-0.0010, +0.0020]" in chosen
    assert "not defined" in page


def test_one_candidate_needs_no_comparison():
    page = render_certificate(make_context(comparison=[{"generator": "fresh", "label": FRESH}]))
    assert "gates failed" not in page
    assert "It passes everywhere." in page


def test_too_few_events_are_told_and_nothing_is_claimed():
    from certificates import derive, real_tables

    from showerforge.validation import certify

    train, holdout = real_tables()
    certificate = certify(
        judge_toys()[FRESH].events, train, holdout.head(60), generator=FRESH, derive=derive
    )
    context = make_context()
    context["certificates"] = {"fresh": certificate.to_json()}
    text = plain(render_certificate(context))
    assert "NOT ENOUGH DATA" in text
    assert "nothing is claimed" in text
    assert "The two-sample test was not made." in text
    assert "No claim of utility" in text
    assert "What the usual recipe" not in text


def test_the_report_sums_the_certificate_up():
    context = make_context()
    summary = render(
        {
            "certificate": as_json(FRESH),
            "reference_certificate": as_json(BETWEEN),
            "choice_of_generator": context["choice"],
            "images": {"gates": PNG},
        },
        "certificate_summary.html.j2",
    )
    text = plain(summary)
    assert 'href="certificate.html"' in summary
    assert f"PASS, grade A : {len(judge_toys()[FRESH].events):,} synthetic hadrons" in text
    assert "Why this generator: It passes everywhere." in text
    assert f"The usual recipe, {BETWEEN}, by the same gates: FAIL (by G4, G5, G6, G7)." in text


def test_parents_are_summed_over_folds():
    context = make_context()
    folds = context["leakage"]["folds"]
    folds[-1]["n_outside"] = 3
    rows = sum_up_parents(folds, [], context["choice"])
    assert [row["label"] for row in rows] == [FRESH, BETWEEN]
    assert rows[1] == {
        "label": BETWEEN,
        "n_folds": 5,
        "n_synthetic": 5000,
        "n_parents": 2000,
        "n_outside": 3,
    }


@pytest.mark.parametrize(
    ("gate", "value", "limit"),
    [
        ({"key": "copies", "code": "G6", "is_count": True, "highest": 0.0}, "1,234", "0"),
        ({"key": "coverage", "code": "G5", "lowest": 0.934}, "123400.0 %", "≥ 93.4 %"),
        ({"key": "ks_distance", "code": "G2", "highest": 0.0812}, "1234.000", "≤ 0.081"),
        (
            {"key": "two_sample_auc", "code": "G4", "highest": 0.55, "highest_b": 0.6},
            "1234.000",
            "A ≤ 0.550, B ≤ 0.600",
        ),
        ({"key": "density", "code": "G5", "lowest": 0.9, "highest": 1.1}, "1234.000", None),
        ({"key": "roc_auc against x", "code": "G7", "lowest": -0.002}, "+1234.0000", "≥ -0.0020"),
    ],
)
def test_numbers_are_written_by_their_kind(gate, value, limit):
    gate = {"is_count": False, "lowest": None, "highest": None, "highest_b": None, **gate}
    assert format_value(gate, 1234.0) == value
    assert format_limit(gate) == (limit or "0.900 to 1.100")
    assert format_value(gate, None) == "–"
