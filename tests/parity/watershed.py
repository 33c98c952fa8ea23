"""Random watersheds of every kind and what scikit-image makes of them: arrays in one file, JSON on standard output.

Usage: watershed.py FILE COUNT
"""

import json
import sys

import numpy as np
from scipy import ndimage as ndi
from skimage.feature import peak_local_max
from skimage.segmentation import watershed

rng = np.random.default_rng(20)
out = open(sys.argv[1], "wb")


def put(array):
    """Appends an array; gives its place, dtype and shape."""
    array = np.ascontiguousarray(array)
    place = out.tell()
    out.write(array.tobytes())
    return {"at": place, "dtype": array.dtype.name, "shape": array.shape}


def smooth(shape, sigma):
    image = ndi.gaussian_filter(rng.normal(size=shape), sigma)
    return image / max(np.abs(image).max(), 1e-9)


def points(shape, count):
    """Single pixels with labels that repeat now and then."""
    markers = np.zeros(shape, np.int64)
    for _ in range(count):
        markers[tuple(int(rng.integers(n)) for n in shape)] = int(rng.integers(1, count + 2))
    return markers


def blocks(shape, count):
    markers = np.zeros(shape, np.int64)
    for label in range(1, count + 1):
        corner = [int(rng.integers(n)) for n in shape]
        markers[tuple(slice(c, c + int(rng.integers(1, 4))) for c in corner)] = label
    return markers


def discs(shape):
    """Touching discs with many seeds of one height each."""
    seeds = np.ones(shape, bool)
    for _ in range(int(rng.integers(2, 9))):
        seeds[tuple(int(rng.integers(n)) for n in shape)] = False
    mask = ndi.distance_transform_edt(seeds) < rng.uniform(2, 6)
    depth = np.floor(ndi.distance_transform_edt(mask)).astype(np.float32)
    top = (depth == ndi.maximum_filter(depth, 3)) & mask
    return -depth, top * np.arange(1, top.size + 1).reshape(shape), mask


def distances(shape):
    mask = smooth(shape, 2) > rng.uniform(-0.2, 0.4)
    depth = ndi.distance_transform_edt(mask).astype(np.float32)
    markers = np.zeros(shape, np.int64)
    found = peak_local_max(depth, min_distance=int(rng.integers(1, 4)), exclude_border=False)
    markers[tuple(found.T)] = np.arange(1, len(found) + 1)
    return -depth, markers, mask


def few_levels(shape):
    levels = int(rng.integers(1, 22))
    image = rng.integers(0, levels, shape).astype(rng.choice(["uint8", "uint16", "int16"]))
    return image, points(shape, int(rng.integers(1, 40))), None


def all_levels(shape):
    image = smooth(shape, rng.uniform(0.5, 3)).astype(np.float32)
    return image, blocks(shape, int(rng.integers(1, 12))), None


def quantised(shape):
    image = np.round(smooth(shape, 2) * rng.uniform(1, 6)).astype(np.float32)
    image[(image == 0) & (rng.random(shape) < 0.5)] = -0.0
    return image, points(shape, int(rng.integers(2, 60))), None


def whole_range(shape):
    dtype = np.dtype(rng.choice(["uint8", "int16", "uint16", "uint32", "int32"]))
    info = np.iinfo(dtype)
    image = rng.integers(info.min, info.max, shape, endpoint=True)
    image[rng.random(shape) < 0.2] = info.min
    image[rng.random(shape) < 0.2] = info.max
    return image.astype(dtype), points(shape, int(rng.integers(1, 20))), None


def not_a_number(shape):
    image = np.round(smooth(shape, 1) * 5).astype(np.float32)
    image[rng.random(shape) < 0.15] = np.nan
    image[rng.random(shape) < 0.05] = np.inf
    image[rng.random(shape) < 0.05] = -np.inf
    return image, points(shape, int(rng.integers(1, 30))), None


def flat(shape):
    markers = points(shape, int(rng.integers(1, 80)))
    if rng.random() < 0.2:
        markers = rng.integers(0, 5, shape)
    return np.full(shape, 7, np.uint8), markers, None


LINES, COMPACT = (5, 7), (6, 7)
KINDS = [distances, discs, few_levels, all_levels, quantised, whole_range, not_a_number, flat]


def random_shape(number):
    # With lines scikit-image's queue grows without bound where markers are many.
    share = 3 if number % 8 in LINES else 1
    if number % 10 == 0:
        return tuple(int(rng.choice([1, int(rng.integers(1, 30))])) for _ in range(int(rng.integers(2, 4))))
    if number % 3 == 0:
        return tuple(int(rng.integers(2, 14 // share)) for _ in range(3))
    return tuple(int(rng.integers(2, 48 // share)) for _ in range(2))


def flood(image, markers, mask, args):
    # What we say of NaN.
    image = np.where(np.isnan(image), np.inf, image.astype(np.float64))
    return watershed(image, markers, mask=mask, **args)


def case(number, kind, shape):
    image, markers, mask = kind(shape)
    if mask is None and rng.random() < 0.6:
        mask = smooth(shape, rng.uniform(0.6, 3)) > rng.uniform(-0.6, 0.3)
    if mask is not None and rng.random() < 0.25:
        mask = None
    args = {"connectivity": int(rng.integers(1, len(shape) + 1))}
    way = number % 8
    if way in LINES:
        args["watershed_line"] = True
    if way in COMPACT and kind is not not_a_number:
        args["compactness"] = float(rng.choice([0.1, 1.0, 50.0]))
    if rng.random() < 0.3:
        # Large labels, in the order of the small ones.
        markers = np.where(markers > 0, 2**32 - 1 - markers.max() + markers, 0)
    labels = flood(image, markers, mask, args)
    plain = way not in LINES + COMPACT
    decided = False
    if plain:
        # Seen in a mirror, markers of one value are taken in another order.
        turn = (..., slice(None, None, -1))
        mirrored = flood(image[turn], markers[turn], None if mask is None else mask[turn], args)
        decided = bool((mirrored[turn] != labels).any())
    cases.append(
        {
            "name": f"{number} {kind.__name__}",
            "args": args,
            "plain": plain,
            "decided": decided,
            "image": put(image),
            "markers": put(markers.astype(np.uint32)),
            "mask": None if mask is None else put(mask.astype(np.uint8)),
            "labels": put(labels.astype(np.uint32)),
        }
    )


cases = []
for number in range(int(sys.argv[2])):
    case(number, KINDS[int(rng.integers(len(KINDS)))], random_shape(number))
# Larger than what a core's own cache holds.
for number, kind in enumerate((all_levels, quantised, few_levels, distances)):
    case(8 * number, kind, (480, 500) if number % 2 else (420, 611))
out.close()
print(json.dumps(cases))
