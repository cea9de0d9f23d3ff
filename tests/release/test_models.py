import numpy as np
import pandas as pd
import pytest
from release_toys import MODELS, fit_stack, toy_events
from sklearn.neural_network import MLPClassifier
from toys import make_events

from showerforge.classifiers.candidates import Recipe, build_pipeline, gammaness
from showerforge.classifiers.names import BASE_MODELS, Candidate, Training
from showerforge.classifiers.stacking import build_stack
from showerforge.errors import InputError
from showerforge.events.features import FEATURE_SETS
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.release.bundles import PARITY, check_parity
from showerforge.release.models import to_onnx
from showerforge.serving.releases import open_model, run_model


def stack_of(model, train, settings=None, features=None):
    """Fit a stack of one member."""
    recipe = Recipe(list(FEATURE_SETS), {model: settings or MODELS[model]}, 0.5, 10, 0, features)
    candidate = Candidate(model, Training.REAL)
    is_gamma = (train["particle"] == "gamma").astype(int)
    fitted = build_pipeline(candidate, recipe).fit(train[HILLAS_PARAMETERS], is_gamma)
    scores = pd.DataFrame({candidate.name: gammaness(fitted, train)})
    return build_stack({candidate.name: fitted}, scores, train, [model], Training.REAL, 1.0)


def unusual(events):
    """Make events of those that training events seldom or never are."""
    events = events[HILLAS_PARAMETERS]
    return pd.concat(
        [
            events.assign(fWidth=0.0),
            events.assign(fAlpha=np.where(events["fAlpha"] > 30, 90.0, 0.0), fDist=0.0),
            events.round(0).clip(lower=1.0).assign(fConc=1.0, fConc1=1.0),
            events.assign(fLength=50 * events["fLength"], fDist=20 * events["fDist"], fSize=6.0),
            events.assign(
                fLength=events["fLength"] / 100, fWidth=events["fWidth"] / 100, fSize=0.5
            ),
        ],
        ignore_index=True,
    )


def test_a_member_alone_is_a_model_too(events):
    train, test = events
    recipe = Recipe(list(FEATURE_SETS), {"xgboost": MODELS["xgboost"]}, 0.5, 10, 0)
    is_gamma = (train["particle"] == "gamma").astype(int)
    model = build_pipeline(Candidate("xgboost", Training.REAL), recipe)
    model.fit(train[HILLAS_PARAMETERS], is_gamma)
    content = to_onnx(model, "alone")
    for own in (train, test, unusual(test)):
        assert check_parity(model, content, own) <= PARITY


@pytest.fixture(scope="module")
def events():
    train, test = make_events(700, 500, seed=1), make_events(300, 300, seed=2)
    train.loc[train.index[::20], "fWidth"] = 0.0
    return train, test


@pytest.mark.parametrize("model", BASE_MODELS)
def test_member_scores_as_its_file(model, events):
    train, test = events
    stack = stack_of(model, train)
    content = to_onnx(stack, model)
    for own in (train, test, unusual(test)):
        assert check_parity(stack, content, own) <= PARITY


@pytest.mark.parametrize("model", BASE_MODELS)
def test_member_of_few_events_with_ties(model):
    few = make_events(40, 40, seed=3)
    tied = few.assign(
        **few[["fLength", "fWidth"]].round(-1).clip(lower=10.0),
        fConc=few["fConc"].round(1),
        fAsym=0.0,
    )
    stack = stack_of(model, tied)
    content = to_onnx(stack, model)
    for own in (tied, few, unusual(few)):
        assert check_parity(stack, content, own) <= PARITY


def test_stack_scores_as_its_file():
    train, test = toy_events(seed=5)
    train = train[:1200]
    stack = fit_stack(train, seed=5)
    content = to_onnx(stack, "stack")
    assert content == to_onnx(stack, "stack")
    for own in (train, test, unusual(test)):
        assert check_parity(stack, content, own) <= PARITY


def thresholds_of(model, stack):
    """List what the trees compare with, and of which column."""
    (member,) = stack.named_steps["stack"].estimators_
    if model == "random_forest":
        trees = [e.tree_ for e in member.estimators_]
        columns, thresholds = (
            np.concatenate([getattr(tree, name)[tree.children_left >= 0] for tree in trees])
            for name in ("feature", "threshold")
        )
        return zip(columns, thresholds, strict=True)
    if model == "lightgbm":
        table = member.booster_.trees_to_dataframe().dropna(subset="threshold")
        names, thresholds = table["split_feature"], table["threshold"]
    else:
        table = member.get_booster().trees_to_dataframe().query("Feature != 'Leaf'")
        names, thresholds = table["Feature"], table["Split"]
    return zip(map(HILLAS_PARAMETERS.index, names), thresholds, strict=True)


@pytest.mark.parametrize("model", ["random_forest", "xgboost", "lightgbm"])
def test_events_at_the_very_thresholds(model, events):
    train, test = events
    stack = stack_of(model, train, features=HILLAS_PARAMETERS)
    rows = []
    for column, threshold in thresholds_of(model, stack):
        row = test[HILLAS_PARAMETERS].iloc[len(rows) % len(test)].to_numpy(float)
        single = np.float32(threshold)
        for value in (
            threshold,
            np.nextafter(threshold, np.inf),
            np.nextafter(threshold, -np.inf),
            float(single),
            float(np.nextafter(single, np.float32(np.inf))),
            float(np.nextafter(single, np.float32(-np.inf))),
        ):
            row = row.copy()
            row[column] = value
            rows.append(row)
    at_thresholds = pd.DataFrame(rows, columns=HILLAS_PARAMETERS)
    assert len(at_thresholds) > 100
    assert check_parity(stack, to_onnx(stack, model), at_thresholds) <= PARITY


def test_one_event_scores_as_among_others(events):
    train, test = events
    session = open_model(to_onnx(stack_of("lightgbm", train), "one"))
    values = test[HILLAS_PARAMETERS].to_numpy(float)
    one_by_one = [run_model(session, values[k : k + 1])[0] for k in range(20)]
    np.testing.assert_allclose(one_by_one, run_model(session, values)[:20], rtol=1e-14)


def test_classifier_that_cannot_be_written_is_named(events):
    stack = stack_of("logistic_regression", events[0], {"C": 1.0})
    with pytest.raises(InputError, match=r"StandardScaler cannot be written.*known are"):
        to_onnx(stack, "unknown")


def test_network_of_another_kind_is_refused(events):
    train, _ = events
    stack = stack_of("perceptrons", train, {**MODELS["perceptrons"], "activation": "tanh"})
    assert isinstance(stack.named_steps["stack"].estimators_[0][-1].estimators_[0], MLPClassifier)
    with pytest.raises(InputError, match="tanh cannot be written"):
        to_onnx(stack, "unknown")


def test_file_of_another_model_is_noticed(events):
    train, test = events
    first, second = (stack_of("xgboost", train, {"n_estimators": n}) for n in (5, 10))
    with pytest.raises(InputError, match=r"differ by .* in the gammaness of event \d+"):
        check_parity(first, to_onnx(second, "another"), test)
