//! Reading an image at places between its pixels.

use super::parts;
use rotifer_registry::*;

/// How places are read.
#[derive(Clone, Copy, Debug)]
pub struct Sampling {
    /// 0: the nearest pixel, at a tie the next one. 1: linear between pixels.
    pub order: u32,
    pub edge: Edge,
    pub constant: f64,
}

impl Sampling {
    /// The same for an image of this kind: masks and labels have no values between theirs.
    pub fn of(self, kind: Kind) -> Sampling {
        match kind {
            Kind::Image => self,
            Kind::Mask => Sampling { order: 0, constant: (self.constant != 0.0) as u8 as f64, ..self },
            Kind::Labels => Sampling { order: 0, constant: Dtype::U32.quantize(self.constant), ..self },
        }
    }

    fn is_constant(&self, shape: [usize; 3], at: [f64; 3]) -> bool {
        self.edge == Edge::Constant && (0..3).any(|a| at[a] < 0.0 || at[a] > (shape[a] - 1) as f64)
    }

    fn pixel<T: Element>(&self, pixels: &[T], shape: [usize; 3], q: [isize; 3]) -> T {
        let mut i = 0;
        for a in 0..3 {
            match self.edge.index(q[a], shape[a]) {
                Some(k) => i = i * shape[a] + k,
                None => return T::from_f64(self.constant),
            }
        }
        pixels[i]
    }

    /// The pixel nearest to a place that may lie anywhere.
    pub fn nearest<T: Element>(&self, pixels: &[T], shape: [usize; 3], at: [f64; 3]) -> T {
        if self.is_constant(shape, at) {
            return T::from_f64(self.constant);
        }
        self.pixel(pixels, shape, std::array::from_fn(|a| self.edge.nearest(at[a], shape[a])))
    }

    /// The value at a place that may lie anywhere.
    pub fn read(&self, pixels: &[f32], shape: [usize; 3], at: [f64; 3]) -> f32 {
        if self.order == 0 {
            return self.nearest(pixels, shape, at);
        }
        if self.is_constant(shape, at) {
            return self.constant as f32;
        }
        let below = at.map(f64::floor);
        let weight: [f32; 3] = std::array::from_fn(|a| (at[a] - below[a]) as f32);
        let mut sum = 0.0;
        for corner in 0..8usize {
            let up = [corner >> 2 & 1, corner >> 1 & 1, corner & 1];
            let w: f32 = (0..3).map(|a| if up[a] == 1 { weight[a] } else { 1.0 - weight[a] }).product();
            if w != 0.0 {
                let q = std::array::from_fn(|a| below[a] as isize + up[a] as isize);
                sum += w * self.pixel(pixels, shape, q);
            }
        }
        sum
    }

    /// The value at a place by its definition.
    pub fn plain(&self, grid: &Grid, at: [f64; 3]) -> f64 {
        if self.is_constant(grid.shape, at) {
            return self.constant;
        }
        if self.order == 0 {
            // The place is mirrored first, then rounded, as in scipy.
            let folded = std::array::from_fn(|a| {
                let n = grid.shape[a] as f64;
                let fold = |c: f64, period: f64| {
                    let c = c.rem_euclid(period);
                    if c > period / 2.0 { period - c } else { c }
                };
                let c = match self.edge {
                    Edge::Mirror if n > 1.0 => fold(at[a], 2.0 * n - 2.0),
                    Edge::Reflect => fold(at[a] + 0.5, 2.0 * n) - 0.5,
                    _ => at[a],
                };
                (c + 0.5).floor() as isize
            });
            return grid.sample(folded, self.edge, self.constant);
        }
        let mut sum = 0.0;
        for z in 0..2 {
            for y in 0..2 {
                for x in 0..2 {
                    let q = [z, y, x];
                    let near = |a: usize| 1.0 - (at[a] - (at[a].floor() + q[a] as f64)).abs();
                    let weight = near(0) * near(1) * near(2);
                    if weight != 0.0 {
                        let q = std::array::from_fn(|a| at[a].floor() as isize + q[a] as isize);
                        sum += weight * grid.sample(q, self.edge, self.constant);
                    }
                }
            }
        }
        sum
    }

    /// An output of which each pixel is read at a place of the image; where there is none, the constant stands. Images give
    /// float32, masks and labels what they are.
    pub fn places(
        self,
        image: &Volume,
        to: &VolumeMeta,
        place: impl Fn([usize; 3]) -> Option<[f64; 3]> + Sync,
    ) -> Result<Volume, Error> {
        let (how, from) = (self.of(image.kind()), image.shape());
        if image.kind() == Kind::Image {
            let (pixels, constant) = (parts::f32s(image), self.constant as f32);
            let read = |p| place(p).map_or(constant, |at| how.read(&pixels, from, at));
            return Volume::from_vec(&to.with(Kind::Image, Dtype::F32), by_pixels(to.shape, read));
        }
        let to = to.with(image.kind(), image.dtype());
        each_dtype!(image.pixels(), |pixels| Volume::from_vec(&to, by_nearest(how, pixels, from, &to, place)))
    }

    /// [`Sampling::places`] by the definition.
    pub fn plain_places(
        self,
        image: &Volume,
        to: &VolumeMeta,
        place: impl Fn([usize; 3]) -> Option<[f64; 3]>,
    ) -> Plain {
        let (how, grid) = (self.of(image.kind()), Grid::from(image));
        Plain::Image(Grid::from_fn(to.shape, to.ndim, |p| {
            place(p).map_or(how.constant, |at| how.plain(&grid, at))
        }))
    }
}

fn by_nearest<T: Element>(
    how: Sampling,
    pixels: &[T],
    from: [usize; 3],
    to: &VolumeMeta,
    place: impl Fn([usize; 3]) -> Option<[f64; 3]> + Sync,
) -> Vec<T> {
    let constant = T::from_f64(how.constant);
    by_pixels(to.shape, |p| place(p).map_or(constant, |at| how.nearest(pixels, from, at)))
}

fn by_pixels<T: Element>(shape: [usize; 3], pixel: impl Fn([usize; 3]) -> T + Sync) -> Vec<T> {
    by_rows(shape, |z, y, out| out.iter_mut().enumerate().for_each(|(x, o)| *o = pixel([z, y, x])))
}

/// Rows of the output that a thread takes at a time.
const ROWS: usize = 8;

/// Pixels in z, y, x order, row by row in parallel.
pub fn by_rows<T: Element>([nz, ny, nx]: [usize; 3], row: impl Fn(usize, usize, &mut [T]) + Sync) -> Vec<T> {
    parts::by_parts(
        nz,
        ny * nx,
        ROWS * nx,
        T::default(),
        || (),
        |_, z, first, out| {
            out.chunks_mut(nx).enumerate().for_each(|(i, out)| row(z, first / nx + i, out));
        },
    )
}

/// Sine and cosine of an angle in degrees, exact for quarter turns.
pub fn sin_cos(degrees: f64) -> (f64, f64) {
    let quarters = (degrees / 90.0).round();
    let (sin, cos) = (degrees - 90.0 * quarters).to_radians().sin_cos();
    match quarters.rem_euclid(4.0) as u8 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}
