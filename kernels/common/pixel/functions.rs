//! Functions of float64 in plain arithmetic: loops over them run in vectors, with the same bits at every SIMD level.
//!
//! exp, ln, log2 and exp2 are within 2 units of the last place of float64, pow within 2e-13 of the result. Rounded to float32
//! that is the nearest number but for about one in 2^28 (pow: 2^18) near halves. Series are those of the functions themselves.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, LOG2_E};

/// 1.5 · 2^52: added to a number below 2^51 it leaves the nearest whole number, half to even, in the lowest bits.
const MAGIC: f64 = 6_755_399_441_055_744.0;
/// ln 2 in two parts; products of the first with whole numbers up to 2^11 are exact.
const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// 1/k!, from k = 2 on.
const INVERSE_FACTORIALS: [f64; 12] = [
    1.0 / 2.0,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    1.0 / 720.0,
    1.0 / 5_040.0,
    1.0 / 40_320.0,
    1.0 / 362_880.0,
    1.0 / 3_628_800.0,
    1.0 / 39_916_800.0,
    1.0 / 479_001_600.0,
    1.0 / 6_227_020_800.0,
];

/// 2/k for odd k, from 3 on.
const LN_SERIES: [f64; 10] = [
    2.0 / 3.0,
    2.0 / 5.0,
    2.0 / 7.0,
    2.0 / 9.0,
    2.0 / 11.0,
    2.0 / 13.0,
    2.0 / 15.0,
    2.0 / 17.0,
    2.0 / 19.0,
    2.0 / 21.0,
];

/// The nearest whole number, half to even. Not by the standard library: on machines without that instruction it is a call.
#[inline(always)]
pub fn round(x: f64) -> f64 {
    const LAST: f64 = 4_503_599_627_370_496.0; // 2^52: from here on all numbers are whole
    let size = x.abs();
    let near = (size + LAST) - LAST;
    let near = if size < LAST { near } else { size };
    near.copysign(x)
}

#[inline(always)]
pub fn floor(x: f64) -> f64 {
    let near = round(x);
    let below = if near > x { near - 1.0 } else { near };
    below.copysign(x)
}

#[inline(always)]
pub fn ceil(x: f64) -> f64 {
    let near = round(x);
    let above = if near < x { near + 1.0 } else { near };
    above.copysign(x)
}

#[inline(always)]
pub fn trunc(x: f64) -> f64 {
    floor(x.abs()).copysign(x)
}

/// 2^n for whole n from −1022 to 1023.
#[inline(always)]
fn power_of_2(n: f64) -> f64 {
    f64::from_bits((n + MAGIC).to_bits().wrapping_add(1023) << 52)
}

/// (1 + s) · 2^n in two steps, neither of which leaves the range.
#[inline(always)]
fn scaled(s: f64, n: f64) -> f64 {
    let half = (n * 0.5 + MAGIC) - MAGIC;
    // The sum first, so that it is rounded once.
    (1.0 + s) * power_of_2(half) * power_of_2(n - half)
}

/// e^r − 1 for |r| ≤ ln 2 / 2.
#[inline(always)]
fn exp_series(r: f64) -> f64 {
    let mut sum = 0.0;
    for c in INVERSE_FACTORIALS.iter().rev() {
        sum = sum * r + c;
    }
    r + r * r * sum
}

/// A number between two bounds; NaN stays.
#[inline(always)]
fn between(x: f64, low: f64, high: f64) -> f64 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let x = between(x, -746.0, 710.0);
    let n = (x * LOG2_E + MAGIC) - MAGIC;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    scaled(exp_series(r), n)
}

#[inline(always)]
pub fn exp2(x: f64) -> f64 {
    let x = between(x, -1076.0, 1025.0);
    let n = (x + MAGIC) - MAGIC;
    scaled(exp_series((x - n) * LN_2), n)
}

/// x = 2^e · (1 + f) with 1 + f from √½ to √2, for positive finite x.
#[inline(always)]
fn parted(x: f64) -> (f64, f64) {
    let small = x < f64::MIN_POSITIVE;
    let (x, less) = if small { (x * 18_014_398_509_481_984.0, 54.0) } else { (x, 0.0) };
    let root = FRAC_1_SQRT_2.to_bits();
    let bits = x.to_bits().wrapping_add((1023u64 << 52).wrapping_sub(root));
    // The exponent in the lowest bits of 2^52.
    let e = f64::from_bits(bits >> 52 | 0x433 << 52) - (4_503_599_627_370_496.0 + 1023.0) - less;
    let m = f64::from_bits((bits & ((1 << 52) - 1)).wrapping_add(root));
    (e, m - 1.0)
}

/// ln(1 + f) = 2 artanh(s) with s = f / (2 + f), as f less what is small beside it.
#[inline(always)]
fn ln_series(f: f64) -> f64 {
    let s = f / (2.0 + f);
    let z = s * s;
    let mut tail = 0.0;
    for c in LN_SERIES.iter().rev() {
        tail = (tail + c) * z;
    }
    let h = 0.5 * f * f;
    f - (h - s * (h + tail))
}

/// A logarithm of positive finite numbers, extended to all.
#[inline(always)]
fn extended(x: f64, log: f64) -> f64 {
    let log = if x == 0.0 { f64::NEG_INFINITY } else { log };
    let log = if x < 0.0 { f64::NAN } else { log };
    // Infinity and NaN stay.
    if x < f64::INFINITY { log } else { x }
}

#[inline(always)]
pub fn ln(x: f64) -> f64 {
    let (e, f) = parted(x);
    extended(x, e * LN_2_HIGH + (ln_series(f) + e * LN_2_LOW))
}

#[inline(always)]
pub fn log2(x: f64) -> f64 {
    let (e, f) = parted(x);
    extended(x, e + ln_series(f) * LOG2_E)
}

/// x to the power y with the special cases of IEEE 754.
#[inline(always)]
pub fn pow(x: f64, y: f64) -> f64 {
    let size = x.abs();
    let (e, f) = parted(size);
    let log = e + ln_series(f) * LOG2_E;
    let log = if size == 0.0 { f64::NEG_INFINITY } else { log };
    let log = if size < f64::INFINITY { log } else { size };
    let power = exp2(y * log);
    // −1 to an infinite power, too.
    let power = if size == 1.0 { 1.0 } else { power };
    let half = y * 0.5;
    let whole = floor(y) == y;
    let odd = whole & (floor(half) != half);
    let power = if odd { power.copysign(x) } else { power };
    let power = if (x < 0.0) & !whole & (size < f64::INFINITY) { f64::NAN } else { power };
    // An exponent that is NaN, but for 1.
    let power = if y.is_nan() { y } else { power };
    if (y == 0.0) | (x == 1.0) { 1.0 } else { power }
}

/// The remainder with the sign of the divisor.
#[inline(always)]
pub fn modulo(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if (rest != 0.0) & ((rest < 0.0) != (b < 0.0)) { rest + b } else { rest }
}
