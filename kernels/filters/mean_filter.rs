use crate::common::rows::Extended;
use crate::common::window_mean;
use rotifer_registry::footprint::Offsets;
use rotifer_registry::*;

op! {
    /// Replaces each pixel by the mean of its neighbourhood.
    ///
    /// Sums are exact to float64, and cost the same for every radius of a box. A pixel that is not a number makes those
    /// within reach of it so, and no others.
    pub struct MeanFilter {
        /// Which neighbours count.
        footprint: Footprint = Footprint::Box;
        /// Radius of the footprint along z, y, x; the window is 2·radius + 1 wide.
        radius: PerAxis<Length> = px(1.0), range(0.0, 512.0);
        /// Values of the image beyond its border.
        edge: Edge = Edge::Reflect;
        /// The value beyond the border where `edge` is constant.
        constant: f64 = 0.0;
    }
    id: "mean_filter", revision: 1, family: Filters,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(2e-6), follows: "scipy.ndimage.uniform_filter 1.17",
    python: "ndi.uniform_filter(f64(image), footprint.shape, mode=edge, cval=constant) if footprint.all() else ndi.correlate(f64(image), footprint / footprint.sum(), mode=edge, cval=constant)",
    examples: ["radius = 7\nedge = \"nearest\"", "radius = [2, 0]\nedge = \"wrap\"", "radius = [0, 3, 9]\nedge = \"mirror\"", "footprint = \"disk\"\nradius = 3", "footprint = \"ball\"\nradius = 2\nedge = \"constant\"\nconstant = 50.0", "footprint = [[1, 0, 1], [0, 0, 0], [1, 0, 0]]", "radius = 4\nedge = \"constant\"\nconstant = -5.0"],
}

impl MeanFilter {
    fn offsets(&self, meta: &VolumeMeta) -> Result<Offsets, Error> {
        self.footprint.offsets(&self.radius, meta)
    }
}

impl Host for MeanFilter {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Window(self.footprint.extent(&self.radius, inputs.volume("image")?)?))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let offsets = self.offsets(&image.meta())?;
        let (shape, edge, constant) = (image.shape(), self.edge, self.constant);
        let out = each_dtype!(image.pixels(), |pixels| {
            window_mean::mean(&Extended { pixels, shape, edge, constant }, &offsets)
        });
        Ok(vec![Datum::Volume(image.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let mean = || {
            let image = inputs.volume("image")?;
            let offsets = self.offsets(&image.meta())?;
            let grid = Grid::from(image);
            Ok(vec![Plain::Image(window_mean::reference(&grid, &offsets, self.edge, self.constant))])
        };
        Some(mean())
    }
}

impl Device for MeanFilter {
    fn fits(&self, inputs: &Metas) -> Result<(), Error> {
        window_mean::fits(&self.offsets(inputs.volume("image")?)?)
    }

    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let offsets = self.offsets(&image.meta)?;
        let out = window_mean::record_mean(recorder, image, &offsets, self.edge, self.constant)?;
        Ok(vec![DeviceOutput::volume(out)])
    }
}
