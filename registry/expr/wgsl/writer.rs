//! The body of a shader: one variable for each node of an expression.

use super::functions::FUNCTIONS;
use super::{Read, Type, wide};
use crate::dtype::Dtype;
use crate::error::Error;
use crate::expr::fit::{Compared, compare};
use crate::expr::{Binary, Dag, Node, Unary};
use std::collections::BTreeSet;

pub(super) struct Writer<'a> {
    pub dag: &'a Dag,
    /// The dtype that the pixels of an input are stored as.
    pub loads: &'a dyn Fn(usize) -> Dtype,
    /// Pixels of the word that a thread makes.
    pub pixels: usize,
    pub types: Vec<Type>,
    pub reads: Vec<Read>,
    pub constants: Vec<u32>,
    pub used: BTreeSet<&'static str>,
}

impl Writer<'_> {
    pub fn call(&mut self, name: &'static str) -> &'static str {
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
    pub fn word_of(&self, i: usize) -> Option<u32> {
        let c = self.constant_of(i)?;
        (c >= 0.0 && c <= f64::from(u32::MAX) && c.fract() == 0.0).then_some(c as u32)
    }

    /// A node as text of this type.
    pub fn operand(&mut self, i: usize, ty: Type) -> Result<String, Error> {
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
    pub fn node(&mut self, node: &Node<usize>) -> Result<Option<(Type, String)>, Error> {
        use Type::*;
        let made = match node {
            Node::Constant(_) => return Ok(None),
            Node::Port { index, .. } => {
                let k = self.read(Read::Port(*index));
                self.load(k, (self.loads)(*index))?
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
            Node::Unary(Unary::Abs | Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc, a)
                if self.types[*a] == Word =>
            {
                (Word, self.operand(*a, Word)?)
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
            Node::Cast(dtype, a) => return self.cast(*dtype, *a).map(Some),
        };
        Ok(Some(made))
    }

    /// The number as a dtype stores it.
    fn cast(&mut self, dtype: Dtype, a: usize) -> Result<(Type, String), Error> {
        use Type::*;
        let constant = self.constant_of(a).is_some();
        Ok(match (dtype, self.types[a]) {
            // The work of one step and that of the next: no compiler is to see them as one.
            (Dtype::F32, Float) if self.is_rounded(a) => (Float, format!("{}(n{a})", self.call("kept"))),
            (Dtype::F32, _) => (Float, self.operand(a, Float)?),
            (_, Bool) => (Bool, self.operand(a, Bool)?),
            (Dtype::U32, Word) => (Word, self.operand(a, Word)?),
            (Dtype::U32, _) if constant => (Word, self.operand(a, Word)?),
            (Dtype::U32 | Dtype::I32, _) => return Err(wide()),
            (_, Word) => {
                let high = dtype.range().1;
                (Word, format!("min(n{a}, {high}u)"))
            }
            (_, Float) => {
                let (low, high) = dtype.range();
                let a = self.operand(a, Float)?;
                (Float, format!("{}({a}, {low:?}, {high:?})", self.call("quantized")))
            }
        })
    }

    /// Whether a node is the result of arithmetic.
    fn is_rounded(&self, i: usize) -> bool {
        let node = &self.dag.nodes()[i];
        !matches!(node, Node::Port { .. } | Node::Constant(_) | Node::Position(_) | Node::Cast(..))
    }

    /// The pixel `i` of an input.
    fn load(&self, k: usize, dtype: Dtype) -> Result<(Type, String), Error> {
        let pixels = per_word(dtype);
        // All pixels of a thread lie in one word of an input that has as many in a word, or more.
        let word = match pixels {
            1 => format!("input_{k}[i]"),
            _ if pixels >= self.pixels => format!("word_{k}"),
            _ => format!("input_{k}[i / {pixels}u]"),
        };
        Ok(match dtype {
            Dtype::F32 => (Type::Float, word),
            Dtype::U32 => (Type::Word, word),
            Dtype::I32 => return Err(wide()),
            Dtype::U8 => (Type::Word, format!("({word} >> (i % 4u * 8u)) & 0xffu")),
            Dtype::U16 => (Type::Word, format!("({word} >> (i % 2u * 16u)) & 0xffffu")),
            Dtype::I16 => (Type::Float, format!("f32(bitcast<i32>({word} << (16u - i % 2u * 16u)) >> 16u)")),
        })
    }

    /// The bits of the pixel: the expression as a dtype stores it.
    pub fn stored(&mut self, root: usize, dtype: Dtype) -> Result<String, Error> {
        let (low, high) = dtype.range();
        let (mut root, mut is_whole) = (root, false);
        while let Node::Cast(to, a) = self.dag.nodes()[root]
            && to == dtype
        {
            // A cast to 8 or 16 bits has rounded; its value is a float that is whole.
            if dtype.size() <= 2 && self.types[a] == Type::Float && self.constant_of(a).is_none() {
                is_whole = true;
                break;
            }
            root = a;
        }
        if let (Some(c), true) = (self.constant_of(root), dtype.is_integer()) {
            let bits = dtype.quantize(c) as i64 as u32;
            return Ok(self.slot(if dtype.size() == 2 { bits & 0xffff } else { bits }));
        }
        Ok(match (dtype, self.types[root]) {
            (Dtype::F32, _) => self.operand(root, Type::Float)?,
            (_, Type::Bool) | (Dtype::U32, Type::Word) => self.operand(root, Type::Word)?,
            (_, Type::Word) => format!("min(n{root}, {high}u)"),
            (Dtype::U32, Type::Float) => format!("{}(n{root})", self.call("to_u32")),
            (Dtype::I32, Type::Float) => format!("{}(n{root})", self.call("to_i32")),
            (_, Type::Float) => {
                let whole = match is_whole {
                    true => format!("n{root}"),
                    false => format!("{}(n{root}, {low:?}, {high:?})", self.call("quantized")),
                };
                match dtype {
                    Dtype::I16 => format!("bitcast<u32>(i32({whole})) & 0xffffu"),
                    _ => format!("u32({whole})"),
                }
            }
        })
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

/// Pixels of a dtype in a word.
pub(super) fn per_word(dtype: Dtype) -> usize {
    4 / dtype.size()
}
