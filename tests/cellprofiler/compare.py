#!/usr/bin/env python3
"""CellProfiler's example pipelines on their images, as Rotifer runs them and by CellProfiler's own steps.

    ROTIFER_PIPELINES=FOLDER tests/cellprofiler/compare.py [ROTIFER]

FOLDER holds cppipe/ and images/; its neighbor data/ the plates. Each file is imported, run by the program ROTIFER
(target/release/rotifer), and done once more with scikit-image, scipy, centrosome and cp_measure (steps.py). Counts and the medians of
measurements have to lie within the bounds beside each; the table goes to stdout. Without the variable nothing is compared, which is said.
"""

import csv
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import skimage as ski
import steps
from cp_measure.bulk import get_core_measurements

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROWS = []


def image(path):
    """An image from 0 to 1, as CellProfiler reads it."""
    pixels = ski.io.imread(path)
    return pixels / np.iinfo(pixels.dtype).max


def rotifer(program, cppipe, files, out):
    """Imports a file and runs it on images: channels by name, or one image. Gives the folder of results."""
    toml = out / "pipeline.toml"
    subprocess.run([program, "import-cppipe", cppipe, "-o", toml], check=True, stdout=subprocess.DEVNULL)
    results = out / "results"
    if isinstance(files, dict):
        sites = out / "sites.csv"
        with sites.open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["plate", "well", "field", "c", "channel", "path"])
            table.writerows(["P", "A01", 1, i, name, path] for i, (name, path) in enumerate(files.items()))
        what = ["--sites", sites]
    else:
        what = ["--no-group", *files]
    done = subprocess.run([program, "run", toml, *what, "-o", results], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{cppipe.name}: {done.stdout}{done.stderr}")
    return results


def table(results, name):
    """A table of results: a list of rows."""
    with (results / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def column(rows, name):
    return np.array([float(row[name]) for row in rows if row.get(name, "") != ""])


def holds(case, what, ours, theirs, bound):
    """One line of the table: two numbers, and how far they may lie apart as a share of the second."""
    far = abs(ours - theirs) / max(abs(theirs), 1e-12)
    ROWS.append((case, what, ours, theirs, far, bound))


def measured(labels, pixels=None):
    """cp_measure's shapes and intensities of objects, numbered without gaps."""
    numbered = ski.segmentation.relabel_sequential(labels)[0].astype(np.int32)
    known = get_core_measurements()
    pixels = np.zeros(labels.shape) if pixels is None else pixels
    out = dict(known["sizeshape"](numbered, pixels))
    out.update(known["intensity"](numbered, pixels))
    return out


def objects(case, results, name, labels, bounds, pixels=None, channel=None):
    """Counts of objects, and medians of what is measured of them."""
    shapes = f"{name}_shape"
    found = table(results, shapes if (results / f"{shapes}.csv").exists() else f"{name}_intensity_{channel}")
    found = [row for row in found if row.get("label")]
    count = len(np.unique(labels[labels > 0]))
    holds(case, f"{name}: count", len(found), count, bounds[0])
    theirs = measured(labels, pixels)
    if "area" in found[0]:
        for ours, key in (("area", "Area"), ("form_factor", "FormFactor"), ("eccentricity", "Eccentricity")):
            holds(case, f"{name}: median {ours}", np.median(column(found, ours)), np.median(theirs[key]), bounds[1])
    if pixels is not None:
        rows = table(results, f"{name}_intensity_{channel}")
        for ours, key in (("mean_intensity", "Intensity_MeanIntensity"), ("integrated_intensity", "Intensity_IntegratedIntensity")):
            values = np.median(column(rows, ours))
            holds(case, f"{name}: median {ours} of {channel}", values, np.median(theirs[key]), bounds[1])


def modules(path, version):
    """The modules of a file; `log` tells whether its version finds three classes on logarithms."""
    found = steps.read(path)
    for module in found:
        module.log = version < 400 and module.get("Two-class or three-class thresholding?").startswith("Three")
        module.log = module.log or module.yes("Log transform before thresholding?")
    return found


def named(all_modules, name):
    return [module for module in all_modules if module.name == name]


def human(program, folder, data, out):
    path = folder / "cppipe/examples_ExampleHuman.cppipe"
    files = {name: data / f"multichannel/AS_09125_050116030001_D03f00d{i}.tif" for i, name in enumerate(["DNA", "PH3", "cellbody"])}
    results = rotifer(program, path, files, out)
    cp = modules(path, 300)
    dna, ph3, body = (image(file) for file in files.values())
    first, second = named(cp, "IdentifyPrimaryObjects")
    nuclei, unedited = steps.primary(first, dna)
    dots, _ = steps.primary(second, ph3)
    cells = steps.secondary(named(cp, "IdentifySecondaryObjects")[0], body, nuclei, unedited)
    ring = steps.tertiary(named(cp, "IdentifyTertiaryObjects")[0], cells, nuclei)
    objects("ExampleHuman", results, "Nuclei", nuclei, (0.03, 0.05), dna, "DNA")
    objects("ExampleHuman", results, "Cells", cells, (0.03, 0.05), dna, "DNA")
    objects("ExampleHuman", results, "Cytoplasm", ring, (0.03, 0.05), dna, "DNA")
    related = [row for row in table(results, "PH3_in_Nuclei") if row.get("label")]
    inside = sum(parent > 0 for parent in steps.parents(dots, nuclei).values())
    holds("ExampleHuman", "PH3: count", len(related), len(np.unique(dots)) - 1, 0.05)
    holds("ExampleHuman", "PH3 in nuclei", sum(float(r["parent"]) > 0 for r in related), inside, 0.05)


def percent_positive(program, folder, data, out):
    path = folder / "cppipe/examples_ExamplePercentPositive.cppipe"
    files = {name: data / f"multichannel/AS_09125_050116030001_D03f00d{i}.tif" for i, name in enumerate(["OrigBlue", "OrigGreen"])}
    results = rotifer(program, path, files, out)
    cp = modules(path, 400)
    blue, green = (image(file) for file in files.values())
    first, second = named(cp, "IdentifyPrimaryObjects")
    nuclei, _ = steps.primary(first, blue)
    dots, _ = steps.primary(second, green)
    positive = {parent for parent in steps.parents(dots, nuclei).values() if parent}
    objects("ExamplePercentPositive", results, "Nuclei", nuclei, (0.05, 0.05), green, "OrigGreen")
    share = 100 * len(positive) / (len(np.unique(nuclei)) - 1)
    numbers = table(results, "images")[0]
    ours = next(float(value) for key, value in numbers.items() if key.startswith("PercentPositive"))
    holds("ExamplePercentPositive", "percent positive", ours, share, 0.1)


def illumination(program, folder, data, out):
    path = folder / "cppipe/examples_ExampleIlluminationCorrection_Example1_AllMethod.cppipe"
    files = sorted((data / "plate").glob("AS_09047_*"))[:24]
    results = rotifer(program, path, files, out)
    mean = np.mean([image(file) for file in files], axis=0)
    size = float(named(modules(path, 400), "CorrectIlluminationCalculate")[1].get("Smoothing filter size"))
    # CellProfiler takes ranks of 16 bits, of the pixels that there are.
    disk = ski.morphology.disk(max(1, int(size / 2.35 + 0.5)))
    whole = np.round(mean * 65535).astype(np.uint16)
    light = ski.filters.rank.median(whole, disk) / 65535
    ordered = np.sort(light[light > 0])
    least = ordered[int(len(ordered) * 0.02)]
    light = np.maximum(light, least) / least
    saved = sorted(results.rglob("OptimalIllumGreen*.tif"))
    ours = ski.io.imread(saved[0])
    inner = (slice(60, -60), slice(60, -60))
    holds("ExampleIlluminationCorrection", "least value", ours.min(), light.min(), 0.01)
    holds("ExampleIlluminationCorrection", "median", np.median(ours), np.median(light), 0.01)
    far = np.abs(ours - light)[inner].max() / light.max()
    holds("ExampleIlluminationCorrection", "greatest value", ours.max(), light.max(), 0.03)
    holds("ExampleIlluminationCorrection", "farthest pixel inside, as a share", 1 + far, 1.0, 0.02)


def neighbors(program, folder, data, out):
    path = folder / "cppipe/examples_ExampleNeighbors.cppipe"
    file = folder / "images/Clones1.JPG"
    results = rotifer(program, path, [file], out)
    cp = modules(path, 300)
    red = image(file)[..., 0]
    # The crop keeps the size and masks the rest.
    mask = np.zeros(red.shape, bool)
    mask[1:445, 45:629] = True
    inverted = np.where(mask, 1 - np.where(mask, red, 0), 1)
    cells, _ = steps.primary(named(cp, "IdentifyPrimaryObjects")[0], inverted, mask)
    objects("ExampleNeighbors", results, "Cells", cells, (0.01, 0.05))
    rows = [row for row in table(results, "Cells_neighbors") if row.get("label")]
    grown = ski.segmentation.expand_labels(cells, 1e6)
    pairs = set()
    for a, b in ((grown[1:], grown[:-1]), (grown[:, 1:], grown[:, :-1]), (grown[1:, 1:], grown[:-1, :-1]), (grown[1:, :-1], grown[:-1, 1:])):
        far = a != b
        pairs |= {tuple(sorted(pair)) for pair in zip(a[far].tolist(), b[far].tolist())}
    mean = 2 * len(pairs) / (len(np.unique(cells)) - 1)
    holds("ExampleNeighbors", "mean number of neighbors", column(rows, "number_of_neighbors").mean(), mean, 0.05)


def fly(program, folder, data, out):
    path = folder / "cppipe/examples_ExampleFly.cppipe"
    files = {name: folder / f"images/01_POS002_{end}.TIF" for name, end in (("OrigBlue", "D"), ("OrigGreen", "F"), ("OrigRed", "R"))}
    results = rotifer(program, path, files, out)
    cp = modules(path, 400)
    blue, green, _ = (image(file)[251:450, 501:700] for file in files.values())
    nuclei, unedited = steps.primary(named(cp, "IdentifyPrimaryObjects")[0], blue)
    cells = steps.secondary(named(cp, "IdentifySecondaryObjects")[0], green, nuclei, unedited)
    ring = steps.tertiary(named(cp, "IdentifyTertiaryObjects")[0], cells, nuclei)
    for name, labels in (("Nuclei", nuclei), ("Cells", cells), ("Cytoplasm", ring)):
        objects("ExampleFly", results, name, labels, (0.05, 0.06), blue, "CropBlue")


def tumor(program, folder, data, out):
    path = folder / "cppipe/examples_ExampleTumor.cppipe"
    files = {"ColorFluor": folder / "images/30-2A1f.jpg", "ColorLung": folder / "images/30-2A1b.jpg"}
    results = rotifer(program, path, files, out)
    cp = modules(path, 400)
    green = image(files["ColorFluor"])[..., 1]
    found, _ = steps.primary(named(cp, "IdentifyPrimaryObjects")[0], green)
    objects("ExampleTumor", results, "tumor", found, (0.05, 0.1))


def wound(program, folder, data, out):
    path = folder / "cppipe/examples_ExampleWoundHealing.cppipe"
    files = [folder / f"images/DMSO_B5_t{t}.JPG" for t in (0, 24)]
    results = rotifer(program, path, files, out)
    cp = modules(path, 400)
    numbers = table(results, "images")
    for file, row in zip(files, numbers):
        grey = image(file).mean(axis=2)
        sigma = float(named(cp, "Smooth")[0].get("Typical artifact diameter")) / 2.35
        soft = steps.smoothed(grey, np.ones(grey.shape, bool), sigma)
        tissue, _ = steps.primary(named(cp, "IdentifyPrimaryObjects")[0], soft)
        ours = next(float(value) for key, value in row.items() if key.startswith("Tissue_AreaOccupied"))
        holds("ExampleWoundHealing", f"area of tissue, {file.stem}", ours, (tissue > 0).sum(), 0.01)


def main():
    folder = os.environ.get("ROTIFER_PIPELINES")
    if not folder or not (pathlib.Path(folder) / "images").is_dir():
        print("skipped: ROTIFER_PIPELINES names no folder with images/ and cppipe/")
        return 0
    folder = pathlib.Path(folder).resolve()
    program = sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/release/rotifer"
    chosen = os.environ.get("ROTIFER_CASES", "").split(",")
    for case in (human, percent_positive, illumination, neighbors, fly, tumor, wound):
        if chosen == [""] or case.__name__ in chosen:
            with tempfile.TemporaryDirectory() as out:
                case(program, folder, folder.parent / "data", pathlib.Path(out))
    print("| pipeline | | Rotifer | CellProfiler's steps | apart | bound |\n|---|---|---|---|---|---|")
    for case, what, ours, theirs, far, bound in ROWS:
        print(f"| {case} | {what} | {ours:.6g} | {theirs:.6g} | {100 * far:.2f} % | {100 * bound:g} %{'' if far <= bound else ' FAILS'} |")
    return int(any(far > bound for *_, far, bound in ROWS))


if __name__ == "__main__":
    sys.exit(main())
