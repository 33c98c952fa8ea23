//! Linear interpolation of an image at places that lie along a straight line.

use crate::simd;
use std::ops::Range;

/// Where the pixels of one row of an output are read: pixel x at `start + step * x` (z, y, x).
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub start: [f64; 3],
    pub step: [f64; 3],
}

impl Line {
    /// The place of a pixel. Along each axis it never turns back from one pixel to the next.
    #[inline(always)]
    pub fn at(&self, x: usize) -> [f64; 3] {
        std::array::from_fn(|a| self.start[a] + self.step[a] * x as f64)
    }

    /// The pixels, of this many, whose places lie between the outermost pixel centres of an image.
    pub fn within(&self, shape: [usize; 3], count: usize) -> Range<usize> {
        self.range(0..3, shape, count, |at, last| at >= 0.0 && at <= last)
    }

    /// The pixels, of this many, whose neighbours on both sides are there. A single plane has no neighbours along z.
    pub fn inside(&self, shape: [usize; 3], count: usize) -> Range<usize> {
        match shape[0] {
            1 if self.start[0] != 0.0 || self.step[0] != 0.0 => 0..0,
            1 => self.range(1..3, shape, count, |at, last| at >= 0.0 && at < last),
            _ => self.range(0..3, shape, count, |at, last| at >= 0.0 && at < last),
        }
    }

    fn range(
        &self,
        mut axes: Range<usize>,
        shape: [usize; 3],
        count: usize,
        fits: impl Fn(f64, f64) -> bool,
    ) -> Range<usize> {
        let whole = 0..count;
        axes.try_fold(whole, |range, axis| {
            let last = (shape[axis] - 1) as f64;
            let (start, step) = (self.start[axis], self.step[axis]);
            let fits = |x: usize| fits(start + step * x as f64, last);
            if step == 0.0 {
                return fits(0).then_some(range);
            }
            // The quotients may be out by one: the places themselves decide.
            let cut = |x: f64| (x.ceil().max(0.0) as usize).min(count);
            let (zero, end) = (-start / step, (last - start) / step);
            let (mut first, mut end) = (cut(zero.min(end)), cut(zero.max(end) + 1.0));
            while first < end && !fits(first) {
                first += 1;
            }
            while first < end && !fits(end - 1) {
                end -= 1;
            }
            while first > 0 && fits(first - 1) {
                first -= 1;
            }
            while end < count && fits(end) {
                end += 1;
            }
            let (first, end) = (first.max(range.start), end.min(range.end));
            (first < end).then_some(first..end)
        })
        .unwrap_or(0..0)
    }
}

/// Reads an image between its neighbours at the pixels of a line from `first` on, all of which are
/// [inside](Line::inside).
pub fn read(pixels: &[f32], shape: [usize; 3], line: &Line, first: usize, out: &mut [f32]) {
    let Some(last) = (first + out.len()).checked_sub(1).filter(|_| !out.is_empty()) else { return };
    assert_eq!(pixels.len(), shape.iter().product::<usize>());
    // Between two places that are inside lies no other.
    let inside = line.inside(shape, last + 1);
    assert!(inside.contains(&first) && inside.contains(&last), "places outside of the image");
    #[cfg(target_arch = "x86_64")]
    let (first, out) = {
        let mut done = 0;
        if crate::common::simd::level() >= crate::common::simd::Level::Avx2
            && u32::try_from(pixels.len()).is_ok()
        {
            done = out.len() / 8 * 8;
            // SAFETY: `level` gives only what was detected on this machine; the places were checked above.
            unsafe { avx2::read(pixels, shape, line, first, &mut out[..done]) };
        }
        (first + done, &mut out[done..])
    };
    if shape[0] == 1 {
        bilinear(pixels, shape[2], line, first, out);
    } else {
        trilinear(pixels, shape, line, first, out);
    }
}

/// Pixels that are worked on together.
const LANES: usize = 16;

/// Whole parts and fractions of the places of pixels from x on, along one axis.
#[inline(always)]
fn places(line: &Line, axis: usize, x: usize) -> ([i32; LANES], [f32; LANES]) {
    let (mut whole, mut part) = ([0; LANES], [0.0; LANES]);
    for k in 0..LANES {
        let at = line.start[axis] + line.step[axis] * (x + k) as f64;
        whole[k] = at as i32;
        part[k] = (at - whole[k] as f64) as f32;
    }
    (whole, part)
}

simd! {
    /// Between four neighbours in a plane.
    fn bilinear(pixels: &[f32], nx: usize, line: &Line, first: usize, out: &mut [f32]) {
        for (block, out) in out.chunks_mut(LANES).enumerate() {
            let x = first + block * LANES;
            let ((iy, wy), (ix, wx)) = (places(line, 1, x), places(line, 2, x));
            let mut near = [[0.0; LANES]; 4];
            for k in 0..out.len() {
                let i = iy[k] as usize * nx + ix[k] as usize;
                [near[0][k], near[1][k]] = [pixels[i], pixels[i + 1]];
                [near[2][k], near[3][k]] = [pixels[i + nx], pixels[i + nx + 1]];
            }
            let mut blend = [0.0; LANES];
            for k in 0..LANES {
                blend[k] = (1.0 - wy[k]) * ((1.0 - wx[k]) * near[0][k] + wx[k] * near[1][k])
                    + wy[k] * ((1.0 - wx[k]) * near[2][k] + wx[k] * near[3][k]);
            }
            out.copy_from_slice(&blend[..out.len()]);
        }
    }

    /// Between eight neighbours.
    fn trilinear(pixels: &[f32], shape: [usize; 3], line: &Line, first: usize, out: &mut [f32]) {
        let [_, ny, nx] = shape;
        for (block, out) in out.chunks_mut(LANES).enumerate() {
            let x = first + block * LANES;
            let ((iz, wz), (iy, wy), (ix, wx)) = (places(line, 0, x), places(line, 1, x), places(line, 2, x));
            let mut near = [[0.0; LANES]; 8];
            for k in 0..out.len() {
                let i = (iz[k] as usize * ny + iy[k] as usize) * nx + ix[k] as usize;
                for (corner, at) in [i, i + nx, i + ny * nx, i + ny * nx + nx].into_iter().enumerate() {
                    [near[2 * corner][k], near[2 * corner + 1][k]] = [pixels[at], pixels[at + 1]];
                }
            }
            let mut blend = [0.0; LANES];
            for k in 0..LANES {
                let along_x = |corner: usize| (1.0 - wx[k]) * near[2 * corner][k] + wx[k] * near[2 * corner + 1][k];
                let along_y = |plane: usize| (1.0 - wy[k]) * along_x(2 * plane) + wy[k] * along_x(2 * plane + 1);
                blend[k] = (1.0 - wz[k]) * along_y(0) + wz[k] * along_y(1);
            }
            out.copy_from_slice(&blend[..out.len()]);
        }
    }

    /// Whether any of these is NaN.
    pub fn has_nan(pixels: &[f32]) -> bool {
        pixels.iter().fold(false, |found, v| found | v.is_nan())
    }
}

/// The same arithmetic with neighbours along x read as one, which the compiler does not find by itself: gathers are slow.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::Line;
    use std::arch::x86_64::*;

    /// Whole parts and fractions of eight places along one axis.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn places(line: &Line, axis: usize, [low, high]: [__m256d; 2]) -> (__m256i, __m256) {
        let (start, step) = (_mm256_set1_pd(line.start[axis]), _mm256_set1_pd(line.step[axis]));
        let low = _mm256_add_pd(start, _mm256_mul_pd(step, low));
        let high = _mm256_add_pd(start, _mm256_mul_pd(step, high));
        let (whole_low, whole_high) = (_mm256_cvttpd_epi32(low), _mm256_cvttpd_epi32(high));
        let part_low = _mm256_cvtpd_ps(_mm256_sub_pd(low, _mm256_cvtepi32_pd(whole_low)));
        let part_high = _mm256_cvtpd_ps(_mm256_sub_pd(high, _mm256_cvtepi32_pd(whole_high)));
        (_mm256_set_m128i(whole_high, whole_low), _mm256_set_m128(part_high, part_low))
    }

    /// (1 - weight) * a + weight * b.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn between(weight: __m256, a: __m256, b: __m256) -> __m256 {
        let rest = _mm256_sub_ps(_mm256_set1_ps(1.0), weight);
        _mm256_add_ps(_mm256_mul_ps(rest, a), _mm256_mul_ps(weight, b))
    }

    /// Eight pixels `offset` behind these, each blended with its right neighbour.
    ///
    /// # Safety
    /// The pixels and their neighbours are there.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn along_x(pixels: &[f32], at: &[u32; 8], offset: usize, weight: __m256) -> __m256 {
        // SAFETY: two pixels are there by the contract; loads of any alignment.
        let two = |a: usize, b: usize| unsafe {
            let pair = |i: usize| pixels.as_ptr().add(at[i] as usize + offset).cast::<f64>();
            _mm_loadh_pd(_mm_load_sd(pair(a)), pair(b))
        };
        let a = _mm256_castpd_ps(_mm256_set_m128d(two(4, 5), two(0, 1)));
        let b = _mm256_castpd_ps(_mm256_set_m128d(two(6, 7), two(2, 3)));
        between(weight, _mm256_shuffle_ps::<0b10_00_10_00>(a, b), _mm256_shuffle_ps::<0b11_01_11_01>(a, b))
    }

    /// Reads a multiple of eight pixels.
    ///
    /// # Safety
    /// AVX2 and FMA are there, all places are inside of the image, and a u32 can number its pixels.
    #[target_feature(enable = "avx2,fma")]
    pub unsafe fn read(pixels: &[f32], shape: [usize; 3], line: &Line, first: usize, out: &mut [f32]) {
        let [_, ny, nx] = shape;
        let (rows, columns) = (_mm256_set1_epi32(ny as i32), _mm256_set1_epi32(nx as i32));
        for (block, out) in out.chunks_exact_mut(8).enumerate() {
            let x = _mm256_set1_pd((first + 8 * block) as f64);
            let x = [
                _mm256_add_pd(x, _mm256_set_pd(3.0, 2.0, 1.0, 0.0)),
                _mm256_add_pd(x, _mm256_set_pd(7.0, 6.0, 5.0, 4.0)),
            ];
            let ((iy, wy), (ix, wx)) = (places(line, 1, x), places(line, 2, x));
            let mut at = [0u32; 8];
            // SAFETY: eight of 32 bits are written to eight of 32 bits; what is read is inside, so it has neighbours.
            let blend = unsafe {
                if shape[0] == 1 {
                    let index = _mm256_add_epi32(_mm256_mullo_epi32(iy, columns), ix);
                    _mm256_storeu_si256(at.as_mut_ptr().cast(), index);
                    between(wy, along_x(pixels, &at, 0, wx), along_x(pixels, &at, nx, wx))
                } else {
                    let (iz, wz) = places(line, 0, x);
                    let index = _mm256_add_epi32(_mm256_mullo_epi32(iz, rows), iy);
                    let index = _mm256_add_epi32(_mm256_mullo_epi32(index, columns), ix);
                    _mm256_storeu_si256(at.as_mut_ptr().cast(), index);
                    let plane = ny * nx;
                    let near = between(wy, along_x(pixels, &at, 0, wx), along_x(pixels, &at, nx, wx));
                    let far =
                        between(wy, along_x(pixels, &at, plane, wx), along_x(pixels, &at, plane + nx, wx));
                    between(wz, near, far)
                }
            };
            // SAFETY: `out` has eight elements.
            unsafe { _mm256_storeu_ps(out.as_mut_ptr(), blend) };
        }
    }
}
