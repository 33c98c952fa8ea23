//! Plain f64 images for reference implementations: no speed, no cleverness, one pixel at a time.

use crate::edge::Edge;
use crate::table::Table;
use crate::volume::Volume;

/// The result of a reference implementation.
#[derive(Clone, Debug, PartialEq)]
pub enum Plain {
    /// An image before rounding, a mask or labels. In a mask NaN stands where rounding decides.
    Image(Grid),
    Rgb([Grid; 3]),
    Table(Table),
    Number(f64),
}

/// A z, y, x grid of f64.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    pub shape: [usize; 3],
    pub ndim: usize,
    pub data: Vec<f64>,
}

impl From<&Volume> for Grid {
    fn from(volume: &Volume) -> Grid {
        Grid { shape: volume.shape(), ndim: volume.ndim(), data: volume.f64s() }
    }
}

impl Grid {
    /// A grid computed pixel by pixel from z, y, x.
    pub fn from_fn(shape: [usize; 3], ndim: usize, mut f: impl FnMut([usize; 3]) -> f64) -> Grid {
        let mut data = Vec::with_capacity(shape.iter().product());
        for z in 0..shape[0] {
            for y in 0..shape[1] {
                for x in 0..shape[2] {
                    data.push(f([z, y, x]));
                }
            }
        }
        Grid { shape, ndim, data }
    }

    /// A grid of this geometry.
    pub fn map_at(&self, f: impl FnMut([usize; 3]) -> f64) -> Grid {
        Grid::from_fn(self.shape, self.ndim, f)
    }

    /// Every value changed by itself.
    pub fn map(&self, f: impl FnMut(f64) -> f64) -> Grid {
        Grid { data: self.data.iter().copied().map(f).collect(), ..*self }
    }

    pub fn at(&self, [z, y, x]: [usize; 3]) -> f64 {
        self.data[(z * self.shape[1] + y) * self.shape[2] + x]
    }

    pub fn set(&mut self, [z, y, x]: [usize; 3], value: f64) {
        self.data[(z * self.shape[1] + y) * self.shape[2] + x] = value;
    }

    /// The value at an index that may lie outside.
    pub fn sample(&self, at: [isize; 3], edge: Edge, constant: f64) -> f64 {
        let mut inside = [0; 3];
        for a in 0..3 {
            match edge.index(at[a], self.shape[a]) {
                Some(i) => inside[a] = i,
                None => return constant,
            }
        }
        self.at(inside)
    }

    /// Correlates one axis with an odd number of weights, the middle one at the pixel itself.
    pub fn correlate_axis(&self, axis: usize, weights: &[f64], edge: Edge, constant: f64) -> Grid {
        let half = (weights.len() / 2) as isize;
        self.map_at(|p| {
            let mut sum = 0.0;
            for (k, w) in weights.iter().enumerate() {
                let mut q = p.map(|i| i as isize);
                q[axis] += k as isize - half;
                sum += w * self.sample(q, edge, constant);
            }
            sum
        })
    }
}
