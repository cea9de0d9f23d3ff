"""Catalog entries of networks: whole or not at all, and without running what they hold."""

import keras
import numpy as np
import pytest
from kedro.io import DatasetError

from showerforge.datasets.files import BytesDataset
from showerforge.datasets.networks import KerasModelDataset, NetworksDataset
from showerforge.errors import find_input_error


@pytest.fixture
def network():
    images = keras.Input((4, 4, 1))
    return keras.Model(images, keras.layers.Dense(1)(keras.layers.Flatten()(images)))


def test_a_network_comes_back(tmp_path, network):
    dataset = KerasModelDataset(str(tmp_path / "models" / "network.keras"))
    assert not dataset.exists()
    dataset.save(network)
    images = np.ones((2, 4, 4, 1), np.float32)
    again = dataset.load()
    assert np.array_equal(again.predict(images, verbose=0), network.predict(images, verbose=0))


def test_content_of_a_file_is_saved_as_it_is(tmp_path):
    for kind in (KerasModelDataset, BytesDataset):
        path = tmp_path / kind.__name__
        kind(str(path)).save(b"content")
        assert path.read_bytes() == b"content"


def test_a_wrong_file_is_a_plain_error(tmp_path):
    path = tmp_path / "network.keras"
    path.write_bytes(b"text")
    with pytest.raises(DatasetError) as error:
        KerasModelDataset(str(path)).load()
    assert "is no .keras file" in str(find_input_error(error.value))


def test_a_folder_holds_those_of_the_last_save_and_no_others(tmp_path):
    dataset = NetworksDataset(str(tmp_path / "networks"))
    assert not dataset.exists()
    dataset.save({"cnn/0": b"a", "cnn/1": b"b", "lenet5/0": b"c"})
    dataset.save({"cnn/0": b"new", "lenet5/0": b"c"})
    assert dataset.exists()
    assert dataset.load() == {"cnn/0": b"new", "lenet5/0": b"c"}


def test_what_a_stopped_run_left_is_no_network(tmp_path):
    dataset = NetworksDataset(str(tmp_path / "networks"))
    dataset.save({"cnn/0": b"a"})
    (tmp_path / "networks/cnn/.partial-1-1.keras").write_bytes(b"half")
    assert dataset.load() == {"cnn/0": b"a"}
