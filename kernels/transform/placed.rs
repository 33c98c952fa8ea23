//! Operations that read each pixel of the output at a place which images give.

use crate::common::sampling::Sampling;
use rotifer_registry::*;

/// An image read at places that others say, one along each axis.
struct Placed {
    how: Sampling,
    /// Whether the numbers are distances from the pixel itself.
    from_here: bool,
    ports: [&'static str; 3],
}

impl Placed {
    /// The metadata of the output.
    fn output(&self, inputs: &Metas) -> Result<VolumeMeta, Error> {
        let image = inputs.volume("image")?;
        let [y, x] = [inputs.volume(self.ports[1])?, inputs.volume(self.ports[2])?];
        let z = inputs.volume(self.ports[0]).ok();
        let wrong =
            |message: &str, meta: &VolumeMeta| Error::new(Code::Shape, message).value(meta.shape_text());
        for other in [Some(x), z].into_iter().flatten() {
            if other.shape != y.shape {
                return Err(wrong("the images of places differ in shape", other).allowed(y.shape_text()));
            }
        }
        if z.is_some() && image.ndim == 2 {
            return Err(wrong("a 2-D image has no axis z", image).argument(self.ports[0]));
        }
        if y.ndim != image.ndim
            || self.from_here && y.shape != image.shape
            || z.is_none() && y.shape[0] != image.shape[0]
        {
            return Err(wrong("the places do not fit the image", y).allowed(image.shape_text()));
        }
        Ok(self.of(image.clone(), y.shape))
    }

    /// Places of this image are those of its own pixels, moved, or any.
    fn of(&self, image: VolumeMeta, shape: [usize; 3]) -> VolumeMeta {
        let spacing = if self.from_here { image.spacing } else { image.spacing.map(Spacing::placeless) };
        VolumeMeta { shape, spacing, ..image }
    }
}

/// The number of a pixel.
fn number(image: &Volume, i: usize) -> f64 {
    each_dtype!(image.pixels(), |p| p[i].to_f64())
}

impl Placed {
    fn place<'a>(
        &'a self,
        inputs: &'a Inputs,
        to: [usize; 3],
    ) -> Result<impl Fn([usize; 3]) -> Option<[f64; 3]> + Sync + 'a, Error> {
        let [y, x] = [inputs.volume(self.ports[1])?, inputs.volume(self.ports[2])?];
        let z = inputs.optional_volume(self.ports[0]);
        Ok(move |p: [usize; 3]| {
            let i = (p[0] * to[1] + p[1]) * to[2] + p[2];
            let here = p.map(|i| i as f64);
            let mut at = [z.map_or(0.0, |z| number(z, i)), number(y, i), number(x, i)];
            if self.from_here {
                at = std::array::from_fn(|a| here[a] + at[a]);
            } else if z.is_none() {
                at[0] = here[0];
            }
            at.iter().all(|at| at.is_finite()).then_some(at)
        })
    }
}

impl Kernel for Placed {
    const DEVICE: bool = false;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let meta = self.output(inputs)?;
        if let Some(out) = outputs[0].volume_mut() {
            *out = meta.with(out.kind, out.dtype);
        }
        Ok(())
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let (image, shape) = (inputs.volume("image")?, inputs.volume(self.ports[1])?.shape());
        let meta = self.of(image.meta(), shape);
        Ok(vec![Datum::Volume(self.how.places(image, &meta, self.place(inputs, shape)?)?)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let metas: Vec<_> = inputs.items().iter().map(|item| item.as_ref().map(Datum::meta)).collect();
        let meta = self.output(&Metas::new(inputs.ports(), &metas))?;
        let image = inputs.volume("image")?;
        Ok(vec![self.how.plain_places(image, &meta, self.place(inputs, meta.shape)?)])
    }
}

op! {
    /// Moves each pixel of an image by its own distance: warps it with a displacement field.
    ///
    /// The pixel at p of the output is read at p + d(p), so that the field leads from the output to the image. Where a
    /// distance is not finite, and with `edge = "constant"` beyond the outermost pixel centres, the constant stands. Places
    /// are float64 and weights float32. Masks and labels are read at the nearest pixel, whatever `order` says.
    pub struct Warp {
        /// 0: the nearest pixel, at a tie the next one. 1: linear between pixels.
        order: u32 = 1, range(0, 1);
        ..Border(edge: Constant, constant);
    }
    id: "warp", revision: 1, family: Transform,
    kernel: Placed {
        how: Sampling { order, edge, constant },
        from_here: true,
        ports: ["along_z", "along_y", "along_x"],
    },
    inputs: { image: Image, along_y: Image, along_x: Image, along_z: Image optional },
    outputs: { image: Like(F32) },
    agrees: Relative(5e-6), follows: "scipy.ndimage.map_coordinates 1.17",
    python: "
order, constant = of_kind(kinds['image'], order, constant)
field = [along_y, along_x] if image.ndim == 2 else [np.zeros(image.shape) if along_z is None else along_z, along_y, along_x]
places = np.indices(image.shape) + np.stack([f64(d) for d in field])
result = ndi.map_coordinates(f64(image), places, order=order, mode='grid-wrap' if edge == 'wrap' else edge, cval=constant)
",
    examples: [
        "edge = \"mirror\"",
        "edge = \"wrap\"\norder = 0",
        "edge = \"reflect\"",
        "edge = \"nearest\"",
        "constant = 3.0\norder = 0",
    ],
}

op! {
    /// Reads an image at the coordinates that other images give.
    ///
    /// The pixel at p of the output is read at (z(p), y(p), x(p)), in pixels from the middle of the first one; without z each
    /// plane is read in itself. Where a coordinate is not finite, and with `edge = "constant"` beyond the outermost pixel
    /// centres, the constant stands. The output has the shape of the coordinates. Places are float64 and weights float32.
    /// Masks and labels are read at the nearest pixel, whatever `order` says.
    pub struct MapCoordinates {
        /// 0: the nearest pixel, at a tie the next one. 1: linear between pixels.
        order: u32 = 1, range(0, 1);
        ..Border(edge: Constant, constant);
    }
    id: "map_coordinates", revision: 1, family: Transform,
    kernel: Placed { how: Sampling { order, edge, constant }, from_here: false, ports: ["z", "y", "x"] },
    inputs: { image: Image, y: Image, x: Image, z: Image optional },
    outputs: { image: Like(F32) },
    agrees: Relative(5e-6), follows: "scipy.ndimage.map_coordinates 1.17",
    python: "
order, constant = of_kind(kinds['image'], order, constant)
places = [y, x] if image.ndim == 2 else [np.indices(image.shape)[0] if z is None else z, y, x]
result = ndi.map_coordinates(f64(image), [f64(c) for c in places], order=order, mode='grid-wrap' if edge == 'wrap' else edge, cval=constant)
",
    examples: [
        "edge = \"mirror\"",
        "edge = \"wrap\"\norder = 0",
        "edge = \"reflect\"",
        "edge = \"nearest\"",
        "constant = 3.0\norder = 0",
    ],
}
