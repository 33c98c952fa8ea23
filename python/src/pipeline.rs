//! A checked pipeline as Python holds it.

use crate::convert::{self, to_python, value};
use crate::errors::{raise, raise_all};
use crate::settings::Settings;
use crate::{Brief, computed, watch};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyList, PyString};
use rotifer::document::{self, Form};
use rotifer::execute::{self, Given, On, Options};
use rotifer::plan::plan_given;
use rotifer::registry::pipeline::{Checked, Node, Step, Tree, check};
use rotifer::registry::wire::{compile, read_pipeline};
use rotifer::registry::{Pipeline, Value};
use std::sync::Arc;

/// Steps whose functions, arguments, names and kinds are right.
#[pyclass(frozen, module = "rotifer._core")]
pub struct Compiled {
    pub pipeline: Pipeline,
    checked: Arc<Checked>,
    brief: Brief<On>,
}

impl Compiled {
    fn new(pipeline: Pipeline, checked: Checked) -> Compiled {
        Compiled { pipeline, checked: Arc::new(checked), brief: Brief::default() }
    }

    pub fn checked(&self) -> Arc<Checked> {
        self.checked.clone()
    }
}

/// The step of one call: arguments, and the keys of a step beside them.
pub fn step(id: &str, keys: &Bound<PyDict>) -> PyResult<Step> {
    let map = Node::Map(vec![("op".into(), leaf(Node::Text(id.into())))]);
    let mut tree = leaf(map);
    if let Node::Map(entries) = &mut tree.node {
        for (key, given) in keys {
            entries.push((key.extract()?, tree_of(&given)?));
        }
    }
    let document = leaf(Node::Map(vec![("steps".into(), leaf(Node::List(vec![tree])))]));
    let (mut pipeline, _) = Pipeline::from_tree(&document).map_err(raise_all)?;
    Ok(pipeline.steps.remove(0))
}

fn leaf(node: Node) -> Tree {
    Tree { node, line: 0 }
}

fn tree_of(given: &Bound<PyAny>) -> PyResult<Tree> {
    if let Ok(map) = given.cast::<PyDict>() {
        let keys = map.iter().map(|(key, given)| Ok((key.extract()?, tree_of(&given)?)));
        return Ok(leaf(Node::Map(keys.collect::<PyResult<_>>()?)));
    }
    if given.is_instance_of::<PyList>() {
        let items = given.try_iter()?.map(|item| tree_of(&item?));
        return Ok(leaf(Node::List(items.collect::<PyResult<_>>()?)));
    }
    fn node(value: Value) -> Node {
        match value {
            Value::Bool(b) => Node::Bool(b),
            Value::Int(i) => Node::Int(i),
            Value::Float(x) => Node::Float(x),
            Value::Text(t) => Node::Text(t),
            Value::List(items) => Node::List(items.into_iter().map(|i| leaf(node(i))).collect()),
        }
    }
    Ok(leaf(node(value(given)?)))
}

fn dict_of<'py>(py: Python<'py>, tree: &Tree) -> PyResult<Bound<'py, PyAny>> {
    Ok(match &tree.node {
        Node::Map(keys) => {
            let map = PyDict::new(py);
            for (key, tree) in keys {
                map.set_item(key, dict_of(py, tree)?)?;
            }
            map.into_any()
        }
        Node::List(items) => {
            PyList::new(py, items.iter().map(|i| dict_of(py, i)).collect::<PyResult<Vec<_>>>()?)?.into_any()
        }
        Node::Bool(b) => PyBool::new(py, *b).to_owned().into_any(),
        Node::Text(t) => PyString::new(py, t).into_any(),
        Node::Int(i) => to_python(py, &Value::Int(*i))?,
        Node::Float(x) => to_python(py, &Value::Float(*x))?,
        Node::Other(what) => return Err(PyTypeError::new_err(format!("{what} has no form here"))),
    })
}

fn form(name: &str) -> Form {
    if name == "json" { Form::Json } else { Form::Toml }
}

#[pymethods]
impl Compiled {
    /// From the keys of a document: `{"name": ..., "steps": [{"op": ..., ...}, ...]}`.
    #[staticmethod]
    fn from_dict(document: &Bound<PyDict>) -> PyResult<Compiled> {
        let (pipeline, _) = Pipeline::from_tree(&tree_of(document.as_any())?).map_err(raise_all)?;
        let checked = check(&pipeline).map_err(raise_all)?;
        Ok(Compiled::new(pipeline, checked))
    }

    /// From the text of a TOML or JSON document; mistakes have their line.
    #[staticmethod]
    fn from_text(text: &str, form: &str) -> PyResult<Compiled> {
        let form = self::form(form);
        let (checked, _) = document::checked(text, form).map_err(raise_all)?;
        let (pipeline, _) = document::pipeline(text, form).map_err(raise_all)?;
        Ok(Compiled::new(pipeline, checked))
    }

    /// From the compiled form; functions of other revisions are refused by name.
    #[staticmethod]
    fn from_bytes(bytes: &[u8]) -> PyResult<Compiled> {
        let pipeline = read_pipeline(bytes).map_err(raise_all)?;
        let checked = check(&pipeline).map_err(raise_all)?;
        Ok(Compiled::new(pipeline, checked))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &compile(&self.pipeline))
    }

    fn to_text(&self, form: &str) -> PyResult<String> {
        document::write(&self.pipeline.to_tree(), self::form(form)).map_err(raise)
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        dict_of(py, &self.pipeline.to_tree())
    }

    /// Plan of the pipeline for an image, as JSON.
    fn plan(
        &self,
        py: Python,
        image: &Bound<PyAny>,
        inputs: &Bound<PyDict>,
        settings: Settings,
    ) -> PyResult<String> {
        let image = convert::optional_image(image)?;
        let given =
            Given::with(&self.checked, image.as_ref(), &convert::named(inputs)?).map_err(raise)?.meta();
        let plan = py.detach(|| plan_given(&self.checked, &given, None, &settings.options()));
        let plan = plan.map_err(raise_all)?;
        serde_json::to_string(&plan).map_err(|e| PyTypeError::new_err(e.to_string()))
    }

    /// Runs on one image, or on none where the pipeline needs none; gives a dict of the kept outputs and a list of notes.
    fn run<'py>(
        &self,
        py: Python<'py>,
        image: &Bound<'py, PyAny>,
        inputs: &Bound<'py, PyDict>,
        settings: Settings,
    ) -> PyResult<(Bound<'py, PyDict>, Vec<String>)> {
        let image = convert::optional_image(image)?;
        let meta = image.as_ref().map(|image| image.meta());
        let named = convert::named(inputs)?;
        let pixels = meta.map_or(0, |meta| meta.volume.len() * meta.axes.frames())
            + named.iter().map(|(_, frames)| convert::pixels(frames)).sum::<usize>();
        let (checked, options): (_, Options) = (self.checked.clone(), settings.options());
        let known = (&self.brief, &settings.on, pixels);
        let outcome = computed(py, known, settings.threads, &watch::current(), move |watch| {
            let given = Given::with(&checked, image.as_ref(), &named)?;
            let plan = plan_given(&checked, &given.meta(), None, &options);
            let plan = plan.map_err(|mut errors| errors.remove(0))?;
            execute::run_planned(&checked, &plan, &given, &options, watch)
        })?;
        let outputs = PyDict::new(py);
        for (name, frames) in outcome.outputs {
            outputs.set_item(name, convert::output(py, frames)?)?;
        }
        Ok((outputs, outcome.report.notes))
    }
}
