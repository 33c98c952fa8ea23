// The bin at which the variance between the classes is largest, and the pixels above it. Variances of neighbouring
// bins differ by less than f32 tells, so they are compared in whole numbers of 64 bits and an exponent.
#include "shared/grid.wgsl"
#include "shared/float.wgsl"

struct Params {
    len: u32,
    bins: u32,
    masked: u32,
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> pixels: array<f32>;
@group(0) @binding(2) var<storage, read> counts: array<u32>;
@group(0) @binding(3) var<storage, read> centers: array<f32>;
@group(0) @binding(4) var<storage, read> inside: array<u32>;
@group(0) @binding(5) var<storage, read_write> found: array<f32, 1>;

// Words of wide numbers are in order, the lowest first.

fn add64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = a.x + b.x;
    return vec2<u32>(low, a.y + b.y + u32(low < a.x));
}

fn mul32(a: u32, b: u32) -> vec2<u32> {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let cross1 = (a & 0xffffu) * (b >> 16u);
    let cross2 = (a >> 16u) * (b & 0xffffu);
    let middle = (low >> 16u) + (cross1 & 0xffffu) + (cross2 & 0xffffu);
    let high = (a >> 16u) * (b >> 16u) + (cross1 >> 16u) + (cross2 >> 16u) + (middle >> 16u);
    return vec2<u32>((low & 0xffffu) | (middle << 16u), high);
}

// The product of 64 bits and 32.
fn mul96(a: vec2<u32>, b: u32) -> vec3<u32> {
    let low = mul32(a.x, b);
    let high = add64(mul32(a.y, b), vec2<u32>(low.y, 0u));
    return vec3<u32>(low.x, high.x, high.y);
}

// Upper 64 bits of the product.
fn mul_high(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = mul32(a.x, b.x);
    let cross1 = add64(mul32(a.x, b.y), vec2<u32>(low.y, 0u));
    let cross2 = add64(mul32(a.y, b.x), vec2<u32>(cross1.x, 0u));
    return add64(mul32(a.y, b.y), add64(vec2<u32>(cross1.y, 0u), vec2<u32>(cross2.y, 0u)));
}

fn less96(a: vec3<u32>, b: vec3<u32>) -> bool {
    if (a.z != b.z) {
        return a.z < b.z;
    }
    return a.y < b.y || (a.y == b.y && a.x < b.x);
}

fn sub96(a: vec3<u32>, b: vec3<u32>) -> vec3<u32> {
    let borrow1 = u32(a.x < b.x);
    let borrow2 = u32(a.y < b.y || (a.y == b.y && borrow1 == 1u));
    return vec3<u32>(a.x - b.x, a.y - b.y - borrow1, a.z - b.z - borrow2);
}

// mantissa · 2^exponent; the mantissa's highest bit is set, or it is 0.
struct Real {
    mantissa: vec2<u32>,
    exponent: i32,
}

fn real96(value: vec3<u32>) -> Real {
    var v = value;
    var exponent = 32;
    for (var i = 0; i < 2 && v.z == 0u; i++) {
        v = vec3<u32>(0u, v.x, v.y);
        exponent -= 32;
    }
    if (v.z == 0u) {
        return Real(vec2<u32>(0u), -100000);
    }
    let shift = countLeadingZeros(v.z);
    if (shift > 0u) {
        v = vec3<u32>(v.x << shift, (v.y << shift) | (v.x >> (32u - shift)), (v.z << shift) | (v.y >> (32u - shift)));
    }
    return Real(v.yz, exponent - i32(shift));
}

fn multiply(a: Real, b: Real) -> Real {
    let high = mul_high(a.mantissa, b.mantissa);
    let product = real96(vec3<u32>(0u, high.x, high.y));
    return Real(product.mantissa, product.exponent - 32 + a.exponent + b.exponent);
}

fn is_less(a: Real, b: Real) -> bool {
    if (a.exponent != b.exponent) {
        return a.exponent < b.exponent;
    }
    return a.mantissa.y < b.mantissa.y || (a.mantissa.y == b.mantissa.y && a.mantissa.x < b.mantissa.x);
}

// A bin and its variance, square / product; a product of 0 is no candidate.
struct Candidate {
    square: Real,
    product: Real,
    bin: u32,
}

fn no_candidate() -> Candidate {
    return Candidate(Real(vec2<u32>(0u), -100000), Real(vec2<u32>(0u), -100000), 0xffffffffu);
}

// Whether b is the better one, or as good and the first.
fn beats(b: Candidate, a: Candidate) -> bool {
    if (b.bin == 0xffffffffu) {
        return false;
    }
    if (a.bin == 0xffffffffu) {
        return true;
    }
    let left = multiply(a.square, b.product);
    let right = multiply(b.square, a.product);
    return is_less(left, right) || (!is_less(right, left) && b.bin < a.bin);
}

var<workgroup> sums: array<u32, 256>;
var<workgroup> moments: array<vec2<u32>, 256>;
var<workgroup> candidates: array<Candidate, 256>;

@compute @workgroup_size(256)
fn find_threshold(@builtin(local_invocation_index) local: u32) {
    // Each thread has its stretch of bins.
    let each = (params.bins + 255u) / 256u;
    let first = min(local * each, params.bins);
    let last = min(first + each, params.bins);
    var sum = 0u;
    var moment = vec2<u32>(0u);
    for (var i = first; i < last; i++) {
        sum += counts[i];
        moment = add64(moment, mul32(counts[i], i));
    }
    sums[local] = sum;
    moments[local] = moment;
    workgroupBarrier();
    var total = 0u;
    var total_moment = vec2<u32>(0u);
    var below = 0u;
    var moment_below = vec2<u32>(0u);
    for (var i = 0u; i < 256u; i++) {
        if (i == local) {
            below = total;
            moment_below = total_moment;
        }
        total += sums[i];
        total_moment = add64(total_moment, moments[i]);
    }
    var best = no_candidate();
    for (var i = first; i < last; i++) {
        below += counts[i];
        moment_below = add64(moment_below, mul32(counts[i], i));
        if (counts[i] > 0u && below < total) {
            let a = mul96(moment_below, total);
            let b = mul96(total_moment, below);
            var difference = sub96(b, a);
            if (less96(b, a)) {
                difference = sub96(a, b);
            }
            let root = real96(difference);
            let product = mul32(below, total - below);
            let here = Candidate(multiply(root, root), real96(vec3<u32>(product, 0u)), i);
            if (beats(here, best)) {
                best = here;
            }
        }
    }
    candidates[local] = best;
    workgroupBarrier();
    for (var half = 128u; half > 0u; half = half / 2u) {
        if (local < half && beats(candidates[local + half], candidates[local])) {
            candidates[local] = candidates[local + half];
        }
        workgroupBarrier();
    }
    if (local == 0u) {
        let bin = candidates[0].bin;
        if (bin != 0xffffffffu) {
            found[0] = centers[bin];
        } else {
            // One value only: any finite pixel has it.
            found[0] = select(centers[0], 0.0, params.masked == 1u);
            for (var i = 0u; i < params.len; i++) {
                if ((params.masked == 0u || inside[i] != 0u) && is_finite(pixels[i])) {
                    found[0] = pixels[i];
                    break;
                }
            }
        }
    }
}

@group(0) @binding(2) var<storage, read> threshold: array<f32, 1>;
@group(0) @binding(3) var<storage, read_write> mask: array<u32>;

@compute @workgroup_size(256)
fn compare(thread: Thread) {
    let index = linear_index(thread);
    if (index < params.len) {
        let value = pixels[index];
        mask[index] = u32(!is_nan(value) && value > threshold[0]);
    }
}
