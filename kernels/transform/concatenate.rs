use crate::common::axis_fold::Axis;
use rotifer_registry::*;

op! {
    /// Joins two images along one axis.
    ///
    /// The other image is stored as what the first is: a mask, labels, or an image of its dtype. Along z, 2-D images become
    /// the planes of a 3-D one. Apart from the axis both have one shape; the spacing is that of the first.
    pub struct Concatenate {
        /// The axis along which the other image follows the first.
        axis: Axis = Axis::X;
    }
    id: "concatenate", revision: 1, family: Transform,
    memory: host,
    inputs: { image: Image, other: Image },
    outputs: { image: Like(Same) },
    agrees: Exact, follows: "numpy.concatenate 2.4",
    python: "
kind = kinds['image']
other = other != 0 if kind == 'mask' else quantize(other, image.dtype)
a, b = (image[None], other[None]) if axis == 'z' and image.ndim == 2 else (image, other)
result = np.concatenate((a, b), -1 - 'xyz'.index(axis))
",
    examples: ["axis = \"y\"", "axis = \"z\""],
}

impl Concatenate {
    fn output(&self, image: &VolumeMeta, other: &VolumeMeta) -> Result<VolumeMeta, Error> {
        let axis = self.axis as usize;
        let mut meta = image.clone();
        meta.shape[axis] += other.shape[axis];
        if axis == 0 {
            meta.ndim = 3;
        }
        let alike = (0..3).all(|a| a == axis || image.shape[a] == other.shape[a]);
        if !alike || axis != 0 && image.ndim != other.ndim {
            return Err(Error::new(
                Code::Shape,
                "the images differ along another axis than that of the joint",
            )
            .value(format!("{} and {}", image.shape_text(), other.shape_text())));
        }
        Ok(meta)
    }
}

impl Host for Concatenate {
    fn infer(&self, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let meta = self.output(inputs.volume("image")?, inputs.volume("other")?)?;
        if let Some(out) = outputs[0].volume_mut() {
            *out = meta.with(out.kind, out.dtype);
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let (image, other) = (inputs.volume("image")?, inputs.volume("other")?);
        let meta = self.output(&image.meta(), &other.meta())?;
        let other = match image.kind() {
            Kind::Image => other.cast(image.dtype()),
            Kind::Mask => other.to_mask(),
            Kind::Labels => other.labels(each_dtype!(other.pixels(), |p| {
                p.iter().map(|v| u32::from_f64(v.to_f64())).collect()
            }))?,
        };
        // Kinds of numbers are alike now: pixels are joined as they are.
        let pixels = |v: &Volume| Volume::new(v.pixels().clone(), 3, image.kind(), None);
        let joined = Volume::join(&[pixels(image)?, pixels(&other)?], self.axis as usize)?;
        Ok(vec![Datum::Volume(Volume::new(joined.into_pixels(), meta.ndim, meta.kind, meta.spacing)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let (image, other) = (inputs.volume("image")?, inputs.volume("other")?);
            let (meta, axis) = (self.output(&image.meta(), &other.meta())?, self.axis as usize);
            let (first, second) = (Grid::from(image), Grid::from(other));
            Ok(vec![Plain::Image(Grid::from_fn(meta.shape, meta.ndim, |mut p| {
                if p[axis] < first.shape[axis] {
                    return first.at(p);
                }
                p[axis] -= first.shape[axis];
                let value = second.at(p);
                match image.kind() {
                    Kind::Mask => (value != 0.0 && !value.is_nan()) as u8 as f64,
                    _ => meta.dtype.quantize(value),
                }
            }))])
        };
        Some(plain())
    }
}
