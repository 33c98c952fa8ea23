//! Expressions as the text that [`super::parse`] reads.

use super::{Binary, Expr, Node, Unary};
use std::fmt;

/// How tightly a node holds together: what binds less needs parentheses inside it.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Level {
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Sign,
    Power,
    Atom,
}

/// The name of a function of one number in text.
pub(super) fn unary_name(op: Unary) -> Option<&'static str> {
    Some(match op {
        Unary::Neg | Unary::Not => return None,
        Unary::Abs => "abs",
        Unary::Sqrt => "sqrt",
        Unary::Floor => "floor",
        Unary::Ceil => "ceil",
        Unary::Round => "round",
        Unary::Trunc => "trunc",
        Unary::Sign => "sign",
        Unary::IsNan => "is_nan",
        Unary::Exp => "exp",
        Unary::Ln => "log",
        Unary::Log2 => "log2",
        Unary::Exp2 => "exp2",
        Unary::ExpM1 => "expm1",
        Unary::Ln1P => "log1p",
        Unary::Log10 => "log10",
        Unary::Cbrt => "cbrt",
        Unary::Sin => "sin",
        Unary::Cos => "cos",
        Unary::Tan => "tan",
        Unary::Asin => "asin",
        Unary::Acos => "acos",
        Unary::Atan => "atan",
        Unary::Sinh => "sinh",
        Unary::Cosh => "cosh",
        Unary::Tanh => "tanh",
    })
}

/// Every function of one number that has a name.
pub(super) const UNARY: [Unary; 25] = {
    use Unary::*;
    [
        Abs, Sqrt, Floor, Ceil, Round, Trunc, Sign, IsNan, Exp, Ln, Log2, Exp2, ExpM1, Ln1P, Log10, Cbrt,
        Sin, Cos, Tan, Asin, Acos, Atan, Sinh, Cosh, Tanh,
    ]
};

impl Expr {
    /// The expression as text, inputs by these names.
    pub fn text(&self, port: &dyn Fn(usize) -> String) -> String {
        let mut out = String::new();
        write(self, port, &mut out);
        out
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(&|i| format!("input{i}")))
    }
}

/// A name as it stands in text: quoted where it is none of letters, digits, `_` and dots, or a word of the language.
fn name(text: &str) -> String {
    let part = |p: &str| {
        p.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && p.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    match text.split('.').all(part) && !["and", "or", "not"].contains(&text) {
        true => text.to_string(),
        false => format!("`{text}`"),
    }
}

fn write(expr: &Expr, port: &dyn Fn(usize) -> String, out: &mut String) -> Level {
    let mut operand = |x: &Expr, least: Level| -> String {
        let mut text = String::new();
        let level = write(x, port, &mut text);
        if level < least { format!("({text})") } else { text }
    };
    let call = |name: &str, operands: &[String]| (format!("{name}({})", operands.join(", ")), Level::Atom);
    use Level::*;
    let (text, level) = match expr.node() {
        Node::Port { index, .. } => (name(&port(*index)), Atom),
        Node::Number(n) => (name(n), Atom),
        Node::Constant(c) => {
            let c = c.get();
            let text =
                if c.is_nan() { "nan".into() } else { format!("{c:?}").trim_end_matches(".0").to_string() };
            (text, if c.is_sign_negative() && !c.is_nan() { Sign } else { Atom })
        }
        Node::Position(axis) => (["z", "y", "x"][*axis].to_string(), Atom),
        Node::Unary(Unary::Neg, a) => {
            // `-2` is a number, `-(2)` its negation.
            let least = if matches!(a.node(), Node::Constant(_)) { Atom } else { Sign };
            let text = operand(a, least);
            (if least == Atom { format!("-({text})") } else { format!("-{text}") }, Sign)
        }
        Node::Unary(Unary::Not, a) => (format!("not {}", operand(a, Not)), Not),
        Node::Unary(op, a) => call(unary_name(*op).unwrap_or_default(), &[operand(a, Or)]),
        Node::Select(c, a, b) => call("select", &[operand(c, Or), operand(a, Or), operand(b, Or)]),
        Node::Cast(dtype, a) => call(dtype.name(), &[operand(a, Or)]),
        Node::Binary(op, a, b) => {
            let infix = |sign: &str,
                         level: Level,
                         left: Level,
                         right: Level,
                         operand: &mut dyn FnMut(&Expr, Level) -> String| {
                (format!("{} {sign} {}", operand(a, left), operand(b, right)), level)
            };
            match op {
                Binary::Add => infix("+", Sum, Sum, Product, &mut operand),
                Binary::Sub => infix("-", Sum, Sum, Product, &mut operand),
                Binary::Mul => infix("*", Product, Product, Sign, &mut operand),
                Binary::Div => infix("/", Product, Product, Sign, &mut operand),
                Binary::Mod => infix("%", Product, Product, Sign, &mut operand),
                Binary::Pow => infix("^", Power, Atom, Sign, &mut operand),
                Binary::Less => infix("<", Comparison, Sum, Sum, &mut operand),
                Binary::LessEqual => infix("<=", Comparison, Sum, Sum, &mut operand),
                Binary::Equal => infix("==", Comparison, Sum, Sum, &mut operand),
                Binary::NotEqual => infix("!=", Comparison, Sum, Sum, &mut operand),
                Binary::And => infix("and", And, And, Not, &mut operand),
                Binary::Or => infix("or", Or, Or, And, &mut operand),
                Binary::Min => call("min", &[operand(a, Or), operand(b, Or)]),
                Binary::Max => call("max", &[operand(a, Or), operand(b, Or)]),
                Binary::Atan2 => call("atan2", &[operand(a, Or), operand(b, Or)]),
                Binary::Hypot => call("hypot", &[operand(a, Or), operand(b, Or)]),
            }
        }
    };
    out.push_str(&text);
    level
}
