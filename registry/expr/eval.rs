//! Meaning of an expression: plain f64, one pixel at a time, by the standard library.

use super::{Binary, Dag, Node, Unary};

/// Where an expression is evaluated.
pub trait At {
    /// The pixel of an input.
    fn port(&self, index: usize) -> f64;
    /// A number by name.
    fn number(&self, _name: &str) -> f64 {
        f64::NAN
    }
    /// The pixel's index along z, y, x.
    fn position(&self, _axis: usize) -> f64 {
        0.0
    }
}

impl At for [f64] {
    fn port(&self, index: usize) -> f64 {
        self[index]
    }
}

/// The value of an expression there.
pub fn eval(dag: &Dag, at: &(impl At + ?Sized)) -> f64 {
    let mut values: Vec<f64> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let v = |i: &usize| values[*i];
        let value = match node {
            Node::Port { index, .. } => at.port(*index),
            Node::Number(name) => at.number(name),
            Node::Constant(c) => c.get(),
            Node::Position(axis) => at.position(*axis),
            Node::Unary(op, a) => unary(*op, v(a)),
            Node::Binary(op, a, b) => binary(*op, v(a), v(b)),
            Node::Select(c, a, b) => {
                if truth(v(c)) {
                    v(a)
                } else {
                    v(b)
                }
            }
            // A stored 0 has no sign.
            Node::Cast(dtype, a) if dtype.is_integer() => dtype.quantize(v(a)) + 0.0,
            Node::Cast(dtype, a) => dtype.quantize(v(a)),
        };
        values.push(value);
    }
    values.pop().unwrap_or(f64::NAN)
}

fn truth(x: f64) -> bool {
    x != 0.0 && !x.is_nan()
}

fn flag(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

pub(super) fn unary(op: Unary, x: f64) -> f64 {
    match op {
        Unary::Neg => -x,
        Unary::Abs => x.abs(),
        Unary::Sqrt => x.sqrt(),
        Unary::Floor => x.floor(),
        Unary::Ceil => x.ceil(),
        Unary::Round => x.round_ties_even(),
        Unary::Trunc => x.trunc(),
        Unary::Sign if x > 0.0 => 1.0,
        Unary::Sign if x < 0.0 => -1.0,
        Unary::Sign => x,
        Unary::Not => flag(!truth(x)),
        Unary::IsNan => flag(x.is_nan()),
        Unary::Exp => x.exp(),
        Unary::Ln => x.ln(),
        Unary::Log2 => x.log2(),
        Unary::Exp2 => x.exp2(),
        Unary::ExpM1 => x.exp_m1(),
        Unary::Ln1P => x.ln_1p(),
        Unary::Log10 => x.log10(),
        Unary::Cbrt => x.cbrt(),
        Unary::Sin => x.sin(),
        Unary::Cos => x.cos(),
        Unary::Tan => x.tan(),
        Unary::Asin => x.asin(),
        Unary::Acos => x.acos(),
        Unary::Atan => x.atan(),
        Unary::Sinh => x.sinh(),
        Unary::Cosh => x.cosh(),
        Unary::Tanh => x.tanh(),
    }
}

pub(super) fn binary(op: Binary, a: f64, b: f64) -> f64 {
    match op {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => a / b,
        Binary::Mod => {
            let rest = a % b;
            if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
        }
        Binary::Min | Binary::Max if a.is_nan() || b.is_nan() => f64::NAN,
        // Of zeros of both signs the first.
        Binary::Min if b < a => b,
        Binary::Max if a < b => b,
        Binary::Min | Binary::Max => a,
        Binary::Pow => a.powf(b),
        Binary::Less => flag(a < b),
        Binary::LessEqual => flag(a <= b),
        Binary::Equal => flag(a == b),
        Binary::NotEqual => flag(a != b),
        Binary::And => flag(truth(a) && truth(b)),
        Binary::Or => flag(truth(a) || truth(b)),
        Binary::Atan2 => a.atan2(b),
        Binary::Hypot => a.hypot(b),
    }
}
