"""Holds results of operations against their named references.

Reads paths of JSON files from stdin, one operation each, evaluates the operation's `python` on the same inputs,
compares, and answers each with one line of JSON. tests/parity.rs is the other side; docs/architecture.md says
what `python` sees and gives.
"""

import json
import resource
import sys
import textwrap
import time
import traceback
import warnings

import numpy as np
from helpers import NAMES

# A reference that asks for more fails by itself, instead of taking the machine with it.
MOST_MEMORY = 6 << 30
# More undecided pixels than this, and a comparison says nothing.
MOST_UNDECIDED = 0.02


class Mismatch(Exception):
    pass


def read(item):
    """An input or output as the reference sees it."""
    if item is None or not isinstance(item, dict):
        return item
    if "table" in item:
        return {name: read(column) for name, column in item["table"]}
    if "text" in item:
        return item["text"]
    if "values" in item:
        return np.asarray(item["values"])
    if "planes" in item:
        return np.stack([read(plane) for plane in item["planes"]], -1)
    array = np.fromfile(item["file"], item["dtype"]).reshape(item["shape"])
    return array.astype(bool) if item.get("kind") == "mask" else array


def argument(value):
    """Footprints arrive as rows of 0 and 1 with a key of their own."""
    if isinstance(value, dict):
        return np.array(value["footprint"], bool)
    return value


def evaluate(code, case):
    inputs = {name: read(item) for name, item in case["inputs"].items()}
    kinds = {name: item.get("kind") for name, item in case["inputs"].items() if isinstance(item, dict)}
    names = dict(NAMES, inputs=inputs, kinds=kinds, spacing=case["spacing"], **inputs)
    names.update({name: argument(value) for name, value in case["args"].items()})
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        # Statements give None and set `result`; an expression gives its value.
        value = eval(code, names)
    return names["result"] if "result" in names else value


def compile_python(op, text):
    text = textwrap.dedent(text).strip()
    try:
        return compile(text, op, "eval")
    except SyntaxError:
        return compile(text, op, "exec")


def numbers(ours, theirs, agrees, what):
    """Largest error, in the terms of the tolerance; raises where it is too large."""
    undecided = np.ma.getmaskarray(theirs) if isinstance(theirs, np.ma.MaskedArray) else None
    ours, theirs = np.asarray(ours), np.asarray(np.ma.getdata(theirs))
    if ours.shape != theirs.shape:
        raise Mismatch(f"{what}: shape {ours.shape}, reference {theirs.shape}")
    if undecided is not None:
        if undecided.mean() > MOST_UNDECIDED:
            raise Mismatch(f"{what}: {undecided.mean():.1%} of the reference is undecided")
        ours, theirs = ours[~undecided], theirs[~undecided]
    if ours.size == 0:
        return 0.0
    rounded = 0.0
    if ours.dtype.kind in "ui" and theirs.dtype.kind == "f":
        info = np.iinfo(ours.dtype)
        theirs = np.clip(np.nan_to_num(theirs, nan=0.0), info.min, info.max)
        rounded = 0.5
    tolerance = agrees["tolerance"]
    if tolerance is None and rounded == 0.0 and ours.dtype == np.float32:
        theirs = theirs.astype(np.float32)
    a, b = ours.astype(np.float64), theirs.astype(np.float64)
    equal = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        error = np.where(equal, 0.0, np.maximum(np.abs(a - b) - rounded, 0.0))
    error = np.where(np.isnan(error), np.inf, error)
    if agrees["kind"] == "relative":
        finite = np.abs(b[np.isfinite(b)])
        scale = finite.max() if finite.size else 0.0
        error = np.divide(error, scale, out=np.where(error > 0, np.inf, 0.0), where=scale > 0)
    # In integers that round an unrounded reference, float64 noise beside the half counts for nothing.
    allowed = tolerance if tolerance is not None else (1e-9 * (1 + np.abs(b).max()) if rounded else 0.0)
    worst = int(np.argmax(error))
    if not error.flat[worst] <= allowed:
        wrong = int((error > allowed).sum())
        at = np.unravel_index(worst, ours.shape) if undecided is None else worst
        at = tuple(int(i) for i in np.atleast_1d(at))
        raise Mismatch(
            f"{what}: {wrong} of {ours.size} differ, most at {at}: {ours.flat[worst]!r}, "
            f"reference {theirs.flat[worst]!r}, error {error.flat[worst]:.3g}, allowed {allowed:.3g}"
        )
    return float(error.flat[worst]) if tolerance is not None else 0.0


def relabelled(ours, theirs, what):
    """Equal up to renumbering, background to background."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if ours.shape != theirs.shape:
        raise Mismatch(f"{what}: shape {ours.shape}, reference {theirs.shape}")
    pairs = np.unique(np.stack([ours.ravel(), theirs.ravel()]).astype(np.int64), axis=1)
    a, b = pairs
    one_to_one = len(np.unique(a)) == len(a) == len(np.unique(b))
    if not one_to_one or ((a == 0) != (b == 0)).any():
        counts = len(np.unique(ours[ours > 0])), len(np.unique(theirs[theirs > 0]))
        raise Mismatch(f"{what}: no renumbering makes the labels equal; {counts[0]} labels, reference {counts[1]}")
    return 0.0


def table(ours, theirs, agrees, what):
    if not isinstance(theirs, dict):
        raise Mismatch(f"{what}: the reference of a table is a dict of columns")
    if set(ours) != set(theirs):
        extra, missing = sorted(set(ours) - set(theirs)), sorted(set(theirs) - set(ours))
        raise Mismatch(f"{what}: columns {extra} are not in the reference, {missing} are only there")
    worst = 0.0
    for name, column in ours.items():
        if isinstance(column, list):
            if column != [str(x) for x in theirs[name]]:
                raise Mismatch(f"{what}.{name}: {column[:5]}, reference {list(theirs[name])[:5]}")
            continue
        theirs_column = np.ma.asarray(theirs[name]) if np.ma.isMA(theirs[name]) else np.asarray(theirs[name])
        # A column of whole numbers is counted, not rounded.
        whole = column.dtype.kind == "i" and theirs_column.dtype.kind == "f"
        worst = max(worst, numbers(f64s(column) if whole else column, theirs_column, agrees, f"{what}.{name}"))
    return worst


def f64s(x):
    return x.astype(np.float64)


def compare(output, ours, theirs, agrees):
    what = output["name"]
    if output["kind"] == "table":
        return table(ours, theirs, agrees, what)
    if output["kind"] == "labels" and agrees["kind"] == "relabelled":
        return relabelled(ours, theirs, what)
    if output["kind"] in ("mask", "labels"):
        if output["kind"] == "mask":
            data = np.ma.getdata(theirs) != 0
            theirs = np.ma.masked_array(data, theirs.mask) if np.ma.isMA(theirs) else data
        return numbers(f64s(ours), theirs, {"kind": "exact", "tolerance": None}, what)
    if output["kind"] == "number":
        theirs = np.asarray(theirs, np.float64).reshape(1)
        if agrees["tolerance"] is None and ours[0] == np.float32(theirs[0]):
            return 0.0
    return numbers(ours, theirs, agrees, what)


def check(batch):
    """Every case of one operation."""
    memories, failures, began = {}, [], time.monotonic()
    code = compile_python(batch["op"], batch["python"])
    outputs = batch["outputs"]
    for case in batch["cases"]:
        where = f"{case['sample']}, {case['example']}"
        try:
            theirs = evaluate(code, case)
            theirs = theirs if len(outputs) > 1 and isinstance(theirs, tuple) else (theirs,)
            if len(theirs) != len(outputs):
                raise Mismatch(f"python gives {len(theirs)} outputs, the declaration {len(outputs)}")
        except Mismatch as error:
            failures.append({"memory": "reference", "case": where, "message": str(error)})
            continue
        except Exception:
            lines = traceback.format_exc().strip().splitlines()
            place = next((l.strip() for l in reversed(lines) if batch["op"] in l), "")
            failures.append({"memory": "reference", "case": where, "message": f"python: {lines[-1]} {place}"})
            continue
        for memory, results in case["results"].items():
            entry = memories.setdefault(memory, {"cases": 0, "error": 0.0, "wrong": 0})
            entry["cases"] += 1
            for output, ours, reference in zip(outputs, results, theirs):
                try:
                    shown = dict(output, kind=ours["kind"]) if output["kind"] == "like" else output
                    error = compare(shown, read(ours), reference, batch["agrees"])
                    entry["error"] = max(entry["error"], error)
                except Mismatch as error:
                    entry["wrong"] += 1
                    failures.append({"memory": memory, "case": where, "message": str(error)})
    return {"memories": memories, "failures": failures, "seconds": time.monotonic() - began}


def main():
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    for line in sys.stdin:
        with open(line.strip()) as file:
            batch = json.load(file)
        try:
            answer = check(batch)
        except Exception:
            message = traceback.format_exc().strip().splitlines()[-1]
            answer = {
                "memories": {},
                "failures": [{"memory": "reference", "case": "all", "message": message}],
                "seconds": 0.0,
            }
        print(json.dumps(answer), flush=True)


main()
