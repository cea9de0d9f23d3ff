import json
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from release_toys import RELATIONS
from serving_tools import EVENT, draw_events, toy_files

from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.metrics.prior import shift_prior
from showerforge.serving.events import BodyError, Rules, parse_json, reweigh
from showerforge.serving.manifest import MANIFEST, Manifest

LARGEST = 1000


@pytest.fixture(scope="module")
def manifest():
    return Manifest.model_validate_json(toy_files()[MANIFEST])


def changed(**values):
    """Write an event with other values, which may be no JSON."""
    entries = {k: json.dumps(v) for k, v in EVENT.items()} | values
    return "{" + ", ".join(f'"{k}": {v}' for k, v in entries.items()) + "}"


def without(name):
    return {k: v for k, v in EVENT.items() if k != name}


WIDTH = ["event", "fWidth"]
WRONG = {
    "NaN": (f'{{"event": {changed(fWidth="NaN")}}}', WIDTH, "finite"),
    "Infinity": (f'{{"event": {changed(fWidth="-Infinity")}}}', WIDTH, "finite"),
    "1e999": (f'{{"event": {changed(fWidth="1e999")}}}', WIDTH, "finite"),
    "a very long integer": (f'{{"event": {changed(fWidth="9" * 400)}}}', WIDTH, "finite"),
    "null": (f'{{"event": {changed(fWidth="null")}}}', WIDTH, "not null"),
    "text": (f'{{"event": {changed(fWidth=chr(34) + "16.0" + chr(34))}}}', WIDTH, "not text"),
    "a boolean": (f'{{"event": {changed(fWidth="true")}}}', WIDTH, "not true or false"),
    "a list": (f'{{"event": {changed(fWidth="[1]")}}}', WIDTH, "not a list"),
    "an object": (f'{{"event": {changed(fWidth="{}")}}}', WIDTH, "not an object"),
    "a key twice": ('{"event": {"fDist": 1, "fDist": 2}}', ["fDist"], "given twice"),
    "a kind twice": ('{"event": {}, "event": {}}', ["event"], "given twice"),
    "an unknown key": (
        f'{{"event": {changed(fLenght="1")}}}', ["event", "fLenght"], "did you mean fLength"
    ),
    "a missing key": (json.dumps({"event": without("fDist")}), ["event", "fDist"], "is missing"),
    "a wrong event among others": (
        f'{{"events": [{changed()}, {changed(fWidth="null")}]}}', ["events", 1, "fWidth"], "null"
    ),
    "no event": ('{"event": 3}', ["event"], "must be an object"),
    "no list": ('{"events": {}}', ["events"], "must be a list"),
    "no events": ('{"events": []}', ["events"], "no events"),
    "no columns": ('{"columns": []}', ["columns"], "must be an object"),
    "empty columns": (
        json.dumps({"columns": {name: [] for name in EVENT}}), ["columns"], "no events"
    ),
    "a column that is none": (
        json.dumps({"columns": {k: [v] for k, v in EVENT.items()} | {"fWidth": 3}}),
        ["columns", "fWidth"], "must be a list",
    ),
    "columns of several lengths": (
        json.dumps({"columns": {k: [v] for k, v in EVENT.items()} | {"fWidth": [1, 2]}}),
        ["columns", "fWidth"], "has 2 values, others 1",
    ),
    "null in a column": (
        json.dumps({"columns": {k: [v, v] for k, v in EVENT.items()} | {"fWidth": [1, None]}}),
        ["columns", "fWidth", 1], "not null",
    ),
    "NaN in a column": (
        json.dumps({"columns": {k: [v, v] for k, v in EVENT.items()} | {"fWidth": [1, np.nan]}}),
        ["columns", "fWidth", 1], "finite",
    ),
    "a very long integer in a column": (
        json.dumps({"columns": {k: [v] for k, v in EVENT.items()} | {"fWidth": [10**400]}}),
        ["columns", "fWidth", 0], "finite",
    ),
    "a missing column": (
        json.dumps({"columns": {k: [v] for k, v in without("fDist").items()}}),
        ["columns", "fDist"], "is missing",
    ),
    "a number": ("3", [], "must be an object with one of event, events, columns"),
    "NaN alone": ("NaN", [], "must be an object"),
    "two kinds": ('{"event": {}, "events": []}', [], "must be an object with one of"),
    "another kind": ('{"events ": []}', [], "must be an object with one of"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_event_is_refused_with_its_path(kind, manifest):
    body, path, message = WRONG[kind]
    with pytest.raises(BodyError, match=message) as error:
        parse_json(body.encode(), manifest, LARGEST)
    assert (error.value.status, error.value.path) == (422, path)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b'{"event": ', 400),
        (b'{"event": {"fLength": 1.}}', 400),
        (b'{"\xff": 1}', 400),
        (b"[" * 10_000, 400),
        (b'{"event":' * 10_000, 400),
        (b"[" * 10_000_000, 413),
        (b"[" + b"{}," * 1_000_000 + b"{}]", 413),
        (json.dumps({"events": [EVENT] * (LARGEST + 1)}).encode(), 413),
        (json.dumps({"columns": {k: [v] * (LARGEST + 1) for k, v in EVENT.items()}}).encode(), 413),
    ],
)
def test_what_cannot_be_read_at_all(body, status, manifest):
    with pytest.raises(BodyError) as error:
        parse_json(body, manifest, LARGEST)
    assert error.value.status == status


def test_object_of_very_many_keys_is_refused_at_once(manifest):
    keys = ", ".join(f'"{n}": 0' for n in range(200_000))
    begin = time.process_time()
    with pytest.raises(BodyError):
        parse_json(f'{{{keys}, "199999": 0}}'.encode(), manifest, LARGEST)
    assert time.process_time() - begin < 2


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from([*EVENT, "event", "events", "columns"]), inner, max_size=11),
    max_leaves=15,
))  # fmt: skip
def test_any_document_is_read_or_refused(document):
    told = Manifest.model_validate_json(toy_files()[MANIFEST])
    refusal = BodyError([], "")
    try:
        _, events = parse_json(json.dumps(document).encode(), told, LARGEST)
    except BodyError as error:
        refusal, events = error, np.zeros(0)
    assert np.isfinite(events).all()
    assert refusal.status in (400, 413, 422)
    assert json.dumps(refusal.path)


@given(st.binary(max_size=60))
def test_any_bytes_are_refused(body):
    told = Manifest.model_validate_json(toy_files()[MANIFEST])
    with pytest.raises(BodyError):
        parse_json(body, told, LARGEST)


def test_three_ways_to_write_events_are_the_same(manifest):
    events = draw_events(20, 20, 0)
    rows = [dict(zip(HILLAS_PARAMETERS, e, strict=True)) for e in events.tolist()]
    mixed = [dict(reversed(row.items())) for row in rows]
    columns = {name: [row[name] for row in rows] for name in reversed(HILLAS_PARAMETERS)}
    for document in ({"events": rows}, {"events": mixed}, {"columns": columns}):
        kind, read = parse_json(json.dumps(document).encode(), manifest, LARGEST)
        assert kind in document
        np.testing.assert_array_equal(read, events)
    _, one = parse_json(json.dumps({"event": mixed[3]}).encode(), manifest, LARGEST)
    np.testing.assert_array_equal(one, events[3:4])


def judge(manifest, **values):
    (reason,) = Rules(manifest.parameters, manifest.relations).judge(
        np.array([list((EVENT | values).values())])
    )
    return reason


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, None),
        ({"fWidth": 0.0}, None),
        ({"fWidth": 40.0}, None),
        ({"fAlpha": 90.0}, None),
        ({"fLength": 0.0, "fWidth": 0.0}, "fLength is 0; it must be above 0 mm"),
        ({"fAlpha": 90.001}, "fAlpha is 90.001; it must be at least 0 and at most 90"),
        ({"fAlpha": -1e-9}, "fAlpha is -1e-09; it must be at least 0"),
        ({"fDist": -1.0}, "fDist is -1; it must be at least 0 mm"),
        ({"fWidth": 40.1}, "width not above length: fWidth is 40.1, which is not <= fLength = 40;"),
        ({"fConc1": 0.5}, "one pixel not above two: fConc1 is 0.5"),
        ({"fAlpha": 400.0, "fWidth": 50.0}, "fAlpha is 400"),
    ],
)
def test_event_is_judged_by_ranges_and_relations(values, reason, manifest):
    found = judge(manifest, **values)
    assert found is None if reason is None else found.startswith(reason)


def test_reason_tells_why_the_relation_holds(manifest):
    assert judge(manifest, fWidth=50.0).endswith(RELATIONS[0].because)


def test_events_are_judged_each_for_itself(manifest):
    events = draw_events(100, 100, 1)
    events[[3, 77], 1] = 1e6
    reasons = Rules(manifest.parameters, manifest.relations).judge(events)
    assert [n for n, reason in enumerate(reasons) if reason is not None] == [3, 77]


shares = st.floats(1e-4, 1 - 1e-4)


@given(st.floats(1e-6, 1 - 1e-6), shares, shares)
def test_reweighing_is_that_of_the_training_side(score, trained, wanted):
    scores = np.array([score])
    training_side = shift_prior(scores, (1 - trained) / trained, (1 - wanted) / wanted)
    np.testing.assert_allclose(reweigh(scores, trained, wanted), training_side, rtol=1e-9)
    np.testing.assert_allclose(reweigh(scores, trained, trained), scores)
