//! Where an expression can be computed in the numbers of a dtype, and give the bits that float64 gives.
//!
//! An expression means what it gives in float64, stored at the end (and at each cast) as a dtype. Computed in float32 it gives
//! the same bits as long as between two casts at most one node rounds, its operands being exact: +, −, ·, / and √ of float32
//! numbers, rounded to float64 and then to float32, are what they are rounded once (53 ≥ 2 · 24 + 2). Computed in whole numbers
//! it does where nodes only order, choose, compare, or saturate as the store does.

use super::{Binary, Dag, Node, Unary};
use crate::dtype::Dtype;

/// Facts about a node's value in the lane's numbers, against its value in float64.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Equal; whole numbers in this range where one is known.
    Exact(Option<(f64, f64)>),
    /// The lane's dtype as the store would make it of the float64.
    Stored,
    /// A constant that the lane cannot hold. In the new nodes it stands as the store would make it.
    Loose(f64),
}

/// Whole numbers up to here are float32 numbers.
const WHOLE: f64 = 16_777_216.0;

fn whole(lo: f64, hi: f64) -> State {
    if lo >= -WHOLE && hi <= WHOLE { State::Exact(Some((lo, hi))) } else { State::Stored }
}

/// The expression for arithmetic in `lane`, stored as `store`; none where the bits could differ from those of float64. Constants
/// are numbers of the lane then, those that are compared with rounded such that no comparison changes.
pub fn fit(dag: &Dag, lane: Dtype, store: Dtype) -> Option<Dag> {
    let mut fit = Fit { lane, made: Dag::default() };
    let mut done: Vec<(usize, State)> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let next = if lane == Dtype::F32 { fit.float(node, &done)? } else { fit.integer(node, &done)? };
        done.push(next);
    }
    let (root, state) = *done.last()?;
    let stored = match state {
        State::Exact(range) => {
            lane == Dtype::F32
                || store == lane
                || store == Dtype::U8 && range.is_some_and(|(lo, hi)| lo >= 0.0 && hi <= 255.0)
        }
        State::Stored | State::Loose(_) => store == lane,
    };
    stored.then(|| fit.made.only(root))
}

struct Fit {
    lane: Dtype,
    made: Dag,
}

type Done = [(usize, State)];

impl Fit {
    fn constant(&mut self, c: f64) -> (usize, State) {
        let stored = self.lane.quantize(c);
        if stored == c || c.is_nan() && self.lane == Dtype::F32 {
            let range = (c.fract() == 0.0 && c.abs() <= WHOLE).then_some((c, c));
            return (self.made.constant(c), State::Exact(range));
        }
        (self.made.constant(stored), State::Loose(c))
    }

    fn flag(&mut self, node: Node<usize>) -> (usize, State) {
        (self.made.push(node), State::Exact(Some((0.0, 1.0))))
    }

    /// The node is alike in float32 and in whole numbers.
    fn common(&mut self, node: &Node<usize>, done: &Done) -> Option<(usize, State)> {
        use State::*;
        let at = |i: &usize| done[*i];
        Some(match node {
            Node::Constant(c) => self.constant(c.get()),
            Node::Unary(Unary::Not, a) => match at(a) {
                (a, Exact(_)) => self.flag(Node::Unary(Unary::Not, a)),
                _ => return None,
            },
            Node::Binary(op @ (Binary::Min | Binary::Max), a, b) => {
                let ((a, p), (b, q)) = (at(a), at(b));
                let state = match (p, q) {
                    (Exact(Some(p)), Exact(Some(q))) if *op == Binary::Min => {
                        Exact(Some((p.0.min(q.0), p.1.min(q.1))))
                    }
                    (Exact(Some(p)), Exact(Some(q))) => Exact(Some((p.0.max(q.0), p.1.max(q.1)))),
                    (Exact(_), Exact(_)) => Exact(None),
                    _ => Stored,
                };
                (self.made.push(Node::Binary(*op, a, b)), state)
            }
            Node::Binary(
                op @ (Binary::Less | Binary::LessEqual | Binary::Equal | Binary::NotEqual),
                a,
                b,
            ) => {
                let ((a, p), (b, q)) = (at(a), at(b));
                match (p, q) {
                    (Exact(_), Exact(_)) => self.flag(Node::Binary(*op, a, b)),
                    (Exact(_), Loose(c)) => match compare(*op, c, false, self.lane) {
                        Compared::Always(holds) => self.constant(f64::from(u8::from(holds))),
                        Compared::With(c) => {
                            let c = self.made.constant(c);
                            self.flag(Node::Binary(*op, a, c))
                        }
                    },
                    (Loose(c), Exact(_)) => match compare(*op, c, true, self.lane) {
                        Compared::Always(holds) => self.constant(f64::from(u8::from(holds))),
                        Compared::With(c) => {
                            let c = self.made.constant(c);
                            self.flag(Node::Binary(*op, c, b))
                        }
                    },
                    _ => return None,
                }
            }
            Node::Binary(op @ (Binary::And | Binary::Or), a, b) => match (at(a), at(b)) {
                ((a, Exact(_)), (b, Exact(_))) => self.flag(Node::Binary(*op, a, b)),
                _ => return None,
            },
            Node::Select(c, a, b) => {
                let ((c, Exact(_)), (a, p), (b, q)) = (at(c), at(a), at(b)) else { return None };
                let state = match (p, q) {
                    (Exact(Some(p)), Exact(Some(q))) => Exact(Some((p.0.min(q.0), p.1.max(q.1)))),
                    (Exact(_), Exact(_)) => Exact(None),
                    _ => Stored,
                };
                (self.made.push(Node::Select(c, a, b)), state)
            }
            _ => return None,
        })
    }

    fn float(&mut self, node: &Node<usize>, done: &Done) -> Option<(usize, State)> {
        use State::*;
        let at = |i: &usize| done[*i];
        Some(match node {
            Node::Port { dtype, .. } => {
                let state = match dtype {
                    Dtype::F32 => Exact(None),
                    Dtype::U8 | Dtype::U16 | Dtype::I16 => Exact(Some(dtype.range())),
                    Dtype::U32 | Dtype::I32 => return None,
                };
                (self.made.push(node.clone()), state)
            }
            Node::Position(_) => (self.made.push(node.clone()), Exact(Some((0.0, WHOLE)))),
            Node::Unary(op, a) => {
                let (a, state) = at(a);
                let state = match (op, state) {
                    (Unary::Not, _) => return self.common(node, done),
                    (_, Loose(_)) => return None,
                    (Unary::Neg, Exact(Some((lo, hi)))) => Exact(Some((-hi, -lo))),
                    (Unary::Abs, Exact(Some((lo, hi)))) => Exact(Some((0.0, hi.max(-lo)))),
                    (Unary::Neg | Unary::Abs, state) => state,
                    (Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc, Exact(Some(range))) => {
                        // Whole already.
                        return Some((a, Exact(Some(range))));
                    }
                    (Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc, Exact(None)) => Exact(None),
                    (Unary::Sign, Exact(_)) => Exact(None),
                    (Unary::IsNan, Exact(_)) => Exact(Some((0.0, 1.0))),
                    (Unary::Sqrt, Exact(_)) => Stored,
                    _ => return None,
                };
                (self.made.push(Node::Unary(*op, a)), state)
            }
            Node::Binary(op @ (Binary::Add | Binary::Sub | Binary::Mul | Binary::Div), a, b) => {
                let ((a, Exact(p)), (b, Exact(q))) = (at(a), at(b)) else { return None };
                let state = match (op, p, q) {
                    (Binary::Add, Some(p), Some(q)) => whole(p.0 + q.0, p.1 + q.1),
                    (Binary::Sub, Some(p), Some(q)) => whole(p.0 - q.1, p.1 - q.0),
                    (Binary::Mul, Some(p), Some(q)) => {
                        let corners = [p.0 * q.0, p.0 * q.1, p.1 * q.0, p.1 * q.1];
                        let fold = |f: fn(f64, f64) -> f64| corners.into_iter().fold(corners[0], f);
                        whole(fold(f64::min), fold(f64::max))
                    }
                    _ => Stored,
                };
                (self.made.push(Node::Binary(*op, a, b)), state)
            }
            Node::Cast(Dtype::F32, a) => match at(a) {
                (a, Exact(range)) => (a, Exact(range)),
                (a, _) => (a, Exact(None)),
            },
            Node::Cast(dtype, a) => {
                let (a, Exact(range)) = at(a) else { return None };
                let (lo, hi) = dtype.range();
                match range {
                    // The cast also takes the sign of a zero.
                    Some((from, to)) if from > 0.0 && to <= hi => (a, Exact(range)),
                    _ if dtype.size() > 2 => return None,
                    _ => {
                        let range = range.map_or((lo, hi), |(p, q)| (p.clamp(lo, hi), q.clamp(lo, hi)));
                        (self.made.push(Node::Cast(*dtype, a)), Exact(Some(range)))
                    }
                }
            }
            _ => return self.common(node, done),
        })
    }

    fn integer(&mut self, node: &Node<usize>, done: &Done) -> Option<(usize, State)> {
        use State::*;
        let at = |i: &usize| done[*i];
        let (lowest, highest) = self.lane.range();
        // Beyond the lane's range a node saturates as the store would.
        let saturated = |lo: f64, hi: f64| {
            if lo >= lowest && hi <= highest { Exact(Some((lo, hi))) } else { Stored }
        };
        Some(match node {
            // Masks fit among numbers of any width.
            Node::Port { dtype, .. } if [self.lane, Dtype::U8].contains(dtype) => {
                (self.made.push(node.clone()), Exact(Some(dtype.range())))
            }
            Node::Unary(op @ (Unary::Neg | Unary::Abs), a) => {
                let (a, Exact(Some((lo, hi)))) = at(a) else { return None };
                match op {
                    Unary::Abs if lo >= 0.0 => (a, Exact(Some((lo, hi)))),
                    Unary::Abs => (self.made.push(Node::Unary(*op, a)), saturated(0.0, hi.max(-lo))),
                    _ if lowest == 0.0 => return None,
                    _ => (self.made.push(Node::Unary(*op, a)), saturated(-hi, -lo)),
                }
            }
            Node::Unary(Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc, a) => match at(a) {
                (a, Exact(range)) => (a, Exact(range)),
                _ => return None,
            },
            // NaN is stored as 0, and no node on the way there would know.
            Node::Constant(c) if c.get().is_nan() => return None,
            Node::Unary(Unary::IsNan, a) if matches!(at(a), (_, Exact(_))) => self.constant(0.0),
            Node::Binary(op @ (Binary::Add | Binary::Sub), a, b) => {
                let ((a, Exact(Some(p))), (b, Exact(Some(q)))) = (at(a), at(b)) else { return None };
                let state = match op {
                    Binary::Add => saturated(p.0 + q.0, p.1 + q.1),
                    _ => saturated(p.0 - q.1, p.1 - q.0),
                };
                (self.made.push(Node::Binary(*op, a, b)), state)
            }
            Node::Cast(dtype, a) if *dtype == self.lane => match at(a) {
                (a, Exact(range)) => (a, Exact(range)),
                (a, _) => (a, Exact(Some((lowest, highest)))),
            },
            Node::Cast(Dtype::F32, a) => match at(a) {
                (a, Exact(Some((lo, hi)))) if lo >= -WHOLE && hi <= WHOLE => (a, Exact(Some((lo, hi)))),
                _ => return None,
            },
            Node::Cast(dtype, a) => match (at(a), dtype.range()) {
                ((a, Exact(Some((lo, hi)))), (least, most)) if lo >= least && hi <= most => {
                    (a, Exact(Some((lo, hi))))
                }
                _ => return None,
            },
            _ => return self.common(node, done),
        })
    }
}

/// A comparison of a number of a dtype with a constant that is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Compared {
    /// It holds for every number of the dtype, or for none.
    Always(bool),
    /// It is the comparison with this constant of the dtype.
    With(f64),
}

/// The result of comparing with a constant where the other operand is of this dtype. `left`: the constant is the first operand.
pub fn compare(op: Binary, c: f64, left: bool, dtype: Dtype) -> Compared {
    use Compared::{Always, With};
    if c.is_nan() {
        return Always(op == Binary::NotEqual);
    }
    // `x < c` is `x < up`, `x ≤ c` is `x ≤ down`; `c < x` is `down < x`, `c ≤ x` is `up ≤ x`.
    let up = match op {
        Binary::Equal => return Always(false),
        Binary::NotEqual => return Always(true),
        Binary::Less => !left,
        _ => left,
    };
    if dtype == Dtype::F32 {
        let near = c as f32;
        let beside = match up {
            true if (near as f64) < c => near.next_up(),
            false if near as f64 > c => near.next_down(),
            _ => near,
        };
        return With(beside as f64);
    }
    let (lo, hi) = dtype.range();
    match if up { c.ceil() } else { c.floor() } {
        bound if bound > hi && up => Always(!left),
        bound if bound < lo && !up => Always(left),
        bound => With(bound.clamp(lo, hi)),
    }
}
