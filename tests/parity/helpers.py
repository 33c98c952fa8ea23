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


def counted(image, mask=None):
    """The finite pixels, or those inside the mask, in one row; 0 where there is none."""
    values = image.astype(np.uint8) if image.dtype == bool else image
    values = values.ravel() if mask is None else values[mask]
    values = values[np.isfinite(values)]
    return values if values.size else np.zeros(1, values.dtype)


def bins(values, nbins):
    """Counts and centers: a bin for each whole number, `nbins` of floats and of 32 bits of more than 65,536 values."""
    if values.dtype.kind != "f" and int(values.max()) - int(values.min()) >= 65536:
        counts, edges = np.histogram(f64(values), nbins, (int(values.min()), int(values.max())))
        return counts, (edges[:-1] + edges[1:]) / 2
    if values.min() == values.max():
        return np.array([values.size]), values[:1]
    return skimage.exposure.histogram(values, nbins)


def above(image, threshold, factor=1.0, minimum=None, maximum=None):
    """What a threshold gives: the mask of the pixels above it, and the threshold with its factor and bounds."""
    threshold = float(threshold) * factor
    threshold = threshold if minimum is None else max(threshold, minimum)
    threshold = threshold if maximum is None else min(threshold, maximum)
    return f64(image) > threshold, threshold


def threshold_of(values, method, nbins=256):
    """The threshold of some values by a rule's name; where rounding decides between bins, the first."""
    if values.min() == values.max():
        return float(values[0])
    if method == "mean":
        return f64(values).mean()
    if method == "li":
        return skimage.filters.threshold_li(f64(values) if values.dtype.kind == "f" else values.astype(np.int64))
    if method == "robust_background":
        kept, n = np.sort(f64(values)), values.size
        kept = kept[round(0.05 * n) : n - round(0.05 * n)]
        return kept.mean() + 2 * kept.std()
    counts, centers = bins(values, nbins)
    n, i = f64(counts[counts > 0]), f64(np.flatnonzero(counts))
    below, moment = np.cumsum(n)[:-1], np.cumsum(n * i)[:-1]
    between = (n.sum() * moment - below * (n * i).sum()) ** 2 / (below * (n.sum() - below))
    return float(centers[counts > 0][np.argmax(between >= between.max() * (1 - 1e-12))])


class Elements:
    """Random numbers of the pixels of a step with index 0: of each a numpy generator with the counter of its place."""

    def __init__(self, shape, seed):
        self.shape, self.seed = shape, seed

    def _each(self, draw):
        philox = np.random.Philox(0)
        generator, state = np.random.Generator(philox), philox.state
        state.update(buffer_pos=4, has_uint32=0)
        state["state"]["key"] = np.array([self.seed, 0], np.uint64)
        z = np.indices((1,) * (3 - len(self.shape)) + tuple(self.shape)).reshape(3, -1).T
        found = []
        for i, (plane, y, x) in enumerate(z.tolist()):
            # numpy counts up before it draws.
            counter = (((x + (y << 32)) << 64) + (plane << 128) - 1) % (1 << 256)
            state["state"]["counter"] = np.array([(counter >> shift) % (1 << 64) for shift in (0, 64, 128, 192)], np.uint64)
            philox.state = state
            found.append(draw(generator, i))
        return np.array(found)

    def uniform(self, count):
        """So many numbers of each pixel, the first of all pixels first."""
        return self._each(lambda generator, _: generator.random(count)).T.reshape(count, *self.shape)

    def normal(self):
        """By Box and Muller."""
        first, second = self.uniform(2)
        return np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * np.pi * second)

    def poisson(self, means):
        means = np.ravel(means)
        return self._each(lambda generator, i: generator.poisson(means[i])).reshape(self.shape).astype(np.float64)
def splitmix64(seed):
    """Random numbers below n: ``draw(n)``."""
    mask = (1 << 64) - 1
    state = [seed & mask]

    def draw(n):
        state[0] = (state[0] + 0x9E3779B97F4A7C15) & mask
        z = state[0]
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return (n * (z ^ (z >> 31))) >> 64

    return draw


def forest(x, y, count, trees, depth, seed, test):
    """Classes of the rows of `test`, and their mean share in the leaves, by a random forest of rows of whole numbers `x`."""
    tried = max(1, int(x.shape[1] ** 0.5))
    total = np.zeros((len(test), count))
    for k in range(trees):
        draw = splitmix64(seed + (k << 32))

        def grow(rows, level, reached):
            counts = np.bincount(y[rows], minlength=count)
            best = None
            features = list(range(x.shape[1]))
            for i in range(len(features)) if level < depth and (counts > 0).sum() > 1 else []:
                if i >= tried and best:
                    break
                j = i + draw(len(features) - i)
                features[i], features[j] = features[j], features[i]
                values = x[rows, features[i]]
                order = np.argsort(values, kind="stable")
                values = values[order]
                cut = np.flatnonzero(values[1:] != values[:-1])
                if not len(cut):
                    continue
                first = np.cumsum(np.eye(count, dtype=np.int64)[y[rows][order]], axis=0)[cut]
                second = counts - first
                score = (first**2).sum(axis=1) / (cut + 1) + (second**2).sum(axis=1) / (len(rows) - cut - 1)
                m = int(np.argmax(score))
                if best is None or score[m] > best[0]:
                    best = score[m], features[i], values[cut[m]]
            if best is None:
                total[reached] += counts / len(rows)
                return
            _, f, most = best
            for part in (np.less_equal, np.greater):
                grow(rows[part(x[rows, f], most)], level + 1, reached[part(test[reached, f], most)])

        grow(np.array([draw(len(x)) for _ in range(len(x))]), 0, np.arange(len(test)))
    best = total.argmax(axis=1)
    return best, total[np.arange(len(test)), best] / trees


NAMES = {
    "np": np,
    "ndi": ndimage,
    "scipy": scipy,
    "ski": skimage,
    "f64": f64,
    "quantize": quantize,
    "decide": decide,
    "of_kind": of_kind,
    "Elements": Elements,
    "splitmix64": splitmix64,
    "forest": forest,


    "counted": counted,
    "bins": bins,
    "above": above,
    "threshold_of": threshold_of,
}
