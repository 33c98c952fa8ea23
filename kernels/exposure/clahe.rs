use crate::common::fresh;
use crate::common::minimum_maximum::finite_range;
use crate::common::pointwise;
use crate::common::threads;
use rotifer_registry::*;

op! {
    /// Evens out contrast in every part of an image: adaptive equalization of limited contrast, to 0 to 1.
    ///
    /// Intensities are put into 16384 levels between the least and the largest, and these into bins. Each block of the image,
    /// which goes on mirrored beyond its border, has a histogram; what exceeds the clip limit in a bin is spread over the others,
    /// and the sums of the counts give each bin a new level. A pixel takes levels from the blocks around it by linear
    /// interpolation; at last the least becomes 0, the largest 1. An image of one value becomes 0; values that are not finite
    /// count as the least.
    pub struct Clahe {
        /// Width of a block along z, y, x in pixels; left out, an eighth of the image.
        block_size: Option<PerAxis<u32>> = None, range(1, 1048576);
        /// Most pixels in a bin, in parts of the pixels of a block; 0 for no limit.
        clip_limit: f64 = 0.01, range(0.0, 1.0);
        /// Bins of a histogram.
        nbins: u32 = 256, range(2, 16384);
    }
    id: "clahe", revision: 1, family: Exposure,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.exposure.equalize_adapthist 0.26",
    python: "v = f64(image)
result = ski.exposure.equalize_adapthist((v - v.min()) / np.ptp(v), block_size, clip_limit, nbins) if np.ptp(v) else 0 * v",
    examples: ["block_size = 16\nclip_limit = 0.03", "clip_limit = 0.0\nnbins = 100", "block_size = [20, 31]", "block_size = [5, 13, 11]\nclip_limit = 0.2"],
}

/// The highest level.
const TOP: f64 = 16383.0;

/// The blocks along an axis. Between the middles of two blocks pixels take from both.
#[derive(Clone, Copy)]
struct Axis {
    pixels: usize,
    width: usize,
    blocks: usize,
}

impl Axis {
    /// The two blocks of a pixel, and how much the second one weighs.
    fn between(&self, i: usize) -> ([usize; 2], f64) {
        let padded = i + self.width / 2;
        let (after, share) = (padded / self.width, (padded % self.width) as f64 / self.width as f64);
        let last = self.blocks - 1;
        ([after.saturating_sub(1).min(last), after.min(last)], share)
    }

    /// Pixels of a block, which may go on beyond the border.
    fn block(self, b: usize) -> impl Iterator<Item = usize> + Clone {
        let inside = move |i: usize| Edge::Mirror.index(i as isize, self.pixels).unwrap_or_default();
        (b * self.width..(b + 1) * self.width).map(inside)
    }
}

struct Blocks {
    axes: [Axis; 3],
    ndim: usize,
    /// Most pixels in a bin.
    limit: i64,
    nbins: usize,
}

/// Spreads what exceeds the limit over the other bins.
fn clip(counts: &mut [i64], limit: i64) {
    let bins = counts.len() as i64;
    let mut excess: i64 = counts.iter().map(|n| (n - limit).max(0)).sum();
    let more = excess / bins;
    for n in counts.iter_mut() {
        *n = (*n).min(limit);
        if *n < limit - more {
            *n += more;
            excess -= more;
        }
        if (limit - more..limit).contains(n) {
            excess -= limit - *n;
            *n = limit;
        }
    }
    // The rest goes one by one, as far apart as there is room.
    while excess > 0 {
        let before = excess;
        for first in 0..counts.len() {
            let room = counts.iter().filter(|n| **n < limit).count() as i64;
            let step = (room / excess).max(1) as usize;
            for n in counts[first..].iter_mut().step_by(step).filter(|n| **n < limit) {
                *n += 1;
                excess -= 1;
            }
            if excess <= 0 {
                break;
            }
        }
        if excess == before {
            break;
        }
    }
}

impl Blocks {
    /// The level of each bin in a block.
    fn levels(&self, bins: &[u16], block: usize) -> Vec<u16> {
        let [z, y, x] = self.axes;
        let mut counts = vec![0i64; self.nbins];
        let (bz, by, bx) = (block / x.blocks / y.blocks, block / x.blocks % y.blocks, block % x.blocks);
        for plane in z.block(bz) {
            for row in y.block(by) {
                let row = &bins[(plane * y.pixels + row) * x.pixels..][..x.pixels];
                x.block(bx).for_each(|column| counts[row[column] as usize] += 1);
            }
        }
        clip(&mut counts, self.limit);
        let scale = TOP / (z.width * y.width * x.width) as f64;
        let mut sum = 0;
        let level = |n: &i64| {
            sum += n;
            (sum as f64 * scale).min(TOP) as u16
        };
        counts.iter().map(level).collect()
    }

    /// The level of a pixel, in float32 sums as in scikit-image.
    fn level(&self, levels: &[u16], bin: usize, places: [([usize; 2], f64); 3]) -> u16 {
        let [_, y, x] = self.axes;
        let ends = if self.ndim == 3 { 2 } else { 1 };
        let mut sum = 0.0f32;
        for ez in 0..ends {
            for (ey, ex) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let ends = [ez, ey, ex];
                let block = (places[0].0[ez] * y.blocks + places[1].0[ey]) * x.blocks + places[2].0[ex];
                let weight = |a: usize| if ends[a] == 1 { places[a].1 } else { 1.0 - places[a].1 };
                let weight = (3 - self.ndim..3).rev().map(weight).product::<f64>();
                sum += (levels[block * self.nbins + bin] as f64 * weight) as f32;
            }
        }
        sum as u16
    }
}

impl Clahe {
    fn blocks(&self, meta: &VolumeMeta) -> Result<Blocks, Error> {
        let size = match &self.block_size {
            Some(size) => size.resolve(meta.ndim, 1)?,
            None => meta.shape.map(|n| (n / 8).clamp(1, 1 << 20) as u32),
        };
        let axis = |a: usize| {
            let (pixels, width) = (meta.shape[a], size[a] as usize);
            if a < 3 - meta.ndim {
                return Axis { pixels, width: 1, blocks: 1 };
            }
            Axis { pixels, width, blocks: pixels.div_ceil(width) }
        };
        let axes = [0, 1, 2].map(axis);
        let pixels: usize = axes.iter().map(|a| a.width).product();
        let limit = if self.clip_limit > 0.0 {
            (self.clip_limit * pixels as f64).max(1.0) as i64
        } else {
            pixels as i64
        };
        Ok(Blocks { axes, ndim: meta.ndim, limit, nbins: self.nbins as usize })
    }

    /// The bin of a value.
    fn bin(&self, value: f64, [least, most]: [f64; 2]) -> u16 {
        let share = if value.is_finite() && most > least { (value - least) / (most - least) } else { 0.0 };
        let level = ((share * 65535.0).round_ties_even() / 65535.0 * TOP).round_ties_even() as u32;
        (level / (1 + 16384 / self.nbins)) as u16
    }
}

/// The level as a share of the way from the least one to the largest.
fn share(level: u16, [least, most]: [u16; 2]) -> f64 {
    if most > least { (level - least) as f64 / (most - least) as f64 } else { 0.0 }
}

impl Host for Clahe {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.blocks(inputs.volume("image")?).map(|_| ())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (range, blocks) = (finite_range(image, None), self.blocks(&image.meta())?);
        let [z, y, x] = blocks.axes;
        let bins = each_dtype!(image.pixels(), |p| pointwise::map(p, |v| self.bin(v.to_f64(), range)));
        let all = 0..z.blocks * y.blocks * x.blocks;
        let levels = threads::collect(all, |block| blocks.levels(&bins, block)).concat();
        let columns: Vec<([usize; 2], f64)> = (0..x.pixels).map(|i| x.between(i)).collect();
        let out = fresh::blocks(
            image.shape(),
            8,
            || (),
            |(), plane, top, block| {
                for (i, out) in block.rows(x.pixels).enumerate() {
                    let row = top + i;
                    let bins = &bins[(plane * y.pixels + row) * x.pixels..];
                    let (at_z, at_y) = (z.between(plane), y.between(row));
                    for ((o, bin), at_x) in out.iter_mut().zip(bins).zip(&columns) {
                        *o = blocks.level(&levels, *bin as usize, [at_z, at_y, *at_x]);
                    }
                }
            },
        );
        let join = |a: [u16; 2], b: [u16; 2]| [a[0].min(b[0]), a[1].max(b[1])];
        let ends = threads::of_chunks(&out, 1 << 16, |_, part| {
            part.iter().fold([u16::MAX, 0], |ends, v| join(ends, [*v, *v]))
        });
        let ends = ends.into_iter().fold([u16::MAX, 0], join);
        let one = range[0] == range[1];
        let out = pointwise::map(&out, |v| if one { 0.0 } else { share(v, ends) as f32 });
        Ok(vec![Datum::Volume(image.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let image = inputs.volume("image")?;
            let grid = Grid::from(image);
            let finite = || grid.data.iter().copied().filter(|v| v.is_finite());
            let range = [finite().fold(f64::MAX, f64::min), finite().fold(f64::MIN, f64::max)];
            let blocks = self.blocks(&image.meta())?;
            let [z, y, x] = blocks.axes;
            let bins: Vec<u16> = grid.data.iter().map(|v| self.bin(*v, range)).collect();
            let mut levels = Vec::new();
            for block in 0..z.blocks * y.blocks * x.blocks {
                levels.extend(blocks.levels(&bins, block));
            }
            let out = grid.map_at(|p| {
                let bin = bins[(p[0] * y.pixels + p[1]) * x.pixels + p[2]] as usize;
                let places = [z.between(p[0]), y.between(p[1]), x.between(p[2])];
                blocks.level(&levels, bin, places) as f64
            });
            let ends = [u16::MAX as f64, 0.0];
            let ends = out.data.iter().fold(ends, |[low, high], v| [low.min(*v), high.max(*v)]);
            let one = range[0] >= range[1];
            let ends = ends.map(|v| v as u16);
            Ok(vec![Plain::Image(out.map(|v| if one { 0.0 } else { share(v as u16, ends) }))])
        };
        Some(plain())
    }
}
