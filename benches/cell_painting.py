#!/usr/bin/env python3
"""The Cell Painting analysis of Cimini et al. (2023) beside cp_measure, on generated fields, on one core.

    python -m venv target/cellprofiler-venv
    target/cellprofiler-venv/bin/pip install -r tests/cellprofiler/requirements.txt
    cargo build --release
    ROTIFER_PIPELINES=FOLDER target/cellprofiler-venv/bin/python benches/cell_painting.py [ROTIFER]

FOLDER/cppipe/cimini2023_analysis.cppipe is imported; what it does with its three channels of brightfield is left out. A field has five
channels of 1080 x 1080 pixels of 16 bits with 150 cells. Printed are milliseconds a field for each family of measurements: Rotifer's
steps, the median of three fields on one thread, and cp_measure's functions on the same number of cells; and the ratio of their sums.
`--json FILE` writes the numbers. It is a benchmark, not a test.
"""

import argparse
import csv
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")})

import numpy as np
import scipy.ndimage as ndi
import tifffile
import tomllib
from cp_measure.bulk import get_core_measurements, get_correlation_measurements

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIDE, CELLS = 1080, 150
CHANNELS = ["AGP", "DNA", "ER", "Mito", "RNA"]
FAMILIES = {
    "colocalization_per_object": "colocalization",
    "granularity_spectrum": "granularity",
    "intensity_per_object": "intensity",
    "radial_distribution": "radial distribution",
    "shape_per_object": "size and shape",
    "zernike_moments": "Zernike",
    "haralick_texture_per_object": "texture",
}


def field(seed):
    """Five channels, and the labels of nuclei, cells and cytoplasm."""
    rng = np.random.default_rng(seed)
    places = []
    while len(places) < CELLS:
        place = rng.uniform(20, SIDE - 20, 2)
        if all(np.hypot(*(place - other)) > 50 for other in places):
            places.append(place)
    y, x = np.mgrid[:SIDE, :SIDE]
    nuclei, cells = np.zeros((SIDE, SIDE), np.int32), np.zeros((SIDE, SIDE), np.int32)
    nearest = np.full((SIDE, SIDE), np.inf)
    for i, (cy, cx) in enumerate(places):
        box = (slice(max(0, int(cy) - 60), int(cy) + 60), slice(max(0, int(cx) - 60), int(cx) + 60))
        dy, dx = y[box] - cy, x[box] - cx
        turn, stretch = rng.uniform(0, np.pi), rng.uniform(1, 1.4)
        a, b = dy * np.cos(turn) - dx * np.sin(turn), dy * np.sin(turn) + dx * np.cos(turn)
        far = np.hypot(a * stretch, b / stretch)
        mine = (far < 38) & (far < nearest[box])
        cells[box][mine], nearest[box][mine] = i + 1, far[mine]
        nuclei[box][far < 13] = i + 1
    inside, ground = nuclei > 0, cells > 0
    rough = lambda scale: ndi.gaussian_filter(rng.standard_normal((SIDE, SIDE)), scale) * scale
    channels = {}
    for name, (of_nuclei, of_cells, scale) in {
        "DNA": (0.25, 0.0, 2), "RNA": (0.12, 0.08, 2), "ER": (0.05, 0.1, 3), "Mito": (0.02, 0.12, 1.5), "AGP": (0.04, 0.09, 4)
    }.items():
        image = 0.01 + of_nuclei * inside + of_cells * (ground & ~inside)
        image = ndi.gaussian_filter(image, 1.5) * (1 + 0.25 * rough(scale)) + 0.002 * rng.standard_normal((SIDE, SIDE))
        channels[name] = np.round(np.clip(image, 0, 1) * 65535).astype(np.uint16)
    return channels, {"Nuclei": nuclei, "Cells": cells, "Cytoplasm": np.where(inside, 0, cells)}


def without_brightfield(pipeline):
    """The pipeline without the steps of the channels that a field does not have, and what is made of them."""
    gone = {f"Orig{name}" for name in ("Brightfield", "BFHigh", "BFLow")}
    lost, steps = set(), []
    for step in pipeline["steps"]:
        wires = step.get("from", [])
        wires = [wires] if isinstance(wires, str) else wires
        texts = [str(value) for key, value in step.items() if key not in ("op", "from", "as")]
        read = {wire.split(".")[0] for wire in wires}
        named = any(f"c='{name}'" in wire for wire in wires for name in gone)
        computed = any(text.startswith("=") and any(name in text for name in lost) for text in texts)
        if named or read & lost or any("Brightfield" in w or "BFHigh" in w or "BFLow" in w for w in wires) or computed:
            lost.add(step["as"])
        else:
            steps.append(step)
    used = {wire.split(".")[0] for step in steps for wire in ([step["from"]] if isinstance(step["from"], str) else step["from"])}
    inputs = {name: value for name, value in pipeline.get("inputs", {}).items() if name in used}
    return {**pipeline, "steps": steps, "inputs": inputs}


def seconds(function, *args, **options):
    start = time.perf_counter()
    function(*args, **options)
    return time.perf_counter() - start


def peer(channels, labels):
    """Seconds of cp_measure for each family: the functions and arguments that the pipeline's settings name."""
    core, pairs = get_core_measurements(), get_correlation_measurements()
    pixels = {name: image / 65535 for name, image in channels.items()}
    out = dict.fromkeys(FAMILIES.values(), 0.0)
    none = next(iter(pixels.values()))
    for masks in labels.values():
        out["size and shape"] += seconds(core["sizeshape"], masks, none) + seconds(core["feret"], masks, none)
        out["Zernike"] += seconds(core["zernike"], masks, none)
        for image in pixels.values():
            out["intensity"] += seconds(core["intensity"], masks, image)
            out["granularity"] += seconds(core["granularity"], masks, image, 0.5, 0.5, 10, 16)
            out["radial distribution"] += seconds(core["radial_distribution"], masks, image)
            out["texture"] += sum(seconds(core["texture"], masks, image, scale) for scale in (3, 5, 10))
        for a, b in itertools.combinations(pixels.values(), 2):
            # The pipeline asks for Costes' coefficients, too.
            out["colocalization"] += sum(seconds(pairs[name], a, b, masks) for name in ("pearson", "manders_fold", "rwc"))
            out["colocalization"] += seconds(pairs["costes"], a, b, masks, scale_max=65535)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rotifer", nargs="?", default=ROOT / "target/release/rotifer", type=pathlib.Path)
    parser.add_argument("--fields", type=int, default=3)
    parser.add_argument("--skip-peer", action="store_true", help="only Rotifer")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    folder = os.environ.get("ROTIFER_PIPELINES")
    if not folder:
        print("skipped: ROTIFER_PIPELINES names no folder with cppipe/")
        return 0
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        toml = work / "pipeline.toml"
        file = pathlib.Path(folder) / "cppipe/cimini2023_analysis.cppipe"
        subprocess.run([args.rotifer, "import-cppipe", file, "-o", toml], check=True, stdout=subprocess.DEVNULL)
        pipeline = without_brightfield(tomllib.loads(toml.read_text()))
        short = work / "pipeline.json"
        short.write_text(json.dumps(pipeline))
        flat = work / "flat.tif"
        tifffile.imwrite(flat, np.ones((SIDE, SIDE), np.float32))
        sites = work / "sites.csv"
        with sites.open("w", newline="") as out:
            table = csv.writer(out)
            table.writerow(["plate", "well", "field", "c", "channel", "path"])
            for seed in range(args.fields):
                channels, labels = field(seed)
                for i, name in enumerate(CHANNELS):
                    path = work / f"{seed}_{name}.tif"
                    tifffile.imwrite(path, channels[name])
                    table.writerow(["P", "A01", seed + 1, i, f"Orig{name}", path])
        given = [part for name, value in pipeline["inputs"].items() if value.get("given") for part in ("--input", f"{name}={flat}")]
        command = [args.rotifer, "run", short, "--sites", sites, *given, "-o", work / "out", "--threads", "1", "--in-process", "--json"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        report = json.loads(done.stdout)
        steps = report["steps"]
        nuclei = next(work.glob("out/*uclei_shape.csv"))
        with nuclei.open(newline="") as rows:
            found = sum(1 for row in csv.DictReader(rows) if row.get("label"))
    ours = dict.fromkeys(FAMILIES.values(), 0.0)
    rest = 0.0
    whole = 0.0
    for step in steps:
        family = FAMILIES.get(step["op"])
        # cp_measure measures objects alone.
        if family and step["name"].startswith("Image_"):
            whole += step["median_seconds"]
        elif family:
            ours[family] += step["median_seconds"]
        else:
            rest += step["median_seconds"]
    theirs = {} if args.skip_peer else peer(channels, labels)
    print(f"{len(pipeline['steps'])} steps; {found / args.fields:.0f} whole nuclei a field; "
          f"measurements of whole images: {1000 * whole:.0f} ms, all other steps: {1000 * rest:.0f} ms")
    print("family                    Rotifer   cp_measure   ratio (ms a field)")
    for family, mine in sorted(ours.items(), key=lambda pair: -pair[1]):
        other = theirs.get(family)
        print(f"{family:22} {1000 * mine:10.0f}" + (f" {1000 * other:12.0f} {mine / other:7.3f}" if other else ""))
    mine, other = sum(ours.values()), sum(theirs.values())
    print(f"{'sum':22} {1000 * mine:10.0f}" + (f" {1000 * other:12.0f} {mine / other:7.3f}" if other else ""))
    if args.json:
        args.json.write_text(json.dumps({"ours": ours, "theirs": theirs, "rest": rest, "steps": steps}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
