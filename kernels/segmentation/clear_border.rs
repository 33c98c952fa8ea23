use crate::common::components::{self, ByComponents, Components, InWhole, Seams};
use crate::common::shape::same_shape;
use crate::segmentation::connected_components::flood_label;
use rotifer_registry::*;

op! {
    /// Removes objects that touch the border of the image.
    ///
    /// An object is a connected part (all neighbours) of one label: of a label in several parts only those that touch
    /// go. The other labels stay as they are. With a mask, objects that overlap its outside are removed instead, and
    /// `buffer_size` does not count.
    pub struct ClearBorder {
        /// Objects this many pixels from the border or nearer touch it.
        buffer_size: usize = 0, range(0, 65535);
    }
    id: "clear_border", revision: 1, family: Segmentation,
    memory: host_and_device,
    inputs: { labels: Labels, mask: Mask optional },
    outputs: { labels: Labels },
    agrees: Exact, follows: "skimage.segmentation.clear_border 0.26",
    python: "ski.segmentation.clear_border(labels, buffer_size=buffer_size, mask=mask)",
    examples: ["buffer_size = 1", "buffer_size = 3"],
}

impl Host for ClearBorder {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let labels = inputs.volume("labels")?;
        same_shape(inputs, &["labels", "mask"])?;
        let least = labels.shape[labels.axes()].iter().min().copied().unwrap_or(0);
        if inputs.get("mask").is_none() && self.buffer_size >= least {
            return Err(Error::new(Code::Shape, "the border is wider than the image")
                .argument("buffer_size")
                .value(self.buffer_size)
                .allowed(format!("less than {least}")));
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let pixels = labels.label_slice()?;
        let components = Components::of_labels(pixels, labels.shape(), labels.ndim() as u32);
        let cleared = match inputs.optional_volume("mask") {
            None => components.touching(labels.ndim(), self.buffer_size),
            Some(mask) => components.overlapping(mask.mask_slice()?),
        };
        let kept = components.paint(|run, component| if cleared[component] { 0 } else { run.value });
        Ok(vec![Datum::Volume(labels.labels(kept)?)])
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let (ndim, margin) = (inputs.volume("labels")?.ndim, self.buffer_size);
        Ok(Some(Box::new(ByComponents {
            seams: Seams::new(ndim as u32),
            find: move |inputs: &Inputs| {
                let labels = inputs.volume("labels")?;
                Ok(Components::of_labels(labels.label_slice()?, labels.shape(), ndim as u32))
            },
            mark: move |span: &Span, inputs: &Inputs, part: &Components| {
                Ok(match inputs.optional_volume("mask") {
                    None => part.touching_in(span, ndim, margin),
                    Some(mask) => part.overlapping(mask.mask_slice()?),
                })
            },
            paint: |inputs: &Inputs, part: &Components, whole: InWhole| {
                let kept = part.paint(|run, component| if whole(component).marked { 0 } else { run.value });
                inputs.volume("labels")?.labels(kept)
            },
            counted: false,
        })))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let clear = || {
            let labels = inputs.volume("labels")?;
            let grid = Grid::from(labels);
            let mask = inputs.optional_volume("mask").map(Grid::from);
            let (parts, count) = flood_label(&grid, grid.ndim as u32);
            let mut touches = vec![false; count + 1];
            grid.map_at(|p| {
                let near = |a: usize| p[a].min(grid.shape[a] - 1 - p[a]) <= self.buffer_size;
                let border = match &mask {
                    Some(mask) => mask.at(p) == 0.0,
                    None => (3 - grid.ndim..3).any(near),
                };
                touches[parts.at(p) as usize] |= border;
                0.0
            });
            let kept = grid.map_at(|p| if touches[parts.at(p) as usize] { 0.0 } else { grid.at(p) });
            Ok(vec![Plain::Image(kept)])
        };
        Some(clear())
    }
}

impl Device for ClearBorder {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let labels = inputs.volume("labels")?;
        let found = components::record_components(
            recorder,
            labels.buffer,
            labels.meta.shape,
            labels.meta.ndim as u32,
            false,
        )?;
        let touching = match inputs.optional_volume("mask") {
            None => found.record_touching(recorder, &labels.meta, self.buffer_size)?,
            Some(mask) => found.record_overlapping(recorder, &labels.meta, mask.buffer)?,
        };
        let out = found.record_clear(recorder, &labels.meta, labels.buffer, touching)?;
        Ok(vec![DeviceOutput::volume(out)])
    }
}
