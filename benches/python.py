"""Figures of the package for Python, each beside what it is held against in one run, alternating:

    python benches/python.py [call] [large] [plate] [dask]

Needs the package rotifer, whose command `rotifer` is the other side; dask with dask-image for `dask`.
"""

import json
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import numpy as np
import rotifer as rf

COMMAND = Path(sysconfig.get_path("scripts")) / "rotifer"


def seconds(call, times):
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def bench(size, *arguments):
    """Median seconds of a call from Rust, as `rotifer bench` has them."""
    words = [COMMAND, "bench", "gaussian_filter", "--size", size, "--dtype", "f32", "--on", "cpu", "--json", *arguments]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["results"][0]["median_ms"] / 1e3


def call():
    """What a call costs beside the work: a Gaussian of a 64 x 64 image."""
    image = np.random.default_rng(0).random((64, 64)).astype(np.float32)
    ours, rust = [], []
    for _ in range(5):
        rust.append(bench("64x64", "--sigma", "2"))
        rf.gaussian_filter(image, sigma=2, on="cpu")
        ours.append(seconds(lambda: rf.gaussian_filter(image, sigma=2, on="cpu"), 2000))
    ours, rust = min(ours), min(rust)
    print(f"call: {ours * 1e6:.1f} us, from Rust {rust * 1e6:.1f} us, overhead {(ours - rust) * 1e6:.1f} us (at most 20)")


def large():
    """A Gaussian of a 2048 x 2048 image."""
    image = np.random.default_rng(0).random((2048, 2048)).astype(np.float32)
    ours, rust = [], []
    for _ in range(5):
        rust.append(bench("2048x2048", "--sigma", "2"))
        rf.gaussian_filter(image, sigma=2, on="cpu")
        ours.append(seconds(lambda: rf.gaussian_filter(image, sigma=2, on="cpu"), 50))
    ours, rust = statistics.median(ours), statistics.median(rust)
    print(f"large: {ours * 1e3:.2f} ms, `rotifer bench` {rust * 1e3:.2f} ms, ratio {ours / rust:.3f} (at most 1.05)")


PIPELINE = """
name = "nuclei"
[[steps]]
op = "white_tophat"
radius = 15
[[steps]]
op = "gaussian_filter"
sigma = 1.5
[[steps]]
op = "threshold_otsu"
[[steps]]
op = "connected_components"
as = "nuclei"
save = true
[[steps]]
op = "regionprops_table"
from = ["nuclei", "input"]
as = "cells"
save = true
"""


def plate(images=1000):
    """A run over a plate, by a call and by the command."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "nuclei.toml").write_text(PIPELINE)
        rng = np.random.default_rng(0)
        base = rng.integers(100, 160, (512, 512)).astype(np.uint16)
        yy, xx = np.mgrid[:512, :512]
        for y, x in rng.uniform(20, 490, (60, 2)):
            base += (400 * np.exp(-((yy - y) ** 2 + (xx - x) ** 2) / 60)).astype(np.uint16)
        for i in range(images):
            well = f"{'ABCDEFGHIJKLMNOP'[i // 24 % 16]}{i % 24 + 1:02}"
            rf.imwrite(folder / "plate" / f"P1_{well}_f{i // 384}_d0.tif", np.roll(base, 7 * i, i % 2))
        pipeline = rf.Pipeline.from_toml(folder / "nuclei.toml")
        ours, theirs = [], []
        for turn in range(3):
            start = time.perf_counter()
            done = pipeline.run(folder / "plate", out=folder / f"a{turn}", workers=2)
            ours.append(time.perf_counter() - start)
            assert (done["done"], done["failed"]) == (images, 0)
            start = time.perf_counter()
            words = [COMMAND, "run", folder / "nuclei.toml", folder / "plate", "-o", folder / f"b{turn}", "--workers", "2"]
            subprocess.run(words, check=True, capture_output=True)
            theirs.append(time.perf_counter() - start)
            for out in (f"a{turn}", f"b{turn}"):
                shutil.rmtree(folder / out)
        ours, theirs = statistics.median(ours), statistics.median(theirs)
        print(f"plate: {ours:.2f} s, `rotifer run` {theirs:.2f} s, ratio {ours / theirs:.3f} (at most 1.05)")


def dask():
    """A Gaussian of 8192 x 8192 in blocks, beside dask-image's."""
    import dask.array as da
    from dask_image.ndfilters import gaussian_filter

    image = np.random.default_rng(0).random((8192, 8192), np.float32)
    blocks = da.from_array(image, chunks=(2048, 2048))
    blur = rf.Pipeline().gaussian_filter(sigma=2)
    tiled = da.map_overlap(blur, blocks, depth=blur.halo(image[:64, :64]), boundary="none", dtype=np.float32)
    theirs = gaussian_filter(blocks, sigma=2, mode="reflect")
    run = lambda lazy: lazy.compute(scheduler="threads")
    far = float(np.abs(run(tiled) - run(theirs)).max())
    a, b = [], []
    for _ in range(3):
        a.append(seconds(lambda: run(tiled), 1))
        b.append(seconds(lambda: run(theirs), 1))
    a, b = statistics.median(a), statistics.median(b)
    print(f"dask: {a:.2f} s, dask-image {b:.2f} s, ratio {a / b:.3f} (at most 0.4), largest difference {far:.1e}")


if __name__ == "__main__":
    known = {"call": call, "large": large, "plate": plate, "dask": dask}
    for name in sys.argv[1:] or known:
        known[name]()
