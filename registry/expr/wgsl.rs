//! The shader of an expression: one thread for each pixel, an f32 or u32 a pixel in every buffer.
//!
//! Constants stand in the uniform, so that another value is not another shader. NaN and infinities are told by their bits,
//! since compilers of WGSL may take it that there are none. Masks and labels stay u32 as long as they are only compared and
//! chosen. The result is that of float32 arithmetic, within what an operation's `agrees` allows.

use super::fit::{Compared, compare};
use super::{Binary, Dag, Node, Unary};
use crate::dtype::Dtype;
use crate::error::{Code, Error};
use crate::recorder::ROW;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The buffer behind an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    F32,
    U32,
}

/// A shader, and what is bound to it.
#[derive(Debug)]
pub struct Generated {
    pub source: String,
    /// The inputs and numbers that are read, in the order of their bindings, from 1 on; the output follows.
    pub reads: Vec<Read>,
    /// Bits of the constants, behind the header of the uniform.
    pub constants: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    Port(usize),
    /// A buffer of one f32.
    Number(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Float,
    Word,
    Bool,
}

/// Functions that a shader may need: name, those it calls itself, text.
const FUNCTIONS: &[(&str, &[&str], &str)] = &[
    ("is_nan", &[], "fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }"),
    ("truth", &[], "fn truth(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) - 1u < 0x7f800000u; }"),
    ("nan", &[], "fn nan() -> f32 { return bitcast<f32>(params.nan); }"),
    ("inf", &[], "fn inf(sign: u32) -> f32 { return bitcast<f32>(params.inf | sign); }"),
    ("less", &["is_nan"], "fn less(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && a < b; }"),
    (
        "less_equal",
        &["is_nan"],
        "fn less_equal(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && a <= b; }",
    ),
    ("equal", &["is_nan"], "fn equal(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && a == b; }"),
    (
        "minimum",
        &["is_nan"],
        "fn minimum(a: f32, b: f32) -> f32 {
    if (is_nan(a)) { return a; }
    if (is_nan(b)) { return b; }
    return select(a, b, b < a);
}",
    ),
    (
        "maximum",
        &["is_nan"],
        "fn maximum(a: f32, b: f32) -> f32 {
    if (is_nan(a)) { return a; }
    if (is_nan(b)) { return b; }
    return select(a, b, a < b);
}",
    ),
    ("sign_of", &[], "fn sign_of(x: f32) -> f32 { return select(select(x, -1.0, x < 0.0), 1.0, x > 0.0); }"),
    (
        "quantized",
        &["is_nan"],
        "fn quantized(x: f32, low: f32, high: f32) -> f32 {
    return select(clamp(round(x), low, high), 0.0, is_nan(x));
}",
    ),
    (
        "divided",
        &["is_nan", "nan", "inf"],
        "fn divided(a: f32, b: f32) -> f32 {
    if (is_nan(a) || is_nan(b)) { return nan(); }
    if (b == 0.0) {
        if (a == 0.0) { return nan(); }
        return inf((bitcast<u32>(a) ^ bitcast<u32>(b)) & 0x80000000u);
    }
    return a / b;
}",
    ),
    (
        "root",
        &["is_nan", "nan"],
        "fn root(x: f32) -> f32 {
    if (is_nan(x) || x < 0.0) { return nan(); }
    return sqrt(x);
}",
    ),
    // x · 2^n in two steps, neither of which is out of range.
    (
        "scaled",
        &[],
        "fn scaled(x: f32, n: i32) -> f32 {
    let half = n / 2;
    return x * bitcast<f32>(u32(half + 127) << 23u) * bitcast<f32>(u32(n - half + 127) << 23u);
}",
    ),
    // e^r − 1 for |r| ≤ ln 2 / 2.
    (
        "exp_series",
        &[],
        "fn exp_series(r: f32) -> f32 {
    let tail = r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0))));
    return r + r * r * (0.5 + r * (1.0 / 6.0 + tail));
}",
    ),
    (
        "exp_of",
        &["is_nan", "inf", "scaled", "exp_series"],
        "fn exp_of(x: f32) -> f32 {
    if (is_nan(x)) { return x; }
    if (x > 88.8) { return inf(0u); }
    let y = max(x, -104.0);
    let n = round(y * 1.44269504);
    let r = (y - n * 0.693359375) + n * 2.12194440e-4;
    return scaled(1.0 + exp_series(r), i32(n));
}",
    ),
    (
        "expm1_of",
        &["exp_of", "exp_series"],
        "fn expm1_of(x: f32) -> f32 {
    if (abs(x) < 0.3) { return exp_series(x); }
    return exp_of(x) - 1.0;
}",
    ),
    // ln(1 + f) for 1 + f from √½ to √2.
    (
        "log_series",
        &[],
        "fn log_series(f: f32) -> f32 {
    let s = f / (2.0 + f);
    let z = s * s;
    let h = 0.5 * f * f;
    let tail = z * (2.0 / 3.0 + z * (0.4 + z * (2.0 / 7.0 + z * (2.0 / 9.0 + z * (2.0 / 11.0)))));
    return f - (h - s * (h + tail));
}",
    ),
    // Exponent and the rest, x = 2^e · (1 + f), for x > 0.
    (
        "parted",
        &[],
        "fn parted(x: f32) -> vec2<f32> {
    let small = x < 1.17549435e-38;
    let t = bitcast<u32>(select(x, x * 8388608.0, small)) + 0x004afb0du;
    let e = f32(i32(t >> 23u) - 127 - select(0, 23, small));
    return vec2<f32>(e, bitcast<f32>((t & 0x007fffffu) + 0x3f3504f3u) - 1.0);
}",
    ),
    (
        "log_of",
        &["is_nan", "nan", "inf", "parted", "log_series"],
        "fn log_of(x: f32) -> f32 {
    if (is_nan(x) || x < 0.0) { return nan(); }
    if (x == 0.0) { return inf(0x80000000u); }
    if (bitcast<u32>(x) == params.inf) { return x; }
    let p = parted(x);
    return p.x * 0.693359375 + (log_series(p.y) - p.x * 2.12194440e-4);
}",
    ),
    (
        "log1p_of",
        &["log_of", "log_series"],
        "fn log1p_of(x: f32) -> f32 {
    if (x > -0.29 && x < 0.41) { return log_series(x); }
    return log_of(1.0 + x);
}",
    ),
    (
        "log2_of",
        &["is_nan", "nan", "inf", "parted", "log_series"],
        "fn log2_of(x: f32) -> f32 {
    if (is_nan(x) || x < 0.0) { return nan(); }
    if (x == 0.0) { return inf(0x80000000u); }
    if (bitcast<u32>(x) == params.inf) { return x; }
    let p = parted(x);
    return p.x + log_series(p.y) * 1.44269504;
}",
    ),
    // |x|^y for finite x that is not 0; the exponent of x is multiplied exactly.
    (
        "power_series",
        &["inf", "parted", "log_series", "scaled", "exp_series"],
        "fn power_series(x: f32, y: f32) -> f32 {
    let p = parted(x);
    let high = bitcast<f32>(bitcast<u32>(y) & 0xfffff000u);
    let whole = high * p.x;
    let first = round(whole);
    let rest = (whole - first) + ((y - high) * p.x + y * (log_series(p.y) * 1.44269504));
    let second = round(rest);
    let n = first + second;
    if (n > 128.0) { return inf(0u); }
    return scaled(1.0 + exp_series((rest - second) * 0.69314718), i32(max(n, -160.0)));
}",
    ),
    (
        "power",
        &["is_nan", "nan", "inf", "power_series"],
        "fn power(x: f32, y: f32) -> f32 {
    if (y == 0.0 || x == 1.0) { return 1.0; }
    if (is_nan(x) || is_nan(y)) { return nan(); }
    let size = abs(x);
    let endless = (bitcast<u32>(y) & 0x7fffffffu) == params.inf;
    if (endless) {
        if (size == 1.0) { return 1.0; }
        return select(0.0, inf(0u), (size > 1.0) == (y > 0.0));
    }
    let whole = floor(y) == y;
    let odd = whole && floor(y * 0.5) != y * 0.5;
    let sign = select(0u, bitcast<u32>(x) & 0x80000000u, odd);
    if (size == 0.0 || bitcast<u32>(size) == params.inf) {
        return bitcast<f32>(select(0u, params.inf, (size == 0.0) == (y < 0.0)) | sign);
    }
    if (x < 0.0 && !whole) { return nan(); }
    return bitcast<f32>(bitcast<u32>(power_series(size, y)) | sign);
}",
    ),
    // A negative number's power is negative where the exponent is odd, which hangs on its last digit.
    (
        "power_of_parts",
        &["nan", "power"],
        "fn power_of_parts(x: f32, high: f32, low: f32) -> f32 {
    if (x >= 0.0 || low == 0.0) { return power(x, high + low); }
    if (floor(high) != high || floor(low) != low) { return nan(); }
    let odd = (floor(high * 0.5) != high * 0.5) != (floor(low * 0.5) != low * 0.5);
    let size = power(-x, high + low);
    return select(size, -size, odd);
}",
    ),
    (
        "modulo",
        &["is_nan", "nan"],
        "fn modulo(a: f32, b: f32) -> f32 {
    if (is_nan(a) || is_nan(b) || b == 0.0) { return nan(); }
    let rest = a - b * trunc(a / b);
    return select(rest, rest + b, rest != 0.0 && (rest < 0.0) != (b < 0.0));
}",
    ),
    (
        "hypotenuse",
        &["is_nan", "nan", "inf"],
        "fn hypotenuse(a: f32, b: f32) -> f32 {
    let p = max(bitcast<u32>(a) & 0x7fffffffu, bitcast<u32>(b) & 0x7fffffffu);
    let q = min(bitcast<u32>(a) & 0x7fffffffu, bitcast<u32>(b) & 0x7fffffffu);
    if (p == params.inf || q == params.inf) { return inf(0u); }
    if (p > params.inf) { return nan(); }
    if (p == 0u) { return 0.0; }
    let part = bitcast<f32>(q) / bitcast<f32>(p);
    return bitcast<f32>(p) * sqrt(1.0 + part * part);
}",
    ),
    (
        "cube_root",
        &["is_nan", "power"],
        "fn cube_root(x: f32) -> f32 {
    if (is_nan(x) || x == 0.0) { return x; }
    let root = power(abs(x), 0.33333334);
    return bitcast<f32>(bitcast<u32>(root) | (bitcast<u32>(x) & 0x80000000u));
}",
    ),
];

struct Writer<'a> {
    dag: &'a Dag,
    ports: &'a dyn Fn(usize) -> Element,
    types: Vec<Type>,
    reads: Vec<Read>,
    constants: Vec<u32>,
    used: BTreeSet<&'static str>,
    body: String,
}

/// The shader of an expression that is stored as `out`. `ports` gives the elements of an input's buffer.
///
/// # Errors
/// [`Code::Unavailable`] for what float32 cannot hold: whole numbers of 32 bits that are computed.
pub fn generate(dag: &Dag, ports: &dyn Fn(usize) -> Element, out: Element) -> Result<Generated, Error> {
    let dag = &dag.simplified();
    let mut writer = Writer {
        dag,
        ports,
        types: Vec::new(),
        reads: Vec::new(),
        constants: Vec::new(),
        used: BTreeSet::new(),
        body: String::new(),
    };
    for (i, node) in dag.nodes().iter().enumerate() {
        let made = writer.node(node)?;
        if let Some((ty, text)) = &made {
            let _ = writeln!(writer.body, "    let n{i} = {text};");
            writer.types.push(*ty);
        } else {
            writer.types.push(Type::Float);
        }
    }
    let root = dag.root();
    let result = match (out, writer.types[root], &dag.nodes()[root]) {
        (Element::F32, _, _) => writer.operand(root, Type::Float)?,
        (Element::U32, Type::Word, _) => writer.operand(root, Type::Word)?,
        (Element::U32, _, Node::Constant(_)) => writer.operand(root, Type::Word)?,
        (Element::U32, _, _) => {
            let holds = writer.operand(root, Type::Bool)?;
            format!("select(0u, 1u, {holds})")
        }
    };
    let mut source = String::from("// Written by registry/expr/wgsl.rs.\n");
    let vectors = writer.constants.len().div_ceil(4).max(1);
    writer.constants.resize(4 * vectors, 0);
    let _ = write!(
        source,
        "struct Params {{
    shape: vec3<u32>, // z, y, x
    len: u32,
    inf: u32,
    nan: u32,
    padding_0: u32,
    padding_1: u32,
    constants: array<vec4<u32>, {vectors}>,
}}

@group(0) @binding(0) var<uniform> params: Params;
"
    );
    for (k, read) in writer.reads.iter().enumerate() {
        let ty = match read {
            Read::Port(i) if ports(*i) == Element::U32 => "u32",
            _ => "f32",
        };
        let _ = writeln!(source, "@group(0) @binding({}) var<storage, read> input_{k}: array<{ty}>;", k + 1);
    }
    let ty = if out == Element::U32 { "u32" } else { "f32" };
    let _ = writeln!(
        source,
        "@group(0) @binding({}) var<storage, read_write> output: array<{ty}>;\n",
        writer.reads.len() + 1
    );
    for (name, _, text) in FUNCTIONS {
        if writer.used.contains(name) {
            let _ = writeln!(source, "{text}\n");
        }
    }
    let _ = write!(
        source,
        "fn pixel(i: u32) -> {ty} {{
{}    return {result};
}}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {{
    let i = (workgroup.y * {ROW}u + workgroup.x) * 256u + local;
    if (i < params.len) {{
        output[i] = pixel(i);
    }}
}}
",
        writer.body
    );
    Ok(Generated { source, reads: writer.reads, constants: writer.constants })
}

impl Generated {
    /// The words of the uniform for an image of this shape.
    pub fn uniform(&self, shape: [usize; 3]) -> Vec<u32> {
        let len: usize = shape.iter().product();
        let [z, y, x] = shape.map(|n| n as u32);
        let mut words = vec![z, y, x, len as u32, f32::INFINITY.to_bits(), f32::NAN.to_bits(), 0, 0];
        words.extend_from_slice(&self.constants);
        words
    }
}

impl Writer<'_> {
    fn call(&mut self, name: &'static str) -> &'static str {
        if self.used.insert(name)
            && let Some((_, needs, _)) = FUNCTIONS.iter().find(|(n, _, _)| *n == name)
        {
            needs.iter().for_each(|n| {
                self.call(n);
            });
        }
        name
    }

    fn read(&mut self, read: Read) -> usize {
        let at = self.reads.iter().position(|r| *r == read);
        at.unwrap_or_else(|| {
            self.reads.push(read);
            self.reads.len() - 1
        })
    }

    /// A word of the uniform.
    fn slot(&mut self, bits: u32) -> String {
        // Equal constants of one expression are one node; two that round alike are two, for any values.
        self.constants.push(bits);
        let i = self.constants.len() - 1;
        format!("params.constants[{}].{}", i / 4, ["x", "y", "z", "w"][i % 4])
    }

    fn float(&mut self, value: f32) -> String {
        let word = self.slot(value.to_bits());
        format!("bitcast<f32>({word})")
    }

    fn constant_of(&self, i: usize) -> Option<f64> {
        match self.dag.nodes()[i] {
            Node::Constant(c) => Some(c.get()),
            _ => None,
        }
    }

    /// The constant as a number of a mask or of labels.
    fn word_of(&self, i: usize) -> Option<u32> {
        let c = self.constant_of(i)?;
        (c >= 0.0 && c <= f64::from(u32::MAX) && c.fract() == 0.0).then_some(c as u32)
    }

    /// A node as text of this type.
    fn operand(&mut self, i: usize, ty: Type) -> Result<String, Error> {
        if let Some(c) = self.constant_of(i) {
            return Ok(match ty {
                Type::Float => self.float(c as f32),
                Type::Word => {
                    let word = self.word_of(i).ok_or_else(wide)?;
                    self.slot(word)
                }
                Type::Bool => {
                    let word = self.slot(u32::from(c != 0.0 && !c.is_nan()));
                    format!("({word} != 0u)")
                }
            });
        }
        Ok(match (self.types[i], ty) {
            (from, to) if from == to => format!("n{i}"),
            (Type::Word, Type::Float) => format!("f32(n{i})"),
            (Type::Bool, Type::Float) => format!("select(0.0, 1.0, n{i})"),
            (Type::Float, Type::Bool) => format!("{}(n{i})", self.call("truth")),
            (Type::Word, Type::Bool) => format!("(n{i} != 0u)"),
            (Type::Bool, Type::Word) => format!("select(0u, 1u, n{i})"),
            _ => return Err(wide()),
        })
    }

    /// True where both are whole numbers already, and stay so.
    fn words(&self, a: usize, b: usize) -> bool {
        let whole = |i: usize| match self.constant_of(i) {
            Some(_) => self.word_of(i).is_some(),
            None => self.types[i] != Type::Float,
        };
        let word = |i: usize| self.constant_of(i).is_none() && self.types[i] != Type::Float;
        whole(a) && whole(b) && (word(a) || word(b))
    }

    /// Type and text of a node; none of a constant, which stands where it is used.
    fn node(&mut self, node: &Node<usize>) -> Result<Option<(Type, String)>, Error> {
        use Type::*;
        let made = match node {
            Node::Constant(_) => return Ok(None),
            Node::Port { index, .. } => {
                let k = self.read(Read::Port(*index));
                let ty = if (self.ports)(*index) == Element::U32 { Word } else { Float };
                (ty, format!("input_{k}[i]"))
            }
            Node::Number(name) => {
                let k = self.read(Read::Number(name.to_string()));
                (Float, format!("input_{k}[0] + input_{k}[1]"))
            }
            Node::Position(axis) => {
                let text = match axis {
                    0 => "f32(i / params.shape.z / params.shape.y)",
                    1 => "f32(i / params.shape.z % params.shape.y)",
                    _ => "f32(i % params.shape.z)",
                };
                (Float, text.to_string())
            }
            Node::Unary(Unary::Not, a) => {
                let a = self.operand(*a, Bool)?;
                (Bool, format!("!{a}"))
            }
            Node::Unary(Unary::IsNan, a) => {
                let a = self.operand(*a, Float)?;
                (Bool, format!("{}({a})", self.call("is_nan")))
            }
            Node::Unary(op, a) => {
                let a = self.operand(*a, Float)?;
                let name = match op {
                    Unary::Neg => return Ok(Some((Float, format!("-{a}")))),
                    Unary::Log10 => {
                        return Ok(Some((Float, format!("{}({a}) * 0.30103", self.call("log2_of")))));
                    }
                    Unary::Exp2 => {
                        let two = self.float(2.0);
                        return Ok(Some((Float, format!("{}({two}, {a})", self.call("power")))));
                    }
                    Unary::Abs => "abs",
                    Unary::Floor => "floor",
                    Unary::Ceil => "ceil",
                    Unary::Round => "round",
                    Unary::Trunc => "trunc",
                    Unary::Sqrt => self.call("root"),
                    Unary::Sign => self.call("sign_of"),
                    Unary::Exp => self.call("exp_of"),
                    Unary::ExpM1 => self.call("expm1_of"),
                    Unary::Ln => self.call("log_of"),
                    Unary::Ln1P => self.call("log1p_of"),
                    Unary::Log2 => self.call("log2_of"),
                    Unary::Cbrt => self.call("cube_root"),
                    Unary::Sin => "sin",
                    Unary::Cos => "cos",
                    Unary::Tan => "tan",
                    Unary::Asin => "asin",
                    Unary::Acos => "acos",
                    Unary::Atan => "atan",
                    Unary::Sinh => "sinh",
                    Unary::Cosh => "cosh",
                    Unary::Tanh => "tanh",
                    Unary::Not | Unary::IsNan => "",
                };
                (Float, format!("{name}({a})"))
            }
            Node::Binary(op @ (Binary::And | Binary::Or), a, b) => {
                let (a, b) = (self.operand(*a, Bool)?, self.operand(*b, Bool)?);
                (Bool, format!("{a} {} {b}", if *op == Binary::And { "&&" } else { "||" }))
            }
            Node::Binary(
                op @ (Binary::Less | Binary::LessEqual | Binary::Equal | Binary::NotEqual),
                a,
                b,
            ) => (Bool, self.comparison(*op, *a, *b)?),
            Node::Binary(op @ (Binary::Min | Binary::Max), a, b) => {
                let least = *op == Binary::Min;
                if self.words(*a, *b) {
                    let (a, b) = (self.operand(*a, Word)?, self.operand(*b, Word)?);
                    (Word, format!("{}({a}, {b})", if least { "min" } else { "max" }))
                } else {
                    let (a, b) = (self.operand(*a, Float)?, self.operand(*b, Float)?);
                    (Float, format!("{}({a}, {b})", self.call(if least { "minimum" } else { "maximum" })))
                }
            }
            Node::Binary(op @ (Binary::Add | Binary::Sub), a, b) => {
                let sign = if *op == Binary::Add { "+" } else { "-" };
                match (self.two_parts(*a), self.two_parts(*b)) {
                    (None, Some([high, low])) => {
                        let a = self.operand(*a, Float)?;
                        (Float, format!("({a} {sign} {high}) {sign} {low}"))
                    }
                    (Some([high, low]), None) => {
                        let b = self.operand(*b, Float)?;
                        (Float, format!("({high} {sign} {b}) + {low}"))
                    }
                    _ => {
                        let (a, b) = (self.operand(*a, Float)?, self.operand(*b, Float)?);
                        (Float, format!("{a} {sign} {b}"))
                    }
                }
            }
            Node::Binary(op, a, b) => {
                if *op == Binary::Pow && self.needs_all_digits(*b) {
                    let a = self.operand(*a, Float)?;
                    if let Some([high, low]) = self.two_parts(*b) {
                        return Ok(Some((
                            Float,
                            format!("{}({a}, {high}, {low})", self.call("power_of_parts")),
                        )));
                    }
                }
                let (a, b) = (self.operand(*a, Float)?, self.operand(*b, Float)?);
                let name = match op {
                    Binary::Mul => return Ok(Some((Float, format!("{a} * {b}")))),
                    Binary::Div => self.call("divided"),
                    Binary::Mod => self.call("modulo"),
                    Binary::Pow => self.call("power"),
                    Binary::Hypot => self.call("hypotenuse"),
                    _ => "atan2",
                };
                (Float, format!("{name}({a}, {b})"))
            }
            Node::Select(c, a, b) => {
                let ty = if self.words(*a, *b) { Word } else { Float };
                let (c, a, b) = (self.operand(*c, Bool)?, self.operand(*a, ty)?, self.operand(*b, ty)?);
                (ty, format!("select({b}, {a}, {c})"))
            }
            Node::Cast(Dtype::F32, a) => (Float, self.operand(*a, Float)?),
            Node::Cast(dtype, a) if dtype.size() == 4 => match self.types[*a] {
                Word if *dtype == Dtype::U32 => (Word, self.operand(*a, Word)?),
                Bool => (Word, self.operand(*a, Word)?),
                _ => return Err(wide()),
            },
            Node::Cast(dtype, a) => {
                let a = self.operand(*a, Float)?;
                let (low, high) = dtype.range();
                (Float, format!("{}({a}, {low:?}, {high:?})", self.call("quantized")))
            }
        };
        Ok(Some(made))
    }

    /// A constant as the sum of two floats.
    fn parts(&mut self, c: f64) -> [String; 2] {
        let high = c as f32;
        let low = if high.is_finite() { (c - high as f64) as f32 } else { 0.0 };
        [self.float(high), self.float(low)]
    }

    /// Whether an exponent may be a whole number that float32 rounds to an odd or even one at will.
    fn needs_all_digits(&self, i: usize) -> bool {
        match self.constant_of(i) {
            Some(c) => c.fract() == 0.0 && f64::from(c as f32) != c,
            None => matches!(self.dag.nodes()[i], Node::Number(_)),
        }
    }

    /// A number of a port: the largest f32 that is not above it, and the rest.
    fn number_parts(&mut self, i: usize) -> Option<[String; 2]> {
        let Node::Number(name) = &self.dag.nodes()[i] else { return None };
        let k = self.read(Read::Number(name.to_string()));
        Some([0, 1].map(|part| format!("input_{k}[{part}]")))
    }

    /// A constant or a number of a port, as the sum of two floats.
    fn two_parts(&mut self, i: usize) -> Option<[String; 2]> {
        match self.constant_of(i) {
            Some(c) => Some(self.parts(c)),
            None => self.number_parts(i),
        }
    }

    /// A float compared with a number of a port: no f32 lies between the number and its first part.
    fn with_number(
        &mut self,
        op: Binary,
        float: usize,
        [high, low]: [String; 2],
        left: bool,
    ) -> Result<String, Error> {
        let a = self.operand(float, Type::Float)?;
        let (less, most) = (self.call("less"), self.call("less_equal"));
        Ok(match (op, left) {
            (Binary::Less, false) => format!("select({less}({a}, {high}), {most}({a}, {high}), {low} > 0.0)"),
            (Binary::Less, true) => format!("{less}({high}, {a})"),
            (Binary::LessEqual, false) => format!("{most}({a}, {high})"),
            (Binary::LessEqual, true) => {
                format!("select({less}({high}, {a}), {most}({high}, {a}), !({low} > 0.0))")
            }
            (op, _) => {
                let not = if op == Binary::Equal { "" } else { "!" };
                format!("{not}({}({a}, {high}) && !({low} > 0.0))", self.call("equal"))
            }
        })
    }

    fn comparison(&mut self, op: Binary, a: usize, b: usize) -> Result<String, Error> {
        match (self.number_parts(a), self.number_parts(b)) {
            (Some(number), None) if self.constant_of(b).is_none() => {
                return self.with_number(op, b, number, true);
            }
            (None, Some(number)) if self.constant_of(a).is_none() => {
                return self.with_number(op, a, number, false);
            }
            _ => {}
        }
        let infix = |a: String, b: String| match op {
            Binary::Less => format!("{a} < {b}"),
            Binary::LessEqual => format!("{a} <= {b}"),
            Binary::Equal => format!("{a} == {b}"),
            _ => format!("{a} != {b}"),
        };
        let (p, q) = (self.constant_of(a), self.constant_of(b));
        let words = [(a, p), (b, q)].iter().all(|(i, c)| c.is_some() || self.types[*i] != Type::Float);
        if words && (p.is_none() || q.is_none()) {
            let compared = match (p, q) {
                (Some(c), None) => compare_whole(op, c, true),
                (None, Some(c)) => compare_whole(op, c, false),
                _ => None,
            };
            return match compared {
                Some(Compared::Always(holds)) => Ok(format!("{holds}")),
                Some(Compared::With(c)) => {
                    let c = self.slot(c as u32);
                    let other = self.operand(if p.is_some() { b } else { a }, Type::Word)?;
                    Ok(if p.is_some() { infix(c, other) } else { infix(other, c) })
                }
                None => {
                    let (a, b) = (self.operand(a, Type::Word)?, self.operand(b, Type::Word)?);
                    Ok(infix(a, b))
                }
            };
        }
        let adjusted = |this: &mut Self, c: f64, left: bool| match c as f32 as f64 == c {
            true => Ok(this.float(c as f32)),
            false => match compare(op, c, left, Dtype::F32) {
                Compared::Always(holds) => Err(holds),
                Compared::With(c) => Ok(this.float(c as f32)),
            },
        };
        let left = match p {
            Some(c) => adjusted(self, c, true),
            None => Ok(self.operand(a, Type::Float)?),
        };
        let right = match q {
            Some(c) => adjusted(self, c, false),
            None => Ok(self.operand(b, Type::Float)?),
        };
        Ok(match (left, right) {
            (Err(holds), _) | (_, Err(holds)) => format!("{holds}"),
            (Ok(a), Ok(b)) => match op {
                Binary::Less => format!("{}({a}, {b})", self.call("less")),
                Binary::LessEqual => format!("{}({a}, {b})", self.call("less_equal")),
                Binary::Equal => format!("{}({a}, {b})", self.call("equal")),
                _ => format!("!{}({a}, {b})", self.call("equal")),
            },
        })
    }
}

/// A comparison of u32 with a constant.
fn compare_whole(op: Binary, c: f64, left: bool) -> Option<Compared> {
    let representable = c >= 0.0 && c <= f64::from(u32::MAX) && c.fract() == 0.0;
    Some(if representable { Compared::With(c) } else { compare(op, c, left, Dtype::U32) })
}

fn wide() -> Error {
    Error::new(Code::Unavailable, "whole numbers of 32 bits are computed on the host")
        .help("run with --on cpu")
}
