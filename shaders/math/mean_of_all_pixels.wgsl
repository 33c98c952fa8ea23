// Sum of all pixels in pairs of floats, high and low, then the mean. One partial sum for each workgroup.
#include "shared/grid.wgsl"
#include "shared/float.wgsl"

struct Params {
    len: u32,
    partials: u32,
    divisor: f32, // the number of pixels over 2^32
    zero: u32,
}

@group(0) @binding(0) var<uniform> params: Params;

// Sum, its rounding error, and bits that say what is not finite: 1 NaN, 2 infinity, 4 minus infinity.
struct Sum {
    high: f32,
    low: f32,
    special: u32,
    padding: u32,
}

// Keeps the compiler from simplifying: it cannot know that `zero` is 0.
fn kept(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) ^ params.zero);
}

fn add(a: Sum, high: f32, low: f32) -> Sum {
    let sum = kept(a.high + high);
    let part = kept(sum - a.high);
    let error = kept(a.high - kept(sum - part)) + kept(high - part);
    return Sum(sum, a.low + (low + error), a.special, 0u);
}

fn merge(a: Sum, b: Sum) -> Sum {
    let sum = add(a, b.high, b.low);
    return Sum(sum.high, sum.low, a.special | b.special, 0u);
}

var<workgroup> sums: array<Sum, 256>;

fn sum_of_group(mine: Sum, local: u32) -> Sum {
    sums[local] = mine;
    workgroupBarrier();
    for (var half = 128u; half > 0u; half = half >> 1u) {
        if (local < half) {
            sums[local] = merge(sums[local], sums[local + half]);
        }
        workgroupBarrier();
    }
    return sums[0];
}

@group(0) @binding(1) var<storage, read> pixels: array<f32>;
@group(0) @binding(2) var<storage, read_write> partial_out: array<Sum>;

@compute @workgroup_size(256)
fn add_pixels(thread: Thread, @builtin(num_workgroups) groups: vec3<u32>) {
    let local = thread.local;
    var sum = Sum(0.0, 0.0, 0u, 0u);
    let stride = groups.x * groups.y * 256u;
    for (var i = linear_index(thread); i < params.len; i += stride) {
        let value = pixels[i];
        if (is_finite(value)) {
            // Scaled, so that a sum of large floats does not overflow.
            sum = add(sum, value * 0x1p-32, 0.0);
        } else {
            sum.special |= select(select(2u, 4u, (bitcast<u32>(value) >> 31u) == 1u), 1u, is_nan(value));
        }
    }
    let total = sum_of_group(sum, local);
    if (local == 0u) {
        partial_out[group_index(thread)] = total;
    }
}

@group(0) @binding(1) var<storage, read> partials: array<Sum>;
@group(0) @binding(2) var<storage, read_write> mean: array<u32, 1>;

@compute @workgroup_size(256)
fn add_partials(@builtin(local_invocation_index) local: u32) {
    var sum = Sum(0.0, 0.0, 0u, 0u);
    for (var i = local; i < params.partials; i += 256u) {
        sum = merge(sum, partials[i]);
    }
    let total = sum_of_group(sum, local);
    if (local == 0u) {
        mean[0] = bitcast<u32>((total.high + total.low) / params.divisor);
        if (total.special == 2u) {
            mean[0] = 0x7f800000u;
        } else if (total.special == 4u) {
            mean[0] = 0xff800000u;
        } else if (total.special != 0u) {
            mean[0] = 0x7fc00000u;
        }
    }
}
