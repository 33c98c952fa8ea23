//! The shader of an expression: one thread makes one word of the output, of 4, 2 or 1 pixels.
//!
//! Loads and stores are of the dtypes that the buffers hold, so that pixels lie on the device as they lie on the host. Constants
//! stand in the uniform, so that another value is not another shader. NaN and infinities are told by their bits, since compilers of
//! WGSL may take it that there are none. Whole numbers stay u32 as long as they are only compared and chosen. The result is that of
//! float32 arithmetic, within what an operation's `agrees` allows.

mod functions;
mod writer;

use super::{Dag, Node};
use crate::dtype::Dtype;
use crate::error::{Code, Error};
use crate::recorder::ROW;
use functions::FUNCTIONS;
use std::collections::BTreeSet;
use std::fmt::Write;
use writer::{Writer, per_word};

/// A shader, and what is bound to it.
#[derive(Debug)]
pub struct Generated {
    pub source: String,
    /// The inputs and numbers that are read, in the order of their bindings, from 1 on; the output follows.
    pub reads: Vec<Read>,
    /// Bits of the constants, behind the header of the uniform.
    pub constants: Vec<u32>,
    /// Pixels that a thread makes.
    pub pixels: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    Port(usize),
    /// A buffer of two f32 whose sum it is.
    Number(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Float,
    Word,
    Bool,
}

/// The shader of an expression that is stored as `store`. `loads` gives the dtype that an input is stored as, which need not be the
/// expression's: a mask may lie there as u32.
///
/// # Errors
/// [`Code::Unavailable`] for what float32 cannot hold: whole numbers of 32 bits that are computed.
pub fn generate(dag: &Dag, loads: &dyn Fn(usize) -> Dtype, store: Dtype) -> Result<Generated, Error> {
    let dag = &dag.simplified();
    let pixels = per_word(store);
    let mut writer = Writer {
        dag,
        loads,
        pixels,
        types: Vec::new(),
        reads: Vec::new(),
        constants: Vec::new(),
        used: BTreeSet::new(),
    };
    let mut body = String::new();
    for (i, node) in dag.nodes().iter().enumerate() {
        // The store casts by itself.
        let is_store = i == dag.root() && matches!(node, Node::Cast(dtype, _) if *dtype == store);
        let made = if is_store && store.size() == 4 { None } else { writer.node(node)? };
        if let Some((ty, text)) = &made {
            let _ = writeln!(body, "    let n{i} = {text};");
            writer.types.push(*ty);
        } else {
            writer.types.push(Type::Float);
        }
    }
    let result = writer.stored(dag.root(), store)?;
    let vectors = writer.constants.len().div_ceil(4).max(1);
    writer.constants.resize(4 * vectors, 0);
    let mut source = format!(
        "// Written by registry/expr/wgsl.
struct Params {{
    shape: vec3<u32>, // z, y, x
    len: u32,
    words: u32, // of the output
    inf: u32,
    nan: u32,
    zero: u32,
    constants: array<vec4<u32>, {vectors}>,
}}

@group(0) @binding(0) var<uniform> params: Params;
"
    );
    let element = |dtype: Dtype| if dtype == Dtype::F32 { "f32" } else { "u32" };
    let (mut words, mut parameters, mut arguments) = (String::new(), String::new(), String::new());
    for (k, read) in writer.reads.iter().enumerate() {
        let dtype = if let Read::Port(i) = read { loads(*i) } else { Dtype::F32 };
        let ty = element(dtype);
        let _ = writeln!(source, "@group(0) @binding({}) var<storage, read> input_{k}: array<{ty}>;", k + 1);
        if per_word(dtype) > 1 && per_word(dtype) >= pixels {
            let _ = writeln!(words, "        let word_{k} = input_{k}[i / {}u];", per_word(dtype));
            let _ = write!(parameters, ", word_{k}: u32");
            let _ = write!(arguments, ", word_{k}");
        }
    }
    let ty = element(store);
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
    let made = match pixels {
        1 => format!("        output[word] = pixel(i{arguments});\n"),
        _ => {
            let mut text = format!("        var packed = pixel(i{arguments});\n");
            for k in 1..pixels {
                let shift = 32 / pixels * k;
                let _ = writeln!(
                    text,
                    "        if (i + {k}u < params.len) {{ packed |= pixel(i + {k}u{arguments}) << {shift}u; }}"
                );
            }
            text + "        output[word] = packed;\n"
        }
    };
    let _ = write!(
        source,
        "fn pixel(i: u32{parameters}) -> {ty} {{
{body}    return {result};
}}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {{
    let word = (workgroup.y * {ROW}u + workgroup.x) * 256u + local;
    if (word < params.words) {{
        let i = word * {pixels}u;
{words}{made}    }}
}}
"
    );
    Ok(Generated { source, reads: writer.reads, constants: writer.constants, pixels })
}

impl Generated {
    /// Words of the output for so many pixels.
    pub fn words(&self, pixels: usize) -> usize {
        pixels.div_ceil(self.pixels)
    }

    /// The words of the uniform for an image of this shape. [`Code::DeviceMemory`] where a u32 cannot number its pixels.
    pub fn uniform(&self, shape: [usize; 3]) -> Result<Vec<u32>, Error> {
        let len: usize = shape.iter().product();
        let number = |n: usize| {
            u32::try_from(n).map_err(|_| {
                Error::new(Code::DeviceMemory, "the image has more pixels than a shader can number")
                    .value(len)
            })
        };
        let [z, y, x] = shape.map(|n| n as u32);
        let (len, count) = (number(len)?, number(self.words(len))?);
        let mut words = vec![z, y, x, len, count, f32::INFINITY.to_bits(), f32::NAN.to_bits(), 0];
        words.extend_from_slice(&self.constants);
        Ok(words)
    }
}

fn wide() -> Error {
    Error::new(Code::Unavailable, "whole numbers of 32 bits are computed on the host")
        .help("run with --on cpu")
}
