from collections import Counter

import numpy as np
import pytest

from showerforge.cameras.catalogue import CAMERAS, build_camera, magic_camera, taiga_camera
from showerforge.errors import InputError

TAIGA = taiga_camera()
MAGIC = magic_camera()


def test_taiga_has_the_pixels_of_the_real_camera():
    assert TAIGA.n_pixels == 560
    assert Counter((TAIGA.neighbours >= 0).sum(axis=1).tolist()) == {6: 461, 5: 31, 4: 31, 3: 37}
    assert Counter(np.bincount(TAIGA.cluster).tolist()) == {28: 15, 21: 6, 14: 1}
    assert TAIGA.lattice_angle == pytest.approx(22.5)


def test_taiga_covers_the_published_field_of_view():
    assert 2 * TAIGA.radius == pytest.approx(9.6, abs=0.3)
    # a disc of the same area has a mean distance of two thirds of its radius
    disc = np.sqrt(TAIGA.n_pixels * TAIGA.pixel_area / np.pi)
    assert np.hypot(TAIGA.x, TAIGA.y).mean() == pytest.approx(2 / 3 * disc, rel=0.02)


def test_flowers_of_taiga_are_a_pixel_with_all_its_neighbours():
    flowers = np.arange(TAIGA.n_pixels).reshape(-1, 7)
    for centre, *petals in flowers.tolist():
        assert sorted(TAIGA.neighbours[centre]) == petals
        assert len(set(TAIGA.cluster[[centre, *petals]])) == 1


@pytest.mark.parametrize("cluster", range(22))
def test_clusters_of_taiga_are_connected(cluster):
    inside = TAIGA.cluster == cluster
    reached = np.zeros(TAIGA.n_pixels + 1, dtype=bool)
    reached[np.flatnonzero(inside)[0]] = True
    for _ in range(inside.sum()):
        reached[:-1] |= inside & reached[TAIGA.neighbours].any(axis=1)
    np.testing.assert_array_equal(reached[:-1], inside)


@pytest.mark.parametrize(
    ("pixel", "x", "y"),
    # positions of the real camera in cm, 3 cm a pitch
    [(0, -5.935, -5.270), (21, 0.0, 0.0), (559, 28.169, -24.890), (329, 36.062, -4.748)],
)
def test_pixels_of_taiga_are_in_the_order_of_the_read_out(pixel, x, y):
    scale = 0.36 / 3.0
    assert TAIGA.x[pixel] == pytest.approx(scale * x, abs=1e-4)
    assert TAIGA.y[pixel] == pytest.approx(scale * y, abs=1e-4)


def test_magic_is_a_round_camera_that_every_turn_maps_on_itself():
    assert MAGIC.n_pixels == 1039
    assert "MAGIC-like" in MAGIC.name
    assert np.all(MAGIC.rotations >= 0)
    assert 2 * MAGIC.radius == pytest.approx(3.5, abs=0.05)
    assert MAGIC.millimetres_per_degree == pytest.approx(296.7, abs=0.1)


@pytest.mark.parametrize("name", CAMERAS)
def test_cameras_are_built_by_name(name):
    assert build_camera(name).n_pixels == CAMERAS[name]().n_pixels


def test_unknown_camera_gets_a_suggestion():
    with pytest.raises(InputError, match=r"no camera 'tiaga' \(did you mean taiga\?\)"):
        build_camera("tiaga")


def test_missing_geometry_file_is_named():
    with pytest.raises(InputError, match=r"nowhere\.csv: there is no such file"):
        build_camera("nowhere.csv")
