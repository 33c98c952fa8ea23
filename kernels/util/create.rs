use crate::common::shape;
use rotifer_registry::*;

op! {
    /// Makes an image with one value everywhere.
    ///
    /// It has no input: a pipeline may begin with it, and runs without an image where all its steps follow from such.
    pub struct Create {
        /// Pixels along each axis: y and x, or z, y and x.
        shape: Vec<i64>;
        /// The value, stored as float32; the step's `dtype` asks for another dtype.
        value: f64 = 0.0;
        /// Micrometres from pixel to pixel: one number, or one for each axis.
        pixel_size: Option<PerAxis<f64>> = None, range(1e-9, 1e9);
    }
    id: "create", revision: 1, family: Util,
    memory: host,
    inputs: {},
    outputs: { image: Image(F32) },
    agrees: Exact, follows: "numpy.full 2.4",
    python: "np.full(shape, np.float32(value))",
    examples: ["shape = [64, 48]\nvalue = 0.1", "shape = [4, 6, 5]\npixel_size = [1.0, 0.2, 0.2]"],
}

impl Create {
    fn meta(&self) -> Result<VolumeMeta, Error> {
        let (shape, ndim) = shape::of_list(&self.shape)?;
        let spacing = match &self.pixel_size {
            None => None,
            Some(size) => {
                let um = size.resolve(ndim, 1.0).map_err(|e| e.argument("pixel_size"))?;
                Some(Spacing::new(um, SpacingSource::Given))
            }
        };
        Ok(VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape, ndim, spacing })
    }
}

impl Host for Create {
    fn infer(&self, _inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        shape::made(outputs, &self.meta()?);
        Ok(())
    }

    fn run(&self, _inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let meta = self.meta()?;
        Ok(vec![Datum::Volume(Volume::from_vec(&meta, vec![self.value as f32; meta.len()])?)])
    }

    fn streamed(&self, _inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let value = self.value as f32;
        let part = move |part: &VolumeMeta, _: [usize; 3]| Volume::from_vec(part, vec![value; part.len()]);
        Ok(Some(Box::new(shape::MadeInParts { meta: self.meta()?, part })))
    }

    fn reference(&self, _inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = |meta: VolumeMeta| {
            vec![Plain::Image(Grid::from_fn(meta.shape, meta.ndim, |_| f64::from(self.value as f32)))]
        };
        Some(self.meta().map(plain))
    }
}
