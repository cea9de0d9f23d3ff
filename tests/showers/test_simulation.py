"""Blocks of images: reproducible, independent, of the right showers, and not biased by thinning."""

import math

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError
from showers.site import settings_of
from toys import PROJECT

from showerforge.cameras.catalogue import build_camera, taiga_camera
from showerforge.cameras.hillas import parametrise
from showerforge.cameras.images import TRUTH_COLUMNS
from showerforge.cameras.settings import CleaningSettings
from showerforge.errors import InputError
from showerforge.image_parameters import SimulationParameters
from showerforge.showers.beams import draw_shower
from showerforge.showers.settings import BeamSettings
from showerforge.showers.simulation import follow, random_stream, simulate_block
from showerforge.showers.stack import empty_stack

CAMERA = taiga_camera()
SETTINGS = settings_of(50.0, spread=0.07)


def beam_of(primary="gamma", lowest=2.0, highest=60.0, impact=200.0):
    return BeamSettings(
        primary=primary,
        lowest_energy=lowest,
        highest_energy=highest,
        spectral_index=-2.6,
        cone=0.05,
        source_offset=0,
        maximum_impact=impact,
    )


def simulate(block=0, seed=1, primary="gamma", settings=SETTINGS):
    return simulate_block(settings, beam_of(primary), CAMERA, block, seed)


def same(first, second):
    return np.array_equal(first.expected, second.expected) and first.table.equals(second.table)


def test_the_same_seed_gives_the_same_images_whatever_came_before():
    second = simulate(block=1)
    simulate(block=0, primary="proton")
    assert same(simulate(block=1), second)


def test_other_blocks_seeds_and_primaries_give_others():
    blocks = [simulate(0), simulate(1), simulate(0, seed=2), simulate(0, primary="proton")]
    energies = np.concatenate([block.table["true_energy"].unique() for block in blocks])
    assert len(np.unique(energies)) == len(energies) == 12


@pytest.mark.parametrize("primary", ["gamma", "proton"])
def test_ids_tell_events_and_showers_apart(primary):
    tables = pd.concat([simulate(block, primary=primary).table for block in range(3)])
    assert tables.index.is_unique
    assert (tables.groupby("shower_id").size() == 4).all()
    assert tables["shower_id"].nunique() == 9
    other = simulate(0, primary="proton" if primary == "gamma" else "gamma").table
    assert not set(other["shower_id"]) & set(tables["shower_id"])


def test_the_truth_is_told_of_every_image():
    events = simulate()
    assert events.expected.shape == (12, CAMERA.n_pixels)
    assert events.expected.dtype == np.float32
    assert events.images is None
    assert (events.expected >= 0).all()
    for column in TRUTH_COLUMNS:
        assert column.contains(events.table[column.name]).all(), column.name
    assert (events.table["particle"] == "gamma").all()
    assert np.hypot(events.table["core_x"], events.table["core_y"]).equals(events.table["impact"])
    assert (simulate(primary="proton").table["particle"] == "hadron").all()


@pytest.fixture(scope="module")
def simulated_recipe():
    """What ``--env simulated`` makes its table by."""
    text = (PROJECT / "conf/simulated/catalog.yml").read_text()
    recipe = yaml.safe_load(text)["magic.raw_events"]["recipe"]
    return (
        SimulationParameters.model_validate(recipe["simulation"]),
        CleaningSettings(**recipe["cleaning"]),
    )


def test_images_lie_towards_the_core(follow_showers):
    places = np.array([[100.0, 0.0], [0.0, 100.0], [-100.0, 0.0], [0.0, -100.0]])
    light = follow_showers("gamma", 5.0, 10, places, settings=SETTINGS).light
    images = light.sum(axis=0)[:, :-1]
    centres = np.stack([images @ CAMERA.x, images @ CAMERA.y], axis=1) / images.sum(1)[:, None]
    lengths = np.linalg.norm(centres, axis=1)
    # half a degree and more, as the maximum is 100 m to the side in 7 km and more
    assert (lengths > 0.5).all()
    towards_core = (centres * -places / 100).sum(axis=1)
    assert towards_core == pytest.approx(lengths, rel=0.02)


@pytest.mark.parametrize(("primary", "energy"), [("gamma", 2.0), ("proton", 3.0)])
def test_thinning_changes_neither_light_nor_width(primary, energy):
    results = []
    for thinning, n in ((0.0, 70), (10.0, 400)):
        settings = settings_of(thinning, 0.1, 0.07, telescopes_per_shower=8, showers_per_block=n)
        beam = beam_of(primary, 0.999 * energy, 1.001 * energy)
        events = simulate_block(settings, beam, CAMERA, int(thinning), 1)
        images = parametrise(CAMERA, events.expected, CleaningSettings())
        of_shower = pd.DataFrame(
            {
                "light": events.expected.sum(axis=1),
                "width": images["width"].to_numpy(),
                "shower": events.table["shower_id"].to_numpy(),
            }
        )
        of_shower = of_shower.groupby("shower").mean().dropna()
        results.append((of_shower.mean(), of_shower.std() / math.sqrt(len(of_shower))))
    (whole, whole_error), (thinned, thinned_error) = results
    error = np.hypot(whole_error, thinned_error)
    assert (error < 0.1 * whole).all()
    assert (abs(thinned - whole) < 4 * error).all()


def test_weak_showers_are_thinned_less(simulated_recipe):
    """10 GeV would be a tenth of this primary, and leave lumps for images."""
    settings, cleaning = simulated_recipe
    camera = build_camera(settings.camera)
    beam = settings.beams["gamma"].model_copy(
        update={"lowest_energy": 0.0999, "highest_energy": 0.1001, "maximum_impact": 150.0}
    )
    concentrations = []
    for thinning, share in ((0.0, 1.0), (10.0, settings.showers.thinning_share), (10.0, 1.0)):
        showers = settings.showers.model_copy(
            update={
                "thinning_energy": thinning,
                "thinning_share": share,
                "showers_per_block": 150,
                "telescopes_per_shower": 8,
            }
        )
        events = simulate_block(
            settings.model_copy(update={"showers": showers}), beam, camera, 0, 1
        )
        images = parametrise(camera, events.expected, cleaning)
        of_shower = (
            images["concentration_two_pixels"]
            .groupby(events.table["shower_id"].to_numpy())
            .mean()
            .dropna()
        )
        concentrations.append((of_shower.mean(), of_shower.std() / math.sqrt(len(of_shower))))
    (whole, whole_error), (thinned, thinned_error), (lumpy, _) = concentrations
    error = math.hypot(whole_error, thinned_error)
    assert error < 0.03 * whole
    assert abs(thinned - whole) < 0.03 * whole + 2 * error
    assert lumpy > whole + 5 * error


def test_a_full_stack_is_an_error_that_says_what_to_do():
    generator = random_stream(1)
    shower = draw_shower(generator, beam_of(), SETTINGS.site, 1)
    with pytest.raises(InputError) as error:
        follow(generator, SETTINGS, "gamma", CAMERA, shower, empty_stack(2))
    for words in ("gamma", f"{shower.energy:.3g} TeV", "the 2 that", "showers.thinning_energy"):
        assert words in str(error.value)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"primary": "iron"}, ["primary", "'gamma' or 'proton'"]),
        ({"lowest": 0.001}, ["lowest_energy", "greater than or equal to 0.01"]),
        ({"highest": 1e4}, ["highest_energy", "less than or equal to 1000"]),
        ({"lowest": 70.0}, ["lowest_energy must be below highest_energy"]),
    ],
)
def test_beams_that_cannot_be_are_refused(values, words):
    with pytest.raises(ValidationError) as error:
        beam_of(**values)
    assert all(word in str(error.value) for word in words)
