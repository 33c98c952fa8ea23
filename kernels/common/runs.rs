//! Runs of equal pixels along a row, found by words of 64 pixels.

use crate::simd;

/// A pixel that is a label: its numbers are whole and not negative.
pub trait Label: rotifer_registry::Element + Into<u32> {}
impl<T: rotifer_registry::Element + Into<u32>> Label for T {}

/// Bit i: byte i is not 0. At most 64 bytes.
#[inline(always)]
pub fn bits(bytes: &[u8]) -> u64 {
    if let Ok(bytes) = <&[u8; 64]>::try_from(bytes) {
        return bits_of_64(bytes);
    }
    let mut all = [0; 64];
    all[..bytes.len()].copy_from_slice(bytes);
    bits_of_64(&all)
}

/// SSE2, which every x86-64 has, gathers the highest bits of 16 bytes at once.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn bits_of_64(bytes: &[u8; 64]) -> u64 {
    use std::arch::x86_64::{__m128i, _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_setzero_si128};
    let four: [__m128i; 4] = bytemuck::cast(*bytes);
    let mut zeros = 0;
    for (i, sixteen) in four.into_iter().enumerate() {
        // SAFETY: these are instructions of SSE2, and take values alone.
        let mask = unsafe { _mm_movemask_epi8(_mm_cmpeq_epi8(sixteen, _mm_setzero_si128())) };
        zeros |= (mask as u64) << (16 * i);
    }
    !zeros
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn bits_of_64(bytes: &[u8; 64]) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let (words, _) = bytes.as_chunks();
    let mut found = 0;
    for (i, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let set = (((word & LOW) + LOW) | word) & !LOW;
        // The eight highest bits of the product are those of the bytes.
        found |= ((set >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * i);
    }
    found
}

/// Calls `visit(start, end)` for the runs of pixels that are not 0, or of those that are.
#[inline(always)]
pub fn of_mask(row: &[u8], background: bool, mut visit: impl FnMut(usize, usize)) {
    let (mut carry, mut start) = (0, 0);
    for (block, pixels) in row.chunks(64).enumerate() {
        let mut word = bits(pixels);
        if background {
            word = !word & u64::MAX >> (64 - pixels.len());
        }
        let mut changes = word ^ (word << 1 | carry);
        carry = word >> 63;
        while changes != 0 {
            let at = changes.trailing_zeros() as usize;
            if word >> at & 1 == 1 {
                start = 64 * block + at;
            } else {
                visit(start, 64 * block + at);
            }
            changes &= changes - 1;
        }
    }
    if carry == 1 {
        visit(start, row.len());
    }
}

simd! {
    /// Bit i: pixel i + 1 differs from pixel i.
    fn changes<T: Label>(row: &[T], words: &mut Vec<u64>) {
        words.clear();
        let n = row.len().saturating_sub(1);
        for (a, b) in row[..n].chunks(64).zip(row[row.len() - n..].chunks(64)) {
            let mut differs = [0u8; 64];
            for ((d, a), b) in differs.iter_mut().zip(a).zip(b) {
                *d = (a != b) as u8;
            }
            words.push(bits(&differs));
        }
    }
}

/// Calls `visit(start, end, label)` for the runs of equal pixels of a row, without those of 0. `words` is scratch.
#[inline(always)]
pub fn of_labels<T: Label>(row: &[T], words: &mut Vec<u64>, mut visit: impl FnMut(usize, usize, u32)) {
    changes(row, words);
    let zero = T::default();
    let mut start = 0;
    for (block, word) in words.iter().enumerate() {
        let mut changes = *word;
        while changes != 0 {
            let end = 64 * block + changes.trailing_zeros() as usize + 1;
            if row[start] != zero {
                visit(start, end, row[start].into());
            }
            start = end;
            changes &= changes - 1;
        }
    }
    if row.get(start).is_some_and(|label| *label != zero) {
        visit(start, row.len(), row[start].into());
    }
}
