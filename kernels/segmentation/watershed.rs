use crate::common::order::{keys, ordered_f64};
use crate::common::shape::same_shape;
use rotifer_registry::*;

op! {
    /// Floods an image from markers, lowest values first, until the basins meet.
    ///
    /// Pixels wait in a queue by value, then by the time they were reached; a pixel takes the label of the pixel that
    /// reached it first. The order is that of scikit-image's heap, ties between markers included, so labels are equal to
    /// its labels pixel by pixel. A pixel below the level of the water is flooded at that level. NaN counts as infinity.
    /// With lines its queue can grow without bound; ours stops at 16 times the pixels, from where on equal markers may be
    /// taken in another order than there.
    /// To split touching bright objects, flood the negative image or the negative distance.
    pub struct Watershed {
        /// Orthogonal steps within which pixels are neighbours: 1 shares a side, 2 an edge, 3 (of 3-D images) a corner.
        connectivity: u32 = 1, range(1, 3);
        /// Weight of the distance (in pixels) from the marker, in units of the image; above 0 basins become compact.
        compactness: f64 = 0.0, range(0.0, 1e12);
        /// Leaves a line of 0 where basins meet.
        watershed_line: bool = false;
    }
    id: "watershed", revision: 1, family: Segmentation,
    memory: host,
    inputs: { image: Image, markers: Labels, mask: Mask optional },
    outputs: { labels: Labels },
    agrees: Exact, follows: "skimage.segmentation.watershed 0.26",
    python: "ski.segmentation.watershed(image, markers.astype(np.int64), connectivity=min(connectivity, image.ndim), mask=mask, compactness=compactness, watershed_line=watershed_line)",
    examples: ["connectivity = 2", "connectivity = 3\nwatershed_line = true", "watershed_line = true", "compactness = 0.5", "compactness = 20.0\nconnectivity = 2\nwatershed_line = true"],
}

impl Host for Watershed {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "markers", "mask"])?;
        let pixels = inputs.volume("image")?;
        if Frame::new(pixels.shape, pixels.ndim).len() > u32::MAX as usize {
            return Err(Error::new(Code::Shape, "more pixels than the queue can number")
                .value(pixels.shape_text())
                .help("cut the image, or run it slice by slice"));
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let markers = inputs.volume("markers")?;
        let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
        let frame = Frame::new(image.shape(), image.ndim());
        let mut labels = frame.pad(markers.label_slice()?, |m| m);
        let inside = match mask {
            Some(mask) => frame.pad(mask, |m| m != 0),
            None => frame.pad(&vec![true; image.len()], |m| m),
        };
        for (label, inside) in labels.iter_mut().zip(&inside) {
            *label *= *inside as u32;
        }
        let neighbours = frame.neighbours(self.connectivity as i64);
        if self.compactness > 0.0 {
            let values = frame.pad(&image.f64s(), |v| v);
            let cost = |at: u32, source: u32| {
                ordered_f64(values[at as usize] + self.compactness * frame.distance(at, source))
            };
            let start = |at: u32| ordered_f64(values[at as usize]);
            settle_late(&mut labels, inside, &neighbours, start, cost, true);
        } else {
            let keys = frame.pad(&keys(image.pixels()), |k| k);
            if self.watershed_line {
                let cost = |at: u32, _| keys[at as usize] as u64;
                settle_late(&mut labels, inside, &neighbours, |at| keys[at as usize] as u64, cost, false);
            } else {
                settle_early(&mut labels, &inside, &neighbours, &keys);
            }
        }
        Ok(vec![Datum::Volume(image.labels(frame.crop(&labels))?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.plain(inputs))
    }
}

/// The image with a rim of one pixel that is never flooded, so that neighbours need no bounds.
struct Frame {
    shape: [usize; 3],
    rim: [usize; 3],
}

impl Frame {
    fn new(shape: [usize; 3], ndim: usize) -> Frame {
        Frame { shape, rim: [(ndim == 3) as usize, 1, 1] }
    }

    fn padded(&self) -> [usize; 3] {
        std::array::from_fn(|a| self.shape[a] + 2 * self.rim[a])
    }

    fn len(&self) -> usize {
        self.padded().iter().product()
    }

    /// Where each row of the image begins in the padded one.
    fn rows(&self) -> impl Iterator<Item = usize> {
        let [_, py, px] = self.padded();
        let ([nz, ny, _], [rz, ry, rx]) = (self.shape, self.rim);
        (0..nz).flat_map(move |z| (0..ny).map(move |y| ((z + rz) * py + y + ry) * px + rx))
    }

    fn pad<S: Copy, T: Copy + Default>(&self, pixels: &[S], convert: impl Fn(S) -> T) -> Vec<T> {
        let mut padded = vec![T::default(); self.len()];
        let width = self.shape[2];
        for (row, at) in pixels.chunks(width.max(1)).zip(self.rows()) {
            for (to, from) in padded[at..at + width].iter_mut().zip(row) {
                *to = convert(*from);
            }
        }
        padded
    }

    fn crop(&self, padded: &[u32]) -> Vec<u32> {
        self.rows().flat_map(|at| &padded[at..at + self.shape[2]]).copied().collect()
    }

    /// Steps to the neighbours, nearest first, then in raster order.
    fn neighbours(&self, connectivity: i64) -> Vec<i32> {
        let [_, py, px] = self.padded().map(|n| n as i64);
        let mut steps: Vec<(i64, i32)> = Vec::new();
        let deep = self.rim[0] as i64;
        for z in -deep..=deep {
            for y in -1..=1 {
                for x in -1..=1 {
                    let far = z * z + y * y + x * x;
                    if far > 0 && far <= connectivity {
                        steps.push((far, ((z * py + y) * px + x) as i32));
                    }
                }
            }
        }
        steps.sort_by_key(|s| s.0);
        steps.into_iter().map(|s| s.1).collect()
    }

    fn distance(&self, a: u32, b: u32) -> f64 {
        let [_, py, px] = self.padded();
        let place = |i: u32| [i as usize / px / py, i as usize / px % py, i as usize % px].map(|v| v as i64);
        let (a, b) = (place(a), place(b));
        ((0..3).map(|i| (a[i] - b[i]).pow(2)).sum::<i64>() as f64).sqrt()
    }
}

/// A pixel that waits, and the marker it was reached from.
#[derive(Clone, Copy)]
struct Waiting<K> {
    key: K,
    index: u32,
    source: u32,
}

/// A binary heap whose equal items leave in the order in which scikit-image's heap lets them go.
struct Heap<K> {
    items: Vec<Waiting<K>>,
}

impl<K: Copy + PartialOrd> Heap<K> {
    fn push(&mut self, item: Waiting<K>) {
        let mut child = self.items.len();
        self.items.push(item);
        while child > 0 {
            let parent = (child - 1) / 2;
            let above = self.items[parent];
            if item.key >= above.key {
                break;
            }
            self.items[child] = above;
            child = parent;
        }
        self.items[child] = item;
    }

    fn pop(&mut self) -> Option<Waiting<K>> {
        let item = self.items.pop()?;
        let Some(&top) = self.items.first() else { return Some(item) };
        let items = self.items.as_mut_slice();
        let mut at = 0;
        while 2 * at + 2 < items.len() {
            let left = 2 * at + 1;
            let child = left + (items[left + 1].key < items[left].key) as usize;
            if items[child].key >= item.key {
                items[at] = item;
                return Some(top);
            }
            items[at] = items[child];
            at = child;
        }
        let left = 2 * at + 1;
        if left < items.len() && items[left].key < item.key {
            items[at] = items[left];
            at = left;
        }
        items[at] = item;
        Some(top)
    }
}

/// The plain watershed: a pixel can be labelled when it is reached, since no later way to it is lower.
fn settle_early(labels: &mut [u32], inside: &[bool], neighbours: &[i32], keys: &[u32]) {
    let mut open: Vec<bool> = labels.iter().zip(inside).map(|(&l, &inside)| inside && l == 0).collect();
    let mut heap = Heap { items: Vec::new() };
    // Value above, age below: one comparison.
    for (at, _) in labels.iter().enumerate().filter(|(_, l)| **l != 0) {
        heap.push(Waiting { key: (keys[at] as u64) << 32, index: at as u32, source: 0 });
    }
    let mut age = 0u64;
    while let Some(top) = heap.pop() {
        let label = labels[top.index as usize];
        for step in neighbours {
            let at = top.index.wrapping_add_signed(*step);
            if open[at as usize] {
                open[at as usize] = false;
                labels[at as usize] = label;
                age += 1;
                let level = (keys[at as usize] as u64).max(top.key >> 32);
                heap.push(Waiting { key: level << 32 | age, index: at, source: 0 });
            }
        }
    }
}

/// Pixels that may wait for each pixel of the image because the neighbours of lines are asked again.
const ASKED_AGAIN: usize = 16;

/// The largest value of several markers: above it no two items of the queue are equal.
fn last_tie<K: Copy + Ord>(mut values: Vec<K>) -> Option<K> {
    values.sort_unstable();
    values.windows(2).rev().find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// The watershed with compact basins or with lines: a pixel is labelled when it leaves the queue.
fn settle_late(
    labels: &mut [u32],
    mut inside: Vec<bool>,
    neighbours: &[i32],
    start: impl Fn(u32) -> u64,
    cost: impl Fn(u32, u32) -> u64,
    compact: bool,
) {
    let mut heap = Heap { items: Vec::new() };
    for (at, _) in labels.iter().enumerate().filter(|(_, l)| **l != 0) {
        let at = at as u32;
        heap.push(Waiting { key: (start(at), 0u64), index: at, source: at });
    }
    let ties = last_tie(heap.items.iter().map(|marker| marker.key.0).collect());
    let mut age = 0;
    while let Some(top) = heap.pop() {
        let here = top.index as usize;
        if labels[here] != 0 && top.index != top.source {
            continue;
        }
        let label = labels[top.source as usize];
        let around = || neighbours.iter().map(|step| top.index.wrapping_add_signed(*step));
        if compact {
            labels[here] = label;
        } else if !inside[here] {
            // A line, reached again. Its neighbours wait since the first time, with lower keys than they would get
            // now. Asking them again moves only equal markers, whose order is that of the items in the heap.
            if ties.is_none_or(|ties| top.key.0 >= ties) || heap.items.len() > ASKED_AGAIN * labels.len() {
                continue;
            }
        } else {
            let foreign = |at: u32| {
                let l = labels[at as usize];
                inside[at as usize] && l != 0 && l != label
            };
            if around().any(foreign) {
                inside[here] = false;
            } else {
                labels[here] = label;
            }
        }
        for at in around() {
            if inside[at as usize] && labels[at as usize] == 0 {
                age += 1;
                let level = cost(at, top.source).max(top.key.0);
                heap.push(Waiting { key: (level, age), index: at, source: top.source });
            }
        }
    }
}

impl Watershed {
    /// The definition by coordinates in f64, with a heap of swaps.
    fn plain(&self, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        type Item = (f64, usize, [usize; 3], [usize; 3]);
        let image = Grid::from(inputs.volume("image")?);
        let mut mask = match inputs.optional_volume("mask") {
            Some(mask) => Grid::from(mask),
            None => image.map(|_| 1.0),
        };
        let markers = Grid::from(inputs.volume("markers")?);
        let mut labels = markers.map_at(|p| if mask.at(p) != 0.0 { markers.at(p) } else { 0.0 });
        let level = |p| if f64::is_nan(image.at(p)) { f64::INFINITY } else { image.at(p) };
        let less = |a: &Item, b: &Item| if a.0 != b.0 { a.0 < b.0 } else { a.1 < b.1 };
        let push = |heap: &mut Vec<Item>, item: Item| {
            heap.push(item);
            let mut child = heap.len() - 1;
            while child > 0 && less(&heap[child], &heap[(child - 1) / 2]) {
                heap.swap(child, (child - 1) / 2);
                child = (child - 1) / 2;
            }
        };
        let pop = |heap: &mut Vec<Item>| {
            let top = heap.swap_remove(0);
            let mut at = 0;
            loop {
                let mut smallest = at;
                for child in [2 * at + 1, 2 * at + 2] {
                    if child < heap.len() && less(&heap[child], &heap[smallest]) {
                        smallest = child;
                    }
                }
                if smallest == at {
                    return top;
                }
                heap.swap(at, smallest);
                at = smallest;
            }
        };
        let reach: i64 = self.connectivity as i64;
        let around = |p: [usize; 3]| {
            let mut found = Vec::new();
            for far in 1..=reach {
                for z in -1..=1i64 {
                    for y in -1..=1i64 {
                        for x in -1..=1i64 {
                            let q = [p[0] as i64 + z, p[1] as i64 + y, p[2] as i64 + x];
                            let there = (0..3).all(|a| q[a] >= 0 && q[a] < image.shape[a] as i64);
                            if z * z + y * y + x * x == far && there {
                                found.push(q.map(|i| i as usize));
                            }
                        }
                    }
                }
            }
            found
        };
        let mut heap = Vec::new();
        labels.map_at(|p| {
            if labels.at(p) != 0.0 {
                push(&mut heap, (level(p), 0, p, p));
            }
            0.0
        });
        let compact = self.compactness > 0.0;
        let markers: Vec<f64> = heap.iter().map(|item| item.0).collect();
        let shared = |v: &f64| markers.iter().filter(|m| *m == v).count() > 1;
        let ties = markers.iter().copied().filter(shared).reduce(f64::max);
        let padded = Frame::new(image.shape, inputs.volume("image")?.ndim()).len();
        let mut age = 0;
        while !heap.is_empty() {
            let (value, _, here, source) = pop(&mut heap);
            if compact || self.watershed_line {
                if labels.at(here) != 0.0 && here != source {
                    continue;
                }
                let again = !compact && mask.at(here) == 0.0;
                if again && (ties.is_none_or(|ties| value >= ties) || heap.len() > ASKED_AGAIN * padded) {
                    continue;
                }
                let label = labels.at(source);
                let foreign =
                    |q: &[usize; 3]| mask.at(*q) != 0.0 && labels.at(*q) != 0.0 && labels.at(*q) != label;
                if compact || !again && !around(here).iter().any(foreign) {
                    labels.set(here, label);
                } else {
                    mask.set(here, 0.0);
                }
            }
            for there in around(here) {
                if mask.at(there) == 0.0 || labels.at(there) != 0.0 {
                    continue;
                }
                let mut cost = level(there);
                if compact {
                    let far: f64 = (0..3).map(|a| (there[a] as f64 - source[a] as f64).powi(2)).sum();
                    cost += self.compactness * far.sqrt();
                } else if !self.watershed_line {
                    labels.set(there, labels.at(here));
                }
                age += 1;
                push(&mut heap, (cost.max(value), age, there, source));
            }
        }
        Ok(vec![Plain::Image(labels)])
    }
}
