"""Partitions of labelled events, read batch by batch, judged, weighed and parted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.at_scale.splits import Hashes, choose_sides, hash_contents, hash_rows
from showerforge.errors import InputError, suggest_names
from showerforge.events.constraints import Constraint
from showerforge.events.schema import (
    GAMMA,
    HADRON,
    HILLAS_PARAMETERS,
    OPTIONAL_COLUMNS,
    PARTICLE_OF_LABEL,
)
from showerforge.events.weights import SpectralIndices, raw_weights
from showerforge.places import Place, at_hand
from showerforge.release.rules import describe_columns, hard_relations
from showerforge.scoring.judging import find_reasons, refused_columns
from showerforge.scoring.tables import check_number, numbers_of, read_batches
from showerforge.serving.events import Rules

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
#: what a label may be, and whether it says gamma
IS_GAMMA = {GAMMA: 1, HADRON: 0} | {
    label: int(particle == GAMMA) for label, particle in PARTICLE_OF_LABEL.items()
}
_UNKNOWN = -1
#: the classes in the order of their numbers
PARTICLES = (HADRON, GAMMA)


@dataclass(frozen=True)
class Reading:
    """How labelled events are read; travels to workers, unlike the events.

    Attributes
    ----------
    source, refused : folders of partitions, and of events that cannot be used.
    constraints : relations, of which the hard ones must hold.
    spectra : power laws that events are weighted to, by particle.
    label, group : columns, see `showerforge.at_scale.settings.TrainingAtScaleSettings`.
    test_fraction, validation_fraction : shares of the groups that are held out.
    batch_events : events in memory at a time.
    seed : of the split.
    """

    source: Place
    refused: Place
    constraints: tuple[Constraint, ...]
    spectra: dict[str, SpectralIndices]
    label: str
    group: str | None
    test_fraction: float
    validation_fraction: float
    batch_events: int
    seed: int


@dataclass(frozen=True, eq=False)
class LabelledBatch:
    """Some events of a partition.

    Attributes
    ----------
    events : float64[n_events, 10], the Hillas parameters.
    is_gamma : bool[n_events]
    weight : float64[n_events], of which only the ratios within a class count yet.
    groups : uint64[n_events], hash of what no split may separate.
    sides : int8[n_events], values of `showerforge.at_scale.splits.Side`.
    rows : int64[n_events], of the partition, from 0.
    refused : rows that cannot be used, with ``row`` and ``reason``; None if there are none.
    reasons : the same reasons.
    """

    events: Floats
    is_gamma: NDArray[np.bool_]
    weight: Floats
    groups: Hashes
    sides: NDArray[np.int8]
    rows: NDArray[np.int64]
    refused: pa.RecordBatch | None
    reasons: list[str]

    def scaled_weight(self, means: Mapping[str, float]) -> Floats:
        """Weight of each event in units of the mean of its particle, float64[n_events]."""
        factors = 1 / np.array([means[particle] for particle in PARTICLES])
        return self.weight * factors[self.is_gamma.astype(int)]

    def table(self, chosen: NDArray[np.bool_]) -> pd.DataFrame:
        """Give some of the events by name of the parameters."""
        return pd.DataFrame(self.events[chosen], columns=HILLAS_PARAMETERS)


def read_labelled(reading: Reading, name: str) -> Iterator[LabelledBatch]:
    """Read a partition.

    Parameters
    ----------
    reading : how.
    name : path within the folder of partitions.

    Raises
    ------
    InputError
        If the file cannot be read, or lacks a column. Batches before may have been given.
    """
    rules = Rules(describe_columns(), hard_relations(reading.constraints))
    first = 0
    with at_hand(reading.source / name) as path:
        for batch in read_batches(path, HILLAS_PARAMETERS, reading.batch_events):
            _check_columns(path, batch.schema, reading)
            rows = np.arange(first, first + len(batch))
            first += len(batch)
            yield _label(batch, rows, rules, reading)


def _check_columns(path: Path, schema: pa.Schema, reading: Reading) -> None:
    for name in (reading.label, reading.group):
        if name is not None and name not in schema.names:
            raise InputError(
                f"{path} has no column {name}{suggest_names(name, schema.names)}; it has "
                f"{', '.join(schema.names)}. Events to learn from need their class, and their "
                "group if one is named: see magic.training_at_scale."
            )
    for column in OPTIONAL_COLUMNS:
        if column.name in schema.names:
            check_number(path, schema, column.name)


def _label(
    batch: pa.RecordBatch, rows: NDArray[np.int64], rules: Rules, reading: Reading
) -> LabelledBatch:
    import pyarrow as pa

    events = numbers_of(batch, HILLAS_PARAMETERS)
    is_gamma = _read_labels(batch.column(reading.label))
    optional = {
        column.name: numbers_of(batch, [column.name])[:, 0]
        for column in OPTIONAL_COLUMNS
        if column.name in batch.schema.names
    }
    why = find_reasons(events, rules, HILLAS_PARAMETERS)
    _judge_labels(batch.column(reading.label), is_gamma, reading.label, why)
    for column in OPTIONAL_COLUMNS:
        if column.name in optional:
            values = optional[column.name]
            for n in np.flatnonzero(~column.contains(pd.Series(values))):
                why[n] = why[n] or f"{column.name} is {values[n]:g}; it must be {column.allowed}"
    if reading.group is not None:
        for n in np.flatnonzero(batch.column(reading.group).is_null().to_numpy(False)):
            why[n] = why[n] or f"{reading.group} is missing"
    good = np.array([reason is None for reason in why], dtype=bool)
    particles = np.where(is_gamma[good] == 1, GAMMA, HADRON)
    weighed = pd.DataFrame({"particle": particles} | {k: v[good] for k, v in optional.items()})
    groups = (
        hash_contents(events[good])
        if reading.group is None
        # without missing ones, so that whole numbers stay whole
        else hash_rows(batch.column(reading.group).filter(pa.array(good)).to_pandas())
    )
    return LabelledBatch(
        events[good],
        is_gamma[good] == 1,
        raw_weights(weighed, reading.spectra).to_numpy(),
        groups,
        choose_sides(groups, reading.test_fraction, reading.validation_fraction, reading.seed),
        rows[good],
        None if good.all() else refused_columns(batch, rows, ~good, why),
        [reason for reason in why if reason is not None],
    )


def _read_labels(labels: pa.Array) -> NDArray[np.int8]:
    """Read the class of each event, 1 for gammas, 0 for hadrons, -1 for what is neither."""
    import pyarrow as pa

    encoded = labels.cast(pa.string()).dictionary_encode()
    known = [IS_GAMMA.get(text, _UNKNOWN) for text in encoded.dictionary.to_pylist()]
    places = encoded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
    return np.array([*known, _UNKNOWN], dtype=np.int8)[places]


def _judge_labels(
    labels: pa.Array, is_gamma: NDArray[np.int8], name: str, why: list[str | None]
) -> None:
    for n in np.flatnonzero(is_gamma == _UNKNOWN):
        label = labels[int(n)].as_py()
        is_wrong = "missing" if label is None else f"{label}; it must be {', '.join(IS_GAMMA)}"
        why[n] = why[n] or f"{name} is {is_wrong}"
