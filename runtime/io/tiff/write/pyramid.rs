//! Levels of half the size.

use rotifer_registry::{Dtype, Element, Kind};

/// The side below which no further level is made.
const SMALLEST: usize = 256;

/// Height and width of a plane and of its levels. An odd side has one pixel more than half of it.
pub fn sizes(height: usize, width: usize, pyramid: bool) -> Vec<[usize; 2]> {
    let mut sizes = vec![[height, width]];
    while let Some([h, w]) = sizes.last().copied().filter(|[h, w]| pyramid && *h.max(w) > SMALLEST) {
        sizes.push([h.div_ceil(2), w.div_ceil(2)]);
    }
    sizes
}

/// One row from two, or from the last one alone: means of an image, first pixels of a mask or labels.
pub fn halve(kind: Kind, dtype: Dtype, samples: usize, first: &[u8], second: Option<&[u8]>) -> Vec<u8> {
    match dtype {
        Dtype::U8 => rows::<u8>(kind, samples, first, second),
        Dtype::U16 => rows::<u16>(kind, samples, first, second),
        Dtype::I16 => rows::<i16>(kind, samples, first, second),
        Dtype::U32 => rows::<u32>(kind, samples, first, second),
        Dtype::I32 => rows::<i32>(kind, samples, first, second),
        Dtype::F32 => rows::<f32>(kind, samples, first, second),
    }
}

fn rows<T: Element>(kind: Kind, samples: usize, first: &[u8], second: Option<&[u8]>) -> Vec<u8> {
    let size = size_of::<T>();
    let at = |row: &[u8], x: usize, s: usize| -> T {
        let i = (x * samples + s) * size;
        bytemuck::pod_read_unaligned(&row[i..i + size])
    };
    let width = first.len() / (samples * size);
    let rows: Vec<&[u8]> = std::iter::once(first).chain(second).collect();
    let mut out = Vec::with_capacity(first.len().div_ceil(2) + samples * size);
    for x in (0..width).step_by(2) {
        for s in 0..samples {
            let value = if kind == Kind::Image {
                let columns = x..(x + 2).min(width);
                let n = rows.len() * columns.len();
                let sum: f64 =
                    rows.iter().flat_map(|row| columns.clone().map(|x| at(row, x, s).to_f64())).sum();
                T::from_f64(sum / n as f64)
            } else {
                at(first, x, s)
            };
            out.extend_from_slice(bytemuck::bytes_of(&value));
        }
    }
    out
}
