"""Images with their axes, pixel size and channels."""

from __future__ import annotations

from . import _core
from ._arrays import given


class Image:
    """An array with its axes (a subset of ``tczyx``), micrometres from pixel to pixel, channel names, seconds from one
    time point to the next, and the place of the first pixel in micrometres."""

    __slots__ = ("data", "axes", "kind", "spacing", "channels", "interval", "origin")
    _rotifer_image = True

    def __init__(self, data, axes=None, spacing=None, channels=None, kind=None, interval=None, origin=None):
        g = given(data, axes, spacing, channels, kind, interval, origin)
        self.data, self.axes, self.kind = g.data, g.axes, g.kind
        self.spacing, self.channels, self.interval, self.origin = g.spacing, g.channels, g.interval, g.origin

    @property
    def shape(self):
        return self.data.shape

    @property
    def dtype(self):
        return self.data.dtype

    @property
    def ndim(self):
        return self.data.ndim

    def __array__(self, dtype=None, copy=None):
        import numpy as np

        data = self.data.view(bool) if self.kind == "mask" and self.data.dtype == np.uint8 else self.data
        return np.array(data, dtype=dtype, copy=True) if copy else np.asarray(data, dtype=dtype)

    def __repr__(self):
        spacing = f", {' x '.join(f'{s:g}' for s in self.spacing)} um" if self.spacing else ""
        return f"<Image {self.axes} {' x '.join(map(str, self.shape))} {self.dtype}{spacing}>"

    def _picture(self, most=256):
        """A small picture of the middle plane, uint8: percentiles 1 and 99.8 for intensities, colours for labels."""
        import numpy as np

        plane, axes = self.data, self.axes
        colour = axes.startswith("c") and plane.shape[0] == 3 and self.channels == ["red", "green", "blue"]
        if colour and "z" not in axes and "t" not in axes:
            plane = np.moveaxis(plane, 0, -1)
        else:
            while plane.ndim > 2:
                plane = plane[plane.shape[0] // 2 if axes[0] == "z" else 0]
                axes = axes[1:]
        step = max(1, -(-max(plane.shape[:2]) // most))
        plane = plane[::step, ::step]
        if self.kind == "labels":
            values = plane.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            rgb = np.stack([(values >> np.uint64(s)).astype(np.uint8) | 64 for s in (40, 48, 56)], -1)
            return np.where(plane[..., None] == 0, 0, rgb).astype(np.uint8)
        values = plane.astype(np.float64)
        finite = values[np.isfinite(values)]
        low, high = np.percentile(finite, (1, 99.8)) if finite.size else (0, 1)
        return (np.clip((np.nan_to_num(values) - low) / ((high - low) or 1), 0, 1) * 255).astype(np.uint8)

    def _repr_png_(self):
        import os
        import tempfile

        picture = self._picture()
        if picture.ndim == 3:
            image = Image(picture.transpose(2, 0, 1).copy(), "cyx", channels=["red", "green", "blue"])
        else:
            image = Image(picture)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "picture.png")
            write(path, image)
            with open(path, "rb") as file:
                return file.read()

    def _repr_html_(self):
        import base64
        from html import escape

        picture = base64.b64encode(self._repr_png_()).decode()
        return f'<img src="data:image/png;base64,{picture}"><p>{escape(repr(self)[1:-1])}</p>'


def read(path):
    """Reads an image file: an :class:`Image`."""
    data, axes, kind, spacing, channels, interval, origin = _core.read(path)
    return Image(data, axes, spacing, channels or None, kind, interval, origin)


def write(path, image, *, axes=None, spacing=None, channels=None, kind=None, interval=None, origin=None):
    """Writes an image; the extension (.tif, .png) chooses the format. Axes, pixel size, interval and origin are kept in TIFF."""
    _core.write(path, given(image, axes, spacing, channels, kind, interval, origin))


#: As tifffile and imageio call it.
imwrite = write


def sites(*inputs, pattern=None, group=True):
    """The site table of files and folders: a list of dicts with plate, well, field, t, c, z, path, pixel size and more."""
    import json
    import os

    from ._functions import _say

    found = json.loads(_core.sites([os.fspath(i) for i in inputs], pattern, group))
    _say(found["notes"])
    return found["sites"]
