//! Shapes that fit each other, and shapes that are asked for.

use rotifer_registry::{Code, Error, Metas, VolumeMeta};

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

/// Refuses inputs of different shape; those that are absent fit.
pub fn same_shape(inputs: &Metas, names: &[&str]) -> Result<(), Error> {
    let found: Vec<_> = names.iter().filter_map(|n| Some((*n, inputs.get(n)?.volume()?))).collect();
    let Some(((first, a), rest)) = found.split_first() else { return Ok(()) };
    match rest.iter().find(|(_, b)| (a.shape, a.ndim) != (b.shape, b.ndim)) {
        None => Ok(()),
        Some((name, b)) => Err(Error::new(Code::Shape, format!("`{name}` must have the shape of `{first}`"))
            .value(b.shape_text())
            .allowed(a.shape_text())),
    }
}
