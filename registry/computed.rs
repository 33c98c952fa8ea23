//! Arguments that are computed when the pipeline runs: `value = "= 0.9 * t.threshold"`.

use crate::error::{Code, Error, suggestion};
use crate::expr::{At, Dag, Expr, Names, eval, parse};
use crate::op::{Datum, DatumKind, Op};
use crate::param::{ParamSpec, ParamType};
use crate::pipeline::Origin;
use crate::registration::{Entry, get};
use crate::value::{Args, Value};

/// An argument that an expression of earlier steps' numbers gives.
#[derive(Clone, Debug)]
pub struct Computed {
    pub argument: &'static str,
    /// Its place, where the argument is a list.
    index: Option<usize>,
    /// As it was written.
    pub text: String,
    dag: Dag,
    /// The numbers that it names, and where they come from.
    pub reads: Vec<Read>,
    ty: Number,
}

/// A number that an expression names.
#[derive(Clone, Debug)]
pub struct Read {
    pub name: String,
    pub origin: Origin,
    /// The column, where the origin is a table.
    pub column: Option<String>,
}

impl Read {
    /// The number in what its origin gave: of a table the one value of the column, NaN where there is no row.
    pub fn of(&self, datum: &Datum) -> Result<f64, Error> {
        let wrong = |message: String| Error::new(Code::Table, message).value(&self.name);
        match (datum, &self.column) {
            (Datum::Number(x), _) => Ok(*x),
            (Datum::Table(table), Some(name)) => {
                let Some(values) = table.column(name) else {
                    let mut error = wrong(format!("the table has no column `{name}`"));
                    error.help = suggestion(name, table.columns().iter().map(|c| c.name.as_str()));
                    return Err(error);
                };
                let values = values
                    .to_f64()
                    .ok_or_else(|| wrong(format!("column `{name}` is text, a number is needed")))?;
                match values.as_slice() {
                    [] => Ok(f64::NAN),
                    [value] => Ok(*value),
                    rows => Err(wrong(format!("the table has {} rows, one is needed", rows.len()))
                        .help("group_rows makes one of them, such as their mean")),
                }
            }
            _ => Err(Error::new(Code::Internal, "an argument is computed from an image")),
        }
    }
}

/// Kinds of numbers that arguments take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Whole,
    Float,
    /// Only whether it is one; a text is an expression without a sign in front, too.
    Condition,
}

/// The expression in a value of an argument of this type: a text that begins with `=`, or any text of a condition.
fn expression<'a>(value: &'a Value, ty: &ParamType) -> Option<&'a str> {
    match value {
        Value::Text(text) if *ty == ParamType::Condition || text.trim_start().starts_with('=') => Some(text),
        _ => None,
    }
}

/// The kind of number that can be the whole argument, if one can.
fn number(ty: &ParamType) -> Option<Number> {
    match ty {
        ParamType::Int => Some(Number::Whole),
        ParamType::Float | ParamType::Length => Some(Number::Float),
        ParamType::Condition => Some(Number::Condition),
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
    /// The number that `name`, `name.output`, `name.column` or `name.output.column` is.
    fn find(&self, text: &str) -> Option<Read> {
        let (name, rest) = text.split_once('.').map_or((text, None), |(n, o)| (n, Some(o)));
        let (_, step) = self.named.iter().find(|(n, _)| n == name)?;
        let outputs = get((self.op)(*step)).ok()?.spec.outputs;
        let of = |kind: DatumKind| (0..outputs.len()).filter(move |i| outputs[*i].kind.kind() == kind);
        let read = |output: usize, column: Option<&str>| Read {
            name: text.to_string(),
            origin: Origin::Step { step: *step, output },
            column: column.map(String::from),
        };
        let mut numbers = of(DatumKind::Number).filter(|i| rest.is_none_or(|o| outputs[*i].name == o));
        if let Some(output) = numbers.next() {
            return numbers.next().is_none().then(|| read(output, None));
        }
        let rest = rest.filter(|rest| !rest.is_empty())?;
        // Columns are known when there is a table.
        let inner = rest.split_once('.').and_then(|(output, column)| {
            of(DatumKind::Table).find(|i| outputs[*i].name == output).map(|i| (i, column))
        });
        let (output, column) = inner.or_else(|| of(DatumKind::Table).next().map(|i| (i, rest)))?;
        Some(read(output, Some(column)))
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
            if entry.spec.outputs.iter().any(|o| o.kind.kind() == DatumKind::Table) {
                all.push(format!("{name}.<column>"));
            }
        }
        all
    }
}

impl Computed {
    /// The computed arguments of a step; and all its arguments, with a number that fits in place of each computed one.
    pub fn read(entry: &Entry, args: &Args, earlier: &Earlier) -> Result<(Vec<Computed>, Args), Vec<Error>> {
        let (mut computed, mut standing, mut errors) = (Vec::new(), Args::new(), Vec::new());
        for (name, value) in args {
            // A text that begins with `=` is the argument's own affair where no number is taken.
            let param = entry.spec.param(name).and_then(|p| Some((p, number(&p.ty)?)));
            let Some((param, ty)) = param else {
                standing.push((name.clone(), value.clone()));
                continue;
            };
            let mut one = |value: &Value, index: Option<usize>| {
                let Some(text) = expression(value, &param.ty) else { return value.clone() };
                let made = Computed::of(param, ty, text, earlier).map(|made| Computed { index, ..made });
                match made.map_err(|e| e.argument(name).op(entry.spec.id)) {
                    // All of it is known: what is wrong with it is wrong now.
                    Ok(made) if made.reads.is_empty() => {
                        made.value(entry, |_| Ok(f64::NAN)).unwrap_or_else(|error| {
                            errors.push(error);
                            stand_in(param, ty)
                        })
                    }
                    Ok(made) => {
                        computed.push(made);
                        stand_in(param, ty)
                    }
                    Err(error) => {
                        errors.push(error);
                        stand_in(param, ty)
                    }
                }
            };
            let value = match value {
                Value::List(items) => {
                    Value::List(items.iter().enumerate().map(|(i, item)| one(item, Some(i))).collect())
                }
                value => one(value, None),
            };
            standing.push((name.clone(), value));
        }
        if errors.is_empty() { Ok((computed, standing)) } else { Err(errors) }
    }

    /// The expression of an argument.
    fn of(param: &ParamSpec, ty: Number, text: &str, earlier: &Earlier) -> Result<Computed, Error> {
        let expr = parse(text, earlier).map_err(|mut error| {
            if error.code == Code::UnknownInput && error.help.is_none() {
                error.help = Some(match earlier.all().as_slice() {
                    [] => "numbers come from earlier steps that have a name, as = \"t\"".into(),
                    all => format!("there are: {}", all.join(", ")),
                });
            }
            error
        })?;
        let dag = Dag::new(&expr);
        let reads = dag.numbers().into_iter().filter_map(|n| earlier.find(&n)).collect();
        Ok(Computed { argument: param.name, index: None, text: text.to_string(), dag, reads, ty })
    }

    /// The argument where the numbers are these.
    pub fn value(&self, entry: &Entry, number: impl Fn(&Read) -> Result<f64, Error>) -> Result<Value, Error> {
        struct Known<'a>(Vec<(&'a str, f64)>);
        impl At for Known<'_> {
            fn port(&self, _index: usize) -> f64 {
                f64::NAN
            }
            fn number(&self, name: &str) -> f64 {
                self.0.iter().find(|(n, _)| *n == name).map_or(f64::NAN, |(_, x)| *x)
            }
        }
        let known = self.reads.iter().map(|read| Ok((read.name.as_str(), number(read)?)));
        let known: Result<_, Error> = known.collect();
        let x = eval(&self.dag, &Known(known.map_err(|e| e.argument(self.argument))?));
        if self.ty == Number::Condition {
            return Ok(Value::Bool(x != 0.0 && !x.is_nan()));
        }
        let here = |error: Error| {
            error.argument(self.argument).value(format!("{x}, which is `{}`", self.text.trim()))
        };
        if x.is_nan() {
            return Err(here(Error::new(Code::OutOfRange, "the expression gives no number")));
        }
        let value = match self.ty {
            Number::Whole if x.abs() > 2f64.powi(53) => {
                return Err(here(Error::new(Code::OutOfRange, "the expression gives no integer")));
            }
            Number::Whole if x.fract() != 0.0 => {
                let error = here(Error::new(Code::WrongType, "an integer is needed"));
                return Err(error.help("round it: = round(...), floor(...) or ceil(...)"));
            }
            Number::Whole => Value::Int(x as i64),
            _ => Value::Float(x),
        };
        let spec = entry.spec.param(self.argument);
        spec.map_or(Ok(()), |spec| spec.check_range(&value)).map_err(here)?;
        Ok(value)
    }
}

/// A number that the argument takes, for what is asked before there is a value.
fn stand_in(param: &ParamSpec, ty: Number) -> Value {
    let default = param.default_value().filter(|v| v.as_f64().is_some());
    let (low, high) = param.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    let one = 1f64.clamp(low, high);
    default.unwrap_or(match ty {
        Number::Whole => Value::Int(one as i64),
        Number::Float => Value::Float(one),
        Number::Condition => Value::Bool(false),
    })
}

/// An operation with its computed arguments put in.
pub fn build(
    entry: &Entry,
    args: &Args,
    computed: &[Computed],
    number: impl Fn(&Read) -> Result<f64, Error>,
) -> Result<(Box<dyn Op>, Args), Error> {
    let mut args = args.clone();
    for one in computed {
        let value = one.value(entry, &number)?;
        if let Some((_, old)) = args.iter_mut().find(|(name, _)| name == one.argument) {
            match (one.index, old) {
                (Some(i), Value::List(items)) if i < items.len() => items[i] = value,
                (_, old) => *old = value,
            }
        }
    }
    match entry.build(&args) {
        Ok(op) => Ok((op, args)),
        Err(mut errors) if !errors.is_empty() => Err(errors.remove(0)),
        Err(_) => Err(Error::new(Code::Internal, "an error without a reason")),
    }
}
