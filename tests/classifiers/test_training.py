"""Fitting, cross-validating, stacking and judging classifiers."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from toys import make_events

from showerforge.classifiers.candidates import (
    Recipe,
    base_candidates,
    build_model,
    build_pipeline,
    gammaness,
)
from showerforge.classifiers.evaluation import (
    choose_thresholds,
    choose_training,
    compare_candidates,
    comparison_pairs,
    figures_on_test,
    figures_per_fold,
    tabulate_figures,
)
from showerforge.classifiers.features import HillasFeatures
from showerforge.classifiers.names import (
    ALPHA_CUT,
    BASE_MODELS,
    STACK,
    STACKED,
    Candidate,
    Training,
)
from showerforge.classifiers.stacking import Logit, build_stack, cross_fit_stack
from showerforge.classifiers.training import (
    cross_validate,
    fit_all,
    fit_candidate,
    training_columns,
)
from showerforge.errors import InputError
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.events.splits import assign_folds, iterate_folds
from showerforge.generators import GeneratorSampler, build_generator, fill_up
from showerforge.metrics.figures_of_merit import Sky

MEMBERS = list(BASE_MODELS)
SKY = Sky(6e5, 1e4, 0.2)


@pytest.fixture(scope="module")
def recipe():
    models = {
        "random_forest": {"n_estimators": 10, "min_samples_leaf": 5},
        "perceptrons": {
            "n_networks": 2,
            "hidden_layer_sizes": [8],
            "alpha": 0.1,
            "batch_size": 32,
            "learning_rate_init": 0.01,
            "max_iter": 5,
        },
        "xgboost": {"n_estimators": 10, "max_depth": 3},
        "lightgbm": {"n_estimators": 10},
    }
    return Recipe(["engineered"], models, 0.5, 8, 0)


@pytest.fixture(scope="module")
def train():
    events = make_events(400, 250, seed=4)
    return events.assign(fold=assign_folds(events, 3, 0))


@pytest.fixture(scope="module")
def test_events():
    return make_events(300, 300, seed=5)


def add_hadrons(train, name="smote"):
    """Make the synthetic events of one training set."""
    parameters, particle = train[HILLAS_PARAMETERS], train["particle"]
    drawn = fill_up(build_generator(name, {}), parameters, particle, "hadron", 1.0, [], 4, 20, 0)
    return drawn.events.assign(particle="hadron", weight=1.0)


def add_hadrons_in_folds(train, name="smote"):
    return pd.concat(
        [
            add_hadrons(train[fitted], name).assign(fold=n)
            for n, fitted, _ in iterate_folds(train["fold"])
        ],
        ignore_index=True,
    )


@pytest.fixture(scope="module")
def fold_synthetic(train):
    return {
        Training.SYNTHETIC: add_hadrons_in_folds(train),
        Training.REFERENCE: add_hadrons_in_folds(train, "borderline_smote"),
    }


@pytest.fixture(scope="module")
def results(train, test_events, recipe, fold_synthetic):
    """Out-of-fold scores, fitted models and stacks of the toy events."""
    candidates = base_candidates()
    synthetic = {
        Training.SYNTHETIC: add_hadrons(train),
        Training.REFERENCE: add_hadrons(train, "borderline_smote"),
    }
    scores = cross_validate(train, fold_synthetic, candidates, recipe, n_jobs=1)
    fitted = fit_all(train, synthetic, candidates, recipe, n_jobs=2)
    stacks = {}
    for training in STACKED:
        name = Candidate(STACK, training).name
        scores[name] = cross_fit_stack(scores, train, MEMBERS, training, 1.0)
        stacks[name] = build_stack(fitted, scores, train, MEMBERS, training, 1.0)
    parameters, _ = training_columns(test_events)
    test_scores = pd.DataFrame(
        {name: gammaness(model, parameters) for name, model in {**fitted, **stacks}.items()}
    )
    return scores, fitted, stacks, test_scores


def test_names_of_candidates_come_back():
    for candidate in base_candidates():
        assert Candidate.parse(candidate.name) == candidate
    names = [candidate.name for candidate in base_candidates()]
    assert len(set(names)) == len(names) == 4 * 3 + 2 + 2


@pytest.mark.parametrize("model", ["random_forest", "xgboost", "lightgbm", "perceptrons"])
def test_models_are_fitted_with_the_weights_of_the_events(model, train, recipe, test_events):
    weights = np.where(train["fAlpha"] < 20, 5.0, 0.2)
    weighted = fit_candidate(
        Candidate(model, Training.REAL), train.assign(weight=weights), {}, recipe
    )
    parameters, is_gamma = training_columns(train)
    features = HillasFeatures(["engineered"]).fit(parameters)
    alone = build_model(model, recipe.models[model], 0)
    last = "classifier__" if hasattr(alone, "steps") else ""
    alone.fit(features.transform(parameters), is_gamma, **{f"{last}sample_weight": weights})
    expected = alone.predict_proba(features.transform(test_events))[:, 1]
    np.testing.assert_allclose(gammaness(weighted, test_events), expected)
    unweighted = fit_candidate(Candidate(model, Training.REAL), train, {}, recipe)
    assert not np.allclose(gammaness(unweighted, test_events), expected, atol=1e-3)


def test_meta_learner_is_fitted_with_weights(train, results):
    weights = np.where(train["fAlpha"] < 20, 5.0, 0.2)
    weighted = train.assign(weight=weights)
    scores = results[0]
    found = cross_fit_stack(scores, weighted, MEMBERS, Training.REAL, 1.0)
    columns = [Candidate(member, Training.REAL).name for member in MEMBERS]
    meta = Logit().transform(scores[columns].to_numpy())
    is_gamma = training_columns(train)[1].to_numpy()
    inside = (train["fold"] == 0).to_numpy()
    learner = LogisticRegression(C=1.0).fit(meta[~inside], is_gamma[~inside], weights[~inside])
    np.testing.assert_allclose(found[inside], learner.predict_proba(meta[inside])[:, 1])


def test_no_event_is_scored_by_a_model_that_has_seen_it(train, recipe, results):
    candidate = Candidate("lightgbm", Training.SYNTHETIC)
    for _, inside, outside in iterate_folds(train["fold"]):
        events = pd.concat([train[inside], add_hadrons(train[inside])], ignore_index=True)
        model = build_pipeline(candidate, recipe).fit(*training_columns(events))
        np.testing.assert_array_equal(
            results[0].loc[outside, candidate.name], gammaness(model, train[outside])
        )


def test_labels_of_noise_give_no_skill(recipe):
    """With labels that mean nothing, any skill would be a leak, duplicates included."""
    events = make_events(500, 300, seed=8)
    events["particle"] = np.random.default_rng(0).permutation(events["particle"])
    doubled = pd.concat([events, events], ignore_index=True)
    doubled["fold"] = assign_folds(doubled, 4, 0)
    candidates = [
        Candidate("random_forest", Training.REAL),
        Candidate("random_forest", Training.SYNTHETIC),
    ]
    synthetic = {Training.SYNTHETIC: add_hadrons_in_folds(doubled)}
    scores = cross_validate(doubled, synthetic, candidates, recipe, n_jobs=2)
    for name in scores:
        assert roc_auc_score(doubled["particle"] == "gamma", scores[name]) < 0.58


def test_number_of_jobs_changes_nothing(train, recipe, results, fold_synthetic):
    again = cross_validate(train, fold_synthetic, base_candidates(), recipe, n_jobs=2)
    pd.testing.assert_frame_equal(again, results[0][again.columns])


def test_columns_are_taken_by_name(test_events, results):
    shuffled = test_events[[*reversed(HILLAS_PARAMETERS)]]
    for model in {**results[1], **results[2]}.values():
        np.testing.assert_array_equal(
            gammaness(model, shuffled), gammaness(model, test_events[HILLAS_PARAMETERS])
        )


def test_missing_column_is_named(test_events, results):
    model = results[2]["stack (real)"]
    with pytest.raises(InputError, match=r"no columns \['fAlpha'\]"):
        model.predict_proba(test_events.drop(columns="fAlpha"))


def test_polarity_is_looked_up(train, recipe):
    parameters, is_gamma = training_columns(train)
    model = build_pipeline(Candidate(ALPHA_CUT, Training.REAL), recipe).fit(parameters, is_gamma)
    model.named_steps["classifier"].classes_ = np.array([1, 0])
    flipped = gammaness(model, parameters)
    model.named_steps["classifier"].classes_ = np.array([0, 1])
    np.testing.assert_allclose(flipped, 1 - gammaness(model, parameters))


def test_models_see_the_synthetic_events_that_belong_to_their_training(train, recipe):
    """The same as a sampler inside an imbalanced-learn pipeline would show them."""
    from imblearn.pipeline import make_pipeline as make_resampling_pipeline

    parameters, is_gamma = training_columns(train)
    synthetic = {Training.SYNTHETIC: add_hadrons(train)}
    candidates = [Candidate("lightgbm", Training.SYNTHETIC), Candidate("lightgbm", Training.REAL)]
    fitted = fit_all(train, synthetic, candidates, recipe, 1)
    with_sampler = make_resampling_pipeline(
        GeneratorSampler(build_generator("smote", {}), "hadron"),
        *dict(build_pipeline(candidates[1], recipe).steps).values(),
    ).fit(parameters, is_gamma)
    scores = {name: gammaness(model, parameters) for name, model in fitted.items()}
    np.testing.assert_array_equal(
        scores["lightgbm (real and synthetic)"], gammaness(with_sampler, parameters)
    )
    assert not np.allclose(scores["lightgbm (real)"], scores["lightgbm (real and synthetic)"])


def test_synthetic_events_of_another_fold_are_not_used(train, recipe):
    """Hadrons that are gammas spoil the fold that they were made for, and no other."""
    candidates = [
        Candidate("lightgbm", training) for training in (Training.REAL, Training.SYNTHETIC)
    ]
    wrong = make_events(600, 0, seed=9).assign(particle="hadron", fold=1)
    scores = cross_validate(train, {Training.SYNTHETIC: wrong}, candidates, recipe, 1)
    is_other = (train["fold"] != 1).to_numpy()
    real, spoilt = scores["lightgbm (real)"], scores["lightgbm (real and synthetic)"]
    np.testing.assert_array_equal(real[is_other], spoilt[is_other])
    assert spoilt[~is_other].mean() < real[~is_other].mean() - 0.1


def test_stack_is_a_logistic_regression_on_log_odds(train, test_events, results):
    scores, fitted, stacks, _ = results
    names = [Candidate(member, Training.REAL).name for member in MEMBERS]
    _, is_gamma = training_columns(train)
    log_odds = Logit().transform(scores[names].to_numpy())
    learner = LogisticRegression(C=1.0).fit(log_odds, is_gamma)
    members = np.column_stack([gammaness(fitted[name], test_events) for name in names])
    expected = learner.predict_proba(Logit().transform(members))[:, 1]
    np.testing.assert_allclose(gammaness(stacks["stack (real)"], test_events), expected)


def test_meta_learner_has_not_seen_the_fold_it_scores(train, results):
    scores = results[0].copy()
    train = train.copy()
    before = cross_fit_stack(scores, train, MEMBERS, Training.REAL, 1.0)
    in_fold = (train["fold"] == 1).to_numpy()
    flipped = {"gamma": "hadron", "hadron": "gamma"}
    train.loc[in_fold, "particle"] = train.loc[in_fold, "particle"].map(flipped)
    after = cross_fit_stack(scores, train, MEMBERS, Training.REAL, 1.0)
    np.testing.assert_array_equal(before[in_fold], after[in_fold])
    assert not np.array_equal(before[~in_fold], after[~in_fold])


def test_features_know_their_columns():
    features = HillasFeatures(["engineered"]).fit(make_events(5, 5))
    table = features.transform(make_events(5, 5))
    assert list(features.get_feature_names_out()) == list(table.columns)
    assert len(table.columns) == 17
    fewer = HillasFeatures(["engineered"], ["fConc1", "miss"]).fit(make_events(5, 5))
    assert set(table) - set(fewer.transform(make_events(5, 5))) == {"fConc1", "miss"}


@pytest.fixture(scope="module")
def judged(train, test_events, results):
    scores, _, _, test_scores = results
    is_gamma = training_columns(train)[1].to_numpy() == 1
    test_is_gamma = training_columns(test_events)[1].to_numpy() == 1
    weight, test_weight = (events["weight"].to_numpy() for events in (train, test_events))
    thresholds = choose_thresholds(scores, is_gamma, weight, 0.5, 5)
    on_test = figures_on_test(
        test_scores,
        test_is_gamma,
        test_weight,
        test_events["group"].to_numpy(),
        thresholds,
        SKY,
        300,
        0,
    )
    fold = train["fold"].to_numpy()
    per_fold = figures_per_fold(scores, is_gamma, weight, fold, SKY, 0.5, 5)
    return thresholds, on_test, per_fold


class TestJudging:
    def test_table_has_the_figures_of_scikit_learn(self, judged, test_events, results):
        thresholds, on_test, per_fold = judged
        table = tabulate_figures(on_test, per_fold, thresholds, 0.95)
        auc = table[table["figure"] == "roc_auc"].set_index("candidate")
        for name, scores in results[3].items():
            expected = roc_auc_score(test_events["particle"] == "gamma", scores)
            assert auc.loc[name, "test"] == pytest.approx(expected)
            assert auc.loc[name, "test_lower"] < expected < auc.loc[name, "test_upper"]

    def test_figures_of_a_fold_are_those_of_its_events(self, judged, train, results):
        for fold in range(3):
            rows = train["fold"] == fold
            expected = roc_auc_score(
                train.loc[rows, "particle"] == "gamma", results[0].loc[rows, "stack (real)"]
            )
            assert judged[2]["stack (real)"]["roc_auc"][fold] == pytest.approx(expected)

    def test_threshold_of_a_fold_is_chosen_on_the_others(self, train, results):
        """Scores of a fold may change at will: its threshold does not."""
        is_gamma = training_columns(train)[1].to_numpy() == 1
        fold = train["fold"].to_numpy()
        name = "stack (real)"
        changed = results[0][[name]].copy()
        changed.loc[fold == 1, name] = np.where(is_gamma[fold == 1], 0.9999, 0.0001)
        figures = figures_per_fold(changed, is_gamma, np.ones(len(fold)), fold, SKY, 0.5, 5)[name]
        assert figures["gamma_efficiency"][1] == 1
        assert figures["hadron_efficiency"][1] == 0

    def test_comparison_is_the_difference_of_the_figures(self, judged):
        _, on_test, per_fold = judged
        table = compare_candidates(on_test, per_fold, 0.95)
        assert len(table) == len(comparison_pairs()) * table["figure"].nunique()
        for row in table.itertuples():
            first, second = (on_test[name][row.figure][0] for name in (row.candidate, row.against))
            assert row.test == pytest.approx(first - second)
            assert row.test_lower <= row.test_upper or np.isnan(row.test_lower)

    def test_paired_interval_is_narrower_than_unpaired_ones(self, judged):
        _, on_test, per_fold = judged
        table = compare_candidates(on_test, per_fold, 0.95)
        row = table[(table["topic"] == "stacking") & (table["figure"] == "roc_auc")].iloc[0]
        paired = row["test_upper"] - row["test_lower"]
        spreads = [
            np.ptp(np.quantile(on_test[n]["roc_auc"][1:], [0.025, 0.975]))
            for n in (row["candidate"], row["against"])
        ]
        assert paired < np.hypot(*spreads)

    @pytest.mark.parametrize(
        ("shift", "expected"),
        [(0.5, Training.SYNTHETIC), (0.0, Training.REAL), (-0.5, Training.REAL)],
    )
    def test_synthetic_events_are_used_only_for_a_sure_gain(self, shift, expected):
        generator = np.random.default_rng(0)
        is_gamma = np.arange(5000) % 2 == 0
        scores = pd.DataFrame(
            {
                "stack (real)": generator.normal(is_gamma, 1),
                "stack (real and synthetic)": generator.normal(is_gamma * (1 + shift), 1),
            }
        )
        fold = np.arange(5000) // 1000
        assert choose_training(scores, is_gamma, np.ones(5000), fold, 0.95) is expected
