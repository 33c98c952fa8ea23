//! Arguments: their types, how they are read from a [`Value`], and how lengths become pixels.

use crate::dtype::Dtype;
use crate::error::{Code, Error, suggestion};
use crate::expr::constant;
use crate::spacing::unit_um;
use crate::value::Value;
use crate::volume::VolumeMeta;

/// A Rust type that can be an argument.
pub trait Param: Sized + Clone {
    const TYPE: ParamType;
    fn from_value(value: &Value) -> Result<Self, Error>;
    fn to_value(&self) -> Value;
}

/// The type of an argument, as `doc`, the command line, JSON schema and the wire know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamType {
    Bool,
    Int,
    Float,
    Text,
    Dtype,
    /// A number of pixels, or a text with a unit: `"0.5 um"`.
    Length,
    Footprint,
    /// Rows of numbers.
    Matrix,
    /// A list of whole numbers.
    Ints,
    /// One of these names.
    Choice(&'static [&'static str]),
    /// One value for every spatial axis, or one for each in z, y, x order.
    PerAxis(&'static ParamType),
    /// May be left out.
    Optional(&'static ParamType),
    /// Yes or no, mostly by an expression of numbers of earlier steps.
    Condition,
}

impl ParamType {
    pub fn describe(&self) -> String {
        match self {
            ParamType::Bool => "true or false".into(),
            ParamType::Int => "integer".into(),
            ParamType::Float => "number".into(),
            ParamType::Text => "text".into(),
            ParamType::Condition => "expression of numbers of earlier steps".into(),
            ParamType::Dtype => Dtype::ALL.map(Dtype::name).join(" | "),
            ParamType::Length => "pixels, or a text with a unit (\"0.5 um\")".into(),
            ParamType::Footprint => "box | disk | ball | diamond, or rows of 0 and 1".into(),
            ParamType::Matrix => "rows of numbers".into(),
            ParamType::Ints => "list of integers".into(),
            ParamType::Choice(names) => names.join(" | "),
            ParamType::PerAxis(inner) => {
                format!("{}; one for all axes or a list in z, y, x order", inner.describe())
            }
            ParamType::Optional(inner) => format!("{} (may be left out)", inner.describe()),
        }
    }

    /// The type as `registry.lock` and fingerprints have it: this text never changes.
    pub fn signature(&self) -> String {
        match self {
            ParamType::Choice(names) => names.join("|"),
            ParamType::PerAxis(inner) => format!("axes({})", inner.signature()),
            ParamType::Optional(inner) => format!("optional({})", inner.signature()),
            simple => simple.family().into(),
        }
    }

    /// The type of one value, whatever the choices are, whether it is for all axes, and whether it may be left out.
    pub(crate) fn family(&self) -> &'static str {
        match self {
            ParamType::Bool => "bool",
            ParamType::Int => "int",
            ParamType::Float => "float",
            ParamType::Text => "text",
            ParamType::Condition => "condition",
            ParamType::Dtype => "dtype",
            ParamType::Length => "length",
            ParamType::Footprint => "footprint",
            ParamType::Matrix => "matrix",
            ParamType::Ints => "ints",
            ParamType::Choice(_) => "choice",
            // One value is a value for all axes, and a value is one that need not be given.
            ParamType::PerAxis(inner) | ParamType::Optional(inner) => inner.family(),
        }
    }

    /// Whether values of a type with this signature are values of this type, with the same meaning: the same type, or one
    /// with further choices.
    pub fn extends(&self, signature: &str) -> bool {
        let inner = |kind: &str| signature.strip_prefix(kind)?.strip_prefix('(')?.strip_suffix(')');
        match self {
            ParamType::Choice(names) => signature.split('|').all(|name| names.contains(&name)),
            ParamType::PerAxis(ty) => inner("axes").is_some_and(|s| ty.extends(s)),
            ParamType::Optional(ty) => inner("optional").is_some_and(|s| ty.extends(s)),
            _ => self.signature() == signature,
        }
    }

    /// Whether a physical unit can stand here, so that the image's spacing matters.
    pub fn takes_length(&self) -> bool {
        match self {
            ParamType::Length => true,
            ParamType::PerAxis(inner) | ParamType::Optional(inner) => inner.takes_length(),
            _ => false,
        }
    }
}

/// One argument of an operation.
#[derive(Clone, Copy, Debug)]
pub struct ParamSpec {
    pub name: &'static str,
    pub doc: &'static [&'static str],
    pub ty: ParamType,
    /// `None`: the argument is required.
    pub default: Option<fn() -> Value>,
    /// Smallest and largest value, both allowed; of a length in pixels.
    pub range: Option<(f64, f64)>,
}

impl ParamSpec {
    pub fn default_value(&self) -> Option<Value> {
        self.default.map(|f| f())
    }

    /// Range check of every number in a value. Lengths with a unit are checked when the spacing is known.
    pub fn check_range(&self, value: &Value) -> Result<(), Error> {
        let Some((lo, hi)) = self.range else { return Ok(()) };
        let numbers: Vec<f64> = match value {
            Value::List(items) => items.iter().filter_map(Value::as_f64).collect(),
            other => other.as_f64().into_iter().collect(),
        };
        match numbers.iter().find(|x| !(lo..=hi).contains(*x)) {
            None => Ok(()),
            Some(x) => Err(Error::new(Code::OutOfRange, "out of range")
                .argument(self.name)
                .value(x)
                .allowed(range_text(lo, hi))),
        }
    }
}

/// `0 to 512`, `0 or more`, `3 or less`.
pub fn range_text(lo: f64, hi: f64) -> String {
    match (lo == f64::NEG_INFINITY, hi == f64::INFINITY) {
        (false, false) => format!("{lo} to {hi}"),
        (false, true) => format!("{lo} or more"),
        (true, false) => format!("{hi} or less"),
        (true, true) => "any number".into(),
    }
}

fn wrong(expected: &str, value: &Value) -> Error {
    Error::new(Code::WrongType, format!("{expected} is needed")).value(format!("{} ({value})", value.kind()))
}

impl Param for bool {
    const TYPE: ParamType = ParamType::Bool;
    fn from_value(value: &Value) -> Result<bool, Error> {
        if let Value::Bool(b) = value { Ok(*b) } else { Err(wrong("true or false", value)) }
    }
    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }
}

macro_rules! integers {
    ($($t:ty),*) => {$(
        impl Param for $t {
            const TYPE: ParamType = ParamType::Int;
            fn from_value(value: &Value) -> Result<$t, Error> {
                let Value::Int(i) = value else { return Err(wrong("an integer", value)) };
                <$t>::try_from(*i).map_err(|_| {
                    Error::new(Code::OutOfRange, "out of range").value(i)
                        .allowed(format!("{} to {}", <$t>::MIN, <$t>::MAX))
                })
            }
            fn to_value(&self) -> Value {
                Value::Int(i64::try_from(*self).unwrap_or(i64::MAX))
            }
        }
    )*};
}
integers!(u32, i32, u64, i64, usize);

macro_rules! floats {
    ($($t:ty),*) => {$(
        impl Param for $t {
            const TYPE: ParamType = ParamType::Float;
            fn from_value(value: &Value) -> Result<$t, Error> {
                match value.as_f64() {
                    Some(x) if x.is_finite() => Ok(x as $t),
                    Some(x) => Err(Error::new(Code::OutOfRange, "a finite number is needed").value(x)),
                    None => Err(wrong("a number", value)),
                }
            }
            fn to_value(&self) -> Value {
                Value::Float(*self as f64)
            }
        }
    )*};
}
floats!(f32, f64);

impl Param for String {
    const TYPE: ParamType = ParamType::Text;
    fn from_value(value: &Value) -> Result<String, Error> {
        if let Value::Text(t) = value { Ok(t.clone()) } else { Err(wrong("a text", value)) }
    }
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl Param for Dtype {
    const TYPE: ParamType = ParamType::Dtype;
    fn from_value(value: &Value) -> Result<Dtype, Error> {
        let Value::Text(name) = value else { return Err(wrong("the name of a dtype", value)) };
        Dtype::parse(name).ok_or_else(|| {
            Error::new(Code::OutOfRange, "no such dtype")
                .value(value)
                .allowed(Dtype::ALL.map(Dtype::name).join(", "))
        })
    }
    fn to_value(&self) -> Value {
        Value::Text(self.name().into())
    }
}

impl Param for Vec<i64> {
    const TYPE: ParamType = ParamType::Ints;
    fn from_value(value: &Value) -> Result<Vec<i64>, Error> {
        match value {
            Value::Int(i) => Ok(vec![*i]),
            Value::List(items) => items.iter().map(i64::from_value).collect(),
            _ => Err(wrong("a list of integers", value)),
        }
    }
    fn to_value(&self) -> Value {
        Value::List(self.iter().map(|i| Value::Int(*i)).collect())
    }
}

impl<T: Param> Param for Option<T> {
    const TYPE: ParamType = ParamType::Optional(&T::TYPE);
    /// The text `none` is no value.
    fn from_value(value: &Value) -> Result<Option<T>, Error> {
        match value {
            Value::Text(t) if t == "none" => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Text("none".into()), Param::to_value)
    }
}

/// Whether something holds: a number that is neither 0 nor NaN, or an expression. In a pipeline the expression may name numbers
/// of earlier steps, by itself constants only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition(pub bool);

impl Param for Condition {
    const TYPE: ParamType = ParamType::Condition;
    fn from_value(value: &Value) -> Result<Condition, Error> {
        let number = match value {
            Value::Bool(holds) => return Ok(Condition(*holds)),
            Value::Text(text) => constant(text)?,
            number => number.as_f64().ok_or_else(|| wrong("a condition", value))?,
        };
        Ok(Condition(number != 0.0 && !number.is_nan()))
    }
    fn to_value(&self) -> Value {
        Value::Bool(self.0)
    }
}

/// A length in pixels or in micrometres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    Pixels(f64),
    Um(f64),
}

impl Length {
    /// In pixels of this size; `None` where a unit is given and the size is not known.
    pub fn pixels(self, um_per_pixel: Option<f64>) -> Option<f64> {
        match self {
            Length::Pixels(px) => Some(px),
            Length::Um(um) => um_per_pixel.map(|s| um / s),
        }
    }
}

impl Param for Length {
    const TYPE: ParamType = ParamType::Length;
    fn from_value(value: &Value) -> Result<Length, Error> {
        if let Value::Text(text) = value {
            let text = text.trim();
            let split =
                text.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))).unwrap_or(text.len());
            let (number, unit) = (text[..split].trim(), text[split..].trim());
            let bad = || {
                Error::new(Code::WrongType, "a length is a number of pixels or a text like \"0.5 um\"")
                    .value(value)
                    .allowed("the units px, nm, um, mm, cm, m")
            };
            let number: f64 = number.parse().map_err(|_| bad())?;
            if !number.is_finite() {
                return Err(bad());
            }
            return match unit {
                "px" | "pixel" | "pixels" => Ok(Length::Pixels(number)),
                unit => unit_um(unit).map(|um| Length::Um(number * um)).ok_or_else(bad),
            };
        }
        f64::from_value(value).map(Length::Pixels)
    }
    fn to_value(&self) -> Value {
        match self {
            Length::Pixels(px) => Value::Float(*px),
            Length::Um(um) => Value::Text(format!("{um} um")),
        }
    }
}

/// One value for every spatial axis, or one for each in z, y, x order.
#[derive(Clone, Debug, PartialEq)]
pub enum PerAxis<T> {
    All(T),
    Each(Vec<T>),
}

impl<T: Param> Param for PerAxis<T> {
    const TYPE: ParamType = ParamType::PerAxis(&T::TYPE);
    fn from_value(value: &Value) -> Result<PerAxis<T>, Error> {
        match value {
            Value::List(items) if !(2..=3).contains(&items.len()) => Err(Error::new(
                Code::WrongType,
                "a list has one value for each spatial axis, z, y, x or y, x",
            )
            .value(value)
            .allowed("2 or 3 values")),
            Value::List(items) => {
                items.iter().map(T::from_value).collect::<Result<_, _>>().map(PerAxis::Each)
            }
            other => T::from_value(other).map(PerAxis::All),
        }
    }
    fn to_value(&self) -> Value {
        match self {
            PerAxis::All(v) => v.to_value(),
            PerAxis::Each(items) => Value::List(items.iter().map(Param::to_value).collect()),
        }
    }
}

impl<T: Clone> PerAxis<T> {
    /// The values along z, y, x; a 2-D image has `flat` along z. A list must have a value for each of its axes.
    pub fn resolve(&self, ndim: usize, flat: T) -> Result<[T; 3], Error> {
        match self {
            PerAxis::All(v) if ndim == 2 => Ok([flat, v.clone(), v.clone()]),
            PerAxis::All(v) => Ok([v.clone(), v.clone(), v.clone()]),
            PerAxis::Each(list) => match (list.as_slice(), ndim) {
                ([y, x], 2) => Ok([flat, y.clone(), x.clone()]),
                ([z, y, x], 3) => Ok([z.clone(), y.clone(), x.clone()]),
                _ => Err(Error::new(
                    Code::Shape,
                    format!("{} values for an image of {ndim} spatial axes", list.len()),
                )
                .allowed(if ndim == 2 {
                    "one value, or two for y, x"
                } else {
                    "one value, or three for z, y, x"
                })),
            },
        }
    }
}

impl PerAxis<Length> {
    /// In pixels along z, y, x; 0 along z of a 2-D image.
    pub fn pixels(&self, meta: &VolumeMeta) -> Result<[f64; 3], Error> {
        let lengths = self.resolve(meta.ndim, Length::Pixels(0.0))?;
        let mut pixels = [0.0; 3];
        for axis in 0..3 {
            pixels[axis] = lengths[axis].pixels(meta.spacing.map(|s| s.um[axis])).ok_or_else(|| {
                Error::new(Code::NoSpacing, "a length in physical units, and the image has no pixel size")
                    .help("give pixels, or the pixel size with --spacing")
            })?;
        }
        Ok(pixels)
    }
}

/// A length of so many pixels along every axis.
pub fn px(pixels: f64) -> PerAxis<Length> {
    PerAxis::All(Length::Pixels(pixels))
}

/// Rows of numbers of equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    pub values: Vec<f64>,
}

impl Param for Matrix {
    const TYPE: ParamType = ParamType::Matrix;
    fn from_value(value: &Value) -> Result<Matrix, Error> {
        let bad = || wrong("a list of rows of numbers, all of one length,", value);
        let Value::List(rows) = value else { return Err(bad()) };
        let mut values = Vec::new();
        let mut columns = 0;
        for (i, row) in rows.iter().enumerate() {
            let Value::List(row) = row else { return Err(bad()) };
            if i > 0 && row.len() != columns {
                return Err(bad());
            }
            columns = row.len();
            for x in row {
                values.push(f64::from_value(x)?);
            }
        }
        if values.is_empty() { Err(bad()) } else { Ok(Matrix { rows: rows.len(), columns, values }) }
    }
    fn to_value(&self) -> Value {
        let row = |r: &[f64]| Value::List(r.iter().map(|x| Value::Float(*x)).collect());
        Value::List(self.values.chunks(self.columns).map(row).collect())
    }
}

/// Error of a name that is none of the choices.
#[doc(hidden)]
pub fn not_a_choice(value: &Value, names: &'static [&'static str]) -> Error {
    match value {
        Value::Text(text) => {
            let error = Error::new(Code::OutOfRange, "no such choice").value(value).allowed(names.join(", "));
            match suggestion(text, names.iter().copied()) {
                Some(help) if help.starts_with("did") => error.help(help),
                _ => error,
            }
        }
        _ => wrong("one of a few names", value).allowed(names.join(", ")),
    }
}

/// Declares an argument type that is one of a few names.
#[macro_export]
macro_rules! choice {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$vmeta:meta])* $variant:ident = $text:literal ),* $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $( $(#[$vmeta])* $variant ),* }

        impl $name {
            pub const NAMES: &'static [&'static str] = &[$($text),*];

            pub fn name(self) -> &'static str {
                match self { $( $name::$variant => $text ),* }
            }
        }

        impl $crate::Param for $name {
            const TYPE: $crate::ParamType = $crate::ParamType::Choice($name::NAMES);
            fn from_value(value: &$crate::Value) -> Result<$name, $crate::Error> {
                if let $crate::Value::Text(text) = value {
                    $( if text == $text { return Ok($name::$variant); } )*
                }
                Err($crate::param::not_a_choice(value, $name::NAMES))
            }
            fn to_value(&self) -> $crate::Value {
                $crate::Value::Text(self.name().into())
            }
        }
    };
}
