use crate::common::components::{Components, Part};
use crate::common::per_object::{Measured, Object, PerObject};
use crate::common::shape::same_shape;
use rotifer_registry::*;

op! {
    /// Counts branches, junctions and end points of skeletons, and measures their length.
    ///
    /// One row for each label, ascending; without labels the connected parts of the skeleton are numbered from 1 in the raster order of
    /// their first pixels. Only pixels of the skeleton count, and neighbours, of every kind, of the same object:
    ///
    /// - `skeleton_pixels`: their number; `end_points`: those with one neighbour; `junction_pixels`: those with three and more.
    /// - `junctions`: connected groups of junction pixels; `branches`: connected groups of the other pixels. A pixel alone is a
    ///   branch, and so is a closed ring.
    /// - `total_length`: the distances of all pairs of neighbours, 1, √2 or √3, as the edges of scikit-image's `pixel_graph`.
    pub struct SkeletonBranchAnalysis {}
    id: "skeleton_branch_analysis", revision: 1, family: Measure,
    memory: host,
    inputs: { skeleton: Mask, labels: Labels optional },
    outputs: { skeletons: Table },
    agrees: Relative(1e-9), follows: "sc.fiji.analyzeSkeleton.AnalyzeSkeleton_ 3.4",
    python: "
from itertools import product
full = np.ones((3,) * skeleton.ndim)
objects = ndi.label(skeleton, full)[0] if labels is None else labels
steps = [s for s in product((-1, 0, 1), repeat=skeleton.ndim) if s > (0,) * skeleton.ndim]
ids, rows = np.unique(objects[objects > 0]), []
for label in ids:
    rest = np.argwhere(objects == label)
    box = tuple(slice(a, b + 1) for a, b in zip(rest.min(axis=0), rest.max(axis=0)))
    own = np.pad((objects[box] == label) & skeleton[box], 1)
    around = np.where(own, ndi.convolve(own.astype(int), full.astype(int), mode='constant') - 1, 0)
    junctions, others = own & (around > 2), own & (around < 3)
    length = 0.0
    for step in steps:
        pair = np.roll(own, [-s for s in step], range(own.ndim)) & own
        length += pair.sum() * np.sqrt(np.abs(step).sum())
    rows.append([own.sum(), (around == 1).sum(), junctions.sum(), ndi.label(junctions, full)[1], ndi.label(others, full)[1], length])
names = ['skeleton_pixels', 'end_points', 'junction_pixels', 'junctions', 'branches', 'total_length']
rows = np.array(rows, float).reshape(-1, 6)
result = {'label': ids, **{n: rows[:, i] for i, n in enumerate(names)}}",
    examples: [],
}

struct Branches;

impl Measured for Branches {
    fn columns(&self, _ndim: usize, _images: usize) -> Vec<String> {
        let names =
            ["skeleton_pixels", "end_points", "junction_pixels", "junctions", "branches", "total_length"];
        names.map(String::from).into()
    }

    fn row(&self, object: &Object, images: &[&Volume]) -> Vec<f64> {
        let mut crop = object.crop(false);
        for (p, value) in object.pixels().zip(object.values(images[0])) {
            let i = crop.index(p);
            crop.inside[i] = (value != 0.0) as u8;
        }
        let [nz, ny, nx] = crop.shape;
        let all: Vec<usize> = (0..crop.inside.len()).filter(|i| crop.inside[*i] == 1).collect();
        let place = |i: usize| [i / (ny * nx), i / nx % ny, i % nx];
        let index = |[z, y, x]: [usize; 3]| (z * ny + y) * nx + x;
        let neighbours = |i: usize| {
            let at = place(i);
            let near = |a: usize, n: usize| at[a].saturating_sub(1)..(at[a] + 2).min(n);
            let rows = near(0, nz).flat_map(move |z| near(1, ny).map(move |y| [z, y]));
            let pixels = rows.flat_map(move |[z, y]| near(2, nx).map(move |x| index([z, y, x])));
            pixels.filter(move |j| *j != i).filter(|j| crop.inside[*j] == 1).collect::<Vec<usize>>()
        };
        let around: Vec<Vec<usize>> = all.iter().map(|i| neighbours(*i)).collect();
        let is_junction = |near: &Vec<usize>| near.len() > 2;
        // Groups of pixels of one kind.
        let kinds = [true, false].map(|junction| {
            let pixels = all.iter().zip(&around).filter(|(_, near)| is_junction(near) == junction);
            let mut mask = vec![0; crop.inside.len()];
            pixels.for_each(|(i, _)| mask[*i] = 1);
            Components::of_mask(&mask, crop.shape, 3, Part::Objects).count as f64
        });
        let mut length = 0.0;
        for (i, near) in all.iter().zip(&around) {
            for j in near.iter().filter(|j| *j > i) {
                let (a, b) = (place(*i), place(*j));
                length += ((0..3).filter(|axis| a[*axis] != b[*axis]).count() as f64).sqrt();
            }
        }
        let count =
            |wanted: &dyn Fn(usize) -> bool| around.iter().filter(|near| wanted(near.len())).count() as f64;
        vec![all.len() as f64, count(&|n| n == 1), count(&|n| n > 2), kinds[0], kinds[1], length]
    }
}

/// The labels, or the parts of the skeleton.
fn objects(inputs: &Inputs) -> Result<Volume, Error> {
    let skeleton = inputs.volume("skeleton")?;
    match inputs.optional_volume("labels") {
        Some(labels) => Ok(labels.clone()),
        None => {
            let connectivity = skeleton.ndim() as u32;
            let parts =
                Components::of_mask(skeleton.mask_slice()?, skeleton.shape(), connectivity, Part::Objects);
            skeleton.labels(parts.paint(|_, part| part as u32 + 1))
        }
    }
}

impl Host for SkeletonBranchAnalysis {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["skeleton", "labels"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let skeletons = PerObject(Branches).table(&objects(inputs)?, &[inputs.volume("skeleton")?])?;
        Ok(vec![Datum::Table(skeletons)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let measure = || {
            let skeleton = inputs.volume("skeleton")?;
            Ok(vec![Plain::Table(PerObject(Branches).plain_table(&objects(inputs)?, &[skeleton])?)])
        };
        Some(measure())
    }
}
