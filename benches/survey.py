#!/usr/bin/env python3
"""Every operation of Rotifer beside the library function that it follows, to find those that are slow.

    target/peers-venv/bin/python benches/survey.py target/release/rotifer

For every operation, on generated nuclei of 1024 x 1024 and 64 x 256 x 256 pixels of uint16: best ms on the host, nanoseconds a
pixel, and the time of the `python` of its declaration, which is the library's own function where there is one. That time
has the conversions of the expression in it, and it is one call after another that warms up; a peer that takes longer than
`--limit` seconds is left off, as is one that takes tables. Operations that are slower than the peer, or take more than
100 ns a pixel, are listed at the end. `--only A,B` chooses operations, `--size 2d` or `3d` one size, `--json FILE` writes the
numbers.

It needs the environment of benches/peers.py.
"""

import argparse
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import scipy.ndimage as ndi
import tifffile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests" / "parity"))
from helpers import NAMES  # noqa: E402

SIZES = {"2d": (1024, 1024), "3d": (64, 256, 256)}


class Arrays:
    """Generated inputs of one shape."""

    def __init__(self, shape):
        rng = np.random.default_rng(1)
        count = int(np.prod(shape) / (1000 if len(shape) == 2 else 12000))
        seeds = np.ones(shape, bool)
        seeds[tuple(rng.integers(0, shape, size=(count, len(shape))).T)] = False
        depth = 9 - ndi.distance_transform_edt(seeds)
        clean = 200 + 800 * np.clip(depth / 2 + 0.5, 0, 1) + np.linspace(0, 200, shape[-1])
        self.image = np.clip(clean + rng.normal(0, 20, shape), 0, 4095).astype(np.uint16)
        self.moving = np.roll(self.image, (3, -5), (-2, -1))
        self.mask = (clean > 600).astype(np.uint8)
        self.labels = ndi.label(self.mask)[0].astype(np.uint32)
        self.markers = np.where(depth > 7, self.labels, 0).astype(np.uint32)
        line = np.exp(-np.linspace(-3.5, 3.5, 15) ** 2 / 2)
        psf = line[:, None] * line if len(shape) == 2 else line[:, None, None] * line[:, None] * line
        self.psf = (psf / psf.sum()).astype(np.float32)
        self.rgb = np.stack([(a / 16).astype(np.uint8) for a in (self.image, self.moving, self.image)], -1)

    def of(self, port, first):
        """The array for an input; None for one that takes no pixels."""
        name, kind = port["name"], port["kind"]
        if kind in ("image", "image or number"):
            if name in ("psf", "kernel"):
                return self.psf
            return self.image if first else self.moving
        if name == "markers":
            return self.markers
        return {"mask": self.mask, "mask or labels": self.mask, "labels": self.labels, "rgb": self.rgb}.get(kind)


class TooLong(Exception):
    pass


def stop(*_):
    raise TooLong


def timed(text, names, limit):
    """Best ms of two calls of an expression, or of statements."""
    try:
        code, values = compile(text.strip(), "python", "eval"), True
    except SyntaxError:
        code, values = compile(text, "python", "exec"), False
    times = []
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(limit)
    try:
        for _ in range(2):
            here = {**NAMES, **names}
            start = time.perf_counter()
            eval(code, here) if values else exec(code, here)
            times.append(1e3 * (time.perf_counter() - start))
            if times[0] > 3e3:
                break
    except TooLong:
        return times[0] if times else None
    finally:
        signal.alarm(0)
    return min(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the rotifer executable")
    parser.add_argument("--only", default="", metavar="A,B", help="these operations")
    parser.add_argument("--size", choices=SIZES, help="one of the sizes")
    parser.add_argument("--limit", type=int, default=10, help="seconds that a peer may take")
    parser.add_argument("--without-peers", action="store_true", help="times of Rotifer alone")
    parser.add_argument("--json", metavar="FILE", help="where to write all numbers")
    given = parser.parse_args()
    warnings.simplefilter("ignore")

    def ask(*words):
        done = subprocess.run([given.program, *words], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no output")
        return json.loads(done.stdout)

    chosen = [op for op in given.only.split(",") if op] or [op["id"] for op in ask("list", "--json")]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for size in [given.size] if given.size else SIZES:
            shape, arrays, files = SIZES[size], Arrays(SIZES[size]), {}
            pixels = np.prod(shape)

            def file(array):
                if id(array) not in files:
                    path = f"{folder}/{size}-{len(files)}.tif"
                    rgb = array.ndim == len(shape) + 1
                    axes = "ZYX"[-len(shape):] + ("S" if rgb else "")
                    photometric = "rgb" if rgb else "minisblack"
                    tifffile.imwrite(path, array, metadata={"axes": axes}, photometric=photometric)
                    files[id(array)] = path
                return files[id(array)]

            for op in chosen:
                doc = ask("doc", op, "--json")
                ports = [port for port in doc["inputs"] if not port["optional"]]
                given_arrays = [arrays.of(port, i == 0) for i, port in enumerate(ports)]
                words = ["bench", op, "--json", "--on", "cpu"]
                whole = all(array is not None for array in given_arrays)
                if whole and ports:
                    words += [word for array in given_arrays for word in ("--input", file(array))]
                else:
                    words += ["--size", "x".join(map(str, shape))]
                row = {"op": op, "size": size}
                try:
                    ours = ask(*words)["results"][0]
                    row |= {"ms": ours["min_ms"], "ns": 1e6 * ours["min_ms"] / pixels, "args": ours["args"]}
                except (RuntimeError, IndexError) as error:
                    row["error"] = str(error)
                if whole and "ms" in row and not row["args"] and not given.without_peers:
                    names = {a["name"]: a["default"] for a in doc["arguments"]}
                    names |= {port["name"]: None for port in doc["inputs"]}
                    pixels_of = {p["name"]: a.astype(bool) if p["kind"] == "mask" else a for p, a in zip(ports, given_arrays)}
                    kinds = {p["name"]: p["kind"] for p in ports}
                    names |= {**pixels_of, "inputs": pixels_of, "kinds": kinds, "spacing": None}
                    try:
                        row["peer_ms"] = timed(doc["python"], names, given.limit)
                    except Exception as error:  # an expression that needs what only the tests give
                        row["peer_error"] = f"{type(error).__name__}: {error}"
                found.append(row)
                if "ms" in row:
                    peer = row.get("peer_ms")
                    beside = f"{peer:10.2f}   ratio {row['ms'] / peer:7.3f}" if peer else f"{'-':>10}   " + row.get("peer_error", "")[:60]
                    print(f"{size} {op:40} {row['ms']:10.2f} ms {row['ns']:9.2f} ns   {beside}", flush=True)
                else:
                    print(f"{size} {op:40} {row['error'][:90]}", flush=True)
    slow = [r for r in found if r.get("ns", 0) > 100 or (r.get("peer_ms") or 1e9) < r.get("ms", 0)]
    print("\nslower than the peer, or more than 100 ns a pixel:")
    for r in slow:
        print(f"{r['size']} {r['op']:40} {r['ns']:9.1f} ns   ratio {r['ms'] / r['peer_ms'] if r.get('peer_ms') else float('nan'):7.3f}")
    if given.json:
        pathlib.Path(given.json).write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
