import astropy.units as u
import numpy as np
import pytest
from ctapipe.image import (
    concentration_parameters,
    hillas_parameters,
    leakage_parameters,
    morphology_parameters,
)
from hypothesis import given
from hypothesis import strategies as st
from toy_cameras import TAIGA, TOY_CAMERAS, draw_images, light_of_ellipse

from showerforge.cameras.cleaning import clean
from showerforge.cameras.columns import IMAGE_COLUMNS, IMAGE_PARAMETERS
from showerforge.cameras.files import to_ctapipe
from showerforge.cameras.hillas import magic_parameters, parametrise
from showerforge.cameras.settings import CleaningSettings
from showerforge.errors import InputError
from showerforge.events.schema import HILLAS_COLUMNS, HILLAS_PARAMETERS

CLEANING = CleaningSettings()
N_EVENTS = 1_500
#: image of some pixels in a row, used with a mask of where there is light
AXIAL = {tuple(place): i for i, place in enumerate(TAIGA.axial)}


def image_of(charges: dict[tuple[int, int], float]) -> np.ndarray:
    """An image with charges at some axial coordinates."""
    image = np.zeros((1, TAIGA.n_pixels))
    for place, charge in charges.items():
        image[0, AXIAL[place]] = charge
    return image


def parametrise_light(image: np.ndarray, **options):
    """Measure all pixels with light."""
    return parametrise(TAIGA, image, CLEANING, mask=image > 0, **options)


def by_ctapipe(geometry, image, mask) -> dict[str, float]:
    selected, light = geometry[mask], image[mask]
    hillas = hillas_parameters(selected, light)
    concentration = concentration_parameters(selected, light, hillas)
    leakage = leakage_parameters(geometry, image, mask)
    morphology = morphology_parameters(geometry, mask)
    values = {
        "size": hillas.intensity,
        "x": hillas.fov_lon,
        "y": hillas.fov_lat,
        "concentration_cog": concentration.cog,
        "concentration_core": concentration.core,
        "concentration_pixel": concentration.pixel,
        "leakage_pixels_1": leakage.pixels_width_1,
        "leakage_pixels_2": leakage.pixels_width_2,
        "leakage_size_1": leakage.intensity_width_1,
        "leakage_size_2": leakage.intensity_width_2,
        "n_pixels": morphology.n_pixels,
        "n_islands": morphology.n_islands,
    }
    names = "r phi length width length_uncertainty width_uncertainty psi psi_uncertainty"
    names += " transverse_cog_uncertainty skewness kurtosis"
    values |= {name: hillas[name] for name in names.split()}
    return {
        name: value.to_value(u.deg) if isinstance(value, u.Quantity) else float(value)
        for name, value in values.items()
    }


@pytest.mark.parametrize("name", TOY_CAMERAS)
def test_parameters_are_those_of_ctapipe(name):
    camera, geometry = TOY_CAMERAS[name], to_ctapipe(TOY_CAMERAS[name])
    images = draw_images(camera, N_EVENTS)
    masks = clean(camera, images, CLEANING)
    table = parametrise(camera, images, CLEANING)
    is_large = masks.sum(axis=1) >= CLEANING.minimum_pixels
    np.testing.assert_array_equal(table.notna().any(axis=1), is_large)
    assert is_large.sum() > N_EVENTS / 2
    for i in np.flatnonzero(is_large):
        row = table.loc[i].to_dict()
        expected = by_ctapipe(geometry, images[i].astype(float), masks[i])
        turn = row["psi"] - expected["psi"]
        assert turn == pytest.approx(180 * round(turn / 180), abs=1e-7)
        row["skewness"] *= (-1) ** round(turn / 180)
        row["psi"] = expected["psi"]
        for parameter, value in expected.items():
            # a width of zero, and what belongs to it, is rounding in one of both
            tolerance = 1e-7 if parameter in ("width", "skewness") else 1e-12
            if parameter == "width_uncertainty" and row["width"] == 0:
                continue
            assert row[parameter] == pytest.approx(value, rel=1e-6, abs=tolerance), (i, parameter)


def test_cleaning_and_its_mask_are_two_ways_to_the_same_table():
    images = draw_images(TAIGA, 200)
    for islands in ("all", "brightest"):
        cleaning = CleaningSettings(islands=islands)
        mask = clean(TAIGA, images, cleaning)
        assert parametrise(TAIGA, images, cleaning).equals(
            parametrise(TAIGA, images, CLEANING, mask=mask)
        )


def test_table_does_not_depend_on_the_batch():
    images = draw_images(TAIGA, 50)
    whole = parametrise(TAIGA, images, CLEANING)
    single = [parametrise(TAIGA, image[None], CLEANING) for image in images]
    assert np.array_equal(whole.to_numpy(), np.concatenate(single), equal_nan=True)


def test_values_lie_in_the_declared_ranges():
    table = parametrise(TAIGA, draw_images(TAIGA, 2_000), CLEANING)
    assert list(table.columns) == IMAGE_PARAMETERS
    for column in IMAGE_COLUMNS:
        values = table[column.name].dropna()
        # rounding may carry a kurtosis or a share beyond the end of its range
        assert (values >= column.lowest - 1e-9).all(), column.name
        assert (values <= column.highest + 1e-9).all(), column.name
    complete = table[table["width"] > 0]
    assert len(complete) > 1_000
    assert complete.notna().all(axis=None)
    assert (table["width"].dropna() <= table["length"].dropna()).all()


@given(
    x=st.floats(-1.5, 1.5),
    y=st.floats(-1.5, 1.5),
    psi=st.floats(-80, 80),
    length=st.floats(0.5, 0.7),
    elongation=st.floats(0.6, 0.8),
)
def test_gaussian_ellipse_comes_back(x, y, psi, length, elongation):
    width = elongation * length
    ellipse = (np.array([[value]]) for value in (500.0, x, y, length, width, np.deg2rad(psi)))
    row = parametrise_light(light_of_ellipse(TAIGA, *ellipse)).loc[0]
    assert row["size"] == pytest.approx(500, rel=0.01)
    # the lattice samples the light; nothing widens it
    assert row["x"] == pytest.approx(x, abs=0.02)
    assert row["y"] == pytest.approx(y, abs=0.02)
    assert row["length"] == pytest.approx(length, rel=0.03)
    assert row["width"] == pytest.approx(width, rel=0.03)
    assert row["psi"] == pytest.approx(psi, abs=3)
    assert row["kurtosis"] == pytest.approx(3, abs=0.3)
    assert row["skewness"] == pytest.approx(0, abs=0.1)
    # A share of 1 - exp(-m² / 2) of a Gaussian is inside m times the ellipse. Pixels are in or
    # out by their centres: together they lie between ellipses that are smaller and larger by a
    # pixel's radius.
    margin = TAIGA.pitch / np.sqrt(3) / width
    least, most = (1 - np.exp(-0.5 * (1 + side * margin) ** 2) for side in (-1, 1))
    assert least - 0.02 < row["concentration_core"] < most + 0.02
    assert row["dist"] == pytest.approx(np.hypot(x, y), abs=0.03)


def test_core_holds_the_share_of_a_gaussian_on_average():
    """Wherever the centre is within a pixel, 1 - exp(-1/2) is expected."""
    n, generator = 500, np.random.default_rng(0)
    x, y = generator.uniform(-1, 1, (2, n, 1))
    psi = generator.uniform(-np.pi / 2, np.pi / 2, (n, 1))
    size, length, width = (np.full((n, 1), value) for value in (500.0, 0.6, 0.4))
    table = parametrise_light(light_of_ellipse(TAIGA, size, x, y, length, width, psi))
    assert table["concentration_core"].mean() == pytest.approx(1 - np.exp(-0.5), abs=0.01)


@given(seed=st.integers(0, 1_000), turns=st.integers(1, 5))
def test_turned_image_has_turned_directions_only(seed, turns):
    """MAGIC's camera is mapped on itself by the turn."""
    camera = TOY_CAMERAS["magic"]
    images = draw_images(camera, 3, seed)
    before = parametrise(camera, images, CLEANING)
    after = parametrise(camera, camera.rotate(images, turns), CLEANING)
    directions = ["x", "y", "phi", "psi", "skewness"]
    # where the source direction is across the major axis the sign is a matter of rounding
    assert np.allclose(
        before.drop(columns=directions), after.drop(columns=directions), 1e-6, 1e-9, equal_nan=True
    )
    place = (before["x"] + 1j * before["y"]) * np.exp(1j * np.pi / 3 * turns)
    assert np.allclose(place.dropna(), (after["x"] + 1j * after["y"]).dropna())
    turn = (after["psi"] - before["psi"] - 60 * turns).dropna()
    assert np.allclose(turn, 180 * np.round(turn / 180), atol=1e-6)


@given(seed=st.integers(0, 1_000), q=st.integers(-3, 3), r=st.integers(-3, 3))
def test_shifted_image_has_the_same_shape(seed, q, r):
    generator = np.random.default_rng(seed)
    places = [(i, j) for i in range(-2, 3) for j in range(-2, 3)]
    charges = generator.uniform(1, 100, len(places))
    here = parametrise_light(image_of(dict(zip(places, charges, strict=True)))).loc[0]
    moved = {(i + q, j + r): charge for (i, j), charge in zip(places, charges, strict=True)}
    shift = TAIGA.x[AXIAL[q, r]], TAIGA.y[AXIAL[q, r]]
    there = parametrise_light(image_of(moved), source=shift).loc[0]
    lies = ["x", "y", "r", "phi"]
    assert np.allclose(here.drop(lies), there.drop(lies), 1e-6, 1e-9)
    assert there["x"] - here["x"] == pytest.approx(shift[0], abs=1e-9)
    assert there["y"] - here["y"] == pytest.approx(shift[1], abs=1e-9)


def test_two_brightest_pixels_are_added():
    row = parametrise_light(image_of({(0, 0): 10.0, (1, 0): 60.0, (0, 1): 30.0})).loc[0]
    assert row["concentration_pixel"] == pytest.approx(0.6)
    assert row["concentration_two_pixels"] == pytest.approx(0.9)


def test_share_of_the_brightest_island_is_by_light():
    charges = {(0, 0): 50.0, (1, 0): 10.0, (5, 0): 10.0, (6, 0): 10.0, (5, 1): 20.0}
    row = parametrise_light(image_of(charges)).loc[0]
    assert row["n_islands"] == 2
    assert row["brightest_island"] == pytest.approx(0.6)


@pytest.mark.parametrize("places", [[(0, 0), (1, 0)], [(-3, 0), (0, 0), (2, 0), (3, 0)]])
def test_pixels_in_a_line_have_no_width(places):
    image = image_of({place: 10.0 + place[0] for place in places})
    row = parametrise(TAIGA, image, CleaningSettings(minimum_pixels=2), mask=image > 0).loc[0]
    q = np.array([place[0] for place in places])
    length = np.sqrt(np.cov(q, aweights=10.0 + q, ddof=0))
    assert row["width"] == 0
    assert row["length"] == pytest.approx(0.36 * length)
    assert row["psi"] == pytest.approx(22.5)
    assert np.isnan(row["width_uncertainty"])
    assert row["concentration_core"] == 0


@given(
    places=st.lists(st.integers(0, TAIGA.n_pixels - 1), min_size=2, max_size=2, unique=True),
    charge=st.floats(3, 1e5),
)
def test_two_equal_pixels_have_the_least_kurtosis_there_is(places, charge):
    image = np.zeros((1, TAIGA.n_pixels))
    image[0, places] = charge
    row = parametrise(TAIGA, image, CleaningSettings(minimum_pixels=2), mask=image > 0).loc[0]
    assert row["kurtosis"] >= 1
    assert row["kurtosis"] == pytest.approx(1)
    assert row.drop("width_uncertainty").notna().all()


def test_tail_away_from_the_source_is_positive():
    """Light that falls off slowly in one direction has its tail there."""
    head, charges = (2, 0), [100.0, 60.0, 30.0, 12.0, 5.0, 2.0]
    image = image_of({(head[0] + i, 0): charge for i, charge in enumerate(charges)})
    away = parametrise_light(image).loc[0]
    tail_x, tail_y = (axis[AXIAL[10, 0]] for axis in (TAIGA.x, TAIGA.y))
    towards = parametrise_light(image, source=(tail_x, tail_y)).loc[0]
    q = np.arange(len(charges))
    mean = np.average(q, weights=charges)
    third = np.average((q - mean) ** 3, weights=charges)
    assert away["third_moment_long"] == pytest.approx(0.36 * np.cbrt(third))
    assert away["asymmetry"] == pytest.approx(0.36 * mean)
    assert towards["third_moment_long"] == pytest.approx(-away["third_moment_long"])
    assert towards["asymmetry"] == pytest.approx(-away["asymmetry"])
    assert away["alpha"] == pytest.approx(0, abs=1e-6)


def test_source_may_differ_from_event_to_event():
    images = np.repeat(draw_images(TAIGA, 1, seed=3), 3, axis=0)
    x, y = np.array([0.0, 1.0, -2.0]), np.array([0.0, 0.5, 1.0])
    table = parametrise(TAIGA, images, CLEANING, source=(x, y))
    assert np.allclose(table["dist"], np.hypot(table["x"] - x, table["y"] - y))
    bearing = np.rad2deg(np.arctan2(y - table["y"], x - table["x"])) - table["psi"]
    acute = np.abs((bearing + 90) % 180 - 90)
    assert np.allclose(table["alpha"], acute)
    assert np.allclose(table["miss"], table["dist"] * np.sin(np.deg2rad(acute)))


def test_source_at_the_centre_of_gravity_has_no_distance_and_no_angle():
    image = image_of({(-1, 0): 10.0, (0, 0): 30.0, (1, 0): 10.0})
    row = parametrise_light(image).loc[0]
    assert row["dist"] == pytest.approx(0, abs=1e-12)
    assert row["miss"] == pytest.approx(0, abs=1e-12)
    assert 0 <= row["alpha"] <= 90


def test_images_without_enough_light_are_left_empty():
    images = np.zeros((4, TAIGA.n_pixels))
    images[1, :2] = 10
    images[2, :3] = [10, -20, 10]
    images[3, :3] = 10
    masks = images != 0
    masks[0, :5] = True
    table = parametrise(TAIGA, images, CLEANING, mask=masks)
    assert table.isna().all(axis=1).tolist() == [True, True, True, False]


def test_light_in_one_of_the_pixels_has_no_direction():
    image = image_of({(2, 0): 10.0})
    mask = np.zeros(image.shape, dtype=bool)
    mask[0, [AXIAL[2, 0], AXIAL[3, 0], AXIAL[2, 1]]] = True
    row = parametrise(TAIGA, image, CLEANING, mask=mask).loc[0]
    assert row["length"] == row["width"] == 0
    assert row["dist"] == pytest.approx(0.72)
    assert row[["psi", "alpha", "miss", "skewness", "kurtosis"]].isna().all()


def test_no_images_have_an_empty_table():
    table = parametrise(TAIGA, np.zeros((0, TAIGA.n_pixels)), CLEANING)
    assert table.empty
    assert list(table.columns) == IMAGE_PARAMETERS


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mask": np.ones((2, 560), bool)}, "The mask is for 2 images, there are 3"),
        ({"mask": np.ones((3, 559), bool)}, "mask"),
        ({"source": (np.zeros(4), 0.0)}, "4 source positions for 3 images"),
    ],
)
def test_arguments_of_other_sizes_are_refused(options, words):
    with pytest.raises(InputError, match=words):
        parametrise(TAIGA, np.zeros((3, TAIGA.n_pixels)), CLEANING, **options)


def test_magic_parameters_are_in_the_units_of_the_table():
    table = parametrise(TAIGA, draw_images(TAIGA, 2_000), CLEANING).dropna()
    parameters = magic_parameters(table, TAIGA, photons_per_photo_electron=2.0)
    assert list(parameters.columns) == HILLAS_PARAMETERS
    for column in HILLAS_COLUMNS:
        assert column.contains(parameters[column.name]).all(), column.name
    # 4.75 m x 1 deg = 82.9 mm
    assert np.allclose(parameters["fLength"], 82.9031 * table["length"], rtol=1e-5)
    assert np.allclose(10 ** parameters["fSize"], 2 * table["size"])
    assert (parameters["fConc1"] <= parameters["fConc"]).all()
    assert (parameters["fConc1"] >= parameters["fConc"] / 2).all()
