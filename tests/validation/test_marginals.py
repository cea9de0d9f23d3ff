"""Distances between the distributions of single columns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from showerforge.validation.marginals import ks_distance

# few values, so that many are equal
SAMPLES = st.lists(st.integers(-5, 5), min_size=1, max_size=30).map(lambda v: np.array(v, float))


# of its p-value, which is not asked for
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@given(SAMPLES, SAMPLES)
def test_the_distance_is_that_of_scipy(first, second):
    expected = stats.ks_2samp(first, second, method="asymp").statistic
    assert ks_distance(first, second) == pytest.approx(expected)
