"""Files whose content is made and read elsewhere."""

from showerforge.atomic import replaced_when_done
from showerforge.datasets.atomic import LocalFileDataset


class BytesDataset(LocalFileDataset):
    """Any file, such as an ONNX model, as its content."""

    def save(self, data: bytes) -> None:
        """Write the file, whole or not at all."""
        with replaced_when_done(self._filepath) as partial:
            partial.write_bytes(data)

    def load(self) -> bytes:
        """Read the file."""
        return self._filepath.read_bytes()
