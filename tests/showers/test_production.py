"""Blocks of a simulation: the same whoever makes them, and when."""

import itertools

import numpy as np
import pytest
import yaml
from toys import PROJECT

from showerforge.cameras.catalogue import build_camera
from showerforge.cameras.storage import ImageFile, write_images
from showerforge.errors import InputError
from showerforge.image_parameters import SimulationParameters
from showerforge.showers.production import (
    Production,
    run_blocks,
    tabulate_thrown,
    take_triggered,
)

SHIPPED = yaml.safe_load((PROJECT / "conf/base/parameters/simulation.yml").read_text())
SIMULATION = SimulationParameters(**SHIPPED["taiga"]["simulation"])


def changed(block, **values):
    return block.model_copy(update=values)


SETTINGS = changed(
    SIMULATION,
    showers=changed(SIMULATION.showers, showers_per_block=6, thinning_energy=50.0),
)


def production(**values):
    return Production(
        **{
            "settings": SETTINGS,
            "beams": SETTINGS.beams,
            "camera": build_camera("taiga"),
            "detector": SETTINGS.detector,
            "wanted": {"gamma": 40, "proton": 40},
            "seed": 3,
            **values,
        }
    )


def store(folder, made):
    for key, events in made:
        write_images(folder / f"{key}.h5", [events])
    return {path.stem: ImageFile(path) for path in sorted(folder.glob("*.h5"))}


@pytest.fixture(scope="module")
def blocks(tmp_path_factory):
    return store(tmp_path_factory.mktemp("blocks"), run_blocks(production(), {}, n_jobs=1))


def same(first, second):
    return np.array_equal(first.expected, second.expected) and first.table.equals(second.table)


def test_blocks_are_the_same_whatever_the_number_of_processes(blocks, tmp_path):
    others = store(tmp_path, run_blocks(production(), {}, n_jobs=2))
    assert list(others) == list(blocks)
    assert all(same(others[key].read(), blocks[key].read()) for key in blocks)


def test_finished_blocks_are_not_made_again(blocks):
    assert not list(run_blocks(production(), blocks, n_jobs=1))
    lost = sorted(blocks)[1]
    rest = {key: block for key, block in blocks.items() if key != lost}
    ((key, events),) = run_blocks(production(), rest, n_jobs=1)
    assert key == lost
    assert same(events, blocks[lost].read())


def test_ids_are_unique_over_blocks_and_primaries(blocks):
    tables = [block.table for block in blocks.values()]
    ids = np.concatenate([table.index for table in tables])
    showers = np.concatenate([table["shower_id"].unique() for table in tables])
    assert len(np.unique(ids)) == len(ids) == 24 * len(blocks)
    assert len(np.unique(showers)) == len(showers) == 6 * len(blocks)


def test_enough_trigger_and_no_block_more_than_that_counts(blocks):
    thrown = tabulate_thrown(production(), blocks)
    for _, own in thrown.groupby("primary"):
        by_block = own.groupby("block")["triggered"].sum()
        assert by_block.index.tolist() == list(range(len(by_block)))
        assert by_block.sum() >= 40 > by_block.iloc[:-1].sum()
        assert (own["block"].value_counts() == 24).all()


def test_more_blocks_than_needed_change_nothing(blocks, tmp_path):
    more = store(
        tmp_path, run_blocks(production(wanted={"gamma": 60, "proton": 60}), blocks, n_jobs=1)
    )
    assert more
    few = tabulate_thrown(production(), blocks)
    assert tabulate_thrown(production(), {**blocks, **more}).equals(few)


def test_recorded_images_are_those_of_the_triggered_events(blocks):
    thrown = tabulate_thrown(production(), blocks)
    batches = list(take_triggered(production(), blocks, thrown))
    ids = np.concatenate([batch.table.index for batch in batches])
    assert ids.tolist() == thrown.index[thrown["triggered"]].tolist()
    for batch in batches:
        assert batch.images.shape == batch.expected.shape == (len(batch), 560)
        # a pair at the threshold of the trigger
        assert (np.sort(batch.images, axis=1)[:, -2] >= 10).all()
    again = take_triggered(production(), blocks, thrown)
    assert all(
        np.array_equal(first.images, second.images)
        for first, second in zip(batches, again, strict=True)
    )


def test_a_list_of_thrown_events_of_another_run_is_told(blocks):
    thrown = tabulate_thrown(production(), blocks)
    redrawn = production(detector=changed(SETTINGS.detector, draw=1))
    with pytest.raises(InputError, match=r"images trigger, but .* Run the simulation stage again"):
        list(take_triggered(redrawn, blocks, thrown))


def test_another_draw_or_detector_needs_no_other_showers(blocks):
    detector = SETTINGS.detector
    first, *others = (
        production(detector=changed(detector, **values))
        for values in ({}, {"draw": 1}, {"night_sky_background": 5.0})
    )
    key = first.key("gamma", 0)
    events = blocks[key].read()
    observed, _ = first.observe("gamma", 0, events)
    for other in others:
        assert other.key("gamma", 0) == key
        assert not np.array_equal(other.observe("gamma", 0, events)[0].images, observed.images)


def test_what_has_too_little_light_is_dark_and_never_triggers(blocks):
    noisy = changed(SETTINGS.detector, night_sky_background=50.0, least_light=20.0)
    events = next(block for key, block in blocks.items() if key.startswith("proton")).read()
    observed, is_triggered = production(detector=noisy).observe("proton", 0, events)
    is_faint = events.expected.sum(axis=1) < 20
    assert 0 < is_faint.sum() < len(events)
    assert not is_triggered[is_faint].any()
    assert not observed.images[is_faint].any()
    assert is_triggered[~is_faint].all()


def test_names_of_blocks_change_with_all_that_showers_depend_on():
    optics = changed(SETTINGS, optics=changed(SETTINGS.optics, efficiency=0.2))
    beams = {**SETTINGS.beams, "gamma": changed(SETTINGS.beams["gamma"], source_offset=0.5)}
    keys = [
        variant.key("gamma", block)
        for variant, block in itertools.product(
            (
                production(),
                production(seed=4),
                production(settings=optics),
                production(beams=beams),
                production(camera=build_camera("magic")),
            ),
            (0, 1),
        )
    ]
    assert len(set(keys)) == len(keys)
    assert production(wanted={"gamma": 1, "proton": 1}).key("gamma", 0) == keys[0]
    assert production(beams=beams).key("proton", 0) == production().key("proton", 0)


def test_a_trigger_that_nothing_reaches_is_told():
    deaf = changed(SETTINGS.detector, trigger_threshold=10_000.0)
    beams = {"gamma": SETTINGS.beams["gamma"]}
    with pytest.raises(InputError, match="None of 1,536 gamma images triggers"):
        list(run_blocks(production(detector=deaf, beams=beams), {}, n_jobs=1))


def test_a_missing_block_is_named(blocks):
    with pytest.raises(InputError, match=r"Block 0 of gamma .*`kedro run --pipelines simulation`"):
        tabulate_thrown(production(seed=99), blocks)


def test_images_without_expectation_cannot_be_observed(blocks):
    events = next(iter(blocks.values())).read()
    recorded = type(events)(events.camera, events.table, images=events.expected)
    with pytest.raises(InputError, match="no expected photo-electrons"):
        production().observe("gamma", 0, recorded)


def test_images_without_light_are_left_out_only_where_noise_does_not_trigger():
    production().check_dark_images()
    bright_sky = changed(SETTINGS.detector, night_sky_background=15.0)
    with pytest.raises(InputError, match=r"Noise alone triggers [0-9.]+% of the images"):
        production(detector=bright_sky).check_dark_images()
    production(detector=changed(bright_sky, least_light=0.0)).check_dark_images()
