use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::LabelRuns;
use crate::common::label_values::look_up;
use crate::common::shape::same_shape;
use crate::common::touching::{pairs, plain_pairs};
use crate::common::union_find::UnionFind;
use rotifer_registry::*;

op! {
    /// Merges touching objects whose common border has an intensity in a range, bounds included.
    ///
    /// The intensity of a border is the mean of the image over the pixels on both sides of it, a pixel once for each side that it
    /// shares with the other object. Objects that are merged, one by one or over others, take the smallest of their labels. A
    /// border with a NaN stays.
    pub struct MergeLabelsByBorderIntensity {
        /// Least intensity of a border that goes.
        minimum_value: f64 = 0.0, range(-1e300, 1e300);
        /// Greatest intensity of a border that goes.
        maximum_value: f64 = 100.0, range(-1e300, 1e300);
    }
    id: "merge_labels_by_border_intensity", revision: 1, family: Segmentation,
    memory: host,
    inputs: { labels: Labels, image: Image },
    outputs: { labels: Labels },
    agrees: Exact, follows: "scipy.sparse.csgraph.connected_components 1.17",
    python: "
import scipy.sparse
sides = []
for axis in range(labels.ndim):
    along, values = np.moveaxis(labels.astype(np.int64), axis, 0), np.moveaxis(f64(image), axis, 0)
    sides.append(np.stack([along[:-1].ravel(), along[1:].ravel(), (values[:-1] + values[1:]).ravel() / 2]))
a, b, value = np.concatenate(sides, axis=1)
touch = (a != b) & (a > 0) & (b > 0)
ends, which = np.unique(np.sort(np.stack([a, b])[:, touch].astype(int), axis=0), axis=1, return_inverse=True)
means = np.bincount(which.ravel(), value[touch]) / np.bincount(which.ravel()) if ends.size else np.zeros(0)
first, second = ends[:, (means >= minimum_value) & (means <= maximum_value)]
n = int(labels.max()) + 1
_, group = scipy.sparse.csgraph.connected_components(scipy.sparse.coo_array((np.ones(len(first)), (first, second)), (n, n)), directed=False)
_, smallest = np.unique(group, return_index=True)
result = smallest[group][labels]",
    examples: ["maximum_value = 1e9", "minimum_value = 20.0\nmaximum_value = 3000.0"],
}

impl MergeLabelsByBorderIntensity {
    /// Whether a border of so many sides goes, from twice the sum of its intensities.
    fn goes(&self, sides: u64, sum: f64) -> bool {
        (self.minimum_value..=self.maximum_value).contains(&(sum / 2.0 / sides as f64))
    }
}

impl Host for MergeLabelsByBorderIntensity {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["labels", "image"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let (own, shape) = (labels.label_slice()?, labels.shape());
        let index = LabelIndex::new(&LabelRuns::new(own, shape));
        let borders = each_dtype!(inputs.volume("image")?.pixels(), |pixels| {
            let add = |(n, sum): &mut (u64, f64), i: usize, j: usize| {
                (*n, *sum) = (*n + 1, *sum + (pixels[i].to_f64() + pixels[j].to_f64()));
            };
            pairs(own, shape, add, |a, b| *a = (a.0 + b.0, a.1 + b.1))
        });
        let mut sets = UnionFind::default();
        sets.grow(index.present.len());
        for ((a, b), _) in borders.iter().filter(|(_, (n, sum))| self.goes(*n, *sum)) {
            if let (Some(a), Some(b)) = (index.place(*a), index.place(*b)) {
                sets.union(a as u32, b as u32);
            }
        }
        let (set, count) = sets.number();
        // Sets are numbered by their first members, which have the smallest labels.
        let mut smallest = vec![0; count];
        set.iter().zip(&index.present).rev().for_each(|(set, label)| smallest[*set as usize] = *label);
        let new = |label| index.place(label).map_or(0, |place| smallest[set[place] as usize]);
        Ok(vec![Datum::Volume(labels.labels(look_up(own, new))?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let merge = || {
            let (mut labels, image) =
                (Grid::from(inputs.volume("labels")?), Grid::from(inputs.volume("image")?));
            let mut going = Vec::new();
            for ((a, b), sides) in plain_pairs(&labels) {
                let sum = sides.iter().map(|[p, q]| image.at(*p) + image.at(*q)).sum();
                if self.goes(sides.len() as u64, sum) {
                    going.push((a as f64, b as f64));
                }
            }
            // Until every border that goes lies between pixels of one label.
            let mut names: std::collections::BTreeMap<u32, f64> =
                labels.data.iter().map(|l| (*l as u32, *l)).collect();
            loop {
                let mut changed = false;
                for (a, b) in &going {
                    let least = names[&(*a as u32)].min(names[&(*b as u32)]);
                    for end in [a, b] {
                        changed |= names.insert(*end as u32, least) != Some(least);
                    }
                }
                if !changed {
                    break;
                }
            }
            labels = labels.map(|l| names[&(l as u32)]);
            Ok(vec![Plain::Image(labels)])
        };
        Some(merge())
    }
}
