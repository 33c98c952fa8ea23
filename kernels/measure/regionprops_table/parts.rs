//! The table of labels that come in parts.

use super::Wanted;
use super::object::Object;
use super::sums::{Extent, Intensity};
use crate::common::convex_hull::hull_pixels;
use crate::common::euler::{euler_number, euler_sums};
use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::{Ends, GatherParts, LabelRuns, Run};
use crate::common::perimeter::{self, border_counts, border_length};
use crate::common::threads;
use rotifer_registry::*;
use std::collections::{BTreeMap, BTreeSet};

pub struct Parts {
    wanted: Wanted,
    meta: VolumeMeta,
    extents: GatherParts<Extent>,
    intensities: Option<GatherParts<Intensity>>,
    euler: BTreeMap<u32, i64>,
    borders: BTreeMap<u32, [f64; 3]>,
    hulls: Hulls,
}

/// Pixels in the convex hulls of objects. An object that a part does not show has ended, and its rows are dropped; for one
/// that comes again all the same, the parts are seen once more.
#[derive(Default)]
struct Hulls {
    /// Rows of objects that may go on, 16 bytes each.
    rows: BTreeMap<u32, Vec<Ends>>,
    ended: BTreeMap<u32, u64>,
    /// Objects that came again after they had ended.
    again: BTreeSet<u32>,
    /// Whether the parts are seen once more, for these objects alone.
    is_second: bool,
}

impl Hulls {
    fn add(&mut self, span: &Span, runs: &LabelRuns, index: &LabelIndex, ndim: usize) {
        let (axis, inside, origin) = (span.axis, span.inside(), span.origin());
        let here = |ends: &Ends| inside.contains(&([ends.z, ends.y][axis] as usize));
        let place = |ends: Ends| Ends { z: ends.z + origin[0] as u32, y: ends.y + origin[1] as u32, ..ends };
        if !self.is_second {
            self.end(ndim, |label| index.place(label).is_none());
        }
        for (label, rows) in index.present.iter().zip(runs.ends_of_rows(index)) {
            if !self.is_second && self.ended.contains_key(label) {
                self.again.insert(*label);
            }
            if self.is_second == self.again.contains(label) {
                self.rows.entry(*label).or_default().extend(rows.into_iter().filter(here).map(place));
            }
        }
    }

    /// Counts the pixels of objects, and drops their rows.
    fn end(&mut self, ndim: usize, ends: impl Fn(u32) -> bool) {
        let ended: Vec<u32> = self.rows.keys().copied().filter(|label| ends(*label)).collect();
        let rows: Vec<_> = ended.iter().filter_map(|label| self.rows.remove_entry(label)).collect();
        let hulls = threads::collect(&rows, |(label, rows)| (*label, hull_pixels(rows, ndim)));
        self.ended.extend(hulls);
    }
}

impl Parts {
    pub fn new(wanted: Wanted, meta: VolumeMeta) -> Parts {
        Parts {
            extents: GatherParts::new(meta.shape),
            intensities: wanted.has_intensity().then(|| GatherParts::new(meta.shape)),
            wanted,
            meta,
            euler: BTreeMap::new(),
            borders: BTreeMap::new(),
            hulls: Hulls::default(),
        }
    }
}

impl Streamed for Parts {
    fn halo(&self) -> usize {
        match (self.wanted.has("perimeter"), self.wanted.has("euler_number")) {
            (true, _) => perimeter::REACH,
            (_, euler) => euler as usize,
        }
    }

    fn see(&mut self, span: &Span, inputs: &Inputs) -> Result<(), Error> {
        let volume = inputs.volume("labels")?;
        let (labels, shape) = (volume.label_slice()?, volume.shape());
        if self.hulls.is_second {
            let runs = LabelRuns::new(labels, shape);
            self.hulls.add(span, &runs, &LabelIndex::new(&runs), self.meta.ndim);
            return Ok(());
        }
        self.extents.add(span, labels, Extent::add, Extent::merge);
        if let (Some(intensities), Some(image)) = (&mut self.intensities, inputs.optional_volume("image")) {
            each_dtype!(image.pixels(), |pixels| intensities.add(
                span,
                labels,
                |sums: &mut Intensity, run: Run| sums.add(pixels, run),
                Intensity::merge,
            ));
        }
        let euler = self.wanted.has("euler_number");
        if !euler && !self.wanted.has("perimeter") && !self.wanted.has("solidity") {
            return Ok(());
        }
        let runs = LabelRuns::new(labels, shape);
        let index = LabelIndex::new(&runs);
        if euler {
            // The corners before the rows of the part, and after the last of all.
            let inside = span.inside();
            let ends = if span.is_last() { inside.end + 1 } else { inside.end };
            let counts = |row: [usize; 2]| (inside.start..ends).contains(&row[span.axis]);
            let sums = euler_sums(labels, shape, self.meta.ndim, &index, counts);
            let objects = index.present.iter().zip(sums);
            objects.for_each(|(label, sum)| *self.euler.entry(*label).or_default() += sum);
        }
        if self.wanted.has("perimeter") {
            let counts = border_counts(labels, shape, &index, span.inside());
            for (label, counts) in index.present.iter().zip(counts) {
                let all = self.borders.entry(*label).or_default();
                *all = std::array::from_fn(|i| all[i] + counts[i]);
            }
        }
        if self.wanted.has("solidity") {
            self.hulls.add(span, &runs, &index, self.meta.ndim);
        }
        Ok(())
    }

    fn again(&mut self) -> Result<bool, Error> {
        self.hulls.end(self.meta.ndim, |_| true);
        let is_second = !self.hulls.is_second && !self.hulls.again.is_empty();
        self.hulls.is_second |= is_second;
        Ok(is_second)
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        // Each map goes as the objects take from it.
        let extents = self.extents.finish(Extent::merge);
        let mut objects: Vec<Object> = extents.into_iter().map(|(label, e)| e.object(label)).collect();
        if let Some(intensities) = &mut self.intensities {
            let sums = intensities.finish(Intensity::merge);
            sums.into_values().zip(&mut objects).for_each(|(sums, object)| sums.write(object));
        }
        let (euler, borders) = (std::mem::take(&mut self.euler), std::mem::take(&mut self.borders));
        let hulls = std::mem::take(&mut self.hulls.ended);
        for object in &mut objects {
            if let Some(sum) = euler.get(&object.label) {
                object.euler = euler_number(*sum, self.meta.ndim);
            }
            if let Some(counts) = borders.get(&object.label) {
                object.perimeter = border_length(*counts);
            }
            if let Some(pixels) = hulls.get(&object.label) {
                object.hull = *pixels as f64;
            }
        }
        drop((euler, borders, hulls));
        Ok(vec![Datum::Table(self.wanted.table(&objects, &self.meta)?)])
    }
}
