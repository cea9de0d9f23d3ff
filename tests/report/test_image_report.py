"""Words and tables of the report of an experiment with images."""

import numpy as np
import pandas as pd
import pytest
from toys import make_comparisons, make_scored_images

from showerforge.classifiers.classes import ELECTRON_PHOTON, GAMMA_HADRON
from showerforge.classifiers.image_judgement import COMPARISON_COLUMNS
from showerforge.report import calorimeter, image_verdict, images, page

REFERENCE = "width_alpha_cuts"
SIGHTED_CHANGES = [
    ("combination", REFERENCE, "quality_factor", 0.5),
    ("lightgbm", "hexagons_turned", "roc_auc", 0.2),
    ("combination", "lightgbm", "roc_auc", 0.01),
    ("combination", "hexagons_turned", "roc_auc", 0.3),
]

NO_COMPARISONS = pd.DataFrame(columns=COMPARISON_COLUMNS)


@pytest.fixture(scope="module")
def separation():
    return make_scored_images(2000, 2000)[2]


@pytest.fixture(scope="module")
def changes():
    return make_comparisons(SIGHTED_CHANGES)


def answer(separation, comparisons, reference=REFERENCE):
    return " ".join(
        image_verdict.answer_on_separation(separation, comparisons, GAMMA_HADRON, reference)
    )


def test_the_verdict_begins_with_the_best_and_what_it_leaves(separation, changes):
    best = separation.set_index("classifier").loc["combination"]
    words = answer(separation, changes)
    assert words.startswith("By ROC-AUC the best is LightGBM and hexagonal CNN: ")
    assert f"at 60.0 % of the gammas, where {best['surviving_hadrons']} of 2,000 hadrons" in words


@pytest.mark.parametrize(("left", "is_doubtful"), [(9, True), (10, False)])
def test_few_hadrons_are_pointed_out(separation, changes, left, is_doubtful):
    words = answer(separation.assign(surviving_hadrons=left), changes)
    assert ("only the lower end of the interval says much" in words) == is_doubtful


@pytest.mark.parametrize(
    ("change", "ending"),
    [
        (0.5, "paired change of Q to the best +0.5000 [+0.4500, +0.5500], clear of zero."),
        (0.02, "paired change of Q to the best +0.0200 [-0.0300, +0.0700], not clear of zero."),
        (
            -0.5,
            "to the best -0.5000 [-0.5500, -0.4500], clear of zero, for the worse.",
        ),
    ],
)
def test_the_best_is_held_against_the_reference(separation, change, ending):
    comparisons = make_comparisons([("combination", REFERENCE, "quality_factor", change)])
    words = answer(separation, comparisons)
    assert "The reference, width and alpha cuts, reaches Q = " in words
    assert ending in words


def test_a_change_of_q_that_is_not_defined_is_said_to_be_so(separation):
    comparisons = make_comparisons([("combination", REFERENCE, "quality_factor", np.nan)])
    comparisons["answer"] = "not defined"
    assert "; paired change of Q to the best not defined." in answer(separation, comparisons)


@pytest.mark.parametrize(
    ("change", "verb"),
    [
        (0.2, "is clearly better than"),
        (0.0, "is not clearly different from"),
        (-0.2, "is clearly worse than"),
    ],
)
def test_the_best_network_is_held_against_boosting_whichever_was_subtracted(
    separation, change, verb
):
    network, boosting = "hexagons_turned", "lightgbm"
    for pair in ((network, boosting, "roc_auc", change), (boosting, network, "roc_auc", -change)):
        words = answer(separation, make_comparisons([pair]))
        assert (
            f"hexagonal CNN, turned images, mean over 6 turns {verb} LightGBM, all image "
            "parameters by ROC-AUC" in words
        )
        assert f"paired change {page.format_change(change, change - 0.05, change + 0.05)}" in words


def test_networks_that_were_not_compared_are_not_judged(separation):
    words = answer(separation, NO_COMPARISONS)
    assert words.count("they were not compared in pairs") == 2
    assert "clear" not in words
    assert "combination" not in words


def test_a_combination_is_held_against_each_part(separation, changes):
    words = answer(separation, changes)
    assert (
        "The combination, LightGBM and hexagonal CNN, is not worse than its parts: change of "
        "ROC-AUC over LightGBM, all image parameters +0.0100 [-0.0400, +0.0600]; over hexagonal "
        "CNN, turned images, mean over 6 turns +0.3000 [+0.2500, +0.3500]." in words
    )
    worse = make_comparisons([("combination", "lightgbm", "roc_auc", -0.2)])
    assert "is worse than LightGBM, all image parameters: change" in answer(separation, worse)


def test_without_networks_nothing_is_said_of_them(separation, changes):
    words = answer(separation[separation["kind"].isin(["cuts", "boosting"])], changes)
    assert "CNN" not in words
    assert words.startswith("By ROC-AUC the best is LightGBM, all image parameters")


def test_what_direction_is_worth_is_told_by_the_best_that_are_blind(separation):
    words = image_verdict.answer_on_directions(separation)
    assert words.startswith("Much of the separation is direction")
    assert "By light and shape alone the best, LightGBM and CNN, shape only, reaches Q = " in words
    assert "and width and length cuts" in words
    alike = separation.assign(roc_auc_lower=0.5, roc_auc_upper=1.0)
    assert image_verdict.answer_on_directions(alike).startswith(
        "Little of the separation is direction"
    )
    assert image_verdict.answer_on_directions(separation.assign(is_blind=False)) == ""


def test_of_many_classifiers_there_are_cards_of_those_that_stand_for_something(separation):
    cards = images.make_cards(separation, REFERENCE, GAMMA_HADRON)
    assert [card["label"] for card in cards] == [
        "best: LightGBM and hexagonal CNN",
        "reference: width and alpha cuts",
        "boosting: LightGBM, all image parameters",
        "network: hexagonal CNN, turned images, mean over 6 turns",
        "blind to directions: LightGBM and CNN, shape only",
    ]
    few = images.make_cards(separation.iloc[:4], REFERENCE, GAMMA_HADRON)
    assert [card["label"] for card in few] == separation["label"].tolist()[:4]
    first = separation.iloc[0]
    assert few[0]["value"] == f"Q {first['quality_factor']:.4f}"
    assert "60.0 % of the gammas" in few[0]["remark"]


def test_one_that_is_best_in_two_ways_has_one_card(separation):
    rows = separation[separation["kind"] != "combination"]
    cards = images.make_cards(rows, REFERENCE, GAMMA_HADRON)
    labels = [card["label"] for card in cards]
    assert labels[0] == "best: LightGBM, all image parameters"
    assert not any(label.startswith("boosting") for label in labels)


def test_the_table_has_every_classifier_with_intervals_and_cost(separation):
    table = images.tabulate_separation(separation, ELECTRON_PHOTON)
    assert table["columns"] == ["ROC-AUC", "Q", "electrons kept", "photons kept"]
    assert [row["label"] for row in table["rows"]] == separation["label"].tolist()
    cuts, network = table["rows"][0], table["rows"][4]
    assert (cuts["cpu_seconds"], cuts["n_parameters"]) == ("–", "–")
    assert (network["cpu_seconds"], network["n_parameters"]) == ("72", "80,000")
    first = separation.iloc[0]
    assert cuts["left"] == f"{first['surviving_hadrons']} of 2,000"
    assert cuts["cells"][0] == {
        "value": f"{first['roc_auc']:.4f}",
        "interval": f"{first['roc_auc_lower']:.4f} to {first['roc_auc_upper']:.4f}",
        "best": False,
    }
    best = [[cell["best"] for cell in row["cells"]] for row in table["rows"]]
    assert np.argwhere(best).tolist() == [[10, 0]]


def test_comparisons_are_laid_out_by_question(changes):
    questions = images.tabulate_comparisons(pd.concat([changes, changes.tail(1)]))
    assert [len(block["rows"]) for block in questions] == [1, 1, 1, 2]
    assert questions[2]["rows"][0] == {
        "what": "LightGBM and hexagonal CNN – LightGBM, all image parameters",
        "figure": "ROC-AUC",
        "change": "+0.0100 [-0.0400, +0.0600]",
        "answer": "no clear change",
    }
    assert images.tabulate_comparisons(NO_COMPARISONS) == []


def make_flow(particles):
    rows = [(p, step, n, n / 1000) for p in particles for step, n in (("all", 1000), ("lit", 250))]
    columns = ["particle", "step", "n_left", "share_left"]
    return pd.DataFrame(rows, columns=columns).assign(share_of_last=[1.0, 0.25] * 2)


def test_the_cut_flow_is_laid_out_by_step():
    table = images.tabulate_cut_flow(make_flow(["gamma", "hadron"]))
    assert table["particles"] == ["gamma", "hadron"]
    assert [row["step"] for row in table["rows"]] == ["all", "lit"]
    assert table["rows"][1]["cells"][1] == {"left": "250", "of_last": "25.0 %", "of_all": "25.0 %"}


@pytest.mark.parametrize("is_simulated", [True, False])
def test_published_numbers_are_compared_with_real_files_only(separation, is_simulated):
    changes = make_comparisons([("hexagons_turned", "lenet5", "roc_auc", 0.1)])
    words = " ".join(calorimeter.answer_on_published(separation, changes, is_simulated))
    assert "is clearly better than LeNet-5, as published" in words
    assert "accuracy 0.7121 and ROC-AUC 0.7754" in words
    assert ("cannot be compared" in words) == is_simulated
    assert ("the same network reaches ROC-AUC" in words) != is_simulated
    without = separation[separation["classifier"] != "lenet5"]
    assert calorimeter.answer_on_published(without, changes, is_simulated) == []


def context_of(separation, changes, classes, names):
    return {
        "title": "toy",
        "source": "toy source",
        "version": "1",
        "footer": "toy events",
        "provenance": {"data": "toy images", "parameters_sha256": "ab" * 32},
        "note": "",
        "data": {"n_test": 4000, "n_train": 9000, "n_test_showers": 40, "n_train_showers": 90},
        "confidence": "95 %",
        "classes": classes,
        "cards": images.make_cards(separation, REFERENCE, classes),
        "verdict": image_verdict.answer_on_separation(separation, changes, classes),
        "cut_flow": images.tabulate_cut_flow(make_flow([classes.signal, classes.background])),
        "separation": images.tabulate_separation(separation, classes),
        "questions": images.tabulate_comparisons(changes),
        "operating_point": {"minimum_gamma_efficiency": 0.5, "minimum_surviving_hadrons": 30},
        "resampled": "",
        "images": dict.fromkeys(names, b"png"),
        "plotly": {"roc": "<div></div>"},
    }


SHARED = ["forest", "quality", "scores", "confusion", "training", "judged", "occlusion"]
TAIGA = ["roc", "efficiency", "gamma_views", "hadron_views", "parameters"]
SHOWERS = ["profiles", "light", "light_map"]


def test_the_page_of_the_calorimeter_speaks_of_electrons_and_photons(separation, changes):
    seeing = separation.assign(is_blind=False, rule="score ≥ 0.5")
    names = ["roc", *SHARED, "views", "mean_images", "shapes"]
    context = context_of(seeing, changes, ELECTRON_PHOTON, names)
    html = page.render(context, "calorimeter_report.html.j2")
    assert html.count("<img ") == len(names)
    assert not any(word in html for word in ("gamma", "hadron", "blind", "shower "))
    assert "photons left" in html
    assert all(block["question"] in html for block in context["questions"])


@pytest.mark.parametrize("optional", [SHARED, []])
def test_the_page_of_taiga_has_the_figures_that_were_drawn(separation, changes, optional):
    names = [*TAIGA, *SHOWERS, *optional]
    context = context_of(separation, changes, GAMMA_HADRON, names)
    context |= {"shape_parameters": ["width", "length"], "shown_quantiles": [0.5]}
    html = page.render(context, "image_report.html.j2")
    assert html.count("<img ") == len(names)
    assert html.count(", blind to directions</small>") == separation["is_blind"].sum()
    assert "80,000" in html
