//! The skeleton of operations that give a number for each block of an image.

use super::sampling::by_rows;
use rotifer_registry::*;

choice! {
    /// The number that stands for a block.
    pub enum OfBlock {
        Mean = "mean",
        Sum = "sum",
        Minimum = "minimum",
        Maximum = "maximum",
        Median = "median",
    }
}

/// A number for each block of `size` pixels, the first at the start of the image. Blocks that stick out of it have the
/// constant there.
pub struct Blocks {
    pub size: PerAxis<usize>,
    /// The name of the argument for the size.
    pub argument: &'static str,
    pub statistic: OfBlock,
    pub constant: f64,
}

impl OfBlock {
    /// The number of some values, in their order; NaN where one is.
    fn of(self, values: &mut [f64]) -> f64 {
        let n = values.len();
        match self {
            OfBlock::Mean => values.iter().sum::<f64>() / n as f64,
            OfBlock::Sum => values.iter().sum(),
            _ if values.iter().any(|v| v.is_nan()) => f64::NAN,
            OfBlock::Minimum => values.iter().copied().fold(f64::INFINITY, f64::min),
            OfBlock::Maximum => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            OfBlock::Median => {
                let (below, middle, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
                if n % 2 == 1 {
                    return *middle;
                }
                (below.iter().copied().fold(f64::NEG_INFINITY, f64::max) + *middle) / 2.0
            }
        }
    }
}

impl Blocks {
    fn size(&self, image: &VolumeMeta) -> Result<[usize; 3], Error> {
        self.size.resolve(image.ndim, 1).map_err(|error| error.argument(self.argument))
    }

    fn output(&self, image: &VolumeMeta) -> Result<VolumeMeta, Error> {
        let size = self.size(image)?;
        let mut meta = image.with(Kind::Image, Dtype::F32);
        meta.shape = std::array::from_fn(|a| image.shape[a].div_ceil(size[a]));
        meta.spacing = image.spacing.map(|spacing| spacing.resampled(size.map(|n| n as f64)));
        Ok(meta)
    }

    /// The sum or an end of each block of a row, by the rows of the image: no block is gathered.
    fn folded<T: Element>(
        &self,
        pixels: &[T],
        from: [usize; 3],
        [z, y]: [usize; 2],
        size: [usize; 3],
        out: &mut [f32],
    ) {
        let (least, greatest) = (self.statistic == OfBlock::Minimum, self.statistic == OfBlock::Maximum);
        let constant = self.constant;
        let take = |a: f64, b: f64| match (least, greatest) {
            (false, false) => a + b,
            _ if a.is_nan() => a,
            (true, _) => {
                if b >= a {
                    a
                } else {
                    b
                }
            }
            _ => {
                if b <= a {
                    a
                } else {
                    b
                }
            }
        };
        let start = if least {
            f64::INFINITY
        } else if greatest {
            f64::NEG_INFINITY
        } else {
            0.0
        };
        let mut sums = vec![start; out.len()];
        let planes = z * size[0]..((z + 1) * size[0]).min(from[0]);
        let rows = y * size[1]..((y + 1) * size[1]).min(from[1]);
        for z in planes.clone() {
            for y in rows.clone() {
                let row = &pixels[(z * from[1] + y) * from[2]..][..from[2]];
                for (sum, block) in sums.iter_mut().zip(row.chunks(size[2])) {
                    *sum = block.iter().fold(*sum, |sum, v| take(sum, v.to_f64()));
                }
            }
        }
        let there = planes.len() * rows.len();
        let all = size.iter().product::<usize>();
        for (x, (o, sum)) in out.iter_mut().zip(&sums).enumerate() {
            let missing = all - there * (((x + 1) * size[2]).min(from[2]) - x * size[2]);
            let sum = match missing {
                0 => *sum,
                _ if least || greatest => take(*sum, constant),
                _ => sum + missing as f64 * constant,
            };
            *o = (if self.statistic == OfBlock::Mean { sum / all as f64 } else { sum }) as f32;
        }
    }

    /// The pixels of one block, with the constant where it sticks out.
    fn block(
        &self,
        from: [usize; 3],
        p: [usize; 3],
        size: [usize; 3],
        read: impl Fn(usize) -> f64,
    ) -> Vec<f64> {
        let mut values = Vec::new();
        for z in p[0] * size[0]..(p[0] + 1) * size[0] {
            for y in p[1] * size[1]..(p[1] + 1) * size[1] {
                for x in p[2] * size[2]..(p[2] + 1) * size[2] {
                    let inside = z < from[0] && y < from[1] && x < from[2];
                    values.push(if inside { read((z * from[1] + y) * from[2] + x) } else { self.constant });
                }
            }
        }
        values
    }

    fn rows<T: Element>(&self, pixels: &[T], from: [usize; 3], to: [usize; 3], size: [usize; 3]) -> Vec<f32> {
        by_rows(to, |z, y, out| match self.statistic {
            OfBlock::Median => {
                for (x, o) in out.iter_mut().enumerate() {
                    let mut values = self.block(from, [z, y, x], size, |i| pixels[i].to_f64());
                    *o = self.statistic.of(&mut values) as f32;
                }
            }
            _ => self.folded(pixels, from, [z, y], size, out),
        })
    }
}

impl Kernel for Blocks {
    const DEVICE: bool = false;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let meta = self.output(inputs.volume("image")?)?;
        if let Some(out) = outputs[0].volume_mut() {
            *out = meta.with(out.kind, out.dtype);
        }
        Ok(())
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (meta, size) = (self.output(&image.meta())?, self.size(&image.meta())?);
        let out = each_dtype!(image.pixels(), |pixels| self.rows(pixels, image.shape(), meta.shape, size));
        Ok(vec![Datum::Volume(Volume::from_vec(&meta, out)?)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let image = inputs.volume("image")?;
        let (meta, size, values) = (self.output(&image.meta())?, self.size(&image.meta())?, image.f64s());
        Ok(vec![Plain::Image(Grid::from_fn(meta.shape, meta.ndim, |p| {
            self.statistic.of(&mut self.block(image.shape(), p, size, |i| values[i]))
        }))])
    }

    fn effort(&self, _spec: &'static Spec, inputs: &Metas) -> Option<usize> {
        let image = inputs.volume("image").ok()?;
        Some(self.output(image).ok()?.len() * self.size(image).ok()?.iter().product::<usize>())
    }
}
