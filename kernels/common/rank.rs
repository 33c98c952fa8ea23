//! The median over a window, or the value of another rank, exact for every dtype.
//!
//! Small windows: a sorting network that runs over many pixels at once, cut down to what the median needs. The
//! columns of a box are sorted once and merged side by side, as neighbouring windows share them. Large windows: a
//! histogram that slides along the row; for boxes of bytes and 16-bit values one of every column.

use crate::common::column_histograms::counts;
use crate::common::fresh::{Fresh, blocks};
pub use crate::common::ranked::{Block, Lanes, Ranked};
use crate::common::rows::Extended;
use crate::common::small_median::{of_3_by_3, of_5_by_5};
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::footprint::{Offsets, Run};
use rotifer_registry::*;
use rotifer_shaders::filters::MEDIAN_FILTER;

/// Rank of the median among n values: the upper one of two, as scipy has it.
pub fn middle(n: usize) -> usize {
    n / 2
}

/// Boxes of more pixels than this are counted by columns, where that is done; of 16-bit values, those of higher columns
/// than this: below it a histogram that slides costs less.
const COUNTED: usize = 121;
const HIGH: usize = 40;

/// Windows whose pixels are sorted one by one have at most so many.
const LISTED: usize = 64;

/// Windows of more pixels than this are counted, not sorted; medians of boxes are sorted by columns.
fn sorts(offsets: &Offsets, by_columns: bool, bytes: usize) -> bool {
    let most = match (by_columns, bytes) {
        (true, 1) => 225,
        (true, 2) => 121,
        (true, _) => 81,
        (false, 4) => 40,
        (false, _) => LISTED,
    };
    offsets.len() <= most
}

/// The median of the pixels at these offsets around every pixel.
pub fn median<T: Ranked>(image: Extended<T>, offsets: &Offsets) -> Vec<T> {
    ranked(image, offsets, middle(offsets.len()))
}

/// The value of this rank, from 0, among the pixels at these offsets around every pixel.
pub fn ranked<T: Ranked>(image: Extended<T>, offsets: &Offsets, rank: usize) -> Vec<T> {
    let n = offsets.len();
    if image.pixels.is_empty() {
        return Vec::new();
    }
    // Ways of boxes that find the median alone.
    let of_median = offsets.is_box() && rank == middle(n);
    if offsets.is_box()
        && n > if of_median { COUNTED } else { LISTED }
        && (T::DTYPE.size() == 1 || (2 * offsets.radius[0] + 1) * (2 * offsets.radius[1] + 1) > HIGH)
        && counts(offsets.radius)
        && let Some(values) = T::counted(&image, offsets.radius, rank)
    {
        return values;
    }
    if !sorts(offsets, of_median, T::DTYPE.size()) {
        slide(&image, offsets, rank)
    } else if of_median && offsets.radius == [0, 1, 1] {
        sort_blocks(&image, offsets, |rows, _, state, out| of_3_by_3(rows, &mut state.levels, out))
    } else if of_median && offsets.radius == [0, 2, 2] {
        sort_blocks(&image, offsets, |rows, _, state, out| of_5_by_5(rows, &mut state.levels, out))
    } else if of_median {
        let plan = BoxPlan::new(offsets.radius);
        sort_blocks(&image, offsets, |rows, pad, state, out| plan.row(rows, pad, state, out))
    } else {
        let mut network = Network::default();
        let wires: Vec<usize> = (0..n).collect();
        let sorted = network.sort(&wires);
        network.prune(&[sorted[rank]]);
        let at: Vec<(usize, usize)> = offsets
            .iter()
            .map(|[z, y, x]| {
                let [rz, ry, rx] = offsets.radius.map(|r| r as i32);
                (((z + rz) * (2 * ry + 1) + y + ry) as usize, (x + rx) as usize)
            })
            .collect();
        sort_blocks(&image, offsets, |rows, _, state, out| {
            state.wires.resize(n, T::Key::block());
            for first in (0..out.len()).step_by(T::Key::LANES) {
                for (wire, &(row, x)) in state.wires.iter_mut().zip(&at) {
                    load::<T::Key>(wire, &rows[row][x + first..]);
                }
                run(&network.steps, &mut state.wires);
                store::<T>(&mut out[first..], &state.wires[sorted[rank]]);
            }
        })
    }
}

/// Buffers of one thread.
struct State<K: Lanes> {
    keys: Vec<K>,
    wires: Vec<K::Block>,
    levels: Vec<Vec<K>>,
}

/// Calls `row` for each row of the output with the padded rows of keys around it, in raster order. Every row of keys
/// has one block of lanes more than it needs.
fn sort_blocks<T: Ranked>(
    image: &Extended<T>,
    offsets: &Offsets,
    row: impl Fn(&[&[T::Key]], usize, &mut State<T::Key>, &mut [T]) + Sync + Send,
) -> Vec<T> {
    const ROWS: usize = 16;
    let nx = image.shape[2];
    let [rz, ry, rx] = offsets.radius;
    let stride = (nx + 2 * rx).next_multiple_of(T::Key::LANES) + T::Key::LANES;
    let constant = T::from_f64(image.constant).key();
    let init = || State { keys: Vec::new(), wires: Vec::new(), levels: Vec::new() };
    blocks(image.shape, ROWS, init, |state, z, y, out: Fresh<T>| {
        let high = out.len() / nx + 2 * ry;
        let mut keys = std::mem::take(&mut state.keys);
        keys.resize((2 * rz + 1) * high * stride, T::Key::default());
        for (i, line) in keys.chunks_mut(stride).enumerate() {
            let (dz, dy) = (i / high, i % high);
            let at = ((z + dz) as isize - rz as isize, (y + dy) as isize - ry as isize);
            image.padded(at.0, at.1, rx, line, constant, T::key);
        }
        let mut rows: Vec<&[T::Key]> = Vec::new();
        for (i, out) in out.rows(nx).enumerate() {
            rows.clear();
            for dz in 0..2 * rz + 1 {
                rows.extend((0..2 * ry + 1).map(|dy| &keys[(dz * high + i + dy) * stride..][..stride]));
            }
            row(&rows, stride, state, out);
        }
        state.keys = keys;
    })
}

#[inline(always)]
fn load<K: Lanes>(wire: &mut K::Block, from: &[K]) {
    wire.as_mut().copy_from_slice(&from[..K::LANES]);
}

#[inline(always)]
fn store<T: Ranked>(out: &mut [T], wire: &<T::Key as Lanes>::Block) {
    out.iter_mut().zip(wire.as_ref()).for_each(|(o, k)| *o = T::from_key(*k));
}

/// The outputs that are kept of an exchange of two wires.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Keep {
    Both,
    Least,
    Most,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    low: u32,
    high: u32,
    keep: Keep,
}

/// Exchanges that order wires.
#[derive(Clone, Debug, Default)]
struct Network {
    steps: Vec<Step>,
}

impl Network {
    /// Sorts wires; gives them from the least to the largest.
    fn sort(&mut self, wires: &[usize]) -> Vec<usize> {
        if wires.len() < 2 {
            return wires.to_vec();
        }
        let (a, b) = wires.split_at(wires.len() / 2);
        let (a, b) = (self.sort(a), self.sort(b));
        self.merge(&a, &b)
    }

    /// Merges two ordered lists of wires by Batcher's odd-even merge.
    fn merge(&mut self, a: &[usize], b: &[usize]) -> Vec<usize> {
        if a.is_empty() || b.is_empty() {
            return [a, b].concat();
        }
        if a.len() == 1 && b.len() == 1 {
            self.steps.push(Step { low: a[0] as u32, high: b[0] as u32, keep: Keep::Both });
            return vec![a[0], b[0]];
        }
        let every = |list: &[usize], first| list.iter().skip(first).step_by(2).copied().collect::<Vec<_>>();
        let odd = self.merge(&every(a, 0), &every(b, 0));
        let even = self.merge(&every(a, 1), &every(b, 1));
        let mut merged = vec![odd[0]];
        for i in 0..even.len().max(odd.len() - 1) {
            match (even.get(i), odd.get(i + 1)) {
                (Some(&w), Some(&v)) => {
                    self.steps.push(Step { low: w as u32, high: v as u32, keep: Keep::Both });
                    merged.extend([w, v]);
                }
                (w, v) => merged.extend(w.into_iter().chain(v)),
            }
        }
        merged
    }

    /// Leaves out all that these wires do not depend on.
    fn prune(&mut self, wanted: &[usize]) {
        let wires = self.steps.iter().map(|s| s.low.max(s.high) as usize + 1).max().unwrap_or(0);
        let mut live = vec![false; wires.max(wanted.iter().max().map_or(0, |w| w + 1))];
        wanted.iter().for_each(|&w| live[w] = true);
        let mut kept = Vec::new();
        for step in self.steps.iter().rev() {
            let (low, high) = (step.low as usize, step.high as usize);
            let keep = match (live[low], live[high]) {
                (true, true) => Keep::Both,
                (true, false) => Keep::Least,
                (false, true) => Keep::Most,
                (false, false) => continue,
            };
            (live[low], live[high]) = (true, true);
            kept.push(Step { keep, ..*step });
        }
        kept.reverse();
        self.steps = kept;
    }
}

simd! {
    fn run<B: Block>(steps: &[Step], wires: &mut [B]) {
        for step in steps {
            let Ok([low, high]) = wires.get_disjoint_mut([step.low as usize, step.high as usize]) else { continue };
            match step.keep {
                Keep::Both => B::exchange(low, high),
                Keep::Least => B::least(low, high),
                Keep::Most => B::most(low, high),
            }
        }
    }
}

/// The median of a box: columns sorted, columns side by side merged to 2, 4, ..., then the median of what is left.
struct BoxPlan {
    /// Sorts one column; its wires are ordered in place.
    column: Network,
    sorted: Vec<usize>,
    /// Merges two lists of 1, 2, 4, ... columns that begin that many apart.
    doublings: Vec<(Network, Vec<usize>)>,
    /// Lists of the last network: level, columns from the left, ranks that may be the median.
    parts: Vec<(usize, usize, std::ops::Range<usize>)>,
    last: Network,
    median: usize,
}

impl BoxPlan {
    fn new(radius: [usize; 3]) -> BoxPlan {
        let high = (2 * radius[0] + 1) * (2 * radius[1] + 1);
        let width = 2 * radius[2] + 1;
        let n = high * width;
        let mut column = Network::default();
        let sorted = column.sort(&(0..high).collect::<Vec<_>>());
        let levels = width.ilog2() as usize;
        let mut doublings = Vec::new();
        for level in 0..levels {
            let half = high << level;
            let (a, b): (Vec<usize>, Vec<usize>) = ((0..half).collect(), (half..2 * half).collect());
            let mut network = Network::default();
            let order = network.merge(&a, &b);
            doublings.push((network, order));
        }
        // A list's lowest and highest ranks that cannot be the median are left out in pairs.
        let (mut parts, mut at, mut rank, mut wires) = (Vec::new(), 0, middle(n), 0);
        for level in (0..=levels).rev().filter(|level| width >> level & 1 == 1) {
            let size = high << level;
            let below = (size + middle(n)).saturating_sub(n);
            let end = size.min(middle(n) + 1);
            parts.push((level, at, below..end));
            rank -= below;
            wires += end - below;
            at += 1 << level;
        }
        let mut last = Network::default();
        let mut first = 0;
        let mut merged = Vec::new();
        for (_, _, ranks) in &parts {
            let list: Vec<usize> = (first..first + ranks.len()).collect();
            first += ranks.len();
            merged = last.merge(&merged, &list);
        }
        debug_assert_eq!(wires, merged.len());
        let median = merged[rank];
        last.prune(&[median]);
        // Only the largest list is cut: smaller ones are needed whole to build it.
        if let Some((network, order)) = doublings.last_mut() {
            network.prune(&order[parts[0].2.clone()]);
        }
        BoxPlan { column, sorted, doublings, parts, last, median }
    }

    fn row<T: Ranked>(&self, rows: &[&[T::Key]], stride: usize, state: &mut State<T::Key>, out: &mut [T]) {
        let lanes = T::Key::LANES;
        let high = rows.len();
        let State { wires, levels, .. } = state;
        levels.resize(self.doublings.len() + 1, Vec::new());
        for (level, list) in levels.iter_mut().enumerate() {
            list.resize((high << level) * stride, T::Key::default());
        }
        let blocks = || (0..stride - lanes).step_by(lanes);
        wires.resize((high << self.doublings.len()).max(self.wires()), T::Key::block());
        for first in blocks() {
            for (wire, row) in wires.iter_mut().zip(rows) {
                load::<T::Key>(wire, &row[first..]);
            }
            run(&self.column.steps, wires);
            for (rank, &wire) in self.sorted.iter().enumerate() {
                levels[0][rank * stride + first..][..lanes].copy_from_slice(wires[wire].as_ref());
            }
        }
        for (level, (network, order)) in self.doublings.iter().enumerate() {
            let half = high << level;
            let (made, next) = levels.split_at_mut(level + 1);
            for first in blocks() {
                for (i, wire) in wires[..2 * half].iter_mut().enumerate() {
                    // Values beyond the row's end are never used.
                    let x = (first + ((i / half) << level)).min(stride - lanes);
                    load::<T::Key>(wire, &made[level][i % half * stride + x..]);
                }
                run(&network.steps, wires);
                for (rank, &wire) in order.iter().enumerate() {
                    next[0][rank * stride + first..][..lanes].copy_from_slice(wires[wire].as_ref());
                }
            }
        }
        for first in (0..out.len()).step_by(lanes) {
            let lists =
                self.parts.iter().flat_map(|(level, x, ranks)| ranks.clone().map(move |r| (*level, *x, r)));
            for (wire, (level, x, rank)) in wires.iter_mut().zip(lists) {
                load::<T::Key>(wire, &levels[level][rank * stride + first + x..]);
            }
            run(&self.last.steps, wires);
            store::<T>(&mut out[first..], &wires[self.median]);
        }
    }

    fn wires(&self) -> usize {
        self.parts.iter().map(|(_, _, ranks)| ranks.len()).sum()
    }
}

/// Pixels as bins: their values where these are few, else their rank among the pixels of a block.
struct Bins<T> {
    values: Vec<T>,
}

/// Counts of the bins under a window that slides, and of blocks of 256 bins.
struct Sliding {
    fine: Vec<u32>,
    coarse: Vec<u32>,
    /// The median's bin, and the pixels in bins before it.
    bin: usize,
    below: usize,
}

impl Sliding {
    fn new(bins: usize) -> Sliding {
        Sliding {
            fine: vec![0; bins.next_multiple_of(256)],
            coarse: vec![0; bins.div_ceil(256)],
            bin: 0,
            below: 0,
        }
    }

    #[inline(always)]
    fn add(&mut self, bin: u32) {
        self.fine[bin as usize] += 1;
        self.coarse[bin as usize >> 8] += 1;
        self.below += ((bin as usize) < self.bin) as usize;
    }

    #[inline(always)]
    fn remove(&mut self, bin: u32) {
        self.fine[bin as usize] -= 1;
        self.coarse[bin as usize >> 8] -= 1;
        self.below -= ((bin as usize) < self.bin) as usize;
    }

    /// The bin of the value with this rank.
    fn select(&mut self, rank: usize) -> usize {
        while self.below > rank {
            if self.bin & 255 == 0 {
                while self.below - self.coarse[(self.bin >> 8) - 1] as usize > rank {
                    self.bin -= 256;
                    self.below -= self.coarse[self.bin >> 8] as usize;
                }
            }
            self.bin -= 1;
            self.below -= self.fine[self.bin] as usize;
        }
        while self.below + self.fine[self.bin] as usize <= rank {
            self.below += self.fine[self.bin] as usize;
            self.bin += 1;
            if self.bin & 255 == 0 {
                while self.below + self.coarse[self.bin >> 8] as usize <= rank {
                    self.below += self.coarse[self.bin >> 8] as usize;
                    self.bin += 256;
                }
            }
        }
        self.bin
    }
}

/// Medians by a histogram that slides along each row: the cost of a pixel grows with the height of the window only.
fn slide<T: Ranked>(image: &Extended<T>, offsets: &Offsets, rank: usize) -> Vec<T> {
    let nx = image.shape[2];
    let [rz, ry, rx] = offsets.radius;
    let runs: Vec<Run> = offsets.runs().collect();
    let width = nx + 2 * rx;
    let constant = T::from_f64(image.constant);
    // Ranks are found again for each block: taller blocks share the rows between them.
    let rows = (2 * ry).clamp(16, 256);
    blocks(image.shape, rows, Vec::new, |padded: &mut Vec<T>, z, y, out: Fresh<T>| {
        let high = out.len() / nx + 2 * ry;
        padded.resize((2 * rz + 1) * high * width, constant);
        for (i, line) in padded.chunks_mut(width).enumerate() {
            let at = ((z + i / high) as isize - rz as isize, (y + i % high) as isize - ry as isize);
            image.padded(at.0, at.1, rx, line, constant, |v| v);
        }
        let (bins, values) = Bins::of(padded);
        let mut sliding = Sliding::new(values.values.len());
        for (i, out) in out.rows(nx).enumerate() {
            let line =
                |dz: i32, dy: i32| ((dz + rz as i32) as usize * high + i + (dy + ry as i32) as usize) * width;
            // First and last pixel of every run, around x = 0.
            let ends: Vec<(usize, usize)> = runs
                .iter()
                .map(|&(dz, dy, a, b)| {
                    (line(dz, dy) + (a + rx as i32) as usize, line(dz, dy) + (b + rx as i32) as usize)
                })
                .collect();
            for &(a, b) in &ends {
                bins[a..=b].iter().for_each(|&bin| sliding.add(bin));
            }
            for (x, out) in out.iter_mut().enumerate() {
                if x > 0 {
                    for &(a, b) in &ends {
                        sliding.remove(bins[a + x - 1]);
                        sliding.add(bins[b + x]);
                    }
                }
                *out = values.values[sliding.select(rank)];
            }
            for &(a, b) in &ends {
                bins[a + nx - 1..=b + nx - 1].iter().for_each(|&bin| sliding.remove(bin));
            }
        }
    })
}

impl<T: Ranked> Bins<T> {
    /// The bin of every pixel, and the values of the bins.
    fn of(pixels: &[T]) -> (Vec<u32>, Bins<T>) {
        if T::DTYPE.size() <= 2 {
            let first = T::DTYPE.range().0;
            let bins = pixels.iter().map(|v| (v.to_f32() - first as f32) as u32).collect();
            let values =
                (0..1usize << (8 * T::DTYPE.size())).map(|i| T::from_f64(first + i as f64)).collect();
            return (bins, Bins { values });
        }
        let mut keys: Vec<T::Key> = pixels.iter().map(|v| v.key()).collect();
        keys.sort_unstable();
        keys.dedup();
        let bins = pixels.iter().map(|v| keys.partition_point(|k| *k < v.key()) as u32).collect();
        (bins, Bins { values: keys.into_iter().map(T::from_key).collect() })
    }
}

/// The median by sorting every window.
pub fn reference(grid: &Grid, offsets: &Offsets, edge: Edge, constant: f64) -> Grid {
    ranked_plain(grid, offsets, middle(offsets.len()), edge, constant)
}

/// The value of a rank by sorting every window.
pub fn ranked_plain(grid: &Grid, offsets: &Offsets, rank: usize, edge: Edge, constant: f64) -> Grid {
    grid.map_at(|p| {
        let mut values: Vec<f64> = offsets
            .iter()
            .map(|o| grid.sample([0, 1, 2].map(|a| p[a] as isize + o[a] as isize), edge, constant))
            .collect();
        values.sort_by(|a, b| {
            a.is_nan().cmp(&b.is_nan()).then(a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal))
        });
        values[rank]
    })
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    shape: [u32; 3],
    edge: u32,
    offsets: u32,
    rank: u32,
    constant: f32,
    /// Where whole numbers begin; their keys are the distance from it.
    first: f32,
    floats: u32,
    /// Bits that are decided: from `low` up to but without `high`.
    high: u32,
    low: u32,
    last: u32,
}

/// Steps that one pass takes: software adapters stop a thread after 65,535.
const STEPS: usize = 60_000;

/// Share of one device thread.
pub fn fits(offsets: &Offsets) -> Result<(), Error> {
    match offsets.len() {
        n if n > STEPS => {
            Err(Error::new(Code::Unavailable, "windows of more than 60,000 pixels are taken there").value(n))
        }
        _ => Ok(()),
    }
}

/// Records the median.
pub fn record_median(
    recorder: &mut Recorder,
    image: &DeviceVolume,
    offsets: &Offsets,
    edge: Edge,
    constant: f64,
) -> Result<Buffer, Error> {
    record_ranked(recorder, image, offsets, middle(offsets.len()), edge, constant)
}

/// Records the value of a rank: the bits of its key, the highest first.
pub fn record_ranked(
    recorder: &mut Recorder,
    image: &DeviceVolume,
    offsets: &Offsets,
    rank: usize,
    edge: Edge,
    constant: f64,
) -> Result<Buffer, Error> {
    fits(offsets)?;
    let n = offsets.len();
    let dtype = image.meta.dtype;
    let bits = (8 * dtype.size()) as u32;
    let at_once = ((STEPS / n) as u32).clamp(1, bits);
    let list: Vec<[i32; 4]> = offsets.iter().map(|[z, y, x]| [z, y, x, 0]).collect();
    let list = recorder.constant(&list);
    let keys = recorder.zeros(image.buffer.len);
    let out = recorder.buffer(image.buffer.len);
    for high in (1..=bits).rev().step_by(at_once as usize) {
        let low = high.saturating_sub(at_once);
        let params = Params {
            shape: image.meta.shape.map(|n| n as u32),
            edge: edge.code(),
            offsets: n as u32,
            rank: rank as u32,
            constant: dtype.quantize(constant) as f32,
            first: if dtype == Dtype::I16 { i16::MIN as f32 } else { 0.0 },
            floats: (dtype == Dtype::F32) as u32,
            high,
            low,
            last: (low == 0) as u32,
        };
        let pass = recorder.pass(&MEDIAN_FILTER).uniform(&params);
        pass.bind(&[image.buffer, list, keys, out]).over(out.len)?;
    }
    Ok(out)
}
