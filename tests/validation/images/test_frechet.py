"""The Fréchet distance, against formulae."""

import numpy as np
import pytest

from showerforge.errors import InputError
from showerforge.validation.images.frechet import distance_of_gaussians, frechet_physics_distance
from showerforge.validation.images.resampling import Resampling


def test_gaussians_along_the_axes_have_a_distance_in_closed_form():
    widths = np.array([1.0, 2.0, 0.5]), np.array([1.5, 1.0, 0.5])
    means = np.zeros(3), np.array([0.3, -0.4, 0.0])
    expected = 0.25 + np.sum((widths[0] - widths[1]) ** 2)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turned = [
        (turn @ mean, turn @ np.diag(width**2) @ turn.T)
        for mean, width in zip(means, widths, strict=True)
    ]
    assert distance_of_gaussians(*turned) == pytest.approx(expected)
    assert distance_of_gaussians(turned[0], turned[0]) == pytest.approx(0, abs=1e-9)


def test_one_feature_that_does_not_commute_with_the_rest_is_right():
    from scipy.linalg import sqrtm

    generator = np.random.default_rng(1)
    covariances = [a @ a.T for a in generator.normal(size=(2, 4, 4))]
    expected = np.trace(
        covariances[0] + covariances[1] - 2 * sqrtm(covariances[0] @ covariances[1])
    )
    mean = np.zeros(4)
    distance = distance_of_gaussians((mean, covariances[0]), (mean, covariances[1]))
    assert distance == pytest.approx(float(np.real(expected)))


@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1.0), (0.1, 1.2)])
def test_the_size_of_the_samples_does_not_matter(shift, scale):
    expected = 8 * (shift**2 + (scale - 1) ** 2)
    errors, covered, plain = [], [], []
    for seed in range(30):
        generator = np.random.default_rng(seed)
        first, second = (
            shift + scale * generator.normal(size=(300, 8)),
            generator.normal(size=(400, 8)),
        )
        estimate = frechet_physics_distance(
            first, second, np.arange(300), np.arange(400), Resampling()
        )
        errors.append(estimate.value - expected)
        covered.append(estimate.lower <= expected <= estimate.upper)
        moments = [(each.mean(axis=0), np.cov(each, rowvar=False)) for each in (first, second)]
        plain.append(distance_of_gaussians(*moments) - expected)
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(30)
    assert np.mean(plain) > 5 * np.std(plain) / np.sqrt(30)
    assert np.mean(covered) > 0.8


def test_what_cannot_be_measured_is_refused():
    features = np.random.default_rng(0).normal(size=(40, 3))
    number = np.arange(40)
    with pytest.raises(InputError, match="40 images of 5 showers"):
        frechet_physics_distance(features, features, number // 8, number, Resampling())
    with pytest.raises(InputError, match="must be finite"):
        frechet_physics_distance(features * np.nan, features, number, number, Resampling())
    few = features[:21].repeat(10, axis=1)
    with pytest.raises(InputError, match="by 30 features needs more than 31 images"):
        frechet_physics_distance(few, few, number[:21], number[:21], Resampling())
