//! How far two channels are bright at the same places.

use crate::common::pairs::{Pairs, Sums};
use rotifer_registry::*;

op! {
    /// Takes Pearson's correlation of two images.
    ///
    /// The sum of the products of both differences from the means, divided by the root of the product of both sums of their
    /// squares. NaN where an image has one value only. With a mask, only the pixels inside count.
    pub struct PearsonCorrelation {}
    id: "pearson_correlation", revision: 1, family: Measure,
    kernel: Pairs {
        ports: ["image", "other"],
        centered: true,
        of: |sums: &Sums, _| {
            let r = sums.product / (sums.first_squared.sqrt() * sums.second_squared.sqrt());
            r.clamp(-1.0, 1.0)
        },
    },
    inputs: { image: Image, other: Image, mask: Mask optional },
    outputs: { correlation: Number },
    agrees: Absolute(1e-9), follows: "skimage.measure.pearson_corr_coeff 0.26",
    python: "few = mask is not None and mask.sum() < 2
result = np.nan if few else ski.measure.pearson_corr_coeff(f64(image), f64(other), mask)[0]",
    examples: [],
}

op! {
    /// Takes Manders' colocalization: the intensity inside a mask of another channel, in parts of the whole intensity.
    ///
    /// 0 where the sum of the image is 0. The image is taken to have no values below 0. With a `mask`, only the pixels inside it
    /// count.
    pub struct MandersColocalization {}
    id: "manders_colocalization", revision: 1, family: Measure,
    kernel: Pairs {
        ports: ["image", "other"],
        centered: false,
        of: |sums: &Sums, _| if sums.first == 0.0 { 0.0 } else { sums.product / sums.first },
    },
    inputs: { image: Image, other: Mask, mask: Mask optional },
    outputs: { coefficient: Number },
    agrees: Relative(1e-9), follows: "skimage.measure.manders_coloc_coeff 0.26",
    python: "v = f64(image)
m = np.ones(v.shape, bool) if mask is None else mask
result = 0 if not m.any() else ski.measure.manders_coloc_coeff(v, other, m) if v[m].min() >= 0 else v[other & m].sum() / v[m].sum()",
    examples: [],
}

op! {
    /// Takes Manders' overlap of two images: the sum of their products, divided by the root of both sums of squares.
    ///
    /// NaN where an image is 0 everywhere. The images are taken to have no values below 0. With a mask, only the pixels inside
    /// count.
    pub struct MandersOverlap {}
    id: "manders_overlap", revision: 1, family: Measure,
    kernel: Pairs {
        ports: ["image", "other"],
        centered: false,
        of: |sums: &Sums, _| sums.product / (sums.first_squared.sqrt() * sums.second_squared.sqrt()),
    },
    inputs: { image: Image, other: Image, mask: Mask optional },
    outputs: { coefficient: Number },
    agrees: Absolute(1e-9), follows: "skimage.measure.manders_overlap_coeff 0.26",
    python: "a, b = f64(image), f64(other)
m = np.ones(a.shape, bool) if mask is None else mask
a, b = a[m], b[m]
result = np.nan if not m.any() else ski.measure.manders_overlap_coeff(a, b) if min(a.min(), b.min()) >= 0 else np.vdot(a, b) / np.sqrt(np.vdot(a, a) * np.vdot(b, b))",
    examples: [],
}

op! {
    /// Takes the pixels of a mask that are in another mask too, in parts of all its pixels.
    ///
    /// 0 where the first mask is empty. With a third mask, `within`, only the pixels inside it count.
    pub struct IntersectionCoefficient {}
    id: "intersection_coefficient", revision: 1, family: Measure,
    kernel: Pairs {
        ports: ["mask", "other"],
        centered: false,
        of: |sums: &Sums, _| if sums.first == 0.0 { 0.0 } else { sums.product / sums.first },
    },
    inputs: { mask: Mask, other: Mask, within: Mask optional },
    outputs: { coefficient: Number },
    agrees: Relative(1e-9), follows: "skimage.measure.intersection_coeff 0.26",
    python: "ski.measure.intersection_coeff(mask, other, within)",
    examples: [],
}
