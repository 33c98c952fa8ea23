//! An expression without repetitions, operands before what uses them.

use super::{Binary, Expr, Node, Real};
use std::collections::HashMap;

/// Nodes in an order in which operands come first; the last is the expression itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dag {
    nodes: Vec<Node<usize>>,
    known: HashMap<Node<usize>, usize>,
}

impl Dag {
    pub fn new(expr: &Expr) -> Dag {
        let mut dag = Dag::default();
        // Shared parts are walked once: an expression that repeats itself has more paths than nodes.
        let mut done: HashMap<*const Node<Expr>, usize> = HashMap::new();
        let mut stack = vec![(expr, false)];
        while let Some((expr, ready)) = stack.pop() {
            let at: *const Node<Expr> = expr.node();
            if done.contains_key(&at) {
                continue;
            }
            if ready {
                let node = expr.node().map(|x| done[&std::ptr::from_ref(x.node())]);
                let id = dag.push(node);
                done.insert(at, id);
                continue;
            }
            stack.push((expr, true));
            match expr.node() {
                Node::Unary(_, a) | Node::Cast(_, a) => stack.push((a, false)),
                Node::Binary(_, a, b) => stack.extend([(b, false), (a, false)]),
                Node::Select(a, b, c) => stack.extend([(c, false), (b, false), (a, false)]),
                Node::Port { .. } | Node::Number(_) | Node::Constant(_) | Node::Position(_) => {}
            }
        }
        let root = done[&std::ptr::from_ref(expr.node())];
        dag.only(root)
    }

    /// The index of a node, added if it is not there.
    pub fn push(&mut self, node: Node<usize>) -> usize {
        if let Some(id) = self.known.get(&node) {
            return *id;
        }
        self.nodes.push(node.clone());
        self.known.insert(node, self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    pub fn constant(&mut self, value: f64) -> usize {
        self.push(Node::Constant(value.into()))
    }

    pub fn nodes(&self) -> &[Node<usize>] {
        &self.nodes
    }

    pub fn root(&self) -> usize {
        self.nodes.len() - 1
    }

    /// The nodes that `root` needs and no more, `root` last.
    pub fn only(&self, root: usize) -> Dag {
        let mut needed = vec![false; root + 1];
        needed[root] = true;
        for i in (0..=root).rev() {
            if needed[i] {
                self.nodes[i].operands().into_iter().for_each(|x| needed[x] = true);
            }
        }
        let mut made = Dag::default();
        let mut place = vec![0; root + 1];
        for i in (0..=root).filter(|i| needed[*i]) {
            place[i] = made.push(self.nodes[i].map(|x| place[*x]));
        }
        made
    }

    /// Powers with the exponents 1, 2, 3, 4 and −1 as products and a quotient: exact where these are, so that whole numbers that
    /// lie in the middle of two float32 numbers are rounded as they should be, where the general power is a little off.
    pub fn simplified(&self) -> Dag {
        let mut made = Dag::default();
        let mut place: Vec<usize> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let node = node.map(|x| place[*x]);
            let power = match &node {
                Node::Binary(Binary::Pow, x, y) => match made.nodes[*y] {
                    Node::Constant(c) => Some((*x, c)),
                    _ => None,
                },
                _ => None,
            };
            let id = match power {
                Some((x, c)) if c == Real::from(1.0) => x,
                Some((x, c)) if c == Real::from(2.0) => made.push(Node::Binary(Binary::Mul, x, x)),
                Some((x, c)) if c == Real::from(3.0) => {
                    let square = made.push(Node::Binary(Binary::Mul, x, x));
                    made.push(Node::Binary(Binary::Mul, square, x))
                }
                Some((x, c)) if c == Real::from(4.0) => {
                    let square = made.push(Node::Binary(Binary::Mul, x, x));
                    made.push(Node::Binary(Binary::Mul, square, square))
                }
                Some((x, c)) if c == Real::from(-1.0) => {
                    let one = made.constant(1.0);
                    made.push(Node::Binary(Binary::Div, one, x))
                }
                _ => made.push(node),
            };
            place.push(id);
        }
        place.last().map_or(Dag::default(), |root| made.only(*root))
    }

    pub fn has_position(&self) -> bool {
        self.nodes.iter().any(|n| matches!(n, Node::Position(_)))
    }

    /// The names of all numbers that have no value yet.
    pub fn numbers(&self) -> Vec<String> {
        let name = |n: &Node<usize>| if let Node::Number(name) = n { Some(name.to_string()) } else { None };
        self.nodes.iter().filter_map(name).collect()
    }

    /// The first number that has no value yet.
    pub fn unbound(&self) -> Option<&str> {
        self.nodes.iter().find_map(|n| if let Node::Number(name) = n { Some(&**name) } else { None })
    }
}
