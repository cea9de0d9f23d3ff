"""What generators of images are given, and what is missing where nobody told."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from image_generator_toys import NOISE
from toys import PROJECT, make_camera, make_images

from showerforge.cameras.streams import HeldImages
from showerforge.errors import InputError
from showerforge.generation_parameters import CameraGenerationParameters
from showerforge.image_parameters import ImageProcessingParameters
from showerforge.pipelines.generating import (
    choose_training,
    clean_images,
    gather_training,
    make_detector,
    measure_images,
    pass_cuts,
)

IMAGES = make_images(make_camera(5), 60)


def parameters(stage, model, **changes):
    path = PROJECT / f"conf/base/parameters/{stage}.yml"
    return model(**(yaml.safe_load(path.read_text())["taiga"][stage] | changes))


PROCESSING = parameters("data_processing", ImageProcessingParameters)
GENERATION = parameters("synthetic_generation", CameraGenerationParameters, noise=NOISE)


def events():
    table = IMAGES.table.assign(row=np.arange(len(IMAGES)))
    measured = measure_images(
        IMAGES.images[:, :, None],
        make_detector(HeldImages(IMAGES), PROCESSING, GENERATION),
        PROCESSING,
    )
    table = pd.concat([table, measured.set_index(table.index)], axis=1)
    return table[table["size"].notna()]


def gather(source, table):
    detector = make_detector(source, PROCESSING, GENERATION)
    return gather_training(source, table, detector, PROCESSING)


def test_noise_must_be_known():
    silent = GENERATION.model_copy(update={"noise": None})
    with pytest.raises(InputError, match=r"taiga\.synthetic_generation\.noise"):
        make_detector(HeldImages(IMAGES), PROCESSING, silent)
    simulated = HeldImages(IMAGES, {"simulation": {"detector": NOISE.model_dump()}})
    assert make_detector(simulated, PROCESSING, silent).noise == NOISE


def test_training_images_are_those_of_the_events_and_of_no_others():
    table = events().iloc[[7, 3, 20]]
    training = gather(HeldImages(IMAGES), table)
    np.testing.assert_array_equal(training.images[:, :, 0], IMAGES.images[table["row"]])
    np.testing.assert_array_equal(training.expected, IMAGES.expected[table["row"]])
    assert list(training.conditions) == ["particle", "true_energy", "impact", "size"]
    assert training.conditions["size"].tolist() == table["size"].tolist()


def test_a_sample_of_the_training_images_is_the_same_for_all():
    few = GENERATION.model_copy(update={"maximum_images": 20})
    table = events()
    table = table.assign(group=table["shower_id"])
    chosen = choose_training(table, few, 3)
    # whole showers, of each particle
    assert 20 <= len(chosen) <= 28
    assert chosen.index.equals(choose_training(table, few, 3).index)
    assert choose_training(table, GENERATION, 3) is table


def test_a_source_off_the_centre_is_told_to_the_detector():
    aside = PROCESSING.model_copy(update={"source_x": 0.5})
    assert not make_detector(HeldImages(IMAGES), aside, GENERATION).is_centred
    assert make_detector(HeldImages(IMAGES), PROCESSING, GENERATION).is_centred


def test_recorded_images_have_no_expectation():
    recorded = replace(IMAGES, expected=None)
    assert gather(HeldImages(recorded), events()).expected is None


def test_what_must_be_known_of_each_image_is_said():
    unknown = events()
    unknown.loc[unknown.index[0], "impact"] = np.nan
    with pytest.raises(InputError, match="impact"):
        gather(HeldImages(IMAGES), unknown)
    with pytest.raises(InputError, match="true_energy"):
        gather(HeldImages(IMAGES), events().drop(columns="true_energy"))


def test_cleaned_images_have_the_size_that_is_measured():
    table = events()
    training = gather(HeldImages(IMAGES), table)
    np.testing.assert_allclose(training.cleaned.sum(axis=(1, 2)), table["size"], rtol=1e-5)
    detector = make_detector(HeldImages(IMAGES), PROCESSING, GENERATION)
    again = clean_images(training.cleaned, detector, PROCESSING)
    assert again.shape == training.cleaned.shape
    kept = pass_cuts(table, PROCESSING)
    assert (kept["size"] >= 20).all()
    assert (kept["leakage_size_1"] < 0.2).all()
