use crate::common::axis_fold::{self, AlongAxis, Axis};
use crate::common::statistic::Statistic;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::projection::MAXIMUM_PROJECTION;

op! {
    /// Takes the greatest value along one axis.
    ///
    /// A 3-D image becomes the 2-D image of its other two axes, in order and with their spacing, unless `keep_dims` is true.
    /// A 2-D image stays 2-D: along y or x it becomes one row or column, along z it is its own projection. A line with a NaN
    /// gives NaN.
    pub struct MaximumProjection {
        /// The axis to look along.
        axis: Axis = Axis::Z;
        /// True keeps the axis, one pixel long.
        keep_dims: bool = false;
    }
    id: "maximum_projection", revision: 1, family: Projection,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "numpy.max 2.4",
    python: "along = 'zyx'.index(axis) - (3 - image.ndim)
result = image if along < 0 else np.max(image, axis=along, keepdims=keep_dims or image.ndim == 2)",
    examples: ["axis = \"y\"", "axis = \"x\"\nkeep_dims = true", "axis = \"z\"\nkeep_dims = true"],
}

impl MaximumProjection {
    fn along(&self) -> AlongAxis {
        AlongAxis { axis: self.axis, keep_dims: self.keep_dims, statistic: Statistic::Maximum }
    }
}

impl Host for MaximumProjection {
    fn infer(&self, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.along().infer(Self::SPEC, inputs, outputs)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        self.along().run(Self::SPEC, inputs)
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        self.along().streamed(Self::SPEC, inputs)
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.along().reference(Self::SPEC, inputs))
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    outer: u32,
    n: u32,
    inner: u32,
    part: u32,
    parts: u32,
    padding: [u32; 3],
}

impl Device for MaximumProjection {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let [outer, mut n, inner] = axis_fold::split(image.meta.shape, self.axis);
        let mut pixels = image.buffer;
        loop {
            // Few long lines are cut into parts first, so that all threads have work.
            let part = if inner == 1 || n <= 64 || (outer * inner >= 1 << 16 && n <= 4096) { n } else { 32 };
            let parts = n.div_ceil(part);
            let out = recorder.buffer(outer * parts * inner);
            let params = Params {
                outer: outer as u32,
                n: n as u32,
                inner: inner as u32,
                part: part as u32,
                parts: parts as u32,
                padding: [0; 3],
            };
            let pass = recorder.pass(&MAXIMUM_PROJECTION).uniform(&params).bind(&[pixels, out]);
            if inner == 1 {
                pass.entry("lines").groups(outer)?
            } else {
                pass.over(out.len)?
            }
            if parts == 1 {
                return Ok(vec![DeviceOutput::whole(out)]);
            }
            (pixels, n) = (out, parts);
        }
    }
}
