use crate::common::edt::{self, Around, NearestInParts, Search};
use rotifer_registry::*;

op! {
    /// Gives each pixel of a mask its Euclidean distance to the nearest pixel outside the mask.
    ///
    /// Pixels outside are 0. Exact up to the rounding of float32. Where the mask fills the whole image there is no
    /// pixel outside, and distances are those to a pixel just before the first one along the first axis, as in scipy.
    pub struct DistanceTransformEdt {
        /// Distance between neighbouring pixels along z, y, x: 1 gives distances in pixels.
        sampling: PerAxis<f64> = PerAxis::All(1.0), range(1e-6, 1e6);
    }
    id: "distance_transform_edt", revision: 1, family: Morphology,
    memory: host_and_device,
    inputs: { mask: Mask },
    outputs: { distance: Image(F32) },
    agrees: Relative(1e-6), follows: "scipy.ndimage.distance_transform_edt 1.17",
    python: "ndi.distance_transform_edt(mask, sampling=sampling)",
    examples: ["sampling = 0.325", "sampling = [0.5, 0.25]", "sampling = [2.0, 0.7, 0.65]"],
}

impl Host for DistanceTransformEdt {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.sampling.resolve(inputs.volume("mask")?.ndim, 1.0).map(|_| ())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let mask = inputs.volume("mask")?;
        let meta = mask.meta();
        let sampling = self.sampling.resolve(meta.ndim, 1.0)?;
        let distances = distances(mask, &meta, sampling, &Around::nothing())?;
        if distances.first() == Some(&f32::INFINITY) {
            return Ok(vec![Datum::Volume(without_outside(mask, [0; 3], sampling)?)]);
        }
        Ok(vec![Datum::Volume(mask.image(distances)?)])
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        fn pixels<'a>(inputs: &Inputs<'a>) -> Result<&'a [u8], Error> {
            inputs.volume("mask")?.mask_slice()
        }
        let whole = inputs.volume("mask")?.clone();
        let sampling = self.sampling.resolve(whole.ndim, 1.0)?;
        let meta = whole.clone();
        let paint = move |span: &Span, inputs: &Inputs, around: &Around<()>, has_outside: bool| {
            let mask = inputs.volume("mask")?;
            if !has_outside {
                return without_outside(mask, span.origin(), sampling);
            }
            mask.image(distances(mask, &whole, sampling, around)?)
        };
        Ok(Some(Box::new(NearestInParts::new(&meta, pixels, outside, paint))))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let distances = || {
            let mask = inputs.volume("mask")?;
            let sampling = self.sampling.resolve(mask.ndim(), 1.0)?;
            let grid = Grid::from(mask);
            if grid.data.iter().all(|v| *v != 0.0) {
                return Ok(vec![Plain::Image(grid.map_at(|p| to_before_first(p, grid.ndim, sampling)))]);
            }
            let mut squares = grid.map(|v| if v == 0.0 { 0.0 } else { f64::INFINITY });
            for axis in 0..3 {
                squares = squares.map_at(|p| {
                    let to = |i: usize| {
                        let mut q = p;
                        q[axis] = i;
                        squares.at(q) + (sampling[axis] * (i as f64 - p[axis] as f64)).powi(2)
                    };
                    (0..squares.shape[axis]).map(to).fold(f64::INFINITY, f64::min)
                });
            }
            Ok(vec![Plain::Image(squares.map(f64::sqrt))])
        };
        Some(distances())
    }
}

fn outside(v: u8) -> Option<()> {
    (v == 0).then_some(())
}

/// Distances in a part of the mask; infinity where there is no pixel outside.
fn distances(
    mask: &Volume,
    whole: &VolumeMeta,
    sampling: [f64; 3],
    around: &Around<()>,
) -> Result<Vec<f32>, Error> {
    let (pixels, mut meta) = (mask.mask_slice()?, mask.meta());
    meta.ndim = edt::flat(whole).ndim;
    let by = (sampling, f64::INFINITY);
    Ok(if edt::exact_in_f32(whole, sampling) {
        edt::nearest_in_part(pixels, outside, &meta, by, around, |s: f32, ()| s.sqrt())
    } else {
        edt::nearest_in_part(pixels, outside, &meta, by, around, |s: f64, ()| s.sqrt() as f32)
    })
}

/// Distances in a part, from `first` on, of a mask that fills the image.
fn without_outside(mask: &Volume, first: [usize; 3], sampling: [f64; 3]) -> Result<Volume, Error> {
    let ndim = mask.ndim();
    let before = |p: [usize; 3]| to_before_first([0, 1, 2].map(|a| p[a] + first[a]), ndim, sampling);
    let before = Grid::from_fn(mask.shape(), ndim, before);
    mask.image(before.data.into_iter().map(|d| d as f32).collect())
}

/// Distance to the pixel just before the first one along the first axis.
fn to_before_first(p: [usize; 3], ndim: usize, sampling: [f64; 3]) -> f64 {
    let first = 3 - ndim;
    let along = |a: usize| sampling[a] * (p[a] + (a == first) as usize) as f64;
    (first..3).map(|a| along(a).powi(2)).sum::<f64>().sqrt()
}

impl Device for DistanceTransformEdt {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let mask = inputs.volume("mask")?;
        let sampling = self.sampling.resolve(mask.meta.ndim, 1.0)?;
        let search = Search { sampling, distance: f64::INFINITY };
        let distances = search.record_distances(recorder, mask.buffer, &mask.meta)?;
        Ok(vec![DeviceOutput::volume(distances)])
    }
}
