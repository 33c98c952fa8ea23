#!/usr/bin/env python3
"""Rotifer beside the fastest library for each step, on the same arrays in one run.

    python -m venv target/peers-venv
    target/peers-venv/bin/pip install -r benches/requirements.txt
    cargo build --release
    target/peers-venv/bin/python benches/peers.py target/release/rotifer

Prints for every row the best time of several, in ms, of Rotifer on the host and of each peer, and their ratio: below 1
Rotifer is faster. Then the geometric mean of the ratios, and the rows above 1. Libraries are called as their users
call them, with as many threads as Rotifer; a row's name says where a peer computes less (`*`). Peers are timed between
two runs of Rotifer, so that a busy moment of the machine meets both.

`--threads` runs every row with one thread and with two and prints the gain. `--sizes` prints nanoseconds a pixel from 512 to 8192
pixels a side. `--only TEXT` chooses rows by name, `--json FILE` writes all numbers. It is a benchmark, not a test: it fails
only where a program cannot be run.
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import time

THREADS = 2
os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))

import cc3d
import cv2
import edt
import numpy as np
import scipy.ndimage as ndi
import SimpleITK as sitk
import tifffile
from skimage import exposure, feature, filters, measure, morphology, registration, restoration, segmentation, transform

cv2.setNumThreads(THREADS)
sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(THREADS)


def nuclei(shape, count, radius, rng):
    """Round nuclei with soft rims on a slope with noise, in the range of a 12-bit camera."""
    seeds = np.ones(shape, bool)
    seeds[tuple(rng.integers(0, shape, size=(count, len(shape))).T)] = False
    depth = radius - edt.edt(seeds, parallel=THREADS)
    image = 800 * np.clip(depth / 2 + 0.5, 0, 1) + np.linspace(100, 300, shape[-1])
    return np.clip(image + rng.normal(0, 20, shape), 0, 4095).astype(np.float32)


def markers(distance, spacing):
    """Numbered peaks of a distance map."""
    peaks = feature.peak_local_max(distance, min_distance=spacing, exclude_border=False)
    out = np.zeros(distance.shape, np.uint32)
    out[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    return out


def gauss(size, sigma, ndim):
    """A Gaussian point spread function whose sum is 1."""
    line = cv2.getGaussianKernel(size, sigma)[:, 0]
    out = line
    for _ in range(ndim - 1):
        out = np.multiply.outer(out, line)
    return out.astype(np.float32)


class Arrays:
    """All inputs, 2-D ones 2048 x 2048 (`a...`), 3-D ones 64 x 512 x 512 (`v...`)."""

    def __init__(self):
        rng = np.random.default_rng(0)
        for key, shape, count, radius, spacing in [("a", (2048, 2048), 4000, 9, 5), ("v", (64, 512, 512), 1500, 8, 4)]:
            image = nuclei(shape, count, radius, rng)
            mask = image > 500
            distance = ndi.distance_transform_edt(mask).astype(np.float32)
            for name, array in {
                "": image,
                "16": image.astype(np.uint16),
                # Its domes are the peaks that rise more than this above their surroundings.
                "16_low": np.clip(image.astype(np.uint16), 60, None) - np.uint16(60),
                "8": (image / 16).astype(np.uint8),
                "_mask": mask.astype(np.uint8),
                "_distance": distance,
                "_valley": -distance,
                "_steps": -np.round(distance),
                "_labels": measure.label(mask).astype(np.uint32),
                "_markers": markers(distance, spacing),
                "_psf": gauss(31, 3, 2) if len(shape) == 2 else gauss(15, 2, 3),
            }.items():
                setattr(self, key + name, array)
        self.a_moved = ndi.shift(self.a, (5.3, -7.8), order=1, mode="nearest")


def rotation(shape):
    """30 degrees about the middle of the last two axes: the matrix and the offset that scipy takes."""
    c, s = math.cos(math.radians(30)), math.sin(math.radians(30))
    matrix = np.eye(len(shape))
    matrix[-2:, -2:] = [[c, -s], [s, c]]
    middle = np.array([0, *shape[-2:]])[-len(shape):] / 2
    return matrix, middle - matrix @ middle


def as_argument(matrix, offset):
    return ";".join(",".join(f"{v:.12g}" for v in (*row, shift)) for row, shift in zip(matrix, offset))


FEW = ("label", "area", "centroid", "intensity_mean", "bbox")
MANY = (*FEW, "eccentricity", "perimeter")


def rows(d):
    """Name, function, its arguments, names of its inputs, and the peers."""
    flat, solid = rotation(d.a.shape), rotation(d.v.shape)
    square, disk = np.ones((15, 15), np.uint8), morphology.disk(10)
    small_disk = morphology.disk(3)
    turn = cv2.getRotationMatrix2D((1024, 1024), 30, 1)
    mask, mask3 = d.a_mask.view(bool), d.v_mask.view(bool)
    itk = sitk.GetImageFromArray
    return [
        ("gaussian s2 2D f32", "gaussian_filter", "--sigma 2", "a", {"cv2": lambda: cv2.GaussianBlur(d.a, (17, 17), 2), "scipy": lambda: ndi.gaussian_filter(d.a, 2)}),
        ("gaussian s10 2D f32", "gaussian_filter", "--sigma 10", "a", {"cv2": lambda: cv2.GaussianBlur(d.a, (81, 81), 10)}),
        ("gaussian s2 2D u16", "gaussian_filter", "--sigma 2", "a16", {"cv2": lambda: cv2.GaussianBlur(d.a16, (17, 17), 2)}),
        ("gaussian s2 3D f32", "gaussian_filter", "--sigma 2", "v", {"scipy": lambda: ndi.gaussian_filter(d.v, 2), "itk": lambda: sitk.SmoothingRecursiveGaussian(itk(d.v), 2.0)}),
        ("median r1 2D u16", "median_filter", "--radius 1 --footprint box", "a16", {"cv2": lambda: cv2.medianBlur(d.a16, 3)}),
        ("median r2 2D u16", "median_filter", "--radius 2 --footprint box", "a16", {"cv2": lambda: cv2.medianBlur(d.a16, 5)}),
        ("median r7 2D u8", "median_filter", "--radius 7 --footprint box", "a8", {"cv2": lambda: cv2.medianBlur(d.a8, 15)}),
        ("median r7 2D u16", "median_filter", "--radius 7 --footprint box", "a16", {"scipy": lambda: ndi.median_filter(d.a16, 15)}),
        ("median r1 3D u16", "median_filter", "--radius 1 --footprint box", "v16", {"itk": lambda: sitk.Median(itk(d.v16), (1, 1, 1))}),
        ("mean r7 2D f32", "mean_filter", "--radius 7 --footprint box", "a", {"cv2": lambda: cv2.blur(d.a, (15, 15))}),
        ("sobel 2D f32", "sobel", "", "a", {"cv2": lambda: cv2.magnitude(cv2.Sobel(d.a, cv2.CV_32F, 1, 0), cv2.Sobel(d.a, cv2.CV_32F, 0, 1))}),
        ("difference of gaussians 1-3 2D f32", "difference_of_gaussians", "--low_sigma 1 --high_sigma 3", "a", {"cv2": lambda: cv2.GaussianBlur(d.a, (9, 9), 1) - cv2.GaussianBlur(d.a, (25, 25), 3)}),
        ("erosion 15x15 2D f32", "erosion", "--radius 7 --footprint box", "a", {"cv2": lambda: cv2.erode(d.a, square)}),
        ("opening disk 3 2D", "binary_opening", "--radius 3 --footprint disk", "a_mask", {"cv2": lambda: cv2.morphologyEx(d.a_mask, cv2.MORPH_OPEN, small_disk)}),
        ("top-hat disk 10 2D u16", "white_tophat", "--radius 10 --footprint disk", "a16", {"cv2": lambda: cv2.morphologyEx(d.a16, cv2.MORPH_TOPHAT, disk)}),
        ("top-hat ball 5 3D u16", "white_tophat", "--radius 5 --footprint ball", "v16", {"itk": lambda: sitk.WhiteTopHat(itk(d.v16), (5, 5, 5))}),
        ("reconstruction 2D u16", "reconstruction", "", "a16_low a16", {"skimage": lambda: morphology.reconstruction(d.a16_low, d.a16)}),
        ("reconstruction 3D u16", "reconstruction", "", "v16_low v16", {"skimage": lambda: morphology.reconstruction(d.v16_low, d.v16)}),
        ("fill holes 2D", "binary_fill_holes", "", "a_mask", {"scipy": lambda: ndi.binary_fill_holes(mask)}),
        ("otsu 2D f32", "threshold_otsu", "", "a", {"skimage": lambda: d.a > filters.threshold_otsu(d.a), "cv2 of u16*": lambda: cv2.threshold(d.a16, 0, 1, cv2.THRESH_OTSU)}),
        ("otsu 2D u16", "threshold_otsu", "", "a16", {"cv2": lambda: cv2.threshold(d.a16, 0, 1, cv2.THRESH_OTSU)}),
        ("local threshold 51 2D f32, cv2 51 of 67 taps*", "threshold_local", "--block_size 51", "a", {"skimage": lambda: d.a > filters.threshold_local(d.a, 51), "cv2": lambda: d.a > cv2.GaussianBlur(d.a, (51, 51), 8)}),
        ("components 2D 8", "connected_components", "--connectivity 2", "a_mask", {"cv2": lambda: cv2.connectedComponents(d.a_mask), "cc3d": lambda: cc3d.connected_components(mask, connectivity=8)}),
        ("components 3D 26", "connected_components", "--connectivity 3", "v_mask", {"cc3d": lambda: cc3d.connected_components(mask3, connectivity=26)}),
        ("distance 2D", "distance_transform_edt", "", "a_mask", {"cv2": lambda: cv2.distanceTransform(d.a_mask, cv2.DIST_L2, 0), "edt": lambda: edt.edt(mask, parallel=THREADS)}),
        ("distance 3D", "distance_transform_edt", "", "v_mask", {"edt": lambda: edt.edt(mask3, parallel=THREADS)}),
        ("distance 3D, planes 2.5 apart", "distance_transform_edt", "--sampling 2.5,1,1", "v_mask", {"edt": lambda: edt.edt(mask3, anisotropy=(2.5, 1, 1), parallel=THREADS)}),
        ("watershed 2D", "watershed", "", "a_valley a_markers a_mask", {"skimage": lambda: segmentation.watershed(d.a_valley, d.a_markers, mask=mask)}),
        ("watershed 2D without mask", "watershed", "", "a_valley a_markers", {"skimage": lambda: segmentation.watershed(d.a_valley, d.a_markers)}),
        ("watershed 2D many ties", "watershed", "", "a_steps a_markers a_mask", {"skimage": lambda: segmentation.watershed(d.a_steps, d.a_markers, mask=mask)}),
        ("watershed 3D", "watershed", "", "v_valley v_markers v_mask", {"skimage": lambda: segmentation.watershed(d.v_valley, d.v_markers, mask=mask3)}),
        ("peaks 2D", "peak_local_max", "--min_distance 5 --exclude_border 0", "a_distance", {"skimage": lambda: feature.peak_local_max(d.a_distance, min_distance=5, exclude_border=False)}),
        ("peaks in a mask 2D", "peak_local_max", "--min_distance 5 --exclude_border 0", "a_distance a_mask", {"skimage": lambda: feature.peak_local_max(d.a_distance, min_distance=5, exclude_border=False, labels=d.a_mask)}),
        ("expand labels 5 2D", "expand_labels", "--distance 5", "a_labels", {"skimage": lambda: segmentation.expand_labels(d.a_labels, 5)}),
        ("clear border 2D", "clear_border", "", "a_labels", {"skimage": lambda: segmentation.clear_border(d.a_labels)}),
        ("regionprops 2D", "regionprops_table", f"--properties {','.join(MANY)}", "a_labels a", {"skimage": lambda: measure.regionprops_table(d.a_labels.astype(np.int32), d.a, properties=MANY)}),
        ("regionprops 3D", "regionprops_table", f"--properties {','.join(FEW)}", "v_labels v", {"skimage": lambda: measure.regionprops_table(d.v_labels.astype(np.int32), d.v, properties=FEW)}),
        ("regionprops 3D all columns, peer few*", "regionprops_table", "", "v_labels v", {"skimage": lambda: measure.regionprops_table(d.v_labels.astype(np.int32), d.v, properties=FEW)}),
        ("label mean 2D", "label_mean", "", "a a_labels", {"scipy": lambda: ndi.mean(d.a, d.a_labels, np.arange(d.a_labels.max() + 1))}),
        ("percentile 2D f32", "percentile_of_all_pixels", "--percentile 99", "a", {"numpy": lambda: np.percentile(d.a, 99)}),
        ("clip 2D u16", "clip", "--minimum 100 --maximum 900", "a16", {"numpy": lambda: np.clip(d.a16, 100, 900), "cv2": lambda: cv2.max(cv2.min(d.a16, 900), 100)}),
        ("subtract 2D f32", "subtract", "", "a a_moved", {"cv2": lambda: cv2.subtract(d.a, d.a_moved), "numpy": lambda: d.a - d.a_moved}),
        ("gamma 2D u16", "gamma_correction", "--gamma 0.7", "a16", {"skimage": lambda: exposure.adjust_gamma(d.a16, 0.7)}),
        ("equalize 2D u16", "equalize_histogram", "", "a16", {"skimage": lambda: exposure.equalize_hist(d.a16)}),
        ("maximum projection 3D f32", "maximum_projection", "", "v", {"numpy": lambda: d.v.max(0)}),
        ("resize 1/2 2D f32", "resize", "--scale 0.5", "a", {"skimage": lambda: transform.resize(d.a, (1024, 1024), anti_aliasing=True), "cv2 area*": lambda: cv2.resize(d.a, (1024, 1024), interpolation=cv2.INTER_AREA)}),
        ("affine 30 degrees 2D f32, cv2 to 1/32 pixel", "affine_transform", f"--matrix {as_argument(*flat)}", "a", {"cv2": lambda: cv2.warpAffine(d.a, turn, (2048, 2048)), "scipy": lambda: ndi.affine_transform(d.a, *flat, order=1)}),
        ("affine 30 degrees 3D f32", "affine_transform", f"--matrix {as_argument(*solid)}", "v", {"scipy": lambda: ndi.affine_transform(d.v, *solid, order=1)}),
        ("phase correlation 2D", "phase_cross_correlation", "--upsample_factor 10", "a a_moved", {"cv2": lambda: cv2.phaseCorrelate(d.a, d.a_moved), "skimage": lambda: registration.phase_cross_correlation(d.a, d.a_moved, upsample_factor=10)}),
        ("richardson-lucy 10 2D", "richardson_lucy", "--num_iter 10", "a a_psf", {"skimage": lambda: restoration.richardson_lucy(d.a, d.a_psf, num_iter=10, clip=False)}),
        ("richardson-lucy 10 3D", "richardson_lucy", "--num_iter 10", "v v_psf", {"skimage": lambda: restoration.richardson_lucy(d.v, d.v_psf, num_iter=10, clip=False)}),
    ]


# Pipelines: nuclei from a raw image to a table, every step as the fastest peer has it.

PIPELINE = """
name = "nuclei"
[[steps]]
op = "white_tophat"
footprint = "{footprint}"
radius = {radius}
[[steps]]
op = "gaussian_filter"
sigma = 1.5
[[steps]]
op = "threshold_otsu"
[[steps]]
op = "binary_fill_holes"
as = "mask"
[[steps]]
op = "distance_transform_edt"
as = "depth"
[[steps]]
op = "peak_local_max"
from = ["depth", "mask"]
min_distance = 5
as = "peaks"
[[steps]]
op = "subtract"
from = ["mask", "depth"]
as = "valleys"
[[steps]]
op = "watershed"
from = ["valleys", "peaks.markers", "mask"]
as = "nuclei"
save = true
[[steps]]
op = "regionprops_table"
from = ["nuclei", "input"]
as = "cells"
save = true
"""


def measured(labels, image):
    area = cc3d.statistics(labels.astype(np.uint32))["voxel_counts"][1:]
    return area, ndi.mean(image, labels, np.arange(1, labels.max() + 1))


def mix_2d(image):
    tophat = cv2.morphologyEx(image, cv2.MORPH_TOPHAT, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (31, 31)))
    _, mask = cv2.threshold(cv2.GaussianBlur(tophat, (13, 13), 1.5), 0, 1, cv2.THRESH_OTSU)
    mask = ndi.binary_fill_holes(mask).astype(np.uint8)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 0)
    peaks = (depth == cv2.dilate(depth, np.ones((11, 11), np.uint8))) & (depth > 0)
    seeds = cv2.connectedComponents(peaks.astype(np.uint8))[1]
    return measured(segmentation.watershed(-depth, seeds, mask=mask.astype(bool)), image)


def mix_3d(image):
    tophat = sitk.GetArrayFromImage(sitk.WhiteTopHat(sitk.GetImageFromArray(image), (5, 5, 5)))
    smooth = ndi.gaussian_filter(tophat.astype(np.float32), 1.5)
    mask = ndi.binary_fill_holes(smooth > filters.threshold_otsu(smooth))
    depth = edt.edt(mask, parallel=THREADS)
    seeds = cc3d.connected_components((depth == ndi.maximum_filter(depth, 11)) & mask)
    return measured(segmentation.watershed(-depth, seeds.astype(np.int32), mask=mask), image)


def skimage_whole(footprint):
    def run(image):
        smooth = filters.gaussian(morphology.white_tophat(image, footprint), 1.5, preserve_range=True)
        mask = ndi.binary_fill_holes(smooth > filters.threshold_otsu(smooth))
        depth = ndi.distance_transform_edt(mask)
        peaks = feature.peak_local_max(depth, min_distance=5, labels=mask.astype(np.uint8))
        seeds = np.zeros(image.shape, np.int32)
        seeds[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
        labels = segmentation.watershed(-depth, seeds, mask=mask)
        return measure.regionprops_table(labels, image, properties=FEW)

    return run


def pipelines(d):
    disk, ball = {"footprint": "disk", "radius": 15}, {"footprint": "ball", "radius": 5}
    return [
        ("pipeline 2D u16", disk, "a16", {"best mix": lambda: mix_2d(d.a16), "skimage": lambda: skimage_whole(morphology.disk(15))(d.a16)}),
        ("pipeline 3D u16", ball, "v16", {"best mix": lambda: mix_3d(d.v16)}),
    ]


class Rotifer:
    """Times functions and pipelines of the program, in a process of its own each."""

    def __init__(self, program, folder, arrays):
        self.program, self.folder, self.arrays = program, pathlib.Path(folder), arrays

    def file(self, name, array=None):
        path = self.folder / f"{name}.tif"
        if not path.exists():
            array = getattr(self.arrays, name) if array is None else array
            tifffile.imwrite(path, array, metadata={"axes": "ZYX"[-array.ndim:]})
        return str(path)

    def call(self, words, threads):
        environment = {**os.environ, "ROTIFER_NUM_THREADS": str(threads)}
        done = subprocess.run([self.program, *words], capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def function(self, op, arguments, inputs, threads):
        """Best ms of one function."""
        words = ["bench", op, "--json", "--on", "cpu", *arguments.split()]
        for name in inputs.split():
            words += ["--input", self.file(name)]
        return self.call(words, threads)["results"][0]["min_ms"]

    def pipeline(self, values, name, threads):
        """Best ms of all steps on one image of three, files not counted."""
        text = self.folder / f"{name}.toml"
        text.write_text(PIPELINE.format(**values))
        best = math.inf
        for _ in range(3):
            out = tempfile.mkdtemp(dir=self.folder)
            words = ["run", str(text), self.file(name), "--out", out, "--in-process", "--on", "cpu", "--json"]
            steps = self.call(words, threads)["steps"]
            best = min(best, 1e3 * sum(step["median_seconds"] for step in steps))
        return best


def peer(function):
    """Best ms of a peer: at least twice and for half a second, but no more often than is needed."""
    times, began = [], time.perf_counter()
    while len(times) < 2 or (time.perf_counter() - began < 0.6 and len(times) < 20):
        start = time.perf_counter()
        function()
        times.append(1e3 * (time.perf_counter() - start))
        if time.perf_counter() - began > 20:
            break
    return min(times)


def side_by_side(ours, peers):
    before = ours(THREADS)
    theirs = {name: peer(function) for name, function in peers.items()}
    return min(before, ours(THREADS)), theirs


def mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


SIZES = [
    ("gaussian_filter", "--sigma 2"),
    ("median_filter", "--radius 2 --footprint box"),
    ("threshold_otsu", ""),
    ("connected_components", ""),
    ("distance_transform_edt", ""),
    ("regionprops_table", ""),
    ("watershed", ""),
    ("resize", "--scale 0.5"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the rotifer executable")
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose name has this text")
    parser.add_argument("--json", metavar="FILE", help="where to write all numbers")
    parser.add_argument("--threads", action="store_true", help="the gain of a second thread as well")
    parser.add_argument("--sizes", action="store_true", help="time a pixel by size instead of the rows")
    given = parser.parse_args()
    arrays = None if given.sizes else Arrays()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        rotifer = Rotifer(given.program, folder, arrays)
        if given.sizes:
            sides = [512, 1024, 2048, 4096, 8192]
            print(f"{'ns a pixel':26}" + "".join(f"{side:>9}" for side in sides))
            for op, arguments in SIZES:
                words = ["bench", op, "--json", "--on", "cpu", *arguments.split()]
                sized = [rotifer.call([*words, "--size", f"{side}x{side}"], THREADS) for side in sides]
                pixels = [1e6 * r["results"][0]["min_ms"] / side**2 for r, side in zip(sized, sides)]
                print(f"{op:26}" + "".join(f"{ns:9.2f}" for ns in pixels), flush=True)
                results.append({"op": op, "ns_a_pixel": dict(zip(sides, pixels))})
        else:
            table = [
                (name, peers, lambda threads, o=op, a=arguments, i=inputs: rotifer.function(o, a, i, threads))
                for name, op, arguments, inputs, peers in rows(arrays)
            ] + [
                (name, peers, lambda threads, v=values, i=key: rotifer.pipeline(v, i, threads))
                for name, values, key, peers in pipelines(arrays)
            ]
            for name, peers, ours in table:
                if given.only not in name:
                    continue
                best, theirs = side_by_side(ours, peers)
                fastest = min(theirs, key=theirs.get)
                result = {"row": name, "ms": best, "peers": theirs, "ratio": best / theirs[fastest]}
                line = f"{name:46} {best:9.2f}   {fastest:12} {theirs[fastest]:9.2f}   ratio {result['ratio']:6.2f}"
                if given.threads:
                    result["gain"] = ours(1) / best
                    line += f"   2 threads {result['gain']:5.2f}x"
                line += "   " + " ".join(f"{k} {v:.1f}" for k, v in theirs.items())
                print(line, flush=True)
                results.append(result)
            if not results:
                sys.exit(f"no row has {given.only!r} in its name")
            print(f"\ngeometric mean {mean([r['ratio'] for r in results]):.3f} over {len(results)} rows")
            above = [f"{r['row']} {r['ratio']:.2f}" for r in results if r["ratio"] > 1]
            print("above 1: " + (", ".join(above) or "none"))
            if given.threads:
                print(f"second thread: {mean([r['gain'] for r in results]):.2f}x")
    if given.json:
        pathlib.Path(given.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
