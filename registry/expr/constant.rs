//! Expressions that name nothing.

use super::{At, Dag, Expr, Names, eval, parse};
use crate::error::Error;

/// The value of an expression that names nothing.
pub fn constant(text: &str) -> Result<f64, Error> {
    struct Nothing;
    impl Names for Nothing {
        fn get(&self, _name: &str) -> Option<Expr> {
            None
        }
        fn all(&self) -> Vec<String> {
            Vec::new()
        }
    }
    impl At for Nothing {
        fn port(&self, _index: usize) -> f64 {
            f64::NAN
        }
        fn number(&self, _name: &str) -> f64 {
            f64::NAN
        }
    }
    Ok(eval(&Dag::new(&parse(text, &Nothing)?), &Nothing))
}
