"""Releases on disk: read, verified before anything is believed, and which of them is in use.

A folder of releases holds a folder for each, named by the digest of its manifest, and a file
``aliases.json`` that says which is the champion and which the challenger. Releases never change;
going on to another, or back, is one rename.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from showerforge.atomic import replaced_when_done
from showerforge.errors import InputError, MissingError, list_settings, suggest_names
from showerforge.monitoring.references import Reference
from showerforge.places import Place, open_place
from showerforge.serving.manifest import (
    MANIFEST,
    MODEL,
    POWER,
    REFERENCE,
    Manifest,
    WorkingPoint,
)

Floats = NDArray[np.float64]

ALIASES = "aliases.json"
CHAMPION, CHALLENGER = "champion", "challenger"
#: length of the name of a release
NAME_LENGTH = 12
#: larger files are not read
LARGEST_MANIFEST, LARGEST_FILE = 4_000_000, 1_000_000_000
INPUT, OUTPUT = "events", "gammaness"
#: key, in a model, of the file that holds an array; models of releases hold all of theirs
_ELSEWHERE = b"location"


@dataclass(frozen=True, eq=False)
class Release:
    """A release that was verified.

    Attributes
    ----------
    name : first digits of the digest of the manifest.
    manifest : what it says of itself.
    reference : what its events look like.
    power : which faults a monitor sees, rows of `showerforge.monitoring.power.measure_power`.
    content : of the model's file.
    """

    name: str
    manifest: Manifest
    reference: Reference
    power: list[dict[str, Any]]
    content: bytes
    _model: Callable[[Floats], Floats]

    @cached_property
    def units(self) -> dict[str, str]:
        """Units of all columns of the reference, empty for pure numbers."""
        units = {parameter.name: parameter.unit for parameter in self.manifest.parameters}
        units |= {residual.name: residual.unit for residual in self.reference.residuals}
        return {**units, OUTPUT: ""}

    def score(self, events: Floats) -> Floats:
        """Score events.

        Parameters
        ----------
        events : float64[n_events, n_parameters].

        Returns
        -------
        gammaness : float64[n_events].
        """
        return self._model(events)


def read_release(folder: Place) -> Release:
    """Read a release, and believe nothing that was not checked.

    Raises
    ------
    InputError
        If a file is missing, too large or another one than the manifest says, the manifest is none,
        the model does not take these parameters, or scores golden events otherwise.
    """
    path = folder / MANIFEST
    content = _read(path, LARGEST_MANIFEST)
    manifest = _parse(path, content)
    name = hashlib.sha256(content).hexdigest()[:NAME_LENGTH]
    if folder.name != name:
        raise InputError(
            f"{path} is not that of the release of that name, but of {name}: it was changed. Make "
            "the release anew; this one is not used."
        )
    sizes = {name: manifest.files[name].size for name in (MODEL, REFERENCE, POWER)}
    files = {name: _read(folder / name, min(n, LARGEST_FILE)) for name, n in sizes.items()}
    for file, found in files.items():
        note = manifest.files[file]
        if len(found) != note.size or hashlib.sha256(found).hexdigest() != note.sha256:
            raise InputError(
                f"{folder / file} is not the file that {MANIFEST} speaks of: it has {len(found):,} "
                f"bytes and SHA-256 {hashlib.sha256(found).hexdigest()[:12]}…, not {note.size:,} "
                f"and {note.sha256[:12]}…. Make the release anew; this one is not used."
            )
    release = Release(
        name,
        manifest,
        Reference.from_bytes(files[REFERENCE]),
        _parse_power(folder / POWER, files[POWER]),
        files[MODEL],
        partial(run_model, _open(folder / MODEL, files[MODEL], len(manifest.parameters))),
    )
    if list(release.reference.parameters) != manifest.names:
        raise InputError(
            f"{folder / REFERENCE} is of the columns "
            f"{', '.join(release.reference.parameters)}, not of the parameters of {MANIFEST}. "
            "Make the release anew; this one is not used."
        )
    check_golden(release)
    return release


def find_point(release: Release, name: str | None = None) -> WorkingPoint:
    """Give a working point of a release; None is that of the release.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    points = release.manifest.working_points
    name = name or release.manifest.working_point
    if name not in points:
        raise InputError(
            f"Release {release.name} has no working point {name!r}"
            f"{suggest_names(name, list(points))}; it has {', '.join(points)}. Nothing has been "
            "written."
        )
    return points[name]


def check_golden(release: Release) -> float:
    """Score the golden events.

    Returns
    -------
    difference : largest difference to the scores of the training side.

    Raises
    ------
    InputError
        If it is too large.
    """
    golden = release.manifest.golden
    scores = release.score(np.array(golden.events))
    difference = float(np.abs(scores - np.array(golden.scores)).max())
    if not difference <= golden.tolerance:
        raise InputError(
            f"Release {release.name} scores a golden event {difference:.2g} away from what the "
            f"training side said (allowed: {golden.tolerance:.2g}). Parameters may be in another "
            "order, or ONNX Runtime is another one. The release is not used."
        )
    return difference


def _read(path: Place, largest: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror or error}). A release has the files "
            f"{MANIFEST}, {MODEL}, {REFERENCE} and {POWER}; `kedro run --pipelines release` makes "
            "one."
        ) from error
    if len(content) > largest:
        raise InputError(f"{path} has more than {largest:,} bytes and is not read.")
    return content


def _parse(path: Place, content: bytes) -> Manifest:
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        raise InputError(
            f"{path} is no manifest of a release:\n{list_settings(error.errors())}"
        ) from error


def _parse_power(path: Place, content: bytes) -> list[dict[str, Any]]:
    try:
        power: list[dict[str, Any]] = json.loads(content)
    except ValueError as error:
        raise InputError(f"{path} is no JSON: {error}. The release is not used.") from error
    return power


def open_model(content: bytes) -> Any:
    """Open a model on one thread, from memory, so that it can lead to no other file."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def run_model(session: Any, events: Floats) -> Floats:
    """Score events, float64[n_events, n_parameters]; gives the gammaness, float64[n_events]."""
    (scores,) = session.run(None, {INPUT: np.ascontiguousarray(events)})
    return np.asarray(scores)[:, 0]


def _open(path: Place, content: bytes, n_parameters: int) -> Any:
    """Open a model, and refuse one of several files, or that takes other parameters."""
    if _ELSEWHERE in content:
        raise InputError(f"{path} refers to another file. The release is not used.")
    try:
        session = open_model(content)
    except Exception as error:  # ONNX Runtime has errors of many kinds
        raise InputError(
            f"{path} cannot be opened by ONNX Runtime: {str(error).splitlines()[0]}. The release "
            "is not used."
        ) from error
    inputs = [(i.name, i.type, i.shape[1:]) for i in session.get_inputs()]
    outputs = [o.name for o in session.get_outputs()]
    if inputs != [(INPUT, "tensor(double)", [n_parameters])] or outputs != [OUTPUT]:
        raise InputError(
            f"{path} takes {inputs} and gives {outputs}; it must take {INPUT}, float64[n, "
            f"{n_parameters}], and give {OUTPUT}. The release is not used."
        )
    return session


def write_release(folder: Path, files: Mapping[str, bytes]) -> str:
    """Write a release into a folder of releases, whole or not at all.

    Parameters
    ----------
    folder : of releases.
    files : content of the manifest and all files that it names.

    Returns
    -------
    name : of the release; the same content has the same name.
    """
    name = hashlib.sha256(files[MANIFEST]).hexdigest()[:NAME_LENGTH]
    target = folder / name
    if not target.exists():
        with replaced_when_done(target) as partial:
            partial.mkdir()
            for file, content in files.items():
                (partial / file).write_bytes(content)
    return name


def list_releases(folder: Place) -> list[str]:
    """List the names of releases in a folder."""
    # what begins with a dot is being written, or was left behind by a writer that was killed
    return sorted(path.parent.name for path in folder.glob(f"[!.]*/{MANIFEST}"))


def read_aliases(folder: Place) -> dict[str, str]:
    """Tell which releases are champion and challenger.

    Raises
    ------
    InputError
        If the file is missing or names no release of the folder.
    """
    path = folder / ALIASES
    try:
        aliases = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise MissingError(
            f"{path} does not say which release is the {CHAMPION} ({error}). "
            "`kedro run --pipelines release` makes one; `showerforge releases promote` chooses."
        ) from error
    if not isinstance(aliases, dict) or CHAMPION not in aliases:
        raise InputError(f"{path} must name a {CHAMPION}.")
    for alias, name in aliases.items():
        if alias not in (CHAMPION, CHALLENGER):
            raise InputError(
                f"{path} names a {alias!r}; there are only {CHAMPION} and {CHALLENGER}."
            )
        _check_name(folder, str(name))
    return {alias: str(name) for alias, name in aliases.items()}


def read_named(folder: str | Place, name: str = CHAMPION) -> Release:
    """Read a release of a folder, and believe nothing that was not checked.

    Parameters
    ----------
    folder : of releases; also the address of one in an object store.
    name : of the release, or its alias.

    Raises
    ------
    InputError
        If there is no such release, or it cannot be believed.
    """
    if isinstance(folder, str):
        folder = open_place(folder)
    aliases = read_aliases(folder) if name in (CHAMPION, CHALLENGER) else {}
    return _read_known(folder, aliases.get(name, name))


def set_alias(folder: Path, alias: str, name: str | None) -> dict[str, str]:
    """Make a release champion or challenger, or nothing the challenger.

    Returns
    -------
    aliases : as they are now.

    Raises
    ------
    InputError
        If there is no such release.
    """
    aliases = read_aliases(folder) if (folder / ALIASES).exists() else {}
    if name is None:
        aliases.pop(alias, None)
    else:
        _check_name(folder, name)
        aliases[alias] = name
    with replaced_when_done(folder / ALIASES) as partial:
        partial.write_text(json.dumps(aliases, indent=2) + "\n", "utf-8")
    return aliases


def promote(folder: Path, name: str, even_if_worse: bool = False) -> dict[str, str]:
    """Make a release the champion.

    Parameters
    ----------
    folder : of releases.
    name : of the release.
    even_if_worse : whether it may be one that `check_promotion` refuses.

    Returns
    -------
    aliases : as they are now.

    Raises
    ------
    InputError
        If there is no such release, it cannot be believed, or is refused.
    """
    release = _read_known(folder, name)
    if not even_if_worse:
        try:
            champion = read_release(folder / read_aliases(folder)[CHAMPION])
        except InputError:
            # nothing is worse than a champion that cannot be used
            champion = None
        if champion is not None:
            check_promotion(release, champion)
    return set_alias(folder, CHAMPION, name)


def challenge(folder: Path, name: str | None) -> dict[str, str]:
    """Make a release the challenger, or none.

    Returns
    -------
    aliases : as they are now.

    Raises
    ------
    InputError
        If there is no such release, or it cannot be believed.
    """
    if name is not None:
        _read_known(folder, name)
    return set_alias(folder, CHALLENGER, name)


def _read_known(folder: Place, name: str) -> Release:
    _check_name(folder, name)
    return read_release(folder / name)


def check_promotion(release: Release, champion: Release) -> None:
    """Refuse a release that takes other events than the champion, or is clearly worse.

    Clearly worse is a figure of merit whose whole interval lies below that of the champion. Both
    were measured on the same events, so intervals that overlap leave it open.

    Raises
    ------
    InputError
    """
    new, old = release.manifest, champion.manifest
    problems = []
    taken, wanted = ({p.name: p.unit for p in m.parameters} for m in (new, old))
    if taken != wanted:
        problems.append("it takes other parameters, or in other units")
    for name, figure in new.figures.items():
        before = old.figures.get(name)
        if before is not None and figure.upper < before.lower:
            problems.append(
                f"its {name} of {figure.value:.4f} [{figure.lower:.4f}, {figure.upper:.4f}] is "
                f"below {before.value:.4f} [{before.lower:.4f}, {before.upper:.4f}]"
            )
    if problems:
        raise InputError(
            f"Release {release.name} was not promoted over {champion.name}: "
            f"{'; '.join(problems)}. To promote it all the same, say --even-if-worse, or "
            "even_if_worse=true over HTTP."
        )


def _check_name(folder: Place, name: str) -> None:
    known = list_releases(folder)
    if name not in known:
        raise InputError(
            f"{folder} has no release {name!r}{suggest_names(name, known)}; it has "
            f"{', '.join(known) or 'none'}."
        )
