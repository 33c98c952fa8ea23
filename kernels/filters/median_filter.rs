use crate::common::rank;
use crate::common::rows::Extended;
use rotifer_registry::footprint::Offsets;
use rotifer_registry::*;

op! {
    /// Replaces each pixel by the median of its neighbourhood.
    ///
    /// The value of rank n/2 of the n pixels of the footprint, counted from 0: a value of the image, of any dtype.
    /// NaN counts as larger than every number.
    pub struct MedianFilter {
        /// Which neighbours count.
        footprint: Footprint = Footprint::Box;
        /// Radius of the footprint along z, y, x; the window is 2·radius + 1 wide.
        radius: PerAxis<Length> = px(1.0), range(0.0, 256.0);
        /// Values of the image beyond its border.
        edge: Edge = Edge::Reflect;
        /// The value beyond the border where `edge` is constant, rounded to the image's dtype.
        constant: f64 = 0.0;
    }
    id: "median_filter", revision: 1, family: Filters,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "scipy.ndimage.median_filter 1.17",
    python: "ndi.median_filter(image, footprint=footprint, mode=edge, cval=constant)",
    examples: ["radius = 2", "radius = [0, 3]\nedge = \"nearest\"", "footprint = \"disk\"\nradius = 2\nedge = \"mirror\"", "footprint = [[0, 1, 0], [0, 1, 1], [1, 1, 0]]\nedge = \"wrap\"", "footprint = \"ball\"\nradius = 4\nedge = \"constant\"\nconstant = 3.0", "radius = [1, 2, 1]", "radius = [8, 8]\nedge = \"wrap\"", "radius = [2, 3, 4]\nedge = \"constant\"\nconstant = 7.0"],
}

impl MedianFilter {
    fn offsets(&self, meta: &VolumeMeta) -> Result<Offsets, Error> {
        self.footprint.offsets(&self.radius, meta)
    }
}

impl Host for MedianFilter {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Window(self.footprint.extent(&self.radius, inputs.volume("image")?)?))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let offsets = self.offsets(&image.meta())?;
        let (shape, edge, constant) = (image.shape(), self.edge, self.constant);
        let out = each_dtype!(image.pixels(), |pixels| {
            image.image(rank::median(Extended { pixels, shape, edge, constant }, &offsets))?
        });
        Ok(vec![Datum::Volume(out)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let median = || {
            let image = inputs.volume("image")?;
            let offsets = self.offsets(&image.meta())?;
            let constant = image.dtype().quantize(self.constant);
            Ok(vec![Plain::Image(rank::reference(&Grid::from(image), &offsets, self.edge, constant))])
        };
        Some(median())
    }
}

impl Device for MedianFilter {
    fn fits(&self, inputs: &Metas) -> Result<(), Error> {
        rank::fits(&self.offsets(inputs.volume("image")?)?)
    }

    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let offsets = self.offsets(&image.meta)?;
        let out = rank::record_median(recorder, image, &offsets, self.edge, self.constant)?;
        Ok(vec![DeviceOutput::whole(out)])
    }
}
