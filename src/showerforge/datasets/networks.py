"""Networks: files of Keras 3 and of ONNX."""

from __future__ import annotations

from typing import Any

from showerforge.atomic import replaced_when_done
from showerforge.datasets.atomic import LocalFileDataset, NamedFilesDataset
from showerforge.networks.files import SUFFIX


class KerasModelDataset(LocalFileDataset):
    """Network of Keras 3; loads without running any code, and without how it was compiled.

    Saves a network, or the content of its file. Loads as `keras.Model`.
    """

    def save(self, data: Any) -> None:
        """Write the network, whole or not at all."""
        if not isinstance(data, bytes):
            from showerforge.networks.files import to_bytes

            data = to_bytes(data)
        with replaced_when_done(self._filepath) as partial:
            partial.write_bytes(data)

    def load(self) -> Any:
        """Read the network; see `showerforge.networks.files.read_network`."""
        from showerforge.networks.backends import require
        from showerforge.networks.files import read_network

        require()
        return read_network(self._filepath)


class NetworksDataset(NamedFilesDataset):
    """Folder of networks of Keras 3, as the content of their files by name, such as ``cnn/0``."""

    suffix = SUFFIX
