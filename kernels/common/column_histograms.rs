//! The median over a box in a time that does not grow with it: a histogram of every column slides down the image, and
//! their sum along the row (S. Perreault and P. Hébert, "Median Filtering in Constant Time", IEEE Trans. Image Processing
//! 16, 2007).
//!
//! Bytes are the bins of these histograms. Values of 16 bits are put into at most 256 bins, for each tile of the image anew
//! and so that each has about as many pixels; the histograms tell the bin of the median, and the pixels of that bin alone,
//! which are listed column by column, which of its values it is.

use crate::common::fresh::{Fresh, Tile, fresh, tiles};
use crate::common::rows::Extended;
use crate::common::threads::share;
use crate::simd;
use rotifer_registry::Element;

/// Columns whose histograms fit into the cache together.
pub const STRIP: usize = 512;

/// How often bytes occur: all 16 that begin alike, and each.
#[derive(Clone, Default)]
struct Counts {
    coarse: [u16; 16],
    fine: [[u16; 16]; 16],
}

impl Counts {
    #[inline(always)]
    fn add(&mut self, byte: u8, times: u16) {
        let (high, low) = ((byte >> 4) as usize, (byte & 15) as usize);
        self.coarse[high] = self.coarse[high].wrapping_add(times);
        self.fine[high][low] = self.fine[high][low].wrapping_add(times);
    }
}

/// A counter of the pixels of a window.
trait Count: Copy + Default + Send {
    fn plus(self, count: u16) -> Self;
    fn minus(self, count: u16) -> Self;
    fn value(self) -> u32;
}

macro_rules! count {
    ($($t:ty),*) => {$(
        impl Count for $t {
            #[inline(always)]
            fn plus(self, count: u16) -> $t { self.wrapping_add(count.into()) }
            #[inline(always)]
            fn minus(self, count: u16) -> $t { self.wrapping_sub(count.into()) }
            #[inline(always)]
            fn value(self) -> u32 { self.into() }
        }
    )*};
}
count!(u16, u32);

#[inline(always)]
fn add<C: Count>(sum: &mut [C; 16], counts: &[u16; 16]) {
    for i in 0..16 {
        sum[i] = sum[i].plus(counts[i]);
    }
}

#[inline(always)]
fn slide<C: Count>(sum: &mut [C; 16], gone: &[u16; 16], come: &[u16; 16]) {
    for i in 0..16 {
        sum[i] = sum[i].plus(come[i]).minus(gone[i]);
    }
}

/// The bin of the value with this rank, and how many are in the bins before it.
#[inline(always)]
fn select<C: Count>(counts: &[C; 16], rank: u32) -> (usize, u32) {
    let mut below = 0;
    for (bin, count) in counts.iter().enumerate() {
        let count = count.value();
        if below + count > rank {
            return (bin, below);
        }
        below += count;
    }
    (15, below)
}

/// Where a tile lies, and the windows of its pixels.
#[derive(Clone, Copy)]
struct Windows {
    plane: usize,
    top: usize,
    left: usize,
    rows: usize,
    /// Columns of the tile with those beside it.
    width: usize,
    radius: [usize; 3],
    rank: u32,
}

impl Windows {
    fn new<T>(tile: &Tile<T>, radius: [usize; 3], rank: usize) -> Windows {
        let Tile { plane, top, left, .. } = *tile;
        let width = tile.width + 2 * radius[2];
        Windows { plane, top, left, rows: tile.rows.len(), width, radius, rank: rank as u32 }
    }

    /// Rows of a plane that the windows reach.
    fn high(&self) -> usize {
        self.rows + 2 * self.radius[1]
    }

    /// The pixels that the windows reach, plane by plane.
    fn load<T: Element, U: Copy + Default>(
        &self,
        image: &Extended<T>,
        pixels: &mut Vec<U>,
        constant: U,
        convert: impl Fn(T) -> U,
    ) {
        let [rz, ry, rx] = self.radius.map(|r| r as isize);
        let high = self.high();
        pixels.resize((2 * self.radius[0] + 1) * high * self.width, U::default());
        for (i, line) in pixels.chunks_mut(self.width).enumerate() {
            let z = (self.plane + i / high) as isize - rz;
            let y = (self.top + i % high) as isize - ry;
            image.part([z, y], self.left as isize - rx, line, constant, &convert);
        }
    }
}

/// Rows and columns of a tile that are good for windows of this size.
fn tile_size([rz, ry, _]: [usize; 3]) -> [usize; 2] {
    if rz == 0 { [(4 * ry).clamp(64, 512), STRIP] } else { [(2 * ry).clamp(16, 64), STRIP / 4] }
}

fn tiles_for<T: Element>(out: Fresh<T>, shape: [usize; 3], radius: [usize; 3]) -> Vec<Tile<T>> {
    tiles(out, shape, tile_size(radius))
}

/// Whether windows of this size can be counted here: a column in 16 bits, what a tile reaches in some megabytes.
pub fn counts(radius: [usize; 3]) -> bool {
    let [high, wide] = tile_size(radius);
    let [rz, ry, rx] = radius.map(|r| 2 * r);
    (rz + 1) * (ry + 1) <= FEW && (rz + 1) * (high + ry) * (wide + rx) <= 1 << 24
}

/// Windows of so many pixels are counted in 16 bits.
const FEW: usize = u16::MAX as usize;

/// The value of this rank among the pixels of the box around every pixel.
pub fn of_bytes(image: &Extended<u8>, radius: [usize; 3], rank: usize) -> Vec<u8> {
    let pixels: usize = radius.iter().map(|r| 2 * r + 1).product();
    let constant = u8::from_f64(image.constant);
    fresh(image.pixels.len(), |out| {
        share(
            tiles_for(out, image.shape, radius),
            <(Vec<u8>, Vec<Counts>)>::default,
            |(lines, columns), tile| {
                let windows = Windows::new(&tile, radius, rank);
                windows.load(image, lines, constant, |v| v);
                let mut byte = |_: usize, _: usize, bin: usize, _: u32| bin as u8;
                if pixels <= FEW {
                    ranked(&windows, lines, columns, tile.rows, &mut byte, 0u16);
                } else {
                    ranked(&windows, lines, columns, tile.rows, &mut byte, 0u32);
                }
            },
        );
    })
}

/// The same of values of 16 bits, from and to whole numbers that are ordered as they are.
pub fn of_words<T: Element>(
    image: &Extended<T>,
    radius: [usize; 3],
    rank: usize,
    to: impl Fn(T) -> u16 + Sync,
    from: impl Fn(u16) -> T + Sync,
) -> Vec<T> {
    let pixels: usize = radius.iter().map(|r| 2 * r + 1).product();
    let constant = to(T::from_f64(image.constant));
    let init = || (Vec::new(), Vec::new(), Vec::new(), Bins::default());
    fresh(image.pixels.len(), |out| {
        share(tiles_for(out, image.shape, radius), init, |(words, lines, columns, bins), tile| {
            let windows = Windows::new(&tile, radius, rank);
            windows.load(image, words, constant, &to);
            bins.place(words);
            lines.clear();
            lines.extend(words.iter().map(|v| bins.coarse[*v as usize]));
            bins.list(&windows, words);
            let mut value =
                |x: usize, row: usize, bin: usize, rank: u32| from(bins.value(&windows, [row, x], bin, rank));
            if pixels <= FEW {
                ranked(&windows, lines, columns, tile.rows, &mut value, 0u16);
            } else {
                ranked(&windows, lines, columns, tile.rows, &mut value, 0u32);
            }
        });
    })
}

simd! {
    /// Calls `value` for each pixel with its column, row, the bin of its rank, and its rank among the pixels of that bin.
    /// Windows are counted in what `zero` is.
    fn ranked<C: Count, T: Element, F: FnMut(usize, usize, usize, u32) -> T>(
        windows: &Windows, pixels: &[u8], columns: &mut Vec<Counts>, rows: Vec<Fresh<'_, T>>, value: &mut F, zero: C,
    ) {
        let Windows { width, radius, rank, .. } = *windows;
        let [_, ry, rx] = radius;
        let wide = 2 * rx + 1;
        columns.clear();
        columns.resize(width, Counts::default());
        for (row, mut out) in rows.into_iter().enumerate() {
            for plane in pixels.chunks(windows.high() * width) {
                let line = |y: usize| &plane[y * width..][..width];
                if row == 0 {
                    for y in 0..2 * ry + 1 {
                        for (counts, byte) in columns.iter_mut().zip(line(y)) {
                            counts.add(*byte, 1);
                        }
                    }
                } else {
                    let bytes = line(row - 1).iter().zip(line(row + 2 * ry));
                    for (counts, (gone, come)) in columns.iter_mut().zip(bytes) {
                        counts.add(*gone, 1u16.wrapping_neg());
                        counts.add(*come, 1);
                    }
                }
            }
            let mut coarse = [zero; 16];
            for counts in &columns[..wide] {
                add(&mut coarse, &counts.coarse);
            }
            // Sums of fine counts, each right for the window of some pixel.
            let mut fine = [[zero; 16]; 16];
            let mut right_for = [usize::MAX; 16];
            let out = out.row(width - 2 * rx);
            for (x, out) in out.iter_mut().enumerate() {
                if x > 0 {
                    slide(&mut coarse, &columns[x - 1].coarse, &columns[x + 2 * rx].coarse);
                }
                let (high, below) = select(&coarse, rank);
                let sum = &mut fine[high];
                let last = std::mem::replace(&mut right_for[high], x);
                if last == usize::MAX || 2 * (x - last) > wide {
                    *sum = [zero; 16];
                    for counts in &columns[x..x + wide] {
                        add(sum, &counts.fine[high]);
                    }
                } else {
                    for x in last + 1..=x {
                        slide(sum, &columns[x - 1].fine[high], &columns[x + 2 * rx].fine[high]);
                    }
                }
                let (low, before) = select(sum, rank - below);
                *out = value(x, row, high << 4 | low, rank - below - before);
            }
        }
    }
}

/// Most values of a bin.
const VALUES: usize = 512;
/// Bins that have as many pixels as they are to have. With those that are full of values, those before values that have a
/// bin to themselves, and the last one, there are fewer than 256.
const FILLED: usize = 60;

/// Counts of the values of a bin in a window: all 16 that follow each other, and each.
#[derive(Clone)]
struct Within {
    coarse: [u32; VALUES / 16],
    fine: [u32; VALUES],
    /// Row and column of the window.
    at: [usize; 2],
}

const NOWHERE: Within = Within { coarse: [0; VALUES / 16], fine: [0; VALUES], at: [usize::MAX; 2] };

/// Values of 16 bits in bins of about as many pixels each.
#[derive(Default)]
struct Bins {
    /// Of every value that occurs: its bin, and its place there.
    coarse: Vec<u8>,
    fine: Vec<u16>,
    /// Values in order, and where those of each bin begin.
    values: Vec<u16>,
    first: Vec<usize>,
    seen: Vec<u32>,
    /// Pixels of bins with several values: row and place in the bin, column by column; and where those of each bin and
    /// column begin.
    pixels: Vec<(u16, u16)>,
    begin: Vec<u32>,
    within: Vec<Within>,
}

impl Bins {
    fn place(&mut self, words: &[u16]) {
        self.coarse.resize(1 << 16, 0);
        self.fine.resize(1 << 16, 0);
        self.seen.clear();
        self.seen.resize(1 << 16, 0);
        words.iter().for_each(|v| self.seen[*v as usize] += 1);
        let enough = (words.len() / FILLED).max(1) as u32;
        self.values.clear();
        self.first.clear();
        let (mut values, mut pixels) = (0, 0);
        for (v, &n) in self.seen.iter().enumerate().filter(|(_, n)| **n > 0) {
            // A value of many pixels is alone: then the bin tells the value.
            if values == 0 || values == VALUES || pixels >= enough || n >= enough {
                self.first.push(self.values.len());
                (values, pixels) = (0, 0);
            }
            self.coarse[v] = (self.first.len() - 1) as u8;
            self.fine[v] = values as u16;
            self.values.push(v as u16);
            values += 1;
            pixels += n;
        }
        debug_assert!(self.first.len() <= 256);
        self.first.push(self.values.len());
        self.within.resize(self.first.len(), NOWHERE);
        self.within.iter_mut().for_each(|within| within.at = [usize::MAX; 2]);
    }

    fn is_single(&self, bin: usize) -> bool {
        self.first[bin + 1] - self.first[bin] == 1
    }

    /// Lists the pixels of bins with several values.
    fn list(&mut self, windows: &Windows, words: &[u16]) {
        let Windows { width, .. } = *windows;
        let bins = self.first.len() - 1;
        let several: Vec<bool> = (0..bins).map(|bin| !self.is_single(bin)).collect();
        let Bins { coarse, fine, pixels, begin, .. } = self;
        begin.clear();
        begin.resize(bins * width + 2, 0);
        for line in words.chunks(width) {
            for (x, v) in line.iter().enumerate() {
                let bin = coarse[*v as usize] as usize;
                begin[bin * width + x + 2] += several[bin] as u32;
            }
        }
        let mut sum = 0;
        for begin in begin.iter_mut() {
            sum += *begin;
            *begin = sum;
        }
        pixels.clear();
        pixels.resize(sum as usize, (0, 0));
        // The list at k begins at `begin[k + 1]` until it is filled, which leaves its end there.
        for (i, line) in words.chunks(width).enumerate() {
            let row = (i % windows.high()) as u16;
            for (x, v) in line.iter().enumerate() {
                let bin = coarse[*v as usize] as usize;
                if several[bin] {
                    let next = &mut begin[bin * width + x + 1];
                    pixels[*next as usize] = (row, fine[*v as usize]);
                    *next += 1;
                }
            }
        }
    }

    /// The value of this rank among the pixels of a bin, in the window at this row and column.
    fn value(&mut self, windows: &Windows, at: [usize; 2], bin: usize, rank: u32) -> u16 {
        let first = self.first[bin];
        if self.is_single(bin) {
            return self.values[first];
        }
        let Windows { width, radius: [_, ry, rx], .. } = *windows;
        let [row, x] = at;
        let wide = 2 * rx + 1;
        let within = &mut self.within[bin];
        let [last_row, last] = std::mem::replace(&mut within.at, at);
        let rows = row as u16..=(row + 2 * ry) as u16;
        let (pixels, begin) = (&self.pixels, &self.begin[bin * width..]);
        let change = |within: &mut Within, column: usize, by: u32| {
            let pixels = &pixels[begin[column] as usize..begin[column + 1] as usize];
            for (_, place) in pixels.iter().filter(|(row, _)| rows.contains(row)) {
                let (coarse, fine) = (*place as usize / 16, *place as usize);
                within.coarse[coarse] = within.coarse[coarse].wrapping_add(by);
                within.fine[fine] = within.fine[fine].wrapping_add(by);
            }
        };
        if last_row == row && 2 * (x - last) <= wide {
            for x in last + 1..=x {
                change(within, x - 1, 1u32.wrapping_neg());
                change(within, x + 2 * rx, 1);
            }
        } else {
            let values = self.first[bin + 1] - first;
            within.coarse[..values.div_ceil(16)].fill(0);
            within.fine[..values].fill(0);
            (x..x + wide).for_each(|column| change(within, column, 1));
        }
        let (mut place, mut below) = (0, 0);
        while place + 16 < VALUES && below + within.coarse[place / 16] <= rank {
            below += within.coarse[place / 16];
            place += 16;
        }
        while place + 1 < VALUES && below + within.fine[place] <= rank {
            below += within.fine[place];
            place += 1;
        }
        self.values[first + place]
    }
}
