"""Training: a network learns what is there, keeps its best epoch, and does so again."""

import numpy as np
import pytest
from networks_toys import make_images, make_settings, square_layout
from sklearn.metrics import log_loss, roc_auc_score
from toys import make_camera
from toys import make_images as make_event_images

from showerforge.cameras.settings import CleaningSettings, ViewSettings
from showerforge.cameras.storage import ImageFile, write_images
from showerforge.cameras.streams import HeldImages
from showerforge.cameras.views import CameraView
from showerforge.events.schema import GAMMA
from showerforge.networks.files import from_bytes
from showerforge.networks.samples import Sample
from showerforge.networks.training import initial_network, score_logits, train_network

SQUARES = {"name": "resnet", "widths": [4, 8]}


def sample_of(n, seed=0):
    images, is_signal = make_images(n, 8, seed)
    return Sample(lambda rows: images[rows], np.arange(n), is_signal)


@pytest.fixture(scope="module")
def trained():
    settings = make_settings(architecture=SQUARES)
    layout = square_layout(8)
    return train_network(settings, layout, sample_of(600), sample_of(200, 1), 0)


def test_what_is_plain_to_see_is_learnt(trained, layout):
    sample = sample_of(300, 2)
    (logits,) = score_logits(from_bytes(trained.content), sample, layout)
    assert roc_auc_score(sample.is_signal, logits) > 0.95


def test_curves_are_those_of_the_network_that_is_kept(trained, layout):
    sample = sample_of(200, 1)
    (logits,) = score_logits(from_bytes(trained.content), sample, layout)
    loss = log_loss(sample.is_signal, 1 / (1 + np.exp(-logits)))
    assert loss == pytest.approx(min(trained.curves["validation_loss"]), rel=1e-4)
    auc = trained.curves["validation_roc_auc"][trained.kept_epoch - 1]
    assert roc_auc_score(sample.is_signal, logits) == pytest.approx(auc, abs=1e-6)
    assert {len(curve) for curve in trained.curves.values()} == {3}
    assert trained.n_images == 3 * (600 // 32) * 32


def test_rate_rises_and_falls(trained):
    rates = trained.curves["learning_rate"]
    assert 0.01 > rates[0] > rates[1] > rates[2]


def test_seed_rules_the_training(trained, layout):
    settings = make_settings(architecture=SQUARES)
    again, other = (
        train_network(settings, layout, sample_of(600), sample_of(200, 1), seed) for seed in (0, 1)
    )
    assert again.curves == trained.curves
    assert other.curves != trained.curves


def test_images_of_a_file_train_as_those_in_memory_and_are_never_all_there(tmp_path):
    images = make_event_images(make_camera(2), 200)
    write_images(tmp_path / "images.h5", [images])
    is_signal = (images.table["particle"] == GAMMA).to_numpy()
    settings = make_settings(n_epochs=1, architecture={"name": "resnet", "widths": [4]})
    read, found = [], []

    def sample_from(source, rows):
        view = CameraView(source, CleaningSettings(), ViewSettings(cleaned=True, charge_scale=4.0))

        def read_and_count(wanted):
            read.append(len(wanted))
            return view.read(wanted)

        return Sample(read_and_count, rows, is_signal[rows]), view.layout

    for source in (HeldImages(images), ImageFile(tmp_path / "images.h5")):
        train, layout = sample_from(source, np.arange(120))
        validation, _ = sample_from(source, np.arange(120, 200))
        trained = train_network(settings, layout, train, validation, 0, images_in_memory=50)
        network = from_bytes(trained.content)
        logits = score_logits(network, train, layout, images_in_memory=50)
        found.append((trained.curves, logits.tolist()))
    assert found[0] == found[1]
    assert max(read) == 50
    assert score_logits(network, train, layout) == pytest.approx(logits, abs=1e-5)


def test_training_stops_when_it_no_longer_helps(layout):
    """Labels without any sense: the validation loss can only grow."""
    settings = make_settings(
        architecture=SQUARES,
        rate={"kind": "plateau", "highest": 0.03, "factor": 0.1, "patience": 1},
        n_epochs=30,
        patience=3,
    )
    generator = np.random.default_rng(0)
    images = generator.normal(size=(300, 64, 1)).astype(np.float32)
    labels = generator.random(300) < 0.5
    train, validation = (
        Sample(lambda rows: images[rows], rows, labels[rows])
        for rows in (np.arange(200), np.arange(200, 300))
    )
    trained = train_network(settings, layout, train, validation, 0)
    n_epochs = len(trained.curves["loss"])
    assert n_epochs < 30
    assert n_epochs == trained.kept_epoch + 3
    assert trained.curves["learning_rate"][-1] < 0.03


def test_a_given_network_is_where_the_training_begins(layout):
    settings = make_settings(
        architecture=SQUARES,
        rate={"kind": "plateau", "highest": 1e-9, "factor": 0.5, "patience": 1},
    )
    initial = initial_network(settings, layout, 1, seed=7)
    train = sample_of(64)
    trained = train_network(settings, layout, train, train, 0, initial)
    before, after = (from_bytes(content) for content in (initial, trained.content))
    weights = zip(before.trainable_weights, after.trainable_weights, strict=True)
    assert all(np.allclose(old.numpy(), new.numpy(), atol=1e-6) for old, new in weights)


def test_a_turned_image_scores_as_the_image_turned_before(trained, layout):
    network, sample = from_bytes(trained.content), sample_of(50, 3)
    mirrored = Sample(
        lambda rows: layout.turn(sample.read(rows), np.ones(len(rows), int)),
        sample.rows,
        sample.is_signal,
    )
    first, second = (score_logits(network, s, layout, (0, 1)) for s in (sample, mirrored))
    assert first == pytest.approx(second[::-1], abs=1e-5)
    assert first[0] == pytest.approx(score_logits(network, sample, layout)[0], abs=1e-5)
    assert np.abs(first[0] - first[1]).max() > 1e-3
