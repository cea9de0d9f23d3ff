import io

import numpy as np
import pytest

from showerforge.errors import InputError
from showerforge.monitoring.references import GAMMA, HADRON, Reference

COLUMNS = ["size", "gammaness"]


def draw(n, particle, generator, shift=0.0):
    """Draw sizes, and scores of a classifier that knows something."""
    center = 0.7 if particle == GAMMA else 0.3
    size = generator.normal(2.5 + shift + (particle == GAMMA), 0.4, n)
    return np.column_stack([size, np.clip(generator.normal(center, 0.2, n), 0, 1)])


def make(seed=0, n=20_000, conditions=("any",), n_bins=100):
    generator = np.random.default_rng(seed)
    values = {
        (condition, particle): draw(n, particle, generator, shift)
        for shift, condition in enumerate(conditions)
        for particle in (GAMMA, HADRON)
    }
    return Reference.of_events(COLUMNS, values, n_bins)


@pytest.mark.parametrize("gamma_share", [0.0, 0.001, 0.1, 0.5, 0.9, 1.0])
def test_share_of_gammas_is_recovered(gamma_share):
    reference, generator = make(), np.random.default_rng(1)
    n = 20_000
    n_gammas = round(gamma_share * n)
    stream = np.concatenate(
        [draw(n_gammas, GAMMA, generator), draw(n - n_gammas, HADRON, generator)]
    )
    found = reference.gamma_share_of("any", reference.binning.count(stream)[-1])
    assert found == pytest.approx(gamma_share, abs=0.015)


def test_expectation_is_the_mixture():
    reference = make()
    expected, n_reference = reference.expect("any", 0.25)
    for column in range(2):
        gammas, hadrons = (
            reference.counts["any", particle][column] / 20_000 for particle in (GAMMA, HADRON)
        )
        np.testing.assert_allclose(expected[column], 0.25 * gammas + 0.75 * hadrons)
    # variance of a mean of independent parts
    np.testing.assert_allclose(n_reference, 20_000 / (0.25**2 + 0.75**2))


def test_scores_that_may_not_be_used_count_nowhere():
    generator = np.random.default_rng(0)
    values = {("any", p): draw(1000, p, generator) for p in (GAMMA, HADRON)}
    values["any", GAMMA][:400, -1] = np.nan
    reference = Reference.of_events(COLUMNS, values, 50)
    assert [c.sum() for c in reference.counts["any", GAMMA]] == [1000, 600]


def test_conditions_are_apart():
    reference = make(conditions=("dark", "moon"))
    assert reference.conditions == ["dark", "moon"]
    dark, moon = (reference.expect(c, 0.5)[0][0] for c in reference.conditions)
    assert np.abs(np.cumsum(dark - moon)).max() > 0.3
    with pytest.raises(InputError, match=r"no condition 'moom' \(did you mean moon\?\)"):
        reference.expect("moom", 0.5)


def test_round_trip():
    reference = make(conditions=("dark", "moon"))
    again = Reference.from_bytes(reference.to_bytes())
    assert again.binning.columns == reference.binning.columns
    np.testing.assert_array_equal(again.binning.ends, reference.binning.ends)
    for own, other in zip(again.binning.edges, reference.binning.edges, strict=True):
        np.testing.assert_array_equal(own, other)
    assert list(again.counts) == list(reference.counts)
    for key, counts in reference.counts.items():
        for own, other in zip(again.counts[key], counts, strict=True):
            np.testing.assert_array_equal(own, other)
    assert again.to_bytes() == reference.to_bytes()


def damaged():
    """Spoil the file of a reference in several ways."""
    content = make(n=500).to_bytes()
    objects = io.BytesIO()
    np.savez(objects, about=np.array([{"columns": ["x"]}], dtype=object))
    other = io.BytesIO()
    np.savez(other, ends=np.zeros(3))
    middle = len(content) // 2
    return {
        "nothing": b"",
        "text": b"no reference",
        "cut": content[:middle],
        "changed": content[:middle] + bytes(64) + content[middle + 64 :],
        "zip alone": b"PK\x03\x04" + bytes(100),
        "objects": objects.getvalue(),
        "others": other.getvalue(),
    }


@pytest.mark.parametrize("kind", damaged())
def test_file_that_is_none_is_refused(kind):
    with pytest.raises(InputError, match="no reference of a monitor"):
        Reference.from_bytes(damaged()[kind])
