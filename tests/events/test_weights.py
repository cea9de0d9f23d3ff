import numpy as np
import pandas as pd
import pytest
from toys import make_events

from showerforge.errors import InputError
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.events.weights import (
    SpectralIndices,
    effective_number,
    expected_weights,
    spectral_weights,
    weigh_events,
)


def power_law(n, index, seed):
    """Draw energies from 1 to 100 TeV by the inverse of the cumulated power law."""
    u = np.random.default_rng(seed).random(n)
    exponent = index + 1
    return (1 + u * (100**exponent - 1)) ** (1 / exponent)


def test_weighted_energies_follow_the_wanted_spectrum():
    energies = power_law(200_000, -2.0, 0)
    weights = spectral_weights(energies, SpectralIndices(simulated=-2.0, wanted=-2.7))
    wanted = power_law(200_000, -2.7, 1)
    edges = np.geomspace(1, 100, 9)
    weighted, _ = np.histogram(energies, edges, weights=weights / weights.sum())
    expected = np.histogram(wanted, edges)[0] / len(wanted)
    # the statistical error of the sparse last bins is 4 %
    np.testing.assert_allclose(weighted, expected, rtol=0.1)


def test_a_power_law_is_its_own_formula():
    energies = np.array([0.1, 1.0, 50.0])
    weights = spectral_weights(energies, SpectralIndices(-2.0, -2.6))
    np.testing.assert_allclose(weights / weights[1], energies**-0.6)


def test_without_weights_every_event_counts_once():
    events = make_events(30, 20).drop(columns="weight")
    assert (weigh_events(events, {})["weight"] == 1).all()


def test_classes_keep_their_share():
    events = make_events(40, 60).assign(
        weight=np.random.default_rng(0).exponential(3, 100),
        true_energy=power_law(100, -2.0, 0),
    )
    weighted = weigh_events(events, {"gamma": SpectralIndices(-2.0, -2.6)})
    assert weighted.groupby("particle")["weight"].sum().to_dict() == pytest.approx(
        {"gamma": 40, "hadron": 60}
    )
    gammas = events["particle"] == "gamma"
    ratio = weighted["weight"] / (events["weight"] * events["true_energy"] ** -0.6)
    assert ratio[gammas].std() < 1e-12
    assert (weighted["weight"] / events["weight"])[~gammas].std() < 1e-12
    pd.testing.assert_frame_equal(weighted.drop(columns="weight"), events.drop(columns="weight"))


@pytest.mark.parametrize(
    ("energies", "words"),
    [
        (None, "no column true_energy"),
        (0.0, r"20 gamma events .* event \d+, column true_energy: 0.0 \(allowed: above 0 TeV\)"),
        (np.nan, "allowed: above 0 TeV"),
    ],
)
def test_spectra_need_energies(energies, words):
    events = make_events(20, 20)
    if energies is not None:
        events = events.assign(true_energy=energies)
    with pytest.raises(InputError, match=f"(?s){words}"):
        weigh_events(events, {"gamma": SpectralIndices(-2.0, -2.6)})


def test_a_constant_column_is_no_weight():
    events = make_events(30, 50).assign(weight=0.7)
    assert (weigh_events(events, {})["weight"] == 1).all()


def test_a_class_without_weight_is_refused():
    events = make_events(20, 20)
    events.loc[events["particle"] == "hadron", "weight"] = 0.0
    with pytest.raises(InputError, match="All hadron events have weight zero"):
        weigh_events(events, {})


def test_effective_number():
    assert effective_number(np.full(50, 0.3)) == pytest.approx(50)
    assert effective_number(np.array([1.0, 1.0, 0.0, 0.0])) == pytest.approx(2)


class TestExpectedWeights:
    def test_equal_weights_stay_one(self):
        events = make_events(50, 50)
        synthetic = make_events(0, 30, seed=1)
        assert (expected_weights(events, synthetic, HILLAS_PARAMETERS, 5) == 1).all()

    def test_weights_follow_the_place_in_parameter_space(self):
        """A synthetic sample with these weights has the means of the weighted real one."""
        real, synthetic = make_events(10, 6000, seed=0), make_events(0, 6000, seed=1)
        hadrons = real["particle"] == "hadron"
        real.loc[hadrons, "weight"] = real.loc[hadrons, "fAlpha"] / 45
        weights = expected_weights(real, synthetic, HILLAS_PARAMETERS, 30)
        weighted = np.average(synthetic["fAlpha"], weights=weights)
        wanted = np.average(real.loc[hadrons, "fAlpha"], weights=real.loc[hadrons, "weight"])
        unweighted = synthetic["fAlpha"].mean()
        assert wanted - unweighted > 10
        assert abs(weighted - wanted) < 0.35 * (wanted - unweighted)
        assert weights.mean() == pytest.approx(1, abs=0.05)
