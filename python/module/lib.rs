//! The extension module: what `rotifer-python` has, under the name that Python imports. Wheels with further operations have
//! a crate like this one; `examples/own_wheel` is one.

use pyo3::prelude::*;

#[pymodule]
fn _core(module: &Bound<PyModule>) -> PyResult<()> {
    rotifer_python::fill(module)
}
