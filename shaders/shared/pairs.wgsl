// Numbers as sums of two floats, high and low: some 46 bits. Complex numbers are two of them, re and im.
// The including shader's `Params` has `zero: u32`, which is 0.

// Keeps the compiler from simplifying: it cannot know that `zero` is 0.
fn kept(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) ^ params.zero);
}

// The sum, where |high| is not below |low|.
fn joined(high: f32, low: f32) -> vec2<f32> {
    let sum = kept(high + low);
    return vec2<f32>(sum, low - kept(sum - high));
}

fn pair_add(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    let sum = kept(a.x + b.x);
    let part = kept(sum - a.x);
    let error = kept(a.x - kept(sum - part)) + kept(b.x - part);
    return joined(sum, error + (a.y + b.y));
}

// The first 12 bits: products of such are exact.
fn upper(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}

fn pair_mul(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    let product = kept(a.x * b.x);
    let p = upper(a.x);
    let q = upper(b.x);
    let r = kept(a.x - p);
    let s = kept(b.x - q);
    let error = kept(kept(kept(p * q - product) + p * s) + r * q) + r * s;
    return joined(product, error + (a.x * b.y + a.y * b.x));
}

fn complex_add(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(pair_add(a.xy, b.xy), pair_add(a.zw, b.zw));
}

fn complex_mul(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    let re = pair_add(pair_mul(a.xy, b.xy), -pair_mul(a.zw, b.zw));
    let im = pair_add(pair_mul(a.xy, b.zw), pair_mul(a.zw, b.xy));
    return vec4<f32>(re, im);
}

fn conjugate(a: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(a.xy, -a.zw);
}

// The square of the absolute value.
fn norm_squared(a: vec4<f32>) -> vec2<f32> {
    return pair_add(pair_mul(a.xy, a.xy), pair_mul(a.zw, a.zw));
}
