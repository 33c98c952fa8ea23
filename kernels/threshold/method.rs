//! Rules of thresholds by name, for parts of an image.

use super::of_histogram::{isodata, triangle, yen};
use super::of_values::{Average, Spread, li, robust_background};
use super::threshold_multiotsu::multiotsu;
use super::threshold_otsu::otsu;
use crate::common::global_threshold::Counted;
use rotifer_registry::*;

choice! {
    /// How pixels make a threshold: as the function whose name begins with `threshold_` does with its defaults.
    pub enum Method {
        Otsu = "otsu",
        /// The lower one of the thresholds between three classes.
        MultiotsuLow = "multiotsu_low",
        /// The upper one.
        MultiotsuHigh = "multiotsu_high",
        Li = "li",
        Yen = "yen",
        Triangle = "triangle",
        Isodata = "isodata",
        Mean = "mean",
        RobustBackground = "robust_background",
    }
}

impl Method {
    /// The threshold; none where no pixel counts.
    pub fn threshold(self, pixels: &Counted, nbins: u32) -> Option<f64> {
        let bins = || pixels.bins(nbins);
        let found = match self {
            Method::Otsu => bins().and_then(|h| otsu(&h)),
            Method::MultiotsuLow => bins().map(|h| multiotsu(&h, 3)[0]),
            Method::MultiotsuHigh => bins().map(|h| multiotsu(&h, 3)[1]),
            Method::Li => pixels.values().and_then(|v| li(&v, pixels.dtype(), None, None)),
            Method::Yen => bins().and_then(|h| yen(&h)),
            Method::Triangle => bins().and_then(|h| triangle(&h)),
            Method::Isodata => bins().and_then(|h| isodata(&h)),
            Method::Mean => pixels.mean(),
            Method::RobustBackground => pixels
                .values()
                .and_then(|v| robust_background(v, [0.05; 2], Average::Mean, Spread::StandardDeviation, 2.0)),
        };
        found.or_else(|| pixels.only())
    }

    /// The threshold of some pixels in any order.
    pub fn of<T: Element>(self, pixels: Vec<T>, nbins: u32, plain: bool) -> Result<Option<f64>, Error>
    where
        Pixels: From<ndarray::Array3<T>>,
    {
        let shape = [1, 1, pixels.len()];
        let meta = VolumeMeta { kind: Kind::Image, dtype: T::DTYPE, shape, ndim: 2, spacing: None };
        let image = Volume::from_vec(&meta, pixels)?;
        Ok(self.threshold(&Counted::new(&image, None, plain), nbins))
    }
}
