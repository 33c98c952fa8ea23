//! Functions that shaders of expressions call.

/// Functions that a shader may need: name, those it calls itself, text.
pub(super) const FUNCTIONS: &[(&str, &[&str], &str)] = &[
    ("is_nan", &[], "fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }"),
    ("truth", &[], "fn truth(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) - 1u < 0x7f800000u; }"),
    ("nan", &[], "fn nan() -> f32 { return bitcast<f32>(params.nan); }"),
    ("inf", &[], "fn inf(sign: u32) -> f32 { return bitcast<f32>(params.inf | sign); }"),
    ("less", &["is_nan"], "fn less(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && a < b; }"),
    (
        "less_equal",
        &["is_nan"],
        "fn less_equal(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && a <= b; }",
    ),
    ("equal", &["is_nan"], "fn equal(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && a == b; }"),
    (
        "minimum",
        &["is_nan"],
        "fn minimum(a: f32, b: f32) -> f32 {
    if (is_nan(a)) { return a; }
    if (is_nan(b)) { return b; }
    return select(a, b, b < a);
}",
    ),
    (
        "maximum",
        &["is_nan"],
        "fn maximum(a: f32, b: f32) -> f32 {
    if (is_nan(a)) { return a; }
    if (is_nan(b)) { return b; }
    return select(a, b, a < b);
}",
    ),
    ("sign_of", &[], "fn sign_of(x: f32) -> f32 { return select(select(x, -1.0, x < 0.0), 1.0, x > 0.0); }"),
    (
        "quantized",
        &["is_nan"],
        "fn quantized(x: f32, low: f32, high: f32) -> f32 {
    return select(clamp(round(x), low, high), 0.0, is_nan(x));
}",
    ),
    // The number as it is: no compiler knows that `zero` is 0, so that none joins what is computed on both sides.
    ("kept", &[], "fn kept(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ params.zero); }"),
    (
        "to_u32",
        &["is_nan"],
        "fn to_u32(x: f32) -> u32 {
    if (is_nan(x)) { return 0u; }
    if (x >= 4294967296.0) { return 0xffffffffu; }
    return u32(max(round(x), 0.0));
}",
    ),
    (
        "to_i32",
        &["is_nan"],
        "fn to_i32(x: f32) -> u32 {
    if (is_nan(x)) { return 0u; }
    if (x >= 2147483648.0) { return 0x7fffffffu; }
    if (x <= -2147483648.0) { return 0x80000000u; }
    return bitcast<u32>(i32(round(x)));
}",
    ),
    (
        "divided",
        &["is_nan", "nan", "inf"],
        "fn divided(a: f32, b: f32) -> f32 {
    if (is_nan(a) || is_nan(b)) { return nan(); }
    if (b == 0.0) {
        if (a == 0.0) { return nan(); }
        return inf((bitcast<u32>(a) ^ bitcast<u32>(b)) & 0x80000000u);
    }
    return a / b;
}",
    ),
    (
        "root",
        &["is_nan", "nan"],
        "fn root(x: f32) -> f32 {
    if (is_nan(x) || x < 0.0) { return nan(); }
    return sqrt(x);
}",
    ),
    // x · 2^n in two steps, neither of which is out of range.
    (
        "scaled",
        &[],
        "fn scaled(x: f32, n: i32) -> f32 {
    let half = n / 2;
    return x * bitcast<f32>(u32(half + 127) << 23u) * bitcast<f32>(u32(n - half + 127) << 23u);
}",
    ),
    // e^r − 1 for |r| ≤ ln 2 / 2.
    (
        "exp_series",
        &[],
        "fn exp_series(r: f32) -> f32 {
    let tail = r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0))));
    return r + r * r * (0.5 + r * (1.0 / 6.0 + tail));
}",
    ),
    (
        "exp_of",
        &["is_nan", "inf", "scaled", "exp_series"],
        "fn exp_of(x: f32) -> f32 {
    if (is_nan(x)) { return x; }
    if (x > 88.8) { return inf(0u); }
    let y = max(x, -104.0);
    let n = round(y * 1.44269504);
    let r = (y - n * 0.693359375) + n * 2.12194440e-4;
    return scaled(1.0 + exp_series(r), i32(n));
}",
    ),
    (
        "expm1_of",
        &["exp_of", "exp_series"],
        "fn expm1_of(x: f32) -> f32 {
    if (abs(x) < 0.3) { return exp_series(x); }
    return exp_of(x) - 1.0;
}",
    ),
    // ln(1 + f) for 1 + f from √½ to √2.
    (
        "log_series",
        &[],
        "fn log_series(f: f32) -> f32 {
    let s = f / (2.0 + f);
    let z = s * s;
    let h = 0.5 * f * f;
    let tail = z * (2.0 / 3.0 + z * (0.4 + z * (2.0 / 7.0 + z * (2.0 / 9.0 + z * (2.0 / 11.0)))));
    return f - (h - s * (h + tail));
}",
    ),
    // Exponent and the rest, x = 2^e · (1 + f), for x > 0.
    (
        "parted",
        &[],
        "fn parted(x: f32) -> vec2<f32> {
    let small = x < 1.17549435e-38;
    let t = bitcast<u32>(select(x, x * 8388608.0, small)) + 0x004afb0du;
    let e = f32(i32(t >> 23u) - 127 - select(0, 23, small));
    return vec2<f32>(e, bitcast<f32>((t & 0x007fffffu) + 0x3f3504f3u) - 1.0);
}",
    ),
    (
        "log_of",
        &["is_nan", "nan", "inf", "parted", "log_series"],
        "fn log_of(x: f32) -> f32 {
    if (is_nan(x) || x < 0.0) { return nan(); }
    if (x == 0.0) { return inf(0x80000000u); }
    if (bitcast<u32>(x) == params.inf) { return x; }
    let p = parted(x);
    return p.x * 0.693359375 + (log_series(p.y) - p.x * 2.12194440e-4);
}",
    ),
    (
        "log1p_of",
        &["log_of", "log_series"],
        "fn log1p_of(x: f32) -> f32 {
    if (x > -0.29 && x < 0.41) { return log_series(x); }
    return log_of(1.0 + x);
}",
    ),
    (
        "log2_of",
        &["is_nan", "nan", "inf", "parted", "log_series"],
        "fn log2_of(x: f32) -> f32 {
    if (is_nan(x) || x < 0.0) { return nan(); }
    if (x == 0.0) { return inf(0x80000000u); }
    if (bitcast<u32>(x) == params.inf) { return x; }
    let p = parted(x);
    return p.x + log_series(p.y) * 1.44269504;
}",
    ),
    // |x|^y for finite x that is not 0; the exponent of x is multiplied exactly.
    (
        "power_series",
        &["inf", "parted", "log_series", "scaled", "exp_series"],
        "fn power_series(x: f32, y: f32) -> f32 {
    let p = parted(x);
    let high = bitcast<f32>(bitcast<u32>(y) & 0xfffff000u);
    let whole = high * p.x;
    let first = round(whole);
    let rest = (whole - first) + ((y - high) * p.x + y * (log_series(p.y) * 1.44269504));
    let second = round(rest);
    let n = first + second;
    if (n > 128.0) { return inf(0u); }
    return scaled(1.0 + exp_series((rest - second) * 0.69314718), i32(max(n, -160.0)));
}",
    ),
    (
        "power",
        &["is_nan", "nan", "inf", "power_series"],
        "fn power(x: f32, y: f32) -> f32 {
    if (y == 0.0 || x == 1.0) { return 1.0; }
    if (is_nan(x) || is_nan(y)) { return nan(); }
    let size = abs(x);
    let endless = (bitcast<u32>(y) & 0x7fffffffu) == params.inf;
    if (endless) {
        if (size == 1.0) { return 1.0; }
        return select(0.0, inf(0u), (size > 1.0) == (y > 0.0));
    }
    let whole = floor(y) == y;
    let odd = whole && floor(y * 0.5) != y * 0.5;
    let sign = select(0u, bitcast<u32>(x) & 0x80000000u, odd);
    if (size == 0.0 || bitcast<u32>(size) == params.inf) {
        return bitcast<f32>(select(0u, params.inf, (size == 0.0) == (y < 0.0)) | sign);
    }
    if (x < 0.0 && !whole) { return nan(); }
    return bitcast<f32>(bitcast<u32>(power_series(size, y)) | sign);
}",
    ),
    // A negative number's power is negative where the exponent is odd, which hangs on its last digit.
    (
        "power_of_parts",
        &["nan", "power"],
        "fn power_of_parts(x: f32, high: f32, low: f32) -> f32 {
    if (x >= 0.0 || low == 0.0) { return power(x, high + low); }
    if (floor(high) != high || floor(low) != low) { return nan(); }
    let odd = (floor(high * 0.5) != high * 0.5) != (floor(low * 0.5) != low * 0.5);
    let size = power(-x, high + low);
    return select(size, -size, odd);
}",
    ),
    (
        "modulo",
        &["is_nan", "nan"],
        "fn modulo(a: f32, b: f32) -> f32 {
    if (is_nan(a) || is_nan(b) || b == 0.0) { return nan(); }
    let rest = a - b * trunc(a / b);
    return select(rest, rest + b, rest != 0.0 && (rest < 0.0) != (b < 0.0));
}",
    ),
    (
        "hypotenuse",
        &["is_nan", "nan", "inf"],
        "fn hypotenuse(a: f32, b: f32) -> f32 {
    let p = max(bitcast<u32>(a) & 0x7fffffffu, bitcast<u32>(b) & 0x7fffffffu);
    let q = min(bitcast<u32>(a) & 0x7fffffffu, bitcast<u32>(b) & 0x7fffffffu);
    if (p == params.inf || q == params.inf) { return inf(0u); }
    if (p > params.inf) { return nan(); }
    if (p == 0u) { return 0.0; }
    let part = bitcast<f32>(q) / bitcast<f32>(p);
    return bitcast<f32>(p) * sqrt(1.0 + part * part);
}",
    ),
    (
        "cube_root",
        &["is_nan", "power"],
        "fn cube_root(x: f32) -> f32 {
    if (is_nan(x) || x == 0.0) { return x; }
    let root = power(abs(x), 0.33333334);
    return bitcast<f32>(bitcast<u32>(root) | (bitcast<u32>(x) & 0x80000000u));
}",
    ),
];
