use crate::common::minmax::{self, Border};
use rotifer_registry::*;

op! {
    /// Removes the parts of a mask into which the footprint does not fit.
    ///
    /// An erosion, then a dilation by the mirrored footprint. What lies beyond the image's border does not count:
    /// it is true for the erosion and false for the dilation.
    pub struct BinaryOpening {
        /// Which neighbours count: box, disk, ball, diamond, or rows of 0 and 1 of odd length.
        footprint: Footprint = Footprint::Ball;
        /// Radius of the footprint along z, y, x, rounded to whole pixels.
        radius: PerAxis<Length> = px(1.0), range(0.0, 128.0);
    }
    id: "binary_opening", revision: 1, family: Morphology,
    memory: host_and_device,
    inputs: { mask: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.morphology.binary_opening 0.26",
    python: "ski.morphology.binary_opening(mask, footprint)",
    examples: [
        "radius = 3",
        "footprint = \"box\"\nradius = [1, 4]",
        "footprint = \"box\"\nradius = [1, 0, 2]",
        "footprint = \"disk\"\nradius = 2",
        "footprint = \"diamond\"\nradius = 2",
        "footprint = [[0, 1, 1], [0, 1, 0], [0, 0, 1]]",
    ],
}

impl Host for BinaryOpening {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        let extent = self.footprint.extent(&self.radius, inputs.volume("mask")?)?;
        Ok(Reach::Window(extent.map(|r| 2 * r)))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let mask = inputs.volume("mask")?;
        let footprint = self.footprint.offsets(&self.radius, &mask.meta())?;
        let outside = |constant| Border { edge: Edge::Constant, constant };
        let eroded = minmax::erode(mask.mask_slice()?, mask.shape(), &footprint, outside(1));
        let opened = minmax::dilate(&eroded, mask.shape(), &footprint, outside(0));
        Ok(vec![Datum::Volume(mask.mask(opened)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let open = || {
            let mask = inputs.volume("mask")?;
            let footprint = self.footprint.offsets(&self.radius, &mask.meta())?;
            let eroded = minmax::erode_plain(&Grid::from(mask), &footprint, None);
            let opened = minmax::dilate_plain(&eroded, &footprint, None);
            Ok(vec![Plain::Image(opened.map(|v| v.clamp(0.0, 1.0)))])
        };
        Some(open())
    }
}

impl Device for BinaryOpening {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let mask = inputs.volume("mask")?;
        let footprint = self.footprint.offsets(&self.radius, &mask.meta)?;
        let out = minmax::record_open_mask(recorder, mask.buffer, mask.meta.shape, &footprint)?;
        Ok(vec![DeviceOutput::volume(out)])
    }
}
