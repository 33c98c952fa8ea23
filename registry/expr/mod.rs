//! One expression tree: what one pixel of an output is, or one row of a column, or one number of a pipeline.
//!
//! A tree comes from Rust (`image - 0.5 * &other`, in a declaration) or from text ([`parse`]). [`Dag`] is the same
//! without repetitions, [`eval`] computes it plainly in f64: that is what an expression means. Whatever else computes it,
//! loops over pixels or WGSL ([`wgsl`]), is held against that. `docs/numbers.md` says when they are equal to the bit.

mod constant;
mod dag;
mod eval;
pub mod fit;
mod parse;
mod print;
pub mod wgsl;

pub(crate) use constant::constant;
pub use dag::Dag;
pub use eval::{At, eval};
pub use parse::{Names, functions, parse};

use crate::dtype::Dtype;
use std::ops;
use std::sync::Arc;

/// A float64 that is equal to another where their bits are.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Real(u64);

impl Real {
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl From<f64> for Real {
    fn from(value: f64) -> Real {
        Real(value.to_bits())
    }
}

impl std::fmt::Debug for Real {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.get().fmt(f)
    }
}

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    Neg,
    Abs,
    Sqrt,
    Floor,
    Ceil,
    /// Half to even.
    Round,
    /// Towards 0.
    Trunc,
    /// −1, 0 or 1; NaN stays NaN.
    Sign,
    /// 1 where the number is 0 or NaN, else 0.
    Not,
    IsNan,
    Exp,
    Ln,
    Log2,
    Exp2,
    ExpM1,
    Ln1P,
    Log10,
    Cbrt,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
}

/// A function of two numbers. Comparisons and logic give 1 or 0; of two numbers one of which is NaN only `NotEqual` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    /// The remainder, with the sign of the divisor.
    Mod,
    /// NaN where either is.
    Min,
    Max,
    Pow,
    Less,
    LessEqual,
    Equal,
    NotEqual,
    /// A number counts as true where it is neither 0 nor NaN.
    And,
    Or,
    Atan2,
    Hypot,
}

/// One node over operands of type `X`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node<X> {
    /// The pixel of an input of this dtype. An rgb input has three in a row.
    Port {
        index: usize,
        dtype: Dtype,
    },
    /// A number that is known, by this name, before any pixel is computed.
    Number(Arc<str>),
    Constant(Real),
    /// The pixel's index along z, y, x (0, 1, 2).
    Position(usize),
    Unary(Unary, X),
    Binary(Binary, X, X),
    /// The second operand where the first is true, else the third.
    Select(X, X, X),
    /// The number as this dtype stores it: half to even, saturating, NaN is 0 in integers.
    Cast(Dtype, X),
}

impl<X: Clone> Node<X> {
    /// The same node over other operands.
    pub fn map<Y>(&self, mut f: impl FnMut(&X) -> Y) -> Node<Y> {
        match self {
            Node::Port { index, dtype } => Node::Port { index: *index, dtype: *dtype },
            Node::Number(name) => Node::Number(name.clone()),
            Node::Constant(c) => Node::Constant(*c),
            Node::Position(axis) => Node::Position(*axis),
            Node::Unary(op, a) => Node::Unary(*op, f(a)),
            Node::Binary(op, a, b) => Node::Binary(*op, f(a), f(b)),
            Node::Select(a, b, c) => Node::Select(f(a), f(b), f(c)),
            Node::Cast(dtype, a) => Node::Cast(*dtype, f(a)),
        }
    }

    /// The operands, in order.
    pub fn operands(&self) -> Vec<X> {
        let mut all = Vec::new();
        self.map(|x| all.push(x.clone()));
        all
    }
}

/// An expression. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Expr(Arc<Node<Expr>>);

impl PartialEq for Expr {
    fn eq(&self, other: &Expr) -> bool {
        Dag::new(self) == Dag::new(other)
    }
}

impl Expr {
    pub fn new(node: Node<Expr>) -> Expr {
        Expr(Arc::new(node))
    }

    pub fn node(&self) -> &Node<Expr> {
        &self.0
    }

    pub fn port(index: usize, dtype: Dtype) -> Expr {
        Expr::new(Node::Port { index, dtype })
    }

    pub fn number(name: &str) -> Expr {
        Expr::new(Node::Number(name.into()))
    }

    /// The pixel's index along an axis: z, y, x as 0, 1, 2.
    pub fn position(axis: usize) -> Expr {
        Expr::new(Node::Position(axis))
    }

    fn unary(&self, op: Unary) -> Expr {
        Expr::new(Node::Unary(op, self.clone()))
    }

    fn binary(&self, op: Binary, other: impl Into<Expr>) -> Expr {
        Expr::new(Node::Binary(op, self.clone(), other.into()))
    }

    /// Plane `k` (red, green, blue) of an rgb input.
    pub fn plane(&self, k: usize) -> Expr {
        match self.node() {
            Node::Port { index, dtype } => Expr::port(index + k, *dtype),
            _ => self.clone(),
        }
    }

    /// The dtype of an input or of a cast; float32 of what is computed.
    pub fn dtype(&self) -> Dtype {
        match self.node() {
            Node::Port { dtype, .. } | Node::Cast(dtype, _) => *dtype,
            _ => Dtype::F32,
        }
    }

    /// 1 where both differ in truth.
    pub fn xor(&self, other: impl Into<Expr>) -> Expr {
        self.not().binary(Binary::NotEqual, other.into().not())
    }

    pub fn greater(&self, other: impl Into<Expr>) -> Expr {
        other.into().binary(Binary::Less, self)
    }

    pub fn greater_equal(&self, other: impl Into<Expr>) -> Expr {
        other.into().binary(Binary::LessEqual, self)
    }

    /// Not below `low` nor above `high`; `high` where they cross.
    pub fn clamp(&self, low: impl Into<Expr>, high: impl Into<Expr>) -> Expr {
        self.max(low).min(high)
    }

    pub fn square(&self) -> Expr {
        self.binary(Binary::Mul, self)
    }

    /// `yes` where this is true, else `no`.
    pub fn select(&self, yes: impl Into<Expr>, no: impl Into<Expr>) -> Expr {
        Expr::new(Node::Select(self.clone(), yes.into(), no.into()))
    }

    pub fn cast(&self, dtype: Dtype) -> Expr {
        Expr::new(Node::Cast(dtype, self.clone()))
    }

    /// The expression with some of its leaves (ports, numbers, constants, positions) replaced.
    pub fn replace(&self, mut leaf: impl FnMut(&Node<Expr>) -> Option<Expr>) -> Expr {
        let dag = Dag::new(self);
        let mut made: Vec<Expr> = Vec::with_capacity(dag.nodes().len());
        for node in dag.nodes() {
            let node = node.map(|i| made[*i].clone());
            let replaced = node.operands().is_empty().then(|| leaf(&node)).flatten();
            made.push(replaced.unwrap_or_else(|| Expr::new(node)));
        }
        made.pop().unwrap_or_else(|| self.clone())
    }

    /// Numbers by name replaced with what is known of them.
    pub fn bind(&self, known: impl Fn(&str) -> Option<f64>) -> Expr {
        self.replace(|leaf| match leaf {
            Node::Number(name) => known(name).map(Expr::from),
            _ => None,
        })
    }

    /// Inputs replaced with what gives them, each cast to the dtype that it is stored as: the two steps as one. The inputs of
    /// `inner` keep their indices.
    pub fn after(&self, inner: &[Option<Expr>]) -> Expr {
        self.replace(|leaf| match leaf {
            Node::Port { index, dtype } => inner.get(*index)?.as_ref().map(|e| e.cast(*dtype)),
            _ => None,
        })
    }
}

macro_rules! methods {
    ($kind:ident: $($(#[$meta:meta])* $name:ident $op:ident),* $(,)?) => {
        methods!(@ $kind [$( ($(#[$meta])* $name $op) )*]);
    };
    (@ Unary [$( ($(#[$meta:meta])* $name:ident $op:ident) )*]) => {
        impl Expr {$(
            $(#[$meta])*
            pub fn $name(&self) -> Expr {
                self.unary(Unary::$op)
            }
        )*}
    };
    (@ Binary [$( ($(#[$meta:meta])* $name:ident $op:ident) )*]) => {
        impl Expr {$(
            $(#[$meta])*
            pub fn $name(&self, other: impl Into<Expr>) -> Expr {
                self.binary(Binary::$op, other)
            }
        )*}
    };
}

methods! { Unary:
    abs Abs, sqrt Sqrt, floor Floor, ceil Ceil, round Round, trunc Trunc, sign Sign, is_nan IsNan, exp Exp, ln Ln, log2 Log2,
    exp2 Exp2, exp_m1 ExpM1, ln_1p Ln1P, log10 Log10, cbrt Cbrt, sin Sin, cos Cos, tan Tan, asin Asin, acos Acos, atan Atan,
    sinh Sinh, cosh Cosh, tanh Tanh,
    #[allow(clippy::should_implement_trait, reason = "of truth, not of bits")]
    not Not,
}

methods! { Binary:
    min Min, max Max, pow Pow, modulo Mod, less Less, less_equal LessEqual, equal Equal, not_equal NotEqual, and And, or Or,
    atan2 Atan2, hypot Hypot,
}

impl From<f64> for Expr {
    fn from(value: f64) -> Expr {
        Expr::new(Node::Constant(value.into()))
    }
}

impl From<&Expr> for Expr {
    fn from(expr: &Expr) -> Expr {
        expr.clone()
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident),*) => {$(
        impl<R: Into<Expr>> ops::$trait<R> for Expr {
            type Output = Expr;
            fn $method(self, other: R) -> Expr {
                self.binary(Binary::$trait, other)
            }
        }
        impl<R: Into<Expr>> ops::$trait<R> for &Expr {
            type Output = Expr;
            fn $method(self, other: R) -> Expr {
                self.binary(Binary::$trait, other)
            }
        }
        impl ops::$trait<Expr> for f64 {
            type Output = Expr;
            fn $method(self, other: Expr) -> Expr {
                Expr::from(self).binary(Binary::$trait, other)
            }
        }
        impl ops::$trait<&Expr> for f64 {
            type Output = Expr;
            fn $method(self, other: &Expr) -> Expr {
                Expr::from(self).binary(Binary::$trait, other)
            }
        }
    )*};
}
operators!(Add add, Sub sub, Mul mul, Div div);

impl ops::Neg for Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        self.unary(Unary::Neg)
    }
}

impl ops::Neg for &Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        self.unary(Unary::Neg)
    }
}
