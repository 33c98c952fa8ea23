//! Shapes that fit each other, and shapes that are asked for.

pub use rotifer_registry::pixel::same_shape;
use rotifer_registry::{
    Code, Datum, DatumMeta, Dtype, Error, Inputs, Kind, Span, Streamed, Volume, VolumeMeta,
};

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

/// Most pixels of an image that is made from numbers.
const MOST: i64 = 1 << 40;

/// The shape that an argument gives by itself, y and x, or z, y and x, and how many axes it has.
pub fn of_list(list: &[i64]) -> Result<([usize; 3], usize), Error> {
    let wrong =
        |message: &str, value: String| Error::new(Code::OutOfRange, message).argument("shape").value(value);
    if !(2..=3).contains(&list.len()) {
        return Err(
            wrong("a shape has two or three axes", list.len().to_string()).allowed("y and x, or z, y and x")
        );
    }
    if let Some(n) = list.iter().find(|n| !(1..=LONGEST).contains(*n)) {
        return Err(wrong("out of range", n.to_string()).allowed(format!("1 to {LONGEST}")));
    }
    if list.iter().fold(1i64, |product, n| product.saturating_mul(*n)) > MOST {
        return Err(wrong("too many pixels", format!("{list:?}")).allowed(format!("{MOST} in all")));
    }
    let mut shape = [1; 3];
    for (axis, n) in shape[3 - list.len()..].iter_mut().zip(list) {
        *axis = *n as usize;
    }
    Ok((shape, list.len()))
}

/// A mask of the shape that an argument gives.
pub fn mask_of(list: &[i64]) -> Result<VolumeMeta, Error> {
    let (shape, ndim) = of_list(list)?;
    Ok(VolumeMeta { kind: Kind::Mask, dtype: Dtype::U8, shape, ndim, spacing: None })
}

/// An image without an input that is made part by part: `part` makes pixels of this geometry, the first at this z, y, x.
pub struct MadeInParts<F> {
    pub meta: VolumeMeta,
    pub part: F,
}

impl<F: Fn(&VolumeMeta, [usize; 3]) -> Result<Volume, Error> + Send> Streamed for MadeInParts<F> {
    fn wants(&self, _span: &Span) -> bool {
        false
    }

    fn see(&mut self, _span: &Span, _inputs: &Inputs) -> Result<(), Error> {
        Ok(())
    }

    fn makes(&self) -> bool {
        true
    }

    fn make(&mut self, span: &Span, _inputs: &Inputs) -> Result<Datum, Error> {
        let mut meta = self.meta.clone();
        meta.shape[span.axis] = span.inner.len();
        (self.part)(&meta, span.origin()).map(Datum::Volume)
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        Ok(Vec::new())
    }
}

/// Says what an operation without an input makes.
pub fn made(outputs: &mut [DatumMeta], meta: &VolumeMeta) {
    if let Some(output) = outputs.first_mut().and_then(DatumMeta::volume_mut) {
        *output = meta.clone();
    }
}
