//! Points of masks and labels, and labels of points.

use crate::common::label_reduce::LabelRuns;
use crate::common::points::with_places;
use crate::common::touching::{centroids, plain_centroids};
use rotifer_registry::*;

op! {
    /// Lists the pixels of labels.
    ///
    /// One row for each labelled pixel: `label`, (`z`,) `y` and `x`, by label, those of one label in raster order. Labels of single
    /// pixels, as `label_spots` and `reduce_labels_to_centroids` give them, have a row each.
    pub struct LabelsToPoints {}
    id: "labels_to_points", revision: 1, family: Segmentation,
    memory: host,
    inputs: { labels: Labels },
    outputs: { points: Table },
    agrees: Exact, follows: "numpy.nonzero 2.4",
    python: "
at = np.stack(np.nonzero(labels))
at = at[:, np.argsort(labels[tuple(at)], kind='stable')]
result = {'label': labels[tuple(at)], **dict(zip('zyx'[3 - labels.ndim:], at))}",
    examples: [],
}

/// The table of labelled places, which are in raster order.
fn by_label(mut places: Vec<(u32, [usize; 3])>, meta: &VolumeMeta) -> Result<Table, Error> {
    places.sort_by_key(|(label, _)| *label);
    let (labels, places): (Vec<i64>, Vec<[usize; 3]>) =
        places.into_iter().map(|(l, p)| (l as i64, p)).unzip();
    with_places(Table::new().with("label", Values::Int(labels))?, meta.axes(), &places)
}

impl Host for LabelsToPoints {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let pixels = labels.label_slice()?;
        let places =
            LabelRuns::new(pixels, labels.shape()).collect(|run, found: &mut Vec<(u32, [usize; 3])>| {
                found.extend((run.x[0]..run.x[1]).map(|x| (pixels[run.start], [run.z, run.y, x])));
            });
        Ok(vec![Datum::Table(by_label(places, &labels.meta())?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let list = || {
            let volume = inputs.volume("labels")?;
            let labels = Grid::from(volume);
            let mut places = Vec::new();
            labels.map_at(|p| {
                places.push((labels.at(p) as u32, p));
                0.0
            });
            places.retain(|(label, _)| *label != 0);
            Ok(vec![Plain::Table(by_label(places, &volume.meta())?)])
        };
        Some(list())
    }
}

op! {
    /// Lists the pixels of a mask, in raster order.
    ///
    /// One row for each pixel: (`z`,) `y` and `x`.
    pub struct SpotsToPoints {}
    id: "spots_to_points", revision: 1, family: Segmentation,
    memory: host,
    inputs: { mask: Mask },
    outputs: { points: Table },
    agrees: Exact, follows: "numpy.nonzero 2.4",
    python: "dict(zip('zyx'[3 - mask.ndim:], np.nonzero(mask)))",
    examples: [],
}

impl Host for SpotsToPoints {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let mask = inputs.volume("mask")?;
        let [_, ny, nx] = mask.shape();
        let mut places = Vec::new();
        for (row, pixels) in mask.mask_slice()?.chunks(nx.max(1)).enumerate() {
            let inside = pixels.iter().enumerate().filter(|(_, v)| **v != 0);
            places.extend(inside.map(|(x, _)| [row / ny, row % ny, x]));
        }
        Ok(vec![Datum::Table(with_places(Table::new(), mask.meta().axes(), &places)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let list = || {
            let volume = inputs.volume("mask")?;
            let mask = Grid::from(volume);
            let mut places = Vec::new();
            mask.map_at(|p| {
                if mask.at(p) != 0.0 {
                    places.push(p);
                }
                0.0
            });
            Ok(vec![Plain::Table(with_places(Table::new(), volume.meta().axes(), &places)?)])
        };
        Some(list())
    }
}

op! {
    /// Reduces every object to the pixel at its centroid.
    ///
    /// The centroid is the mean of the indices of its pixels, rounded half to even: it may lie outside of the object. Where two fall
    /// on one pixel the smaller label stays.
    pub struct ReduceLabelsToCentroids {}
    id: "reduce_labels_to_centroids", revision: 1, family: Segmentation,
    memory: host,
    inputs: { labels: Labels },
    outputs: { labels: Labels },
    agrees: Exact, follows: "skimage.measure.regionprops 0.26",
    python: "
result = np.zeros_like(labels)
for region in reversed(ski.measure.regionprops(labels.astype(np.int64))):
    result[tuple(np.rint(region.centroid).astype(int))] = region.label",
    examples: [],
}

impl Host for ReduceLabelsToCentroids {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let [_, ny, nx] = labels.shape();
        let (index, points) = centroids(labels.label_slice()?, labels.shape());
        let mut out = vec![0; labels.len()];
        for (label, point) in index.present.into_iter().zip(points).rev() {
            let [z, y, x] = point.map(|c| c.round_ties_even() as usize);
            out[(z * ny + y) * nx + x] = label;
        }
        Ok(vec![Datum::Volume(labels.labels(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let reduce = || {
            let labels = Grid::from(inputs.volume("labels")?);
            let points = plain_centroids(&labels);
            let here = |p: [usize; 3], c: &[f64; 3]| (0..3).all(|a| c[a].round_ties_even() == p[a] as f64);
            let first = |p| points.iter().find(|(_, c)| here(p, c)).map_or(0.0, |(l, _)| *l as f64);
            Ok(vec![Plain::Image(labels.map_at(first))])
        };
        Some(reduce())
    }
}
