import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from toys import make_events

from showerforge.errors import InputError
from showerforge.events.alarm import (
    check_names,
    check_separation,
    forbidden_meaning,
    single_feature_auc,
    words_of,
)
from showerforge.events.features import FEATURE_SETS
from showerforge.events.schema import GAMMA, HILLAS_PARAMETERS

SETS = list(FEATURE_SETS)


def check(events, features=None, allowed=(), limit=0.95):
    check_separation(events, SETS, features, allowed, limit)


@pytest.mark.parametrize(
    "name",
    [
        "mc_energy",
        "trueEnergy",
        "MCEnergy",
        "sim.core_x",
        "core_x",
        "event_id",
        "obs_id",
        "RunNumber",
        "run",
        "tel_alt",
        "az",
        "RA",
        "pointing_zd",
        "corsika_event",
        "weight",
        "particle",
        "label",
        "gammaness",
        "rf_score",
        "timestamp",
    ],
)
def test_forbidden_names(name):
    assert forbidden_meaning(name)


@pytest.mark.parametrize(
    "name",
    [
        *HILLAS_PARAMETERS,
        "major_axis",
        "camera_frame_hillas_length",
        "hillas_r",
        "concentration_core",
        "log_intensity",
        "Alpha",
        "alpha",
        "declination_free_width",
        "m3long",
        "raw_size",
        "azimuthal_spread",
        "distance",
        "similar_width",
        "identity_free",
    ],
)
def test_harmless_names(name):
    assert not forbidden_meaning(name)


def test_words():
    assert words_of("hillasLength.MCTrue_E2x") == ["hillas", "length", "mc", "true", "e", "x"]


def test_areas_are_those_of_either_direction(toy_events):
    auc = single_feature_auc(toy_events, SETS)
    is_gamma = toy_events["particle"] == GAMMA
    assert auc["fAlpha"] == pytest.approx(roc_auc_score(~is_gamma, toy_events["fAlpha"]))
    flipped = toy_events.assign(fAsym=-toy_events["fAsym"])
    assert single_feature_auc(flipped, [])["fAsym"] == pytest.approx(auc["fAsym"])
    assert auc.between(0.5, 1).all()


def test_the_real_table_raises_no_alarm(magic_events):
    check(magic_events)
    assert single_feature_auc(magic_events, SETS).idxmax() == "miss"


@pytest.mark.parametrize("sign", [1, -1])
def test_the_label_in_a_feature_is_found_in_either_direction(sign):
    events = make_events(300, 200)
    is_gamma = (events["particle"] == GAMMA).to_numpy()
    noise = np.random.default_rng(0).normal(0, 0.1, len(events))
    events["fAsym"] = sign * (is_gamma + noise)
    with pytest.raises(InputError) as error:
        check(events)
    assert "fAsym separates the classes all alone, with a ROC-AUC of 1.0000" in str(error.value)
    assert "allowed_despite_alarm: [fAsym" in str(error.value)


def test_engineered_features_are_looked_at_if_they_are_used():
    """Length and asymmetry tell little each, their ratio is the label."""
    events = make_events(300, 200)
    is_gamma = (events["particle"] == GAMMA).to_numpy()
    events["fAsym"] = events["fLength"] * np.where(is_gamma, 0.9, 1.1)
    with pytest.raises(InputError) as error:
        check(events)
    assert "longitudinal_asymmetry separates" in str(error.value)
    assert "fAsym separates" not in str(error.value)
    check(events, features=["fLength", "fAlpha"])


def test_a_name_is_told_with_its_meaning_and_allowed_only_knowingly(toy_events, caplog):
    events = toy_events.copy()
    events.attrs = {"file": "theirs.h5", "sources": {"fDist": "mc_energy", "fLength": "length"}}
    with pytest.raises(InputError) as error:
        check_names(events, ["fWidth"])
    for word in ("theirs.h5", "'mc_energy'", "truth of the simulation", "[fWidth, fDist]"):
        assert word in str(error.value)
    assert "fLength" not in str(error.value)
    with caplog.at_level("INFO"):
        check_names(events, ["fDist"])
    assert "In spite of the alarm: fDist is taken from the column 'mc_energy'" in caplog.text


def test_the_column_of_the_file_is_named(toy_events):
    is_gamma = (toy_events["particle"] == GAMMA).to_numpy()
    events = toy_events.assign(fDist=np.where(is_gamma, 100.0, 200.0))
    events.attrs = {"sources": {"fDist": "innocent"}}
    with pytest.raises(InputError, match=r"fDist, the column 'innocent', separates.*1\.0000"):
        check_separation(events, [], None, [], 0.95)
