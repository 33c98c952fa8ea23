//! Symmetric matrices at every pixel, of slopes and of curvatures, and what is made of their eigenvalues.

use super::bank::{self, Beyond, Taps, combine, f64s, gaussians, slope};
use crate::filters::derivatives::index;
use crate::filters::sobel::Axis;
use rotifer_registry::*;

/// Which matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tensor {
    /// Products of the slopes by Sobel's weights, blurred.
    Structure,
    /// Second derivatives, each of two first derivatives of a Gaussian of σ/√2.
    Hessian,
}

/// A matrix, above its diagonal, in the order of rows: 3 elements of 2 axes, 6 of 3.
pub type Elements = [f64];

/// How one correlation is computed: fast, or plainly.
type Correlate<'a> = &'a dyn Fn(&[f64], &Taps, Beyond) -> Vec<f64>;

/// Where the Gaussians of a Hessian end, in standard deviations: a sampled one that is narrow has wide ripples.
fn truncate(meta: &VolumeMeta, sigma: [f64; 3]) -> f64 {
    if meta.axes().all(|a| sigma[a] > 1.0) { 8.0 } else { 100.0 }
}

/// Pairs of axes in the order of the elements.
fn pairs(ndim: usize) -> Vec<(usize, usize)> {
    (3 - ndim..3).flat_map(|a| (a..3).map(move |b| (a, b))).collect()
}

impl Tensor {
    /// The elements of these pairs of axes, for every pixel.
    fn elements(
        self,
        pairs: &[(usize, usize)],
        meta: &VolumeMeta,
        pixels: &[f64],
        sigma: [f64; 3],
        beyond: Beyond,
        correlate: Correlate,
    ) -> Vec<Vec<f64>> {
        let along = |a: usize| [0, 1, 2].map(|b| (a == b) as usize);
        match self {
            Tensor::Structure => {
                let is_needed = |axis: usize| pairs.iter().any(|(a, b)| *a == axis || *b == axis);
                let slopes: Vec<Vec<f64>> = meta
                    .axes()
                    .map(|axis| {
                        if !is_needed(axis) {
                            return Vec::new();
                        }
                        let across = slope(meta, axis, &[], &[1.0, 2.0, 1.0]);
                        let slopes = correlate(pixels, &slope(meta, axis, &[-1.0, 0.0, 1.0], &[]), beyond);
                        correlate(&slopes, &across, beyond)
                    })
                    .collect();
                let (first, blur) = (3 - meta.ndim, gaussians(sigma, [0; 3], 4.0));
                let product = |(a, b): (usize, usize)| {
                    let both = slopes[a - first].iter().zip(&slopes[b - first]);
                    correlate(&both.map(|(a, b)| a * b).collect::<Vec<f64>>(), &blur, beyond)
                };
                pairs.iter().copied().map(product).collect()
            }
            Tensor::Hessian => {
                let half = sigma.map(|s| s * (1.0 / 2f64.sqrt()));
                let taps = |a: usize| gaussians(half, along(a), truncate(meta, sigma));
                let is_needed = |axis: usize| pairs.iter().any(|(a, _)| *a == axis);
                let slope = |a| if is_needed(a) { correlate(pixels, &taps(a), beyond) } else { Vec::new() };
                let slopes: Vec<Vec<f64>> = meta.axes().map(slope).collect();
                let first = 3 - meta.ndim;
                let bend = |(a, b): (usize, usize)| correlate(&slopes[a - first], &taps(b), beyond);
                pairs.iter().copied().map(bend).collect()
            }
        }
    }
}

/// Eigenvalues from the largest to the smallest.
pub fn eigenvalues(elements: &Elements) -> [f64; 3] {
    if let [a, b, c] = elements {
        let (middle, root) = ((a + c) / 2.0, (b * b + ((a - c) / 2.0).powi(2)).sqrt());
        return [middle + root, middle - root, 0.0];
    }
    let [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map(|i| elements[i]);
    let mut m = [[a, b, c], [b, d, e], [c, e, f]];
    // Jacobi's rotations: each makes one element beside the diagonal 0.
    for _ in 0..12 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if m[p][q] == 0.0 {
                continue;
            }
            let theta = (m[q][q] - m[p][p]) / (2.0 * m[p][q]);
            let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let (cos, r) = (1.0 / (t * t + 1.0).sqrt(), 3 - p - q);
            let sin = t * cos;
            let (pr, qr, pq) = (m[p][r], m[q][r], m[p][q]);
            m[p][p] -= t * pq;
            m[q][q] += t * pq;
            (m[p][q], m[q][p]) = (0.0, 0.0);
            m[p][r] = cos * pr - sin * qr;
            m[q][r] = sin * pr + cos * qr;
            (m[r][p], m[r][q]) = (m[p][r], m[q][r]);
        }
        if m[0][1].abs() + m[0][2].abs() + m[1][2].abs() <= f64::MIN_POSITIVE {
            break;
        }
    }
    let mut values = [m[0][0], m[1][1], m[2][2]];
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// `kernel: OfTensor::new(..)`: a pixel from the matrices of one or several sizes, the greatest where there are several.
pub struct OfTensor<V> {
    tensor: Tensor,
    sigmas: Vec<PerAxis<Length>>,
    edge: Edge,
    constant: f64,
    turned: bool,
    axes: Vec<Axis>,
    /// The one element that a pixel is made of; all where there is none.
    only: Option<(usize, usize)>,
    greatest: Greatest,
    value: V,
}

/// A number of the eigenvalues of a pixel.
pub type Number = Box<dyn Fn(&[f64]) -> f64 + Send + Sync>;

/// The number whose greatest in the whole image a pixel is made of.
pub enum Greatest {
    Unneeded,
    /// That of the first size serves all.
    OfFirst(Number),
    OfEach(Number),
}

impl<V: Fn(&Local) -> f64 + Send + Sync> OfTensor<V> {
    /// Pixels of the values of matrices of these standard deviations.
    pub fn new(
        tensor: Tensor,
        sigmas: Vec<PerAxis<Length>>,
        (edge, constant): (Edge, f64),
        value: V,
    ) -> Self {
        OfTensor {
            tensor,
            sigmas,
            edge,
            constant,
            turned: false,
            axes: Vec::new(),
            only: None,
            greatest: Greatest::Unneeded,
            value,
        }
    }

    /// Takes the negative of the image, so that bright is dark, and of the constant.
    pub fn turned(self, turned: bool) -> Self {
        OfTensor { turned, ..self }
    }

    /// Needs images with these two axes, and of each matrix the element that is theirs: `value` gets that alone.
    pub fn with_element(self, axis: Axis, other: Axis) -> Self {
        let (a, b) = (axis as usize, other as usize);
        OfTensor { axes: vec![axis, other], only: Some((a.min(b), a.max(b))), ..self }
    }

    /// Needs the greatest of a number in the whole image.
    pub fn with_greatest(self, greatest: Greatest) -> Self {
        OfTensor { greatest, ..self }
    }
}

/// A matrix with what else a pixel is made of.
pub struct Local<'a> {
    pub elements: &'a Elements,
    pub ndim: usize,
    /// Standard deviation along x.
    pub sigma: f64,
    /// The greatest number of the whole image, where it is asked for.
    pub greatest: f64,
}

impl Local<'_> {
    /// Eigenvalues, the largest first.
    pub fn eigenvalues(&self) -> [f64; 3] {
        eigenvalues(self.elements)
    }
}

impl<V: Fn(&Local) -> f64 + Send + Sync> OfTensor<V> {
    /// Pixels that a pixel is made of, along each axis.
    fn halo(&self, meta: &VolumeMeta) -> Result<[usize; 3], Error> {
        let mut most = [0; 3];
        for sigma in &self.sigmas {
            let sigma = sigma.pixels(meta)?;
            let far = |a: usize| match self.tensor {
                _ if !meta.axes().contains(&a) => 0,
                Tensor::Structure => 1 + (4.0 * sigma[a] + 0.5) as usize,
                Tensor::Hessian => 2 * (truncate(meta, sigma) * sigma[a] / 2f64.sqrt() + 1.0) as usize,
            };
            most = [0, 1, 2].map(|a| usize::max(most[a], far(a)));
        }
        Ok(most)
    }

    /// Refuses images that have not the axes, or whose pixel size is needed and not known.
    fn fits(&self, meta: &VolumeMeta) -> Result<(), Error> {
        self.axes.iter().try_for_each(|axis| index(*axis, meta).map(drop))?;
        self.sigmas.iter().try_for_each(|sigma| sigma.pixels(meta).map(drop))
    }

    /// The result, from the way of correlation.
    fn compute(&self, image: &Volume, correlate: Correlate) -> Result<Vec<f64>, Error> {
        let meta = image.meta();
        self.fits(&meta)?;
        let mut pixels = f64s(image);
        if self.turned {
            pixels.iter_mut().for_each(|v| *v = -*v);
        }
        let constant = if self.turned { -self.constant } else { self.constant };
        let beyond = Beyond { edge: self.edge, constant, filtered: false };
        let (mut out, mut greatest): (Option<Vec<f64>>, _) = (None, f64::NAN);
        let pairs = self.only.map_or_else(|| pairs(meta.ndim), |pair| vec![pair]);
        for sigma in &self.sigmas {
            let sigma = sigma.pixels(&meta)?;
            let elements = self.tensor.elements(&pairs, &meta, &pixels, sigma, beyond, correlate);
            let number = match (&self.greatest, &out) {
                (Greatest::OfFirst(number), None) | (Greatest::OfEach(number), _) => Some(number),
                _ => None,
            };
            if let Some(number) = number {
                let numbers = combine(&elements, |e| number(&eigenvalues(e)[..meta.ndim]));
                greatest = numbers.into_iter().fold(f64::NEG_INFINITY, f64::max);
            }
            let values = combine(&elements, |elements| {
                (self.value)(&Local { elements, ndim: meta.ndim, sigma: sigma[2], greatest })
            });
            match &mut out {
                None => out = Some(values),
                Some(out) => out.iter_mut().zip(values).for_each(|(o, v)| *o = o.max(v)),
            }
        }
        out.ok_or_else(|| Error::new(Code::Internal, "no size is given"))
    }
}

impl<V: Fn(&Local) -> f64 + Send + Sync> Kernel for OfTensor<V> {
    const DEVICE: bool = false;

    fn reach(&self, _spec: &'static Spec, inputs: &Metas) -> Result<Reach, Error> {
        match &self.greatest {
            Greatest::Unneeded => self.halo(inputs.volume("image")?).map(Reach::Window),
            _ => Ok(Reach::Whole),
        }
    }

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.fits(inputs.volume("image")?)
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let out = self
            .compute(image, &|pixels, taps, beyond| bank::correlate(pixels, image.shape(), taps, beyond))?;
        let single = combine(&[out], |v| v[0] as f32);
        Ok(vec![Datum::Volume(image.image(single)?)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let image = inputs.volume("image")?;
        let (shape, ndim) = (image.shape(), image.ndim());
        let data = self.compute(image, &|pixels, taps, beyond| {
            bank::correlate_plain(&Grid { shape, ndim, data: pixels.to_vec() }, taps, beyond).data
        })?;
        Ok(vec![Plain::Image(Grid { shape, ndim, data })])
    }

    fn effort(&self, _spec: &'static Spec, inputs: &Metas) -> Option<usize> {
        let image = inputs.volume("image").ok()?;
        let taps = self.halo(image).ok()?.iter().sum::<usize>() * 24 * self.sigmas.len();
        Some(image.len().saturating_mul(taps + 1))
    }
}
