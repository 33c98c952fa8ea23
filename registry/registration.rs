//! The registry: what `op!` declares, collected when the program is linked.

use crate::error::{Code, Error, suggestion};
use crate::op::{Op, Spec};
use crate::param::Param;
use crate::value::{Args, Value};
use std::sync::OnceLock;

/// One registered operation.
#[derive(Debug)]
pub struct Entry {
    pub spec: &'static Spec,
    #[doc(hidden)]
    pub read: fn(&mut ArgReader) -> Option<Box<dyn Op>>,
}

inventory::collect!(Entry);

impl Entry {
    /// The operation with these arguments, or everything that is wrong with them.
    pub fn build(&self, args: &Args) -> Result<Box<dyn Op>, Vec<Error>> {
        let mut reader = ArgReader { spec: self.spec, args, errors: Vec::new() };
        for (i, (name, _)) in args.iter().enumerate() {
            if self.spec.param(name).is_none() {
                let mut error = Error::new(Code::UnknownArgument, "no such argument").argument(name);
                error.help = suggestion(name, self.spec.params.iter().map(|p| p.name));
                reader.errors.push(error);
            } else if args.iter().take(i).any(|(other, _)| other == name) {
                reader.errors.push(Error::new(Code::DuplicateName, "given twice").argument(name));
            }
        }
        let op = (self.read)(&mut reader);
        let errors: Vec<Error> = reader.errors.into_iter().map(|e| e.op(self.spec.id)).collect();
        match op {
            Some(op) if errors.is_empty() => Ok(op),
            _ => Err(errors),
        }
    }

    /// The operation with all defaults.
    pub fn build_default(&self) -> Result<Box<dyn Op>, Vec<Error>> {
        self.build(&Args::new())
    }
}

/// Reads the arguments of one operation, gathering every mistake.
#[doc(hidden)]
pub struct ArgReader<'a> {
    spec: &'static Spec,
    args: &'a Args,
    errors: Vec<Error>,
}

impl ArgReader<'_> {
    pub fn get<T: Param>(&mut self, name: &str) -> Option<T> {
        let spec = self.spec.param(name)?;
        let given = self.args.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        let value: Value = match given.or_else(|| spec.default_value()) {
            Some(value) => value,
            None => {
                let error = Error::new(Code::MissingArgument, "must be given").argument(name);
                self.errors.push(error.allowed(spec.ty.describe()));
                return None;
            }
        };
        match spec.check_range(&value).and_then(|()| T::from_value(&value)) {
            Ok(read) => Some(read),
            Err(error) => {
                self.errors.push(error.argument(name));
                None
            }
        }
    }
}

static ENTRIES: OnceLock<Result<Vec<&'static Entry>, Error>> = OnceLock::new();

/// Every registered operation in the order of ids, or the error of an id that is defined twice.
pub fn try_entries() -> Result<&'static [&'static Entry], Error> {
    let entries = ENTRIES.get_or_init(|| sorted(inventory::iter::<Entry>.into_iter().collect()));
    entries.as_deref().map_err(Clone::clone)
}

/// Sorts definitions by id and refuses an id that is defined twice, naming both places.
pub fn sorted(mut entries: Vec<&'static Entry>) -> Result<Vec<&'static Entry>, Error> {
    entries.sort_by_key(|e| (e.spec.id, e.spec.file, e.spec.line));
    for pair in entries.windows(2) {
        let (a, b) = (pair[0].spec, pair[1].spec);
        if a.id == b.id {
            let places = format!("{}:{} and {}:{}", a.file, a.line, b.file, b.line);
            return Err(Error::new(Code::DuplicateName, format!("the id is defined twice, at {places}"))
                .op(a.id)
                .help("ids of your own crate are `crate/op`"));
        }
    }
    Ok(entries)
}

/// Every registered operation in the order of ids.
///
/// # Panics
/// If an id is defined twice: a program that would run the wrong function stops at its first look.
pub fn entries() -> &'static [&'static Entry] {
    match try_entries() {
        Ok(entries) => entries,
        Err(error) => panic!("{error}"),
    }
}

/// The operation with this id.
pub fn find(id: &str) -> Option<&'static Entry> {
    let all = entries();
    all.binary_search_by_key(&id, |e| e.spec.id).ok().map(|i| all[i])
}

/// The operation with this id, or an error that names the nearest ids.
pub fn get(id: &str) -> Result<&'static Entry, Error> {
    find(id).ok_or_else(|| {
        let mut error = Error::new(Code::UnknownOp, format!("no function is named `{id}`"));
        error.help = suggestion(id, entries().iter().map(|e| e.spec.id)).filter(|s| s.starts_with("did")).or(
            Some("`rotifer list` shows all; declare your own with `op!` in a crate the program links".into()),
        );
        error
    })
}
