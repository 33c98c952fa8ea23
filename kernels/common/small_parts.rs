//! The skeleton of operations that remove the small connected parts of a mask, or of its background.

use super::components::{self, ByComponents, Components, InWhole, Part, Seams};
use crate::segmentation::connected_components::flood_label;
use rotifer_registry::*;

pub struct SmallParts {
    pub part: Part,
    pub connectivity: u32,
    /// Parts of more pixels stay.
    pub max_size: u64,
}

impl SmallParts {
    fn connectivity(&self, meta: &VolumeMeta) -> Result<u32, Error> {
        components::connectivity(Some(self.connectivity), meta)
    }
}

impl Kernel for SmallParts {
    const DEVICE: bool = false;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.connectivity(inputs.volume("mask")?).map(|_| ())
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let mask = inputs.volume("mask")?;
        let connectivity = self.connectivity(&mask.meta())?;
        let parts = Components::of_mask(mask.mask_slice()?, mask.shape(), connectivity, self.part);
        let mut sizes = vec![0u64; parts.count];
        for (_, _, run, component) in parts.runs() {
            sizes[component] += (run.end - run.start) as u64;
        }
        let inside = (self.part == Part::Objects) as u8;
        let stays = |component: usize| sizes[component] > self.max_size;
        let out = parts
            .paint_between(1 - inside, |_, component| if stays(component) { inside } else { 1 - inside });
        Ok(vec![Datum::Volume(mask.mask(out)?)])
    }

    fn streamed(self, _spec: &'static Spec, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let connectivity = self.connectivity(inputs.volume("mask")?)?;
        let (part, max_size) = (self.part, self.max_size);
        let inside = (part == Part::Objects) as u8;
        Ok(Some(Box::new(ByComponents {
            seams: Seams::new(connectivity),
            find: move |inputs: &Inputs| {
                let mask = inputs.volume("mask")?;
                Ok(Components::of_mask(mask.mask_slice()?, mask.shape(), connectivity, part))
            },
            mark: |_: &Span, _: &Inputs, _: &Components| Ok(Vec::new()),
            paint: move |inputs: &Inputs, part: &Components, whole: InWhole| {
                let value = |component| if whole(component).size > max_size { inside } else { 1 - inside };
                inputs.volume("mask")?.mask(part.paint_between(1 - inside, |_, component| value(component)))
            },
            counted: false,
        })))
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let mask = inputs.volume("mask")?;
        let inside = (self.part == Part::Objects) as u8 as f64;
        let grid = Grid::from(mask).map(|v| ((v != 0.0) == (inside == 1.0)) as u8 as f64);
        let (parts, count) = flood_label(&grid, self.connectivity(&mask.meta())?);
        let mut sizes = vec![0; count + 1];
        parts.data.iter().for_each(|p| sizes[*p as usize] += 1);
        let stays = |part: f64| part != 0.0 && sizes[part as usize] > self.max_size;
        Ok(vec![Plain::Image(parts.map(|part| if stays(part) { inside } else { 1.0 - inside }))])
    }
}
