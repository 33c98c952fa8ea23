//! The skeleton of operations that give each label another: measured once for each object, then looked up for each pixel.

use super::label_index::LabelIndex;
use super::label_reduce::LabelRuns;
use rayon::prelude::*;
use rotifer_registry::*;

/// New labels for the labels that are present, ascending, with the pixels of each.
pub struct Relabel<F> {
    /// The new label of each, from the labels and their sizes.
    pub labels: F,
}

impl<F: Fn(&[(u32, usize)]) -> Vec<u32> + Send + Sync> Kernel for Relabel<F> {
    const DEVICE: bool = false;

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let pixels = labels.label_slice()?;
        let runs = LabelRuns::new(pixels, labels.shape());
        let index = LabelIndex::new(&runs);
        let sizes = runs.gather(&index, |n: &mut usize, run| *n += run.length(), |a, b| *a += b);
        let present: Vec<(u32, usize)> = index.present.iter().copied().zip(sizes).collect();
        let new = (self.labels)(&present);
        Ok(vec![Datum::Volume(
            labels.labels(look_up(pixels, |label| index.place(label).map_or(0, |i| new[i])))?,
        )])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let grid = Grid::from(inputs.volume("labels")?);
        let mut sizes = std::collections::BTreeMap::<u32, usize>::new();
        grid.data.iter().filter(|l| **l != 0.0).for_each(|l| *sizes.entry(*l as u32).or_default() += 1);
        let present: Vec<(u32, usize)> = sizes.into_iter().collect();
        let new = (self.labels)(&present);
        let place = |l: f64| present.iter().position(|(label, _)| *label as f64 == l);
        Ok(vec![Plain::Image(grid.map(|l| place(l).map_or(0.0, |i| new[i] as f64)))])
    }
}

/// A value for every pixel by its label; neighbours are mostly of one object, and are looked up once.
pub fn look_up<T: Element>(pixels: &[u32], value: impl Fn(u32) -> T + Sync) -> Vec<T> {
    let mut out = vec![T::default(); pixels.len()];
    out.par_chunks_mut(1 << 14).zip(pixels.par_chunks(1 << 14)).for_each(|(out, pixels)| {
        let (mut last, mut found) = (0, T::default());
        for (o, &label) in out.iter_mut().zip(pixels) {
            if label != last {
                last = label;
                found = if label == 0 { T::default() } else { value(label) };
            }
            *o = found;
        }
    });
    out
}
