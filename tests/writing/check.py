"""Holds files that Rotifer wrote against the pixels that it was given: check.py FOLDER.

cases.json has, for each file: its name, sizes along t, c, z, y, x, dtype, channel names, micrometres along z, y, x, the place of the first pixel, seconds between frames, and how
it is stored. NAME.raw has the pixels in this order. The file is read with tifffile: as OME-TIFF, as ImageJ's TIFF, and
by its offsets. Prints a line for each fault, last the number of files.
"""

import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import tifffile

FOLDER = Path(sys.argv[1])
OME = "{http://www.openmicroscopy.org/Schemas/OME/2016-06}"


def whole(series):
    """Pixels in the order t, c, z, y, x, whatever order the file has."""
    axes, pixels = series.axes, series.asarray()
    if "S" in axes:
        # Samples of a colour page are channels.
        pixels = np.moveaxis(pixels, axes.index("S"), 0)
        axes = "C" + axes.replace("S", "")
    for axis in "TCZYX":
        if axis not in axes:
            pixels, axes = pixels[None], axis + axes
    return pixels.transpose([axes.index(axis) for axis in "TCZYX"])


def same(found, wanted, what):
    if isinstance(wanted, np.ndarray):
        equal = found.dtype == wanted.dtype and found.shape == wanted.shape
        equal = equal and found.tobytes() == wanted.tobytes()
        found, wanted = f"{found.dtype}{found.shape}", f"{wanted.dtype}{wanted.shape}"
    else:
        equal = found == wanted
    if not equal:
        raise AssertionError(f"{what}: {found}, {wanted} was written")


def halves(pixels, first):
    """The next level: means of 2 x 2 pixels, of fewer at an odd border, or the first of them."""
    if first:
        return pixels[..., ::2, ::2]
    y, x = (n % 2 for n in pixels.shape[-2:])
    padded = np.pad(pixels.astype(float), [(0, 0)] * 3 + [(0, y), (0, x)], constant_values=np.nan)
    parts = np.stack([padded[..., i::2, j::2] for i in (0, 1) for j in (0, 1)])
    means = np.nanmean(parts, axis=0)
    return (means if pixels.dtype.kind == "f" else np.rint(means)).astype(pixels.dtype)


def check(case):
    path = FOLDER / case["file"]
    wanted = np.fromfile(path.with_suffix(".raw"), case["dtype"]).reshape(case["sizes"])
    t, c, z, y, x = case["sizes"]
    rgb, um = case["rgb"], case["um"]
    planes = t * z * (1 if rgb else c)
    with tifffile.TiffFile(path) as file:
        same(file.is_bigtiff, case["bigtiff"], "BigTIFF")
        same(file.is_ome, True, "OME-TIFF")
        same(len(file.series), 1, "series")
        same(file.series[0].kind, "ome", "kind of series")
        axes = "".join(a for a, n in zip("TZC", (t, z, 1 if rgb else c)) if n > 1) + "YX" + "S" * rgb
        same(file.series[0].axes, axes, "axes")
        same(whole(file.series[0]), wanted, "OME pixels")
        same(len(file.pages), planes, "directories")
        xml = ET.fromstring(file.ome_metadata)
        pixels = xml.find(f"{OME}Image/{OME}Pixels")
        names = [channel.get("Name") for channel in pixels.iter(f"{OME}Channel")]
        same(names, case["channels"] if case["channels"] and not rgb else [None] * (1 if rgb else c), "channel names")
        for axis, size in zip("ZYX", um or [None] * 3):
            found = pixels.get(f"PhysicalSize{axis}")
            if axis != "Z" or z > 1:
                same(found and float(found), size, f"OME pixel size along {axis}")
                same(pixels.get(f"PhysicalSize{axis}Unit"), size and "µm", "unit")
        origin = case["origin"] or [0, 0, 0]
        places = {
            tuple(int(plane.get(f"The{a}")) for a in "TCZ"): [
                (float(plane.get(f"Position{a}")), plane.get(f"Position{a}Unit")) for a in "ZYX"
            ]
            for plane in pixels.iter(f"{OME}Plane")
        }
        expected = {
            (k, j, i): [(origin[0] + i * um[0], "µm"), (origin[1], "µm"), (origin[2], "µm")]
            for k in range(t) for j in range(1 if rgb else c) for i in range(z)
        } if any(origin) else {}
        same(places, expected, "OME positions")
        every, unit = pixels.get("TimeIncrement"), pixels.get("TimeIncrementUnit")
        same((every and float(every), unit), (case["interval"], case["interval"] and "s"), "OME time increment")
        page = file.pages[0]
        same(int(page.compression), case["compression"], "compression")
        same(int(page.predictor), case["predictor"], "predictor")
        same(page.is_tiled, case["tiled"], "tiles")
        if um:
            for tag, size in (("XResolution", um[2]), ("YResolution", um[1])):
                n, d = page.tags[tag].value
                same(d / n, size, tag)
        if case["tiled"] or case["bigtiff"]:
            same(file.is_imagej, False, "ImageJ's text")
        else:
            meta = file.imagej_metadata
            same(meta.get("unit"), "micron" if um else None, "ImageJ's unit")
            same(meta.get("spacing"), um[0] if um and z > 1 else None, "ImageJ's spacing")
            same(meta.get("finterval"), case["interval"], "ImageJ's frame interval")
            for a, axis in enumerate("zyx"):
                same(meta.get(f"{axis}origin"), -origin[a] / um[a] if origin[a] else None, f"ImageJ's {axis}origin")
            if case["channels"] and not rgb:
                labels = meta["Labels"] if planes > 1 else [meta["Labels"]]
                same(list(labels), case["channels"] * (planes // c), "ImageJ's labels")
        # Planes first, directories after them.
        ends = max(o + n for p in file.pages for o, n in zip(p.dataoffsets, p.databytecounts))
        same(min(p.offset for p in file.pages) >= ends, True, "directories after all planes")
        same([p.offset % 2 for p in file.pages], [0] * planes, "directories at even offsets")
        if case["contiguous"]:
            starts = [p.dataoffsets[0] for p in file.pages]
            same(starts[0] % 2, 0, "the first plane at an even offset")
            size = y * x * wanted.dtype.itemsize * (c if rgb else 1)
            same(starts, [starts[0] + i * size for i in range(planes)], "planes without gaps")
            same(all(p.is_contiguous for p in file.pages), True, "strips without gaps")
        level, found = wanted, 0
        if case["pyramid"]:
            while max(level.shape[-2:]) > 256:
                level, found = halves(level, case["first"]), found + 1
                same(whole(file.series[0].levels[found]), level, f"level {found}")
        same(len(file.series[0].levels), found + 1, "levels")
    if not case["tiled"] and not case["bigtiff"]:
        with tifffile.TiffFile(path, is_ome=False) as file:
            same(file.series[0].kind, "imagej", "kind of series")
            same(whole(file.series[0]), wanted, "pixels as ImageJ's")
    same(tifffile.imread(path).size, wanted.size, "imread")


def main():
    cases = json.loads((FOLDER / "cases.json").read_text())
    for case in cases:
        try:
            check(case)
        except Exception as error:
            print(f"{case['file']}: {type(error).__name__}: {error}")
    print(len(cases))


main()
