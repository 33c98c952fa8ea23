//! How objects overlap others.

use crate::common::shape::same_shape;
use crate::segmentation::relate_labels::{overlaps, plain_overlaps};
use rotifer_registry::*;
use std::collections::BTreeMap;

/// The pixels that an object shares with each of the other labels, background among them.
type Shared = BTreeMap<u32, u64>;

/// A number of each object, from what it shares with others.
pub struct OverOverlaps {
    pub column: &'static str,
    pub numbers: fn(Vec<Shared>) -> Values,
}

impl OverOverlaps {
    fn table(&self, overlaps: BTreeMap<u32, Shared>) -> Result<Table, Error> {
        let labels = Values::Int(overlaps.keys().map(|l| *l as i64).collect());
        Table::new()
            .with("label", labels)?
            .with(self.column, (self.numbers)(overlaps.into_values().collect()))
    }
}

impl Kernel for OverOverlaps {
    const DEVICE: bool = false;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["labels", "other"])
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.table(overlaps(inputs.volume("labels")?, inputs.volume("other")?)?)?)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let overlaps = plain_overlaps(inputs.volume("labels")?, inputs.volume("other")?);
        Ok(vec![Plain::Table(self.table(overlaps)?)])
    }
}

op! {
    /// Counts the other objects that each object overlaps.
    ///
    /// One row for each label of `labels` that is present, ascending: `label` and `count`, how many labels of `other` share a pixel
    /// with it.
    pub struct LabelOverlapCount {}
    id: "label_overlap_count", revision: 1, family: Measure,
    kernel: OverOverlaps {
        column: "count",
        numbers: |objects| {
            let count = |shared: &Shared| shared.keys().filter(|other| **other != 0).count() as i64;
            Values::Int(objects.iter().map(count).collect())
        },
    },
    inputs: { labels: Labels, other: Labels },
    outputs: { objects: Table },
    agrees: Exact, follows: "numpy.unique 2.4",
    python: "
present = np.unique(labels[labels > 0])
result = {'label': present, 'count': np.array([np.count_nonzero(np.unique(other[labels == l])) for l in present], np.int64)}",
    examples: [],
}

op! {
    /// Measures which fraction of each object lies in other objects.
    ///
    /// One row for each label of `labels` that is present, ascending: `label` and `fraction`, the share of its pixels that have a
    /// label of `other`.
    pub struct LabelOverlapFraction {}
    id: "label_overlap_fraction", revision: 1, family: Measure,
    kernel: OverOverlaps {
        column: "fraction",
        numbers: |objects| {
            let fraction = |shared: &Shared| {
                let all: u64 = shared.values().sum();
                (all - shared.get(&0).copied().unwrap_or(0)) as f64 / all as f64
            };
            Values::Float(objects.iter().map(fraction).collect())
        },
    },
    inputs: { labels: Labels, other: Labels },
    outputs: { objects: Table },
    agrees: Exact, follows: "numpy.mean 2.4",
    python: "
present = np.unique(labels[labels > 0])
result = {'label': present, 'fraction': f64([np.count_nonzero(other[labels == l]) / np.count_nonzero(labels == l) for l in present])}",
    examples: [],
}
