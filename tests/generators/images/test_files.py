"""Files of fitted generators: they come back as they were, and nothing else is taken for one."""

import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from image_generator_toys import DETECTOR, SpotGenerator, make_training
from toys import make_camera

from showerforge.errors import InputError
from showerforge.generators.images import catalogue
from showerforge.generators.images.files import from_bytes, to_bytes

WANTED = {"particle": "gamma", "true_energy": 3.0, "size": 100.0}


class Unlisted(SpotGenerator):
    """A generator that no name leads to."""


@pytest.fixture(autouse=True)
def listed(monkeypatch):
    monkeypatch.setitem(catalogue.IMAGE_GENERATORS, "spots", SpotGenerator)


@pytest.fixture(scope="module")
def generator():
    return SpotGenerator(spread=0.2).fit(make_training())


@pytest.fixture
def content(generator):
    return to_bytes(generator)


def rewrite(content, **changes):
    """Change parts of a file: None leaves one out, a function changes ``generator.json``."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, change in changes.items():
        name = name.replace("__", ".")
        if callable(change):
            parts[name] = json.dumps(change(json.loads(parts[name]))).encode()
        elif change is None:
            parts.pop(name)
        else:
            parts[name] = change
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


def test_a_generator_comes_back_as_it_was(generator, content):
    again = from_bytes(content, replace(DETECTOR, camera=make_camera()))
    assert type(again) is SpotGenerator
    assert again.get_params() == {"spread": 0.2}
    pd.testing.assert_frame_equal(again.ranges_, generator.ranges_)
    pd.testing.assert_frame_equal(again.curves_, generator.curves_)
    first, second = (g.sample(20, WANTED, seed=3) for g in (generator, again))
    assert np.array_equal(first.images, second.images)
    with pytest.raises(InputError, match="has learnt nothing about"):
        again.sample(1, {**WANTED, "true_energy": 1e4}, 0)


def test_the_same_generator_is_the_same_file(generator, content):
    assert to_bytes(generator) == content
    assert to_bytes(SpotGenerator(spread=0.2).fit(make_training())) == content
    assert to_bytes(from_bytes(content, DETECTOR)) == content


def test_networks_come_back(generator):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    values = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None, 2])
        for name in ("x", "y")
    ]
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Neg", ["x"], ["y"])], "negative", values[:1], values[1:]
    )
    opset = [onnx.helper.make_opsetid("", 18)]
    network = onnx.helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()
    fitted = SpotGenerator().fit(make_training())
    fitted.networks_ = {"negative": network}
    assert from_bytes(to_bytes(fitted), DETECTOR).networks_ == {"negative": network}
    fitted.networks_ = {"negative": b"no network"}
    with pytest.raises(InputError, match=r"negative\.onnx is no network"):
        from_bytes(to_bytes(fitted), DETECTOR)


def test_a_generator_of_another_camera_is_refused(content):
    other = replace(DETECTOR, camera=replace(make_camera(3), name="other"))
    with pytest.raises(InputError, match=r"'camera toy'.*'camera other'.*fit one to images"):
        from_bytes(content, other)
    moved = replace(DETECTOR, camera=replace(make_camera(), pitch=0.35))
    with pytest.raises(InputError, match=r"differs in camera\.pitch"):
        from_bytes(content, moved)


def test_what_is_cut_off_or_no_zip_file_is_refused(content):
    for wrong in (b"", b"text", content[: len(content) // 2], content[:-30]):
        with pytest.raises(InputError, match="no whole zip file"):
            from_bytes(wrong, DETECTOR)


def test_a_flipped_byte_is_noticed(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        place = archive.getinfo("arrays.npz").header_offset + 60
    broken = bytearray(content)
    broken[place] ^= 0xFF
    with pytest.raises(InputError, match="damaged"):
        from_bytes(bytes(broken), DETECTOR)


def changed(**values):
    return {"generator__json": lambda told: {**told, **values}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"generator__json": None}, "not the file of a generator"),
        ({"generator__json": b"{"}, "no JSON"),
        (changed(format="other"), "not the file of a generator"),
        (changed(version=2), "version 2; showerforge .* reads 1"),
        (changed(generator="dots"), "no generator 'dots'"),
        (changed(options={"spread": 9.0}), "spread is 9.0"),
        (changed(options={"colour": 1}), "no options"),
        (changed(unknown=1), "unknown: there is no such parameter"),
        (changed(ranges={}), "ranges"),
        (changed(ranges={"gamma": {"size": [1, 2]}}), "honours true_energy, size"),
        ({"arrays__npz": None}, "arrays.npz is missing"),
        ({"more__onnx": b"x"}, "more.onnx does not belong to it"),
        ({"arrays__npz": b"x"}, "arrays.npz is damaged"),
        (
            {"generator__json": lambda told: {**told, "parts": {}}},
            "arrays.npz is damaged",
        ),
    ],
)
def test_what_is_wrong_is_told(content, changes, message):
    with pytest.raises(InputError, match=message):
        from_bytes(rewrite(content, **changes), DETECTOR)


def test_arrays_of_objects_are_neither_written_nor_read(content):
    arrays = io.BytesIO()
    np.savez(arrays, widths=np.array([{"a": 1}], dtype=object))
    parts = {"arrays.npz": hashlib.sha256(arrays.getvalue()).hexdigest()}
    wrong = rewrite(content, **changed(parts=parts), arrays__npz=arrays.getvalue())
    with pytest.raises(InputError, match="objects"):
        from_bytes(wrong, DETECTOR)
    fitted = SpotGenerator().fit(make_training())
    fitted.arrays_ = {"widths": np.array([{"a": 1}], dtype=object)}
    with pytest.raises(InputError, match="arrays of objects cannot be kept"):
        to_bytes(fitted)


def test_what_could_not_be_read_again_is_not_written():
    with pytest.raises(InputError, match=re.escape("Unlisted is not in the catalogue")):
        to_bytes(Unlisted().fit(make_training()))
