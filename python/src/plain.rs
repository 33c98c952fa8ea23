//! numpy arrays as images and images as numpy arrays, without a copy of their pixels where that can be.
//!
//! An array in the machine's byte order, contiguous and aligned, is read where it lies. It is kept alive until nothing
//! reads it. As everywhere in numpy, whoever writes to it meanwhile, from another thread, gets what is half written.

use crate::errors::raise;
use numpy::ndarray::{ArrayD, IxDyn};
use numpy::{
    Element, PyArray, PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods,
};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBool;
use rotifer::registry::{Axes, Datum, Frames, Held, Image, Kind, Owner, Pixels, Spacing, Volume};

/// The pixels of an array.
struct Lent<T> {
    pixels: *const T,
    len: usize,
    /// The object that keeps them where they are.
    _array: Py<PyAny>,
}

// SAFETY: the memory belongs to the array, which this holds, and is only read.
unsafe impl<T: Sync> Send for Lent<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Lent<T> {}

impl<T: Send + Sync> Owner<T> for Lent<T> {
    fn pixels(&self) -> &[T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: `lend` has seen that so many elements lie there, aligned; numpy frees them with the array.
        unsafe { std::slice::from_raw_parts(self.pixels, self.len) }
    }
}

/// The pixels of an array of elements `A`, which are as good as `T`; `None` where it is not contiguous and aligned.
fn lend<A: Element, T: Send + Sync + 'static>(array: &Bound<PyAny>, shape: [usize; 3]) -> Option<Held<T>> {
    const { assert!(size_of::<A>() == size_of::<T>() && align_of::<A>() == align_of::<T>()) };
    let array = array.cast::<PyArrayDyn<A>>().ok()?;
    let pixels = array.data().cast_const().cast::<T>();
    if !array.is_c_contiguous() || !pixels.is_aligned() || pixels.is_null() {
        return None;
    }
    let lent = Lent { pixels, len: array.len(), _array: array.clone().into_any().unbind() };
    Held::there(Box::new(lent), shape)
}

/// The pixels of an array of any dtype that images have; `None` for other dtypes and layouts.
fn pixels(array: &Bound<PyUntypedArray>, shape: [usize; 3]) -> Option<(Pixels, Kind)> {
    let dtype = array.dtype();
    if dtype.is_native_byteorder() == Some(false) {
        return None;
    }
    let any = array.as_any();
    let image = |pixels: Pixels| (pixels, Kind::Image);
    match (dtype.kind(), dtype.itemsize()) {
        (b'b', 1) => Some((lend::<bool, u8>(any, shape)?.into(), Kind::Mask)),
        (b'u', 1) => lend::<u8, u8>(any, shape).map(Into::into).map(image),
        (b'u', 2) => lend::<u16, u16>(any, shape).map(Into::into).map(image),
        (b'i', 2) => lend::<i16, i16>(any, shape).map(Into::into).map(image),
        (b'u', 4) => lend::<u32, u32>(any, shape).map(Into::into).map(image),
        (b'i', 4) => lend::<i32, i32>(any, shape).map(Into::into).map(image),
        (b'f', 4) => lend::<f32, f32>(any, shape).map(Into::into).map(image),
        _ => None,
    }
}

/// A 2-D or 3-D array as it is; `None` where it has to be converted first.
pub fn input(value: &Bound<PyAny>) -> PyResult<Option<Frames>> {
    let Ok(array) = value.cast::<PyUntypedArray>() else { return Ok(None) };
    let shape = match *array.shape() {
        [y, x] => [1, y, x],
        [z, y, x] => [z, y, x],
        _ => return Ok(None),
    };
    if array.is_empty() {
        return Ok(None);
    }
    let Some((pixels, kind)) = pixels(array, shape) else { return Ok(None) };
    let volume = Volume::new(pixels, array.ndim(), kind, None).map_err(raise)?;
    Ok(Some(Datum::Volume(volume).into()))
}

/// An array with these axes, in the order t, c, z, y, x.
pub fn image(
    array: &Bound<PyAny>,
    axes: &str,
    kind: Kind,
    spacing: Option<Spacing>,
    channels: Vec<String>,
    interval: Option<f64>,
) -> PyResult<Image> {
    let array = array.cast::<PyUntypedArray>()?;
    let shape = array.shape();
    if shape.len() != axes.len() {
        return Err(PyTypeError::new_err(format!("an array of {} axes for {axes:?}", shape.len())));
    }
    let length = |axis: char| axes.find(axis).map(|at| shape[at]);
    let (t, c, z) = (length('t'), length('c'), length('z'));
    let count = t.unwrap_or(1) * c.unwrap_or(1);
    let planes = z.unwrap_or(1);
    let size = [count * planes, length('y').unwrap_or(1), length('x').unwrap_or(1)];
    let Some((pixels, _)) = pixels(array, size) else {
        let dtype = array.dtype().str()?;
        return Err(PyTypeError::new_err(format!("an array of {dtype} is converted before it comes here")));
    };
    let whole = Volume::new(pixels, 3, kind, spacing).map_err(raise)?;
    let part =
        |i: usize| if z.is_some() { whole.cut(0, i * planes..(i + 1) * planes) } else { whole.plane(i) };
    let axes = Axes { channels, interval, ..Axes::new(t, c) };
    Image::over((0..count).map(part).collect(), axes).map_err(raise)
}

/// Whether frames are one array.
pub fn is_array(frames: &Frames) -> bool {
    !frames.items.is_empty() && frames.items.iter().all(|item| matches!(item, Datum::Volume(_)))
}

/// The array of such frames, masks as booleans.
pub fn output<'py>(py: Python<'py>, frames: Frames) -> PyResult<Bound<'py, PyAny>> {
    let volumes: Vec<Volume> = frames
        .items
        .into_iter()
        .filter_map(|item| if let Datum::Volume(volume) = item { Some(volume) } else { None })
        .collect();
    let Some(first) = volumes.first() else { return Err(PyTypeError::new_err("an output without pixels")) };
    let (ndim, kind, size) = (first.ndim(), first.kind(), first.shape());
    let mut shape = Vec::with_capacity(5);
    shape.extend(frames.axes.has_t.then_some(frames.axes.t));
    shape.extend(frames.axes.has_c.then_some(frames.axes.c));
    shape.extend(&size[3 - ndim..]);
    let array = joined(py, volumes, &shape)?;
    if kind == Kind::Mask { array.call_method1("view", (py.get_type::<PyBool>(),)) } else { Ok(array) }
}

/// Volumes of one dtype as one array; the pixels of a single one are handed over, not copied.
pub fn joined<'py>(py: Python<'py>, volumes: Vec<Volume>, shape: &[usize]) -> PyResult<Bound<'py, PyAny>> {
    macro_rules! of {
        ($($variant:ident),*) => {
            match volumes.first().map(Volume::pixels) {
                $(Some(Pixels::$variant(_)) => {
                    let n: usize = volumes.iter().map(Volume::len).sum();
                    let mut all = Vec::new();
                    for volume in volumes {
                        let Pixels::$variant(pixels) = volume.into_pixels() else { continue };
                        if all.is_empty() && pixels.len() == n {
                            all = pixels.into_vec();
                        } else {
                            all.reserve_exact(n - all.len());
                            all.extend_from_slice(&pixels);
                        }
                    }
                    let array = ArrayD::from_shape_vec(IxDyn(shape), all)
                        .map_err(|e| PyTypeError::new_err(e.to_string()))?;
                    Ok(PyArray::from_owned_array(py, array).into_any())
                })*
                None => Err(PyTypeError::new_err("an output without pixels")),
            }
        };
    }
    of!(U8, U16, I16, U32, I32, F32)
}
