#include "shared/pointwise.wgsl"
#include "shared/float.wgsl"

@group(0) @binding(1) var<storage, read> image: array<f32>;
@group(0) @binding(2) var<storage, read> table: array<f32>; // of integer dtypes: the result for each value
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

// x to the power g for x > 0, from exponent and fraction apart: `pow` is too rough far from 1.
fn power(x: f32, g: f32) -> f32 {
    let parts = frexp(x);
    let whole = g * f32(parts.exp);
    let rest = g * log2(parts.fract);
    let n = round(whole + rest);
    return ldexp(exp2((whole - n) + rest), i32(clamp(n, -200.0, 200.0)));
}

fn element(i: u32) {
    let value = image[i];
    let gamma = params.numbers.x;
    let gain = params.numbers.y;
    if (params.flags.x == 1u) {
        output[i] = table[u32(value - params.numbers.z)];
    } else if (gamma == 0.0) {
        output[i] = gain;
    } else if (!is_finite(value)) {
        // NaN stays, so does infinity; below 0 there is no power.
        output[i] = select(value, 0.0, bitcast<u32>(value) == 0xff800000u);
    } else {
        output[i] = select(0.0, gain * power(max(value, 1e-38), gamma), value > 0.0);
    }
}
