use crate::common::components::{self, ByComponents, Components, InWhole, Part, Seams};
use rotifer_registry::*;

op! {
    /// Numbers the connected objects of a mask or of labels.
    ///
    /// Neighbouring pixels of one value other than 0 belong together, so touching objects of different labels stay
    /// apart. Objects are numbered from 1 in the raster order (z, y, x) of their first pixels. `count` is how many
    /// there are; on the device it is float32, exact up to 2^24.
    pub struct ConnectedComponents {
        /// Along how many axes at once neighbours may differ by one pixel: 1 is faces only (4 neighbours in 2-D, 6 in
        /// 3-D), the number of spatial axes is all (8, 26), which holds where it is left out.
        connectivity: Option<u32> = None, range(1, 3);
    }
    id: "connected_components", revision: 1, family: Segmentation,
    memory: host_and_device,
    inputs: { mask: MaskOrLabels },
    outputs: { labels: Labels, count: Number },
    agrees: Exact, follows: "skimage.measure.label 0.26",
    python: "ski.measure.label(mask, connectivity=connectivity, return_num=True)",
    examples: ["connectivity = 1", "connectivity = 2", "connectivity = 3"],
}

fn find(mask: &Volume, connectivity: u32) -> Result<Components, Error> {
    let shape = mask.shape();
    Ok(match mask.pixels() {
        Pixels::U8(a) if mask.kind() == Kind::Mask => {
            Components::of_mask(volume::slice(a), shape, connectivity, Part::Objects)
        }
        Pixels::U8(a) => Components::of_labels(volume::slice(a), shape, connectivity),
        Pixels::U16(a) => Components::of_labels(volume::slice(a), shape, connectivity),
        _ => Components::of_labels(mask.label_slice()?, shape, connectivity),
    })
}

impl Host for ConnectedComponents {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Seams)
    }

    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        components::connectivity(self.connectivity, inputs.volume("mask")?).map(|_| ())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let mask = inputs.volume("mask")?;
        let components = find(mask, components::connectivity(self.connectivity, &mask.meta())?)?;
        let labels = components.paint(|_, component| component as u32 + 1);
        Ok(vec![Datum::Volume(mask.labels(labels)?), Datum::Number(components.count as f64)])
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let connectivity = components::connectivity(self.connectivity, inputs.volume("mask")?)?;
        Ok(Some(Box::new(ByComponents {
            seams: Seams::new(connectivity),
            find: move |inputs: &Inputs| find(inputs.volume("mask")?, connectivity),
            mark: |_: &Span, _: &Inputs, _: &Components| Ok(Vec::new()),
            paint: |inputs: &Inputs, part: &Components, whole: InWhole| {
                inputs.volume("mask")?.labels(part.paint(|_, component| whole(component).number + 1))
            },
            counted: true,
        })))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let label = || {
            let mask = inputs.volume("mask")?;
            let connectivity = components::connectivity(self.connectivity, &mask.meta())?;
            let (labels, count) = flood_label(&Grid::from(mask), connectivity);
            Ok(vec![Plain::Image(labels), Plain::Number(count as f64)])
        };
        Some(label())
    }
}

impl Device for ConnectedComponents {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let mask = inputs.volume("mask")?;
        let connectivity = components::connectivity(self.connectivity, &mask.meta)?;
        let shape = mask.meta.shape;
        let components = components::record_components(recorder, mask.buffer, shape, connectivity, false)?;
        let (labels, count) = components::record_numbering(recorder, components, shape)?;
        Ok(vec![DeviceOutput::volume(labels), DeviceOutput::Number(count)])
    }
}

/// Labels by flooding each object from its first pixel: for reference implementations.
pub fn flood_label(grid: &Grid, connectivity: u32) -> (Grid, usize) {
    let mut labels = grid.map(|_| 0.0);
    let mut count = 0;
    for start in 0..grid.data.len() {
        if grid.data[start] == 0.0 || labels.data[start] != 0.0 {
            continue;
        }
        count += 1;
        labels.data[start] = count as f64;
        let mut open = vec![start];
        while let Some(i) = open.pop() {
            let [_, ny, nx] = grid.shape;
            let p = [i / (ny * nx), i / nx % ny, i % nx];
            for k in 0..27 {
                let step = [k / 9, k / 3 % 3, k % 3].map(|d| d as isize - 1);
                let mut q = [0; 3];
                let inside = (0..3).all(|a| {
                    q[a] = p[a].wrapping_add_signed(step[a]);
                    q[a] < grid.shape[a]
                });
                let axes = step.iter().filter(|d| **d != 0).count();
                if !inside || axes > connectivity as usize {
                    continue;
                }
                let j = (q[0] * ny + q[1]) * nx + q[2];
                if grid.data[j] == grid.data[start] && labels.data[j] == 0.0 {
                    labels.data[j] = count as f64;
                    open.push(j);
                }
            }
        }
    }
    (labels, count)
}
