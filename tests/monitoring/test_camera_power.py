import numpy as np
import pytest
from scipy.stats import binom

from showerforge.monitoring.camera_power import (
    CAMERA_COLUMNS,
    MeasuredImages,
    measure_camera_power,
)
from showerforge.monitoring.power import UNDISTURBED, repeat_streams
from showerforge.monitoring.settings import CameraMonitorSettings

N_IMAGES, N_PIXELS, DEAD = 3000, 60, 7
SETTINGS = CameraMonitorSettings(
    n_bins=50,
    gamma_shares={"table": 0.5, "sky": 0.001},
    lengths=[100, 1000],
    n_repeats=15,
    false_alarm_rate=0.02,
)
BECAUSE = {"dead": "a cable", "dim": "dust", "lost": "a cut"}


def draw(particle, seed=0):
    """Draw images of a particle, of which half of the light is told by the length."""
    generator = np.random.default_rng([seed, len(particle)])
    values = generator.lognormal(0, 0.4, (N_IMAGES, len(CAMERA_COLUMNS) + 1))
    values[:, 0] = 100 * values[:, 1] * generator.lognormal(0, 0.1, N_IMAGES)
    centre = 0.7 if particle == "gamma" else 0.3
    values[:, -1] = np.clip(generator.normal(centre, 0.1, N_IMAGES), 0, 1)
    pixels = generator.random((N_IMAGES, N_PIXELS)) < 0.05
    return MeasuredImages(values, pixels, np.ones(N_IMAGES, dtype=bool))


def disturb(images, fault):
    values, pixels, kept = images.values.copy(), images.pixels.copy(), images.kept.copy()
    if fault == "dead":
        pixels[:, DEAD] = False
    if fault == "dim":
        values[:, 0] *= 0.9
    if fault == "lost":
        kept[::2] = False
        values[~kept] = np.nan
    return MeasuredImages(values, pixels, kept)


@pytest.fixture(scope="module")
def images():
    kinds = (UNDISTURBED, *BECAUSE)
    return {kind: {p: disturb(draw(p), kind) for p in ("gamma", "hadron")} for kind in kinds}


@pytest.fixture(scope="module")
def power(images):
    rows = measure_camera_power(images, BECAUSE, SETTINGS, 0)
    return {(row["fault"], row["mixture"], row["n_events"]): row for row in rows}


def test_a_healthy_camera_raises_no_more_alarms_than_stated(power):
    rows = [row for (fault, *_), row in power.items() if fault == UNDISTURBED]
    n_streams, n_alarms = (sum(row[k] for row in rows) for k in ("n_streams", "n_alarms"))
    assert n_streams == 4 * SETTINGS.n_repeats
    assert n_alarms <= binom.isf(1e-3, n_streams, SETTINGS.false_alarm_rate)


@pytest.mark.parametrize("mixture", ["table", "sky"])
def test_a_dead_pixel_is_seen_by_its_absence_and_dim_light_by_the_shape(power, mixture):
    for fault in ("dead", "dim"):
        assert power[fault, mixture, 1000]["n_alarms"] == SETTINGS.n_repeats
    assert power["dead", mixture, 100]["n_alarms"] < SETTINGS.n_repeats


def test_images_that_a_fault_loses_are_not_in_its_streams(power):
    # half of 1,500 hadrons are left for a stream of 1,000
    assert ("lost", "table", 1000) in power
    assert ("lost", "sky", 1000) not in power
    assert power["lost", "table", 1000]["n_alarms"] <= 2


def test_streams_take_no_reference_event_and_none_twice():
    kept = {UNDISTURBED: {p: np.arange(100) % 10 > 0 for p in ("gamma", "hadron")}}
    seen = []

    def learn(reference):
        def judge(kind, rows):
            for p, own in rows.items():
                assert kept[kind][p][own].all()
                assert kept[kind][p][reference[p]].all()
                assert len(set(own)) == len(own)
                assert not set(own) & set(reference[p])
            seen.append({p: len(own) for p, own in rows.items()})
            return False

        return judge

    repeat_streams(kept, learn, {"even": 0.5}, [50], 4, 0)
    assert len(seen) == 4
    assert all(sum(n.values()) == 50 for n in seen)
