import json

import numpy as np
import pytest
from toys import make_events

from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.monitoring.faults import inject, loses_light
from showerforge.monitoring.references import GAMMA, HADRON, Reference
from showerforge.monitoring.residuals import (
    HILLAS_RESIDUALS,
    Residual,
    Term,
    residuals_of,
    with_residuals,
)

TERMS = (Term("length"), Term("length", "square of the logarithm"), Term("distance", "linear"))
RESIDUAL = Residual("light for the shape", "dex", Term("light", "linear"), TERMS)


def draw(n=2000, noise=0.1, seed=0):
    """Draw events whose light follows from length and distance."""
    generator = np.random.default_rng(seed)
    length, distance = generator.lognormal(3, 0.5, n), generator.uniform(0, 300, n)
    log = np.log10(length)
    light = 1.5 + 0.8 * log - 0.3 * log**2 + 0.002 * distance + generator.normal(0, noise, n)
    return {"light": light, "length": length, "distance": distance}


def test_law_is_found():
    assert RESIDUAL.fit(draw(noise=0.0)).coefficients == pytest.approx((1.5, 0.8, -0.3, 0.002))


def test_residuals_are_what_the_law_leaves():
    (residual,) = residuals_of(draw(seed=1), [RESIDUAL.fit(draw())])
    assert residual.mean() == pytest.approx(0, abs=0.01)
    assert residual.std() == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize("scale", ["linear", "logarithm", "square of the logarithm"])
def test_terms_are_finite_where_values_are_zero(scale):
    values = {"x": np.array([0.0, -1.0, 100.0])}
    term = Term("x", scale, smallest=0.1).of(values)
    assert np.isfinite(term).all()
    assert term[2] == pytest.approx({"linear": 100, "logarithm": 2}.get(scale, 4))


def test_loss_of_light_is_larger_among_residuals():
    events = {name: make_events(3000, 3000)[name].to_numpy() for name in HILLAS_PARAMETERS}
    light = [HILLAS_RESIDUALS[0].fit(events)]
    (moved,) = np.subtract(
        residuals_of(inject(loses_light(0.1), events), light), residuals_of(events, light)
    )
    np.testing.assert_allclose(moved, np.log10(0.9))


def test_round_trip():
    fitted = RESIDUAL.fit(draw())
    assert Residual.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted


def test_columns_of_a_reference():
    events = {p: make_events(500, 500, seed)[HILLAS_PARAMETERS].to_numpy()
              for seed, p in enumerate((GAMMA, HADRON))}  # fmt: skip
    values = {("any", p): np.column_stack([own, own[:, 0] / 1e3]) for p, own in events.items()}
    columns = [*HILLAS_PARAMETERS, "gammaness"]
    reference = Reference.of_events(columns, values, 20, HILLAS_RESIDUALS)
    again = Reference.from_bytes(reference.to_bytes())
    assert again.residuals == reference.residuals
    assert list(again.parameters) == HILLAS_PARAMETERS
    names = [residual.name for residual in HILLAS_RESIDUALS]
    assert list(again.binning.columns) == [*HILLAS_PARAMETERS, *names, "gammaness"]
    own = events[GAMMA]
    whole = again.values_of(own, own[:, 0] / 1e3)
    np.testing.assert_array_equal(whole[:, :10], own)
    np.testing.assert_allclose(
        whole[:, 10:-1], with_residuals(own, HILLAS_PARAMETERS, again.residuals)[:, 10:]
    )
    for counted, wanted in zip(again.binning.count(whole), again.counts["any", GAMMA], strict=True):
        assert counted.tolist() == wanted.tolist()
