"""Arrays from anywhere, as the extension takes them: machine byte order, contiguous, aligned, axes in order."""

from __future__ import annotations

AXES = "tczyx"
#: What a dtype is computed as where Rotifer has none of its own; whole numbers that do not fit are refused.
_WIDER = {"int8": "int16", "float16": "float32", "float64": "float32", "longdouble": "float32"}
_NARROWER = {"int64": "int32", "uint64": "uint32"}
_OWN = ("uint8", "uint16", "int16", "uint32", "int32", "float32")


class Given:
    """One array with its axes, and how its result is to look."""

    __slots__ = ("data", "axes", "kind", "spacing", "channels", "interval", "origin", "like")

    def __init__(self, data, axes, kind, spacing, channels, interval, origin, like):
        self.data, self.axes, self.kind = data, axes, kind
        self.spacing, self.channels, self.interval = spacing, channels, interval
        self.origin, self.like = origin, like


def _um(spacing, n):
    if spacing is None:
        return None
    if isinstance(spacing, (int, float)):
        spacing = [spacing] * n
    spacing = [float(s) for s in spacing]
    if len(spacing) != n or not all(s > 0 and s < float("inf") for s in spacing):
        raise ValueError(f"spacing: {n} positive numbers in micrometres are needed, found {spacing}")
    return spacing


def _place(origin, spacing):
    if origin is None:
        return None
    if spacing is None:
        raise ValueError("origin: a place in micrometres needs a spacing")
    origin = [float(um) for um in origin]
    if len(origin) != len(spacing) or not all(abs(um) < float("inf") for um in origin):
        raise ValueError(f"origin: {len(spacing)} numbers in micrometres are needed, found {origin}")
    return origin


def _seconds(interval, axes):
    if interval is None or "t" not in axes:
        return None
    if not 0 < float(interval) < float("inf"):
        raise ValueError(f"interval: a positive number of seconds is needed, found {interval}")
    return float(interval)


def is_layer(value):
    """Whether it is a layer of napari."""
    return hasattr(value, "data") and hasattr(value, "scale") and hasattr(value, "metadata")


def layer_axes(layer):
    """The axes of a layer without colour: as its labels name them, else the last of ``tzyx``."""
    n = layer.ndim
    labels = "".join(str(label).lower() for label in getattr(layer, "axis_labels", ()))
    if len(labels) == n and set("yx") <= set(labels) <= set(AXES) and len(set(labels)) == n:
        return labels
    return AXES[-n:] if n != 4 else "tzyx"


def layer_spacing(layer):
    """Micrometres along (z,) y, x of a layer: its scale in its units. A scale without units counts as micrometres, and
    one of 1 without units says nothing."""
    axes = layer_axes(layer)
    at = [axes.index(a) for a in "zyx" if a in axes]
    scale = [float(layer.scale[i]) for i in at]
    units = [layer.units[i] for i in at] if hasattr(layer, "units") else []
    try:
        return [s * float(unit._REGISTRY.convert(1, unit, "micrometer")) for s, unit in zip(scale, units, strict=True)]
    except Exception:  # A unit that is no length, or none: pint has an error of its own for each.
        return scale if any(s != 1 for s in scale) else None


def is_table(value):
    """Whether it is a table rather than an image."""
    from collections.abc import Mapping

    return isinstance(value, Mapping) or hasattr(value, "columns") or (is_layer(value) and type(value).__name__ == "Points")


def columns(table):
    """The columns of a mapping, a frame of pandas, polars or pyarrow, a layer's features, or an array of points."""
    if is_layer(table):
        found = dict(table.features.items())
        if type(table).__name__ == "Points":
            return _lists({a: table.data[:, i] for i, a in enumerate(layer_axes(table))} | found)
        if "label" not in found and "index" in found:
            found["label"] = found["index"]
        found.pop("index", None)
        return _lists(found)
    if hasattr(table, "to_pydict"):
        return table.to_pydict()
    if hasattr(table, "items"):
        return _lists(dict(table.items()))
    if hasattr(table, "to_dict"):
        return _lists(table.to_dict(as_series=False))
    import numpy as np

    points = np.asarray(table)
    if points.ndim == 2 and points.shape[1] in (2, 3):
        return _lists({a: points[:, i] for i, a in enumerate("zyx"[-points.shape[1] :])})
    raise TypeError(f"a table is a mapping of columns, or an array of points (n, 2) or (n, 3), not {type(table).__name__}")


def _lists(found):
    return {str(name): column.tolist() if hasattr(column, "tolist") else list(column) for name, column in found.items()}


def given(image, axes=None, spacing=None, channels=None, kind=None, interval=None, origin=None):
    """Takes an array, ``Image``, DataArray or napari layer."""
    import numpy as np

    like = None
    if isinstance(image, Given):
        return image
    if hasattr(image, "_rotifer_image"):
        axes, kind = axes or image.axes, kind or image.kind
        spacing = image.spacing if spacing is None else spacing
        origin = image.origin if origin is None else origin
        interval = image.interval if interval is None else interval
        channels, image = channels or image.channels, image.data
    elif type(image).__name__ == "DataArray" and hasattr(image, "dims"):
        like = image
        if axes is None:
            axes = "".join(str(d).lower() for d in image.dims)
            if any(len(str(d)) != 1 for d in image.dims):
                raise ValueError(f"dims {image.dims}: each is one of t, c, z, y, x; say which with axes=")
        if spacing is None:
            spacing, place = _coords(image, axes)
            origin = place if origin is None else origin
        image = image.values
    elif is_layer(image):
        layer = image
        image = layer.data[0] if getattr(layer, "multiscale", False) else layer.data
        if kind is None and type(layer).__name__ == "Labels":
            kind = layer.metadata.get("rotifer", {}).get("kind", "labels")
        if axes is None:
            axes = layer_axes(layer)
            spacing = layer_spacing(layer) if spacing is None else spacing
            if getattr(layer, "rgb", False):
                image, axes, channels = image[..., :3], axes + "c", channels or ("red", "green", "blue")
    elif axes is None and type(image).__module__.partition(".")[0] == "zarr":
        # An array of zarr names its axes, from version 3 on.
        names = getattr(getattr(image, "metadata", None), "dimension_names", None) or ()
        if all(isinstance(n, str) and len(n) == 1 for n in names):
            axes = "".join(names).lower() or None
    if not isinstance(image, np.ndarray):
        if hasattr(image, "__dlpack__") and not hasattr(image, "__array__"):
            try:
                image = np.from_dlpack(image)
            except (BufferError, RuntimeError) as error:
                raise TypeError(f"{type(image).__name__} lies in no memory that numpy reads; move it to the CPU") from error
        else:
            image = np.asarray(image)
    if axes is None:
        if not 2 <= image.ndim <= 3:
            raise ValueError(f"an array of {image.ndim} axes: say which they are with axes=, such as 'tczyx'")
        axes = AXES[-image.ndim :]
    if len(axes) != image.ndim or len(set(axes)) != len(axes) or not set("yx") <= set(axes) <= set(AXES):
        raise ValueError(f"axes={axes!r}: one of each of t, c, z, y, x for the {image.ndim} axes, y and x among them")
    order = sorted(range(len(axes)), key=lambda i: AXES.index(axes[i]))
    if order != list(range(len(axes))):
        image, axes = image.transpose(order), "".join(axes[i] for i in order)
    image, kind = _dtype(np, image, kind)
    image = np.require(image, requirements=("C", "A"))
    if image.dtype.byteorder not in "=|":
        image = image.astype(image.dtype.newbyteorder("="))
    n = 3 if "z" in axes else 2
    channels = list(channels) if channels else None
    spacing = _um(spacing, n)
    return Given(image, axes, kind, spacing, channels, _seconds(interval, axes), _place(origin, spacing), like)


def _dtype(np, image, kind):
    if image.dtype == bool:
        return image.view(np.uint8) if image.flags.c_contiguous else image.astype(np.uint8), kind or "mask"
    name = image.dtype.newbyteorder("=").name
    if name in _NARROWER:
        to = np.dtype(_NARROWER[name])
        limits = np.iinfo(to)
        if image.size:
            low, high = image.min(), image.max()
            if low >= 0 and high <= 0xFFFFFFFF and high > limits.max:
                to, limits = np.dtype("uint32"), np.iinfo("uint32")
            if low < limits.min or high > limits.max:
                raise ValueError(f"{name} values from {low} to {high} do not fit 32 bits; convert them first")
        image = image.astype(to)
    elif name in _WIDER:
        image = image.astype(_WIDER[name])
    elif name not in _OWN:
        raise TypeError(f"arrays of {image.dtype} are no images; there are bool, integers and floats")
    if kind == "labels" and image.dtype != np.uint32:
        image = image.astype(np.uint32)
    if kind == "mask" and image.dtype != np.uint8:
        image = (image != 0).astype(np.uint8)
    return image, kind or "image"


def _coords(array, axes):
    """Micrometres between the coordinates of z, y, x, where all of them are evenly spaced, and the first ones."""
    spacing, origin = [], []
    for axis in [a for a in "zyx" if a in axes]:
        dim = array.dims[axes.index(axis)]
        if dim not in array.coords or array.sizes[dim] < 2:
            return None, None
        steps = array.coords[dim].values
        step = (steps[-1] - steps[0]) / (len(steps) - 1)
        if not step > 0:
            return None, None
        spacing.append(float(step))
        origin.append(float(steps[0]))
    return spacing, origin


def taken(output, like=None):
    """An output of the extension as users see it."""
    if isinstance(output, dict):
        from ._table import Table

        return Table(output)
    if not isinstance(output, tuple):
        return output
    data, axes, kind, spacing, _, _, origin = output
    if kind == "mask":
        data = data.view(bool)
    elif kind == "rgb":
        # Colour comes last, as every viewer and library has it.
        import numpy as np

        data, axes = np.moveaxis(data, axes.index("c"), -1), axes.replace("c", "") + "c"
    if like is not None:
        return _like(data, axes, like, spacing, origin)
    return data


def _like(data, axes, like, spacing, origin):
    import numpy as np

    dims = {str(d).lower(): d for d in like.dims}
    names = [dims.get(a, a) for a in axes]
    sizes = dict(zip(names, data.shape))
    coords = {
        name: c for name, c in like.coords.items() if set(c.dims) <= set(names) and all(c.sizes[d] == sizes[d] for d in c.dims)
    }
    # Coordinates that the pixel size was read from follow the pixels.
    letters = "".join(str(d).lower() for d in like.dims)
    if spacing is not None and len(letters) == like.ndim and _coords(like, letters)[0] is not None:
        places = origin or [0.0] * len(spacing)
        for axis, um, first in zip("zyx"[-len(spacing) :], spacing, places):
            name = dims.get(axis, axis)
            moved = first + um * np.arange(sizes[name])
            old = coords.get(name)
            if old is None or not np.allclose(old.values, moved, rtol=0, atol=1e-6 * um):
                coords[name] = moved
    return type(like)(data, dims=names, coords=coords, name=like.name, attrs=like.attrs)
