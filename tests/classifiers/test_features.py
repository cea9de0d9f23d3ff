import numpy as np
import pytest
from toys import make_events

from showerforge.classifiers.candidates import Recipe, build_pipeline
from showerforge.classifiers.features import HillasFeatures
from showerforge.classifiers.names import ALPHA_CUT, WIDTH_ALPHA_CUTS, Candidate, Training
from showerforge.classifiers.training import training_columns
from showerforge.events.features import BRIGHTEST_PIXEL
from showerforge.events.schema import HILLAS_PARAMETERS

ALLOWED = ["miss", "fLength", "fConc1"]


@pytest.fixture(scope="module")
def recipe():
    models = {"lightgbm": {"n_estimators": 5}}
    return Recipe(["engineered"], models, 0.5, 8, 0, ALLOWED)


def test_only_allowed_features_are_kept_in_the_order_of_the_table():
    features = HillasFeatures(["engineered"], BRIGHTEST_PIXEL, ALLOWED)
    assert list(features.transform(make_events(5, 5))) == ["fLength", "miss"]
    everything = HillasFeatures(["engineered"]).transform(make_events(5, 5))
    assert list(everything)[:10] == HILLAS_PARAMETERS


def test_models_see_nothing_but_allowed_features(recipe):
    """Garbage in all others changes no score."""
    events = make_events(200, 200)
    model = build_pipeline(Candidate("lightgbm", Training.REAL), recipe)
    model.fit(*training_columns(events))
    assert list(model["classifier"].feature_name_) == ["fLength", "fConc1", "miss"]
    garbage = events.assign(fSize=9.0, fAsym=0.0, fWidth=1.0)
    np.testing.assert_array_equal(
        model.predict_proba(events[HILLAS_PARAMETERS]),
        model.predict_proba(garbage[HILLAS_PARAMETERS]),
    )


@pytest.mark.parametrize("cuts", [ALPHA_CUT, WIDTH_ALPHA_CUTS])
def test_cuts_keep_their_own_parameters(recipe, cuts):
    events = make_events(200, 200)
    model = build_pipeline(Candidate(cuts, Training.REAL), recipe)
    is_gamma = training_columns(events)[1]
    score = model.fit(*training_columns(events)).predict_proba(events[HILLAS_PARAMETERS])[:, 1]
    assert score[is_gamma == 1].mean() > score[is_gamma == 0].mean()
