//! The registry: what `op!` declares, collected when the program is linked.

use crate::error::{Code, Error, suggestion};
use crate::op::{Agree, Family, Op, OutPort, Port};
use crate::param::{Param, ParamSpec};
use crate::value::{Args, Value};
use std::sync::OnceLock;

/// All that a declaration says.
#[derive(Debug)]
pub struct Spec {
    pub id: &'static str,
    /// Bumped when results or a default change.
    pub revision: u32,
    pub family: Family,
    /// Paragraphs of the documentation, one line each as written.
    pub doc: &'static [&'static str],
    pub params: &'static [ParamSpec],
    pub inputs: &'static [Port],
    pub outputs: &'static [OutPort],
    /// True where a device kernel exists beside the host kernel.
    pub device: bool,
    /// Tolerance against the definition that is followed.
    pub agrees: Agree,
    /// Library, function and version whose definition is followed.
    pub follows: &'static str,
    /// Python that computes the same with that library: an expression, or statements that set `result`.
    /// Names in scope: the inputs and arguments by name, np, ndi, ski, rotifer_parity's helpers.
    pub python: &'static str,
    /// Arguments as TOML lines (`sigma = 2.0`), one entry an example; shown in docs, run by tests.
    pub examples: &'static [&'static str],
    pub file: &'static str,
    pub line: u32,
}

impl Spec {
    /// First sentence of the documentation.
    pub fn summary(&self) -> &'static str {
        self.doc.first().map_or("", |line| line.trim())
    }

    pub fn param(&self, name: &str) -> Option<&'static ParamSpec> {
        self.params.iter().find(|p| p.name == name)
    }

    /// Hash of all that the declaration says of meaning: two programs with equal fingerprints mean the same by an id.
    pub fn fingerprint(&self) -> u64 {
        let mut hash = self.meaning(self.inputs.len());
        for p in self.params {
            hash.text(p.name);
            hash.text(&p.ty.signature());
            hash.text(&p.default_value().map_or("required".into(), |v| v.to_string()));
            hash.text(&p.range.map_or(String::new(), |(low, high)| format!("{low} to {high}")));
        }
        hash.finish()
    }

    /// Hash of the part that a step uses which gives these arguments and wires so many inputs. Optional arguments, inputs and
    /// choices that are added later leave it as it is; another default is another revision.
    pub fn stamp(&self, args: &Args, wired: usize) -> u64 {
        let mut hash = self.meaning(wired);
        let mut given: Vec<&ParamSpec> = args.iter().filter_map(|(name, _)| self.param(name)).collect();
        given.sort_by_key(|p| p.name);
        for p in given {
            hash.text(p.name);
            hash.text(p.ty.family());
        }
        hash.finish()
    }

    /// Id, revision, the first inputs, and the outputs.
    fn meaning(&self, inputs: usize) -> Fnv {
        let mut hash = Fnv::default();
        hash.text(self.id);
        hash.number(self.revision as u64);
        for p in self.inputs.iter().take(inputs) {
            hash.text(p.name);
            hash.text(p.kind.name());
        }
        for p in self.outputs {
            hash.text(p.name);
            hash.text(&p.kind.signature());
        }
        hash
    }
}

/// FNV-1a, 64 bits: stable across platforms and releases, unlike the standard library's hashers.
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
    }
    fn text(&mut self, text: &str) {
        text.bytes().for_each(|b| self.byte(b));
        self.byte(0xff);
    }
    pub(crate) fn number(&mut self, number: u64) {
        number.to_le_bytes().into_iter().for_each(|b| self.byte(b));
    }
    pub(crate) fn finish(&self) -> u64 {
        self.0
    }
    pub(crate) fn of(bytes: &[u8]) -> u64 {
        let mut hash = Fnv::default();
        bytes.iter().for_each(|b| hash.byte(*b));
        hash.0
    }
}

/// The name of an argument: `where` of one that Rust has to write `r#where`.
#[doc(hidden)]
pub const fn plain_name(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

/// One registered operation.
#[derive(Debug)]
pub struct Entry {
    pub spec: &'static Spec,
    #[doc(hidden)]
    pub read: fn(&mut ArgReader) -> Option<Box<dyn Op>>,
}

inventory::collect!(Entry);

impl Entry {
    /// The operation with these arguments, or everything that is wrong with them.
    pub fn build(&self, args: &Args) -> Result<Box<dyn Op>, Vec<Error>> {
        let mut reader = ArgReader { spec: self.spec, args, errors: Vec::new() };
        for (i, (name, _)) in args.iter().enumerate() {
            if self.spec.param(name).is_none() {
                let mut error = Error::new(Code::UnknownArgument, "no such argument").argument(name);
                error.help = suggestion(name, self.spec.params.iter().map(|p| p.name));
                reader.errors.push(error);
            } else if args.iter().take(i).any(|(other, _)| other == name) {
                reader.errors.push(Error::new(Code::DuplicateName, "given twice").argument(name));
            }
        }
        let op = (self.read)(&mut reader);
        let errors: Vec<Error> = reader.errors.into_iter().map(|e| e.op(self.spec.id)).collect();
        match op {
            Some(op) if errors.is_empty() => Ok(op),
            _ => Err(errors),
        }
    }

    /// The operation with all defaults.
    pub fn build_default(&self) -> Result<Box<dyn Op>, Vec<Error>> {
        self.build(&Args::new())
    }
}

/// Reads the arguments of one operation, gathering every mistake.
#[doc(hidden)]
pub struct ArgReader<'a> {
    spec: &'static Spec,
    args: &'a Args,
    errors: Vec<Error>,
}

impl ArgReader<'_> {
    pub fn get<T: Param>(&mut self, name: &str) -> Option<T> {
        let spec = self.spec.param(name)?;
        let given = self.args.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        let value: Value = match given.or_else(|| spec.default_value()) {
            Some(value) => value,
            None => {
                let error = Error::new(Code::MissingArgument, "must be given").argument(name);
                self.errors.push(error.allowed(spec.ty.describe()));
                return None;
            }
        };
        match spec.check_range(&value).and_then(|()| T::from_value(&value)) {
            Ok(read) => Some(read),
            Err(error) => {
                self.errors.push(error.argument(name));
                None
            }
        }
    }
}

static ENTRIES: OnceLock<Result<Vec<&'static Entry>, Error>> = OnceLock::new();

/// Every registered operation in the order of ids, or the error of an id that is defined twice.
pub fn try_entries() -> Result<&'static [&'static Entry], Error> {
    let entries = ENTRIES.get_or_init(|| sorted(inventory::iter::<Entry>.into_iter().collect()));
    entries.as_deref().map_err(Clone::clone)
}

/// Sorts definitions by id and refuses an id that is defined twice, naming both places.
pub fn sorted(mut entries: Vec<&'static Entry>) -> Result<Vec<&'static Entry>, Error> {
    entries.sort_by_key(|e| (e.spec.id, e.spec.file, e.spec.line));
    for pair in entries.windows(2) {
        let (a, b) = (pair[0].spec, pair[1].spec);
        if a.id == b.id {
            let places = format!("{}:{} and {}:{}", a.file, a.line, b.file, b.line);
            return Err(Error::new(Code::DuplicateName, format!("the id is defined twice, at {places}"))
                .op(a.id)
                .help("ids of your own crate are `crate/op`"));
        }
    }
    Ok(entries)
}

/// Every registered operation in the order of ids.
///
/// # Panics
/// If an id is defined twice: a program that would run the wrong function stops at its first look.
pub fn entries() -> &'static [&'static Entry] {
    match try_entries() {
        Ok(entries) => entries,
        Err(error) => panic!("{error}"),
    }
}

/// The operation with this id.
pub fn find(id: &str) -> Option<&'static Entry> {
    let all = entries();
    all.binary_search_by_key(&id, |e| e.spec.id).ok().map(|i| all[i])
}

/// The operation with this id, or an error that names the nearest ids.
pub fn get(id: &str) -> Result<&'static Entry, Error> {
    find(id).ok_or_else(|| {
        let mut error = Error::new(Code::UnknownOp, format!("no function is named `{id}`"));
        error.help = suggestion(id, entries().iter().map(|e| e.spec.id)).filter(|s| s.starts_with("did")).or(
            Some("`rotifer list` shows all; declare your own with `op!` in a crate the program links".into()),
        );
        error
    })
}

/// Declares an operation: its struct, its arguments, and its entry in the registry. Bodies are ordinary `impl`s, or follow from
/// the skeleton that `kernel:` names.
///
/// See `docs/operations.md`.
#[macro_export]
macro_rules! op {
    // Arguments that many have stand in a declaration as a group. It gives their names: bodies see no name that this macro makes.
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident {
            $(
                $(#[doc = $pdoc:literal])*
                $param:ident : $ty:ty $(= $default:expr)? $(, range($lo:expr, $hi:expr))? ;
            )*
            ..Border($edge:ident, $constant:ident);
            $($more:tt)*
        }
        $($rest:tt)*
    ) => {
        $crate::op! {
            $(#[doc = $doc])*
            pub struct $name {
                $( $(#[doc = $pdoc])* $param: $ty $(= $default)? $(, range($lo, $hi))?; )*
                ..Border($edge: Reflect, $constant);
                $($more)*
            }
            $($rest)*
        }
    };
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident {
            $(
                $(#[doc = $pdoc:literal])*
                $param:ident : $ty:ty $(= $default:expr)? $(, range($lo:expr, $hi:expr))? ;
            )*
            ..Border($edge:ident : $default_edge:ident, $constant:ident);
            $($more:tt)*
        }
        $($rest:tt)*
    ) => {
        $crate::op! {
            $(#[doc = $doc])*
            pub struct $name {
                $( $(#[doc = $pdoc])* $param: $ty $(= $default)? $(, range($lo, $hi))?; )*
                /// Values of the image beyond its border.
                $edge: $crate::Edge = $crate::Edge::$default_edge;
                /// The value beyond the border where `edge` is constant, in the dtype of the image where that is kept.
                $constant: f64 = 0.0;
                $($more)*
            }
            $($rest)*
        }
    };
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident {
            $(
                $(#[doc = $pdoc:literal])*
                $param:ident : $ty:ty $(= $default:expr)? $(, range($lo:expr, $hi:expr))? ;
            )*
        }
        id: $id:literal, revision: $revision:literal, family: $family:ident,
        kernel: pixel |$($operand:ident),+ $(,)?| $body:expr,
        inputs: { $( $input:ident : $port:ident $(= $fallback:ident)? $($optional:ident)? ),* $(,)? },
        $($rest:tt)*
    ) => {
        $crate::op! {
            @declare by_kernel pixel;
            $(#[doc = $doc])*
            pub struct $name { $( $(#[doc = $pdoc])* $param: $ty $(= $default)? $(, range($lo, $hi))?; )* }
            id: $id, revision: $revision, family: $family,
            inputs: { $( $input : $port $(= $fallback)? $($optional)? ),* },
            $($rest)*
        }

        impl $crate::Pixel for $name {
            #[allow(unused_variables, clippy::clone_on_copy)]
            fn tree(&self, _inputs: &$crate::Metas) -> ::std::result::Result<$crate::Expr, $crate::Error> {
                $( let $param = self.$param.clone(); )*
                $( let $operand = $crate::op!(@operand _inputs, $input $(= $fallback)? $($optional)?); )+
                $crate::pixel::IntoTree::into_tree($body)
            }
        }

        impl $name {
            fn kernel(&self) -> $crate::pixel::ByTree<$name> {
                $crate::pixel::ByTree(self.clone())
            }
        }
        $crate::op!(@bodies $name);
    };
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident {
            $(
                $(#[doc = $pdoc:literal])*
                $param:ident : $ty:ty $(= $default:expr)? $(, range($lo:expr, $hi:expr))? ;
            )*
        }
        id: $id:literal, revision: $revision:literal, family: $family:ident,
        kernel: $kernel:expr,
        $($rest:tt)*
    ) => {
        $crate::op! {
            @declare by_kernel none;
            $(#[doc = $doc])*
            pub struct $name { $( $(#[doc = $pdoc])* $param: $ty $(= $default)? $(, range($lo, $hi))?; )* }
            id: $id, revision: $revision, family: $family,
            $($rest)*
        }

        impl $name {
            #[allow(unused_variables, clippy::clone_on_copy)]
            fn kernel(&self) -> impl $crate::Kernel + use<> {
                $( let $param = self.$param.clone(); )*
                $kernel
            }
        }

        $crate::op!(@bodies $name);
    };
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident { $($params:tt)* }
        id: $id:literal, revision: $revision:literal, family: $family:ident,
        memory: $memory:ident,
        $($rest:tt)*
    ) => {
        $crate::op! {
            @declare $memory none;
            $(#[doc = $doc])*
            pub struct $name { $($params)* }
            id: $id, revision: $revision, family: $family,
            $($rest)*
        }
    };
    (
        @declare $memory:ident $skeleton:ident;
        $(#[doc = $doc:literal])*
        pub struct $name:ident {
            $(
                $(#[doc = $pdoc:literal])*
                $param:ident : $ty:ty $(= $default:expr)? $(, range($lo:expr, $hi:expr))? ;
            )*
        }
        id: $id:literal, revision: $revision:literal, family: $family:ident,
        inputs: { $( $input:ident : $port:ident $(($role:expr))? $(= $fallback:ident)? $($optional:ident)? ),* $(,)? },
        outputs: { $( $output:ident : $out:expr ),* $(,)? },
        agrees: $agrees:expr, follows: $follows:literal,
        python: $python:literal,
        examples: [ $( $example:literal ),* $(,)? ] $(,)?
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub struct $name { $( $(#[doc = $pdoc])* pub $param: $ty, )* }

        const _: () = {
            #[allow(unused_imports)]
            use $crate::op::{Agree::*, words::*};
            static SPEC: $crate::Spec = $crate::Spec {
                id: $id,
                revision: $revision,
                family: $crate::Family::$family,
                doc: &[$($doc),*],
                params: &[$( $crate::ParamSpec {
                    name: $crate::registration::plain_name(stringify!($param)),
                    doc: &[$($pdoc),*],
                    ty: <$ty as $crate::Param>::TYPE,
                    default: $crate::op!(@default $ty $(, $default)?),
                    range: $crate::op!(@range $($lo, $hi)?),
                } ),*],
                inputs: &[$( $crate::Port {
                    name: stringify!($input),
                    kind: $crate::PortKind::$port $(($role))?,
                    optional: $crate::op!(@optional $(= $fallback)? $($optional)?),
                    fallback: $crate::op!(@fallback $($fallback)?),
                } ),*],
                outputs: &[$( $crate::OutPort { name: stringify!($output), kind: $out } ),*],
                device: $crate::op!(@device $memory $name),
                agrees: $agrees,
                follows: $follows,
                python: $python,
                examples: &[$($example),*],
                file: file!(),
                line: line!(),
            };
            impl $name {
                #[allow(dead_code)]
                pub(crate) const SPEC: &'static $crate::Spec = &SPEC;
            }
            impl $crate::Op for $name {
                fn device(&self) -> Option<&dyn $crate::Device> { $crate::op!(@as_device $memory self) }
                fn spec(&self) -> &'static $crate::Spec { &SPEC }
                fn pixel(&self) -> Option<&dyn $crate::Pixel> { $crate::op!(@as_pixel $skeleton self) }
            }
            $crate::inventory::submit! {
                $crate::Entry {
                    spec: &SPEC,
                    read: |_reader| {
                        $( let $param = _reader.get::<$ty>($crate::registration::plain_name(stringify!($param))); )*
                        Some(Box::new($name { $( $param: $param? ),* }))
                    },
                }
            }
        };
    };
    (@bodies $name:ident) => {
        impl $crate::Host for $name {
            fn reach(&self, inputs: &$crate::Metas) -> ::std::result::Result<$crate::Reach, $crate::Error> {
                $crate::Kernel::reach(&self.kernel(), <$name>::SPEC, inputs)
            }
            fn infer(
                &self,
                inputs: &$crate::Metas,
                outputs: &mut [$crate::DatumMeta],
            ) -> ::std::result::Result<(), $crate::Error> {
                $crate::Kernel::infer(&self.kernel(), <$name>::SPEC, inputs, outputs)
            }
            fn run(
                &self,
                inputs: &$crate::Inputs,
            ) -> ::std::result::Result<::std::vec::Vec<$crate::Datum>, $crate::Error> {
                $crate::Kernel::run(&self.kernel(), <$name>::SPEC, inputs)
            }
            fn streamed(
                &self,
                inputs: &$crate::Metas,
            ) -> ::std::result::Result<
                ::std::option::Option<::std::boxed::Box<dyn $crate::Streamed>>,
                $crate::Error,
            > {
                $crate::Kernel::streamed(self.kernel(), <$name>::SPEC, inputs)
            }
            fn reference(
                &self,
                inputs: &$crate::Inputs,
            ) -> ::std::option::Option<::std::result::Result<::std::vec::Vec<$crate::Plain>, $crate::Error>> {
                ::std::option::Option::Some($crate::Kernel::reference(&self.kernel(), <$name>::SPEC, inputs))
            }
            fn effort(&self, inputs: &$crate::Metas) -> usize {
                $crate::Kernel::effort(&self.kernel(), <$name>::SPEC, inputs)
                    .unwrap_or_else(|| $crate::op::usual_effort(self, inputs))
            }
        }

        impl $crate::Device for $name {
            fn fits(&self, inputs: &$crate::Metas) -> ::std::result::Result<(), $crate::Error> {
                $crate::Kernel::fits(&self.kernel(), <$name>::SPEC, inputs)
            }
            fn record(
                &self,
                inputs: &$crate::DeviceInputs,
                recorder: &mut $crate::Recorder,
            ) -> ::std::result::Result<::std::vec::Vec<$crate::DeviceOutput>, $crate::Error> {
                $crate::Kernel::record(&self.kernel(), <$name>::SPEC, inputs, recorder)
            }
            fn finish(
                &self,
                inputs: &$crate::Metas,
                output: usize,
                read: &[::std::vec::Vec<u8>],
            ) -> ::std::result::Result<$crate::Datum, $crate::Error> {
                $crate::Kernel::finish(&self.kernel(), <$name>::SPEC, inputs, output, read)
            }
        }
    };
    (@operand $inputs:ident, $input:ident) => { $crate::pixel::needed($inputs, stringify!($input))? };
    (@operand $inputs:ident, $input:ident optional) => { $crate::pixel::port($inputs, stringify!($input)) };
    (@operand $inputs:ident, $input:ident = $fallback:ident) => {
        $crate::pixel::port($inputs, stringify!($input)).unwrap_or_else(|| $crate::Expr::from($fallback))
    };
    (@default $ty:ty) => { None };
    (@default $ty:ty, $default:expr) => { Some(|| { let v: $ty = $default; $crate::Param::to_value(&v) }) };
    (@range) => { None };
    (@range $lo:expr, $hi:expr) => { Some(($lo as f64, $hi as f64)) };
    (@optional) => { false };
    (@optional optional) => { true };
    (@optional = $fallback:ident) => { true };
    (@fallback) => { None };
    (@fallback $fallback:ident) => { Some(stringify!($fallback)) };
    (@device host $name:ident) => { false };
    (@device host_and_device $name:ident) => { true };
    (@device by_kernel $name:ident) => { $crate::kernel::device_of(<$name>::kernel) };
    (@as_device host $self:ident) => { None };
    (@as_device host_and_device $self:ident) => { Some($self) };
    (@as_device by_kernel $self:ident) => { if SPEC.device { Some($self) } else { None } };
    (@as_pixel none $self:ident) => { None };
    (@as_pixel pixel $self:ident) => { Some($self) };
}
