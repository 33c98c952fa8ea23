//! Parts of values along an axis.

use rotifer_registry::{Code, Datum, Error, Volume};
use std::ops::Range;

/// Part of a datum: volumes are cut, rgb plane by plane, all else is the same everywhere.
pub fn cut(datum: &Datum, axis: usize, range: Range<usize>) -> Datum {
    match datum {
        Datum::Volume(v) => Datum::Volume(v.cut(axis, range)),
        Datum::Rgb(planes) => Datum::Rgb(planes.each_ref().map(|v| v.cut(axis, range.clone()))),
        other => other.clone(),
    }
}

/// Length of a datum along an axis; 1 of what has none.
pub fn length(datum: &Datum, axis: usize) -> usize {
    match datum {
        Datum::Volume(v) | Datum::Rgb([v, _, _]) => v.shape()[axis],
        _ => 1,
    }
}

/// Parts that follow each other along an axis as one.
pub fn join(parts: &[Datum], axis: usize) -> Result<Datum, Error> {
    let [first, _, ..] = parts else {
        return parts
            .first()
            .cloned()
            .ok_or_else(|| Error::new(Code::Internal, "there are no parts to put together"));
    };
    match first {
        Datum::Volume(_) => {
            let volumes: Vec<Volume> = parts
                .iter()
                .filter_map(|d| if let Datum::Volume(v) = d { Some(v.clone()) } else { None })
                .collect();
            Volume::join(&volumes, axis).map(Datum::Volume)
        }
        Datum::Rgb(_) => {
            let channel = |c: usize| {
                let planes: Vec<Volume> = parts
                    .iter()
                    .filter_map(|d| if let Datum::Rgb(p) = d { Some(p[c].clone()) } else { None })
                    .collect();
                Volume::join(&planes, axis)
            };
            Ok(Datum::Rgb([channel(0)?, channel(1)?, channel(2)?]))
        }
        other => Ok(other.clone()),
    }
}
