"""What the `python` of an operation can use beside its inputs and arguments."""

import numpy as np
import scipy
import skimage
import skimage.exposure
import skimage.feature
import skimage.filters
import skimage.measure
import skimage.morphology
import skimage.registration
import skimage.restoration
import skimage.segmentation
import skimage.transform
import skimage.color
import skimage.util
from scipy import ndimage


def f64(x):
    """The numbers as float64: libraries wrap, truncate or rescale integers, Rotifer does not."""
    return np.asarray(x).astype(np.float64)


def quantize(x, dtype):
    """The dtype rule: half to even, saturating, NaN becomes 0 in integers."""
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return np.asarray(x).astype(dtype)
    info = np.iinfo(dtype)
    return np.clip(np.rint(np.nan_to_num(f64(x), nan=0.0)), info.min, info.max).astype(dtype)


def decide(value, threshold, tolerance=1e-6):
    """`value > threshold` as a masked array: pixels nearer to the threshold than rounding may tell are masked.

    `tolerance` is relative to the largest magnitude of either. Masked pixels are not compared.
    """
    value, threshold = f64(value), f64(threshold)
    finite = [x[np.isfinite(x)] for x in (value, threshold)]
    scale = max((np.abs(x).max() for x in finite if x.size), default=0.0)
    return np.ma.masked_array(value > threshold, np.abs(value - threshold) <= tolerance * scale)


def of_kind(kind, order, constant):
    """Order of interpolation and constant for an image of a kind: masks and labels have no values between theirs."""
    if kind == "image":
        return order, constant
    return 0, float(constant != 0) if kind == "mask" else float(quantize(constant, np.uint32))


NAMES = {
    "np": np,
    "ndi": ndimage,
    "scipy": scipy,
    "ski": skimage,
    "f64": f64,
    "quantize": quantize,
    "decide": decide,
    "of_kind": of_kind,
}
