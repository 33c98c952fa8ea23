use crate::common::shape::same_shape;
use rotifer_registry::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

op! {
    /// Grows markers over an image, each pixel to the marker that the shortest path leads from.
    ///
    /// A step between neighbours (corners count) costs √(d² + n·r²): d sums the absolute differences of the image at the pixels around
    /// one and the pixels around the other (3 along each axis, the last pixel repeated beyond the border), n is along how many axes
    /// the step goes, and r is `regularization`. Pixels are settled by distance, then label, then raster order, so that ties have
    /// one outcome. `distances` is the length of the path, 0 on markers and -1 where none leads. No path leads where a pixel around
    /// is not finite, or out of the mask; markers outside it stay and do not grow. The definition is that of Jones, Carpenter and
    /// Golland (2005) as CellProfiler computes it, in any number of axes; CellProfiler divides images by the largest number of their
    /// file first, so that its regularization of 0.05 is 0.05 · 65535 here for a 16-bit image.
    pub struct PropagateLabels {
        /// Cost of a step along one axis, in units of the image; where it is large, the nearest marker counts.
        regularization: f64 = 0.05, range(0.0, 1e9);
    }
    id: "propagate_labels", revision: 1, family: Segmentation,
    memory: host,
    inputs: { image: Image, markers: Labels, mask: Mask optional },
    outputs: { labels: Labels, distances: Image(F32) },
    agrees: Exact, follows: "centrosome.propagate.propagate 1.3",
    python: "
import heapq, itertools
pixels, nd = f64(image), image.ndim
free = np.ones(image.shape, bool) if mask is None else mask
around = np.pad(pixels, 2, mode='edge')
window = lambda o: around[tuple(slice(2 + d, 2 + d + n) for d, n in zip(o, image.shape))]
box = list(itertools.product((-1, 0, 1), repeat=nd))
steps = []
for o in box:
    if any(o):
        apart = np.zeros(image.shape)
        for b in box:
            apart += np.abs(window(b) - window(np.add(o, b)))
        steps.append((o, np.sqrt(apart * apart + np.abs(o).sum() * regularization * regularization).ravel().tolist()))
far = [int(np.dot(o, [np.prod(image.shape[a + 1:], dtype=int) for a in range(nd)])) for o, _ in steps]
inside = np.pad(free, 1)
open_ = [inside[tuple(slice(1 + d, 1 + d + n) for d, n in zip(o, image.shape))].ravel().tolist() for o, _ in steps]
distance = np.where(markers > 0, 0.0, -1.0).ravel().tolist()
out = [0] * image.size
key = lambda d: int(np.float64(d).view(np.uint64)) >> 1
heap = [(0, int(markers.flat[i]), int(i)) for i in np.flatnonzero((markers > 0) & free)]
heapq.heapify(heap)
while heap:
    _, label, i = heapq.heappop(heap)
    if out[i]:
        continue
    out[i] = label
    for (o, cost), f, there in zip(steps, far, open_):
        if there[i] and not out[i + f]:
            d = distance[i] + cost[i]
            if distance[i + f] == -1 or distance[i + f] > d:
                distance[i + f] = d
                heapq.heappush(heap, (key(d), label, i + f))
out = np.where(markers > 0, markers, np.array(out).reshape(image.shape))
result = (out, np.array(distance).reshape(image.shape))",
    examples: ["regularization = 0.0", "regularization = 40.0"],
}

/// A pixel that waits: the bits of its distance but the last one, its label, and its index among the padded pixels.
type Waiting = Reverse<(u64, u32, u32)>;

/// The image with one pixel more at either end of each of its axes.
struct Padded {
    shape: [usize; 3],
    edge: [usize; 3],
    pixels: Vec<f64>,
}

impl Padded {
    fn new(image: &Volume) -> Padded {
        let edge = [(image.ndim() == 3) as usize, 1, 1];
        let inner = image.shape();
        let shape = [0, 1, 2].map(|a| inner[a] + 2 * edge[a]);
        let mut pixels = Vec::with_capacity(shape.iter().product());
        each_dtype!(image.pixels(), |from| {
            for z in 0..shape[0] {
                for y in 0..shape[1] {
                    let [z, y] = [(z, 0), (y, 1)].map(|(i, a)| i.saturating_sub(edge[a]).min(inner[a] - 1));
                    let row = &from[(z * inner[1] + y) * inner[2]..][..inner[2]];
                    pixels.push(row[0].to_f64());
                    pixels.extend(row.iter().map(|v| v.to_f64()));
                    pixels.push(row[inner[2] - 1].to_f64());
                }
            }
        });
        Padded { shape, edge, pixels }
    }

    /// A value for each padded pixel, `outside` around the image.
    fn spread<T: Copy>(&self, inner: [usize; 3], outside: T, value: impl Fn(usize) -> T) -> Vec<T> {
        let mut all = vec![outside; self.pixels.len()];
        for row in 0..inner[0] * inner[1] {
            let to = &mut all[self.row(row, inner)..][..inner[2]];
            to.iter_mut().enumerate().for_each(|(x, to)| *to = value(row * inner[2] + x));
        }
        all
    }

    /// Index of the first pixel of a row of the image.
    fn row(&self, row: usize, inner: [usize; 3]) -> usize {
        let [z, y] = [row / inner[1] + self.edge[0], row % inner[1] + self.edge[1]];
        (z * self.shape[1] + y) * self.shape[2] + 1
    }

    /// Steps to the pixels around, this one among them, in raster order, and along how many axes each goes.
    fn around(&self) -> Vec<(isize, f64)> {
        let mut steps = Vec::new();
        let [depth, _, _] = self.edge.map(|e| e as isize);
        for z in -depth..=depth {
            for y in -1..=1isize {
                for x in -1..=1isize {
                    let to = (z * self.shape[1] as isize + y) * self.shape[2] as isize + x;
                    steps.push((to, (z.abs() + y.abs() + x.abs()) as f64));
                }
            }
        }
        steps
    }
}

impl Host for PropagateLabels {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "markers", "mask"])?;
        let image = inputs.volume("image")?;
        let padded = image.shape.iter().fold(1usize, |n, len| n.saturating_mul(len + 2));
        if padded > u32::MAX as usize {
            return Err(Error::new(Code::Shape, "more pixels than the queue can number")
                .value(image.shape_text())
                .help("cut the image, or run it slice by slice"));
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let markers = inputs.volume("markers")?.label_slice()?;
        let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
        if image.is_empty() {
            return Ok(vec![
                Datum::Volume(image.labels(Vec::new())?),
                Datum::Volume(image.image::<f32>(Vec::new())?),
            ]);
        }
        let inner = image.shape();
        let padded = Padded::new(image);
        let around = padded.around();
        let offsets: Vec<isize> = around.iter().map(|(to, _)| *to).collect();
        let weight = self.regularization;
        let at = |from: usize, step: isize| from.wrapping_add_signed(step);
        // Pixels that no path may enter are at distance 0 from the start: no path is shorter.
        let open = |i: usize| mask.is_none_or(|mask| mask[i] != 0);
        let far = |i: usize| if markers[i] != 0 || !open(i) { 0.0 } else { f64::INFINITY };
        let mut distances = padded.spread(inner, 0.0, far);
        let mut labels = padded.spread(inner, 0, |i| if open(i) { 0 } else { markers[i] });
        let mut first: Vec<Waiting> = Vec::new();
        for row in 0..inner[0] * inner[1] {
            let to = padded.row(row, inner);
            for x in 0..inner[2] {
                let (i, marker) = (to + x, markers[row * inner[2] + x]);
                if marker == 0 || !open(row * inner[2] + x) {
                    continue;
                }
                if offsets.iter().any(|step| distances[at(i, *step)] > 0.0) {
                    first.push(Reverse((0, marker, i as u32)));
                } else {
                    labels[i] = marker;
                }
            }
        }
        let mut queue = BinaryHeap::from(first);
        while let Some(Reverse((_, label, here))) = queue.pop() {
            let here = here as usize;
            if labels[here] != 0 {
                continue;
            }
            labels[here] = label;
            let so_far = distances[here];
            for (step, axes) in &around {
                let there = at(here, *step);
                if distances[there] <= so_far || labels[there] != 0 {
                    continue;
                }
                let mut apart = 0.0;
                for near in &offsets {
                    apart += (padded.pixels[at(here, *near)] - padded.pixels[at(there, *near)]).abs();
                }
                let distance = so_far + (apart * apart + axes * weight * weight).sqrt();
                if distance < distances[there] {
                    distances[there] = distance;
                    queue.push(Reverse((distance.to_bits() >> 1, label, there as u32)));
                }
            }
        }
        let mut out = Vec::with_capacity(image.len());
        let mut lengths = Vec::with_capacity(image.len());
        for row in 0..inner[0] * inner[1] {
            let from = padded.row(row, inner)..padded.row(row, inner) + inner[2];
            out.extend_from_slice(&labels[from.clone()]);
            let pixels = row * inner[2]..(row + 1) * inner[2];
            let reached = |i: usize| markers[i] != 0 || open(i);
            lengths.extend(
                distances[from]
                    .iter()
                    .zip(pixels)
                    .map(|(d, i)| if d.is_finite() && reached(i) { *d as f32 } else { -1.0 }),
            );
        }
        Ok(vec![Datum::Volume(image.labels(out)?), Datum::Volume(image.image(lengths)?)])
    }

    /// The pixel that is nearest of all that are not settled, one after another.
    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let propagate = || {
            let image = Grid::from(inputs.volume("image")?);
            let markers = Grid::from(inputs.volume("markers")?);
            let mask = inputs.optional_volume("mask").map(Grid::from);
            let box_ = |p: [usize; 3]| {
                let depth = (image.ndim == 3) as isize;
                let mut all = Vec::new();
                for z in -depth..=depth {
                    for y in -1..=1 {
                        for x in -1..=1 {
                            all.push(
                                [z, y, x].iter().zip(p).map(|(d, i)| i as isize + d).collect::<Vec<_>>(),
                            );
                        }
                    }
                }
                all
            };
            let cost = |p: [usize; 3], q: [usize; 3]| {
                let value = |at: &[isize]| image.sample([at[0], at[1], at[2]], Edge::Nearest, 0.0);
                let apart =
                    box_(p).iter().zip(box_(q)).fold(0.0, |sum, (a, b)| sum + (value(a) - value(&b)).abs());
                let axes: f64 = (0..3).map(|a| p[a].abs_diff(q[a]) as f64).sum();
                (apart * apart + axes * self.regularization * self.regularization).sqrt()
            };
            let mut labels = markers.map(|_| 0.0);
            let mut distances = markers.map(|m| if m == 0.0 { -1.0 } else { 0.0 });
            let mut waiting = std::collections::BTreeSet::new();
            markers.map_at(|p| {
                if markers.at(p) != 0.0 && mask.as_ref().is_none_or(|m| m.at(p) != 0.0) {
                    waiting.insert((0, markers.at(p) as u32, p));
                }
                0.0
            });
            while let Some((_, label, p)) = waiting.pop_first() {
                if labels.at(p) != 0.0 {
                    continue;
                }
                labels.set(p, label as f64);
                for q in box_(p) {
                    let inside = (0..3).all(|a| q[a] >= 0 && q[a] < image.shape[a] as isize);
                    let q = [0, 1, 2].map(|a| q[a] as usize);
                    if !inside || labels.at(q) != 0.0 || mask.as_ref().is_some_and(|m| m.at(q) == 0.0) {
                        continue;
                    }
                    let distance = distances.at(p) + cost(p, q);
                    if distance.is_finite() && (distances.at(q) == -1.0 || distances.at(q) > distance) {
                        distances.set(q, distance);
                        waiting.insert((distance.to_bits() >> 1, label, q));
                    }
                }
            }
            let labels = labels.map_at(|p| if markers.at(p) != 0.0 { markers.at(p) } else { labels.at(p) });
            Ok(vec![Plain::Image(labels), Plain::Image(distances)])
        };
        Some(propagate())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |meta| meta.len().saturating_mul(9usize.pow(meta.ndim as u32) * 4))
    }
}
