use crate::common::bank::{self, Beyond, f64s, gaussians, slope};
use crate::common::components::{Components, Part};
use crate::common::parts::by_pixels;
use rotifer_registry::*;

op! {
    /// Finds edges one pixel wide: where a blurred image is steepest, along lines that are strong somewhere (Canny).
    ///
    /// The image is blurred by a Gaussian, with 0 beyond its border, and divided by the blurred part of the window that lies in the
    /// image. Steepness is that of Sobel's weights, not divided: 8 for a slope of 1 a pixel. A pixel is on an edge if neither neighbour
    /// across it, by linear interpolation between two pixels, is steeper. Of what is at least `low_threshold`, connected parts
    /// (8 neighbours) with a pixel of at least `high_threshold` stay. Pixels at the border are none. For images of two axes.
    pub struct Canny {
        /// Standard deviation of the Gaussian along y, x.
        sigma: PerAxis<Length> = px(1.0), range(0.0, 256.0);
        /// The steepness of weak edges, in units of the image.
        low_threshold: f64 = 0.1, range(1e-12, 1e12);
        /// The steepness of strong edges, in units of the image, not below `low_threshold`.
        high_threshold: f64 = 0.2, range(1e-12, 1e12);
    }
    id: "canny", revision: 1, family: Feature,
    memory: host,
    inputs: { image: Image },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.feature.canny 0.26",
    python: "ski.feature.canny(f64(image), sigma, low_threshold, high_threshold)",
    examples: ["sigma = 2\nlow_threshold = 10\nhigh_threshold = 30", "sigma = [1.5, 2.5]\nlow_threshold = 3\nhigh_threshold = 3", "sigma = 3\nlow_threshold = 40\nhigh_threshold = 200"],
}

const NOTHING: Beyond = Beyond { edge: Edge::Constant, constant: 0.0, filtered: false };
const MIRRORED: Beyond = Beyond { edge: Edge::Reflect, constant: 0.0, filtered: false };

/// Whether neither side of a pixel across its edge is steeper. `steep` is the steepness at an offset y, x.
fn is_crest(along_y: f64, along_x: f64, steep: impl Fn(isize, isize) -> f64) -> bool {
    let here = steep(0, 0);
    let (a, b) = (along_y.abs(), along_x.abs());
    let same = along_y >= 0.0 && along_x >= 0.0 || along_y <= 0.0 && along_x <= 0.0;
    let side = if same { 1 } else { -1 };
    let (share, straight) = if a > b { (b / a, (1, 0)) } else { (a / b, (0, side)) };
    [1, -1].iter().all(|way| {
        let diagonal = steep(*way, way * side);
        diagonal * share + steep(way * straight.0, way * straight.1) * (1.0 - share) <= here
    })
}

/// A way of correlating pixels with taps.
type Correlate<'a> = dyn Fn(&[f64], &bank::Taps, Beyond) -> Vec<f64> + 'a;

impl Canny {
    /// Slopes along y and x, and steepness, from the way of correlation.
    fn slopes(
        &self,
        meta: &VolumeMeta,
        pixels: &[f64],
        correlate: &Correlate,
    ) -> Result<[Vec<f64>; 3], Error> {
        let taps = gaussians(self.sigma.pixels(meta)?, [0; 3], 4.0);
        let blurred = correlate(pixels, &taps, NOTHING);
        let present = correlate(&vec![1.0; pixels.len()], &taps, NOTHING);
        let smooth: Vec<f64> = blurred.iter().zip(&present).map(|(v, w)| v / (w + f64::EPSILON)).collect();
        let along = |axis: usize| {
            let slopes = correlate(&smooth, &slope(meta, axis, &[-1.0, 0.0, 1.0], &[]), MIRRORED);
            correlate(&slopes, &slope(meta, axis, &[], &[1.0, 2.0, 1.0]), MIRRORED)
        };
        let (y, x) = (along(1), along(2));
        let steep = y.iter().zip(&x).map(|(y, x)| (y * y + x * x).sqrt()).collect();
        Ok([y, x, steep])
    }

    /// Pixels by their edges: 0 none, 1 weak, 2 strong.
    fn crests(&self, [ny, nx]: [usize; 2], [y, x, steep]: &[Vec<f64>; 3]) -> Vec<u8> {
        let crest = |i: usize| {
            let (row, column) = (i / nx, i % nx);
            let inner = row > 0 && row + 1 < ny && column > 0 && column + 1 < nx;
            let at = |dy: isize, dx: isize| steep[i.wrapping_add_signed(dy * nx as isize + dx)];
            if inner && steep[i] >= self.low_threshold && is_crest(y[i], x[i], at) {
                1 + (steep[i] >= self.high_threshold) as u8
            } else {
                0
            }
        };
        by_pixels(ny * nx, crest)
    }
}

impl Host for Canny {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let image = inputs.volume("image")?;
        if image.ndim != 2 {
            return Err(Error::new(Code::Shape, "edges are those of an image of two axes")
                .value(image.shape_text())
                .help("find them plane by plane: slice_by_slice = true"));
        }
        if self.high_threshold < self.low_threshold {
            return Err(Error::new(Code::OutOfRange, "below `low_threshold`")
                .argument("high_threshold")
                .value(self.high_threshold));
        }
        self.sigma.pixels(image).map(drop)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (meta, shape) = (image.meta(), image.shape());
        let slopes = self.slopes(&meta, &f64s(image), &|pixels, taps, beyond| {
            bank::correlate(pixels, shape, taps, beyond)
        })?;
        let crests = self.crests([shape[1], shape[2]], &slopes);
        let weak: Vec<u8> = crests.iter().map(|c| (*c > 0) as u8).collect();
        let parts = Components::of_mask(&weak, shape, 2, Part::Objects);
        let of_pixel: Vec<u32> = parts.paint_between(0u32, |_, part| part as u32 + 1);
        let mut strong = vec![false; parts.count + 1];
        for (crest, part) in crests.iter().zip(&of_pixel) {
            strong[*part as usize] |= *crest == 2;
        }
        let edges = of_pixel.iter().map(|part| (*part > 0 && strong[*part as usize]) as u8).collect();
        Ok(vec![Datum::Volume(image.mask(edges)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let find = || {
            let image = inputs.volume("image")?;
            let (meta, shape, ndim) = (image.meta(), image.shape(), image.ndim());
            let slopes = self.slopes(&meta, &image.f64s(), &|pixels, taps, beyond| {
                bank::correlate_plain(&Grid { shape, ndim, data: pixels.to_vec() }, taps, beyond).data
            })?;
            let crests = self.crests([shape[1], shape[2]], &slopes);
            let mut out = vec![0.0; crests.len()];
            let mut stack: Vec<usize> = (0..crests.len()).filter(|i| crests[*i] == 2).collect();
            while let Some(i) = stack.pop() {
                out[i] = 1.0;
                // No crest lies at the border.
                for step in [-1, 0, 1].iter().flat_map(|y| [-1, 0, 1].map(|x| y * shape[2] as isize + x)) {
                    let j = i.wrapping_add_signed(step);
                    if crests[j] > 0 && out[j] == 0.0 {
                        stack.push(j);
                    }
                }
            }
            Ok(vec![Plain::Image(Grid { shape, ndim, data: out })])
        };
        Some(find())
    }
}
