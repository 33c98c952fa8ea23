use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::LabelRuns;
use crate::common::shape::same_shape;
use rotifer_registry::*;
use std::collections::BTreeMap;

op! {
    /// Gives each child object the parent that it overlaps most.
    ///
    /// `children` has a row for each label of the children, ascending: `label`, `parent` (0 where it overlaps none; of parents with
    /// equal overlap the smaller label) and `overlap`, the pixels that both share. `parents` has a row for each label of the parents:
    /// `label`, and `children`, how many have it as their parent.
    pub struct RelateLabels {}
    id: "relate_labels", revision: 1, family: Segmentation,
    memory: host,
    inputs: { children: Labels, parents: Labels },
    outputs: { children: Table, parents: Table },
    agrees: Exact, follows: "numpy.unique 2.4",
    python: "
rows = []
for child in np.unique(children[children > 0]):
    found, counts = np.unique(parents[(children == child) & (parents > 0)], return_counts=True)
    best = int(np.argmax(counts)) if len(counts) else None
    rows.append((child, 0, 0) if best is None else (child, found[best], counts[best]))
rows = np.array(rows, np.int64).reshape(-1, 3)
every = np.unique(parents[parents > 0])
result = ({'label': rows[:, 0], 'parent': rows[:, 1], 'overlap': rows[:, 2]},
    {'label': every.astype(np.int64), 'children': np.array([int((rows[:, 1] == p).sum()) for p in every], np.int64)})",
    examples: [],
}

/// Of each label that is present, the pixels that it shares with each label of another image, 0 among them.
pub fn overlaps(labels: &Volume, other: &Volume) -> Result<BTreeMap<u32, BTreeMap<u32, u64>>, Error> {
    let other = other.label_slice()?;
    let runs = LabelRuns::new(labels.label_slice()?, labels.shape());
    let index = LabelIndex::new(&runs);
    let shared = runs.gather(
        &index,
        |shared: &mut BTreeMap<u32, u64>, run| {
            for same in other[run.pixels()].chunk_by(|a, b| a == b) {
                *shared.entry(same[0]).or_default() += same.len() as u64;
            }
        },
        |a, b| b.into_iter().for_each(|(label, n)| *a.entry(label).or_default() += n),
    );
    Ok(index.present.into_iter().zip(shared).collect())
}

/// [`overlaps`] pixel by pixel, for reference implementations.
pub fn plain_overlaps(labels: &Volume, other: &Volume) -> BTreeMap<u32, BTreeMap<u32, u64>> {
    let mut overlaps = BTreeMap::<u32, BTreeMap<u32, u64>>::new();
    for (label, other) in labels.f64s().iter().zip(&other.f64s()).filter(|(l, _)| **l > 0.0) {
        *overlaps.entry(*label as u32).or_default().entry(*other as u32).or_default() += 1;
    }
    overlaps
}

/// The two tables, from the pixels that each child shares with each parent, and the labels of all parents.
fn tables(overlaps: BTreeMap<u32, BTreeMap<u32, u64>>, parents: &[u32]) -> Result<Vec<Table>, Error> {
    let mut rows = Vec::new();
    let mut counts = vec![0i64; parents.len()];
    for (child, shared) in overlaps {
        // The first of the largest.
        let best = shared.iter().filter(|(parent, _)| **parent > 0);
        let best = best.fold((0, 0), |best, (parent, n)| if *n > best.1 { (*parent, *n) } else { best });
        if let Ok(place) = parents.binary_search(&best.0) {
            counts[place] += 1;
        }
        rows.push((child as i64, best.0 as i64, best.1 as i64));
    }
    let column = |f: fn(&(i64, i64, i64)) -> i64| Values::Int(rows.iter().map(f).collect());
    let children = Table::new().with("label", column(|r| r.0))?.with("parent", column(|r| r.1))?;
    let labels = parents.iter().map(|p| *p as i64).collect();
    let parents = Table::new().with("label", Values::Int(labels))?.with("children", Values::Int(counts))?;
    Ok(vec![children.with("overlap", column(|r| r.2))?, parents])
}

impl Host for RelateLabels {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["children", "parents"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let (children, parents) = (inputs.volume("children")?, inputs.volume("parents")?);
        let every = LabelIndex::new(&LabelRuns::new(parents.label_slice()?, parents.shape())).present;
        Ok(tables(overlaps(children, parents)?, &every)?.into_iter().map(Datum::Table).collect())
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let relate = || {
            let (children, parents) = (inputs.volume("children")?, inputs.volume("parents")?);
            let mut every: Vec<u32> = parents.f64s().iter().map(|p| *p as u32).filter(|p| *p > 0).collect();
            every.sort_unstable();
            every.dedup();
            Ok(tables(plain_overlaps(children, parents), &every)?.into_iter().map(Plain::Table).collect())
        };
        Some(relate())
    }
}
