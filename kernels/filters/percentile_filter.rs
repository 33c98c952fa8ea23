use crate::common::rank;
use crate::common::rows::Extended;
use rotifer_registry::footprint::Offsets;
use rotifer_registry::*;

op! {
    /// Replaces each pixel by a percentile of its neighbourhood: 0 is the least value, 50 the median, 100 the greatest.
    ///
    /// Of the n pixels of the footprint in order, that of rank n · percentile / 100, rounded down, counted from 0, and the last
    /// one at 100: a value of the image, of any dtype. NaN counts as larger than every number.
    pub struct PercentileFilter {
        /// The share of pixels, in percent, that are darker.
        percentile: f64 = 50.0, range(0.0, 100.0);
        /// Which neighbours count.
        footprint: Footprint = Footprint::Box;
        /// Radius of the footprint along z, y, x; the window is 2·radius + 1 wide.
        radius: PerAxis<Length> = px(1.0), range(0.0, 256.0);
        /// Values of the image beyond its border.
        edge: Edge = Edge::Reflect;
        /// The value beyond the border where `edge` is constant, rounded to the image's dtype.
        constant: f64 = 0.0;
    }
    id: "percentile_filter", revision: 1, family: Filters,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "scipy.ndimage.percentile_filter 1.17",
    python: "ndi.percentile_filter(image, percentile, footprint=footprint, mode=edge, cval=constant)",
    examples: ["percentile = 20\nradius = 2", "percentile = 90\nradius = [0, 3]\nedge = \"nearest\"", "percentile = 0\nfootprint = \"disk\"\nradius = 2\nedge = \"mirror\"", "percentile = 100\nfootprint = [[0, 1, 0], [0, 1, 1], [1, 1, 0]]\nedge = \"wrap\"", "percentile = 33.3\nfootprint = \"ball\"\nradius = 4\nedge = \"constant\"\nconstant = 3.0", "percentile = 75\nradius = [8, 8]\nedge = \"wrap\"", "percentile = 10\nradius = [2, 3, 4]"],
}

impl PercentileFilter {
    fn offsets(&self, meta: &VolumeMeta) -> Result<Offsets, Error> {
        self.footprint.offsets(&self.radius, meta)
    }

    fn rank(&self, offsets: &Offsets) -> usize {
        let n = offsets.len();
        ((n as f64 * self.percentile / 100.0) as usize).min(n - 1)
    }
}

impl Host for PercentileFilter {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Window(self.footprint.extent(&self.radius, inputs.volume("image")?)?))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let offsets = self.offsets(&image.meta())?;
        let (shape, edge, constant) = (image.shape(), self.edge, self.constant);
        let out = each_dtype!(image.pixels(), |pixels| {
            image.image(rank::ranked(
                Extended { pixels, shape, edge, constant },
                &offsets,
                self.rank(&offsets),
            ))?
        });
        Ok(vec![Datum::Volume(out)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let filter = || {
            let image = inputs.volume("image")?;
            let offsets = self.offsets(&image.meta())?;
            let (rank, constant) = (self.rank(&offsets), image.dtype().quantize(self.constant));
            let grid = rank::ranked_plain(&Grid::from(image), &offsets, rank, self.edge, constant);
            Ok(vec![Plain::Image(grid)])
        };
        Some(filter())
    }
}

impl Device for PercentileFilter {
    fn fits(&self, inputs: &Metas) -> Result<(), Error> {
        rank::fits(&self.offsets(inputs.volume("image")?)?)
    }

    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let offsets = self.offsets(&image.meta)?;
        let rank = self.rank(&offsets);
        let out = rank::record_ranked(recorder, image, &offsets, rank, self.edge, self.constant)?;
        Ok(vec![DeviceOutput::whole(out)])
    }
}
