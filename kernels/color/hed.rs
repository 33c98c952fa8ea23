use crate::common::pointwise::widen;
use crate::common::threads;
use rotifer_registry::*;

op! {
    /// Separates the stains of a picture: how much haematoxylin, eosin and DAB each pixel has.
    ///
    /// Stains absorb light: log(rgb) / log(10⁻⁶) times the inverse of the matrix of the stains' colors (Ruifrok and Johnston
    /// 2001), and nothing below 0. White of an integer picture is the largest value of its dtype, of floats 1; what is
    /// darker than 10⁻⁶, and NaN, counts as 10⁻⁶. The three planes are haematoxylin, eosin and DAB.
    pub struct RgbToHed {}
    id: "rgb_to_hed", revision: 1, family: Color,
    memory: host,
    inputs: { rgb: Rgb },
    outputs: { hed: Rgb(F32) },
    agrees: Relative(1e-6), follows: "skimage.color.rgb2hed 0.26",
    python: "scale = 1 if rgb.dtype.kind == 'f' else np.iinfo(rgb.dtype).max
result = ski.color.rgb2hed(f64(rgb) / scale)",
    examples: [],
}

op! {
    /// Paints a picture from its stains, haematoxylin, eosin and DAB: what undoes `rgb_to_hed`.
    ///
    /// exp(−stains · log(10⁶) times the matrix of the stains' colors), cut at 0 and 1, times 255. NaN is black.
    pub struct HedToRgb {}
    id: "hed_to_rgb", revision: 1, family: Color,
    memory: host,
    inputs: { hed: Rgb },
    outputs: { rgb: Rgb(U8) },
    agrees: Absolute(1e-3), follows: "skimage.color.hed2rgb 0.26",
    python: "255 * ski.color.hed2rgb(f64(hed))",
    examples: [],
}

/// Red, green, blue that haematoxylin, eosin and DAB absorb.
const STAINS: [[f64; 3]; 3] = [[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]];

/// The darkest pixel.
const DARKEST: f64 = 1e-6;

/// The inverse, by cofactors.
fn inverse(m: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let minor = |i: usize, j: usize| {
        let [a, b, c, d] = [(i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3];
        m[a][c] * m[b][d] - m[a][d] * m[b][c]
    };
    let det: f64 = (0..3).map(|j| m[0][j] * minor(0, j)).sum();
    [0, 1, 2].map(|i| [0, 1, 2].map(|j| minor(j, i) / det))
}

fn times(v: [f64; 3], m: &[[f64; 3]; 3]) -> [f64; 3] {
    [0, 1, 2].map(|j| (0..3).map(|i| v[i] * m[i][j]).sum())
}

impl RgbToHed {
    /// Stains of a pixel.
    fn stains(&self, dtype: Dtype) -> impl Fn([f64; 3]) -> [f64; 3] + use<> {
        let (white, of_light) = (dtype.range().1, inverse(STAINS));
        move |rgb| {
            let absorbed = rgb.map(|v| (v / white).max(DARKEST).ln() / DARKEST.ln());
            times(absorbed, &of_light).map(|v| v.max(0.0))
        }
    }
}

/// Light of a pixel's stains.
fn light(hed: [f64; 3]) -> [f64; 3] {
    times(hed, &STAINS).map(|v| 255.0 * (v * DARKEST.ln()).exp().clamp(0.0, 1.0))
}

/// Three planes from three, pixel by pixel.
fn map<T: Element>(planes: &[Volume; 3], f: impl Fn([f64; 3]) -> [f64; 3] + Sync) -> Result<Vec<Datum>, Error>
where
    Pixels: From<ndarray::Array3<T>>,
{
    const CHUNK: usize = 4096;
    let [mut a, mut b, mut c] = [0, 1, 2].map(|_| vec![T::default(); planes[0].len()]);
    let chunks = a.chunks_mut(CHUNK).zip(b.chunks_mut(CHUNK)).zip(c.chunks_mut(CHUNK));
    threads::share(
        chunks.enumerate(),
        || [0, 1, 2].map(|_| vec![0.0; CHUNK]),
        |from, (k, ((a, b), c))| {
            for (plane, from) in planes.iter().zip(from.iter_mut()) {
                widen(plane, k * CHUNK, &mut from[..a.len()]);
            }
            for (i, ((a, b), c)) in a.iter_mut().zip(b).zip(c).enumerate() {
                [*a, *b, *c] = f([from[0][i], from[1][i], from[2][i]]).map(T::from_f64);
            }
        },
    );
    Ok(vec![Datum::Rgb([planes[0].image(a)?, planes[0].image(b)?, planes[0].image(c)?])])
}

fn plain(planes: &[Volume; 3], f: impl Fn([f64; 3]) -> [f64; 3]) -> Plain {
    let from = planes.each_ref().map(Grid::from);
    Plain::Rgb([0, 1, 2].map(|c| from[0].map_at(|p| f(from.each_ref().map(|g| g.at(p)))[c])))
}

impl Host for RgbToHed {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Point)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let rgb = inputs.rgb("rgb")?;
        map::<f32>(rgb, self.stains(rgb[0].dtype()))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(inputs.rgb("rgb").map(|rgb| vec![plain(rgb, self.stains(rgb[0].dtype()))]))
    }
}

impl Host for HedToRgb {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Point)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        map::<u8>(inputs.rgb("hed")?, light)
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(inputs.rgb("hed").map(|hed| vec![plain(hed, light)]))
    }
}
