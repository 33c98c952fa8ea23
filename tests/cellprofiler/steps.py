"""CellProfiler's steps by their definitions, with scikit-image, scipy and centrosome: what a file of CellProfiler does, module by module.

Only the modules and settings of CellProfiler's example pipelines are here. Images are float64 from 0 to 1, objects are labels.
"""

import re

import numpy as np
import scipy.ndimage as ndi
import skimage as ski
from centrosome import cpmorphology, outline, propagate, smooth

EIGHT = np.ones((3, 3), bool)


class Module:
    """A module of a file: its name and its settings in order."""

    def __init__(self, name):
        self.name, self.settings = name, []

    def all(self, text):
        return [value for key, value in self.settings if key == text]

    def get(self, text, place=0):
        found = self.all(text)
        return found[place] if len(found) > place else ""

    def yes(self, text):
        return self.get(text) == "Yes"

    def number(self, text):
        return float(self.get(text))

    def pair(self, text):
        return [float(part) for part in self.get(text).split(",")]


def read(path):
    """The modules of a file of format 3 to 5 that are switched on."""
    unescape = lambda text: re.sub(r"\\x([0-9a-fA-F]{2})", lambda m: chr(int(m[1], 16)), text)
    modules, on = [], False
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if not line.strip():
            continue
        if line[0] == " ":
            if modules and on:
                key, _, value = line.strip().partition(":")
                modules[-1].settings.append((unescape(key), unescape(value).strip()))
        elif ":[" in line:
            on = "enabled:False" not in line
            if on:
                modules.append(Module(line.split(":[")[0]))
    return modules


def smoothed(image, mask, sigma):
    """A Gaussian that counts the pixels of the mask alone."""
    blur = lambda values: ndi.gaussian_filter(values, sigma, mode="constant", cval=0)
    return smooth.smooth_with_function_and_mask(image, blur, mask)


def threshold_value(m, image, mask, automatic):
    pixels = image[mask]
    strategy, method = m.get("Threshold strategy"), m.get("Thresholding method")
    if automatic or method.startswith("Minimum"):
        tolerance = max(np.diff(np.unique(pixels)).min() / 2, 0.5 / 65536)
        value = ski.filters.threshold_li(pixels, tolerance=tolerance)
    elif method == "Manual" or strategy == "Manual":
        return m.number("Manual threshold")
    elif method == "Otsu" and m.get("Two-class or three-class thresholding?") == "Three classes":
        below = m.get("Assign pixels in the middle intensity class to the foreground or the background?") == "Background"
        # Files of version 3 found three classes on logarithms.
        value = ski.filters.threshold_multiotsu(log(pixels) if m.log else pixels, nbins=128)[int(below)]
        value = np.exp(value) if m.log else value
    elif method == "Otsu":
        value = ski.filters.threshold_otsu(pixels)
    elif method.startswith("Robust"):
        low, high = (m.number(f"{end} outlier fraction") for end in ("Lower", "Upper"))
        ordered = np.sort(pixels)
        kept = ordered[round(len(ordered) * low) : len(ordered) - round(len(ordered) * high)]
        value = kept.mean() + m.number("# of deviations") * kept.std()
    else:
        raise ValueError(f"the threshold {method} is none of the examples")
    if automatic:
        return value
    low, high = m.pair("Lower and upper bounds on threshold")
    return float(np.clip(value * m.number("Threshold correction factor"), low, high))


def log(pixels):
    """Logarithms from 1/256 of the range above the least value on."""
    low, high = pixels.min(), pixels.max()
    return np.log(np.maximum(pixels, low + (high - low) / 256 + 1e-7))


def above(m, image, mask=None, automatic=False):
    """The pixels above the threshold that the settings describe."""
    mask = np.ones(image.shape, bool) if mask is None else mask
    value = threshold_value(m, image, mask, automatic)
    scale = 1.3488 if automatic else m.number("Threshold smoothing scale")
    seen = smoothed(image, mask, scale / 0.6744 / 2) if scale > 0 else image
    return (seen >= value) & mask


def summits(image, labels, disk, shrink):
    """One pixel for each local maximum, found on a smaller image where that is asked for."""
    small, parts = image, labels
    if shrink < 1:
        sides = np.array(image.shape) * shrink
        places = np.mgrid[0 : sides[0], 0 : sides[1]].astype(float) / shrink
        small = ndi.map_coordinates(image, places)
        parts = ndi.map_coordinates(labels, places, order=0)
    found = cpmorphology.is_local_maximum(small, parts, disk)
    found[small <= 0] = False
    if shrink < 1:
        factor = image.shape[0] / found.shape[0]
        places = np.mgrid[0 : image.shape[0], 0 : image.shape[1]].astype(float) / factor
        found = ndi.map_coordinates(found.astype(float), places) > 0.5
    return cpmorphology.binary_shrink(found)


def primary(m, image, mask=None):
    """Primary objects; and the labels before any are discarded."""
    mask = np.ones(image.shape, bool) if mask is None else mask
    basic = m.get("Use advanced settings?") == "No"
    least, most = m.pair("Typical diameter of objects, in pixel units (Min,Max)")
    fill = m.get("Fill holes in identified objects?")
    found = above(m, image, mask, basic)
    if basic or fill.startswith("After both"):
        found = cpmorphology.fill_labeled_holes(found, size_fn=lambda size, inside: size < most * most)
    labels = ndi.label(found, EIGHT)[0]
    clumps, lines = m.get("Method to distinguish clumped objects"), m.get("Method to draw dividing lines between clumped objects")
    if basic or "None" not in (clumps, lines):
        labels = parted(m, image, mask, labels, basic, least, clumps, lines, fill)
    unedited = labels.copy()
    if basic or m.yes("Discard objects touching the border of the image?"):
        edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
        if not mask.all():
            inner = ndi.binary_erosion(mask, border_value=1)
            edge = np.concatenate([edge, labels[mask & ~inner]])
        labels = np.where(np.isin(labels, edge[edge > 0]), 0, labels)
    if basic or m.yes("Discard objects outside the diameter range?"):
        areas = np.bincount(labels.ravel())
        low, high = (np.pi * d * d / 4 for d in (least, most))
        labels = np.where((areas[labels] < low) | (areas[labels] > high), 0, labels)
    if basic or fill not in ("Never", "No"):
        labels = cpmorphology.fill_labeled_holes(labels)
    return labels, unedited


def parted(m, image, mask, labels, basic, least, clumps, lines, fill):
    size = 2.35 * least / 3.5
    if not basic and not m.yes("Automatically calculate size of smoothing filter for declumping?"):
        size = m.number("Size of smoothing filter")
    soft = image
    if size > 0:
        sigma, reach = size / 2.35, max(int(size / 2), 1)
        kernel = np.exp(-0.5 * np.arange(-reach, reach + 1) ** 2 / sigma**2) / np.sqrt(2 * np.pi) / sigma
        both = lambda values: ndi.convolve1d(ndi.convolve1d(values, kernel, axis=0, mode="constant"), kernel, axis=1, mode="constant")
        soft = np.where(mask, both(np.where(mask, image, 0)) / np.maximum(both(mask.astype(float)), 1e-12), image)
    automatic = basic or m.yes("Automatically calculate minimum allowed distance between local maxima?")
    apart = m.number("Suppress local maxima that are closer than this minimum allowed distance")
    shrink = 1.0
    if least > 10 and (basic or m.yes("Speed up by using lower-resolution image to find local maxima?")):
        shrink = 10 / least
        apart = 7 if automatic else apart * shrink + 0.5
    elif automatic:
        apart = least / 1.5
    disk = cpmorphology.strel_disk(max(1, apart - 0.5))
    distance = None
    if not basic and clumps == "Shape":
        whole = cpmorphology.fill_labeled_holes(labels) > 0 if fill == "Never" else labels > 0
        distance = ndi.distance_transform_edt(whole)
        # Noise decides between equal distances.
        distance += np.random.default_rng(0).uniform(0, 0.001, distance.shape)
    tops = summits(soft if distance is None else distance, labels, disk, shrink)
    markers = ndi.label(tops, EIGHT)[0]
    if not basic and lines == "Propagate":
        return propagate.propagate(np.zeros(image.shape), markers, labels > 0, 1.0)[0]
    relief = 1 - image
    if not basic and lines == "Shape":
        relief = -(distance if distance is not None else ndi.distance_transform_edt(labels > 0))
    return ski.segmentation.watershed(relief, markers, connectivity=EIGHT, mask=labels > 0)


def secondary(m, image, labels, unedited):
    """Objects grown from primary ones."""
    edge = np.concatenate([unedited[0], unedited[-1], unedited[:, 0], unedited[:, -1]])
    seeds = np.where(np.isin(unedited, edge[edge > 0]) | (labels > 0), unedited, 0)
    method = m.get("Select the method to identify the secondary objects")
    if method == "Propagation":
        grown = propagate.propagate(image, seeds, above(m, image), m.number("Regularization factor"))[0]
    elif method == "Distance - B":
        grown, distance = propagate.propagate(image, seeds, above(m, image), 1.0)
        far = distance > m.number("Number of pixels by which to expand the primary objects")
        grown = np.where(seeds > 0, seeds, np.where(far, 0, grown))
    elif method == "Watershed - Image":
        grown = ski.segmentation.watershed(1 - image, seeds, connectivity=EIGHT, mask=above(m, image) | (seeds > 0))
    else:
        raise ValueError(f"{method} is none of the examples")
    if m.yes("Fill holes in identified objects?"):
        grown = cpmorphology.fill_labeled_holes(grown, mask=grown == 0)
    kept = np.unique(labels[labels > 0])
    grown = np.where(np.isin(grown, kept), grown, 0)
    if m.yes("Discard secondary objects touching the border of the image?"):
        edge = np.concatenate([grown[0], grown[-1], grown[:, 0], grown[:, -1]])
        grown = np.where(np.isin(grown, edge[edge > 0]), 0, grown)
    return grown


def tertiary(m, larger, smaller):
    inner = smaller
    if m.yes("Shrink smaller object prior to subtraction?"):
        inner = np.where(outline.outline(smaller) > 0, 0, smaller)
    return np.where(inner > 0, 0, larger)


def parents(children, labels):
    """The parent of each child: the one it shares most pixels with, 0 where it shares none."""
    out = {}
    for child in np.unique(children[children > 0]):
        under = np.bincount(labels[children == child])
        under[0] = 0
        out[child] = int(under.argmax()) if under.any() else 0
    return out
