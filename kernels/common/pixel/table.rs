//! The result for every value of an 8- or 16-bit input.

use crate::common::fresh::Fresh;
use crate::common::threads::each;
use rotifer_registry::{Dtype, Pixels, volume};

/// Pixels that a thread takes at a time, and those that it writes at a time.
const SHARE: usize = 16_384;
const PART: usize = 4096;

pub struct Table {
    pub port: usize,
    /// Pixels of the output as bytes, in the order of the input's bits.
    pub values: Vec<u8>,
    pub out: Dtype,
}

/// Every value of a dtype of 8 or 16 bits, in the order of its bits.
pub fn every(dtype: Dtype) -> Option<Pixels> {
    let all = 0..1usize << (8 * dtype.size());
    let shape = [1, 1, all.len()];
    Some(match dtype {
        Dtype::U8 => column(shape, all.map(|i| i as u8).collect()),
        Dtype::U16 => column(shape, all.map(|i| i as u16).collect()),
        Dtype::I16 => column(shape, all.map(|i| i as u16 as i16).collect()),
        _ => return None,
    })
}

fn column<T: rotifer_registry::Element>(shape: [usize; 3], values: Vec<T>) -> Pixels
where
    Pixels: From<ndarray::Array3<T>>,
{
    ndarray::Array3::from_shape_vec(shape, values).expect("one value for one").into()
}

impl Table {
    /// Writes the pixels of the output, as bytes in the machine's order.
    pub fn run(&self, pixels: Option<&Pixels>, out: Fresh<u8>) {
        match pixels {
            Some(Pixels::U8(a)) => self.of(volume::slice(a), out),
            Some(Pixels::U16(a)) => self.of(volume::slice(a), out),
            Some(Pixels::I16(a)) => self.of(bytemuck::cast_slice::<i16, u16>(volume::slice(a)), out),
            // Made for none of these.
            None | Some(Pixels::U32(_) | Pixels::I32(_) | Pixels::F32(_)) => out.rows(PART).for_each(|_| ()),
        }
    }

    fn of<I: Copy + Into<usize> + Sync>(&self, pixels: &[I], out: Fresh<u8>) {
        match self.out.size() {
            1 => look_up::<I, u8>(pixels, &self.values, out),
            2 => look_up::<I, u16>(pixels, &self.values, out),
            _ => look_up::<I, u32>(pixels, &self.values, out),
        }
    }
}

fn look_up<I: Copy + Into<usize> + Sync, W: bytemuck::Pod + Send + Sync>(
    pixels: &[I],
    values: &[u8],
    out: Fresh<u8>,
) {
    // Bytes of a vector of the dtype: aligned for words of its size.
    let values: &[W] = bytemuck::cast_slice(values);
    each(out.parts(SHARE * size_of::<W>()).zip(pixels.chunks(SHARE)), |(out, pixels)| {
        for (out, pixels) in out.rows(PART * size_of::<W>()).zip(pixels.chunks(PART)) {
            for (o, i) in bytemuck::cast_slice_mut::<u8, W>(out).iter_mut().zip(pixels) {
                *o = values[(*i).into()];
            }
        }
    });
}
