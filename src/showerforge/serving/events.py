"""From the body of a request to events, each with a verdict on whether it can be one at all.

What is no event table at all is refused as a whole, with the path of what is wrong. An event that
breaks physics is refused by itself: the others are scored, and keep their places.
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from showerforge.errors import suggest_names
from showerforge.serving.manifest import Manifest, Parameter, Relation

Floats = NDArray[np.float64]
#: why each event is refused, None where it is not
Reasons = list[str | None]

EVENT, EVENTS, COLUMNS = "event", "events", "columns"
_RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
}


#: why an event is refused that no rule excludes
NO_SCORE = "no score: a value lies so far out that the model gives none"
#: commas and brackets for each value of an event, with room for events that are too many
_THINGS_OF_AN_EVENT = 2


class BodyError(ValueError):
    """A body that holds no events.

    Parameters
    ----------
    path : where, such as ``["events", 3, "fWidth"]``.
    message : what is wrong there.
    status : of HTTP.
    """

    def __init__(self, path: Sequence[str | int], message: str, status: int = 422):
        super().__init__(message)
        self.path = list(path)
        self.message = message
        self.status = status


def parse_json(body: bytes, manifest: Manifest, largest: int) -> tuple[str, Floats]:
    """Read events from JSON.

    Parameters
    ----------
    body : one object with one of ``event``, an object; ``events``, a list of objects; ``columns``,
        an object of lists.
    manifest : which parameters there are.
    largest : number of events at most.

    Returns
    -------
    kind : which of the three it was.
    events : float64[n_events, n_parameters], finite.

    Raises
    ------
    BodyError
        If the body is something else.
    """
    # a body of nothing but commas and brackets would need fifty times its size in memory
    n_things = sum(body.count(sign) for sign in b",[{")
    if n_things > _THINGS_OF_AN_EVENT * (largest + 1) * len(manifest.parameters):
        raise BodyError([], f"the body holds more than {largest:,} events have", 413)
    try:
        document = json.loads(body, object_pairs_hook=_unique)
    except BodyError:
        raise
    except UnicodeDecodeError as error:
        raise BodyError([], f"the body is not UTF-8: {error.reason}", 400) from error
    except RecursionError as error:
        raise BodyError([], "the body is nested too deeply", 400) from error
    except ValueError as error:
        raise BodyError([], f"the body is no JSON: {error}", 400) from error
    kinds = (EVENT, EVENTS, COLUMNS)
    if not isinstance(document, dict) or len(document) != 1 or next(iter(document)) not in kinds:
        raise BodyError([], f"the body must be an object with one of {', '.join(kinds)}")
    kind, content = next(iter(document.items()))
    if kind == COLUMNS:
        return kind, _read_columns(content, manifest, largest)
    if kind == EVENT:
        return kind, np.array([_read_event(content, manifest, [EVENT])], dtype=np.float64)
    if not isinstance(content, list):
        raise BodyError([EVENTS], "must be a list of objects")
    check_number(len(content), largest, [EVENTS])
    rows = [_read_event(event, manifest, [EVENTS, n]) for n, event in enumerate(content)]
    return kind, np.array(rows, dtype=np.float64)


def check_number(n: int, largest: int, path: Sequence[str | int]) -> None:
    """Refuse no events, and too many.

    Raises
    ------
    BodyError
    """
    if n < 1:
        raise BodyError(path, "there are no events")
    if n > largest:
        raise BodyError(path, f"{n:,} events are too many; at most {largest:,} at a time", 413)


def check_names(names: Sequence[str], manifest: Manifest, path: Sequence[str | int]) -> None:
    """Refuse parameters that are unknown, and what is not all of them.

    Raises
    ------
    BodyError
    """
    known = manifest.names
    for name in names:
        if name not in known:
            raise BodyError(
                [*path, str(name)[:100]],
                f"there is no such parameter{suggest_names(str(name)[:100], known)}",
            )
    for name in known:
        if name not in names:
            raise BodyError([*path, name], "is missing")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name, value in pairs:
        if name in document:
            raise BodyError([name[:100]], "is given twice")
        document[name] = value
    return document


def _read_event(event: Any, manifest: Manifest, path: list[str | int]) -> list[float]:
    if not isinstance(event, dict):
        raise BodyError(path, "must be an object with all parameters by name")
    names = manifest.names
    if event.keys() != set(names):
        check_names(list(event), manifest, path)
    return [_number(event[name], [*path, name]) for name in names]


def _read_columns(content: Any, manifest: Manifest, largest: int) -> Floats:
    if not isinstance(content, dict):
        raise BodyError([COLUMNS], "must be an object with a list for each parameter")
    check_names(list(content), manifest, [COLUMNS])
    n = -1
    columns = []
    for name in manifest.names:
        values = content[name]
        if not isinstance(values, list):
            raise BodyError([COLUMNS, name], "must be a list of numbers")
        n = len(values) if n < 0 else n
        if len(values) != n:
            raise BodyError([COLUMNS, name], f"has {len(values):,} values, others {n:,}")
        check_number(n, largest, [COLUMNS])
        if not {type(value) for value in values} <= {float, int}:
            for place, value in enumerate(values):
                _number(value, [COLUMNS, name, place])
        columns.append(values)
    try:
        table = np.array(columns, dtype=np.float64)
    except OverflowError:
        table = np.array([[_as_float(value) for value in column] for column in columns])
    if not np.isfinite(table).all():
        column, place = np.argwhere(~np.isfinite(table))[0]
        raise BodyError([COLUMNS, manifest.names[column], int(place)], "is no finite number")
    return table.T


def _number(value: Any, path: list[str | int]) -> float:
    """Take a finite number, and nothing that only looks like one."""
    if type(value) is float or type(value) is int:
        number = _as_float(value)
        if not math.isfinite(number):
            raise BodyError(path, "is no finite number")
        return number
    names = {str: "text", bool: "true or false", type(None): "null", list: "a list"}
    raise BodyError(path, f"must be a number, not {names.get(type(value), 'an object')}")


def _as_float(value: float) -> float:
    """Take a number as it is, or as infinite if it is larger than any of double precision."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def kind_of(reason: str) -> str:
    """Name the rule of a reason: what comes before the value, which is one of few."""
    return reason.partition(" is ")[0].partition(":")[0]


class Rules:
    """What every event must obey.

    Parameters
    ----------
    parameters : names and ranges.
    relations : between them.
    """

    def __init__(self, parameters: Sequence[Parameter], relations: Sequence[Relation]):
        self._parameters, self._relations = parameters, relations
        self._lowest, self._highest = np.array([p.bounds for p in parameters]).T
        self._above = np.array([p.above_lowest for p in parameters])
        self._places = {parameter.name: place for place, parameter in enumerate(parameters)}

    def judge(self, events: Floats) -> Reasons:
        """Say why events are refused.

        Parameters
        ----------
        events : float64[n_events, n_parameters], finite.

        Returns
        -------
        reasons : for each event the first reason, ranges first; None where there is none.
        """
        reasons: Reasons = [None] * len(events)
        inside = (events >= self._lowest) & (events <= self._highest)
        inside &= ~(self._above & (events == self._lowest))
        broken = [self._breaks(events, relation) for relation in self._relations]
        bad = ~inside.all(axis=1)
        for breaks in broken:
            bad |= breaks
        for n in np.flatnonzero(bad):
            reasons[n] = self._explain(events[n], inside[n], [bool(b[n]) for b in broken])
        return reasons

    def _breaks(self, events: Floats, relation: Relation) -> NDArray[np.bool_]:
        slack = relation.tolerance if relation.relation.startswith("<") else -relation.tolerance
        left, limit = self._sides(events, relation)
        holds = _RELATIONS[relation.relation](left, limit + slack)
        broken: NDArray[np.bool_] = ~holds
        return broken

    def _sides(self, events: Floats, relation: Relation) -> tuple[Any, Any]:
        """Give both sides of a relation, of a table of events or of one."""
        right = relation.right
        value = events[..., self._places[right]] if isinstance(right, str) else right
        return events[..., self._places[relation.left]], relation.factor * value

    def _explain(self, event: Floats, inside: NDArray[np.bool_], broken: list[bool]) -> str:
        if not inside.all():
            number = int(np.argmin(inside))
            parameter = self._parameters[number]
            return f"{parameter.name} is {event[number]:g}; it must be {parameter.allowed}"
        relation = self._relations[broken.index(True)]
        left, limit = self._sides(event, relation)
        factor = "" if relation.factor == 1 else f"{relation.factor:g} "
        named = f"{factor}{relation.right} = " if isinstance(relation.right, str) else ""
        return (
            f"{relation.name}: {relation.left} is {left:g}, which is not "
            f"{relation.relation} {named}{limit:g}; {relation.because}"
        )


def reweigh(gammaness: Floats, trained: float, wanted: float) -> Floats:
    """Turn gammaness, for the mixture of the training events, into that for another mixture.

    Odds are multiplied by the ratio of the odds of a gamma before anything is seen (Bayes;
    Saerens et al. 2002, Neural Computation 14, 21, equation 2.4).

    Parameters
    ----------
    gammaness : float64[n_events].
    trained, wanted : shares of gammas.
    """
    factor = wanted / (1 - wanted) * (1 - trained) / trained
    weighted = factor * gammaness
    return weighted / (weighted + 1 - gammaness)
