//! How well found objects match true ones.
//!
//! A true and a found object match where their intersection over union is above a threshold of at least one half:
//! then no object can match two, so the matching needs no search. This is the F1 of Caicedo et al. 2019
//! (doi:10.1002/cyto.a.23863) and of StarDist's `matching`.

use rotifer_registry::{Code, Error};
use std::collections::{HashMap, HashSet};

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

/// Matches found objects against an annotation that does not cover the image: 0 not annotated, 1 background, 2 object,
/// as painted for pixel classifiers. Its objects are the connected parts of 2, by faces. Found objects count where they
/// meet one, or lie on background by more than half; of the others the annotation says nothing.
///
/// `shape` is z, y, x.
pub fn score_annotated(
    annotation: &[u32],
    found: &[u32],
    shape: [usize; 3],
    iou: f64,
) -> Result<Score, Error> {
    if annotation.len() != found.len() || annotation.len() != shape.iter().product::<usize>() {
        let message =
            format!("{} annotated pixels, {} found, shape {shape:?}", annotation.len(), found.len());
        return Err(Error::new(Code::Shape, message));
    }
    if let Some(other) = annotation.iter().find(|a| **a > 2) {
        return Err(Error::new(Code::OutOfRange, "an annotation is 0, 1 or 2").value(other));
    }
    let mut area: HashMap<u32, usize> = HashMap::new();
    let mut background: HashMap<u32, usize> = HashMap::new();
    let mut judged: HashSet<u32> = HashSet::new();
    for (&a, &f) in annotation.iter().zip(found) {
        *area.entry(f).or_default() += 1;
        match a {
            1 => *background.entry(f).or_default() += 1,
            2 => drop(judged.insert(f)),
            _ => {}
        }
    }
    judged.extend(background.iter().filter(|(f, n)| 2 * **n > area[f]).map(|(f, _)| *f));
    let found: Vec<u32> = found.iter().map(|f| if judged.contains(f) { *f } else { 0 }).collect();
    score(&parts(annotation, shape), &found, iou)
}

/// Numbers the parts of 2 that hang together by faces.
fn parts(annotation: &[u32], [depth, height, width]: [usize; 3]) -> Vec<u32> {
    let mut labels = vec![0; annotation.len()];
    let mut count = 0;
    for start in 0..annotation.len() {
        if annotation[start] != 2 || labels[start] != 0 {
            continue;
        }
        count += 1;
        labels[start] = count;
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            let (z, y, x) = (at / (height * width), at / width % height, at % width);
            let near = [
                (z > 0).then(|| at - height * width),
                (z + 1 < depth).then(|| at + height * width),
                (y > 0).then(|| at - width),
                (y + 1 < height).then(|| at + width),
                (x > 0).then(|| at - 1),
                (x + 1 < width).then(|| at + 1),
            ];
            for n in near.into_iter().flatten() {
                if annotation[n] == 2 && labels[n] == 0 {
                    labels[n] = count;
                    open.push(n);
                }
            }
        }
    }
    labels
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
    fn what_is_not_annotated_is_not_judged() {
        //                found: an object, one on background, one that nobody annotated
        let annotation = [2, 2, 2, 0, 1, 1, 1, 0, 0, 0, 0];
        let found = [4, 4, 4, 0, 5, 5, 0, 0, 6, 6, 6];
        let s = score_annotated(&annotation, &found, [1, 1, 11], 0.5).unwrap();
        assert_eq!((s.truth, s.found, s.matched), (1, 2, 1));
        assert_eq!(score_annotated(&[3], &[0], [1, 1, 1], 0.5).unwrap_err().code, Code::OutOfRange);
    }

    #[test]
    fn shapes_and_thresholds_are_checked() {
        assert_eq!(score(&[1], &[1, 2], 0.5).unwrap_err().code, Code::Shape);
        assert_eq!(score(&[1], &[1], 0.4).unwrap_err().code, Code::OutOfRange);
    }
}
