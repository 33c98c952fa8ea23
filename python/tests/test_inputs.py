"""Inputs of a pipeline beside the image, and steps over groups of images."""

import inspect
import pickle

import numpy as np
import pytest
import rotifer as rf

FLAT = """
[inputs]
image = {}
flat = { given = true }

[[steps]]
op = "subtract"
from = ["image", "flat"]
"""


def test_an_input_is_an_argument_of_the_call():
    pipeline = rf.Pipeline.from_toml(FLAT)
    image = np.full((4, 5), 9, np.uint8)
    flat = np.arange(20, dtype=np.uint8).reshape(4, 5)
    expected = 9 - flat.astype(np.float32)
    assert np.array_equal(pipeline(image, flat=flat), expected)
    again = rf.Pipeline.from_bytes(pipeline.to_bytes())
    assert again == pipeline and np.array_equal(again(image, flat=flat), expected)
    assert rf.Pipeline.from_toml(pipeline.to_toml()) == pipeline
    assert pipeline.plan(image, flat=flat)["steps"][0]["op"] == "subtract"
    with pytest.raises(rf.Error, match="flat"):
        pipeline(image)
    with pytest.raises(rf.Error, match="did you mean flat"):
        pipeline(image, flatt=flat)


def test_a_table_is_an_input():
    pipeline = rf.Pipeline.from_dict({
        "inputs": {"rates": {"given": True}},
        "steps": [
            {"op": "regionprops_table", "from": ["input", "input"], "properties": ["area"], "as": "t"},
            {"op": "join_tables", "from": ["t", "rates"], "as": "joined"},
        ],
    })
    labels = np.zeros((4, 4), np.uint32)
    labels[0, :2], labels[3, 3] = 1, 2
    joined = pipeline(labels, rates={"label": [1, 2], "rate": [0.5, 4.0]})
    assert list(joined["rate"]) == [0.5, 4.0] and list(joined["area"]) == [2, 1]


def test_files_and_groups_in_a_run(tmp_path):
    images = []
    for field in (1, 2):
        images.append(tmp_path / f"P1_A01_s{field}.tif")
        rf.imwrite(images[-1], np.full((4, 5), 10 * field, np.uint8))
    rf.imwrite(tmp_path / "dark.tif", np.full((4, 5), 3, np.uint8))
    pipeline = rf.Pipeline.from_dict({
        "inputs": {"flat": {"given": True}},
        "steps": [
            {"op": "subtract", "from": ["input", "flat"], "as": "lit"},
            {"op": "mean_projection", "over": "plate", "as": "mean"},
            {"op": "subtract", "from": ["mean", "lit"], "as": "rest", "save": True},
        ],
    })
    done = pipeline.run(images, out=tmp_path / "out", workers=2, inputs={"flat": tmp_path / "dark.tif"})
    assert done["done"] == 2 and done["failed"] == 0
    rest = [rf.read(tmp_path / "out" / image.stem / "rest.tif").data for image in images]
    assert (rest[0] == 5).all() and (rest[1] == -5).all()


def test_operations_without_inputs():
    made = rf.create(shape=[3, 4], value=2.5)
    assert made.dtype == np.float32 and made.shape == (3, 4) and (made == 2.5).all()
    assert rf.create(shape=(2, 3, 4), dtype="uint8").shape == (2, 3, 4)
    out = np.ones((3, 4), np.float32)
    assert rf.create(shape=[3, 4], out=out) is out and not out.any()
    names = list(inspect.signature(rf.create).parameters)
    assert names[0] == "shape" and not {"axes", "spacing", "slice_by_slice"} & set(names)
    with pytest.raises(rf.errors.ArgumentError, match="shape"):
        rf.create()
    with pytest.raises(TypeError, match="input"):
        rf.create(np.ones((2, 2)))
    pipeline = pickle.loads(pickle.dumps(rf.Pipeline().create(shape=[3, 4], value=2).add(value=1)))
    assert (pipeline() == 3).all()
