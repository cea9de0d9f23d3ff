"""A release: model, manifest, reference and power, as files in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from showerforge.classifiers.candidates import gammaness
from showerforge.errors import InputError
from showerforge.events.constraints import Constraint
from showerforge.events.schema import GAMMA, HADRON, HILLAS_PARAMETERS, WEIGHT
from showerforge.monitoring.faults import FAULTS
from showerforge.monitoring.power import measure_power
from showerforge.monitoring.references import ANY_CONDITION, Reference
from showerforge.monitoring.residuals import HILLAS_RESIDUALS
from showerforge.release.models import to_onnx
from showerforge.release.rules import describe_columns, hard_relations
from showerforge.release.settings import ReleaseSettings
from showerforge.serving.manifest import (
    MANIFEST,
    MODEL,
    POWER,
    REFERENCE,
    Figure,
    FileNote,
    Golden,
    Manifest,
    WorkingPoint,
)
from showerforge.serving.releases import OUTPUT, open_model, run_model

Floats = NDArray[np.float64]

#: largest difference between the gammaness of the model and that of its file
PARITY = 1e-6


@dataclass(frozen=True)
class Provenance:
    """Where a model comes from, as its manifest tells.

    Attributes
    ----------
    experiment, model, note : see `showerforge.serving.manifest.Manifest`.
    working_points, working_point, figures : likewise.
    code, packages : likewise.
    """

    experiment: str
    model: str
    note: str
    working_points: Mapping[str, WorkingPoint]
    working_point: str
    figures: Mapping[str, Figure]
    code: Mapping[str, str]
    packages: Mapping[str, str]


def check_parity(model: Pipeline, content: bytes, events: pd.DataFrame) -> float:
    """Score events with a model and with its file.

    Returns
    -------
    difference : the largest one of the gammaness.

    Raises
    ------
    InputError
        If it is too large.
    """
    parameters = events[HILLAS_PARAMETERS]
    session = open_model(content)
    difference = np.abs(
        run_model(session, parameters.to_numpy(float)) - gammaness(model, parameters)
    )
    if not difference.max() <= PARITY:
        event = events.index[int(difference.argmax())]
        raise InputError(
            f"The model and its ONNX file differ by {difference.max():.2g} in the gammaness of "
            f"event {event} (allowed: {PARITY:g}). Nothing has been written."
        )
    return float(difference.max())


def make_release(
    model: Pipeline,
    train: pd.DataFrame,
    test: pd.DataFrame,
    constraints: Sequence[Constraint],
    provenance: Provenance,
    settings: ReleaseSettings,
    seed: int,
) -> dict[str, bytes]:
    """Write a model and all that is needed to serve and watch it.

    Parameters
    ----------
    model : fitted stack.
    train, test : events with Hillas parameters and ``particle``.
    constraints : physical relations; the hard ones are checked by the service.
    provenance : where the model comes from.
    settings : sizes.
    seed : of golden events and streams.

    Returns
    -------
    files : content by name.

    Raises
    ------
    InputError
        If the file scores otherwise than the model.
    """
    content = to_onnx(model, f"{provenance.experiment}: {provenance.model}")
    check_parity(model, content, pd.concat([train, test]))
    files = {
        MODEL: content,
        REFERENCE: make_reference(content, train, test, settings.n_bins).to_bytes(),
        POWER: power_to_json(judge_power(content, pd.concat([train, test]), settings, seed)),
    }
    return bind_release(files, model, train, test, constraints, provenance, settings, seed)


def make_reference(
    content: bytes, train: pd.DataFrame, test: pd.DataFrame, n_bins: int
) -> Reference:
    """Count what events look like.

    All events count for the recorded parameters, the test events for the gammaness: a model is too
    sure of events that it has learnt from.

    Parameters
    ----------
    content : model as ONNX.
    train, test : events with Hillas parameters and ``particle``.
    n_bins : of each column.
    """
    session = open_model(content)
    values = {}
    for particle in (GAMMA, HADRON):
        learnt, unseen = _values(train, particle), _values(test, particle)
        scores = np.concatenate([np.full(len(learnt), np.nan), run_model(session, unseen)])
        values[ANY_CONDITION, particle] = np.column_stack(
            [np.concatenate([learnt, unseen]), scores]
        )
    return Reference.of_events([*HILLAS_PARAMETERS, OUTPUT], values, n_bins, HILLAS_RESIDUALS)


def judge_power(
    content: bytes, events: pd.DataFrame, settings: ReleaseSettings, seed: int
) -> list[dict[str, Any]]:
    """Measure which faults a monitor sees; see `showerforge.monitoring.power.measure_power`."""
    session = open_model(content)
    return measure_power(
        {particle: _values(events, particle) for particle in (GAMMA, HADRON)},
        HILLAS_PARAMETERS,
        lambda values: run_model(session, values),
        FAULTS,
        settings.gamma_shares,
        settings.lengths,
        settings.alarms.false_alarm_rate,
        settings.n_bins,
        settings.n_repeats,
        HILLAS_RESIDUALS,
        seed,
    )


def power_to_json(power: list[dict[str, Any]]) -> bytes:
    """Write what `judge_power` has measured."""
    return (json.dumps(power, indent=1) + "\n").encode()


def bind_release(
    files: Mapping[str, bytes],
    model: Pipeline,
    train: pd.DataFrame,
    test: pd.DataFrame,
    constraints: Sequence[Constraint],
    provenance: Provenance,
    settings: ReleaseSettings,
    seed: int,
) -> dict[str, bytes]:
    """Write the manifest of a release, and put it beside the other files.

    Parameters
    ----------
    files : content of model, reference and power by name.
    model, train, test, constraints, provenance, settings, seed : see `make_release`.
    """
    golden = test.groupby("particle").sample(settings.n_golden, random_state=seed)
    manifest = Manifest(
        experiment=provenance.experiment,
        model=provenance.model,
        note=provenance.note,
        parameters=tuple(describe_columns()),
        relations=tuple(hard_relations(constraints)),
        working_points=dict(provenance.working_points),
        working_point=provenance.working_point,
        gamma_share=_gamma_share(train),
        training_data=_fingerprint(train),
        code=dict(provenance.code),
        packages=dict(provenance.packages),
        figures=dict(provenance.figures),
        alarms=settings.alarms,
        golden=Golden(
            events=tuple(map(tuple, golden[HILLAS_PARAMETERS].to_numpy(float).tolist())),
            scores=tuple(gammaness(model, golden[HILLAS_PARAMETERS]).tolist()),
            tolerance=PARITY,
        ),
        files={
            name: FileNote(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
            for name, content in files.items()
        },
    )
    return {**files, MANIFEST: (manifest.model_dump_json(indent=1) + "\n").encode()}


def _values(events: pd.DataFrame, particle: str) -> Floats:
    return events.loc[events["particle"] == particle, HILLAS_PARAMETERS].to_numpy(float)


def _gamma_share(train: pd.DataFrame) -> float:
    weight = train[WEIGHT]
    return float(weight[train["particle"] == GAMMA].sum() / weight.sum())


def _fingerprint(train: pd.DataFrame) -> str:
    """Digest of the training events."""
    columns = [*HILLAS_PARAMETERS, WEIGHT]
    digest = hashlib.sha256(np.ascontiguousarray(train[columns].to_numpy(float)).tobytes())
    digest.update(train["particle"].str.cat(sep=",").encode())
    return digest.hexdigest()
