"""Gates that users add: they count like the others."""

import numpy as np
import pytest
from toys import hadrons_of

from showerforge.errors import InputError
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.validation import OwnGate, Settings, Verdict, Yardstick
from showerforge.validation.gates import Margins, with_own_gates

QUICK = Settings(n_repeats=6, n_permutations=19, n_resamples=100, maximum_compared=400)


def near_axis(judged, real):
    """Signed, so that both signs can be told apart."""
    return (judged["fAlpha"] < 10).mean() - (real["fAlpha"] < 10).mean()


@pytest.fixture(scope="module")
def yardstick(world):
    train, holdout = map(hadrons_of, world[:2])
    gate = OwnGate(name="near axis", measure=near_axis, margin=0.01, rule="both")
    return Yardstick(
        train, holdout, [], None, "hadron", HILLAS_PARAMETERS, settings=QUICK, own_gates=[gate]
    )


def own_gate(certificate):
    (gate,) = certificate.of("G9")
    return gate


def test_a_fresh_sample_passes_by_the_band_of_real_events(yardstick, world):
    certificate, _ = yardstick.certify(world[2], "fresh")
    gate = own_gate(certificate)
    assert gate.value == near_axis(*yardstick.compared_samples(world[2]))
    assert gate.verdict is Verdict.PASS
    assert gate.band[0] < 0 < gate.band[1]
    assert (gate.lowest, gate.highest) == pytest.approx((gate.band[0] - 0.01, gate.band[1] + 0.01))
    assert gate.interval[0] < gate.value < gate.interval[1]
    assert certificate.provenance["margins"]["near axis"] == 0.01


def test_what_it_refuses_is_refused(yardstick, world):
    off_axis = world[2][world[2]["fAlpha"] >= 10]
    certificate, _ = yardstick.certify(off_axis, "off axis")
    assert own_gate(certificate).verdict is Verdict.FAIL
    assert certificate.verdict is Verdict.FAIL
    assert "G9" in certificate.failed


def test_the_margin_is_the_limit_beyond_the_band():
    spec = with_own_gates([OwnGate(name="mine", measure=near_axis, margin=0.5)])[-1]
    assert spec.limits((-0.1, 0.2), Margins()) == (None, pytest.approx(0.7), None)
    assert spec.is_resolved((-0.1, 0.2), Margins())


@pytest.mark.parametrize("wrong", [np.nan, None, np.array([1.0, 2.0]), "0.1"])
def test_a_function_that_gives_no_number_is_told(world, wrong):
    gate = OwnGate(name="mine", measure=lambda judged, real: wrong, margin=0.5)
    with pytest.raises(InputError, match=r"gate 'mine' returned .* one finite number"):
        gate.difference(world[2], world[1])


@pytest.mark.parametrize("name", ["mine", "ks_distance"])
def test_names_may_be_used_once(name):
    mine = OwnGate(name="mine", measure=near_axis, margin=0.5)
    with pytest.raises(InputError, match=f"repeated: {name}"):
        with_own_gates([mine, mine.model_copy(update={"name": name})])
