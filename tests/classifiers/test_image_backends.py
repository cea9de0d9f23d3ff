"""Judgement of one network on several backends, on scores whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from sklearn.metrics import roc_auc_score

from showerforge.classifiers import image_backends
from showerforge.classifiers.image_judgement import JudgementRecipe, ScoredEvents
from showerforge.networks.comparison import Costs, Outcome

RECIPE = JudgementRecipe(0.5, 10, 200, 0.95, 0)
VERSIONS = {"torch": "2.13.0", "tensorflow": "2.21.0"}
SEEDS = (7, 8, 9)
COSTS = Costs(3.0, 500.0, 0.1, 12.0, 800.0, 1600.0, 900.0, 350.0)


def make_events(n, seed):
    generator = np.random.default_rng(seed)
    is_gamma = generator.random(n) < 0.5
    return pd.DataFrame(
        {
            "particle": np.where(is_gamma, "gamma", "hadron"),
            "fold": np.arange(n) % 3,
            # two images of a shower
            "group": np.where(is_gamma, 0, n) + np.arange(n) // 2,
        },
        index=pd.RangeIndex(100, 100 + n),
    )


TRAIN, TEST = make_events(900, 0), make_events(1600, 1)
IS_VALIDATION = (TRAIN["fold"] == 0).to_numpy()


def make_outcome(backend, seed, distance, spread=0.05):
    """Draw logits; those of one seed differ between backends by a little only."""
    common = np.random.default_rng(seed)
    own = np.random.default_rng([seed, len(backend)])

    def draw(events):
        is_gamma = (events["particle"] == "gamma").to_numpy()
        return (
            distance * (is_gamma - 0.5)
            + common.normal(0, 1, len(events))
            + spread * own.normal(0, 1, len(events))
        )

    validation, test = draw(TRAIN[IS_VALIDATION]), draw(TEST)
    curves = {"loss": [0.5, 0.4], "validation_loss": [0.6, 0.5]}
    return Outcome(backend, seed, curves, 2, 1000, test[:20], validation, test, COSTS)


def study(distances):
    """Judge three seeds of two backends; each distance is that of TensorFlow's classes."""
    outcomes = [
        make_outcome(backend, seed, 2.0 if backend == "torch" else distance)
        for seed, distance in zip(SEEDS, distances, strict=True)
        for backend in ("torch", "tensorflow")
    ]
    scores = image_backends.collect_scores(outcomes, TRAIN, IS_VALIDATION, TEST)
    scored = ScoredEvents(TRAIN, TEST, *scores, "gamma")
    return outcomes, scored, image_backends.tabulate_agreement(outcomes, VERSIONS)


@pytest.fixture(scope="module")
def alike():
    return study([2.0, 2.0, 2.0])


def test_scores_are_those_of_their_events(alike):
    outcomes, scored, _ = alike
    assert scored.is_validation.tolist() == IS_VALIDATION.tolist()
    for outcome in outcomes:
        name = f"{outcome.backend}/{outcome.seed}"
        assert logit(scored.on_test[name]).to_numpy() == pytest.approx(outcome.test)
        validated = scored.out_of_fold.loc[IS_VALIDATION, name]
        assert logit(validated).to_numpy() == pytest.approx(outcome.validation)


def test_agreement_is_with_the_first_backend_and_the_same_seed(alike):
    outcomes, _, agreement = alike
    rows = agreement.set_index(["backend", "seed"])
    assert (rows.loc["torch", "initial_difference"] == 0).all()
    assert rows.loc["torch", "rank_correlation"].to_numpy() == pytest.approx(1)
    torch, tensorflow = (o for o in outcomes if o.seed == SEEDS[1])
    row = rows.loc[("tensorflow", SEEDS[1])]
    assert row["initial_difference"] == np.abs(torch.initial - tensorflow.initial).max()
    ranks = [pd.Series(o.test).rank() for o in (torch, tensorflow)]
    assert row["rank_correlation"] == pytest.approx(np.corrcoef(*ranks)[0, 1])
    assert row["version"] == "2.21.0"
    assert row["n_epochs"] == 2


def test_every_training_is_judged_on_the_test_events(alike):
    _, scored, agreement = alike
    table = image_backends.judge_backends(scored, agreement, RECIPE)
    is_gamma = (TEST["particle"] == "gamma").to_numpy()
    assert table[["backend", "seed"]].equals(agreement[["backend", "seed"]])
    for row in table.to_dict("records"):
        scores = scored.on_test[f"{row['backend']}/{row['seed']}"].to_numpy()
        kept = scores >= row["threshold"]
        assert row["roc_auc"] == pytest.approx(roc_auc_score(is_gamma, scores))
        assert row["roc_auc_lower"] < row["roc_auc"] < row["roc_auc_upper"]
        assert row["gamma_efficiency"] == pytest.approx(kept[is_gamma].mean())
        assert row["surviving_hadrons"] == kept[~is_gamma].sum()
        assert row["quality_factor"] == pytest.approx(
            kept[is_gamma].mean() / np.sqrt(kept[~is_gamma].mean())
        )


def change_of(distances):
    _, scored, agreement = study(distances)
    table = image_backends.compare_backends(scored, agreement, RECIPE)
    return table.set_index("figure").loc["roc_auc"], scored


def test_the_change_is_the_mean_over_seeds():
    change, scored = change_of([2.6, 2.4, 2.5])
    is_gamma = TEST["particle"] == "gamma"
    areas = {name: roc_auc_score(is_gamma, scores) for name, scores in scored.on_test.items()}
    mean = np.mean([areas[f"tensorflow/{seed}"] - areas[f"torch/{seed}"] for seed in SEEDS])
    assert change["change"] == pytest.approx(mean)
    assert (change["candidate"], change["against"]) == ("tensorflow", "torch")
    assert change["answer"] == "better"
    assert change_of([1.4, 1.5, 1.6])[0]["answer"] == "worse"


def test_backends_that_differ_by_chance_are_not_said_to_differ(alike):
    assert change_of([2.0, 2.0, 2.0])[0]["answer"] == "no clear change"
    # two seeds are better, one is worse: test events alone would call the mean better
    scattered = change_of([2.6, 2.6, 1.8])[0]
    assert scattered["change"] > 0.01
    assert scattered["answer"] == "no clear change"


def test_curves_pass_through_the_judgement(alike):
    _, scored, agreement = alike
    curves = image_backends.tabulate_curves(scored, agreement)
    scores = scored.on_test["tensorflow/8"].to_numpy()
    is_gamma = (TEST["particle"] == "gamma").to_numpy()
    own = curves[(curves["backend"] == "tensorflow") & (curves["seed"] == 8)]
    assert own["threshold"].iloc[[0, -1]].tolist() == [0, 1]
    for row in own.itertuples():
        kept = scores >= row.threshold
        assert row.gamma_efficiency == pytest.approx(kept[is_gamma].mean())
        assert row.hadron_efficiency == pytest.approx(kept[~is_gamma].mean())
    some = own[own["hadron_efficiency"] > 0]
    expected = some["gamma_efficiency"] / np.sqrt(some["hadron_efficiency"])
    assert some["quality_factor"].to_numpy() == pytest.approx(expected.to_numpy())


def test_metrics_are_means_and_changes_that_are_finite(alike):
    _, scored, agreement = alike
    table = image_backends.judge_backends(scored, agreement, RECIPE)
    comparisons = image_backends.compare_backends(scored, agreement, RECIPE)
    table.loc[0, "quality_factor"] = np.inf
    metrics = image_backends.summarise_backends(table, comparisons)
    is_torch = table["backend"] == "torch"
    assert metrics["backends.torch.roc_auc"] == pytest.approx(table.loc[is_torch, "roc_auc"].mean())
    assert metrics["backends.tensorflow.roc_auc_change"] == comparisons["change"].iloc[0]
    assert "backends.torch.quality_factor" not in metrics
    assert "backends.tensorflow.quality_factor" in metrics


def test_costs_are_listed_for_every_training(alike):
    costs = image_backends.tabulate_costs(alike[0], VERSIONS)
    assert costs[["backend", "seed"]].equals(alike[2][["backend", "seed"]])
    assert (costs["train_images_per_cpu_second"] == 800).all()
    assert set(costs.loc[costs["backend"] == "torch", "version"]) == {"2.13.0"}
