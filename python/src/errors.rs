//! Errors of Rotifer as exceptions of the package: `rotifer.errors` chooses the class by the code.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rotifer::registry::Error;

/// One mistake as an exception.
pub fn raise(error: Error) -> PyErr {
    raise_all(vec![error])
}

/// Several mistakes as one exception: the first, which lists the others.
pub fn raise_all(errors: Vec<Error>) -> PyErr {
    Python::attach(|py| exception(py, &errors).unwrap_or_else(|failed| failed))
}

fn exception(py: Python, errors: &[Error]) -> PyResult<PyErr> {
    let fields = errors.iter().map(|e| fields(py, e)).collect::<PyResult<Vec<_>>>()?;
    if fields.is_empty() {
        return Ok(PyRuntimeError::new_err("an error without a reason"));
    }
    let made = py.import("rotifer.errors")?.call_method1("from_fields", (fields,))?;
    Ok(PyErr::from_value(made))
}

fn fields<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    let code = serde_json::to_value(error.code).ok();
    fields.set_item("code", code.as_ref().and_then(|c| c.as_str()).unwrap_or("internal"))?;
    fields.set_item("message", &error.message)?;
    fields.set_item("text", error.to_string())?;
    fields.set_item("step", error.step)?;
    fields.set_item("op", &error.op)?;
    fields.set_item("argument", &error.argument)?;
    fields.set_item("value", &error.value)?;
    fields.set_item("allowed", &error.allowed)?;
    fields.set_item("help", &error.help)?;
    fields.set_item("line", error.line)?;
    Ok(fields)
}
