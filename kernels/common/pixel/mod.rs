//! The host's loop of `kernel: pixel`: an expression becomes a program over registers of lanes, or a table.
//!
//! The compiler chooses how, not the operation, and each way gives the same bits (`docs/numbers.md`): lanes of the inputs' own
//! whole numbers or of float32 where [`fit`] says that this is exact, else lanes of float64; and a table where the one input has 8
//! or 16 bits and the expression is dear.

pub mod functions;
mod lanes;
mod program;
mod table;

use super::fresh::{Fresh, fresh};
use program::{Inputs, Program};
use rotifer_registry::expr::fit::fit;
use rotifer_registry::expr::{Binary, Dag, Expr, Node, Unary};
use rotifer_registry::pixel::{Engine, Ready};
use rotifer_registry::{Code, Dtype, Error, Pixels, Volume, VolumeMeta};
use table::Table;

inventory::submit! { Engine { ready: |tree, dtype, pixels| Ok(Box::new(Compiled::new(tree, dtype, pixels)?)) } }

/// How an expression is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In lanes of this dtype; of float64 where there is none.
    Lanes(Option<Dtype>),
    Table,
}

/// An expression that is ready to run.
pub struct Compiled {
    way: Way,
    form: Form,
    out: Dtype,
    /// The inputs that are read, and their dtypes.
    ports: Vec<(usize, Dtype)>,
}

enum Form {
    U8(Program<u8>),
    U16(Program<u16>),
    I16(Program<i16>),
    U32(Program<u32>),
    I32(Program<i32>),
    F32(Program<f32>),
    F64(Program<f64>),
    Table(Table),
}

impl Ready for Compiled {
    fn run(&self, volumes: &[Option<&Volume>], meta: &VolumeMeta) -> Result<Volume, Error> {
        Compiled::run(self, volumes, meta)
    }
}

impl Compiled {
    /// The fastest way for so many pixels of this dtype.
    pub fn new(tree: &Expr, out: Dtype, pixels: usize) -> Result<Compiled, Error> {
        let dag = ready(tree)?;
        let compiled = Compiled::in_lanes(&dag, out)?;
        match compiled.worth_a_table(&dag, pixels) {
            Some((port, dtype)) => compiled.into_table(port, dtype),
            None => Ok(compiled),
        }
    }

    /// One way, where it can be taken: all give the same bits.
    pub fn by(tree: &Expr, out: Dtype, way: Way) -> Result<Option<Compiled>, Error> {
        let dag = ready(tree)?;
        Ok(match way {
            Way::Lanes(lane) => {
                form(&dag, out, lane).map(|form| Compiled { way, form, out, ports: ports(&dag) })
            }
            Way::Table => match single_port(&dag) {
                Some((port, dtype)) => Some(Compiled::in_lanes(&dag, out)?.into_table(port, dtype)?),
                None => None,
            },
        })
    }

    pub fn way(&self) -> Way {
        self.way
    }

    fn in_lanes(dag: &Dag, out: Dtype) -> Result<Compiled, Error> {
        let ports = ports(dag);
        let own = ports.iter().map(|(_, dtype)| *dtype).max_by_key(|d| d.size()).filter(|d| d.is_integer());
        let ways = own.into_iter().map(Some).chain([Some(Dtype::F32), None]);
        let mut made = ways.filter_map(|lane| {
            Some(Compiled { way: Way::Lanes(lane), form: form(dag, out, lane)?, out, ports: ports.clone() })
        });
        made.next().ok_or_else(|| Error::new(Code::Internal, "an expression that has no loop"))
    }

    /// The input of 8 or 16 bits, where looking up costs less than computing.
    fn worth_a_table(&self, dag: &Dag, pixels: usize) -> Option<(usize, Dtype)> {
        let (port, dtype) = single_port(dag)?;
        let entries = 1usize << (8 * dtype.size());
        // Nanoseconds for 1,024 pixels, measured on an AVX2 machine; what matters is which is the larger.
        let (load, node) = match self.way {
            Way::Lanes(Some(Dtype::F32)) => (150.0, 85.0),
            Way::Lanes(None) => (350.0, 200.0),
            Way::Lanes(Some(_)) | Way::Table => (0.0, 40.0),
        };
        let cost: f64 = dag.nodes().iter().map(|n| node_cost(n, node)).sum::<f64>() + load;
        let look_up = match (dtype.size(), self.out.size()) {
            (1, 1 | 2) => 300.0,
            (1, _) => 450.0,
            (_, 1 | 2) => 550.0,
            _ => 1000.0,
        };
        let build = cost * entries as f64 / pixels.max(1) as f64;
        (cost > look_up + build).then_some((port, dtype))
    }

    fn into_table(self, port: usize, dtype: Dtype) -> Result<Compiled, Error> {
        let every =
            table::every(dtype).ok_or_else(|| Error::new(Code::Internal, "a table of 32-bit numbers"))?;
        let n = 1usize << (8 * dtype.size());
        let columns: Vec<Option<&Pixels>> = (0..=port).map(|i| (i == port).then_some(&every)).collect();
        let inputs = Inputs { ports: &columns, shape: [1, 1, n] };
        let values = fresh(n * self.out.size(), |out| self.fill(inputs, out));
        let form = Form::Table(Table { port, values, out: self.out });
        Ok(Compiled { way: Way::Table, form, ..self })
    }

    /// An image like `meta`.
    pub fn run(&self, volumes: &[Option<&Volume>], meta: &VolumeMeta) -> Result<Volume, Error> {
        let ports: Vec<Option<&Pixels>> = volumes.iter().map(|v| v.map(Volume::pixels)).collect();
        if let Some(odd) = volumes.iter().flatten().find(|v| v.shape() != meta.shape) {
            return Err(Error::new(Code::Shape, "inputs of different shape").value(odd.meta().shape_text()));
        }
        for (port, dtype) in &self.ports {
            if volumes.get(*port).copied().flatten().map(Volume::dtype) != Some(*dtype) {
                return Err(Error::new(
                    Code::Internal,
                    format!("input {port} of an expression is no {dtype}"),
                ));
            }
        }
        let inputs = Inputs { ports: &ports, shape: meta.shape };
        macro_rules! made {
            ($t:ty) => {{
                let pixels = fresh::<$t>(meta.len(), |out| self.fill(inputs, out.bytes()));
                Volume::from_vec(meta, pixels)
            }};
        }
        match self.out {
            Dtype::U8 => made!(u8),
            Dtype::U16 => made!(u16),
            Dtype::I16 => made!(i16),
            Dtype::U32 => made!(u32),
            Dtype::I32 => made!(i32),
            Dtype::F32 => made!(f32),
        }
    }

    fn fill(&self, inputs: Inputs, out: Fresh<u8>) {
        match &self.form {
            Form::U8(p) => p.run(inputs, out),
            Form::U16(p) => p.run(inputs, out),
            Form::I16(p) => p.run(inputs, out),
            Form::U32(p) => p.run(inputs, out),
            Form::I32(p) => p.run(inputs, out),
            Form::F32(p) => p.run(inputs, out),
            Form::F64(p) => p.run(inputs, out),
            Form::Table(table) => table.run(inputs.ports.get(table.port).copied().flatten(), out),
        }
    }
}

/// The expression without repetitions, all its numbers known.
fn ready(tree: &Expr) -> Result<Dag, Error> {
    let dag = Dag::new(tree).simplified();
    match dag.unbound() {
        None => Ok(dag),
        Some(name) => Err(Error::new(Code::UnknownInput, format!("`{name}` has no value"))),
    }
}

fn form(dag: &Dag, out: Dtype, lane: Option<Dtype>) -> Option<Form> {
    let Some(lane) = lane else { return Program::new(dag, out).map(Form::F64) };
    let dag = &fit(dag, lane, out)?;
    match lane {
        Dtype::U8 => Program::new(dag, out).map(Form::U8),
        Dtype::U16 => Program::new(dag, out).map(Form::U16),
        Dtype::I16 => Program::new(dag, out).map(Form::I16),
        Dtype::U32 => Program::new(dag, out).map(Form::U32),
        Dtype::I32 => Program::new(dag, out).map(Form::I32),
        Dtype::F32 => Program::new(dag, out).map(Form::F32),
    }
}

fn ports(dag: &Dag) -> Vec<(usize, Dtype)> {
    let port = |n: &Node<usize>| match n {
        Node::Port { index, dtype } => Some((*index, *dtype)),
        _ => None,
    };
    dag.nodes().iter().filter_map(port).collect()
}

/// The one input of an expression, if it has 8 or 16 bits and nothing else changes from pixel to pixel.
fn single_port(dag: &Dag) -> Option<(usize, Dtype)> {
    match ports(dag).as_slice() {
        [(port, dtype)] if dtype.size() <= 2 && !dag.has_position() => Some((*port, *dtype)),
        _ => None,
    }
}

fn node_cost(node: &Node<usize>, cheap: f64) -> f64 {
    match node {
        Node::Port { .. } | Node::Number(_) | Node::Constant(_) | Node::Position(_) => 0.0,
        Node::Binary(Binary::Pow, ..) => 4400.0,
        Node::Binary(Binary::Mod | Binary::Atan2 | Binary::Hypot, ..) => 10_000.0,
        Node::Unary(Unary::Exp | Unary::Ln | Unary::Log2 | Unary::Exp2, _) => 1200.0,
        Node::Unary(op, _) => match op {
            Unary::Neg | Unary::Abs | Unary::Not | Unary::IsNan | Unary::Sign => cheap,
            Unary::Sqrt | Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc => 2.0 * cheap,
            _ => 10_000.0,
        },
        Node::Binary(Binary::Div, ..) => 2.0 * cheap,
        Node::Binary(..) | Node::Select(..) | Node::Cast(..) => cheap,
    }
}
