"""What a file of electron or photon images must be like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from showerforge.calorimeter.columns import (
    IMAGE_SHAPE,
    IMAGES,
    LABEL_OF_PARTICLE,
    LABELS,
    PARTICLES,
)
from showerforge.cameras import hdf5
from showerforge.errors import InputError, list_problems, suggest_names

#: wrong labels that are named at the most
N_NAMED = 10


def check_class_file(path: Path, particle: str) -> None:
    """Refuse what is no file of images of a class.

    Parameters
    ----------
    path : HDF5 file.
    particle : one of `PARTICLES`, whose images the file must hold.

    Raises
    ------
    InputError
        If it is no HDF5 file or cut off, lacks a key, a part of it has another shape or type, it
        is empty, or its labels are none or those of the other class.
    """
    with hdf5.open_to_read(path) as file:
        problems = _find_problems(file) or _find_wrong_labels(file[LABELS][:].ravel(), particle)
    if problems:
        raise InputError(
            f"{path}: is no file of {particle} images:\n{list_problems(problems)}\n"
            "See docs/calorimeter.md for its layout. Nothing has been written."
        )


def _find_problems(file: Any) -> list[str]:
    """Tell in what a file is not as it must be."""
    import h5py

    names = [name for name, node in file.items() if isinstance(node, h5py.Dataset)]
    missing = [name for name in (IMAGES, LABELS) if name not in names]
    if missing:
        listed = ", ".join(file) or "nothing"
        return [f"it has no `{n}`{suggest_names(n, names)}; it has {listed}" for n in missing]
    images, labels = file[IMAGES], file[LABELS]
    expected = f"(images, {', '.join(map(str, IMAGE_SHAPE))})"
    if images.shape[1:] != IMAGE_SHAPE:
        hint = _guess_axes(images.shape)
        return [f"`{IMAGES}` has the shape {images.shape} (expected: {expected}{hint})"]
    problems = []
    if images.dtype.kind not in "fiu":
        problems.append(f"`{IMAGES}` is of the type {images.dtype} (expected: numbers, float32)")
    if labels.dtype.kind not in "fiub":
        problems.append(f"`{LABELS}` is of the type {labels.dtype} (expected: numbers, 0 or 1)")
    if labels.shape not in ((len(images),), (len(images), 1)):
        problems.append(
            f"`{LABELS}` has the shape {labels.shape} (expected: {(len(images),)}, a class for "
            f"each image of `{IMAGES}`)"
        )
    if not len(images):
        problems.append("it holds no images")
    return problems


def _guess_axes(shape: tuple[int, ...]) -> str:
    if sorted(shape[1:]) == sorted(IMAGE_SHAPE):
        return "; are the channels, energy and time, not the last axis?"
    return ""


def _find_wrong_labels(labels: NDArray[Any], particle: str) -> list[str]:
    """List the first labels that are none, or those of the other class."""
    expected = LABEL_OF_PARTICLE[particle]
    wrong = np.flatnonzero(labels != expected)
    if len(wrong) == len(labels) and set(np.unique(labels)) <= set(LABEL_OF_PARTICLE.values()):
        return [
            f"all of its labels `{LABELS}` are {labels[0]:g} (expected: {expected}, {particle}); "
            f"is it the file of {PARTICLES[1 - expected]}s?"
        ]
    return [
        f"row {row}: the label `{LABELS}` is {labels[row]:g} (expected: {expected}, {particle})"
        for row in wrong[:N_NAMED]
    ]
