//! A volume whose planes are computed when they are read, and a pipeline on it.

use rotifer::execute::store::Source;
use rotifer::registry::*;
use std::ops::Range;

/// Bright balls of several sizes on a grid, some with holes, in noise.
pub struct Balls {
    pub meta: VolumeMeta,
}

/// Pixels from one ball to the next.
const CELL: usize = 24;

fn hash(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

impl Balls {
    pub fn new(shape: [usize; 3]) -> Balls {
        Balls { meta: VolumeMeta { kind: Kind::Image, dtype: Dtype::U16, shape, ndim: 3, spacing: None } }
    }

    fn at(&self, [z, y, x]: [usize; 3]) -> u16 {
        let [_, ny, nx] = self.meta.shape;
        let noise = hash(((z * ny + y) * nx + x) as u64) % 64;
        let cell = [z / CELL, y / CELL, x / CELL];
        let seed = hash(((cell[0] << 40) | (cell[1] << 20) | cell[2]) as u64 ^ 0x5eed);
        let radius = 3 + seed % 8;
        let off = |p: usize| (p % CELL) as i64 - CELL as i64 / 2;
        let distance = (off(z).pow(2) + off(y).pow(2) + off(x).pow(2)) as u64;
        let hollow = radius > 8 && distance < 9;
        let light = if distance <= radius * radius && !hollow { 600 + seed / 8 % 400 } else { 0 };
        (200 + light + noise) as u16
    }
}

impl Source for Balls {
    fn meta(&self) -> &VolumeMeta {
        &self.meta
    }

    fn read(&self, [z, y, x]: [Range<usize>; 3]) -> Result<Volume, Error> {
        let mut meta = self.meta.clone();
        meta.shape = [z.len(), y.len(), x.len()];
        let mut pixels = Vec::with_capacity(meta.len());
        for z in z {
            for y in y.clone() {
                pixels.extend(x.clone().map(|x| self.at([z, y, x])));
            }
        }
        Volume::from_vec(&meta, pixels)
    }
}

/// Smooths, flattens, finds objects, measures them, and looks along z.
pub fn pipeline() -> Pipeline {
    Pipeline::new(vec![
        Step::new("gaussian_filter").arg("sigma", 1.0).named("smooth"),
        Step::new("white_tophat").arg("footprint", "box").arg("radius", 11).named("flat"),
        Step::new("threshold_otsu").named("bright"),
        Step::new("greater").from(&["flat"]).arg("value", "= 0.9 * bright.threshold").named("wide"),
        Step::new("binary_fill_holes").named("filled"),
        Step::new("connected_components").named("all"),
        Step::new("filter_labels_by_size").arg("minimum_size", 60).named("cells").saved(),
        Step::new("regionprops_table").from(&["cells", "input"]).named("table").saved(),
        Step::new("maximum_projection").from(&["input"]).named("seen").saved(),
    ])
}
