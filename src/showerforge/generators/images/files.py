"""Files of fitted generators of images, which run no code when they are read.

A zip file with

- ``generator.json``: name and options of the generator, detector, trained ranges, course of the
  training, and a checksum of each other part;
- ``arrays.npz``: arrays, never objects;
- ``<network>.onnx``: its networks.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, ValidationError

import showerforge
from showerforge.blocks import Block
from showerforge.errors import InputError, list_settings
from showerforge.generators.images.catalogue import IMAGE_GENERATORS, build_image_generator
from showerforge.generators.images.detectors import Detector
from showerforge.generators.images.interface import ImageGenerator
from showerforge.nested import flatten

SUFFIX = ".zip"
FORMAT = "showerforge image generator"
VERSION = 1
DESCRIPTION, ARRAYS, NETWORK_SUFFIX = "generator.json", "arrays.npz", ".onnx"
#: of every part, so that the same generator is the same file
DATE = (1980, 1, 1, 0, 0, 0)
AGAIN = "Fit the generator again, or take another file."


class DetectorDescription(Block):
    """The detector that a generator was fitted to."""

    name: str
    fingerprint: str
    description: dict[str, Any]


class GeneratorDescription(Block):
    """The content of ``generator.json``.

    Attributes
    ----------
    ranges : lowest and highest value of each condition, by particle.
    curves : a number for each epoch, by name.
    parts : SHA-256 of all other parts of the file.
    """

    format: str
    version: int
    showerforge: str
    generator: str
    options: dict[str, Any]
    detector: DetectorDescription
    ranges: dict[str, dict[str, tuple[float, float]]] = Field(min_length=1)
    curves: dict[str, list[int | float]]
    parts: dict[str, str]


def to_bytes(generator: ImageGenerator) -> bytes:
    """Give the content of a file with a fitted generator.

    Raises
    ------
    InputError
        If the generator is not in the catalogue, or an array holds objects.
    """
    arrays = io.BytesIO()
    try:
        np.savez(arrays, allow_pickle=False, **generator.arrays_)
    except ValueError as error:
        raise InputError(
            f"{generator.label}: arrays of objects cannot be kept, only numbers and texts: {error}"
        ) from error
    networks = {f"{name}{NETWORK_SUFFIX}": content for name, content in generator.networks_.items()}
    parts = {ARRAYS: arrays.getvalue(), **networks}
    description = json.dumps(_describe(generator, parts).model_dump(), indent=1)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {DESCRIPTION: description.encode(), **parts}.items():
            archive.writestr(zipfile.ZipInfo(name, DATE), part, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _describe(generator: ImageGenerator, parts: Mapping[str, bytes]) -> GeneratorDescription:
    names = [name for name, kind in IMAGE_GENERATORS.items() if kind is type(generator)]
    if not names:
        raise InputError(
            f"{type(generator).__name__} is not in the catalogue of image generators, so that its "
            f"file could not be read again. Generators: {sorted(IMAGE_GENERATORS)}."
        )
    ranges = generator.ranges_
    conditions = ranges.columns.get_level_values(0).unique()
    return GeneratorDescription(
        format=FORMAT,
        version=VERSION,
        showerforge=showerforge.__version__,
        generator=names[0],
        options=generator.get_params(deep=False),
        detector=_describe_detector(generator.detector_),
        ranges={
            str(particle): {str(name): tuple(ranges.loc[particle, name]) for name in conditions}
            for particle in ranges.index
        },
        curves=generator.curves_.to_dict("list"),
        parts={name: _checksum(part) for name, part in parts.items()},
    )


def _describe_detector(detector: Detector) -> DetectorDescription:
    description = detector.describe()
    text = json.dumps(description, sort_keys=True)
    return DetectorDescription(
        name=detector.name, fingerprint=_checksum(text.encode()), description=description
    )


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def from_bytes(content: bytes, detector: Detector) -> ImageGenerator:
    """Read a fitted generator from the content of a file; nothing in the file is run.

    Parameters
    ----------
    content : of the file, see `to_bytes`.
    detector : that images are wanted of.

    Raises
    ------
    InputError
        If it is no such file, of a newer version, damaged, of an unknown generator or another
        detector, lacks a part, holds objects, or a network is none.
    """
    parts = _read_parts(content)
    description = _read_description(parts)
    _check_parts(description, parts)
    _check_detector(description.detector, _describe_detector(detector))
    generator = build_image_generator(description.generator, description.options)
    generator.detector_ = detector
    generator.ranges_ = _read_ranges(description, generator)
    generator.curves_ = pd.DataFrame(description.curves)
    generator.arrays_ = _read_arrays(parts[ARRAYS])
    generator.networks_ = {
        name.removesuffix(NETWORK_SUFFIX): part
        for name, part in parts.items()
        if name.endswith(NETWORK_SUFFIX)
    }
    _check_networks(generator.networks_)
    return generator


def _read_parts(content: bytes) -> dict[str, bytes]:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise InputError(
            f"The file of a generator is no whole zip file ({len(content):,} bytes): something "
            f"else, or cut off by a copy that was stopped. Copy it again. {AGAIN}"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"The file of a generator is damaged: {error}. {AGAIN}") from error


def _read_description(parts: Mapping[str, bytes]) -> GeneratorDescription:
    """Read what a file says of itself, format and version first."""
    try:
        told = json.loads(parts.get(DESCRIPTION, b"{}"))
    except ValueError as error:
        raise InputError(f"{DESCRIPTION} of a generator is no JSON: {error}. {AGAIN}") from error
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise InputError(
            f"The zip file is not the file of a generator: it has no {DESCRIPTION} with the format "
            f"{FORMAT!r}; it holds {', '.join(sorted(parts)) or 'nothing'}."
        )
    if told.get("version") != VERSION:
        raise InputError(
            f"The file of a generator has the version {told.get('version')!r}; showerforge "
            f"{showerforge.__version__} reads {VERSION}. The showerforge that wrote it may read "
            f"it: {told.get('showerforge')!r}."
        )
    try:
        return GeneratorDescription.model_validate(told)
    except ValidationError as error:
        raise InputError(
            f"{DESCRIPTION} of a generator is wrong:\n{list_settings(error.errors())}\n{AGAIN}"
        ) from error


def _check_parts(description: GeneratorDescription, parts: Mapping[str, bytes]) -> None:
    wanted, there = {ARRAYS, *description.parts}, set(parts) - {DESCRIPTION}
    problems = [f"{name} is missing" for name in sorted(wanted - there)]
    problems += [f"{name} does not belong to it" for name in sorted(there - wanted)]
    problems += [
        f"{name} is damaged"
        for name in sorted(wanted & there)
        if description.parts.get(name) != _checksum(parts[name])
    ]
    if problems:
        raise InputError(
            f"The file of the generator {description.generator!r} is not whole: "
            f"{'; '.join(problems)}. {AGAIN}"
        )


def _check_detector(fitted: DetectorDescription, wanted: DetectorDescription) -> None:
    if fitted.fingerprint == wanted.fingerprint:
        return
    of = f"{fitted.name!r}, images are wanted of {wanted.name!r}"
    if fitted.name == wanted.name:
        first, second = flatten(fitted.description), flatten(wanted.description)
        changed = [key for key in sorted({*first, *second}) if first.get(key) != second.get(key)]
        of += f", which differs in {', '.join(changed) or 'its fingerprint'}"
    raise InputError(
        f"The generator was fitted to images of {of}. Its images would lie in the wrong pixels: "
        "fit one to images of the detector that you want, or ask for images of its own."
    )


def _read_ranges(description: GeneratorDescription, generator: ImageGenerator) -> pd.DataFrame:
    """Lay out the trained ranges as `ImageGenerator.ranges_`."""
    rows = {
        particle: {
            (name, end): value
            for name, both in own.items()
            for end, value in zip(("lowest", "highest"), both, strict=True)
        }
        for particle, own in description.ranges.items()
    }
    names = list(next(iter(description.ranges.values())))
    honoured = [c.name for c in generator.detector_.conditions if c.name in generator.conditions]
    if any(list(own) != honoured for own in description.ranges.values()):
        raise InputError(
            f"The file of the generator {description.generator!r} has trained ranges of "
            f"{', '.join(names) or 'nothing'}; the generator honours "
            f"{', '.join(honoured) or 'nothing'}. {AGAIN}"
        )
    columns = pd.MultiIndex.from_product([names, ["lowest", "highest"]])
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("particle")


def _read_arrays(content: bytes) -> dict[str, NDArray[Any]]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{ARRAYS} of a generator cannot be read: {error}. Arrays of objects, which could run "
            f"code, are never read. {AGAIN}"
        ) from error


def _check_networks(networks: Mapping[str, bytes]) -> None:
    """Open each network once, as ONNX Runtime checks it."""
    if not networks:
        return
    from showerforge.networks.export import open_onnx

    for name, content in networks.items():
        try:
            open_onnx(content)
        except ImportError:
            raise
        # those of ONNX Runtime have no common base of their own
        except Exception as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{name}{NETWORK_SUFFIX} is no network: {reason}. {AGAIN}") from error
