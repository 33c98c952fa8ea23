use crate::common::fresh;
use crate::common::rank;
use crate::common::rows::Extended;
use rotifer_registry::footprint::Offsets;
use rotifer_registry::*;

choice! {
    /// Which side of the median outliers are on.
    pub enum Outliers {
        Bright = "bright",
        Dark = "dark",
        Both = "both",
    }
}

op! {
    /// Replaces pixels that stick out of their neighbourhood by its median: hot pixels, dust.
    ///
    /// A pixel that lies more than `threshold` from the median of the footprint becomes that median; the others stay as they are.
    /// The median is that of `median_filter`. NaN stays NaN.
    pub struct RemoveOutliers {
        /// Which neighbours count.
        footprint: Footprint = Footprint::Disk;
        /// Radius of the footprint along z, y, x; the window is 2·radius + 1 wide.
        radius: PerAxis<Length> = px(2.0), range(0.0, 256.0);
        /// How far from the median a pixel may lie.
        threshold: f64 = 50.0, range(0.0, 1e30);
        /// Whether pixels above the median, below it or both are replaced.
        outliers: Outliers = Outliers::Bright;
        ..Border(edge: Nearest, constant);
    }
    id: "remove_outliers", revision: 1, family: Filters,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "scipy.ndimage.median_filter 1.17",
    python: "m = ndi.median_filter(image, footprint=footprint, mode=edge, cval=constant)
away = f64(image) - f64(m)
away = {'bright': away, 'dark': -away, 'both': abs(away)}[outliers]
result = np.where(away > threshold, m, image)",
    examples: ["threshold = 10.0\noutliers = \"dark\"", "radius = 1\nthreshold = 5.5\noutliers = \"both\"", "threshold = 0.05\nedge = \"constant\"\nconstant = 40.0"],
}

impl RemoveOutliers {
    fn offsets(&self, meta: &VolumeMeta) -> Result<Offsets, Error> {
        self.footprint.offsets(&self.radius, meta)
    }

    fn is_outlier(&self, value: f64, median: f64) -> bool {
        let away = value - median;
        match self.outliers {
            Outliers::Bright => away > self.threshold,
            Outliers::Dark => -away > self.threshold,
            Outliers::Both => away.abs() > self.threshold,
        }
    }

    fn replaced<T: rank::Ranked>(&self, pixels: &[T], medians: &[T]) -> Vec<T> {
        fresh::map2(pixels, medians, |out, pixels, medians| {
            for ((o, v), m) in out.iter_mut().zip(pixels).zip(medians) {
                *o = if self.is_outlier(v.to_f64(), m.to_f64()) { *m } else { *v };
            }
        })
    }
}

impl Host for RemoveOutliers {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Window(self.footprint.extent(&self.radius, inputs.volume("image")?)?))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let offsets = self.offsets(&image.meta())?;
        let (shape, edge, constant) = (image.shape(), self.edge, self.constant);
        let out = each_dtype!(image.pixels(), |pixels| {
            let medians = rank::median(Extended { pixels, shape, edge, constant }, &offsets);
            image.image(self.replaced(pixels, &medians))?
        });
        Ok(vec![Datum::Volume(out)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let image = inputs.volume("image")?;
            let constant = image.dtype().quantize(self.constant);
            let mut out = Grid::from(image);
            let medians = rank::reference(&out, &self.offsets(&image.meta())?, self.edge, constant);
            for (v, m) in out.data.iter_mut().zip(&medians.data) {
                *v = if self.is_outlier(*v, *m) { *m } else { *v };
            }
            Ok(vec![Plain::Image(out)])
        };
        Some(plain())
    }
}
