//! Skeletons of operations that give each label another, or a number: measured once for each object, then looked up for each pixel.

use super::fresh;
use super::label_index::LabelIndex;
use super::label_reduce::LabelRuns;
use super::label_statistics::{NumbersInParts, numbers, plain_numbers};
use super::shape::same_shape;
use super::statistic::Statistic;
use rotifer_registry::*;
use std::collections::BTreeMap;

/// New labels for the labels that are present, ascending, with the pixels of each.
pub struct Relabel<F> {
    /// The new label of each, from the labels and their sizes.
    pub labels: F,
}

impl<F: Fn(&[(u32, usize)]) -> Vec<u32> + Send + Sync + 'static> Kernel for Relabel<F> {
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

    fn streamed(self, _spec: &'static Spec, _inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        Ok(Some(Box::new(RelabelParts { labels: self.labels, sizes: BTreeMap::new(), new: BTreeMap::new() })))
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

/// [`Relabel`] of labels that come in parts.
struct RelabelParts<F> {
    labels: F,
    sizes: BTreeMap<u32, usize>,
    new: BTreeMap<u32, u32>,
}

impl<F: Fn(&[(u32, usize)]) -> Vec<u32> + Send> Streamed for RelabelParts<F> {
    fn see(&mut self, _span: &Span, inputs: &Inputs) -> Result<(), Error> {
        let labels = inputs.volume("labels")?;
        let runs = LabelRuns::new(labels.label_slice()?, labels.shape());
        let index = LabelIndex::new(&runs);
        let sizes = runs.gather(&index, |n: &mut usize, run| *n += run.length(), |a, b| *a += b);
        index.present.iter().zip(sizes).for_each(|(label, n)| *self.sizes.entry(*label).or_default() += n);
        Ok(())
    }

    fn again(&mut self) -> Result<bool, Error> {
        let present: Vec<(u32, usize)> = self.sizes.iter().map(|(label, n)| (*label, *n)).collect();
        let new = (self.labels)(&present);
        self.new = present.into_iter().map(|(label, _)| label).zip(new).collect();
        Ok(false)
    }

    fn makes(&self) -> bool {
        true
    }

    fn make(&mut self, _span: &Span, inputs: &Inputs) -> Result<Datum, Error> {
        let labels = inputs.volume("labels")?;
        let new = |label| self.new.get(&label).copied().unwrap_or(0);
        labels.labels(look_up(labels.label_slice()?, new)).map(Datum::Volume)
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        Ok(Vec::new())
    }
}

/// The objects whose mean of `image` is one that stays; the others become background.
pub struct StayByMean<F> {
    pub stays: F,
}

/// Numbers of objects that come in parts, and an output that is made of them.
struct ByNumbers<M> {
    numbers: NumbersInParts,
    /// How many pixels there are, in place of the numbers of an image.
    counts: bool,
    make: M,
}

impl<M: Fn(&Volume, &BTreeMap<u32, f64>) -> Result<Volume, Error> + Send> Streamed for ByNumbers<M> {
    fn see(&mut self, span: &Span, inputs: &Inputs) -> Result<(), Error> {
        let labels = inputs.volume("labels")?;
        let ones = self.counts.then(|| labels.to_mask());
        let image = ones.as_ref().map_or_else(|| inputs.volume("image"), Ok)?;
        self.numbers.see(span, image, labels.label_slice()?);
        Ok(())
    }

    fn again(&mut self) -> Result<bool, Error> {
        Ok(self.numbers.again())
    }

    fn makes(&self) -> bool {
        true
    }

    fn make(&mut self, _span: &Span, inputs: &Inputs) -> Result<Datum, Error> {
        (self.make)(inputs.volume("labels")?, self.numbers.numbers()).map(Datum::Volume)
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        Ok(Vec::new())
    }
}

impl<F: Fn(f64) -> bool + Send + Sync + 'static> Kernel for StayByMean<F> {
    const DEVICE: bool = false;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["labels", "image"])
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let pixels = labels.label_slice()?;
        let (index, means) = numbers(Statistic::Mean, inputs.volume("image")?, pixels);
        let stays: Vec<bool> = means.into_iter().map(&self.stays).collect();
        let new = |label| if index.place(label).is_some_and(|i| stays[i]) { label } else { 0 };
        Ok(vec![Datum::Volume(labels.labels(look_up(pixels, new))?)])
    }

    fn streamed(self, _spec: &'static Spec, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let numbers = NumbersInParts::new(Statistic::Mean, inputs.volume("labels")?.shape);
        let make = move |labels: &Volume, numbers: &BTreeMap<u32, f64>| {
            let stays = |label: u32| numbers.get(&label).is_some_and(|mean| (self.stays)(*mean));
            let new = |label| if stays(label) { label } else { 0 };
            labels.labels(look_up(labels.label_slice()?, new))
        };
        Ok(Some(Box::new(ByNumbers { numbers, counts: false, make })))
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let labels = inputs.volume("labels")?;
        let means = plain_numbers(Statistic::Mean, inputs.volume("image")?, labels);
        let stays = |label: f64| label != 0.0 && (self.stays)(means[&(label as u32)]);
        Ok(vec![Plain::Image(Grid::from(labels).map(|label| if stays(label) { label } else { 0.0 }))])
    }
}

/// A number of each object at all of its pixels; 0 elsewhere.
pub struct LabelMap {
    /// The number of the pixels of `image`; how many pixels there are where left out.
    pub statistic: Option<Statistic>,
}

impl Kernel for LabelMap {
    const DEVICE: bool = false;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "labels"])
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let pixels = labels.label_slice()?;
        let (index, numbers) = match self.statistic {
            Some(statistic) => numbers(statistic, inputs.volume("image")?, pixels),
            None => {
                let runs = LabelRuns::new(pixels, labels.shape());
                let index = LabelIndex::new(&runs);
                let sizes = runs.gather(&index, |n: &mut f64, run| *n += run.length() as f64, |a, b| *a += b);
                (index, sizes)
            }
        };
        let map = look_up(pixels, |label| index.place(label).map_or(0.0, |i| numbers[i] as f32));
        Ok(vec![Datum::Volume(labels.image(map)?)])
    }

    fn streamed(self, _spec: &'static Spec, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let statistic = self.statistic.unwrap_or(Statistic::Sum);
        let numbers = NumbersInParts::new(statistic, inputs.volume("labels")?.shape);
        let make = |labels: &Volume, numbers: &BTreeMap<u32, f64>| {
            let number = |label| numbers.get(&label).map_or(0.0, |x| *x as f32);
            labels.image(look_up(labels.label_slice()?, number))
        };
        Ok(Some(Box::new(ByNumbers { numbers, counts: self.statistic.is_none(), make })))
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let labels = inputs.volume("labels")?;
        let numbers = match self.statistic {
            Some(statistic) => plain_numbers(statistic, inputs.volume("image")?, labels),
            None => plain_numbers(Statistic::Sum, &labels.to_mask(), labels),
        };
        let number = |label: f64| numbers.get(&(label as u32)).copied().unwrap_or(0.0);
        Ok(vec![Plain::Image(Grid::from(labels).map(number))])
    }
}

/// A value for every pixel by its label, the default for background.
pub fn look_up<T: Element>(pixels: &[u32], value: impl Fn(u32) -> T + Sync) -> Vec<T> {
    look_up_all(pixels, |label| if label == 0 { T::default() } else { value(label) })
}

/// A value for every pixel by its label; neighbours are mostly of one object, and are looked up once.
pub fn look_up_all<T: Element>(pixels: &[u32], value: impl Fn(u32) -> T + Sync) -> Vec<T> {
    let background = value(0);
    fresh::map(pixels, |out, pixels| {
        let (mut last, mut found) = (0, background);
        for (o, &label) in out.iter_mut().zip(pixels) {
            if label != last {
                last = label;
                found = if label == 0 { background } else { value(label) };
            }
            *o = found;
        }
    })
}
