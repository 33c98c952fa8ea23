use crate::common::threads;
use rotifer_registry::*;

op! {
    /// Gives every pixel of a mask a label of its own.
    ///
    /// Labels count from 1 in raster order (z, y, x); touching pixels stay apart.
    pub struct LabelSpots {}
    id: "label_spots", revision: 1, family: Segmentation,
    memory: host,
    inputs: { mask: Mask },
    outputs: { labels: Labels },
    agrees: Exact, follows: "numpy.cumsum 2.4",
    python: "np.where(mask, np.cumsum(mask).reshape(mask.shape), 0)",
    examples: [],
}

impl Host for LabelSpots {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        const PART: usize = 1 << 14;
        let mask = inputs.volume("mask")?;
        let pixels = mask.mask_slice()?;
        let count = |_, part: &[u8]| part.iter().map(|v| (*v != 0) as u32).sum::<u32>();
        let mut first: Vec<u32> = threads::of_chunks(pixels, PART, count);
        let mut before = 0u32;
        first.iter_mut().for_each(|n| (*n, before) = (before, before.saturating_add(*n)));
        let mut labels = vec![0u32; pixels.len()];
        let parts = labels.chunks_mut(PART).zip(pixels.chunks(PART)).zip(first);
        threads::each(parts, |((labels, pixels), mut count)| {
            for (label, _) in labels.iter_mut().zip(pixels).filter(|(_, v)| **v != 0) {
                count = count.saturating_add(1);
                *label = count;
            }
        });
        Ok(vec![Datum::Volume(mask.labels(labels)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let mut count = 0.0;
        let number = |v: f64| {
            count += (v != 0.0) as u8 as f64;
            if v != 0.0 { count } else { 0.0 }
        };
        Some(inputs.volume("mask").map(|mask| vec![Plain::Image(Grid::from(mask).map(number))]))
    }
}
