"""Every operation gives what the command line gives, to the bit."""

import csv
import json

import numpy as np
import pytest
import rotifer as rf
from inputs_of import bits, cases, fitting, keys, run
from rotifer import _core, _functions


def flags(op, given):
    """Arguments as the command line takes them; those that are named as its own flags are have a prefix."""
    own = {a["name"] for a in _functions.spec(op)["arguments"]}
    for name, value in given.items():
        prefix = "arg-" if name in own and name in ("dtype", "labels", "on", "output", "sites", "spacing") else ""
        yield f"--{prefix}{name}"
        yield value if isinstance(value, str) else json.dumps(value)


def written(folder, port, value):
    """A value as the command line takes it: a file, or a number."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        path = folder / f"{port['name']}.csv"
        with open(path, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(value)
            writer.writerows(zip(*(np.asarray(column).tolist() for column in value.values())))
        return path
    path = folder / f"{port['name']}.tif"
    if port["kind"] == "rgb":
        rf.write(path, np.moveaxis(value, -1, 0), axes="cyx" if value.ndim == 3 else "czyx", channels=["red", "green", "blue"])
    else:
        rf.write(path, value, kind="labels" if port["kind"] == "labels" else None)
    return path


def read_back(path, like):
    if isinstance(like, np.ndarray):
        image = rf.read(path)
        data = image.data
        if data.ndim == like.ndim and data.shape != like.shape:
            # Colours come last in Python, first in files.
            data = np.moveaxis(data, image.axes.index("c"), -1)
        return data.astype(like.dtype) if like.dtype == bool else data
    with open(path, newline="") as file:
        names, *rows = csv.reader(file)
    table = {}
    for at, name in enumerate(names):
        column, expected = [row[at] for row in rows], like[name]
        if isinstance(expected, np.ndarray):
            # Nothing is written where there is no number.
            column = np.array([text or "nan" for text in column], expected.dtype)
        table[name] = column
    return table


def equal(found, expected):
    if isinstance(expected, np.ndarray):
        return (found.dtype, found.shape) == (expected.dtype, expected.shape) and found.tobytes() == expected.tobytes()
    if found is None:
        # JSON has no number for these.
        return not np.isfinite(expected)
    if isinstance(expected, float):
        return bits(float(found)) == bits(expected)
    same = lambda a, b: np.array_equal(a, b, equal_nan=a.dtype.kind == "f") if isinstance(b, np.ndarray) else list(a) == list(b)
    return list(found) == list(expected) and all(same(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize("op, i", cases())
def test_command(op, i, tmp_path, capfd):
    values, given = fitting(op, i), keys(op, i)
    expected = run(op, values, given)
    expected = expected if isinstance(expected, tuple) else (expected,)
    declared = _functions.spec(op)
    inputs = [written(tmp_path, port, value) for port, value in zip(declared["inputs"], values)]
    first = declared["outputs"][0]
    out = tmp_path / ("out.tif" if isinstance(expected[0], np.ndarray) else "out.csv")
    to = [] if isinstance(expected[0], float) else ["-o", out]
    words = ["rotifer", "apply", op, *inputs, *to, "--json", *flags(op, given)]
    capfd.readouterr()
    code = _core.command([str(word) for word in words])
    told = capfd.readouterr()
    assert code == 0, (words, told.out, told.err)
    told = json.loads(told.out)
    for port, value in zip(declared["outputs"], expected):
        if isinstance(value, float):
            found = told["numbers"][port["name"]]
        else:
            found = read_back(told["files"][port["name"]], value)
        assert equal(found, value), (op, port["name"])
    assert first["name"] in (*told["numbers"], *told["files"])
