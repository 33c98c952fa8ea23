//! A linear program over registers of lanes.

use super::lanes::{Combine, Fill, Lane, Write, choose};
use crate::common::fresh::Fresh;
use crate::common::threads::share;
use rotifer_registry::expr::{Dag, Node};
use rotifer_registry::{Dtype, Pixels, each_dtype};

/// Pixels that a thread takes at a time.
const BLOCK: usize = 16_384;
/// Bytes that the registers of a program may take: half of a first cache.
const NEAR: usize = 16 << 10;

#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Register(usize),
    Constant(usize),
    /// An input whose pixels are lanes as they lie.
    Port(usize),
}

enum Kind<T> {
    Load(usize),
    Position(usize),
    Fill(Fill<T>, At),
    Combine(Combine<T>, At, At),
    Choose(At, At, At),
}

struct Step<T> {
    out: usize,
    kind: Kind<T>,
}

/// 64 bytes that begin where a cache line does.
#[repr(C, align(64))]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Line([u8; 64]);

#[derive(Default)]
struct Register(Vec<Line>);

impl Register {
    fn new<T: Lane>(lanes: usize) -> Register {
        Register(vec![bytemuck::Zeroable::zeroed(); (lanes * size_of::<T>()).div_ceil(64)])
    }

    fn lanes<T: Lane>(&self, n: usize) -> &[T] {
        &bytemuck::cast_slice(&self.0)[..n]
    }

    fn lanes_mut<T: Lane>(&mut self, n: usize) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.0)[..n]
    }
}

pub struct Program<T: Lane> {
    steps: Vec<Step<T>>,
    constants: Vec<Register>,
    registers: usize,
    result: At,
    write: Write<T>,
    out: Dtype,
    lanes: usize,
}

/// Where a program runs: the inputs by slot, and the shape.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    pub ports: &'a [Option<&'a Pixels>],
    pub shape: [usize; 3],
}

impl<T: Lane> Program<T> {
    /// The program of an expression whose nodes are all of this lane; none if one is not.
    pub fn new(dag: &Dag, out: Dtype) -> Option<Program<T>> {
        let nodes = dag.nodes();
        let mut last = vec![0; nodes.len()];
        for (i, node) in nodes.iter().enumerate() {
            node.operands().into_iter().for_each(|x| last[x] = i);
        }
        let mut constants = Vec::new();
        let mut places: Vec<At> = Vec::with_capacity(nodes.len());
        let (mut steps, mut free, mut registers) = (Vec::new(), Vec::new(), 0);
        for (i, node) in nodes.iter().enumerate() {
            let place = |x: &usize| places[*x];
            let kind = match node {
                Node::Constant(c) => {
                    constants.push(T::constant(c.get()));
                    places.push(At::Constant(constants.len() - 1));
                    continue;
                }
                Node::Port { index, dtype } if Some(*dtype) == T::DTYPE => {
                    places.push(At::Port(*index));
                    continue;
                }
                Node::Port { index, .. } => Kind::Load(*index),
                Node::Position(axis) => Kind::Position(*axis),
                Node::Number(_) => return None,
                Node::Unary(op, a) => Kind::Fill(T::unary(*op)?, place(a)),
                Node::Cast(dtype, a) => Kind::Fill(T::cast(*dtype)?, place(a)),
                Node::Binary(op, a, b) => Kind::Combine(T::binary(*op)?, place(a), place(b)),
                Node::Select(c, a, b) => Kind::Choose(place(c), place(a), place(b)),
            };
            // The register of the result is none of the operands: loops never read where they write.
            let register = free.pop().unwrap_or_else(|| {
                registers += 1;
                registers - 1
            });
            for x in node.operands() {
                if let (At::Register(r), true) = (places[x], last[x] == i)
                    && !free.contains(&r)
                {
                    free.push(r);
                }
            }
            steps.push(Step { out: register, kind });
            places.push(At::Register(register));
        }
        let lanes = NEAR / ((registers + constants.len()).max(1) * size_of::<T>());
        let lanes = lanes.clamp(256, 1024) / 64 * 64;
        let filled = |c: T| {
            let mut register = Register::new::<T>(lanes);
            register.lanes_mut(lanes).fill(c);
            register
        };
        Some(Program {
            steps,
            constants: constants.into_iter().map(filled).collect(),
            registers,
            result: *places.last()?,
            write: T::store(out)?,
            out,
            lanes,
        })
    }

    /// Writes the pixels of the output, as bytes in the machine's order.
    pub fn run(&self, inputs: Inputs, out: Fresh<u8>) {
        let registers = || (0..self.registers).map(|_| Register::new::<T>(self.lanes)).collect::<Vec<_>>();
        share(out.parts(BLOCK * self.out.size()).enumerate(), registers, |registers, (i, out)| {
            self.block(registers, inputs, i * BLOCK, out);
        });
    }

    fn block(&self, registers: &mut [Register], inputs: Inputs, first: usize, out: Fresh<u8>) {
        let size = self.out.size();
        // The last step writes the output itself where lanes are pixels of its dtype.
        let direct = T::DTYPE == Some(self.out)
            && self.steps.last().is_some_and(|last| self.result == At::Register(last.out));
        for (k, out) in out.rows(self.lanes * size).enumerate() {
            let (from, n) = (first + k * self.lanes, out.len() / size);
            for (s, step) in self.steps.iter().enumerate() {
                let mut register = std::mem::take(&mut registers[step.out]);
                let target: &mut [T] = if direct && s + 1 == self.steps.len() {
                    bytemuck::cast_slice_mut(out)
                } else {
                    register.lanes_mut(n)
                };
                let at = |at| self.lanes_at(at, registers, inputs, from, n);
                match step.kind {
                    Kind::Load(port) => {
                        if let Some(pixels) = inputs.ports.get(port).copied().flatten() {
                            T::load(target, pixels, from);
                        }
                    }
                    Kind::Position(axis) => positions(target, axis, inputs.shape, from),
                    Kind::Fill(f, a) => f(target, at(a)),
                    Kind::Combine(f, a, b) => f(target, at(a), at(b)),
                    Kind::Choose(c, a, b) => choose(target, at(c), at(a), at(b)),
                }
                registers[step.out] = register;
            }
            if !direct {
                (self.write)(out, self.lanes_at(self.result, registers, inputs, from, n));
            }
        }
    }

    fn lanes_at<'a>(
        &'a self,
        at: At,
        registers: &'a [Register],
        inputs: Inputs<'a>,
        from: usize,
        n: usize,
    ) -> &'a [T] {
        match at {
            At::Register(r) => registers[r].lanes(n),
            At::Constant(c) => self.constants[c].lanes(n),
            At::Port(p) => match inputs.ports.get(p).copied().flatten() {
                Some(pixels) => {
                    each_dtype!(pixels, |all| bytemuck::try_cast_slice(&all[from..from + n]).unwrap_or(&[]))
                }
                None => &[],
            },
        }
    }
}

/// The index along an axis of the pixels from one on.
fn positions<T: Lane>(out: &mut [T], axis: usize, [_, ny, nx]: [usize; 3], from: usize) {
    let mut done = 0;
    while done < out.len() {
        let i = from + done;
        let row = i / nx;
        let n = ((row + 1) * nx - i).min(out.len() - done);
        let run = &mut out[done..done + n];
        match axis {
            0 => run.fill(T::constant((row / ny) as f64)),
            1 => run.fill(T::constant((row % ny) as f64)),
            _ => run.iter_mut().enumerate().for_each(|(k, o)| *o = T::constant((i % nx + k) as f64)),
        }
        done += n;
    }
}
