use crate::common::edt::{self, Around, Search};
use rotifer_registry::*;

op! {
    /// Grows labels into the background by up to a distance, without overlap.
    ///
    /// A background pixel takes the label of the nearest labelled pixel that is at most `distance` away. Of several
    /// equally near the one of the smallest x counts, then y, then z. On the device distances are counted in whole
    /// numbers where squared spacings have a common measure (1, or 2 and 0.5), else in float32, where ties and the
    /// rim may then fall differently.
    pub struct ExpandLabels {
        /// How far labels grow, in the unit of `spacing`.
        distance: f64 = 1.0, range(0.0, 1e9);
        /// Distance between neighbouring pixels along z, y, x.
        spacing: PerAxis<f64> = PerAxis::All(1.0), range(1e-6, 1e6);
    }
    id: "expand_labels", revision: 1, family: Segmentation,
    memory: host_and_device,
    inputs: { labels: Labels },
    outputs: { labels: Labels },
    agrees: Exact, follows: "skimage.segmentation.expand_labels 0.26",
    python: "ski.segmentation.expand_labels(labels, distance=distance, spacing=spacing)",
    examples: [
        "distance = 5",
        "distance = 30",
        "distance = 2.5\nspacing = [1.0, 0.5]",
        "distance = 6\nspacing = [2.0, 1.0, 1.0]",
    ],
}

impl ExpandLabels {
    fn spacing(&self, meta: &VolumeMeta) -> Result<[f64; 3], Error> {
        self.spacing.resolve(meta.ndim, 1.0)
    }
}

impl Host for ExpandLabels {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        let meta = inputs.volume("labels")?;
        let spacing = self.spacing(meta)?;
        let flat = |a| !meta.axes().contains(&a);
        Ok(Reach::Window(
            [0, 1, 2].map(|a| if flat(a) { 0 } else { (self.distance / spacing[a]).ceil() as usize }),
        ))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let meta = labels.meta();
        let limit = edt::squared_limit(self.distance);
        let grown = edt::grown(labels, &meta, self.spacing(&meta)?, limit, &Around::nothing())?;
        Ok(vec![Datum::Volume(grown)])
    }

    /// Of use where the distance is large: a small one is a window.
    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let meta = inputs.volume("labels")?;
        Ok(Some(edt::grown_in_parts(meta, self.spacing(meta)?, edt::squared_limit(self.distance))))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let expand = || {
            let labels = inputs.volume("labels")?;
            let spacing = self.spacing(&labels.meta())?;
            let grid = Grid::from(labels);
            let around = |p: [usize; 3], a: usize| {
                let reach = (self.distance / spacing[a]) as usize;
                p[a].saturating_sub(reach + 1)..grid.shape[a].min(p[a].saturating_add(reach + 2))
            };
            let grown = grid.map_at(|p| {
                let (mut least, mut label) = (f64::INFINITY, 0.0);
                // In the order in which ties are decided.
                for x in around(p, 2) {
                    for y in around(p, 1) {
                        for z in around(p, 0) {
                            let along = |q: usize, a: usize| (spacing[a] * (q as f64 - p[a] as f64)).powi(2);
                            let square = along(z, 0) + along(y, 1) + along(x, 2);
                            if square < least && grid.at([z, y, x]) != 0.0 {
                                (least, label) = (square, grid.at([z, y, x]));
                            }
                        }
                    }
                }
                if least.sqrt() <= self.distance { label } else { 0.0 }
            });
            Ok(vec![Plain::Image(grown)])
        };
        Some(expand())
    }
}

impl Device for ExpandLabels {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let labels = inputs.volume("labels")?;
        let search = Search { sampling: self.spacing(&labels.meta)?, distance: self.distance };
        let grown = search.record_labels(recorder, labels.buffer, &labels.meta)?;
        Ok(vec![DeviceOutput::volume(grown)])
    }
}
