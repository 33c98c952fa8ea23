//! Inputs and outputs as they are declared.

use super::datum::{DatumKind, DatumMeta};
use crate::dtype::Dtype;
use crate::volume::{Kind, VolumeMeta};

/// The data that an input takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PortKind {
    /// Numbers of any dtype; masks and labels count as numbers. On the device: f32.
    Image,
    /// uint8 0/1 on the host, u32 0/1 on the device.
    Mask,
    /// uint32.
    Labels,
    /// A mask as it is, uint8, or labels: pixels of one value other than 0 belong together. On the host, labels of a file of
    /// uint8 or uint16 come as that image, which [`Volume::to_labels`](crate::Volume::to_labels) widens. On the device: u32.
    MaskOrLabels,
    /// Three planes of one shape.
    Rgb,
    Number,
    ImageOrNumber,
    Table,
    /// The id of a registered role: `Role(Tracks::ID)`.
    Role(&'static str),
}

impl PortKind {
    pub fn accepts(self, kind: DatumKind) -> bool {
        use DatumKind as D;
        match self {
            PortKind::Image => matches!(kind, D::Image | D::Mask | D::Labels),
            PortKind::Mask => matches!(kind, D::Mask),
            PortKind::Labels | PortKind::MaskOrLabels => matches!(kind, D::Labels | D::Mask),
            PortKind::Rgb => matches!(kind, D::Rgb),
            PortKind::Number => matches!(kind, D::Number),
            PortKind::ImageOrNumber => matches!(kind, D::Image | D::Mask | D::Labels | D::Number),
            PortKind::Table => matches!(kind, D::Table),
            PortKind::Role(id) => kind == D::Role(id),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            PortKind::Image => "image",
            PortKind::Mask => "mask",
            PortKind::Labels => "labels",
            PortKind::MaskOrLabels => "mask or labels",
            PortKind::Rgb => "rgb",
            PortKind::Number => "number",
            PortKind::ImageOrNumber => "image or number",
            PortKind::Table => "table",
            PortKind::Role(id) => id,
        }
    }
}

/// One input of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    pub name: &'static str,
    pub kind: PortKind,
    pub optional: bool,
    /// The argument that stands in where the input is absent.
    pub fallback: Option<&'static str>,
}

/// Dtype of an output: a fixed one, or that of the first input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtypeRule {
    Same,
    Fixed(Dtype),
}

/// The words that stand in `outputs` of a declaration: `Image(Same)`, `Image(F32)`, `Like(Same)`, `Rgb(U8)`, `Mask`, ...
#[doc(hidden)]
pub mod words {
    use super::DtypeRule;
    pub use super::DtypeRule::Same;
    pub use super::OutKind::{Image, Labels, Like, Mask, Number, Rgb, Role, Table};
    use crate::dtype::Dtype;
    pub const F32: DtypeRule = DtypeRule::Fixed(Dtype::F32);
    pub const U8: DtypeRule = DtypeRule::Fixed(Dtype::U8);
    pub const U16: DtypeRule = DtypeRule::Fixed(Dtype::U16);
}

/// The data that an output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutKind {
    Image(DtypeRule),
    /// A mask or labels where the first input is one, else an image: pixels that are moved and stay what they are.
    Like(DtypeRule),
    Mask,
    Labels,
    Rgb(DtypeRule),
    Table,
    Number,
    /// The id of a registered role: `Role(Tracks::ID)`.
    Role(&'static str),
}

impl OutKind {
    /// The kind where the first input is an image.
    pub fn kind(self) -> DatumKind {
        match self {
            OutKind::Image(_) | OutKind::Like(_) => DatumKind::Image,
            OutKind::Mask => DatumKind::Mask,
            OutKind::Labels => DatumKind::Labels,
            OutKind::Rgb(_) => DatumKind::Rgb,
            OutKind::Table => DatumKind::Table,
            OutKind::Number => DatumKind::Number,
            OutKind::Role(id) => DatumKind::Role(id),
        }
    }

    /// The kind as fingerprints have it: this text never changes.
    pub(crate) fn signature(self) -> String {
        let kind = self.kind().name();
        match self {
            OutKind::Like(DtypeRule::Same) => "like".into(),
            OutKind::Like(DtypeRule::Fixed(dtype)) => format!("like {dtype}"),
            OutKind::Image(DtypeRule::Fixed(dtype)) | OutKind::Rgb(DtypeRule::Fixed(dtype)) => {
                format!("{kind} {dtype}")
            }
            _ => kind.into(),
        }
    }

    /// The output's metadata where the geometry is that of `first`, the first image among the inputs.
    pub fn meta(self, first: &VolumeMeta) -> DatumMeta {
        let dtype = |rule| match rule {
            DtypeRule::Same => first.dtype,
            DtypeRule::Fixed(dtype) => dtype,
        };
        match self {
            OutKind::Like(_) if first.kind != Kind::Image => DatumMeta::Volume(first.clone()),
            OutKind::Image(rule) | OutKind::Like(rule) => {
                DatumMeta::Volume(first.with(Kind::Image, dtype(rule)))
            }
            OutKind::Mask => DatumMeta::Volume(first.with(Kind::Mask, Dtype::U8)),
            OutKind::Labels => DatumMeta::Volume(first.with(Kind::Labels, Dtype::U32)),
            OutKind::Rgb(rule) => DatumMeta::Rgb(first.with(Kind::Image, dtype(rule))),
            OutKind::Table => DatumMeta::Table,
            OutKind::Number => DatumMeta::Number,
            OutKind::Role(id) => DatumMeta::Role(id),
        }
    }
}

/// One output of an operation; the first is the primary one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutPort {
    pub name: &'static str,
    pub kind: OutKind,
}
