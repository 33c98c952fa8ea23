"""Outputs of operations as layers that lie where the layers lie that they were made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
from napari.layers import Image, Labels, Points
from rotifer._arrays import layer_axes

#: Under this key a layer's metadata says what Rotifer knows of it.
KEY = "rotifer"


def accepts(kind, layer):
    """Whether a layer can be what a port of this kind takes."""
    if kind == "table":
        return isinstance(layer, (Labels, Points)) and (isinstance(layer, Points) or layer.features.shape[1] > 0)
    if kind == "rgb":
        return isinstance(layer, Image) and layer.rgb
    if kind in ("mask", "labels", "mask or labels"):
        return isinstance(layer, Labels) or (isinstance(layer, Image) and not layer.rgb)
    return isinstance(layer, (Image, Labels)) and not (isinstance(layer, Image) and layer.rgb)


def rank(kind, layer):
    """Layers that suit a port well come first."""
    labels = isinstance(layer, Labels)
    of_mask = layer.metadata.get(KEY, {}).get("kind") == "mask"
    if kind == "mask":
        return (not (labels and of_mask), not labels)
    if kind in ("labels", "mask or labels"):
        return (not labels, of_mask)
    return (labels, False)


def geometry(layer, axes, spacing=None, of=None, origin=None):
    """Where a layer with these axes lies that was made of `layer`: for each axis what `layer` has for it.

    Where both pixel sizes are known, (z, y, x) of the new layer and of the old, the scale follows their ratio; `origin` is how
    far the first pixel is from the old one, in the same unit.
    """
    if layer is None:
        if spacing is None:
            return {}
        others = len(axes) - len(spacing)
        return {"scale": [1] * others + list(spacing), "units": ["pixel"] * others + ["um"] * len(spacing)}
    own = layer_axes(layer)
    at = [own.index(a) if a in own else None for a in axes]
    ratio, moved = {}, np.zeros(layer.ndim)
    if spacing is not None and of is not None:
        ratio = dict(zip("zyx"[3 - len(spacing) :], spacing))
        old = dict(zip("zyx"[3 - len(of) :], of))
        ratio = {a: new / old[a] for a, new in ratio.items() if a in old}
        for a, um in zip("zyx"[3 - len(spacing) :], origin or ()):
            if a in old:
                moved[own.index(a)] = um / old[a]
        # As far in the world, before the layer's affine transform.
        moved = np.subtract(layer.data_to_world(moved), layer.data_to_world(np.zeros(layer.ndim)))
        moved = np.linalg.solve(layer.affine.linear_matrix, moved)
    given = {
        "scale": [1 if i is None else layer.scale[i] * ratio.get(a, 1) for a, i in zip(axes, at)],
        "translate": [0 if i is None else layer.translate[i] + moved[i] for i in at],
        "units": ["pixel" if i is None else layer.units[i] for i in at],
    }
    if axes == own:
        given |= {"rotate": layer.rotate, "shear": layer.shear, "affine": layer.affine}
    if not all(label.startswith("-") for label in layer.axis_labels):
        given["axis_labels"] = [a if i is None else layer.axis_labels[i] for a, i in zip(axes, at)]
    return given


def add_image(viewer, name, output, like, of):
    """Adds a layer of `(array, axes, kind, spacing, channels, interval, origin)`."""
    data, axes, kind, spacing, _, _, origin = output
    place = lambda: geometry(like, axes, spacing, of, origin)
    about = {KEY: {"kind": kind}}
    if kind == "rgb":
        data, axes = np.moveaxis(data, axes.index("c"), -1), axes.replace("c", "")
        if data.dtype != np.uint8:
            # Floats of colours are drawn from 0 to 1.
            data = data.astype(np.float32) / max(1.0, float(data.max(initial=1)))
        layer = Image(data, name=name, rgb=True, metadata=about, **place())
    elif kind in ("mask", "labels"):
        layer = Labels(data, name=name, metadata=about, **place())
    else:
        layer = Image(data, name=name, metadata=about, **place())
    return viewer.add_layer(layer)


def add_points(viewer, name, table, like):
    """Adds a Points layer of a table with y and x; its other columns are the features."""
    columns = {key: np.asarray(column) if not isinstance(column, list) else column for key, column in table.items()}
    own = layer_axes(like) if like is not None else "yx"
    if "slice" in columns and "z" in own and "z" not in columns:
        columns["z"] = columns.pop("slice")
    axes = "".join(a for a in "tczyx" if a in columns and (a in own or a in "zyx"))
    points = np.stack([np.asarray(columns[a], float) for a in axes], axis=1)
    features = pd.DataFrame({key: column for key, column in columns.items() if key not in axes})
    layer = Points(points, ndim=len(axes), name=name, features=features, metadata={KEY: {"kind": "table"}}, **geometry(like, axes))
    return viewer.add_layer(layer)


def is_points(table):
    """Whether each row of a table has a place."""
    return "y" in table and "x" in table


def set_features(layer, table):
    """Gives each label its row; what another table said before stays."""
    frame = pd.DataFrame({"index": np.asarray(table["label"])} | {k: v for k, v in table.items() if k != "index"})
    before = layer.features
    if "index" in before and not frame["index"].duplicated().any() and not before["index"].duplicated().any():
        kept = before[["index", *(c for c in before if c not in frame)]]
        frame = kept.merge(frame, on="index", how="outer")
    layer.features = frame
