//! A wheel of Rotifer with an operation more: `python examples/own_wheel/wheel.py wheels`, then `pip install` it, and
//! `rotifer.photons(image, gain=2.5)`.

use pyo3::prelude::*;
use rotifer::registry::*;

rotifer::op! {
    /// Turns grey values of a camera into counts of photons: (image - offset) / gain, 0 where that is negative.
    pub struct Photons {
        /// Grey values of one photon.
        gain: f64 = 1.0, range(1e-6, 1e6);
        /// Grey value without light.
        offset: f64 = 0.0;
    }
    id: "own_wheel/photons", revision: 1, family: Restoration,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "Rotifer",
    python: "np.maximum((f64(image) - offset) / gain, 0)",
    examples: ["gain = 2.5\noffset = 100.0"],
}

impl Host for Photons {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let count = |x: f64| ((x - self.offset) / self.gain).max(0.0) as f32;
        Ok(vec![Datum::Volume(image.image(image.f64s().into_iter().map(count).collect())?)])
    }
}

#[pymodule]
fn _core(module: &Bound<PyModule>) -> PyResult<()> {
    rotifer_python::fill(module)
}
