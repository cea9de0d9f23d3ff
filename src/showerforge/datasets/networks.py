"""Networks: files of Keras 3 and of ONNX."""

from __future__ import annotations

from typing import Any

from showerforge.atomic import replaced_when_done
from showerforge.datasets.atomic import LocalFileDataset
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


class OnnxDataset(LocalFileDataset):
    """Network for ONNX Runtime, as the content of its file."""

    def save(self, data: bytes) -> None:
        """Write the file, whole or not at all."""
        with replaced_when_done(self._filepath) as partial:
            partial.write_bytes(data)

    def load(self) -> bytes:
        """Read the file."""
        return self._filepath.read_bytes()


class NetworksDataset(LocalFileDataset):
    """Folder of networks of Keras 3, as the content of their files by name, such as ``cnn/0``."""

    def save(self, data: dict[str, bytes]) -> None:
        """Write each network, whole or not at all, and remove others."""
        for name, content in data.items():
            with replaced_when_done(self._filepath / f"{name}{SUFFIX}") as partial:
                partial.write_bytes(content)
        for name in set(self._names()) - set(data):
            (self._filepath / f"{name}{SUFFIX}").unlink()

    def load(self) -> dict[str, bytes]:
        """Read all files."""
        return {name: (self._filepath / f"{name}{SUFFIX}").read_bytes() for name in self._names()}

    def _names(self) -> list[str]:
        files = self._filepath.rglob(f"*{SUFFIX}")
        return sorted(
            file.relative_to(self._filepath).with_suffix("").as_posix()
            for file in files
            if not file.name.startswith(".")
        )

    def _exists(self) -> bool:
        return bool(self._names())
