"""Records that are saved one by one, so that long work can be stopped and gone on with."""

import json
from typing import Any

from showerforge.atomic import replaced_when_done
from showerforge.datasets.atomic import LocalFileDataset


class RecordsDataset(LocalFileDataset):
    """Folder of JSON documents, to which every save adds.

    Loads as the document of each name; a folder that is not there holds none.
    """

    def save(self, data: dict[str, Any]) -> None:
        """Write each document to a file of its name, whole or not at all."""
        for name, document in data.items():
            with replaced_when_done(self._filepath / f"{name}.json") as partial:
                partial.write_text(json.dumps(document), encoding="utf-8")

    def load(self) -> dict[str, Any]:
        """Read all documents; hidden files are remains of a write that was killed."""
        return {
            path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(self._filepath.glob("[!.]*.json"))
        }

    def _exists(self) -> bool:
        return self._filepath.is_dir()
