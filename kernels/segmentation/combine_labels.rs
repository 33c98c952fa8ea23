use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::LabelRuns;
use crate::common::label_values::look_up;
use crate::common::shape::same_shape;
use crate::common::threads;
use rotifer_registry::*;

op! {
    /// Puts labels over others, and numbers all objects without gaps.
    ///
    /// Where `other` has a label, that object covers what `labels` has. The objects of `labels` come first, then those of `other`,
    /// each in the order of their labels; objects that are covered whole have no number.
    pub struct CombineLabels {}
    id: "combine_labels", revision: 1, family: Segmentation,
    memory: host,
    inputs: { labels: Labels, other: Labels },
    outputs: { labels: Labels },
    agrees: Exact, follows: "skimage.segmentation.relabel_sequential 0.26",
    python: "ski.segmentation.relabel_sequential(np.where(other > 0, other.astype(np.int64) + labels.max(), labels))[0]",
    examples: [],
}

impl Host for CombineLabels {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["labels", "other"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let (labels, other) = (inputs.volume("labels")?, inputs.volume("other")?);
        let (below, above, shape) = (labels.label_slice()?, other.label_slice()?, labels.shape());
        let [first, second] = [below, above].map(|pixels| LabelIndex::new(&LabelRuns::new(pixels, shape)));
        let place = |index: &LabelIndex, label| index.place(label).map_or(0, |i| i as u32 + 1);
        let mut joined = look_up(below, |label| place(&first, label));
        let over = look_up(above, |label| place(&second, label));
        threads::each(joined.chunks_mut(1 << 14).zip(over.chunks(1 << 14)), |(joined, over)| {
            for (to, label) in joined.iter_mut().zip(over).filter(|(_, label)| **label != 0) {
                *to = first.present.len() as u32 + label;
            }
        });
        let all = LabelIndex::new(&LabelRuns::new(&joined, shape));
        let numbered = look_up(&joined, |label| place(&all, label));
        Ok(vec![Datum::Volume(labels.labels(numbered)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let combine = || {
            let (labels, other) = (Grid::from(inputs.volume("labels")?), Grid::from(inputs.volume("other")?));
            let most = labels.data.iter().copied().fold(0.0, f64::max);
            let joined = labels.map_at(|p| if other.at(p) > 0.0 { other.at(p) + most } else { labels.at(p) });
            let mut present = joined.data.clone();
            present.sort_by(f64::total_cmp);
            present.dedup();
            present.retain(|l| *l > 0.0);
            let number = |l: f64| present.iter().position(|p| *p == l).map_or(0.0, |i| i as f64 + 1.0);
            Ok(vec![Plain::Image(joined.map(number))])
        };
        Some(combine())
    }
}
