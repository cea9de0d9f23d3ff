"""Files of networks: what is written comes back, and what could do harm is refused."""

import json
import zipfile

import keras
import numpy as np
import pytest
from networks_toys import make_settings

from showerforge.errors import InputError
from showerforge.networks.architectures import build_network
from showerforge.networks.files import CONFIGURATION, from_bytes, read_network, to_bytes
from showerforge.networks.joining import join_networks

IMAGES = np.random.default_rng(0).normal(size=(4, 8, 8, 1)).astype(np.float32)


def network(seed=0):
    return build_network(make_settings().architecture, (8, 8, 1), seed)


def scores(model):
    return model.predict(IMAGES, verbose=0)[:, 0]


def test_a_network_comes_back_with_its_own_layers(tmp_path):
    original = network()
    path = tmp_path / "any name"
    path.write_bytes(to_bytes(original))
    again = read_network(path)
    assert np.array_equal(scores(again), scores(original))
    # how a network was compiled is of no use to another backend
    assert not again.compiled


def test_joined_networks_say_the_mean_of_their_members(tmp_path):
    members = [network(seed) for seed in range(3)]
    expected = np.mean([scores(member) for member in members], axis=0)
    joined = from_bytes(to_bytes(join_networks(members)))
    assert scores(joined) == pytest.approx(expected, abs=1e-5)
    assert scores(join_networks(members[:1])) == pytest.approx(scores(members[0]))


def test_hdf5_files_are_refused(tmp_path):
    path = tmp_path / "network.h5"
    network().save(path)
    with pytest.raises(InputError, match=r"network\.h5: is an HDF5 file .* can carry code"):
        read_network(path)


def test_lambda_layers_are_refused_and_never_run(tmp_path):
    harm = tmp_path / "harm"
    images = keras.Input((8, 8, 1))
    inner = keras.Sequential([keras.layers.Lambda(lambda x: x, name="trap")], name="inner")
    path = tmp_path / "network.keras"
    keras.Model(images, inner(keras.layers.Flatten()(images))).save(path)
    with pytest.raises(InputError, match=r"network\.keras: has layers .*Lambda: trap"):
        read_network(path)
    assert not harm.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"text"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "network.keras"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"network\.keras: is no \.keras file"):
        read_network(path)


def test_archives_of_something_else_are_refused(tmp_path):
    path = tmp_path / "network.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme", "hello")
    with pytest.raises(InputError, match=r"has no config\.json"):
        read_network(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(CONFIGURATION, "{")
    with pytest.raises(InputError, match=r"config\.json cannot be read"):
        read_network(path)


def test_layers_that_are_not_known_are_named(tmp_path):
    content = tmp_path / "whole.keras"
    content.write_bytes(to_bytes(network()))
    path = tmp_path / "network.keras"
    with zipfile.ZipFile(content) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == CONFIGURATION:
                text = json.dumps(json.loads(data))
                data = text.replace("HexagonalConvolution", "OctagonalConvolution").encode()
            target.writestr(name, data)
    with pytest.raises(InputError, match=r"not known here: showerforge>Octagonal"):
        read_network(path)
