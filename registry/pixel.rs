//! The skeleton of operations on one pixel at a time: `kernel: pixel |image, other| image + other`.
//!
//! The declaration gives an expression of its inputs; where it runs, what it needs, its shape, its reference and its shader
//! follow. The loop that computes it on the host is an [`Engine`], which `rotifer-kernels` has.

use crate::dtype::Dtype;
use crate::error::{Code, Error};
use crate::expr::wgsl::{self, Generated, Read};
use crate::expr::{At, Dag, Expr, eval};
use crate::kernel::Kernel;
use crate::op::{
    Datum, DatumMeta, DeviceDatum, DeviceInputs, DeviceOutput, Inputs, Metas, OutKind, Port, PortKind, Reach,
    Spec,
};
use crate::plain::{Grid, Plain};
use crate::recorder::{Buffer, Recorder, Shader};
use crate::volume::{Volume, VolumeMeta};
use std::sync::Arc;

pub use crate::op::Pixel;

/// The types that a body after `kernel: pixel |...|` may give.
pub trait IntoTree {
    fn into_tree(self) -> Result<Expr, Error>;
}

impl IntoTree for Expr {
    fn into_tree(self) -> Result<Expr, Error> {
        Ok(self)
    }
}

impl IntoTree for Result<Expr, Error> {
    fn into_tree(self) -> Result<Expr, Error> {
        self
    }
}

/// An expression that is ready to run.
pub trait Ready: Send + Sync {
    /// An image like the metadata, from the volumes by slot, absent ones included.
    fn run(&self, volumes: &[Option<&Volume>], meta: &VolumeMeta) -> Result<Volume, Error>;
}

/// Makes an expression ready to give about so many pixels of a dtype.
pub type MakeReady = fn(&Expr, Dtype, usize) -> Result<Box<dyn Ready>, Error>;

/// The loops that compute expressions on the host.
pub struct Engine {
    pub ready: MakeReady,
}

inventory::collect!(Engine);

/// An expression, ready to give about so many pixels of a dtype.
pub fn ready(expr: &Expr, dtype: Dtype, pixels: usize) -> Result<Box<dyn Ready>, Error> {
    let engine = inventory::iter::<Engine>
        .into_iter()
        .next()
        .ok_or_else(|| Error::new(Code::Unavailable, "this program has no loops: link rotifer-kernels"))?;
    (engine.ready)(expr, dtype, pixels)
}

fn planes(port: &Port) -> usize {
    if port.kind == PortKind::Rgb { 3 } else { 1 }
}

/// The index of an input among the ports of an expression: each input has one, rgb has three.
pub fn slot(ports: &[Port], name: &str) -> usize {
    ports.iter().take_while(|p| p.name != name).map(planes).sum()
}

/// An input in an expression, if it is given.
pub fn port(inputs: &Metas, name: &str) -> Option<Expr> {
    Some(match inputs.get(name)? {
        DatumMeta::Volume(v) | DatumMeta::Rgb(v) => Expr::port(slot(inputs.ports(), name), v.dtype),
        DatumMeta::Number => Expr::number(name),
        DatumMeta::Table | DatumMeta::Role(_) => return None,
    })
}

/// An input in an expression.
pub fn needed(inputs: &Metas, name: &str) -> Result<Expr, Error> {
    port(inputs, name)
        .ok_or_else(|| Error::new(Code::WrongKind, format!("an image is needed at input `{name}`")))
}

/// Refuses inputs of different shape; those that are absent fit.
pub fn same_shape(inputs: &Metas, names: &[&str]) -> Result<(), Error> {
    let found: Vec<_> = names.iter().filter_map(|n| Some((*n, inputs.get(n)?.volume()?))).collect();
    let Some(((first, a), rest)) = found.split_first() else { return Ok(()) };
    match rest.iter().find(|(_, b)| (a.shape, a.ndim) != (b.shape, b.ndim)) {
        None => Ok(()),
        Some((name, b)) => Err(Error::new(Code::Shape, format!("`{name}` must have the shape of `{first}`"))
            .value(b.shape_text())
            .allowed(a.shape_text())),
    }
}

/// Metadata of the output before the step asks for another dtype.
pub fn output(spec: &Spec, inputs: &Metas) -> Result<VolumeMeta, Error> {
    let first = inputs.first().ok_or_else(|| Error::new(Code::WrongKind, "an image is needed"))?;
    match spec.outputs.first().map(|o| o.kind.meta(first)) {
        Some(DatumMeta::Volume(meta)) if spec.outputs.len() == 1 => Ok(meta),
        _ => Err(Error::new(Code::Internal, "`kernel: pixel` gives one image, mask or labels")),
    }
}

/// The shader of an operation for inputs with this metadata, of 4 bytes each on the device, and whether its values are whole numbers
/// of the output's dtype.
fn shader(
    op: &dyn Pixel,
    spec: &'static Spec,
    metas: &Metas,
) -> Result<(Generated, VolumeMeta, bool), Error> {
    let (mut tree, output) = (op.tree(metas)?, output(spec, metas)?);
    let mut loads = Vec::new();
    for port in spec.inputs {
        let dtype = match port.kind {
            PortKind::Mask | PortKind::Labels | PortKind::MaskOrLabels => Dtype::U32,
            _ => Dtype::F32,
        };
        loads.extend(vec![dtype; planes(port)]);
    }
    let (store, whole) = match spec.outputs[0].kind {
        OutKind::Mask | OutKind::Labels => (Dtype::U32, false),
        _ if output.dtype.size() <= 2 => {
            tree = tree.cast(output.dtype);
            (Dtype::F32, true)
        }
        _ => (Dtype::F32, output.dtype == Dtype::F32),
    };
    let made = wgsl::generate(&Dag::new(&tree), &|i| loads[i], store)?;
    Ok((made, output, whole))
}

/// Records the one pass of a shader on an image of this shape. `inputs` are the buffers that it reads, in the order of its reads.
pub fn record(
    recorder: &mut Recorder,
    name: String,
    made: Generated,
    inputs: &[Buffer],
    shape: [usize; 3],
) -> Result<Buffer, Error> {
    let uniform = made.uniform(shape)?;
    let words = made.words(shape.iter().product());
    let output = recorder.buffer(words);
    let shader = Arc::new(Shader::made(name, made.source));
    recorder.pass(shader).uniform_words(&uniform).bind(inputs).bind(&[output]).over(words)?;
    Ok(output)
}

/// The kernel of an operation whose declaration gives the expression of a pixel.
pub struct ByTree<P>(pub P);

impl<P: Pixel> Kernel for ByTree<P> {
    const DEVICE: bool = true;

    fn reach(&self, _spec: &'static Spec, inputs: &Metas) -> Result<Reach, Error> {
        // A tile does not know where in the image it lies.
        Ok(if Dag::new(&self.0.tree(inputs)?).has_position() { Reach::Whole } else { Reach::Point })
    }

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let names: Vec<&str> = inputs.ports().iter().map(|p| p.name).collect();
        same_shape(inputs, &names)?;
        self.0.tree(inputs).map(|_| ())
    }

    fn run(&self, spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let metas: Vec<Option<DatumMeta>> =
            inputs.items().iter().map(|i| i.as_ref().map(Datum::meta)).collect();
        let metas = Metas::new(spec.inputs, &metas);
        let tree = self.0.tree(&metas)?.bind(|name| inputs.optional_number(name));
        let mut volumes = Vec::new();
        for (port, item) in spec.inputs.iter().zip(inputs.items().iter().chain(std::iter::repeat(&None))) {
            match item {
                Some(Datum::Volume(v)) => volumes.push(Some(v)),
                Some(Datum::Rgb(planes)) => volumes.extend(planes.iter().map(Some)),
                _ => volumes.extend(vec![None; planes(port)]),
            }
        }
        let meta = output(spec, &metas)?;
        ready(&tree, meta.dtype, meta.len())?.run(&volumes, &meta).map(|v| vec![Datum::Volume(v)])
    }

    /// [`eval`], pixel by pixel.
    fn reference(&self, spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        struct Place<'a> {
            grids: &'a [Option<Grid>],
            inputs: &'a Inputs<'a>,
            at: [usize; 3],
        }
        impl At for Place<'_> {
            fn port(&self, index: usize) -> f64 {
                self.grids[index].as_ref().map_or(f64::NAN, |g| g.at(self.at))
            }
            fn number(&self, name: &str) -> f64 {
                self.inputs.optional_number(name).unwrap_or(f64::NAN)
            }
            fn position(&self, axis: usize) -> f64 {
                self.at[axis] as f64
            }
        }
        let metas: Vec<Option<DatumMeta>> =
            inputs.items().iter().map(|i| i.as_ref().map(Datum::meta)).collect();
        let metas = Metas::new(spec.inputs, &metas);
        self.infer(spec, &metas, &mut [])?;
        let dag = Dag::new(&self.0.tree(&metas)?);
        let mut grids: Vec<Option<Grid>> = Vec::new();
        for (port, item) in spec.inputs.iter().zip(inputs.items().iter().chain(std::iter::repeat(&None))) {
            match item {
                Some(Datum::Volume(v)) => grids.push(Some(v.into())),
                Some(Datum::Rgb(planes)) => grids.extend(planes.iter().map(|v| Some(v.into()))),
                _ => grids.extend(vec![None; planes(port)]),
            }
        }
        let meta = output(spec, &metas)?;
        let place = |at| Place { grids: &grids, inputs, at };
        Ok(vec![Plain::Image(Grid::from_fn(meta.shape, meta.ndim, |at| eval(&dag, &place(at))))])
    }

    /// Whole numbers of 32 bits that are computed need more digits than float32 has.
    fn fits(&self, spec: &'static Spec, inputs: &Metas) -> Result<(), Error> {
        shader(&self.0, spec, inputs).map(drop)
    }

    /// One pass of the shader that the expression gives.
    fn record(
        &self,
        spec: &'static Spec,
        inputs: &DeviceInputs,
        recorder: &mut Recorder,
    ) -> Result<Vec<DeviceOutput>, Error> {
        let meta = |item: &DeviceDatum| match item {
            DeviceDatum::Volume(v) => DatumMeta::Volume(v.meta.clone()),
            DeviceDatum::Rgb([v, _, _]) => DatumMeta::Rgb(v.meta.clone()),
            DeviceDatum::Number(_) => DatumMeta::Number,
        };
        let metas: Vec<Option<DatumMeta>> = inputs.items().iter().map(|i| i.as_ref().map(meta)).collect();
        let (made, output, whole) = shader(&self.0, spec, &Metas::new(spec.inputs, &metas))?;
        let mut buffers = Vec::new();
        for (port, item) in spec.inputs.iter().zip(inputs.items().iter().chain(std::iter::repeat(&None))) {
            match item {
                Some(DeviceDatum::Volume(v)) => buffers.push(Some(v.buffer)),
                Some(DeviceDatum::Rgb(planes)) => buffers.extend(planes.iter().map(|v| Some(v.buffer))),
                _ => buffers.extend(vec![None; planes(port)]),
            }
        }
        let mut bound = Vec::new();
        for read in &made.reads {
            let buffer = match read {
                Read::Port(i) => buffers.get(*i).copied().flatten(),
                Read::Number(name) => inputs.optional_number(name),
            };
            bound.push(
                buffer.ok_or_else(|| Error::new(Code::Internal, format!("{read:?} is not on the device")))?,
            );
        }
        let out = record(recorder, format!("pixel/{}", spec.id), made, &bound, output.shape)?;
        Ok(vec![DeviceOutput::Volume { buffer: out, whole }])
    }
}
