//! Operations: their declarations, their arguments, the images they see, the pipelines they stand in.
//!
//! Nothing here opens a file, a process or a GPU. An operation is declared with [`op!`], found with
//! [`find`] and [`entries`], and given its arguments as [`Value`]s.

/// Whether the program has the operations' references: tests have.
#[doc(hidden)]
pub const REFERENCES: bool = cfg!(feature = "references");

mod axes;
pub mod computed;
#[doc(hidden)]
pub mod declare;
pub mod dtype;
pub mod edge;
pub mod error;
pub mod expr;
pub mod footprint;
pub mod frames;
mod hash;
pub mod held;
pub mod image;
pub mod kernel;
pub mod op;
pub mod param;
pub mod pipeline;
pub mod pixel;
pub mod plain;
pub mod random;
pub mod recorder;
pub mod registration;
pub mod role;
pub mod spacing;
pub mod streamed;
pub mod table;
pub mod unfilled;
pub mod value;
pub mod volume;
pub mod wire;

pub use axes::Axes;
pub use dtype::{Dtype, Element};
pub use edge::Edge;
pub use error::{Cause, Code, Error};
pub use expr::Expr;
pub use footprint::Footprint;
pub use frames::Frames;
pub use held::{Held, Owner};
pub use image::{Image, ImageMeta};
pub use kernel::Kernel;
pub use op::{
    Agree, Datum, DatumKind, DatumMeta, Device, DeviceDatum, DeviceInputs, DeviceOutput, DeviceVolume,
    DtypeRule, Family, Host, Inputs, Metas, Op, OutKind, OutPort, Pixel, Port, PortKind, Reach, Spec,
};
pub use param::{Condition, Length, Matrix, Param, ParamSpec, ParamType, PerAxis, px};
pub use pipeline::{Args, DtypeRequest, Memory, Over, Pipeline, Source, Step};
pub use plain::{Grid, Plain};
pub use random::{Draws, Random};
pub use recorder::{Buffer, Recorder, Shader};
pub use registration::{Entry, entries, find, get};
pub use role::{Role, RoleSpec, RoleValue};
pub use spacing::{Spacing, SpacingSource};
pub use streamed::{Room, Span, Spill, Streamed};
pub use table::{Column, Table, Values};
pub use unfilled::Unfilled;
pub use value::Value;
pub use volume::{Kind, Pixels, Volume, VolumeMeta};

#[doc(hidden)]
pub use inventory;
