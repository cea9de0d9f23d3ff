"""Camera images to a table, against what the library measures of them."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from toys import make_camera, make_images

from showerforge.cameras.columns import IMAGE_PARAMETERS
from showerforge.cameras.hillas import magic_parameters, parametrise
from showerforge.cameras.settings import CleaningSettings
from showerforge.cameras.storage import write_images
from showerforge.errors import ExitCode
from showerforge.events.schema import HILLAS_PARAMETERS

CAMERA = make_camera()


@pytest.fixture(scope="module")
def images():
    return make_images(CAMERA, 60)


@pytest.fixture(scope="module")
def file(images, tmp_path_factory):
    path = tmp_path_factory.mktemp("images") / "images.h5"
    write_images(path, [images])
    return path


@pytest.fixture
def ask(showerforge, file, tmp_path):
    """Measure images, and give the table, the refused images and the counts."""

    def call(*options, files=(file,)):
        out, refused = tmp_path / "table.parquet", tmp_path / "refused.csv"
        arguments = ("--out", out, "--refused", refused, "--json")
        result = showerforge("hillas", *files, *options, *arguments)
        assert result.exit_code == ExitCode.FINE, result.output
        lost = pd.read_csv(refused) if refused.exists() else pd.DataFrame()
        return pd.read_parquet(out), lost, json.loads(result.stdout)

    return call


def measured(images, **cleaning):
    table = parametrise(CAMERA, images.images, CleaningSettings(**cleaning))
    return table.set_axis(images.table.index)


def test_all_images_are_in_the_table_or_refused(ask, images):
    table, refused, counts = ask()
    expected = measured(images)
    good = expected["n_pixels"].notna()
    assert 0 < (~good).sum() < len(images)
    assert table["event_id"].tolist() == expected.index[good].tolist()
    assert refused["event_id"].tolist() == expected.index[~good].tolist()
    assert set(refused["reason"]) == {"at least 3 pixels"}
    np.testing.assert_array_equal(table[IMAGE_PARAMETERS], expected[good])
    assert table["true_energy"].tolist() == images.table.loc[good, "true_energy"].tolist()
    assert set(table["file"]) == {"images.h5"}
    assert not set(HILLAS_PARAMETERS) & set(table)
    assert counts == {
        "n_images": 60,
        "n_kept": int(good.sum()),
        "reasons": {"at least 3 pixels": int((~good).sum())},
        "camera": "toy",
    }


def test_cleaning_and_source_are_those_that_were_asked_for(ask, images):
    options = (
        "--picture",
        12,
        "--boundary",
        2,
        "--brightest",
        "--pixels",
        5,
        "--source",
        0.3,
        -0.1,
    )
    table, _, _ = ask(*options)
    cleaning = CleaningSettings(picture=12, boundary=2, islands="brightest", minimum_pixels=5)
    expected = parametrise(CAMERA, images.images, cleaning, source=(0.3, -0.1)).dropna()
    np.testing.assert_array_equal(table[IMAGE_PARAMETERS], expected)


def test_the_ten_parameters_of_the_magic_table(ask, images):
    table, _, _ = ask("--magic", "--photons", 3.5)
    expected = magic_parameters(measured(images), CAMERA, 3.5).dropna()
    np.testing.assert_array_equal(table[HILLAS_PARAMETERS], expected)
    assert not set(IMAGE_PARAMETERS) & set(table)


def test_several_files_make_one_table_on_the_output(showerforge, file, tmp_path):
    second = tmp_path / "second.h5"
    second.write_bytes(file.read_bytes())
    result = showerforge("hillas", file, second)
    lines = result.stdout.splitlines()
    assert sum("images.h5" in line for line in lines) == sum("second.h5" in line for line in lines)
    assert lines[0].startswith('"file","event_id"')
    assert f"{len(lines) - 1} of 120 images of the camera toy" in result.stderr


def test_files_of_sim_telarray_are_read(ask, simtel_file):
    table, refused, counts = ask("--nominal-focal-length", files=(simtel_file,))
    assert counts["camera"] == "LSTCam"
    assert len(table) + len(refused) == counts["n_images"] == 30
    assert set(table["primary"]) == {"muon"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--magic"], "--photons"),
        (["--boundary", "9"], "boundary must not be above picture"),
        (["--camera", "taiga"], "not of 'TAIGA-IACT'"),
        (["--camera", "tiaga"], "did you mean taiga"),
        (["--json"], "--out"),
    ],
)
def test_what_cannot_be_is_told(showerforge, file, options, words):
    result = showerforge("hillas", file, *options)
    assert result.exit_code == ExitCode.BAD_INPUT
    assert words in result.stderr


def test_no_image_left_leaves_it_open(showerforge, file):
    result = showerforge("hillas", file, "--picture", 1e9)
    assert result.exit_code == ExitCode.OPEN
    assert "60 images left out: at least 3 pixels" in result.stderr


def test_defaults_are_those_that_the_help_states(showerforge):
    text = " ".join(showerforge("hillas", "--help").stdout.split())
    stated = re.findall(r"--(picture|boundary|neighbours|pixels) \w+ [^(]*\(default: (\d+)\)", text)
    names = {"neighbours": "minimum_picture_neighbours", "pixels": "minimum_pixels"}
    defaults = CleaningSettings().model_dump()
    assert len(stated) == 4
    for name, value in stated:
        assert defaults[names.get(name, name)] == float(value)
