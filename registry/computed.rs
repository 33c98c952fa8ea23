//! Arguments that are computed when the pipeline runs: `value = "= 0.9 * t.threshold"`.

use crate::error::{Code, Error};
use crate::expr::{At, Dag, Expr, Names, eval, parse};
use crate::op::{DatumKind, Op};
use crate::param::{ParamSpec, ParamType};
use crate::pipeline::{Args, Origin};
use crate::registration::{Entry, get};
use crate::value::Value;

/// An argument that an expression of earlier steps' numbers gives.
#[derive(Clone, Debug)]
pub struct Computed {
    pub argument: &'static str,
    /// As it was written.
    pub text: String,
    dag: Dag,
    /// The numbers that it names, and where they come from.
    pub reads: Vec<(String, Origin)>,
    whole: bool,
}

/// The expression in a value, after its `=`.
fn expression(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) if text.trim_start().starts_with('=') => Some(text),
        _ => None,
    }
}

/// Whether one number can be the whole argument, and whether it has to be an integer.
fn number(ty: &ParamType) -> Option<bool> {
    match ty {
        ParamType::Int => Some(true),
        ParamType::Float | ParamType::Length => Some(false),
        ParamType::PerAxis(inner) | ParamType::Optional(inner) => number(inner),
        _ => None,
    }
}

/// Steps that have a name so far: the names, their places and their functions' ids.
pub struct Earlier<'a> {
    pub named: &'a [(String, usize)],
    pub op: &'a dyn Fn(usize) -> &'a str,
}

impl Earlier<'_> {
    /// The number that `name` or `name.output` is.
    fn find(&self, text: &str) -> Option<Origin> {
        let (name, output) = text.split_once('.').map_or((text, None), |(n, o)| (n, Some(o)));
        let (_, step) = self.named.iter().find(|(n, _)| n == name)?;
        let outputs = get((self.op)(*step)).ok()?.spec.outputs;
        let is_number = |i: &usize| outputs[*i].kind.kind() == DatumKind::Number;
        let mut numbers =
            (0..outputs.len()).filter(is_number).filter(|i| output.is_none_or(|o| outputs[*i].name == o));
        let output = numbers.next()?;
        numbers.next().is_none().then_some(Origin::Step { step: *step, output })
    }
}

impl Names for Earlier<'_> {
    fn get(&self, name: &str) -> Option<Expr> {
        self.find(name).map(|_| Expr::number(name))
    }

    fn all(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (name, step) in self.named {
            let Ok(entry) = get((self.op)(*step)) else { continue };
            let outputs = entry.spec.outputs.iter();
            let numbers = outputs.filter(|o| o.kind.kind() == DatumKind::Number);
            all.extend(numbers.map(|o| format!("{name}.{}", o.name)));
        }
        all
    }
}

impl Computed {
    /// The computed arguments of a step; and all its arguments, with a number that fits in place of each computed one.
    pub fn read(entry: &Entry, args: &Args, earlier: &Earlier) -> Result<(Vec<Computed>, Args), Vec<Error>> {
        let (mut computed, mut standing, mut errors) = (Vec::new(), Args::new(), Vec::new());
        for (name, value) in args {
            let text = expression(value);
            let Some((param, text)) = entry.spec.param(name).zip(text) else {
                standing.push((name.clone(), value.clone()));
                continue;
            };
            let Some(whole) = number(&param.ty) else {
                // A text that begins with `=` is the argument's own affair.
                standing.push((name.clone(), value.clone()));
                continue;
            };
            match parse(text, earlier) {
                Ok(expr) => {
                    let dag = Dag::new(&expr);
                    let reads = dag.numbers().into_iter().filter_map(|n| earlier.find(&n).map(|o| (n, o)));
                    let reads: Vec<_> = reads.collect();
                    let made = Computed { argument: param.name, text: text.to_string(), dag, reads, whole };
                    if made.reads.is_empty() {
                        // All of it is known: what is wrong with it is wrong now.
                        match made.value(entry, |_| None) {
                            Ok(value) => standing.push((name.clone(), value)),
                            Err(error) => errors.push(error),
                        }
                    } else {
                        standing.push((name.clone(), stand_in(param, whole)));
                        computed.push(made);
                    }
                }
                Err(mut error) => {
                    if error.code == Code::UnknownInput && error.help.is_none() {
                        error.help = Some(match earlier.all().as_slice() {
                            [] => "numbers come from earlier steps that have a name, as = \"t\"".into(),
                            all => format!("there are: {}", all.join(", ")),
                        });
                    }
                    errors.push(error.argument(name).op(entry.spec.id));
                }
            }
        }
        if errors.is_empty() { Ok((computed, standing)) } else { Err(errors) }
    }

    /// The argument where the numbers are these.
    pub fn value(&self, entry: &Entry, number: impl Fn(&Origin) -> Option<f64>) -> Result<Value, Error> {
        struct Known<'a>(Vec<(&'a str, f64)>);
        impl At for Known<'_> {
            fn port(&self, _index: usize) -> f64 {
                f64::NAN
            }
            fn number(&self, name: &str) -> f64 {
                self.0.iter().find(|(n, _)| *n == name).map_or(f64::NAN, |(_, x)| *x)
            }
        }
        let known =
            self.reads.iter().map(|(name, origin)| (name.as_str(), number(origin).unwrap_or(f64::NAN)));
        let known = Known(known.collect());
        let x = eval(&self.dag, &known);
        let here = |error: Error| {
            error.argument(self.argument).value(format!("{x}, which is `{}`", self.text.trim()))
        };
        if x.is_nan() {
            return Err(here(Error::new(Code::OutOfRange, "the expression gives no number")));
        }
        let value = match self.whole {
            true if x.abs() > 2f64.powi(53) => {
                return Err(here(Error::new(Code::OutOfRange, "the expression gives no integer")));
            }
            true if x.fract() != 0.0 => {
                let error = here(Error::new(Code::WrongType, "an integer is needed"));
                return Err(error.help("round it: = round(...), floor(...) or ceil(...)"));
            }
            true => Value::Int(x as i64),
            false => Value::Float(x),
        };
        let spec = entry.spec.param(self.argument);
        spec.map_or(Ok(()), |spec| spec.check_range(&value)).map_err(here)?;
        Ok(value)
    }
}

/// A number that the argument takes, for what is asked before there is a value.
fn stand_in(param: &ParamSpec, whole: bool) -> Value {
    let default = param.default_value().filter(|v| v.as_f64().is_some());
    let (low, high) = param.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    let one = 1f64.clamp(low, high);
    default.unwrap_or(if whole { Value::Int(one as i64) } else { Value::Float(one) })
}

/// An operation with its computed arguments put in.
pub fn build(
    entry: &Entry,
    args: &Args,
    computed: &[Computed],
    number: impl Fn(&Origin) -> Option<f64>,
) -> Result<(Box<dyn Op>, Args), Error> {
    let mut args = args.clone();
    for one in computed {
        let value = one.value(entry, &number)?;
        if let Some((_, old)) = args.iter_mut().find(|(name, _)| name == one.argument) {
            *old = value;
        }
    }
    match entry.build(&args) {
        Ok(op) => Ok((op, args)),
        Err(mut errors) if !errors.is_empty() => Err(errors.remove(0)),
        Err(_) => Err(Error::new(Code::Internal, "an error without a reason")),
    }
}
