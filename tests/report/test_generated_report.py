"""Words and tables of the section on generated images."""

import io

import numpy as np
import pandas as pd
import pytest
from certificates import BETWEEN, FRESH, judge_toys
from toys import make_comparisons

from showerforge.classifiers.image_judgement import COMPARISON_COLUMNS
from showerforge.metrics.intervals import Estimate
from showerforge.report import generated, generated_verdict, page
from showerforge.validation.images.sets import MONTE_CARLO
from showerforge.validation.images.tables import tabulate, with_null

LABELS = {"flow": "flow matching", "cvae": "conditional VAE, as published"}
NO_UTILITY = pd.DataFrame(columns=COMPARISON_COLUMNS)


def summary_row(generator, particle, verdict, area, grade="", failed=""):
    row = {
        "generator": generator,
        "label": LABELS[generator],
        "particle": particle,
        "verdict": verdict,
        "grade": grade,
        "failed": failed,
        "is_indistinguishable": area < 0.52,
    }
    for key in generated_verdict.OF_CERTIFICATES:
        numbers = (area, area - 0.01, area + 0.01, 0.48, 0.52)
        row |= {key + end: n for end, n in zip(generated_verdict.ENDS, numbers, strict=True)}
    return row


@pytest.fixture
def summary():
    table = pd.DataFrame(
        [
            summary_row("cvae", "gamma", "fail", 0.9, failed="G2, G4"),
            summary_row("cvae", "hadron", "fail", 0.95, failed="G4"),
            summary_row("flow", "gamma", "pass", 0.51, "A"),
            summary_row("flow", "hadron", "fail", 0.7, failed="G4"),
        ]
    )
    # as the catalog keeps it
    return pd.read_csv(io.StringIO(table.to_csv(index=False)))


def test_certificates_without_grade_and_failed_gates_show_neither(summary):
    of_cvae, _, of_flow, _ = generated.tabulate_certificates(summary)["rows"]
    assert (of_cvae["grade"], of_cvae["failed"]) == ("", "G2, G4")
    assert (of_flow["grade"], of_flow["failed"]) == ("A", "none")


@pytest.fixture
def measured():
    accepted = Estimate(0.98, 0.97, 0.99)
    of = {
        MONTE_CARLO: {"ctapipe_accepted": accepted, "charge_shift": Estimate(0.01, 0.0, 0.02)},
        "flow": {
            "ctapipe_accepted": accepted,
            "charge_shift": Estimate(0.011, 0.001, 0.02),
            "size_error_mean": Estimate(0.065, 0.06, 0.07),
        },
        "cvae": {
            "ctapipe_accepted": Estimate(0.5, 0.4, 0.6),
            "charge_shift": Estimate(0.3, 0.25, 0.35),
        },
    }
    return with_null(
        pd.concat(
            [
                tabulate(generator, particle, estimates, 1000)
                for generator, estimates in of.items()
                for particle in ("gamma", "hadron")
            ]
        )
    )


@pytest.fixture
def costs():
    rows = [("flow", 900.0, 5000.0, 250.0), ("cvae", 100.0, 9000.0, 450.0)]
    table = pd.DataFrame(
        rows, columns=["generator", "fit_cpu_seconds", "images_per_cpu_second", "speed_ratio"]
    )
    return table.assign(label=table["generator"].map(LABELS))


def test_the_verdict_names_the_best_and_what_refuses_the_others(summary, measured, costs):
    first, second, *rest = generated_verdict.answer_on_generators(
        summary, measured, costs, NO_UTILITY
    )
    assert first == (
        "Best generator: flow matching. Gammas: passed, grade A; two-sample ROC-AUC 0.5100 "
        "[0.5000, 0.5200] (Monte Carlo against itself: 0.4800 to 0.5200), not told apart from "
        "it. Hadrons: refused by G4; two-sample ROC-AUC 0.7000 [0.6900, 0.7100] (Monte Carlo "
        "against itself: 0.4800 to 0.5200)."
    )
    assert second.startswith("conditional VAE, as published. Gammas: refused by G2, G4; ")
    assert rest == [
        "Sizes are off by a mean relative error of 6.5 % [6.0 % to 7.0 %] (gammas) and 6.5 % "
        "[6.0 % to 7.0 %] (hadrons).",
        "The quality cuts of ctapipe accept 98.0 % [97.0 % to 99.0 %] (gammas, Monte Carlo "
        "98.0 %) and 98.0 % [97.0 % to 99.0 %] (hadrons, Monte Carlo 98.0 %).",
        "It makes 5,000 images per CPU-second, 250.0 times as many as the Monte Carlo, after 900 "
        "CPU-seconds of training.",
    ]


def test_where_none_passes_the_nearest_is_called_so(summary, measured, costs):
    none = summary.assign(verdict="fail")
    first = generated_verdict.answer_on_generators(none, measured, costs, NO_UTILITY)[0]
    assert first.startswith("No generator passes; the nearest to it: flow matching. ")


def test_passing_counts_more_than_likeness(summary):
    assert generated_verdict.find_best_generator(summary) == "flow"
    turned = summary.assign(verdict=["pass", "pass", "pass", "fail"])
    assert generated_verdict.find_best_generator(turned) == "cvae"
    alike = summary.assign(verdict="pass")
    assert generated_verdict.find_best_generator(alike) == "flow"


def test_what_was_not_measured_is_not_called_alike(summary):
    unknown = summary.assign(verdict="not enough data")
    unknown.loc[unknown["generator"] == "flow", generated_verdict.LIKENESS] = np.nan
    assert generated_verdict.find_best_generator(unknown) == "cvae"
    sentence = generated_verdict._describe_certificate(unknown.iloc[2].to_dict())
    assert sentence == "Gammas: not enough data."


def test_without_ctapipe_the_report_says_so(summary, measured, costs):
    without = measured[measured["metric"] != "ctapipe_accepted"]
    answer = generated_verdict.answer_on_generators(summary, without, costs, NO_UTILITY)
    assert generated_verdict.WITHOUT_CTAPIPE in answer
    assert generated_verdict.WITHOUT_CTAPIPE not in generated_verdict.answer_on_generators(
        summary, measured, costs, NO_UTILITY
    )


def test_utility_is_counted_by_its_answers(summary, measured, costs):
    utility = make_comparisons(
        [("lightgbm", "width_alpha_cuts", "roc_auc", change) for change in (0.2, 0.3, -0.2, 0.0)]
    )
    answer = generated_verdict.answer_on_generators(summary, measured, costs, utility)
    assert answer[-1] == (
        "Of 4 paired changes of classifiers by generated images 2 are for the better, 1 for the "
        "worse, and 1 not clear."
    )


@pytest.mark.parametrize("name", [FRESH, BETWEEN])
def test_the_summary_repeats_the_certificate(name):
    certificate = judge_toys()[name].certificate
    row = generated_verdict.summarise_certificate(certificate.to_json(), "toy", "a toy", "hadron")
    assert (row["label"], row["particle"], row["verdict"]) == (
        "a toy",
        "hadron",
        certificate.verdict,
    )
    for key in generated_verdict.OF_CERTIFICATES:
        gate = next(gate for gate in certificate.gates if gate.key == key)
        assert row[key] == gate.value
        assert (row[f"{key}_lower"], row[f"{key}_upper"]) == gate.interval
        assert (row[f"{key}_band_lower"], row[f"{key}_band_upper"]) == gate.band
    for certificate_without in ({**certificate.to_json(), "gates": []}, None):
        without = generated_verdict.summarise_certificate(
            certificate_without, "toy", "a toy", "hadron"
        )
        assert all(np.isnan(without[key]) for key in generated_verdict.OF_CERTIFICATES)
    assert without["verdict"] == "not enough data"


def test_metrics_are_laid_out_by_topic_with_monte_carlo_first(measured):
    table = generated.tabulate_metrics(measured, LABELS)
    assert table["columns"] == ["Monte Carlo", *LABELS.values()]
    assert [block["topic"] for block in table["blocks"]] == [
        "pixels",
        "conditions",
        "acceptance by independent software",
    ]
    pixels = table["blocks"][0]["rows"]
    assert [row["particle"] for row in pixels] == ["gamma", "hadron"]
    assert pixels[0]["label"] == "charge of a lit pixel, shift [dex]"
    assert pixels[0]["cells"] == [
        {"value": "0.0100", "interval": "0.0000 to 0.0200", "is_clear": False},
        {"value": "0.0110", "interval": "0.0010 to 0.0200", "is_clear": False},
        {"value": "0.3000", "interval": "0.2500 to 0.3500", "is_clear": True},
    ]
    sizes = table["blocks"][1]["rows"][0]["cells"]
    assert [cell["value"] for cell in sizes] == ["–", "6.5 %", "–"]


NAMES = [
    f"{name}_{particle}"
    for name in ("generated", "sizes", "ks", "qq", "correlations", "spectra", "occupancy")
    for particle in ("gamma", "hadron")
] + ["condition_steps", "gammaness"]


@pytest.mark.parametrize("names", [NAMES, NAMES[:3], []])
def test_the_section_has_the_verdict_first_and_the_figures_that_were_drawn(
    summary, measured, costs, names
):
    utility = make_comparisons([("lightgbm", "width_alpha_cuts", "roc_auc", 0.2)])
    context = {
        "generated": generated.lay_out_generated(
            summary, measured, costs, utility, ["Drawn for the toy."]
        ),
        "images": dict.fromkeys(names, b"png"),
        "confidence": "95 %",
    }
    html = page.render(context, "generated_images.html.j2")
    assert html.count("<img ") == html.count("alt=") == len(names)
    assert html.index("Best generator: flow matching") < html.index("<table>")
    assert "Drawn for the toy." in html
    for text in (*LABELS.values(), utility["question"].iloc[0], "0.4800 to 0.5200", "250"):
        assert text in html


def test_without_costs_and_utility_there_are_no_empty_tables(summary, measured, costs):
    content = generated.lay_out_generated(summary, measured, costs.head(0), NO_UTILITY)
    context = {"generated": content, "images": {}, "confidence": "95 %"}
    html = page.render(context, "generated_images.html.j2")
    assert "Cost" not in html
    assert "help a classifier" not in html
