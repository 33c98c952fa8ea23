//! Data that flow between steps, and their description, which needs no computing.

use crate::role::{Role, RoleValue};
use crate::table::Table;
use crate::volume::{Kind, Volume, VolumeMeta};
use serde::Serialize;

/// One thing that flows between steps, on the host.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Datum {
    Volume(Volume),
    /// Red, green, blue planes of one shape and dtype.
    Rgb([Volume; 3]),
    Table(Table),
    Number(f64),
    /// A value of a registered role.
    Role(RoleValue),
}

/// The description of a datum, which is known without computing it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub enum DatumMeta {
    Volume(VolumeMeta),
    Rgb(VolumeMeta),
    Table,
    Number,
    /// The id of a registered role.
    Role(&'static str),
}

/// The kinds a pipeline is checked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatumKind {
    Image,
    Mask,
    Labels,
    Rgb,
    Table,
    Number,
    /// The id of a registered role.
    Role(&'static str),
}

impl Serialize for DatumKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl DatumKind {
    pub fn name(self) -> &'static str {
        match self {
            DatumKind::Image => "image",
            DatumKind::Mask => "mask",
            DatumKind::Labels => "labels",
            DatumKind::Rgb => "rgb",
            DatumKind::Table => "table",
            DatumKind::Number => "number",
            DatumKind::Role(id) => id,
        }
    }
}

impl Datum {
    /// A value of a registered role.
    pub fn role(value: impl Role) -> Datum {
        Datum::Role(RoleValue::new(value))
    }

    pub fn meta(&self) -> DatumMeta {
        match self {
            Datum::Volume(v) => DatumMeta::Volume(v.meta()),
            Datum::Rgb([r, _, _]) => DatumMeta::Rgb(r.meta()),
            Datum::Table(_) => DatumMeta::Table,
            Datum::Number(_) => DatumMeta::Number,
            Datum::Role(value) => DatumMeta::Role(value.id()),
        }
    }
}

impl DatumMeta {
    pub fn volume(&self) -> Option<&VolumeMeta> {
        match self {
            DatumMeta::Volume(m) | DatumMeta::Rgb(m) => Some(m),
            _ => None,
        }
    }

    pub fn volume_mut(&mut self) -> Option<&mut VolumeMeta> {
        match self {
            DatumMeta::Volume(m) | DatumMeta::Rgb(m) => Some(m),
            _ => None,
        }
    }

    pub fn kind(&self) -> DatumKind {
        match self {
            DatumMeta::Volume(m) => match m.kind {
                Kind::Image => DatumKind::Image,
                Kind::Mask => DatumKind::Mask,
                Kind::Labels => DatumKind::Labels,
            },
            DatumMeta::Rgb(_) => DatumKind::Rgb,
            DatumMeta::Table => DatumKind::Table,
            DatumMeta::Number => DatumKind::Number,
            DatumMeta::Role(id) => DatumKind::Role(id),
        }
    }
}
