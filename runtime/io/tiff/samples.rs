//! Samples from bytes: predictors, bit fields, orders of bytes, half floats, YCbCr.

use super::page::YCbCr;
use super::source::{Why, room};

/// Turns values of `size` bytes into the machine's order.
pub fn to_native(bytes: &mut [u8], size: usize, little: bool) {
    if little == cfg!(target_endian = "little") {
        return;
    }
    macro_rules! swap {
        ($($n:literal)*) => {
            match size {
                $($n => bytes.as_chunks_mut::<$n>().0.iter_mut().for_each(|v| v.reverse()),)*
                _ => {}
            }
        };
    }
    swap!(2 4 8);
}

/// Undoes predictor 2: each sample is stored as the difference to the one of the pixel before.
pub fn undo_differences(row: &mut [u8], samples: usize, size: usize) {
    macro_rules! sum {
        ($t:ty) => {{
            const N: usize = size_of::<$t>();
            let values = row.as_chunks_mut::<N>().0;
            if samples == 1 {
                let mut before: $t = 0;
                for bytes in values {
                    before = before.wrapping_add(<$t>::from_ne_bytes(*bytes));
                    *bytes = before.to_ne_bytes();
                }
            } else {
                for i in samples..values.len() {
                    let before = <$t>::from_ne_bytes(values[i - samples]);
                    values[i] = before.wrapping_add(<$t>::from_ne_bytes(values[i])).to_ne_bytes();
                }
            }
        }};
    }
    match size {
        1 => sum!(u8),
        2 => sum!(u16),
        4 => sum!(u32),
        _ => sum!(u64),
    }
}

/// Undoes predictor 3: the bytes of a row are parted by significance, highest first, then differences are taken.
pub fn undo_float_differences(row: &mut [u8], samples: usize, size: usize, parted: &mut Vec<u8>) {
    for i in samples..row.len() {
        row[i] = row[i].wrapping_add(row[i - samples]);
    }
    parted.clear();
    parted.extend_from_slice(row);
    let n = row.len() / size;
    for (i, value) in row.chunks_exact_mut(size).enumerate() {
        for (byte, to) in value.iter_mut().enumerate() {
            let significance = if cfg!(target_endian = "little") { size - 1 - byte } else { byte };
            *to = parted[significance * n + i];
        }
    }
}

/// Values of fewer than 8 bits into bytes, of 9 to 15 into two, of more into four. Every row begins at a byte.
pub fn unpack_bits(bytes: &[u8], row: usize, values: usize, bits: usize) -> Why<Vec<u8>> {
    let size = [1, 2, 4, 4][(bits - 1) / 8];
    let mut out = room(bytes.len() / row.max(1) * values * size)?;
    for row in bytes.chunks_exact(row) {
        let (mut held, mut n, mut rest) = (0u64, 0, row.iter());
        for _ in 0..values {
            while n < bits {
                held = held << 8 | u64::from(*rest.next().unwrap_or(&0));
                n += 8;
            }
            n -= bits;
            let value = (held >> n & ((1 << bits) - 1)) as u32;
            match size {
                1 => out.push(value as u8),
                2 => out.extend((value as u16).to_ne_bytes()),
                _ => out.extend(value.to_ne_bytes()),
            }
        }
    }
    Ok(out)
}

pub fn half_to_f32(half: u16) -> f32 {
    let sign = if half & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(half >> 10 & 31), f32::from(half & 1023));
    sign * match exponent {
        0 => fraction * (-24f32).exp2(),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2f32.powi(exponent - 25),
    }
}

/// Gives every pixel of subsampled YCbCr its own Y, Cb and Cr: TIFF 6.0, section 21. `width` is that of the strip or tile.
pub fn spread(bytes: &[u8], width: usize, rows: usize, (h, v): (usize, usize)) -> Why<Vec<u8>> {
    let mut out = room(width * rows * 3)?;
    out.resize(width * rows * 3, 0);
    let unit = h * v + 2;
    for (by, units) in bytes.chunks_exact(width.div_ceil(h) * unit).enumerate() {
        for (bx, unit) in units.chunks_exact(unit).enumerate() {
            for (i, y) in unit[..h * v].iter().enumerate() {
                let (px, py) = (bx * h + i % h, by * v + i / h);
                if px < width && py < rows {
                    let at = (py * width + px) * 3;
                    out[at..at + 3].copy_from_slice(&[*y, unit[h * v], unit[h * v + 1]]);
                }
            }
        }
    }
    Ok(out)
}

impl YCbCr {
    /// JPEG's own: the luma of BT.601, full range.
    pub fn jpeg() -> YCbCr {
        let luma = [0.299, 0.587, 0.114];
        YCbCr { subsampling: (1, 1), luma, reference: [0.0, 255.0, 128.0, 255.0, 128.0, 255.0] }
    }

    /// Red, green and blue in the place of Y, Cb and Cr: TIFF 6.0, section 21. Samples after these are kept.
    pub fn to_rgb(&self, pixels: &mut [u8], samples: usize) {
        let [lr, lg, lb] = self.luma;
        let r = self.reference;
        let code = |v: u8, black: f64, white: f64, range: f64| {
            (f64::from(v) - black) * range / if white == black { 1.0 } else { white - black }
        };
        let table = |f: &dyn Fn(u8) -> f64| -> Vec<f64> { (0..=255).map(f).collect() };
        let ys = table(&|v| code(v, r[0], r[1], 255.0));
        let cbs = table(&|v| code(v, r[2], r[3], 127.0));
        let crs = table(&|v| code(v, r[4], r[5], 127.0));
        let to_u8 = |v: f64| v.round().clamp(0.0, 255.0) as u8;
        for pixel in pixels.chunks_exact_mut(samples) {
            let (y, cb, cr) =
                (ys[usize::from(pixel[0])], cbs[usize::from(pixel[1])], crs[usize::from(pixel[2])]);
            let red = cr * (2.0 - 2.0 * lr) + y;
            let blue = cb * (2.0 - 2.0 * lb) + y;
            let green = (y - lb * blue - lr * red) / lg;
            pixel[0] = to_u8(red);
            pixel[1] = to_u8(green);
            pixel[2] = to_u8(blue);
        }
    }
}
