use crate::common::tensor::{Greatest, Local, OfTensor, Tensor};
use crate::feature::blobs::spaced;
use rotifer_registry::*;

op! {
    /// Finds lines and tubes of several widths: Sato's filter.
    ///
    /// For each width σ: the geometric mean of all eigenvalues of the Hessian but the smallest, nothing below 0, times σ².
    /// A pixel has the greatest over all widths. The Hessian is that of `hessian_matrix`.
    pub struct Sato {
        /// Standard deviation of the smallest Gaussian, in pixels.
        min_sigma: f64 = 1.0, range(0.1, 128.0);
        /// Standard deviation of the largest Gaussian, in pixels.
        max_sigma: f64 = 9.0, range(0.1, 128.0);
        /// How many widths, equally far apart.
        num_sigma: u32 = 5, range(1, 1000);
        /// Whether lines are darker than what is around them.
        black_ridges: bool = true;
        ..Border(edge, constant);
    }
    id: "sato", revision: 1, family: Filters,
    kernel: OfTensor::new(Tensor::Hessian, sizes(min_sigma, max_sigma, num_sigma), (edge, constant), |at: &Local| {
        let product: f64 = at.eigenvalues()[..at.ndim - 1].iter().map(|v| v.max(0.0)).product();
        at.sigma * at.sigma * if at.ndim == 3 { product.sqrt() } else { product }
    })
    .turned(!black_ridges),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.filters.sato 0.26",
    python: "ski.filters.sato(f64(image), np.linspace(min_sigma, max_sigma, num_sigma), black_ridges, edge, constant if black_ridges else -constant)",
    examples: ["min_sigma = 1.5\nmax_sigma = 4\nnum_sigma = 3\nblack_ridges = false", "min_sigma = 2\nmax_sigma = 2\nnum_sigma = 1\nedge = \"constant\"\nconstant = 30", "max_sigma = 2\nnum_sigma = 2\nblack_ridges = false\nedge = \"constant\"\nconstant = 30"],
}

op! {
    /// Finds vessels of several widths: Frangi's filter.
    ///
    /// For each width the eigenvalues of the Hessian, a, b and in 3-D c, from the smallest magnitude to the largest; all but a are
    /// at least 10⁻¹⁰. The product of exp(−B²/2β²), B being |a|/b in 2-D and |a|/√(bc) in 3-D; of 1 − exp(−(b/c)²/2α²) in 3-D; and of 1 −
    /// exp(−S²/2γ²), S² being the sum of their squares. A pixel has the greatest over all widths, 0 to 1. The
    /// Hessian is that of `hessian_matrix`.
    pub struct Frangi {
        /// Standard deviation of the smallest Gaussian, in pixels.
        min_sigma: f64 = 1.0, range(0.1, 128.0);
        /// Standard deviation of the largest Gaussian, in pixels.
        max_sigma: f64 = 9.0, range(0.1, 128.0);
        /// How many widths, equally far apart.
        num_sigma: u32 = 5, range(1, 1000);
        /// How much plates are held against a vessel, in 3-D.
        alpha: f64 = 0.5, range(1e-6, 1e6);
        /// How much blobs are held against a vessel.
        beta: f64 = 0.5, range(1e-6, 1e6);
        /// The S that counts as structure; half of the greatest S of the smallest width where left out.
        gamma: Option<f64> = None, range(1e-12, 1e12);
        /// Whether vessels are darker than what is around them.
        black_ridges: bool = true;
        ..Border(edge, constant);
    }
    id: "frangi", revision: 1, family: Filters,
    kernel: OfTensor::new(Tensor::Hessian, sizes(min_sigma, max_sigma, num_sigma), (edge, constant), move |at: &Local| {
        let mut values = at.eigenvalues();
        let values = &mut values[..at.ndim];
        let half = at.greatest / 2.0;
        let gamma = gamma.unwrap_or(if half == 0.0 { 1.0 } else { half });
        let structure = norm(values) / gamma;
        values.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        let falls = |ratio: f64| (-ratio * ratio / 2.0).exp();
        let line = match *values {
            [a, b, c] => {
                let (b, c) = (b.max(1e-10), c.max(1e-10));
                falls(a.abs() / (b * c).sqrt() / beta) * (1.0 - falls(b / c / alpha))
            }
            [a, b] => falls(a.abs() / b.max(1e-10) / beta),
            _ => 0.0,
        };
        line * (1.0 - falls(structure))
    })
    .turned(!black_ridges)
    .with_greatest(if gamma.is_some() { Greatest::Unneeded } else { Greatest::OfFirst(Box::new(norm)) }),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Absolute(1e-6), follows: "skimage.filters.frangi 0.26",
    python: "ski.filters.frangi(f64(image), np.linspace(min_sigma, max_sigma, num_sigma), None, None, alpha, beta, gamma, black_ridges, edge, constant if black_ridges else -constant)",
    examples: ["min_sigma = 1.5\nmax_sigma = 4\nnum_sigma = 3\nblack_ridges = false", "min_sigma = 2\nmax_sigma = 3\nnum_sigma = 2\nedge = \"constant\"\nconstant = 30\ngamma = 15", "max_sigma = 2\nnum_sigma = 1\nalpha = 0.2\nbeta = 1.5\nblack_ridges = false"],
}

op! {
    /// Finds neurites and other lines of several widths: Meijering's filter.
    ///
    /// For each width, of the eigenvalues of the Hessian, each plus `alpha` times the others, that of the largest magnitude, nothing
    /// below 0, divided by its greatest value in the image. A pixel has the greatest over all widths, 0 to 1. The Hessian is that
    /// of `hessian_matrix`.
    pub struct Meijering {
        /// Standard deviation of the smallest Gaussian, in pixels.
        min_sigma: f64 = 1.0, range(0.1, 128.0);
        /// Standard deviation of the largest Gaussian, in pixels.
        max_sigma: f64 = 9.0, range(0.1, 128.0);
        /// How many widths, equally far apart.
        num_sigma: u32 = 5, range(1, 1000);
        /// How much the other eigenvalues count; 1/(axes + 1) where left out.
        alpha: Option<f64> = None, range(-10.0, 10.0);
        /// Whether lines are darker than what is around them.
        black_ridges: bool = true;
        ..Border(edge, constant);
    }
    id: "meijering", revision: 1, family: Filters,
    kernel: {
        let neurite = move |values: &[f64]| {
            let alpha = alpha.unwrap_or(1.0 / (values.len() as f64 + 1.0));
            let sum: f64 = values.iter().sum();
            let mixed = values.iter().map(|v| v + alpha * (sum - v));
            mixed.fold(0.0, |most: f64, v| if v.abs() > most.abs() { v } else { most }).max(0.0)
        };
        OfTensor::new(Tensor::Hessian, sizes(min_sigma, max_sigma, num_sigma), (edge, constant), move |at: &Local| {
            let value = neurite(&at.eigenvalues()[..at.ndim]);
            if at.greatest > 0.0 { value / at.greatest } else { value }
        })
        .turned(!black_ridges)
        .with_greatest(Greatest::OfEach(Box::new(neurite)))
    },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Absolute(1e-6), follows: "skimage.filters.meijering 0.26",
    python: "ski.filters.meijering(f64(image), np.linspace(min_sigma, max_sigma, num_sigma), alpha, black_ridges, edge, constant if black_ridges else -constant)",
    examples: ["min_sigma = 1.5\nmax_sigma = 4\nnum_sigma = 3\nblack_ridges = false", "min_sigma = 2\nmax_sigma = 2\nnum_sigma = 1\nedge = \"constant\"\nconstant = 30\nalpha = -0.3"],
}

op! {
    /// Finds bright tubes of one width, from the curvatures across them.
    ///
    /// The eigenvalues of the Hessian in order of magnitude: in 2-D the negative of the largest, in 3-D the root of the product of
    /// the two largest; 0 where one of those is not negative. The Hessian is that of `hessian_matrix`.
    pub struct Tubeness {
        /// Standard deviation of the Gaussian along z, y, x.
        sigma: PerAxis<Length> = px(1.0), range(0.1, 128.0);
        ..Border(edge, constant);
    }
    id: "tubeness", revision: 1, family: Filters,
    kernel: OfTensor::new(Tensor::Hessian, vec![sigma], (edge, constant), |at: &Local| {
        let mut values = at.eigenvalues();
        let values = &mut values[..at.ndim];
        values.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        match *values {
            [_, b, c] => (-b).max(0.0).sqrt() * (-c).max(0.0).sqrt(),
            [_, b] => (-b).max(0.0),
            _ => 0.0,
        }
    }),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.feature.hessian_matrix_eigvals 0.26",
    python: "
e = ski.feature.hessian_matrix_eigvals(ski.feature.hessian_matrix(f64(image), sigma, mode=edge, cval=constant, use_gaussian_derivatives=True))
e = -np.take_along_axis(e, abs(e).argsort(0), 0)[1:]
result = np.maximum(e, 0).prod(0) ** (1 / len(e))",
    examples: ["sigma = 2", "sigma = 1.5\nedge = \"constant\"\nconstant = 30"],
}

/// Widths from the smallest to the largest.
fn sizes(min: f64, max: f64, count: u32) -> Vec<PerAxis<Length>> {
    spaced(min, max, count, false).into_iter().map(px).collect()
}

/// The root of the sum of squares.
fn norm(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum::<f64>().sqrt()
}
