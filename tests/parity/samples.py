"""Writes the sample images of the parity test, as raw pixels and one JSON line: samples.py DATA OUT.

A sample is a group of arrays of one geometry, from which each input port of an operation takes its own:
`image` (three of them), `mask`, `labels`, `markers`, `rgb`, `number`, and by port name `psf` and `moving`.
"""

import json
import sys
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import tifffile
from scipy import ndimage as ndi

DATA, OUT = Path(sys.argv[1]), Path(sys.argv[2])


def read(name):
    path = DATA / name
    return tifffile.imread(path) if path.suffix.lower() == ".tif" else imageio.imread(path)


def crop(image, *size):
    """The middle of an image."""
    for axis, n in enumerate(size):
        first = max(0, (image.shape[axis] - n) // 2)
        image = image.take(range(first, min(first + n, image.shape[axis])), axis=axis)
    return image


def planes(name, *size):
    """Three images from the three channels of a file."""
    image = crop(read(name), *size)
    return [np.ascontiguousarray(image[..., c]) for c in range(3)]


def files(size, *names):
    return [crop(read(name), *size) for name in names]


PLATE = "plate/AS_09047_050428030001_O0{}f0{}d2.TIF"
CHANNEL = "multichannel/AS_09125_050116030001_D03f00d{}.tif"

# Name, function that gives one image or three, micrometres per pixel.
REAL = [
    ("coins", lambda: [read("single/coins.png")], None),
    ("camera", lambda: [crop(read("single/camera.png"), 200, 225).astype(np.float32) / 255], None),
    ("kc167", lambda: [crop(read("single/kc167_nuclei.tif"), 187, 201)], (0.2, 0.2)),
    ("plate", lambda: files((211, 197), *[PLATE.format(w, 1) for w in (1, 4, 7)]), None),
    ("cells", lambda: files((160, 171), *[CHANNEL.format(c) for c in range(3)]), None),
    ("bbbc007", lambda: [read("truth/bbbc007_crop3_image.tif")], None),
    ("nuclei2d", lambda: [crop(read("truth/nuclei2d_image.tif"), 192, 192)], None),
    ("hela", lambda: planes("multichannel/hela-cells.tif", 180, 191), (0.1, 0.1)),
    ("ihc", lambda: planes("rgb/ihc.png", 157, 163), None),
    ("bead", lambda: [crop(read("stack/Bead_Image1_crop.tif"), 21, 48, 51)], (0.3, 0.1, 0.1)),
    ("platynereis", lambda: [crop(read("stack/platynereis_labels.tif"), 17, 60, 67)], None),
    ("membrane", lambda: [crop(read("timelapse/membrane_2d_timelapse.tif"), 5, 90, 95)], None),
]


def blobs(shape, count, seed):
    rng = np.random.default_rng(seed)
    image = np.zeros(shape)
    for _ in range(count):
        image[tuple(int(rng.integers(n)) for n in shape)] += rng.uniform(0.3, 1.0)
    image = ndi.gaussian_filter(image, 2.0, mode="wrap")
    return image / image.max() + rng.normal(0, 0.02, shape)


def generated(shape, count, seed, scale, offset, dtype):
    images = [blobs(shape, count, seed + i) * scale + offset for i in range(3)]
    if np.issubdtype(dtype, np.integer):
        info = np.iinfo(dtype)
        images = [np.clip(np.rint(i), info.min, info.max) for i in images]
    return [i.astype(dtype) for i in images]


GENERATED = [
    ("blobs f32", lambda: generated((63, 65), 20, 1, 2.0, -0.5, np.float32), None),
    ("blobs i16", lambda: generated((48, 97), 25, 2, 20000.0, -9000.0, np.int16), None),
    ("blobs 3-D f32", lambda: generated((15, 33, 37), 30, 3, 3.0, 0.0, np.float32), (0.4, 0.2, 0.25)),
    ("blobs 3-D u16", lambda: generated((11, 41, 29), 30, 4, 30000.0, 1000.0, np.uint16), None),
    ("blobs 3-D u8", lambda: generated((8, 27, 43), 30, 5, 220.0, 10.0, np.uint8), None),
    ("blobs u32", lambda: generated((39, 51), 20, 6, 80000.0, 3000.0, np.uint32), None),
    ("touching u16", lambda: generated((71, 67), 40, 7, 30000.0, 1000.0, np.uint16), None),
    ("touching 3-D f32", lambda: generated((9, 30, 28), 40, 8, 3.0, 0.0, np.float32), None),
]


def psf(ndim):
    """A small normalised Gaussian, odd along each axis."""
    grids = np.meshgrid(*[np.arange(-4, 5)] * ndim, indexing="ij")
    weights = np.exp(-sum(g.astype(float) ** 2 for g in grids) / (2 * 1.5**2))
    return (weights / weights.sum()).astype(np.float32)


def moved(image):
    """The image displaced by a few pixels and a fraction, in its own dtype."""
    shift = (1.25, -3.5, 5.75)[-image.ndim :]
    out = ndi.shift(image.astype(float), shift, order=3, mode="reflect")
    if np.issubdtype(image.dtype, np.integer):
        info = np.iinfo(image.dtype)
        out = np.clip(np.rint(out), info.min, info.max)
    return out.astype(image.dtype)


def arrays(images, touching=False):
    """All that ports may ask for, made from one image or three; labels touch each other on request."""
    first = images[0]
    if len(images) == 1:
        flipped = np.ascontiguousarray(first[..., ::-1])
        images = [first, flipped, np.ascontiguousarray(first[..., ::-1, :])]
    yield from ((f"image{i}", image) for i, image in enumerate(images))
    for i, image in enumerate(images):
        smooth = ndi.gaussian_filter(image.astype(float), 1.0)
        mask = smooth > 0.6 * smooth.mean() + 0.4 * np.percentile(smooth, 98)
        yield f"mask{i}", mask.astype(np.uint8)
        labels, _ = ndi.label(mask)
        if touching:
            far, at = ndi.distance_transform_edt(labels == 0, return_indices=True)
            labels = np.where(far <= 5, labels[tuple(at)], 0)
        yield f"labels{i}", labels.astype(np.uint32)
        peaks = mask & (smooth == ndi.maximum_filter(smooth, 7))
        yield f"markers{i}", ndi.label(peaks)[0].astype(np.uint32)
        # Strokes of a brush: bright pixels, dark ones, and a stripe between.
        strokes = (np.arange(image.size).reshape(image.shape) // 7 % 9 == 0).astype(np.uint32)
        bright = np.where(smooth > smooth.mean(), 5, 2)
        yield f"annotations{i}", (strokes * np.where(mask, 3, bright)).astype(np.uint32)
    yield "moving", moved(first)
    yield "psf", psf(first.ndim)
    yield "rgb", np.stack(images, -1)


def main():
    samples, skipped = [], []
    for real, group in ((True, REAL), (False, GENERATED)):
        for name, make, spacing in group:
            try:
                images = make()
            except FileNotFoundError as error:
                skipped.append(f"{name}: {error.filename}")
                continue
            sample = {"name": name, "real": real, "ndim": images[0].ndim, "spacing": spacing, "arrays": {}}
            sample["number"] = float(np.median(images[0]))
            images = [np.ascontiguousarray(i) for i in images]
            for key, array in arrays(images, touching=name.startswith("touching")):
                path = OUT / f"{name.replace(' ', '_')}.{key}"
                array.tofile(path)
                sample["arrays"][key] = {
                    "file": str(path),
                    "dtype": array.dtype.name,
                    "shape": array.shape,
                }
            samples.append(sample)
    print(json.dumps({"samples": samples, "skipped": skipped}))


main()
