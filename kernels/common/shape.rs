//! Shapes that fit each other, and shapes that are asked for.

pub use rotifer_registry::pixel::same_shape;
use rotifer_registry::{Code, Error, VolumeMeta};

/// Most pixels along an axis of an output.
const LONGEST: i64 = 1 << 24;

/// The z, y, x of an output from an argument `shape`, one number for each spatial axis of the input.
pub fn asked_for(list: &[i64], meta: &VolumeMeta) -> Result<[usize; 3], Error> {
    if list.len() != meta.ndim {
        let message = format!("{} numbers for {} spatial axes", list.len(), meta.ndim);
        return Err(Error::new(Code::Shape, message).argument("shape"));
    }
    let mut shape = [1; 3];
    for (axis, &n) in meta.axes().zip(list) {
        if !(1..=LONGEST).contains(&n) {
            return Err(Error::new(Code::OutOfRange, "out of range")
                .argument("shape")
                .value(n)
                .allowed(format!("1 to {LONGEST}")));
        }
        shape[axis] = n as usize;
    }
    Ok(shape)
}
