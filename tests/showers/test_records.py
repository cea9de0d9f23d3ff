"""Notes on a shower."""

import numpy as np
import pytest
from showers import truth

from showerforge.showers.records import (
    PROFILE_BINS,
    PROFILE_STEP,
    depth_of_maximum,
    new_record,
    note_electrons,
    note_interaction,
)

COSINE = 0.8


def test_only_the_first_interaction_is_noted_along_the_axis():
    record = new_record(COSINE)
    assert record.first[0] < 0
    note_interaction(record, 40.0)
    note_interaction(record, 10.0)
    assert record.first[0] == pytest.approx(50.0)


def test_electrons_are_counted_by_the_share_of_the_bin_they_cross():
    record = new_record(COSINE)
    note_electrons(record, 0.8 * 205.0, 5.0, 3.0)
    note_electrons(record, 0.8 * 209.0, 10.0, 1.0)
    assert record.profile[20] == pytest.approx(2.5)
    assert record.profile.sum() == record.profile[20]


def test_what_is_deeper_than_the_profile_is_left_out():
    record = new_record(COSINE)
    note_electrons(record, 0.8 * PROFILE_BINS * PROFILE_STEP, 5.0, 1.0)
    assert not record.profile.any()


@pytest.mark.parametrize("energy", [1.0, 30.0])
def test_the_maximum_of_a_known_profile_is_found(energy):
    depths = PROFILE_STEP * (np.arange(PROFILE_BINS) + 0.5)
    depth, _ = truth.greisen_maximum(energy)
    profile = truth.greisen_profile(depths, energy)
    assert depth_of_maximum(profile) == pytest.approx(depth, abs=PROFILE_STEP)
