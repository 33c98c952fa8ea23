//! The macro that declares an operation.

/// The name of an argument: `where` of one that Rust has to write `r#where`.
#[doc(hidden)]
pub const fn plain_name(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
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
                    name: $crate::declare::plain_name(stringify!($param)),
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
                fn plain(
                    &self,
                    inputs: &$crate::Inputs,
                ) -> ::std::option::Option<::std::result::Result<::std::vec::Vec<$crate::Plain>, $crate::Error>> {
                    if $crate::REFERENCES { $crate::Host::reference(self, inputs) } else { None }
                }
                fn pixel(&self) -> Option<&dyn $crate::Pixel> { $crate::op!(@as_pixel $skeleton self) }
            }
            $crate::inventory::submit! {
                $crate::Entry {
                    spec: &SPEC,
                    read: |_reader| {
                        $( let $param = _reader.get::<$ty>($crate::declare::plain_name(stringify!($param))); )*
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
