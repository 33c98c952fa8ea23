//! Checks that inputs fit each other.

use rotifer_registry::{Code, Error, Metas};

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
