//! How well found objects match true ones.
//!
//! A true and a found object match where their intersection over union is above a threshold of at least one half:
//! then no object can match two, so the matching needs no search. This is the F1 of Caicedo et al. 2019
//! (doi:10.1002/cyto.a.23863) and of StarDist's `matching`.

use rotifer_registry::{Code, Error};
use std::collections::HashMap;

/// Counts and scores of one image, or of several added up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// True objects.
    pub truth: usize,
    /// Found objects.
    pub found: usize,
    /// Pairs that match.
    pub matched: usize,
    /// Intersection over union, added up over the matched pairs.
    pub iou_sum: f64,
}

impl Score {
    /// Share of the found objects that are true; 1 where none is found.
    pub fn precision(&self) -> f64 {
        share(self.matched, self.found)
    }

    /// Share of the true objects that are found; 1 where there is none.
    pub fn recall(&self) -> f64 {
        share(self.matched, self.truth)
    }

    /// 2·matched / (truth + found); 1 where there is neither.
    pub fn f1(&self) -> f64 {
        share(2 * self.matched, self.truth + self.found)
    }

    /// Mean intersection over union of the matched pairs; NaN where there is none.
    pub fn mean_iou(&self) -> f64 {
        self.iou_sum / self.matched as f64
    }

    pub fn add(&mut self, other: &Score) {
        self.truth += other.truth;
        self.found += other.found;
        self.matched += other.matched;
        self.iou_sum += other.iou_sum;
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Matches the objects of two label images of one shape, 0 being background. `iou` is at least 0.5 and below 1.
pub fn score(truth: &[u32], found: &[u32], iou: f64) -> Result<Score, Error> {
    if truth.len() != found.len() {
        let message = format!("{} pixels of truth and {} found", truth.len(), found.len());
        return Err(Error::new(Code::Shape, message));
    }
    if !(0.5..1.0).contains(&iou) {
        return Err(Error::new(Code::OutOfRange, "below one half an object could match two")
            .argument("iou")
            .value(iou)
            .allowed("0.5 or more, below 1"));
    }
    let mut areas: [HashMap<u32, usize>; 2] = Default::default();
    let mut shared: HashMap<(u32, u32), usize> = HashMap::new();
    for (&t, &f) in truth.iter().zip(found) {
        for (areas, label) in areas.iter_mut().zip([t, f]) {
            if label > 0 {
                *areas.entry(label).or_default() += 1;
            }
        }
        if t > 0 && f > 0 {
            *shared.entry((t, f)).or_default() += 1;
        }
    }
    let mut score = Score { truth: areas[0].len(), found: areas[1].len(), ..Score::default() };
    let mut pairs: Vec<_> = shared.into_iter().collect();
    // In one order, so that the sum is the same every time.
    pairs.sort_unstable();
    for ((t, f), both) in pairs {
        let either = areas[0][&t] + areas[1][&f] - both;
        let overlap = both as f64 / either as f64;
        if overlap > iou {
            score.matched += 1;
            score.iou_sum += overlap;
        }
    }
    Ok(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_match_above_the_threshold_only() {
        //               one half: no   two thirds: yes  missed  invented
        let truth = [1, 1, 1, 0, 0, 2, 2, 2, 0, 0, 3, 3, 0, 0, 0];
        let found = [7, 7, 0, 0, 0, 5, 5, 0, 0, 0, 0, 0, 0, 9, 9];
        let s = score(&truth, &found, 0.5).unwrap();
        assert_eq!((s.truth, s.found, s.matched), (3, 3, 2));
        let half = score(&[1, 1, 0, 0], &[1, 0, 0, 0], 0.5).unwrap();
        assert_eq!((half.matched, half.f1()), (0, 0.0));
        assert_eq!((s.f1(), s.precision(), s.recall()), (2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0));
        assert!((s.mean_iou() - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_to_find_and_nothing_found_is_perfect() {
        assert_eq!(score(&[0, 0], &[0, 0], 0.5).unwrap().f1(), 1.0);
        assert_eq!(score(&[0, 0], &[0, 1], 0.5).unwrap().f1(), 0.0);
    }

    #[test]
    fn shapes_and_thresholds_are_checked() {
        assert_eq!(score(&[1], &[1, 2], 0.5).unwrap_err().code, Code::Shape);
        assert_eq!(score(&[1], &[1], 0.4).unwrap_err().code, Code::OutOfRange);
    }
}
