"""TIFF files of every kind that tifffile, imagecodecs and libtiff write, and the pixels that they read in them.

python corpus.py FOLDER: writes files, index.tsv and expected.bin. Each line of the index: file, series, level, dtype,
t, c, z, y, x, tolerance; the pixels of expected.bin follow one another in this order.
"""

import itertools
import logging
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

logging.disable(logging.CRITICAL)
here = Path(sys.argv[1])
index = open(here / "index.tsv", "w")
expected = open(here / "expected.bin", "wb")
rng = np.random.default_rng(20261)

# The type that an image takes for one that it does not have.
TAKEN = {"bool": "uint8", "int8": "int16", "float16": "float32", "float64": "float32", "uint64": "uint32", "int64": "int32"}


def say(name, pixels, axes, series=0, level=0, tolerance=0):
    """The pixels of a file, with axes of TCZYXS; samples are channels."""
    axes = axes.replace("S", "s")
    while pixels.ndim > len(axes):
        raise ValueError(axes)
    for axis in "TCZ":
        if axis not in axes:
            pixels, axes = pixels[None], axis + axes
    if "s" not in axes:
        pixels, axes = pixels[..., None], axes + "s"
    pixels = pixels.transpose([axes.index(a) for a in "TCsZYX"])
    t, c, s, z, y, x = pixels.shape
    pixels = pixels.reshape(t, c * s, z, y, x)
    dtype = TAKEN.get(pixels.dtype.name, pixels.dtype.name)
    expected.write(np.ascontiguousarray(pixels.astype(dtype)).tobytes())
    index.write("\t".join(map(str, [name, series, level, dtype, *pixels.shape, tolerance])) + "\n")


def noise(shape, dtype):
    """Soft steps with noise, so that every codec has something to do."""
    base = np.add.outer(np.arange(shape[-2]), np.arange(shape[-1])) // 5
    values = np.broadcast_to(base, shape) + rng.integers(0, 9, shape)
    dtype = np.dtype(dtype)
    if dtype == bool:
        return values % 7 > 3
    if dtype.kind == "f":
        return (values * 1.37 - 20).astype(dtype)
    if dtype.kind == "i":
        values = values - 30
    return (values * {1: 1, 2: 400, 4: 70001, 8: 70001}[dtype.itemsize]).astype(dtype)


DTYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "float32", "float64"]
LAYOUTS = [{}, {"rowsperstrip": 7}, {"tile": (16, 32)}, {"tile": (48, 64)}]
SAMPLES = [("YX", (), {}), ("YXS", (3,), {"photometric": "rgb", "planarconfig": "contig"}),
           ("SYX", (3,), {"photometric": "rgb", "planarconfig": "separate"}), ("ZYX", (3,), {})]
SIZES = [(37, 53), (64, 64), (1, 70), (90, 17)]
count = 0


def regular():
    global count
    codecs = [(None, None), ("lzw", None), ("zlib", None), ("zstd", None), ("packbits", None), ("lzma", None),
              ("lzw", 2), ("zlib", 2), ("zstd", 2), ("lzw", 3), ("zlib", 3), ("zstd", 3)]
    for dtype, layout, samples, (codec, predictor), order in itertools.product(DTYPES, LAYOUTS, SAMPLES, codecs, "<>"):
        floats = dtype.startswith("float")
        if predictor == 3 and not floats or predictor == 2 and floats or codec == "lzma" and order == ">":
            continue
        axes, extra, more = samples
        size = SIZES[count % len(SIZES)]
        shape = {"YX": size, "YXS": size + extra, "SYX": extra + size, "ZYX": extra + size}[axes]
        image = noise(shape, dtype) if axes != "YXS" else np.moveaxis(noise(extra + size, dtype), 0, -1)
        name = f"{count}.tif"
        tifffile.imwrite(here / name, image, byteorder=order, bigtiff=count % 3 == 0, compression=codec,
                         predictor=predictor, metadata={"axes": axes} if axes == "ZYX" else None,
                         **({} if more else {"photometric": "minisblack"}), **layout, **more)
        read = tifffile.imread(here / name)
        assert read.shape == shape and read.dtype == dtype, (read.shape, read.dtype)
        say(name, read, axes)
        count += 1


def packed():
    """Bits that share bytes."""
    for bits, order, layout in itertools.product([1, 2, 4, 6, 7, 9, 10, 12, 14, 15], "<>", [{}, {"rowsperstrip": 5}, {"tile": (16, 16)}]):
        image = rng.integers(0, 2**bits, (23, 37)).astype("u1" if bits <= 8 else "u2")
        name = f"bits{bits}{order == '<'}{len(layout)}{'tile' in layout}.tif"
        data = image.astype(bool) if bits == 1 else image
        if bits == 1:
            tifffile.imwrite(here / name, data, byteorder=order, photometric="minisblack", metadata=None, **layout)
        else:
            step = layout.get("tile", (layout.get("rowsperstrip", 23), 37))
            parts = []
            for y in range(0, 23, step[0]):
                for x in range(0, 37, step[1]):
                    part = np.zeros((min(step[0], 23 - y), step[1]) if "tile" not in layout else step, image.dtype)
                    piece = image[y:y + step[0], x:x + step[1]]
                    part[:piece.shape[0], :piece.shape[1]] = piece
                    values = np.unpackbits(part.astype(">u2").view("u1").reshape(part.shape[0], -1), axis=1)
                    rows = values.reshape(part.shape[0], part.shape[1], 16)[:, :, 16 - bits:].reshape(part.shape[0], -1)
                    parts.append(np.packbits(rows, axis=1).tobytes())
            tifffile.imwrite(here / name, iter(parts), shape=image.shape, dtype=image.dtype, byteorder=order, bitspersample=bits,
                             photometric="minisblack", metadata=None, **layout)
        read = tifffile.imread(here / name)
        assert (read == image).all(), name
        say(name, read, "YX")


def fax():
    """libtiff's CCITT and 1-bit files, by Pillow."""
    image = (noise((61, 83), "uint8") % 50 > 24)
    for kind in ["group3", "group4", "tiff_ccitt", "tiff_lzw", "tiff_adobe_deflate", "packbits"]:
        name = f"fax_{kind}.tif"
        try:
            Image.fromarray(image).save(here / name, compression=kind)
        except (KeyError, OSError) as why:
            print("not written:", name, why)
            continue
        read = np.array(Image.open(here / name))
        assert (read == image).all(), name
        say(name, read, "YX")


def jpeg():
    """JPEG: colours as YCbCr of several samplings, as RGB, in planes, grey; strips and tiles. IDCTs differ by a little."""
    rgb = np.moveaxis(noise((3, 96, 80), "uint8"), 0, -1)
    smooth = np.stack([np.add.outer(np.arange(96) * 2, np.arange(80)), np.full((96, 80), 90), np.add.outer(np.arange(96), np.arange(80) * 2)[::-1]], -1).astype("uint8")
    layouts = {"page": {}, "strips": {"rowsperstrip": 16}, "tiles": {"tile": (32, 48)}}
    for image, (place, layout) in itertools.product([rgb, smooth], layouts.items()):
        for sampling, space in [((1, 1), "ycbcr"), ((2, 1), "ycbcr"), ((2, 2), "ycbcr"), (None, "rgb"), (None, "planes"), (None, "grey")]:
            name = f"jpeg_{'noise' if image is rgb else 'smooth'}_{place}_{space}_{sampling}.tif".replace(" ", "")
            if space == "grey":
                kind, data, axes = {"photometric": "minisblack"}, image[..., 0], "YX"
            elif space == "planes":
                kind, data, axes = {"photometric": "rgb", "planarconfig": "separate"}, np.moveaxis(image, -1, 0), "SYX"
            else:
                kind, data, axes = {"photometric": "rgb"}, image, "YXS"
            args = {"level": 92}
            if space == "ycbcr":
                kind["subsampling"] = sampling
            if space == "rgb":
                args["outcolorspace"] = "rgb"
            tifffile.imwrite(here / name, data, compression="jpeg", compressionargs=args, metadata=None, **kind, **layout)
            read = tifffile.imread(here / name)
            # Upsampled colours are interpolated in more than one way.
            tolerance = 3 if sampling in [None, (1, 1)] else 24 if image is rgb else 6
            say(name, read, axes, tolerance=tolerance)
    for kind, quality in [("RGB", 90), ("L", 90)]:
        for progressive in [False, True]:
            name = f"{kind}{progressive}.jpg"
            Image.fromarray(smooth).convert(kind).save(here / name, quality=quality, subsampling=0, progressive=progressive)
            read = np.array(Image.open(here / name))
            say(name, read, "YXS" if kind == "RGB" else "YX", tolerance=3)


def colours():
    cmyk = np.moveaxis(noise((4, 33, 40), "uint8"), 0, -1)
    for codec in [None, "zlib", "zstd"]:
        name = f"cmyk{codec}.tif"
        tifffile.imwrite(here / name, cmyk, photometric="separated", compression=codec, metadata=None)
        say(name, tifffile.imread(here / name), "YXS")
    rgba = np.moveaxis(noise((4, 33, 40), "uint16"), 0, -1)
    for planar in ["contig", "separate"]:
        name = f"alpha{planar}.tif"
        data = rgba if planar == "contig" else np.moveaxis(rgba, -1, 0)
        tifffile.imwrite(here / name, data, photometric="rgb", extrasamples=["unassalpha"], planarconfig=planar, metadata=None)
        say(name, rgba[..., :3], "YXS")


def series():
    """Sets, pyramids, several series."""
    one, two = noise((2, 3, 20, 30), "uint16"), noise((4, 25, 31), "uint8")
    with tifffile.TiffWriter(here / "series.ome.tif", ome=True) as tif:
        tif.write(one, metadata={"axes": "CZYX"}, photometric="minisblack")
        tif.write(two, metadata={"axes": "TYX"}, photometric="minisblack")
    say("series.ome.tif", one, "CZYX", 0)
    say("series.ome.tif", two, "TYX", 1)
    with tifffile.TiffWriter(here / "shaped.tif") as tif:
        tif.write(one, metadata={"axes": "TZYX"}, photometric="minisblack")
        tif.write(two, metadata={"axes": "ZYX"}, photometric="minisblack", compression="zstd")
    say("shaped.tif", one, "TZYX", 0)
    say("shaped.tif", two, "ZYX", 1)
    for axes, kind in [("CZYX", "uint16"), ("TZCYX", "uint8"), ("TYX", "float32")]:
        shape = (2, 3, 2)[:len(axes) - 2] + (20, 30)
        image = noise(shape, kind)
        name = f"imagej{axes}.tif"
        ij = "".join(a for a in "TZCYX" if a in axes)
        data = image.transpose([axes.index(a) for a in ij])
        tifffile.imwrite(here / name, data, imagej=True, metadata={"axes": ij})
        say(name, data, ij)
    pyramid = noise((2, 256, 320), "uint16")
    with tifffile.TiffWriter(here / "pyramid.ome.tif", ome=True) as tif:
        tif.write(pyramid, subifds=2, tile=(64, 64), compression="zlib", metadata={"axes": "CYX"})
        tif.write(pyramid[:, ::2, ::2], subfiletype=1, tile=(64, 64), compression="zlib")
        tif.write(pyramid[:, ::4, ::4], subfiletype=1, tile=(64, 64), compression="zlib")
    for level in range(3):
        say("pyramid.ome.tif", pyramid[:, ::2**level, ::2**level], "CYX", 0, level)
    slide = np.moveaxis(noise((3, 512, 640), "uint8"), 0, -1)
    with tifffile.TiffWriter(here / "slide.tif") as tif:
        tif.write(slide, tile=(128, 128), photometric="rgb", metadata=None, description="Aperio Image Library v1")
        tif.write(slide[::16, ::16], photometric="rgb", metadata=None, description="a thumbnail")
        tif.write(slide[::4, ::4], tile=(128, 128), photometric="rgb", metadata=None, description="Aperio, a level")
        tif.write(slide[:90, :90], photometric="rgb", metadata=None, description="label")
    say("slide.tif", slide, "YXS", 0, 0)
    say("slide.tif", slide[::4, ::4], "YXS", 0, 1)
    # An OME set of two files: each holds a time point, and the metadata of both.
    times = noise((2, 3, 22, 26), "uint16")
    data = "".join(f'<TiffData FirstT="{t}" IFD="{z}" FirstZ="{z}" PlaneCount="1"><UUID FileName="set_{t}.ome.tif">urn:uuid:0000000{t}</UUID></TiffData>'
                   for t in range(2) for z in range(3))
    for t in range(2):
        xml = (f'<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:0000000{t}">'
               f'<Image ID="Image:0" Name="set"><Pixels ID="Pixels:0" DimensionOrder="XYZTC" Type="uint16" SizeX="26" SizeY="22" SizeZ="3" SizeC="1" SizeT="2">'
               f'<Channel ID="Channel:0:0" SamplesPerPixel="1"/>{data}</Pixels></Image></OME>')
        tifffile.imwrite(here / f"set_{t}.ome.tif", times[t], description=xml, metadata=None, photometric="minisblack")
    for t in range(2):
        say(f"set_{t}.ome.tif", tifffile.imread(here / f"set_{t}.ome.tif"), "TZYX")


def axes():
    """Axes in every order that tifffile writes, with samples and without, in files of each kind."""
    sizes = {"T": 2, "Z": 3, "C": 2, "Y": 19, "X": 26}
    orders = ["TCZYX", "TZCYX", "CTZYX", "CZTYX", "ZCTYX", "ZTCYX", "CZYX", "ZCYX", "CTYX", "TCYX", "ZTYX", "YXS", "ZYXS", "TZYXS", "TZCYXS", "SYX", "ZSYX"]
    for order, kind, byteorder in itertools.product(orders, ["ome", "shaped", "imagej"], "<>"):
        if kind == "imagej" and order not in ["TZCYX", "ZCYX", "TCYX", "YXS", "ZYXS", "TZYXS", "TZCYXS"]:
            continue
        plain = order.replace("S", "")
        dtype = "uint8" if kind == "imagej" else ["uint8", "uint16", "float32"][count % 3]
        image = noise(tuple(sizes[a] for a in plain), dtype)
        if "S" in order:
            at = order.index("S")
            image = np.stack([image, image[..., ::-1], image + 3], axis=at)
        name = f"axes_{kind}_{order}_{byteorder == '<'}.tif"
        more = {"ome": {"ome": True}, "imagej": {"imagej": True}}.get(kind, {})
        if kind != "imagej":
            more["compression"] = [None, "zlib", "lzw"][len(order) % 3]
        if "S" in order:
            more |= {"photometric": "rgb", "planarconfig": "contig" if order.endswith("S") else "separate"}
        else:
            more["photometric"] = "minisblack"
        tifffile.imwrite(here / name, image, byteorder=byteorder, metadata={"axes": order}, **more)
        with tifffile.TiffFile(here / name) as tif:
            read, found = tif.series[0].asarray(), tif.series[0].axes
        assert len(found) == read.ndim and (np.squeeze(read) == np.squeeze(image)).all(), name
        say(name, read, found)


def pillow():
    """libtiff's own: modes and compressions, as Pillow reads them back. What it cannot write is left out."""
    rgb = np.moveaxis(noise((3, 57, 71), "uint8"), 0, -1)
    base = Image.fromarray(rgb)
    modes = {
        "L": base.convert("L"), "P": base.convert("P", palette=Image.Palette.ADAPTIVE), "RGB": base,
        "RGBA": Image.fromarray(np.dstack([rgb, rgb[..., :1]])), "CMYK": base.convert("CMYK"), "YCbCr": base.convert("YCbCr"),
        "LA": base.convert("LA"), "I;16": Image.fromarray(noise((57, 71), "uint16")), "I": Image.fromarray(noise((57, 71), "int32")),
        "F": Image.fromarray(noise((57, 71), "float32")), "1": Image.fromarray(noise((57, 71), "uint8") % 9 > 4),
    }
    codecs = [None, "tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "packbits", "jpeg", "zstd", "lzma", "group3", "group4", "tiff_ccitt"]
    for (mode, image), codec in itertools.product(modes.items(), codecs):
        name = f"pillow_{mode.replace(';', '')}_{codec}.tif"
        # Pillow's own reader takes such samples as they are, not as colours; a JPEG of two samples is refused.
        if mode == "YCbCr" and codec is not None or (mode, codec) == ("LA", "jpeg"):
            continue
        try:
            image.save(here / name, compression=codec)
            read = Image.open(here / name)
            read.load()
        except (OSError, KeyError, ValueError, RuntimeError, SystemError):
            (here / name).unlink(missing_ok=True)
            continue
        colours = {"P": "RGB", "RGBA": "RGB", "YCbCr": "RGB", "LA": "L"}.get(mode)
        pixels = np.array(read.convert(colours) if colours else read)
        say(name, pixels, "YXS" if pixels.ndim == 3 else "YX", tolerance=4 if codec == "jpeg" else 1 if mode == "YCbCr" else 0)
    frames = [Image.fromarray(noise((20, 30), "uint8")) for _ in range(3)]
    frames[0].save(here / "frames.tif", save_all=True, append_images=frames[1:], compression="tiff_lzw")
    say("frames.tif", np.stack([np.array(f) for f in frames]), "ZYX")


regular()
packed()
pillow()
fax()
jpeg()
colours()
series()
axes()
index.close()
expected.close()
