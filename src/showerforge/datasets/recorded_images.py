"""Camera images in files of the user's own, of sim_telarray or ctapipe."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from showerforge.cameras.ctapipe_files import FocalLengthChoice, ReaderSettings, Telescope
from showerforge.cameras.recorded import ENDINGS, RecordedFile, RecordedImages, kind_of
from showerforge.datasets.atomic import LocalFileDataset
from showerforge.datasets.read_only import ReadOnly
from showerforge.errors import InputError, suggest_names
from showerforge.events.layout import as_list
from showerforge.events.schema import GAMMA, HADRON
from showerforge.project import in_project

Paths = str | list[str]


class RecordedImagesDataset(ReadOnly, LocalFileDataset):
    """Simtel or DL1 files; loads as `RecordedImages`, which reads them in batches.

    Parameters
    ----------
    filepath : a file, or a pattern such as ``data/01_raw/run*.simtel.zst``, whose simulation
        says what the events are.
    files : instead of `filepath`, several files or patterns: a list, or, where the files do not
        say what their events are, those of each class, ``gamma`` and ``hadron``.
    kind : what wrote the files, "simtel" (sim_telarray) or "dl1" (ctapipe-process); by default
        by the endings of their names.
    focal_length_choice : see `ReaderSettings`.
    telescope : id, or name of a type of telescope or camera, or a list of these; null for all
        telescopes, if they are of one type.
    maximum_events : images that are taken from each file at most, for a quick look.
    metadata : for kedro-viz and MLflow.

    Raises
    ------
    InputError
        If the arguments do not go together, or have other values than allowed.
    """

    def __init__(
        self,
        filepath: str | None = None,
        files: Paths | dict[str, Paths] | None = None,
        kind: str | None = None,
        focal_length_choice: FocalLengthChoice = "EFFECTIVE",
        telescope: Telescope | list[Telescope] | None = None,
        maximum_events: int | None = None,
        metadata: dict[str, Any] | None = None,
    ):
        if (filepath is None) == (files is None):
            raise InputError(
                "Recorded images in the catalog need either `filepath`, or `files`, a list or the "
                f"files of each class, {GAMMA} and {HADRON}."
            )
        _check_choice("kind", kind, (None, *ENDINGS))
        _check_choice("focal_length_choice", focal_length_choice, get_args(FocalLengthChoice))
        if maximum_events is not None and maximum_events < 1:
            raise InputError(
                f"Recorded images in the catalog: `maximum_events` is {maximum_events} (allowed: "
                "1 or more; leave it out to read all)."
            )
        self._patterns = _by_class(filepath or files)
        self._kind: Any = kind
        self._settings = ReaderSettings(
            focal_length_choice,
            None if telescope is None else tuple(as_list(telescope)),
        )
        self._maximum_events = maximum_events
        super().__init__(self._patterns[0][0], metadata)

    def load(self) -> RecordedImages:
        """List the files; they are read when images are wanted."""
        files = []
        for pattern, particle in self._patterns:
            paths = _find(pattern)
            if not paths:
                raise InputError(
                    f"{pattern}: there is no such file. Mend the entry of the recorded images in "
                    "the catalog."
                )
            files += [RecordedFile(path, self._kind or kind_of(path), particle) for path in paths]
        twice = {file.path for file in files if [f.path for f in files].count(file.path) > 1}
        if twice:
            raise InputError(
                f"{min(twice)}: is named twice by the recorded images in the catalog, so that its "
                "events would count twice."
            )
        return RecordedImages(tuple(files), self._settings, self._maximum_events)

    def files(self) -> list[Path]:
        """List the files of images that are there."""
        return [path for pattern, _ in self._patterns for path in _find(pattern)]

    def _exists(self) -> bool:
        return all(_find(pattern) for pattern, _ in self._patterns)

    def _describe(self) -> dict[str, Any]:
        return {"files": [pattern for pattern, _ in self._patterns]}


def _check_choice(name: str, value: str | None, allowed: Iterable[str | None]) -> None:
    if value not in (allowed := tuple(allowed)):
        words = [word for word in allowed if word is not None]
        raise InputError(
            f"Recorded images in the catalog: `{name}` is {value!r}"
            f"{suggest_names(str(value), words)} (allowed: {', '.join(words)})."
        )


def _by_class(files: Paths | dict[str, Paths] | None) -> list[tuple[str, str | None]]:
    """List the patterns, made absolute, with the class that the user names."""
    named: list[tuple[str, str | None]]
    if not isinstance(files, dict):
        named = [(path, None) for path in as_list(files)]
    elif set(files) <= {GAMMA, HADRON}:
        named = [(path, particle) for particle in files for path in as_list(files[particle])]
    else:
        raise InputError(
            f"`files` of recorded images may name {GAMMA} and {HADRON}, not "
            f"{', '.join(map(str, files))}."
        )
    if not named:
        raise InputError("`files` of recorded images names no file.")
    # Kedro makes only `filepath` absolute
    return [(str(in_project(path)), particle) for path, particle in named]


def _find(pattern: str) -> list[Path]:
    """List what a pattern stands for; a name that is there is no pattern."""
    if Path(pattern).is_file():
        return [Path(pattern)]
    return [path for path in map(Path, sorted(glob.glob(pattern))) if path.is_file()]
