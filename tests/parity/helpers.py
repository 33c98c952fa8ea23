"""Names that the `python` of an operation can use beside its inputs and arguments."""

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


class Segment:
    """A piece of skeleton from one end to the other: its pixels, its length, and the branch areas at its first pixel and at both ends."""

    def __init__(self, pixels, areas, labelled):
        at = [sorted({int(labelled[y, x]) for y, x in around(p, areas)}) for p in (pixels[0], pixels[-1])]
        self.pixels, self.starts, self.areas = pixels, at[0], sorted({*at[0], *at[1]})
        self.length = sum(np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in zip(pixels, pixels[1:]))

    def end_at(self, area):
        return self.pixels[0 if area in self.starts else -1]


class SkeletonGraph:
    """Segments, and those that touch each branch area."""

    def __init__(self, segments):
        self.segments = segments
        self.at = {}
        for number, segment in enumerate(segments):
            for area in segment.areas:
                self.at.setdefault(area, []).append(number)


def around(pixel, mask):
    """The neighbours of a pixel that are in a mask: those with a side in common first, then in raster order."""
    steps = [(-1, 0), (0, -1), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)]
    places = [(pixel[0] + dy, pixel[1] + dx) for dy, dx in steps]
    return [(y, x) for y, x in places if 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1] and mask[y, x]]


def traced_segments(mask):
    """The pixels of each connected part of a mask without branches, from an end on; rings from their first pixel."""
    labelled, count = ndimage.label(mask, np.ones((3, 3)))
    ways = []
    for part in range(1, count + 1):
        pixels = [tuple(int(i) for i in p) for p in np.argwhere(labelled == part)]
        ends = [p for p in pixels if len(around(p, mask)) < 2]
        way = [(ends or pixels)[0]]
        left = set(pixels) - set(way)
        while True:
            further = [p for p in around(way[-1], mask) if p in left]
            if not further:
                break
            way.append(further[0])
            left.discard(further[0])
        ways.append(way)
    return ways


def skeleton_graph(skeleton, mask=None, radius=None, longest=None):
    """The graph of a skeleton; with a mask, its thick parts join branch points and long segments are parted."""
    full = np.ones((3, 3), bool)
    branch = skeleton & (ndimage.convolve(skeleton.astype(int), full.astype(int), mode="constant") > 3)
    if mask is not None:
        r = int(radius)
        y, x = np.mgrid[-r : r + 1, -r : r + 1]
        deep = ndimage.binary_opening(ndimage.binary_erosion(mask, y * y + x * x <= radius * radius), full)
        parts, count = ndimage.label(deep)
        points = np.bincount(parts[branch], minlength=count + 1)
        points[0] = 0
        branch = branch | (points[parts] > 1)
    areas = ndimage.binary_dilation(branch, full)
    segments = skeleton & ~areas
    if mask is not None:
        most, cut = max(int(longest), 2), np.zeros(skeleton.shape, bool)
        for way in traced_segments(segments):
            if len(way) > most:
                length = len(way) // -(-(len(way) - 1) // most)
                for k, p in enumerate(way[:-1]):
                    cut[p] |= k % length == length - 1
        cut = ndimage.binary_dilation(cut, full)
        areas, segments = areas | cut, segments & ~cut
    labelled = ndimage.label(areas, full)[0]
    return SkeletonGraph([Segment(way, areas, labelled) for way in traced_segments(segments)])


def all_ways(graph, most, limit=50_000):
    """Every way up to a length as its segments, the areas between them, and its length; depth first, no more than the limit."""
    out, found = [], 0
    for first in range(len(graph.segments)):
        found += 1
        if found > limit:
            return out
        if graph.segments[first].length <= most:
            out.append(([first], [], graph.segments[first].length))
        open_ = [([first], [area], graph.segments[first].length, 0) for area in reversed(graph.segments[first].areas)]
        while open_:
            way, areas, length, tried = open_.pop()
            choices = graph.at[areas[-1]]
            if tried == len(choices):
                continue
            open_.append((way, areas, length, tried + 1))
            j = choices[tried]
            if j in way:
                continue
            a, b = (graph.segments[s].end_at(areas[-1]) for s in (way[-1], j))
            longer = length + np.hypot(a[0] - b[0], a[1] - b[1]) + graph.segments[j].length
            if longer > most:
                continue
            found += 1
            if found > limit:
                return out
            if j > way[0]:
                out.append((way + [j], areas, longer))
            further = [area for area in graph.segments[j].areas if area not in areas]
            open_ += [(way + [j], areas + [area], longer, 0) for area in reversed(further)]
    return out


def way_pixels(graph, way, areas):
    """The pixels along a way."""
    first = graph.segments[way[0]]
    pixels = list(first.pixels[::-1] if areas and areas[0] in first.starts else first.pixels)
    for area, segment in zip(areas, way[1:]):
        own = graph.segments[segment]
        pixels += own.pixels if area in own.starts else own.pixels[::-1]
    return pixels


def longest_way(graph, most):
    """The pixels of the longest way, the first of those that are as long to a millionth of a pixel."""
    best, length = None, -np.inf
    for way, areas, long in all_ways(graph, most):
        if long > length + 1e-6:
            best, length = (way, areas), long
    return way_pixels(graph, *best) if best else []


def control_points_of(pixels, count):
    """Points at equal distances along a way, and its length."""
    pixels = np.asarray(pixels, float)
    so_far = np.r_[0, np.cumsum(np.linalg.norm(np.diff(pixels, axis=0), axis=1))]
    at = np.linspace(0, so_far[-1], count)
    return np.stack([np.interp(at, so_far, pixels[:, a]) for a in (0, 1)], axis=1), so_far[-1]


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
    "skeleton_graph": skeleton_graph,
    "all_ways": all_ways,
    "way_pixels": way_pixels,
    "longest_way": longest_way,
    "control_points_of": control_points_of,
    "counted": counted,
    "bins": bins,
    "above": above,
    "threshold_of": threshold_of,
}
