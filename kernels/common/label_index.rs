//! The labels of an image, numbered without gaps.

use crate::common::label_runs::{Kept, LabelRuns};
use crate::common::threads;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// Largest label up to which a table is kept for every number.
const TABLE: u32 = 1 << 24;

/// The labels that are present, ascending; 0 is not one of them.
pub struct LabelIndex {
    pub present: Vec<u32>,
    /// Place of each label in `present`, counted from 1; empty where the labels are too large for a table.
    places: Vec<u32>,
}

impl LabelIndex {
    pub fn new(runs: &LabelRuns) -> LabelIndex {
        let largest_of = |band: &Vec<Kept>| band.iter().map(|run| run.label).max().unwrap_or(0);
        let largest = threads::collect(&runs.bands, largest_of).into_iter().max().unwrap_or(0);
        // A table is worth its memory where it is not much larger than the runs.
        if largest > TABLE || largest as usize > (8 * runs.count()).max(1 << 16) {
            let mut present: Vec<u32> = runs.bands.iter().flatten().map(|run| run.label).collect();
            present.par_sort_unstable();
            present.dedup();
            return LabelIndex { present, places: Vec::new() };
        }
        let seen: Vec<AtomicBool> = (0..=largest).map(|_| AtomicBool::new(false)).collect();
        threads::each(&runs.bands, |band| {
            band.iter().for_each(|run| seen[run.label as usize].store(true, Ordering::Relaxed));
        });
        let mut places = vec![0; seen.len()];
        let mut present = Vec::new();
        for (label, place) in places.iter_mut().enumerate().filter(|(l, _)| seen[*l].load(Ordering::Relaxed))
        {
            present.push(label as u32);
            *place = present.len() as u32;
        }
        LabelIndex { present, places }
    }

    /// Place of a label among those present; none for 0 and for labels that are not there.
    #[inline(always)]
    pub fn place(&self, label: u32) -> Option<usize> {
        if self.places.is_empty() {
            return self.present.binary_search(&label).ok();
        }
        (*self.places.get(label as usize)? as usize).checked_sub(1)
    }
}
