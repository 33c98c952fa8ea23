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
use std::collections::BTreeMap;

pub struct Parts {
    wanted: Wanted,
    meta: VolumeMeta,
    extents: GatherParts<Extent>,
    intensities: Option<GatherParts<Intensity>>,
    euler: BTreeMap<u32, i64>,
    borders: BTreeMap<u32, [f64; 3]>,
    /// Rows of every object: all that grows with the image here, 16 bytes each.
    rows: BTreeMap<u32, Vec<Ends>>,
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
            rows: BTreeMap::new(),
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
            let (axis, inside, origin) = (span.axis, span.inside(), span.origin());
            let here = |ends: &Ends| inside.contains(&([ends.z, ends.y][axis] as usize));
            let place =
                |ends: Ends| Ends { z: ends.z + origin[0] as u32, y: ends.y + origin[1] as u32, ..ends };
            for (label, rows) in index.present.iter().zip(runs.ends_of_rows(&index)) {
                let rows = rows.into_iter().filter(here).map(place);
                self.rows.entry(*label).or_default().extend(rows);
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        let extents = self.extents.finish(Extent::merge);
        let mut objects: Vec<Object> = extents.iter().map(|(label, e)| e.object(*label)).collect();
        if let Some(intensities) = &mut self.intensities {
            let sums = intensities.finish(Intensity::merge);
            sums.values().zip(&mut objects).for_each(|(sums, object)| sums.write(object));
        }
        for object in &mut objects {
            if let Some(sum) = self.euler.get(&object.label) {
                object.euler = euler_number(*sum, self.meta.ndim);
            }
            if let Some(counts) = self.borders.get(&object.label) {
                object.perimeter = border_length(*counts);
            }
        }
        let ndim = self.meta.ndim;
        let (rows, none) = (&self.rows, Vec::new());
        threads::each(&mut objects, |object| {
            let rows = rows.get(&object.label).unwrap_or(&none);
            object.hull = hull_pixels(rows, ndim) as f64;
        });
        Ok(vec![Datum::Table(self.wanted.table(&objects, &self.meta)?)])
    }
}
