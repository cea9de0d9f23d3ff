import numpy as np
import pytest
from toys import make_events

from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.monitoring.faults import (
    FAULTS,
    in_another_unit,
    inject,
    loses_light,
    mispoints,
    widens,
)


@pytest.fixture
def columns():
    events = make_events(500, 500)
    return {name: events[name].to_numpy() for name in HILLAS_PARAMETERS}


def test_light_falls_by_the_share(columns):
    changed = inject(loses_light(0.2), columns)
    np.testing.assert_allclose(10 ** changed["fSize"], 0.8 * 10 ** columns["fSize"])


def test_images_are_never_wider_than_long(columns):
    changed = inject(widens(0.5), columns)["fWidth"]
    assert (changed <= columns["fLength"]).all()
    free = 1.5 * columns["fWidth"] <= columns["fLength"]
    np.testing.assert_allclose(changed[free], 1.5 * columns["fWidth"][free])


def test_alpha_moves_by_the_angle_and_stays_in_its_range(columns):
    changed = inject(mispoints(5.0), columns)["fAlpha"]
    assert ((changed >= 0) & (changed <= 90)).all()
    inside = (columns["fAlpha"] > 5) & (columns["fAlpha"] < 85)
    np.testing.assert_allclose(np.abs(changed - columns["fAlpha"])[inside], 5.0)


def test_another_unit(columns):
    changed = inject(in_another_unit("fLength", 0.1, "in cm"), columns)
    np.testing.assert_allclose(10 * changed["fLength"], columns["fLength"])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
def test_fault_changes_one_column_and_not_what_it_was_given(fault, columns):
    before = {name: values.copy() for name, values in columns.items()}
    changed = inject(fault, columns)
    for name, values in before.items():
        np.testing.assert_array_equal(columns[name], values)
    assert sum(not np.array_equal(changed[name], before[name]) for name in before) == 1
