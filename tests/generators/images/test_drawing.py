"""Generated images on their way into a file: who they are, and that they are few at a time."""

import tracemalloc
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from image_generator_toys import DETECTOR, SpotGenerator, make_conditions, make_training

from showerforge.cameras.sources import find_source
from showerforge.cameras.storage import ImageFile, write_images
from showerforge.errors import InputError
from showerforge.generators.images.drawing import (
    describe_generation,
    stream_drawn,
    stream_images,
)
from showerforge.generators.images.interface import DRAWN_AT_ONCE
from showerforge.generators.images.recipes import regroup
from showerforge.pipelines.data_processing.image_nodes import MADE_HERE
from showerforge.pipelines.origin import name_origin

N_IMAGES = DRAWN_AT_ONCE + 300


@pytest.fixture(scope="module")
def generator():
    return SpotGenerator().fit(make_training())


@pytest.fixture(scope="module")
def conditions(generator):
    """Some that lie within the trained range."""
    table = make_conditions(20_000, seed=5)
    inside = np.ones(len(table), bool)
    for name in ("true_energy", "size"):
        ends = generator.ranges_[name].loc[table["particle"]]
        inside &= (table[name].to_numpy() >= ends["lowest"].to_numpy()) & (
            table[name].to_numpy() <= ends["highest"].to_numpy()
        )
    return table[inside].sample(N_IMAGES, random_state=0, ignore_index=True)


def draw(generator, conditions, seed=0, **options):
    return list(stream_images(generator, [conditions], len(conditions), seed, **options))


@pytest.fixture(scope="module")
def drawn(generator, conditions):
    return draw(generator, conditions)


def test_every_image_tells_what_was_asked_for(drawn, conditions):
    table = pd.concat([part.table for part in drawn])
    assert table["particle"].tolist() == conditions["particle"].tolist()
    assert table["true_energy"].tolist() == conditions["true_energy"].tolist()
    assert table["requested_size"].tolist() == conditions["size"].tolist()
    assert "size" not in table
    # the toy knows nothing of impacts, so that its images have none
    assert table["impact"].isna().all()
    assert not table["extrapolated"].any()
    assert set(table["generator"]) == {"toy of spots"}
    assert (table["primary"] == table["particle"].map({"gamma": "gamma"}).fillna("unknown")).all()


def test_images_are_those_of_their_conditions(drawn, conditions):
    images = np.concatenate([part.images for part in drawn])
    sums = images.sum(axis=1)
    size = conditions["size"].to_numpy()
    assert np.mean((sums - size) / np.sqrt(size)) == pytest.approx(0, abs=0.06)
    assert np.std((sums - size) / np.sqrt(size)) == pytest.approx(1, abs=0.05)


def test_ids_are_own_ones_that_no_other_image_has(generator, conditions, drawn):
    more = draw(generator, conditions, n_before=N_IMAGES)
    for name in ("event_id", "shower_id"):
        ids = np.concatenate([part.table.reset_index()[name] for part in (*drawn, *more)])
        assert ids.max() < 0
        assert len(np.unique(ids)) == 2 * N_IMAGES
        assert np.issubdtype(ids.dtype, np.integer)


def test_images_are_the_same_however_conditions_come(generator, conditions, drawn):
    parts = stream_images(generator, regroup([conditions], 777), N_IMAGES, 0)
    for part, other in zip(parts, drawn, strict=True):
        assert np.array_equal(part.images, other.images)
        pd.testing.assert_frame_equal(part.table, other.table)


def test_images_change_with_the_seed_and_from_block_to_block(generator, conditions, drawn):
    (first, *_), (other, *_) = drawn, draw(generator, conditions, seed=1)
    assert not np.array_equal(first.images, other.images)
    same = conditions.iloc[np.zeros(2 * DRAWN_AT_ONCE, int)]
    blocks = draw(generator, same)
    assert len(blocks) == 2
    assert not np.array_equal(blocks[0].images, blocks[1].images)


def test_a_file_of_generated_images_says_so(tmp_path, generator, drawn):
    path = tmp_path / "generated.h5"
    attributes = describe_generation(generator, {"kind": "like_data"}, 0)
    write_images(path, drawn, attributes)
    file = ImageFile(path)
    assert len(file) == N_IMAGES
    assert file.camera.describe() == DETECTOR.camera.describe()
    # whether by what the file states, or by the table alone
    for stated in (file.attributes, {}, {"source": "recorded"}):
        assert find_source(stated, file.table) == "generated"
    origin = name_origin(find_source(file.attributes, file.table), file.attributes)
    assert origin == "GENERATED (toy of spots)"
    assert file.attributes["generation"]["options"] == {"spread": 0.3}


def test_columns_have_no_names_that_are_measured_later(drawn):
    assert not set(drawn[0].table) & set(MADE_HERE)
    assert {"particle", "shower_id"} <= set(drawn[0].table)


def test_what_lies_beyond_the_training_images_is_refused_or_flagged(generator, conditions):
    strange = conditions.head(10).assign(true_energy=1e4)
    with pytest.raises(InputError, match="has learnt nothing about"):
        draw(generator, strange)
    (part,) = draw(generator, strange, extrapolate=True)
    assert part.table["extrapolated"].all()


def test_primaries_are_told_where_they_are_known(generator, conditions):
    (part,) = draw(generator, conditions.head(50), primaries={"gamma": "gamma", "hadron": "proton"})
    expected = part.table["particle"].map({"gamma": "gamma", "hadron": "proton"})
    assert part.table["primary"].tolist() == expected.tolist()


def test_what_is_no_camera_cannot_be_written_as_one(conditions):
    @dataclass(frozen=True, eq=False)
    class Other:
        name = "calorimeter of toys"
        conditions = DETECTOR.conditions

    generator = SpotGenerator().fit(make_training())
    generator.detector_ = Other()
    with pytest.raises(InputError, match="calorimeter of toys, which is no camera"):
        stream_images(generator, [conditions], N_IMAGES, 0)


def test_memory_does_not_grow_with_the_images(generator, conditions):
    """Six times as many need hardly more."""

    def peak(n_tables):
        tables = (conditions for _ in range(n_tables))
        tracemalloc.start()
        n_drawn = sum(
            len(part.conditions) for part in stream_drawn(generator, tables, n_tables * N_IMAGES, 0)
        )
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert n_drawn == n_tables * N_IMAGES
        return highest

    assert peak(12) < 1.2 * peak(2)
