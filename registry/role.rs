//! Roles: kinds of data beside images, rgb, tables and numbers. A crate declares its own with [`role!`](crate::role!), and they
//! flow through steps, checks, messages, workers and files like those that are built in.

use crate::error::{Code, Error, suggestion};
use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A kind of data: how it is checked, read, written, shown and encoded.
///
/// ```
/// use rotifer_registry::{Error, Role};
///
/// /// Corners of a region, y and x in pixels.
/// #[derive(Clone, Debug, PartialEq)]
/// struct Outline(Vec<[f32; 2]>);
///
/// impl Role for Outline {
///     const ID: &'static str = "my_crate/outline";
///     const EXTENSION: &'static str = "outline";
///     const DOC: &'static str = "Corners of a region, y and x in pixels.";
///
///     fn describe(&self) -> String {
///         format!("{} corners", self.0.len())
///     }
///
///     fn encode(&self) -> Vec<u8> {
///         self.0.as_flattened().iter().flat_map(|v| v.to_le_bytes()).collect()
///     }
///
///     fn decode(bytes: &[u8]) -> Result<Outline, Error> {
///         let (corners, rest) = bytes.as_chunks::<8>();
///         if !rest.is_empty() {
///             return Err(rotifer_registry::wire::wrong("an outline is cut off"));
///         }
///         let corner = |c: &[u8; 8]| [0, 4].map(|at| f32::from_le_bytes([c[at], c[at + 1], c[at + 2], c[at + 3]]));
///         Ok(Outline(corners.iter().map(corner).collect()))
///     }
/// }
///
/// rotifer_registry::role!(Outline);
/// assert_eq!(rotifer_registry::role::get("my_crate/outline").unwrap().extension, "outline");
/// ```
pub trait Role: Any + Clone + fmt::Debug + PartialEq + Send + Sync {
    /// Its id, `crate/role`, as ports, messages and documentation have it.
    const ID: &'static str;
    /// Extension of its files, without a dot, in lower case. No two roles have the same.
    const EXTENSION: &'static str;
    /// One sentence of documentation.
    const DOC: &'static str;

    /// Refuses a value that cannot be one: asked of all that steps give and files have.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// A value in few words, as people are shown it.
    fn describe(&self) -> String;

    /// The value as bytes of a message.
    fn encode(&self) -> Vec<u8>;

    /// The value of [`Role::encode`]'s bytes. They may be damaged.
    fn decode(bytes: &[u8]) -> Result<Self, Error>;

    /// The content of a file; by default the bytes of a message.
    fn write(&self) -> Vec<u8> {
        self.encode()
    }

    /// The value of a file's content.
    fn read(bytes: &[u8]) -> Result<Self, Error> {
        Self::decode(bytes)
    }

    /// Values that a step sees at once as one: those of the images of a group, of the time points of an image or of its slices, each
    /// with its name. A time point and a slice are named by their index.
    fn together(_parts: &[(&str, &Self)]) -> Result<Self, Error> {
        Err(Error::new(Code::WrongKind, format!("values of {} are not put together", Self::ID)))
    }
}

/// A registered role.
#[derive(Debug)]
pub struct RoleSpec {
    pub id: &'static str,
    pub extension: &'static str,
    pub doc: &'static str,
    decode: fn(&[u8]) -> Result<RoleValue, Error>,
    read: fn(&[u8]) -> Result<RoleValue, Error>,
    pub file: &'static str,
    pub line: u32,
}

inventory::collect!(RoleSpec);

impl RoleSpec {
    #[doc(hidden)]
    pub const fn of<T: Role>(file: &'static str, line: u32) -> RoleSpec {
        RoleSpec {
            id: T::ID,
            extension: T::EXTENSION,
            doc: T::DOC,
            decode: |bytes| RoleValue::checked(T::decode(bytes)?),
            read: |bytes| RoleValue::checked(T::read(bytes)?),
            file,
            line,
        }
    }

    /// The value of a message's bytes.
    pub fn decode(&self, bytes: &[u8]) -> Result<RoleValue, Error> {
        (self.decode)(bytes)
    }

    /// The value of a file's content.
    pub fn read(&self, content: &[u8]) -> Result<RoleValue, Error> {
        (self.read)(content)
    }
}

/// A value of some role.
#[derive(Clone)]
pub struct RoleValue(Arc<dyn Value>);

/// A [`Role`] whose type is not known.
trait Value: Send + Sync {
    fn id(&self) -> &'static str;
    fn any(&self) -> &dyn Any;
    fn equals(&self, other: &dyn Value) -> bool;
    fn check(&self) -> Result<(), Error>;
    fn describe(&self) -> String;
    fn encode(&self) -> Vec<u8>;
    fn write(&self) -> Vec<u8>;
    fn debug(&self, f: &mut fmt::Formatter) -> fmt::Result;
    fn together(&self, parts: &[(&str, &RoleValue)]) -> Result<RoleValue, Error>;
}

impl<T: Role> Value for T {
    fn id(&self) -> &'static str {
        T::ID
    }

    fn any(&self) -> &dyn Any {
        self
    }

    fn equals(&self, other: &dyn Value) -> bool {
        other.any().downcast_ref::<T>().is_some_and(|other| self == other)
    }

    fn check(&self) -> Result<(), Error> {
        Role::check(self)
    }

    fn describe(&self) -> String {
        Role::describe(self)
    }

    fn encode(&self) -> Vec<u8> {
        Role::encode(self)
    }

    fn write(&self) -> Vec<u8> {
        Role::write(self)
    }

    fn debug(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }

    fn together(&self, parts: &[(&str, &RoleValue)]) -> Result<RoleValue, Error> {
        let mut own = Vec::with_capacity(parts.len());
        for (name, value) in parts {
            let found = value.id();
            let wrong = || Error::new(Code::WrongKind, format!("{} beside {found}", T::ID));
            own.push((*name, value.get::<T>().ok_or_else(wrong)?));
        }
        T::together(&own).map(RoleValue::new)
    }
}

impl RoleValue {
    pub fn new<T: Role>(value: T) -> RoleValue {
        RoleValue(Arc::new(value))
    }

    fn checked<T: Role>(value: T) -> Result<RoleValue, Error> {
        Role::check(&value)?;
        Ok(RoleValue::new(value))
    }

    /// The value, where it is of this role.
    pub fn get<T: Role>(&self) -> Option<&T> {
        self.0.any().downcast_ref()
    }

    /// Id of its role.
    pub fn id(&self) -> &'static str {
        self.0.id()
    }

    /// [`Role::check`].
    pub fn check(&self) -> Result<(), Error> {
        self.0.check()
    }

    /// [`Role::describe`].
    pub fn describe(&self) -> String {
        self.0.describe()
    }

    /// [`Role::encode`].
    pub fn encode(&self) -> Vec<u8> {
        self.0.encode()
    }

    /// [`Role::write`].
    pub fn write(&self) -> Vec<u8> {
        self.0.write()
    }

    /// [`Role::together`] of values of one role.
    pub fn together(parts: &[(&str, &RoleValue)]) -> Result<RoleValue, Error> {
        let (_, first) =
            parts.first().ok_or_else(|| Error::new(Code::Internal, "no values to put together"))?;
        first.0.together(parts)
    }
}

impl fmt::Debug for RoleValue {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.debug(f)
    }
}

impl PartialEq for RoleValue {
    fn eq(&self, other: &RoleValue) -> bool {
        self.0.equals(&*other.0)
    }
}

/// Extensions of files of the kinds that are built in.
const TAKEN: [&str; 6] = ["tif", "tiff", "png", "csv", "toml", "json"];

/// Every registered role in the order of ids, or the error of an id or an extension that two roles have.
pub fn try_roles() -> Result<&'static [&'static RoleSpec], Error> {
    static ROLES: OnceLock<Result<Vec<&'static RoleSpec>, Error>> = OnceLock::new();
    ROLES
        .get_or_init(|| sorted(inventory::iter::<RoleSpec>.into_iter().collect()))
        .as_deref()
        .map_err(Clone::clone)
}

/// Sorts roles by id; refuses two with one id or one extension, naming both places.
pub fn sorted(mut roles: Vec<&'static RoleSpec>) -> Result<Vec<&'static RoleSpec>, Error> {
    roles.sort_by_key(|role| (role.id, role.file, role.line));
    for (i, role) in roles.iter().enumerate() {
        let twice = |what: &str, other: &RoleSpec| {
            let places = format!("{}:{} and {}:{}", other.file, other.line, role.file, role.line);
            Err(Error::new(Code::DuplicateName, format!("two roles have the {what}, at {places}"))
                .value(role.id))
        };
        if let Some(other) = roles[..i].iter().find(|other| other.id == role.id) {
            return twice(&format!("id {}", role.id), other);
        }
        if let Some(other) = roles[..i].iter().find(|other| other.extension == role.extension) {
            return twice(&format!("extension {}", role.extension), other);
        }
        let plain = !role.extension.is_empty()
            && role.extension.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if !plain || TAKEN.contains(&role.extension) {
            let message = format!("{}:{}: a role needs an extension of its own", role.file, role.line);
            return Err(Error::new(Code::DuplicateName, message)
                .value(role.extension)
                .allowed(format!("lower-case letters and digits, not {}", TAKEN.join(", "))));
        }
    }
    Ok(roles)
}

/// The role with this id, or an error that names the nearest ids.
pub fn get(id: &str) -> Result<&'static RoleSpec, Error> {
    let roles = try_roles()?;
    roles.iter().find(|role| role.id == id).copied().ok_or_else(|| {
        let mut error = Error::new(Code::WrongKind, format!("no kind of data is named `{id}`"));
        error.help = suggestion(id, roles.iter().map(|role| role.id));
        error
    })
}

/// The role whose files have this extension, whatever the case of its letters.
pub fn of_extension(extension: &str) -> Option<&'static RoleSpec> {
    try_roles().ok()?.iter().find(|role| role.extension.eq_ignore_ascii_case(extension)).copied()
}

/// Registers a role of this program: `rotifer::role!(Tracks);`.
#[macro_export]
macro_rules! role {
    ($role:ty) => {
        const _: () = {
            $crate::inventory::submit! { $crate::role::RoleSpec::of::<$role>(file!(), line!()) }
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::{Datum, DatumKind, Host, Inputs};
    use crate::pipeline::{Over, Pipeline, Step, check};
    use crate::registration::get as op;
    use crate::wire::{compile, decompile, frames_pixels, get_frames, put_frames, wrong};
    use crate::{Frames, PortKind, VolumeMeta};

    /// A number of things, not more than 100.
    #[derive(Clone, Debug, PartialEq)]
    struct Count(u8);

    impl Role for Count {
        const ID: &'static str = "tests/count";
        const EXTENSION: &'static str = "count";
        const DOC: &'static str = "A number of things, not more than 100.";

        fn check(&self) -> Result<(), Error> {
            if self.0 > 100 { Err(Error::new(Code::OutOfRange, "too many").value(self.0)) } else { Ok(()) }
        }

        fn describe(&self) -> String {
            format!("{} things", self.0)
        }

        fn encode(&self) -> Vec<u8> {
            vec![self.0]
        }

        fn decode(bytes: &[u8]) -> Result<Count, Error> {
            match bytes {
                [count] => Ok(Count(*count)),
                _ => Err(wrong("a count is one byte")),
            }
        }

        fn write(&self) -> Vec<u8> {
            self.0.to_string().into_bytes()
        }

        fn read(bytes: &[u8]) -> Result<Count, Error> {
            let text = String::from_utf8_lossy(bytes);
            text.trim().parse().map(Count).map_err(|_| wrong("no number").value(text))
        }

        fn together(parts: &[(&str, &Count)]) -> Result<Count, Error> {
            Ok(Count(parts.iter().map(|(_, count)| count.0).sum()))
        }
    }

    crate::role!(Count);

    crate::op! {
        /// Makes a count of a random number.
        pub struct Make {}
        id: "tests/make", revision: 1, family: Util,
        memory: host,
        inputs: {},
        outputs: { count: Role(Count::ID) },
        agrees: Exact, follows: "Rotifer",
        python: "",
        examples: [],
    }

    impl Host for Make {
        fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
            let drawn = inputs.random().at([0; 3]).uniform();
            Ok(vec![Datum::role(Count((drawn * 100.0) as u8))])
        }
    }

    crate::op! {
        /// Adds one to a count.
        pub struct More {}
        id: "tests/more", revision: 1, family: Util,
        memory: host,
        inputs: { count: Role(Count::ID) },
        outputs: { count: Role(Count::ID), number: Number },
        agrees: Exact, follows: "Rotifer",
        python: "",
        examples: [],
    }

    impl Host for More {
        fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
            let Count(n) = *inputs.role("count")?;
            Ok(vec![Datum::role(Count(n + 1)), Datum::Number(f64::from(n))])
        }
    }

    #[test]
    fn values_are_encoded_written_and_put_together_as_their_role_says() {
        let [a, b] = [Count(3), Count(4)].map(RoleValue::new);
        assert_eq!(
            (a.id(), a.describe(), a.encode(), a.write()),
            ("tests/count", "3 things".into(), vec![3], b"3".to_vec())
        );
        assert_eq!(
            RoleValue::together(&[("0", &a), ("1", &b)]).map(|v| v.get::<Count>().cloned()),
            Ok(Some(Count(7)))
        );
        assert!(a != b && a == a.clone());
        let role = get("tests/count").expect("registered");
        assert_eq!(role.read(b" 4\n"), Ok(b));
        assert_eq!(role.decode(&[3]), Ok(a));
        // Values that cannot be are refused wherever they come from.
        assert_eq!(role.decode(&[101]).map_err(|e| e.code), Err(Code::OutOfRange));
        assert_eq!(role.read(b"200").map_err(|e| e.message), Err("too many".into()));
        assert!(role.decode(&[1, 2]).is_err() && role.read(b"x").is_err());
        assert_eq!(of_extension("COUNT").map(|role| role.id), Some("tests/count"));
        assert!(of_extension("tif").is_none());
        assert_eq!(
            get("tests/conut").expect_err("unknown").help.as_deref(),
            Some("did you mean tests/count?")
        );
    }

    #[test]
    fn ids_and_extensions_are_unique() {
        const fn spec(id: &'static str, extension: &'static str, file: &'static str) -> RoleSpec {
            RoleSpec { id, extension, file, ..RoleSpec::of::<Count>("", 0) }
        }
        static SPECS: [RoleSpec; 6] = [
            spec("a/one", "one", "a.rs"),
            spec("a/one", "two", "b.rs"),
            spec("b/other", "one", "c.rs"),
            spec("a/image", "tif", "d.rs"),
            spec("a/upper", "One", "e.rs"),
            spec("b/two", "two", "f.rs"),
        ];
        let sorted = |which: &[usize]| sorted(which.iter().map(|i| &SPECS[*i]).collect());
        assert_eq!(
            sorted(&[5, 0]).expect("two roles").iter().map(|r| r.id).collect::<Vec<_>>(),
            ["a/one", "b/two"]
        );
        for (which, files) in [
            ([0, 1], ["a.rs", "b.rs"]),
            ([2, 0], ["a.rs", "c.rs"]),
            ([3, 0], ["d.rs", ""]),
            ([4, 0], ["e.rs", ""]),
        ] {
            let error = sorted(&which).expect_err("refused");
            assert_eq!(error.code, Code::DuplicateName);
            assert!(files.iter().all(|file| error.message.contains(file)), "{error}");
        }
    }

    #[test]
    fn values_travel_in_messages() {
        let items = vec![Datum::role(Count(5)), Datum::role(Count(6))];
        let frames = Frames { items, axes: crate::Axes::new(Some(2), None) };
        let mut bytes = Vec::new();
        put_frames(&frames, &mut bytes);
        assert_eq!(frames_pixels(&frames).count(), 0);
        let mut none = |_: &VolumeMeta| Err(wrong("no pixels"));
        assert_eq!(get_frames(&bytes, &mut none), Ok(frames.clone()));
        assert_eq!(
            frames.roles().map(|r| r.into_iter().map(|(name, _)| name).collect()),
            Some(vec!["_t0".to_string(), "_t1".into()])
        );
        // A role that this program does not have is named; cut off, there is an error.
        let at = bytes.windows(11).position(|w| w == b"tests/count").expect("the id");
        let mut other = bytes.clone();
        other[at..at + 11].copy_from_slice(b"tests/cuont");
        let error = get_frames(&other, &mut none).expect_err("unknown");
        assert!(error.message.contains("tests/cuont"), "{error}");
        assert!((0..bytes.len()).all(|n| get_frames(&bytes[..n], &mut none).is_err()));
    }

    #[test]
    fn kinds_are_checked_and_nothing_else_is_needed() {
        let pipeline = |steps: Vec<Step>| Pipeline::new(steps).seeded(9);
        let right =
            pipeline(vec![Step::new("tests/make"), Step::new("tests/more").saved(), Step::new("tests/more")]);
        let checked = check(&right).unwrap_or_else(|e| panic!("{e:?}"));
        assert!(!checked.needs_image() && checked.steps[0].wires.is_empty());
        assert_eq!((checked.steps[0].random, checked.seed), (crate::Random::new(9, 0), 9));
        // The first output, and numbers.
        assert_eq!(checked.kept().len(), 2);
        assert_eq!(decompile(&compile(&right)).map(|s| s.pipeline), Ok(right.clone()));
        let ports = [op("tests/more").expect("registered").spec.inputs[0].kind, PortKind::Image];
        assert!(
            ports[0].accepts(DatumKind::Role("tests/count"))
                && !ports[1].accepts(DatumKind::Role("tests/count"))
        );
        assert!(!ports[0].accepts(DatumKind::Role("tests/other")) && !ports[0].accepts(DatumKind::Table));
        let errors = |steps| check(&pipeline(steps)).err().unwrap_or_default();
        let kinds = errors(vec![
            Step::new("tests/make"),
            Step::new("tests/more").named("m"),
            Step::new("tests/more").from(&["m.number"]),
        ]);
        assert_eq!((kinds.len(), kinds[0].code, kinds[0].step), (1, Code::WrongKind, Some(2)), "{kinds:?}");
        assert!(kinds[0].message.contains("takes tests/count, gets number"), "{kinds:?}");
        let from = errors(vec![Step::new("tests/make").from(&["input"])]);
        assert_eq!((from[0].code, from[0].argument.as_deref()), (Code::InputCount, Some("from")), "{from:?}");
        let over = errors(vec![Step::new("tests/make").over(Over::All)]);
        assert_eq!(over[0].argument.as_deref(), Some("over"), "{over:?}");
        assert!(check(&pipeline(vec![Step::new("tests/more")])).is_ok_and(|c| c.needs_image()));
        // Names that are no slip of a known group are columns.
        assert_eq!(Over::parse("treatment"), Some(Over::Column("treatment".into())));
        assert_eq!(
            (Over::parse("plate"), Over::parse("plat"), Over::parse("")),
            (Some(Over::Plate), None, None)
        );
    }

    #[test]
    fn operations_run_on_values_of_their_role() {
        let made = op("tests/make").expect("registered").build_default().expect("no arguments");
        let random = crate::Random::new(9, 0);
        let drawn = Inputs::new(made.spec().inputs, &[]).with_random(random);
        let expected = Count((random.at([0; 3]).uniform() * 100.0) as u8);
        assert_eq!(made.run(&drawn), Ok(vec![Datum::role(expected)]));
        let more = op("tests/more").expect("registered").build_default().expect("no arguments");
        let run = |item: Datum| more.run(&Inputs::new(more.spec().inputs, &[Some(item)]));
        assert_eq!(run(Datum::role(Count(4))), Ok(vec![Datum::role(Count(5)), Datum::Number(4.0)]));
        let error = run(Datum::Number(1.0)).expect_err("no count");
        assert!(error.message.contains("tests/count is needed at input `count`"), "{error}");
    }
}
