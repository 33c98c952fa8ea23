use crate::common::components::{self, ByComponents, Components, InWhole, Part, Seams};
use crate::segmentation::connected_components::flood_label;
use rotifer_registry::*;

op! {
    /// Fills the holes of a mask.
    ///
    /// A hole is a connected part of the background that does not reach the border of the image.
    pub struct BinaryFillHoles {
        /// Along how many axes at once neighbours of the background may differ: 1 is faces only (4 neighbours in 2-D,
        /// 6 in 3-D), the number of spatial axes is all (8, 26).
        connectivity: u32 = 1, range(1, 3);
    }
    id: "binary_fill_holes", revision: 1, family: Morphology,
    memory: host_and_device,
    inputs: { mask: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "scipy.ndimage.binary_fill_holes 1.17",
    python: "ndi.binary_fill_holes(mask, ndi.generate_binary_structure(mask.ndim, connectivity))",
    examples: ["connectivity = 2", "connectivity = 3"],
}

impl BinaryFillHoles {
    fn connectivity(&self, meta: &VolumeMeta) -> Result<u32, Error> {
        components::connectivity(Some(self.connectivity), meta)
    }
}

impl Host for BinaryFillHoles {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.connectivity(inputs.volume("mask")?).map(|_| ())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let mask = inputs.volume("mask")?;
        let connectivity = self.connectivity(&mask.meta())?;
        let pixels = mask.mask_slice()?;
        let background = Components::of_mask(pixels, mask.shape(), connectivity, Part::Background);
        let outside = background.touching(mask.ndim(), 0);
        let filled = background.paint_between(1, |_, component| !outside[component] as u8);
        Ok(vec![Datum::Volume(mask.mask(filled)?)])
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let meta = inputs.volume("mask")?;
        let (ndim, connectivity) = (meta.ndim, self.connectivity(meta)?);
        Ok(Some(Box::new(ByComponents {
            seams: Seams::new(connectivity),
            find: move |inputs: &Inputs| {
                let mask = inputs.volume("mask")?;
                Ok(Components::of_mask(mask.mask_slice()?, mask.shape(), connectivity, Part::Background))
            },
            mark: move |span: &Span, _: &Inputs, part: &Components| Ok(part.touching_in(span, ndim, 0)),
            paint: |inputs: &Inputs, part: &Components, whole: InWhole| {
                let filled = part.paint_between(1, |_, component| !whole(component).marked as u8);
                inputs.volume("mask")?.mask(filled)
            },
            counted: false,
        })))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let fill = || {
            let mask = inputs.volume("mask")?;
            let grid = Grid::from(mask);
            let background = grid.map(|v| (v == 0.0) as u8 as f64);
            let (parts, count) = flood_label(&background, self.connectivity(&mask.meta())?);
            let mut outside = vec![false; count + 1];
            grid.map_at(|p| {
                outside[parts.at(p) as usize] |=
                    (3 - grid.ndim..3).any(|a| p[a] == 0 || p[a] + 1 == grid.shape[a]);
                0.0
            });
            let filled = |p| grid.at(p) != 0.0 || !outside[parts.at(p) as usize];
            Ok(vec![Plain::Image(grid.map_at(|p| filled(p) as u8 as f64))])
        };
        Some(fill())
    }
}

impl Device for BinaryFillHoles {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let mask = inputs.volume("mask")?;
        let connectivity = self.connectivity(&mask.meta)?;
        let shape = mask.meta.shape;
        let background = components::record_components(recorder, mask.buffer, shape, connectivity, true)?;
        let outside = background.record_touching(recorder, &mask.meta, 0)?;
        let filled = background.record_fill(recorder, &mask.meta, outside)?;
        Ok(vec![DeviceOutput::volume(filled)])
    }
}
