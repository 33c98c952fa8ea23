"""Inputs for any operation, made by what its ports take."""

import functools
import json

import numpy as np
import pytest

import rotifer as rf
from rotifer import _functions


def blobs(shape, seed=0):
    """Labels of touching and lone blobs, 0 outside."""
    rng = np.random.default_rng(seed)
    grids = np.meshgrid(*map(np.arange, shape), indexing="ij")
    labels = np.zeros(shape, np.uint32)
    for i, centre in enumerate(rng.uniform(0, shape, (9, len(shape))), 1):
        labels[sum((g - c) ** 2 for g, c in zip(grids, centre)) < 30] = i
    return labels


def inputs(op, shape=(40, 52), seed=0):
    """One value for each port; optional ports are filled, too."""
    rng = np.random.default_rng(seed)
    labels = blobs(shape, seed)
    image = (rng.random(shape) * 40 + (labels > 0) * 150).astype(np.float32)
    values = []
    for port in _functions.spec(op)["inputs"]:
        kind, name = port["kind"], port["name"]
        if name == "psf":
            psf = np.outer([1, 2, 1], [1, 2, 1]) / 16
            values.append((psf if len(shape) == 2 else np.stack([psf / 4, psf / 2, psf / 4])).astype(np.float32))
        elif name == "moving":
            values.append(np.roll(image, 3, axis=-1))
        elif name == "markers":
            markers = np.zeros(shape, np.uint32)
            markers[tuple(np.argwhere(labels)[:: max(1, (labels > 0).sum() // 7)].T)] = 1
            values.append(np.where(markers, np.cumsum(markers).reshape(shape), 0).astype(np.uint32))
        elif kind == "mask":
            values.append(labels > 0)
        elif kind in ("labels", "mask or labels"):
            values.append(labels)
        elif kind == "rgb":
            values.append(np.stack([image, image / 2, image[::-1]], -1).astype(np.uint8))
        elif kind == "number":
            values.append(2.0)
        elif kind == "table":
            rows = np.arange(1, 8 + len(name))
            if name == "edges":
                values.append({"source": rows[:-1], "target": rows[1:]})
                continue
            if name == "library":
                barcodes = ["AG", "TC", "CA", "GG", "AT", "CT"]
                values.append({"name": [b.lower() for b in barcodes], "barcode": barcodes})
                continue
            table = {"label": rows, "area": rows * rows * 37 % 113 + 0.25, "t": rows % 3, "y": rows * 3.0, "x": rows * 4.0}
            if name in ("points", "training"):
                table["class"] = [["one", "two", "three"][r % 3] for r in rows]
            values.append(table)
        else:
            values.append(image)
    return values


def examples(op):
    """Arguments of the defaults, where they do, and of every example."""
    import tomllib

    declared = _functions.spec(op)
    found = [tomllib.loads(e["toml"]) for e in declared["examples"]]
    if not any(a["required"] for a in declared["arguments"]):
        found.insert(0, {})
    return found


def cases():
    """Every operation with every example; examples in micrometres get a spacing."""
    return [pytest.param(op, i, id=f"{op}-{i}") for op in rf.list() for i in range(len(examples(op)))]


def keys(op, i):
    """Arguments of an example; one in micrometres comes with a pixel size, beside the arguments."""
    return dict(_keys(op, i))


@functools.cache
def _keys(op, i):
    given = dict(examples(op)[i])
    if any(isinstance(v, str) and v.split()[-1:] in (["um"], ["nm"], ["mm"]) for v in _flat(given)):
        assert "spacing" not in given
        given["spacing"] = 0.5
    elif _lacks_spacing(op, given):
        given["spacing"] = 0.5
    return given


def _lacks_spacing(op, given):
    """Whether the operation asks for a pixel size, whatever its arguments are."""
    for shape in ((12, 14), (5, 12, 14)):
        try:
            run(op, inputs(op, shape), given)
        except rf.errors.Error as error:
            if error.code == "no_spacing":
                return True
    return False


def _flat(value):
    if isinstance(value, dict):
        value = list(value.values())
    return [x for v in value for x in _flat(v)] if isinstance(value, (list, tuple)) else [value]


def fitting(op, i):
    """Inputs of two dimensions, or of three where the example is made for these."""
    return inputs(op, _shape(op, i))


@functools.cache
def _shape(op, i):
    try:
        run(op, inputs(op), keys(op, i))
        return (40, 52)
    except rf.errors.ShapeError:
        return (7, 20, 26)


def run(op, values, given):
    return getattr(rf, op)(*values, **given)


def bits(result):
    """A result as something that compares to the bit."""
    if isinstance(result, np.ndarray):
        return (str(result.dtype), result.shape, result.tobytes())
    if isinstance(result, tuple):
        return tuple(bits(r) for r in result)
    if hasattr(result, "items"):
        return {name: bits(v) for name, v in result.items()}
    if isinstance(result, list):
        return bits(np.asarray(result))
    return json.dumps(result)
