use crate::common::components::{self, ByComponents, Components, InWhole, Part, Seams};
use crate::common::global_threshold::above;
use crate::segmentation::connected_components::flood_label;
use rotifer_registry::*;

op! {
    /// Finds the connected pixels above a low threshold among which one is above a high threshold.
    ///
    /// A low threshold above the high one is taken to be the high one. NaN is above nothing.
    pub struct ThresholdHysteresis {
        /// All pixels of a part are above this.
        low: f64;
        /// At least one of its pixels is above this.
        high: f64;
        /// 1: pixels that share a side are neighbours, 2: an edge, 3: a corner.
        connectivity: u32 = 1, range(1, 3);
    }
    id: "threshold_hysteresis", revision: 1, family: Threshold,
    memory: host,
    inputs: { image: Image },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.filters.apply_hysteresis_threshold 0.26",
    python: "low = min(low, high)
labels, n = ndi.label(f64(image) > low, ndi.generate_binary_structure(image.ndim, connectivity))
result = ski.filters.apply_hysteresis_threshold(f64(image), low, high) if connectivity == 1 else (labels > 0) & np.isin(labels, labels[f64(image) > high])",
    examples: ["low = 50.0\nhigh = 90.5", "low = 70\nhigh = 0.6\nconnectivity = 2"],
}

/// For each part, whether one of its pixels is above the high threshold.
fn strong(parts: &Components, high: &Volume) -> Result<Vec<bool>, Error> {
    let mut strong = vec![false; parts.count];
    let (pixels, [_, ny, nx]) = (high.mask_slice()?, high.shape());
    for (z, y, run, part) in parts.runs() {
        let row = &pixels[(z * ny + y) * nx..][run.start as usize..run.end as usize];
        strong[part] |= row.contains(&1);
    }
    Ok(strong)
}

impl Host for ThresholdHysteresis {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        components::connectivity(Some(self.connectivity), inputs.volume("image")?).map(|_| ())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (low, high) = (above(image, self.low.min(self.high))?, above(image, self.high)?);
        let parts = Components::of_mask(low.mask_slice()?, image.shape(), self.connectivity, Part::Objects);
        let strong = strong(&parts, &high)?;
        let mask = parts.paint(|_, part| strong[part] as u8);
        Ok(vec![Datum::Volume(image.mask(mask)?)])
    }

    fn streamed(&self, _inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let (low, high, connectivity) = (self.low.min(self.high), self.high, self.connectivity);
        Ok(Some(Box::new(ByComponents {
            seams: Seams::new(connectivity),
            find: move |inputs: &Inputs| {
                let low = above(inputs.volume("image")?, low)?;
                Ok(Components::of_mask(low.mask_slice()?, low.shape(), connectivity, Part::Objects))
            },
            mark: move |_: &Span, inputs: &Inputs, part: &Components| {
                strong(part, &above(inputs.volume("image")?, high)?)
            },
            paint: |inputs: &Inputs, part: &Components, whole: InWhole| {
                inputs.volume("image")?.mask(part.paint(|_, component| whole(component).marked as u8))
            },
            counted: false,
        })))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let image = Grid::from(inputs.volume("image")?);
            let low = image.map(|v| (v > self.low.min(self.high)) as u8 as f64);
            let (parts, count) = flood_label(&low, self.connectivity);
            let mut strong = vec![false; count + 1];
            for (v, part) in image.data.iter().zip(&parts.data) {
                strong[*part as usize] |= *v > self.high && *part > 0.0;
            }
            Ok(vec![Plain::Image(parts.map(|part| strong[part as usize] as u8 as f64))])
        };
        Some(plain())
    }
}
