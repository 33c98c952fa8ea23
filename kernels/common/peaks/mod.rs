//! Local maxima of an image, or of each of its objects: pixels that no pixel of their window exceeds.
//!
//! A first look at the eight neighbours leaves few pixels; only those look at the whole window, nearest rows first.

mod slow;
mod spacing;

use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::LabelRuns;
use crate::common::runs::bits;
use crate::common::threads;
use crate::simd;
pub use spacing::brightest;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// The neighbourhood whose maximum a peak equals.
pub enum Window {
    Box([usize; 3]),
    Offsets(Vec<[i32; 3]>),
}

impl Window {
    pub fn is_single(&self) -> bool {
        match self {
            Window::Box(radius) => *radius == [0; 3],
            Window::Offsets(offsets) => offsets.len() == 1,
        }
    }
}

/// An image that is searched.
pub struct Search<'a> {
    /// Pixels in an order of unsigned integers.
    pub keys: &'a [u32],
    /// Objects are searched one by one, as if nothing were around them.
    pub labels: Option<&'a [u32]>,
    /// Whether there is one object, and keys outside are 0: then no pixel outside exceeds one of the object.
    pub is_alone: bool,
    pub shape: [usize; 3],
    pub ndim: usize,
    /// Where peaks are searched. Of objects, what lies outside does not count.
    pub inner: [Range<usize>; 3],
    pub window: &'a Window,
    /// The least key of a peak.
    pub floor: u32,
    /// Least distance between peaks.
    pub distance: usize,
    pub most_of_object: Option<u32>,
}

pub fn place(index: usize, shape: [usize; 3]) -> [usize; 3] {
    [index / shape[2] / shape[1], index / shape[2] % shape[1], index % shape[2]]
}

/// Pixels that a thread looks at before it asks for more.
const PART: usize = 1 << 12;

/// Facts about the objects while rows are searched.
struct Objects {
    runs: LabelRuns,
    index: LabelIndex,
    /// Objects of which a pixel is no maximum: they are not flat.
    varied: Vec<AtomicBool>,
}

impl Search<'_> {
    /// The peaks of the whole image that are bright enough, in raster order; none where every pixel is a maximum.
    pub fn candidates(&self) -> Vec<usize> {
        let may_be_flat = !self.window.is_single() && self.keys.len() > 1;
        match self.window {
            Window::Box(radius) if may_be_flat => {
                // A window that holds the neighbours makes every pixel a maximum only if all are equal.
                if threads::all(self.keys.chunks(1 << 14), |keys| keys.iter().all(|k| *k == self.keys[0])) {
                    return Vec::new();
                }
                self.rows(|row, found| search_row(self, row, *radius, None, found))
            }
            Window::Offsets(offsets) if may_be_flat => {
                let offsets = nearest_first(offsets);
                let corners = [[0; 3], self.shape.map(|n| n - 1)];
                let varied = AtomicBool::new(false);
                let found = self.every_row(|row, found| {
                    let first = row * self.shape[2];
                    for i in first..first + self.shape[2] {
                        if self.is_exceeded(i, &offsets, corners) {
                            varied.store(true, Ordering::Relaxed);
                        } else if self.is_bright(i) && self.is_inner(i) {
                            found.push(i);
                        }
                    }
                });
                if varied.into_inner() { found } else { Vec::new() }
            }
            _ => self.rows(|row, found| {
                let first = row * self.shape[2];
                found.extend(self.inner[2].clone().map(|x| first + x).filter(|i| self.is_bright(*i)));
            }),
        }
    }

    /// As [`Search::candidates`], of maxima that are known.
    pub fn candidates_among(&self, is_max: impl Fn(usize) -> bool + Sync) -> Vec<usize> {
        let may_be_flat = !self.window.is_single() && self.keys.len() > 1;
        let n = self.keys.len();
        let parts = || (0..n).step_by(PART);
        if may_be_flat && threads::all(parts(), |first| (first..n.min(first + PART)).all(&is_max)) {
            return Vec::new();
        }
        self.rows(|row, found| {
            let first = row * self.shape[2];
            let wanted = |i: &usize| is_max(*i) && self.is_bright(*i);
            found.extend(self.inner[2].clone().map(|x| first + x).filter(wanted));
        })
    }

    /// The peaks of every object in the order of labels, those of one by brightness, as far apart as they must be.
    pub fn peaks_of_objects(&self, labels: &[u32]) -> Vec<usize> {
        let runs = LabelRuns::within(labels, self.shape, self.inner.clone());
        let index = LabelIndex::new(&runs);
        let varied = index.present.iter().map(|_| AtomicBool::new(false)).collect();
        let objects = Objects { runs, index, varied };
        // Few objects are flat.
        let boxes = OnceLock::new();
        let boxes = || boxes.get_or_init(|| objects.runs.boxes(&objects.index));
        let found = match self.window {
            _ if self.window.is_single() => self.rows(|row, found| {
                let first = row * self.shape[2];
                let own = |i: &usize| labels[*i] != 0 && self.is_bright(*i);
                found.extend(self.inner[2].clone().map(|x| first + x).filter(own));
            }),
            Window::Box(radius) => {
                self.rows(|row, found| search_row(self, row, *radius, Some((labels, &objects)), found))
            }
            Window::Offsets(offsets) => {
                let (offsets, boxes) = (nearest_first(offsets), boxes());
                objects.runs.collect(|run, found| {
                    let Some(place) = objects.index.place(labels[run.start]) else { return };
                    for i in run.pixels() {
                        if self.is_exceeded(i, &offsets, boxes[place]) {
                            objects.varied[place].store(true, Ordering::Relaxed);
                        } else if self.is_bright(i) {
                            found.push(i);
                        }
                    }
                })
            }
        };
        let mut peaks: Vec<Vec<usize>> = vec![Vec::new(); objects.varied.len()];
        for i in found {
            if let Some(place) = objects.index.place(labels[i]) {
                peaks[place].push(i);
            }
        }
        threads::collect(peaks.into_iter().enumerate(), |(place, mut points)| {
            if !self.window.is_single() && !objects.varied[place].load(Ordering::Relaxed) {
                let [lo, hi] = boxes()[place];
                if lo != hi {
                    points = self.peaks_in_box(labels, objects.index.present[place], lo, hi);
                }
            }
            brightest(self.keys, points, self.shape, self.distance, self.most_of_object)
        })
        .concat()
    }

    fn is_bright(&self, index: usize) -> bool {
        self.keys[index] >= self.floor
    }

    fn is_inner(&self, index: usize) -> bool {
        let p = place(index, self.shape);
        (0..3).all(|a| self.inner[a].contains(&p[a]))
    }

    /// Findings of `visit` in the rows where peaks are searched, in raster order.
    fn rows(&self, visit: impl Fn(usize, &mut Vec<usize>) + Sync) -> Vec<usize> {
        let [_, ny, _] = self.shape;
        self.every_row(|row, found| {
            if self.inner[0].contains(&(row / ny)) && self.inner[1].contains(&(row % ny)) {
                visit(row, found);
            }
        })
    }

    fn every_row(&self, visit: impl Fn(usize, &mut Vec<usize>) + Sync) -> Vec<usize> {
        const ROWS: usize = 16;
        let rows = self.shape[0] * self.shape[1];
        let found = threads::collect(0..rows.div_ceil(ROWS), |block| {
            let mut found = Vec::new();
            (block * ROWS..rows.min((block + 1) * ROWS)).for_each(|row| visit(row, &mut found));
            found
        });
        found.concat()
    }

    /// Whether a pixel of the window, kept within a box, is higher and of the same object.
    fn is_exceeded(&self, index: usize, offsets: &[[i32; 3]], [lo, hi]: [[usize; 3]; 2]) -> bool {
        let (p, [_, ny, nx]) = (place(index, self.shape), self.shape);
        let key = self.keys[index];
        offsets.iter().any(|o| {
            let q: [usize; 3] = std::array::from_fn(|a| {
                (p[a] as i64 + o[a] as i64).clamp(lo[a] as i64, hi[a] as i64) as usize
            });
            let other = (q[0] * ny + q[1]) * nx + q[2];
            self.keys[other] > key && self.labels.is_none_or(|l| l[other] == l[index] && self.is_inner(other))
        })
    }

    /// Where pixels count: of objects within the border, else everywhere.
    fn area(&self) -> [Range<usize>; 3] {
        if self.labels.is_some() { self.inner.clone() } else { self.shape.map(|n| 0..n) }
    }

    /// [`search_row`], as it is for every level of instructions.
    #[inline(always)]
    fn search_row(
        &self,
        row: usize,
        radius: [usize; 3],
        objects: Option<(&[u32], &Objects)>,
        found: &mut Vec<usize>,
    ) {
        const BLOCK: usize = 64;
        let [_, ny, nx] = self.shape;
        let area = self.area();
        let (z, y) = (row / ny, row % ny);
        // A row that does not count is one that nothing exceeds: the row itself.
        let beside = |y: Option<usize>| y.filter(|y| area[1].contains(y)).map_or(row, |y| z * ny + y);
        let rows = [row, beside(y.checked_sub(1)), beside(Some(y + 1))];
        let parts = |x: &Range<usize>| rows.map(|row| row * nx + x.start..row * nx + x.end);
        let mut last = 0;
        let mut flags = [0u8; BLOCK];
        for start in self.inner[2].clone().step_by(BLOCK) {
            let x = start..self.inner[2].end.min(start + BLOCK);
            let flags = &mut flags[..x.len()];
            let center = row * nx + x.start..row * nx + x.end;
            // Neighbours along x that count.
            let halo = x.start.max(area[2].start + 1) - 1..(x.end + 1).min(area[2].end);
            let skip = x.start - halo.start;
            let [own, above, below] = parts(&halo).map(|part| &self.keys[part]);
            match objects {
                None => {
                    if self.keys[center.clone()].iter().fold(0, |a, b| a.max(*b)) < self.floor {
                        continue;
                    }
                    mark_exceeded(own, above, below, skip, flags);
                }
                Some((labels, objects)) => {
                    if labels[center.clone()].iter().fold(0, |a, b| a | b) == 0 {
                        continue;
                    }
                    if self.is_alone {
                        mark_exceeded(own, above, below, skip, flags);
                    } else {
                        let labels_near = parts(&halo).map(|part| &labels[part]);
                        mark_exceeded_of(own, above, below, &labels_near, skip, flags);
                    }
                    let own = &labels[center.clone()];
                    if any_other(flags, own, last) {
                        for (flag, label) in flags.iter().zip(own) {
                            if *flag != 0
                                && *label != last
                                && let Some(place) = objects.index.place(*label)
                            {
                                objects.varied[place].store(true, Ordering::Relaxed);
                                last = *label;
                            }
                        }
                    }
                    flags.iter_mut().zip(own).for_each(|(flag, label)| *flag |= (*label == 0) as u8);
                }
            }
            for (flag, key) in flags.iter_mut().zip(&self.keys[center.clone()]) {
                *flag |= (*key < self.floor) as u8;
            }
            let mut left = !bits(flags) & u64::MAX >> (BLOCK - flags.len());
            while left != 0 {
                let first = left.trailing_zeros() as usize;
                // Pixels side by side that are alike.
                let at = center.start + first;
                let alike =
                    |i: usize| self.keys[i] == self.keys[at] && self.labels.is_none_or(|l| l[i] == l[at]);
                let mut count = 1;
                while first + count < flags.len() && left >> (first + count) & 1 == 1 && alike(at + count) {
                    count += 1;
                }
                left &= !(u64::MAX >> (BLOCK - count) << first);
                let xs = x.start + first..x.start + first + count;
                self.search_window([z, y], xs, radius, &area, objects, found);
            }
        }
    }

    /// Of pixels side by side of one key and one object those that their window does not exceed.
    fn search_window(
        &self,
        [z, y]: [usize; 2],
        xs: Range<usize>,
        [rz, ry, rx]: [usize; 3],
        area: &[Range<usize>; 3],
        objects: Option<(&[u32], &Objects)>,
        found: &mut Vec<usize>,
    ) {
        let [_, ny, nx] = self.shape;
        let first = (z * ny + y) * nx + xs.start;
        let key = self.keys[first];
        let label = objects.map(|(labels, _)| labels[first]);
        let mut exceeded = [false; 64];
        let mut left = xs.len();
        let range = xs.start.saturating_sub(rx).max(area[2].start)..(xs.end + rx).min(area[2].end);
        'rows: for near in 0..=rz.max(ry) {
            for (z, y) in ring([z, y], [rz, ry], near) {
                if !area[0].contains(&z) || !area[1].contains(&y) {
                    continue;
                }
                let part = (z * ny + y) * nx + range.start..(z * ny + y) * nx + range.end;
                let keys = &self.keys[part.clone()];
                let labels = objects.map(|(labels, _)| &labels[part.clone()]);
                let higher = match (labels, label) {
                    (Some(labels), Some(label)) if !self.is_alone => any_higher_of(keys, labels, key, label),
                    _ => any_higher(keys, key),
                };
                if !higher {
                    continue;
                }
                let mut done = xs.start;
                for (i, k) in keys.iter().enumerate() {
                    let x = range.start + i;
                    if *k > key && labels.is_none_or(|l| Some(l[i]) == label) {
                        for x in done.max(x.saturating_sub(rx))..xs.end.min(x + rx + 1) {
                            let exceeded = &mut exceeded[x - xs.start];
                            left -= !*exceeded as usize;
                            *exceeded = true;
                        }
                        done = done.max(xs.end.min(x + rx + 1));
                    }
                }
                if left == 0 {
                    break 'rows;
                }
            }
        }
        if left < xs.len()
            && let (Some((_, objects)), Some(label)) = (objects, label)
            && let Some(place) = objects.index.place(label)
        {
            objects.varied[place].store(true, Ordering::Relaxed);
        }
        found.extend((0..xs.len()).filter(|i| !exceeded[*i]).map(|i| first + i));
    }

    /// The peaks of an object that may be flat; those of a flat one are the pixels that an opening with a cross removes.
    fn peaks_in_box(&self, labels: &[u32], label: u32, lo: [usize; 3], hi: [usize; 3]) -> Vec<usize> {
        let shape: [usize; 3] = std::array::from_fn(|a| hi[a] + 1 - lo[a]);
        let [_, ny, nx] = self.shape;
        let rows = |row: usize| ((row / shape[1] + lo[0]) * ny + row % shape[1] + lo[1]) * nx + lo[2];
        let outer = |i: usize| rows(i / shape[2]) + i % shape[2];
        let (mut mask, mut own) = (Vec::new(), Vec::new());
        for first in (0..shape[0] * shape[1]).map(rows) {
            let part = first..first + shape[2];
            mask.extend(labels[part.clone()].iter().map(|l| *l == label));
            own.extend(
                labels[part.clone()]
                    .iter()
                    .zip(&self.keys[part])
                    .map(|(l, k)| if *l == label { *k } else { 0 }),
            );
        }
        let mut is_max = slow::maxima(&own, shape, self.window, |i| mask[i]);
        if (0..mask.len()).all(|i| is_max[i] || !mask[i]) {
            is_max = slow::isolated(&mask, shape, self.ndim);
        }
        (0..mask.len()).filter(|i| is_max[*i] && own[*i] >= self.floor).map(outer).collect()
    }
}

fn nearest_first(offsets: &[[i32; 3]]) -> Vec<[i32; 3]> {
    let mut offsets = offsets.to_vec();
    offsets.sort_by_key(|o| o.iter().map(|d| d.unsigned_abs() as u64 * d.unsigned_abs() as u64).sum::<u64>());
    offsets
}

/// The rows of a window that are `near` rows away along the farther of both axes.
fn ring([z, y]: [usize; 2], [rz, ry]: [usize; 2], near: usize) -> impl Iterator<Item = (usize, usize)> {
    let n = near as isize;
    let (dz, dy) = (n.min(rz as isize), n.min(ry as isize));
    (-dz..=dz).flat_map(move |along_z| {
        // Whole lines at the ends, else only the two ends of the line.
        let step = if along_z.abs() == n { 1 } else { (2 * n).max(1) };
        let ends = if along_z.abs() == n { -dy..=dy } else { -n..=n };
        ends.step_by(step as usize)
            .filter(move |along_y| along_y.abs() <= dy)
            .filter_map(move |along_y| Some((z.checked_add_signed(along_z)?, y.checked_add_signed(along_y)?)))
    })
}

/// The flags of which both neighbours along x are in rows of `n` pixels, the first flag's pixel being number `skip`.
#[inline(always)]
fn with_neighbors(n: usize, skip: usize, flags: usize) -> Range<usize> {
    let first = usize::from(skip == 0);
    first..flags.min(n - skip - 1).max(first)
}

/// A part of a row from one pixel before it, from its first pixel, and from one pixel after it.
#[inline(always)]
fn side_by_side(row: &[u32], first: usize, length: usize) -> [&[u32]; 3] {
    let row = &row[first - usize::from(length > 0)..];
    [&row[..length], &row[length.min(1)..][..length], &row[2 * length.min(1)..][..length]]
}

simd! {
    /// The pixels of a row that equal the maximum of a box around them.
    fn search_row(
        search: &Search,
        row: usize,
        radius: [usize; 3],
        objects: Option<(&[u32], &Objects)>,
        found: &mut Vec<usize>
    ) {
        search.search_row(row, radius, objects, found);
    }

    /// Which pixels one of their eight neighbours exceeds. The rows begin `skip` pixels before the first flag, and end
    /// with its last pixel or one later.
    fn mark_exceeded(own: &[u32], above: &[u32], below: &[u32], skip: usize, flags: &mut [u8]) {
        let n = own.len();
        let (above, below) = (&above[..n], &below[..n]);
        let inner = with_neighbors(n, skip, flags.len());
        for i in (0..inner.start).chain(inner.end..flags.len()) {
            let (first, last) = ((i + skip).saturating_sub(1), (i + skip + 1).min(n - 1));
            let exceeds = |row: &[u32]| row[first..=last].iter().any(|k| *k > own[i + skip]);
            flags[i] = (exceeds(own) | exceeds(above) | exceeds(below)) as u8;
        }
        let flags = &mut flags[inner.clone()];
        let three = |row| side_by_side(row, skip + inner.start, flags.len());
        let (o, a, b) = (three(own), three(above), three(below));
        for (i, flag) in flags.iter_mut().enumerate() {
            let left = o[0][i].max(a[0][i]).max(b[0][i]);
            let middle = o[1][i].max(a[1][i]).max(b[1][i]);
            let right = o[2][i].max(a[2][i]).max(b[2][i]);
            *flag = (left.max(middle).max(right) > o[1][i]) as u8;
        }
    }

    /// [`mark_exceeded`] by neighbours of the same label.
    fn mark_exceeded_of(
        own: &[u32],
        above: &[u32],
        below: &[u32],
        labels: &[&[u32]; 3],
        skip: usize,
        flags: &mut [u8],
    ) {
        let n = own.len();
        let (above, below) = (&above[..n], &below[..n]);
        let [own_label, above_label, below_label] = labels.map(|row| &row[..n]);
        let inner = with_neighbors(n, skip, flags.len());
        for i in (0..inner.start).chain(inner.end..flags.len()) {
            let (first, last) = ((i + skip).saturating_sub(1), (i + skip + 1).min(n - 1));
            let exceeds = |keys: &[u32], labels: &[u32]| {
                (first..=last).any(|j| keys[j] > own[i + skip] && labels[j] == own_label[i + skip])
            };
            let any = exceeds(own, own_label) | exceeds(above, above_label) | exceeds(below, below_label);
            flags[i] = any as u8;
        }
        let flags = &mut flags[inner.clone()];
        let three = |row| side_by_side(row, skip + inner.start, flags.len());
        let keys = [three(own), three(above), three(below)];
        let labels = [three(own_label), three(above_label), three(below_label)];
        for (i, flag) in flags.iter_mut().enumerate() {
            let (key, label) = (keys[0][1][i], labels[0][1][i]);
            let mut any = false;
            for (keys, labels) in keys.iter().zip(&labels) {
                for k in 0..3 {
                    any |= (keys[k][i] > key) & (labels[k][i] == label);
                }
            }
            *flag = any as u8;
        }
    }

    /// Whether a flag stands at a label that is neither 0 nor this one.
    fn any_other(flags: &[u8], labels: &[u32], known: u32) -> bool {
        let mut any = false;
        for (flag, label) in flags.iter().zip(labels) {
            any |= (*flag != 0) & (*label != 0) & (*label != known);
        }
        any
    }

    fn any_higher(keys: &[u32], key: u32) -> bool {
        let Some(last) = keys.last_chunk::<8>() else { return keys.iter().any(|k| *k > key) };
        // The last eight overlap those before.
        let highest = keys.as_chunks::<8>().0.iter().fold(*last, |mut highest, eight| {
            highest.iter_mut().zip(eight).for_each(|(a, b)| *a = (*a).max(*b));
            highest
        });
        highest.into_iter().fold(0, u32::max) > key
    }

    fn any_higher_of(keys: &[u32], labels: &[u32], key: u32, label: u32) -> bool {
        let mut any = false;
        for (k, l) in keys.iter().zip(labels) {
            any |= (*k > key) & (*l == label);
        }
        any
    }
}
