import json
import pickle
import signal
import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest
from serving_tools import bind, draw_events, put_release, toy_files

from showerforge.errors import InputError
from showerforge.serving.manifest import MANIFEST, MODEL, POWER, REFERENCE
from showerforge.serving.releases import (
    ALIASES,
    CHALLENGER,
    CHAMPION,
    check_golden,
    list_releases,
    promote,
    read_aliases,
    read_release,
    set_alias,
    write_release,
)


@pytest.fixture
def folder(tmp_path):
    """A release on disk, which may be spoilt."""
    return tmp_path / put_release(tmp_path)


def told(files):
    return json.loads(files[MANIFEST])


def write(folder, files):
    return folder / write_release(folder, files)


class Intruder:
    """What would run if it were unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_release_is_read_and_scores(folder):
    release = read_release(folder)
    assert release.name == folder.name
    assert check_golden(release) <= 1e-6
    events = draw_events(50, 50, 3)
    scores = release.score(events)
    assert scores.shape == (100,)
    assert scores[:50].std() > 0


@pytest.mark.parametrize("name", [MODEL, REFERENCE, POWER])
@pytest.mark.parametrize("place", [0, 0.5, -1])
def test_flipped_byte_is_noticed(folder, name, place):
    content = bytearray((folder / name).read_bytes())
    content[int(place * len(content)) if place != -1 else -1] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name} is not the file that manifest.json speaks of"):
        read_release(folder)


@pytest.mark.parametrize("name", [MODEL, REFERENCE, POWER])
def test_cut_file_is_noticed(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1])
    with pytest.raises(InputError, match=f"{name} is not the file"):
        read_release(folder)


@pytest.mark.parametrize("name", [MANIFEST, MODEL, REFERENCE, POWER])
def test_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name} cannot be read .No such file"):
        read_release(folder)


@pytest.mark.parametrize("name", [MANIFEST, MODEL, REFERENCE, POWER])
def test_folder_instead_of_a_file(folder, name):
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises(InputError, match=f"{name} cannot be read"):
        read_release(folder)


def test_manifest_that_was_touched_makes_another_release(folder, tmp_path):
    """Nothing in a manifest can be changed without a new name, which aliases do not know."""
    content = (folder / MANIFEST).read_bytes()
    (folder / MANIFEST).write_bytes(content.replace(b'"TOY EVENTS"', b'"TOY EVENTs"'))
    with pytest.raises(InputError, match=f"{folder.name}.*is not that of the release of that name"):
        read_release(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "format"),
        ({"experiment": None}, "experiment"),
        ({"unknown": 1}, "unknown: there is no such"),
        ({"gamma_share": 1.0}, "gamma_share"),
        ({"working_point": "nobody's"}, "no working point"),
        ({"parameters": []}, "parameters"),
        ({"training_data": "x"}, "training_data"),
    ],
)
def test_wrong_manifest_is_refused_with_its_place(tmp_path, change, message):
    with pytest.raises(InputError, match=f"(?s)no manifest of a release.*{message}"):
        read_release(write(tmp_path, bind(toy_files(), **change)))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_manifest_that_is_no_document(tmp_path, content):
    with pytest.raises(InputError, match="no manifest of a release"):
        read_release(write(tmp_path, toy_files() | {MANIFEST: content}))


def test_pickle_with_another_name_is_not_unpickled(tmp_path):
    trace = tmp_path / "trace"
    for name, message in ((MODEL, "cannot be opened"), (REFERENCE, "no reference of a monitor")):
        files = bind(toy_files() | {name: pickle.dumps(Intruder(str(trace)))})
        with pytest.raises(InputError, match=message):
            read_release(write(tmp_path, files))
    assert not trace.exists()


@pytest.mark.parametrize("content", [b"", b"[", b"\xff"])
def test_power_that_is_no_document_is_refused(tmp_path, content):
    with pytest.raises(InputError, match=POWER):
        read_release(write(tmp_path, bind(toy_files() | {POWER: content or b" "})))


def onnx_of(nodes, initializers=(), domains=("",)):
    """Write a model from events to gammaness."""
    from onnx import TensorProto, helper

    values = [
        helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["n", width])
        for name, width in (("events", 10), ("gammaness", 1))
    ]
    graph = helper.make_graph(nodes, "g", values[:1], values[1:], initializer=initializers)
    operators = [helper.make_opsetid(domain, 18 if domain == "" else 1) for domain in domains]
    return helper.make_model(graph, opset_imports=operators, ir_version=9).SerializeToString()


def golden_of(score):
    return told(toy_files())["golden"] | {"scores": [score] * 10}


@pytest.mark.parametrize("place", ["beside", "absolute", "above"])
def test_model_with_data_elsewhere_is_refused(tmp_path, monkeypatch, place):
    """Even where the file can be found, and the golden events are right."""
    from onnx import TensorProto, helper

    (tmp_path / "weights").write_bytes(np.full(10, 0.0).tobytes())
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(tmp_path if place == "beside" else here)
    where = {"beside": "weights", "absolute": str(tmp_path / "weights"), "above": "../weights"}
    weights = helper.make_tensor("w", TensorProto.DOUBLE, [10, 1], np.zeros(10).tobytes(), raw=True)
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value=where[place])
    nodes = [
        helper.make_node("MatMul", ["events", "w"], ["x"]),
        helper.make_node("Sigmoid", ["x"], ["gammaness"]),
    ]
    files = bind(toy_files() | {MODEL: onnx_of(nodes, [weights])}, golden=golden_of(0.5))
    with pytest.raises(InputError, match=f"{MODEL} refers to another file"):
        read_release(write(tmp_path, files))


def test_model_with_operators_of_others_is_refused(tmp_path):
    from onnx import helper

    nodes = [helper.make_node("Steal", ["events"], ["gammaness"], domain="com.intruder")]
    content = onnx_of(nodes, domains=("", "com.intruder"))
    with pytest.raises(InputError, match=f"{MODEL} cannot be opened by ONNX Runtime: .*Steal"):
        read_release(write(tmp_path, bind(toy_files() | {MODEL: content})))


def test_model_of_other_parameters_is_refused(tmp_path):
    from onnx import helper

    nodes = [helper.make_node("ReduceSum", ["events", "axis"], ["gammaness"])]
    axis = helper.make_tensor("axis", 7, [1], [1])
    manifest = told(toy_files())
    parameters = [*manifest["parameters"], manifest["parameters"][0] | {"name": "more"}]
    golden = manifest["golden"] | {"events": [[*e, 1.0] for e in manifest["golden"]["events"]]}
    files = bind(
        toy_files() | {MODEL: onnx_of(nodes, [axis])}, parameters=parameters, golden=golden
    )
    with pytest.raises(InputError, match=r"it must take events, float64\[n, 11\]"):
        read_release(write(tmp_path, files))


def test_parameters_in_another_order_are_noticed(tmp_path):
    manifest = told(toy_files())
    length, width, *others = manifest["parameters"]
    with pytest.raises(InputError, match="is of the columns fLength, fWidth"):
        read_release(write(tmp_path, bind(toy_files(), parameters=[width, length, *others])))


@pytest.mark.parametrize("change", ["order", "unit", "score"])
def test_golden_events_that_differ_are_noticed(tmp_path, change):
    golden = told(toy_files())["golden"]
    events = np.array(golden["events"])
    if change == "order":
        events = events[:, [1, 0, *range(2, 10)]]
    elif change == "unit":
        events[:, 0] /= 10
    else:
        golden["scores"][0] = abs(golden["scores"][0] - 1e-3)
    golden["events"] = events.tolist()
    with pytest.raises(InputError, match=r"scores a golden event .* away"):
        read_release(write(tmp_path, bind(toy_files(), golden=golden)))


def test_golden_events_without_numbers_are_noticed(tmp_path):
    golden = told(toy_files())["golden"]
    golden["events"][0][0] = float("nan")
    with pytest.raises(InputError):
        read_release(write(tmp_path, bind(toy_files(), golden=golden)))


@pytest.mark.parametrize("name", [MODEL, MANIFEST])
def test_huge_file_is_not_read(folder, name):
    with (folder / name).open("r+b") as file:
        file.truncate(3_000_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=name):
            read_release(folder)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_same_content_is_the_same_release(tmp_path):
    first = write_release(tmp_path, toy_files())
    assert write_release(tmp_path, toy_files()) == first
    assert list_releases(tmp_path) == [first]


def test_release_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(TypeError):
        write_release(tmp_path, {**toy_files(), "last.txt": "no bytes"})
    assert list(tmp_path.iterdir()) == []


WRITE_ALL_THE_TIME = """
import sys
from pathlib import Path
from showerforge.serving.releases import write_release
folder = Path(sys.argv[1])
files = {name: (folder / "files" / name).read_bytes() for name in ("model.onnx", "manifest.json")}
for n in range(100_000):
    files["manifest.json"] += b" "
    write_release(folder / "releases", files)
    print(n, flush=True)
"""


def test_release_is_whole_or_not_at_all_when_killed(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / MODEL).write_bytes(bytes(10_000_000))
    (tmp_path / "files" / MANIFEST).write_bytes(b"{}")
    for delay in (0.0, 0.003, 0.006, 0.009):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITE_ALL_THE_TIME, tmp_path], stdout=subprocess.PIPE
        )
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    releases = list_releases(tmp_path / "releases")
    assert releases
    for name in releases:
        assert not name.startswith(".")
        assert (tmp_path / "releases" / name / MODEL).stat().st_size == 10_000_000


def test_aliases(tmp_path):
    first, second = put_release(tmp_path), put_release(tmp_path, alias=None, note="another")
    assert read_aliases(tmp_path) == {CHAMPION: first}
    set_alias(tmp_path, CHALLENGER, second)
    assert read_aliases(tmp_path) == {CHAMPION: first, CHALLENGER: second}
    set_alias(tmp_path, CHAMPION, second)
    assert set_alias(tmp_path, CHALLENGER, None) == {CHAMPION: second}
    assert set_alias(tmp_path, CHALLENGER, None) == {CHAMPION: second}


def test_alias_of_no_release_is_refused(tmp_path):
    name = put_release(tmp_path)
    near = name[:-1] + ("0" if name[-1] != "0" else "1")
    for wrong in (near, "..", "", f"../{tmp_path.name}/{name}", "a\0b"):
        with pytest.raises(InputError, match="has no release"):
            set_alias(tmp_path, CHALLENGER, wrong)
    with pytest.raises(InputError, match=f"did you mean {name}"):
        set_alias(tmp_path, CHALLENGER, near)
    assert read_aliases(tmp_path) == {CHAMPION: name}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "does not say which release is the champion"),
        ("{", "does not say which release is the champion"),
        ("[]", "must name a champion"),
        ("{}", "must name a champion"),
        ('{"champion": "gone"}', "has no release 'gone'"),
        ('{"champion": ["x"]}', "has no release"),
        ('{"champion": NAME, "winner": NAME}', "names a 'winner'"),
    ],
)
def test_wrong_file_of_aliases(tmp_path, text, message):
    name = put_release(tmp_path)
    (tmp_path / ALIASES).unlink()
    if text is not None:
        (tmp_path / ALIASES).write_text(text.replace("NAME", f'"{name}"'))
    with pytest.raises(InputError, match=message):
        read_aliases(tmp_path)


def figure(lower, upper):
    return {"value": (lower + upper) / 2, "lower": lower, "upper": upper}


class TestPromotion:
    @pytest.mark.parametrize("interval", [(0.91, 0.95), (0.84, 0.881), (0.88, 0.92)])
    def test_what_is_not_clearly_worse_is_promoted(self, tmp_path, interval):
        put_release(tmp_path, figures={"ROC-AUC": figure(0.88, 0.92)})
        new = put_release(tmp_path, None, figures={"ROC-AUC": figure(*interval)}, note="new")
        assert promote(tmp_path, new) == read_aliases(tmp_path) == {CHAMPION: new}

    def test_each_figure_that_is_clearly_worse_is_named(self, tmp_path):
        old = put_release(
            tmp_path, figures={"ROC-AUC": figure(0.88, 0.92), "Q": figure(3, 4), "F1": figure(0, 1)}
        )
        new = put_release(
            tmp_path,
            None,
            figures={"ROC-AUC": figure(0.8, 0.87), "Q": figure(1, 2), "F2": figure(0, 0)},
        )
        with pytest.raises(InputError, match=r"its ROC-AUC of 0\.8350 \[.*; its Q of 1\.5000 \["):
            promote(tmp_path, new)
        assert read_aliases(tmp_path) == {CHAMPION: old}
        assert promote(tmp_path, new, even_if_worse=True) == {CHAMPION: new}

    def test_other_units_are_other_parameters(self, tmp_path):
        put_release(tmp_path)
        parameters = told(toy_files())["parameters"]
        parameters[0]["unit"] = "deg"
        new = put_release(tmp_path, None, parameters=parameters)
        with pytest.raises(InputError, match="takes other parameters, or in other units"):
            promote(tmp_path, new)

    def test_over_a_champion_that_cannot_be_believed(self, tmp_path):
        (tmp_path / put_release(tmp_path) / MODEL).write_bytes(b"")
        new = put_release(tmp_path, None, figures={"ROC-AUC": figure(0, 0.1)})
        assert promote(tmp_path, new) == {CHAMPION: new}

    def test_the_first_needs_no_champion(self, tmp_path):
        new = put_release(tmp_path, None)
        assert promote(tmp_path, new) == {CHAMPION: new}
