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
