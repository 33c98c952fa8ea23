//! The skeleton of operations that only move pixels: each of the output is one of the image, or a constant.

use super::all_pixels;
use super::sampling::by_rows;
use super::statistic::Statistic;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::transform::REINDEX;

/// Where the pixels of an output stand in the image, in z, y, x order: at the sum of three numbers, one for each axis of the
/// output. Where one is missing, or the sum is beyond the image, the constant stands.
pub struct Reindexed {
    pub meta: VolumeMeta,
    pub offsets: [Vec<Option<usize>>; 3],
    /// Left out: the mean of the image; 0 of masks and labels.
    pub constant: Option<f64>,
}

/// Pixels from one place of an output's row on.
#[derive(Clone, Copy)]
struct Run {
    start: usize,
    len: usize,
    /// Where the first is read and how far it is to the next; nowhere where the constant stands.
    from: Option<(usize, isize)>,
}

/// A list of offsets as runs.
fn runs(offsets: &[Option<usize>]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (x, offset) in offsets.iter().enumerate() {
        if let Some(run) = runs.last_mut() {
            let fits = match (&mut run.from, offset) {
                (None, None) => true,
                (Some((from, step)), Some(offset)) => {
                    if run.len == 1 {
                        *step = *offset as isize - *from as isize;
                    }
                    *from as isize + run.len as isize * *step == *offset as isize
                }
                _ => false,
            };
            if fits {
                run.len += 1;
                continue;
            }
        }
        runs.push(Run { start: x, len: 1, from: offset.map(|offset| (offset, 1)) });
    }
    runs
}

impl Reindexed {
    /// Offsets along the axes of an image: those of output axis `a` are read by `index(a, i)`, in pixels of the image's axis
    /// `axes[a]`.
    pub fn along(
        image: &VolumeMeta,
        meta: VolumeMeta,
        axes: [usize; 3],
        constant: f64,
        index: impl Fn(usize, usize) -> Option<usize>,
    ) -> Reindexed {
        let stride = |axis: usize| image.shape[axis + 1..].iter().product::<usize>();
        let offsets = |a: usize| {
            (0..meta.shape[a]).map(|i| index(a, i).map(|i| i * stride(axes[a]))).collect::<Vec<_>>()
        };
        let offsets = [offsets(0), offsets(1), offsets(2)];
        Reindexed { meta, offsets, constant: Some(constant) }
    }

    pub fn read(&self, image: &Volume) -> Result<Volume, Error> {
        let meta = self.meta.with(image.kind(), image.dtype());
        each_dtype!(image.pixels(), |pixels| Volume::from_vec(&meta, self.rows(pixels, self.constant(image))))
    }

    fn constant(&self, image: &Volume) -> f64 {
        match (self.constant, image.kind()) {
            (None, Kind::Image) => all_pixels::sum(image) / image.len() as f64,
            (constant, _) => known(constant.unwrap_or_default(), &image.meta()),
        }
    }

    fn rows<T: Element>(&self, pixels: &[T], constant: f64) -> Vec<T> {
        let constant = T::from_f64(constant);
        let [along_z, along_y, along_x] = &self.offsets;
        let runs = runs(along_x);
        // Short runs cost more than pixels.
        let scattered = runs.len() * 4 > along_x.len();
        by_rows(self.meta.shape, |z, y, out| {
            let (Some(z), Some(y)) = (along_z[z], along_y[y]) else { return out.fill(constant) };
            let pixels = pixels.get(z + y..).unwrap_or_default();
            if scattered {
                for (o, x) in out.iter_mut().zip(along_x) {
                    *o = x.and_then(|x| pixels.get(x)).copied().unwrap_or(constant);
                }
                return;
            }
            for run in &runs {
                let out = &mut out[run.start..run.start + run.len];
                match run.from {
                    None => out.fill(constant),
                    Some((from, 1)) => {
                        let line = pixels.get(from..).unwrap_or_default();
                        let (there, rest) = out.split_at_mut(run.len.min(line.len()));
                        there.copy_from_slice(&line[..there.len()]);
                        rest.fill(constant);
                    }
                    Some((from, -1)) if from < pixels.len() => {
                        let line = &pixels[from + 1 - run.len..=from];
                        out.iter_mut().zip(line.iter().rev()).for_each(|(o, v)| *o = *v);
                    }
                    Some((from, step)) => {
                        for (i, o) in out.iter_mut().enumerate() {
                            let at = from as isize + step * i as isize;
                            *o = pixels.get(at as usize).copied().unwrap_or(constant);
                        }
                    }
                }
            }
        })
    }

    pub fn plain(&self, image: &Volume) -> Grid {
        let constant = match (self.constant, image.kind()) {
            (None, Kind::Image) => Statistic::Mean.plain(&image.f64s()),
            _ => self.constant(image),
        };
        let grid = Grid::from(image);
        Grid::from_fn(self.meta.shape, self.meta.ndim, |p| {
            let at = (0..3).try_fold(0, |sum, a| self.offsets[a][p[a]].map(|offset| sum + offset));
            at.and_then(|at| grid.data.get(at)).copied().unwrap_or(constant)
        })
    }
}

/// An operation on one image, by where its output's pixels stand.
pub struct Reindex<F, const DEVICE: bool>(F);

impl<F: Fn(&VolumeMeta) -> Result<Reindexed, Error>> Reindex<F, true> {
    pub fn by(places: F) -> Reindex<F, true> {
        Reindex(places)
    }
}

impl<F: Fn(&VolumeMeta) -> Result<Reindexed, Error>> Reindex<F, false> {
    /// Where the constant may be the mean of the image.
    pub fn on_host(places: F) -> Reindex<F, false> {
        Reindex(places)
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    shape: [u32; 3],
    len: u32,
    constant: f32,
    padding: [u32; 3],
}

impl<F, const DEVICE: bool> Kernel for Reindex<F, DEVICE>
where
    F: Fn(&VolumeMeta) -> Result<Reindexed, Error> + Send + Sync,
{
    const DEVICE: bool = DEVICE;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let meta = (self.0)(inputs.first().ok_or_else(no_image)?)?.meta;
        if let Some(out) = outputs[0].volume_mut() {
            *out = meta.with(out.kind, out.dtype);
        }
        Ok(())
    }

    fn run(&self, spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume(spec.inputs[0].name)?;
        Ok(vec![Datum::Volume((self.0)(&image.meta())?.read(image)?)])
    }

    fn reference(&self, spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let image = inputs.volume(spec.inputs[0].name)?;
        Ok(vec![Plain::Image((self.0)(&image.meta())?.plain(image))])
    }

    fn record(
        &self,
        spec: &'static Spec,
        inputs: &DeviceInputs,
        recorder: &mut Recorder,
    ) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume(spec.inputs[0].name)?;
        let Reindexed { meta, offsets, constant } = (self.0)(&image.meta)?;
        let len = image.meta.len();
        let offset = |offset: &Option<usize>| match offset {
            Some(offset) if *offset < len => *offset as u32,
            _ => u32::MAX,
        };
        let offsets: Vec<u32> = offsets.iter().flatten().map(offset).collect();
        let offsets = recorder.constant(&offsets);
        let constant = known(constant.unwrap_or_default(), &image.meta) as f32;
        let params =
            Params { shape: meta.shape.map(|n| n as u32), len: len as u32, constant, padding: [0; 3] };
        let output = recorder.buffer(meta.len());
        recorder.pass(&REINDEX).uniform(&params).bind(&[image.buffer, offsets, output]).over(meta.len())?;
        Ok(vec![DeviceOutput::whole(output)])
    }
}

/// A constant as an image of this kind and dtype stores it.
fn known(constant: f64, image: &VolumeMeta) -> f64 {
    if image.kind == Kind::Mask { (constant != 0.0) as u8 as f64 } else { image.dtype.quantize(constant) }
}

fn no_image() -> Error {
    Error::new(Code::WrongKind, "an image is needed")
}
