use crate::common::reindex::Reindexed;
use crate::transform::resize::Resize;
use rotifer_registry::*;

op! {
    /// Resamples labels to another number of pixels, or to that of an image.
    ///
    /// Pixels are areas: output pixel i of n is the one of the m input pixels that lies nearest to (i + ½)·m/n − ½, at a tie
    /// the next one, so that no label appears that was not there; small objects may vanish. The spacing grows by m/n.
    pub struct ResizeLabels {
        /// Pixels of the output along z, y, x (y, x in 2-D). Left out: `scale` decides.
        shape: Option<Vec<i64>> = None;
        /// Output pixels for each input pixel, where `shape` is left out; the number of pixels is rounded half to even.
        scale: PerAxis<f64> = PerAxis::All(1.0), range(1e-4, 1e4);
    }
    id: "resize_labels", revision: 1, family: Transform,
    memory: host,
    inputs: { labels: Labels, image: Image optional },
    outputs: { labels: Labels },
    agrees: Exact, follows: "skimage.transform.resize 0.26",
    python: "
full = image.shape if image is not None else tuple(shape) if shape is not None else tuple(int(round(n * s)) for n, s in zip(labels.shape, np.broadcast_to(scale, labels.ndim)))
result = ski.transform.resize(f64(labels), full, order=0, mode='edge', preserve_range=True, anti_aliasing=False)
",
    examples: ["scale = 0.5", "scale = [2.0, 0.3]", "shape = [23, 31]", "shape = [5, 40, 20]"],
}

impl ResizeLabels {
    fn places(&self, labels: &VolumeMeta, image: Option<&VolumeMeta>) -> Result<Reindexed, Error> {
        let shape = match image {
            Some(image) if image.ndim != labels.ndim => {
                return Err(Error::new(Code::Shape, "the image has another number of axes than the labels")
                    .value(image.shape_text())
                    .allowed(format!("{} axes", labels.ndim)));
            }
            Some(image) => Some(image.shape[image.axes()].iter().map(|n| *n as i64).collect()),
            None => self.shape.clone(),
        };
        let (scale, edge) = (self.scale.clone(), Edge::Nearest);
        Resize { shape, scale, order: 0, anti_aliasing: false, edge, constant: 0.0 }.nearest(labels)
    }
}

impl Host for ResizeLabels {
    fn infer(&self, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let meta = self.places(inputs.volume("labels")?, inputs.volume("image").ok())?.meta;
        if let Some(out) = outputs[0].volume_mut() {
            *out = meta.with(out.kind, out.dtype);
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let (labels, image) = (inputs.volume("labels")?, inputs.optional_volume("image").map(Volume::meta));
        Ok(vec![Datum::Volume(self.places(&labels.meta(), image.as_ref())?.read(labels)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let (labels, image) =
                (inputs.volume("labels")?, inputs.optional_volume("image").map(Volume::meta));
            Ok(vec![Plain::Image(self.places(&labels.meta(), image.as_ref())?.plain(labels))])
        };
        Some(plain())
    }
}
