//! The traits an operation implements, and what flows in and out of it.

use crate::dtype::Dtype;
use crate::error::{Code, Error};
use crate::pixel::Pixel;
use crate::plain::Plain;
use crate::random::Random;
use crate::recorder::{Buffer, Recorder};
use crate::registration::Spec;
use crate::role::{Role, RoleValue};
use crate::streamed::Streamed;
use crate::table::Table;
use crate::volume::{Kind, Volume, VolumeMeta};
use serde::{Deserialize, Serialize};

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

/// What is known of a datum without computing it.
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

/// What an input takes.
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

/// What an output is.
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

/// Shelf of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    Color,
    Draw,
    Exposure,
    Feature,
    Fft,
    Filters,
    Graph,
    Math,
    Measure,
    Metrics,
    Morphology,
    Noise,
    Projection,
    Registration,
    Restoration,
    Segmentation,
    Table,
    Threshold,
    Transform,
    Util,
}

impl Family {
    /// As the catalogue spells it.
    pub fn name(self) -> &'static str {
        match self {
            Family::Color => "color",
            Family::Draw => "draw",
            Family::Exposure => "exposure",
            Family::Feature => "feature",
            Family::Fft => "fft",
            Family::Filters => "filters",
            Family::Graph => "graph",
            Family::Math => "math",
            Family::Measure => "measure",
            Family::Metrics => "metrics",
            Family::Morphology => "morphology",
            Family::Noise => "noise",
            Family::Projection => "projection",
            Family::Registration => "registration",
            Family::Restoration => "restoration",
            Family::Segmentation => "segmentation",
            Family::Table => "table",
            Family::Threshold => "threshold",
            Family::Transform => "transform",
            Family::Util => "util",
        }
    }
}

/// How closely host, device and the plain f64 reference agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Agree {
    /// Equal values.
    Exact,
    /// |a − b| ≤ tolerance.
    Absolute(f64),
    /// |a − b| ≤ tolerance · the largest |b| of the output.
    Relative(f64),
    /// Equal labels up to renumbering.
    Relabelled,
}

/// What one pixel of the output depends on: what lets a plan cut an image into tiles and stay exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The pixel itself.
    Point,
    /// Pixels at most this far along z, y, x.
    Window([usize; 3]),
    /// Numbers of the whole image, then the pixel itself.
    Statistic,
    /// Computed tile by tile, then merged at the seams.
    Seams,
    /// The whole image.
    Whole,
}

impl Reach {
    pub fn describe(&self) -> String {
        match self {
            Reach::Point => "point".into(),
            Reach::Window([z, y, x]) => format!("window, halo {z},{y},{x}"),
            Reach::Statistic => "statistic of the whole image".into(),
            Reach::Seams => "tiles merged at their seams".into(),
            Reach::Whole => "whole image".into(),
        }
    }
}

/// Items by port name: host data, device data or metadata.
#[derive(Clone, Copy)]
pub struct Ports<'a, T> {
    ports: &'static [Port],
    items: &'a [Option<T>],
    random: Random,
}

/// The inputs of a host kernel.
pub type Inputs<'a> = Ports<'a, Datum>;
/// Metadata of the inputs.
pub type Metas<'a> = Ports<'a, DatumMeta>;
/// The inputs of a device kernel.
pub type DeviceInputs<'a> = Ports<'a, DeviceDatum>;

impl<'a, T> Ports<'a, T> {
    /// Items in the order of the ports; those beyond the end are absent.
    pub fn new(ports: &'static [Port], items: &'a [Option<T>]) -> Ports<'a, T> {
        Ports { ports, items, random: Random::default() }
    }

    /// The same items for a step with these random numbers.
    pub fn with_random(self, random: Random) -> Ports<'a, T> {
        Ports { random, ..self }
    }

    /// The random numbers of the step, from the first pixel of its inputs on; those of seed 0 where no pipeline gives others.
    pub fn random(&self) -> Random {
        self.random
    }

    /// The item at a port, absent where it is optional and was not given.
    pub fn get(&self, name: &str) -> Option<&'a T> {
        let i = self.ports.iter().position(|p| p.name == name)?;
        self.items.get(i)?.as_ref()
    }

    pub fn items(&self) -> &'a [Option<T>] {
        self.items
    }

    /// The ports as they are declared.
    pub fn ports(&self) -> &'static [Port] {
        self.ports
    }

    fn need<U>(&self, name: &str, what: &str, found: Option<U>) -> Result<U, Error> {
        found.ok_or_else(|| Error::new(Code::WrongKind, format!("{what} is needed at input `{name}`")))
    }
}

impl<'a> Inputs<'a> {
    pub fn volume(&self, name: &str) -> Result<&'a Volume, Error> {
        self.need(name, "an image", self.optional_volume(name))
    }

    pub fn optional_volume(&self, name: &str) -> Option<&'a Volume> {
        if let Some(Datum::Volume(v)) = self.get(name) { Some(v) } else { None }
    }

    pub fn rgb(&self, name: &str) -> Result<&'a [Volume; 3], Error> {
        self.need(name, "an rgb image", if let Some(Datum::Rgb(v)) = self.get(name) { Some(v) } else { None })
    }

    pub fn optional_number(&self, name: &str) -> Option<f64> {
        if let Some(Datum::Number(x)) = self.get(name) { Some(*x) } else { None }
    }

    pub fn table(&self, name: &str) -> Result<&'a Table, Error> {
        self.need(name, "a table", if let Some(Datum::Table(t)) = self.get(name) { Some(t) } else { None })
    }

    /// The value of a role of its own type.
    pub fn role<T: Role>(&self, name: &str) -> Result<&'a T, Error> {
        let found = if let Some(Datum::Role(value)) = self.get(name) { value.get() } else { None };
        self.need(name, T::ID, found)
    }
}

impl<'a> Metas<'a> {
    /// Metadata of the image at a port.
    pub fn volume(&self, name: &str) -> Result<&'a VolumeMeta, Error> {
        self.need(name, "an image", self.get(name).and_then(DatumMeta::volume))
    }

    /// Metadata of the first image among the inputs.
    pub fn first(&self) -> Option<&'a VolumeMeta> {
        self.items.iter().flatten().find_map(DatumMeta::volume)
    }
}

/// A volume on the device: f32 per pixel at ports `Image` and `Rgb`, u32 at ports `Mask` and `Labels`.
#[derive(Clone, Debug)]
pub struct DeviceVolume {
    pub buffer: Buffer,
    pub meta: VolumeMeta,
}

/// One input of a device kernel.
#[derive(Clone, Debug)]
pub enum DeviceDatum {
    Volume(DeviceVolume),
    Rgb([DeviceVolume; 3]),
    /// A buffer of two f32 whose sum is the number: the largest f32 that is not above it, and the rest, not negative.
    /// A f32 is greater than the number if and only if it is greater than the first.
    Number(Buffer),
}

impl<'a> DeviceInputs<'a> {
    pub fn volume(&self, name: &str) -> Result<&'a DeviceVolume, Error> {
        self.need(name, "an image", self.optional_volume(name))
    }

    pub fn optional_volume(&self, name: &str) -> Option<&'a DeviceVolume> {
        if let Some(DeviceDatum::Volume(v)) = self.get(name) { Some(v) } else { None }
    }

    pub fn rgb(&self, name: &str) -> Result<&'a [DeviceVolume; 3], Error> {
        self.need(
            name,
            "an rgb image",
            if let Some(DeviceDatum::Rgb(v)) = self.get(name) { Some(v) } else { None },
        )
    }

    pub fn optional_number(&self, name: &str) -> Option<Buffer> {
        if let Some(DeviceDatum::Number(b)) = self.get(name) { Some(*b) } else { None }
    }
}

/// One output of a device kernel. Its shape and dtype are those that [`Host::infer`] gives.
#[derive(Clone, Debug)]
pub enum DeviceOutput {
    /// f32 per pixel for images, u32 for masks and labels. Images of an integer dtype are rounded and
    /// saturated afterwards unless `whole` says that the values are whole numbers of the dtype already.
    Volume {
        buffer: Buffer,
        whole: bool,
    },
    Rgb([Buffer; 3]),
    /// A buffer whose first element is the number, f32.
    Number(Buffer),
    /// Bytes that [`Device::finish`] turns into a table or a number on the host.
    Readback(Vec<Buffer>),
}

impl DeviceOutput {
    /// An image that may need rounding, a mask or labels.
    pub fn volume(buffer: Buffer) -> DeviceOutput {
        DeviceOutput::Volume { buffer, whole: false }
    }

    /// An image whose values are taken from the input as they are.
    pub fn whole(buffer: Buffer) -> DeviceOutput {
        DeviceOutput::Volume { buffer, whole: true }
    }
}

/// What every operation can do on the host.
pub trait Host: Send + Sync {
    /// What a pixel of the output depends on. The default, `Whole`, is always right.
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Whole)
    }

    /// Changes the outputs' metadata from the default (geometry of the first image, dtype by the declaration),
    /// and refuses inputs that do not fit: all that can be said without pixels.
    fn infer(&self, _inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        Ok(())
    }

    /// Computes the outputs. Images may come as float32 where the declaration says `Same`: the caller rounds them.
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error>;

    /// The work on an image that comes in parts, where the operation can be had so although a pixel reaches further than a
    /// window. The image is the first input that has pixels, or the first output where none has; the others with pixels are of
    /// its shape.
    fn streamed(&self, _inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        Ok(None)
    }

    /// Whether these outputs say that the steps after this one are left out for the image.
    fn ends(&self, _outputs: &[&Datum]) -> bool {
        false
    }

    /// The same by the plainest means in f64, for tests. Every built-in has one.
    fn reference(&self, _inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        None
    }

    /// About how many steps [`Host::reference`] takes: tests make images smaller where it is slow. The default is one for
    /// each pixel and each pixel that it reaches.
    fn effort(&self, inputs: &Metas) -> usize {
        usual_effort(self, inputs)
    }
}

/// One step for each pixel and each pixel that it reaches.
#[doc(hidden)]
pub fn usual_effort<H: Host + ?Sized>(op: &H, inputs: &Metas) -> usize {
    let pixels = inputs.first().map_or(1, VolumeMeta::len);
    match op.reach(inputs) {
        Ok(Reach::Window(halo)) => halo.iter().fold(pixels, |n, radius| n.saturating_mul(2 * radius + 1)),
        _ => pixels,
    }
}

/// What an operation that also runs on the device can do.
pub trait Device: Host {
    /// Refuses what [`Device::record`] cannot take, as far as metadata tells, with the reason. Such a step runs on the
    /// host, and the plan says so once.
    fn fits(&self, _inputs: &Metas) -> Result<(), Error> {
        Ok(())
    }

    /// Records the passes that compute the outputs, of all inputs that [`Device::fits`] takes.
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error>;

    /// Turns the bytes of a [`DeviceOutput::Readback`] into the output.
    fn finish(&self, _inputs: &Metas, _output: usize, _read: &[Vec<u8>]) -> Result<Datum, Error> {
        Err(Error::new(Code::Internal, "nothing to finish"))
    }
}

/// An operation with its arguments. Implemented by [`op!`](crate::op!).
pub trait Op: Host {
    /// The device kernel, where there is one.
    fn device(&self) -> Option<&dyn Device>;

    /// The declaration.
    fn spec(&self) -> &'static Spec;

    /// The expression of a pixel, where the operation is one.
    fn pixel(&self) -> Option<&dyn Pixel> {
        None
    }
}
