//! Operations that follow each other, and where their inputs come from.

use rotifer_registry::op::Ports;
use rotifer_registry::*;

/// Where an input of a part comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// The input of the whole operation at this index.
    Input(usize),
    /// The primary output of the part at this index, which stands before.
    Part(usize),
}

/// One operation of the pipeline, and its inputs in the order of its ports; those beyond the end are absent.
pub struct Link {
    pub op: Box<dyn Op>,
    pub inputs: Vec<Operand>,
}

/// Metadata of an operation's primary output.
pub fn inferred(op: &dyn Op, items: &[Option<DatumMeta>]) -> Result<DatumMeta, Error> {
    let (spec, metas) = (op.spec(), Ports::new(op.spec().inputs, items));
    let first = metas.first().ok_or_else(|| Error::new(Code::WrongKind, "an image is needed"))?;
    let mut outputs: Vec<DatumMeta> = spec.outputs.iter().map(|port| port.kind.meta(first)).collect();
    op.infer(&metas, &mut outputs)?;
    outputs.into_iter().next().ok_or_else(|| Error::new(Code::Internal, "no output is declared"))
}

/// An output in the dtype and with the spacing that the part declares.
pub fn finished(datum: Datum, meta: &DatumMeta) -> Result<Datum, Error> {
    match (datum, meta) {
        (Datum::Volume(v), DatumMeta::Volume(meta)) => {
            Ok(Datum::Volume(v.cast(meta.dtype).with_spacing(meta.spacing)))
        }
        (Datum::Number(x), DatumMeta::Number) => Ok(Datum::Number(x)),
        _ => Err(Error::new(Code::Internal, "a part gives neither an image nor a number")),
    }
}

/// Pixels along z, y, x, if there is such a number.
pub fn window(reach: Reach) -> Option<[usize; 3]> {
    match reach {
        Reach::Point => Some([0; 3]),
        Reach::Window(halo) => Some(halo),
        Reach::Statistic | Reach::Seams | Reach::Whole => None,
    }
}
