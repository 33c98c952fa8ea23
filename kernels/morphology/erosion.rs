use crate::common::minmax::{self, Border};
use rotifer_registry::*;

op! {
    /// Takes the least value in each pixel's footprint.
    ///
    /// Bright objects shrink. Values are those of the image, unchanged. NaN ranks above every number: it goes where
    /// the footprint holds a number.
    pub struct Erosion {
        /// Which neighbours count: box, disk, ball, diamond, or rows of 0 and 1 of odd length.
        footprint: Footprint = Footprint::Ball;
        /// Radius of the footprint along z, y, x, rounded to whole pixels.
        radius: PerAxis<Length> = px(1.0), range(0.0, 128.0);
        /// What the image is taken to be beyond its border.
        edge: Edge = Edge::Reflect;
        /// The value beyond the border where `edge` is constant, in the image's dtype.
        constant: f64 = 0.0;
    }
    id: "erosion", revision: 1, family: Morphology,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "skimage.morphology.erosion 0.26",
    python: "ski.morphology.erosion(image, footprint, mode=edge, cval=constant)",
    examples: [
        "radius = 3",
        "footprint = \"box\"\nradius = [4, 2]\nedge = \"nearest\"",
        "footprint = \"box\"\nradius = [1, 2, 5]\nedge = \"mirror\"",
        "footprint = \"disk\"\nradius = 5\nedge = \"constant\"\nconstant = 7",
        "footprint = \"diamond\"\nradius = 2\nedge = \"wrap\"",
        "footprint = [[0, 1, 1], [0, 1, 0], [1, 0, 1]]",
    ],
}

impl Host for Erosion {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Window(self.footprint.extent(&self.radius, inputs.volume("image")?)?))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let footprint = self.footprint.offsets(&self.radius, &image.meta())?;
        let out = each_dtype!(image.pixels(), |pixels| {
            let border = Border { edge: self.edge, constant: Element::from_f64(self.constant) };
            image.image(minmax::erode(pixels, image.shape(), &footprint, border))?
        });
        Ok(vec![Datum::Volume(out)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let erode = || {
            let image = inputs.volume("image")?;
            let footprint = self.footprint.offsets(&self.radius, &image.meta())?;
            let border = Border { edge: self.edge, constant: self.constant };
            Ok(vec![Plain::Image(minmax::erode_plain(&Grid::from(image), &footprint, Some(border)))])
        };
        Some(erode())
    }
}

impl Device for Erosion {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let footprint = self.footprint.offsets(&self.radius, &image.meta)?;
        let constant = image.meta.dtype.quantize(self.constant) as f32;
        let border = Border { edge: self.edge, constant };
        let out = minmax::record_erode(recorder, image.buffer, image.meta.shape, &footprint, border)?;
        Ok(vec![DeviceOutput::whole(out)])
    }
}
