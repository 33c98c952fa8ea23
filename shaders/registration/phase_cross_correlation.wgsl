// Steps of the correlation of two images around the Fourier transforms, in pairs of floats: phase correlation gives a frequency
// a million times below the strongest the same weight, and f32 has no digits of it.
#include "shared/grid.wgsl"
#include "shared/pairs.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x of what is read
    which: u32, // image 0 or 1; peak 0 or 1
    out_shape: vec3<u32>,
    axis: u32,
    image_shape: vec3<u32>,
    len: u32,
    factor: u32, // samples to a pixel
    phase: u32, // whether every frequency has the same weight
    zero: u32,
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;

// Bits of the largest |pixel| of both images (as whole numbers, infinity and NaN on top), of the largest amplitude of both
// spectra, and the complements of the places of the peak of the pixels and of the samples.
@group(0) @binding(2) var<storage, read_write> totals: array<atomic<u32>>;

var<workgroup> group_largest: atomic<u32>;

fn total_maximum(value: u32, slot: u32, local: u32) {
    atomicMax(&group_largest, value);
    workgroupBarrier();
    if (local == 0u) {
        atomicMax(&totals[slot], atomicLoad(&group_largest));
    }
}

@group(0) @binding(1) var<storage, read> image_bits: array<u32>;

@compute @workgroup_size(256)
fn survey(thread: Thread) {
    let local = thread.local;
    let index = linear_index(thread);
    var value = 0u;
    if (index < params.len) {
        value = image_bits[index] & 0x7fffffffu;
    }
    total_maximum(value, params.which, local);
}

@group(0) @binding(1) var<storage, read> spectrum: array<vec4<f32>>;

@compute @workgroup_size(256)
fn survey_spectrum(thread: Thread) {
    let local = thread.local;
    let index = linear_index(thread);
    var value = 0u;
    if (index < params.len) {
        value = bitcast<u32>(length(spectrum[index].xz));
    }
    total_maximum(value, 2u + params.which, local);
}

fn exponent(bits: u32) -> i32 {
    return clamp(i32((bits >> 23u) & 0xffu) - 127, -126, 126);
}

fn power_of_two(exponent: i32) -> f32 {
    return bitcast<f32>(u32(clamp(exponent, -126, 127) + 127) << 23u);
}

@group(0) @binding(1) var<storage, read> image: array<f32>;
@group(0) @binding(2) var<storage, read> found: array<u32>; // the totals
@group(0) @binding(3) var<storage, read_write> complex: array<vec4<f32>>;

// The pixels over a power of two, so that none is far above 1.
fn scaled(index: u32) -> f32 {
    return image[index] * power_of_two(-exponent(found[params.which]));
}

@compute @workgroup_size(256)
fn to_complex(thread: Thread) {
    let index = linear_index(thread);
    if (index < params.len) {
        complex[index] = vec4<f32>(scaled(index), 0.0, 0.0, 0.0);
    }
}

@group(0) @binding(3) var<storage, read_write> partial_sums: array<vec2<f32>>;

var<workgroup> sums: array<vec2<f32>, 256>;

// Sums of the squares of the scaled pixels, one for each workgroup.
@compute @workgroup_size(256)
fn energy(thread: Thread, @builtin(num_workgroups) groups: vec3<u32>) {
    let local = thread.local;
    var sum = vec2<f32>(0.0);
    let stride = groups.x * 256u;
    for (var index = linear_index(thread); index < params.len; index += stride) {
        let value = vec2<f32>(scaled(index), 0.0);
        sum = pair_add(sum, pair_mul(value, value));
    }
    sums[local] = sum;
    workgroupBarrier();
    for (var half = 128u; half > 0u; half = half >> 1u) {
        if (local < half) {
            sums[local] = pair_add(sums[local], sums[local + half]);
        }
        workgroupBarrier();
    }
    if (local == 0u) {
        partial_sums[group_index(thread)] = sums[0];
    }
}

@group(0) @binding(1) var<storage, read> first: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> second: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> product: array<vec4<f32>>;

// The number over its absolute value; 0 stays.
fn direction(z: vec4<f32>) -> vec4<f32> {
    let largest = max(abs(z.x), abs(z.z));
    if (largest == 0.0) {
        return vec4<f32>(0.0);
    }
    let near_one = z * power_of_two(-exponent(bitcast<u32>(largest)));
    let square = norm_squared(near_one);
    var inverse = vec2<f32>(inverseSqrt(square.x), 0.0);
    for (var i = 0u; i < 2u; i++) {
        let off = pair_add(vec2<f32>(1.0, 0.0), -pair_mul(square, pair_mul(inverse, inverse)));
        inverse = pair_add(inverse, pair_mul(inverse, off * 0.5));
    }
    return vec4<f32>(pair_mul(near_one.xy, inverse), pair_mul(near_one.zw, inverse));
}

const WEAKEST = 2.220446e-14;
const ROUNDING = 1e-12;

// The product of the spectra.
@compute @workgroup_size(256)
fn weigh(thread: Thread) {
    let index = linear_index(thread);
    if (index >= params.len) {
        return;
    }
    let a = first[index];
    let b = conjugate(second[index]);
    if (params.phase == 0u) {
        product[index] = complex_mul(a, b);
        return;
    }
    let amplitude = vec2<f32>(length(a.xz), length(b.xz));
    let largest = vec2<f32>(bitcast<f32>(found[2]), bitcast<f32>(found[3]));
    if (any(amplitude < largest * ROUNDING)) {
        product[index] = vec4<f32>(0.0);
        return;
    }
    let exponents = exponent(found[0]) + exponent(found[1]);
    let weakest = WEAKEST * power_of_two(clamp(-exponents, -80, 126));
    let weight = min(1.0, amplitude.x * amplitude.y / weakest);
    let value = complex_mul(direction(a), direction(b));
    let weights = vec2<f32>(weight, 0.0);
    product[index] = vec4<f32>(pair_mul(value.xy, weights), pair_mul(value.zw, weights));
}

@group(0) @binding(1) var<storage, read> values: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> largest_values: array<vec4<f32>>;

var<workgroup> candidates: array<vec4<f32>, 256>;

fn is_above(a: vec2<f32>, b: vec2<f32>) -> bool {
    return a.x > b.x || (a.x == b.x && a.y > b.y);
}

fn larger(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    if (is_above(norm_squared(b), norm_squared(a))) {
        return b;
    }
    return a;
}

// The value of the largest absolute value, one for each workgroup.
@compute @workgroup_size(256)
fn largest(thread: Thread, @builtin(num_workgroups) groups: vec3<u32>) {
    let local = thread.local;
    var best = vec4<f32>(0.0);
    let stride = groups.x * 256u;
    for (var index = linear_index(thread); index < params.len; index += stride) {
        best = larger(best, values[index]);
    }
    candidates[local] = best;
    workgroupBarrier();
    for (var half = 128u; half > 0u; half = half >> 1u) {
        if (local < half) {
            candidates[local] = larger(candidates[local], candidates[local + half]);
        }
        workgroupBarrier();
    }
    if (local == 0u) {
        largest_values[group_index(thread)] = candidates[0];
    }
}

@group(0) @binding(3) var<storage, read> peak: array<vec4<f32>>;

// The first place of a value as large as the peak, to 10⁻⁹.
@compute @workgroup_size(256)
fn place(thread: Thread) {
    let index = linear_index(thread);
    if (index >= params.len) {
        return;
    }
    let least = pair_mul(norm_squared(peak[0]), vec2<f32>(1.0, -2e-9));
    if (!is_above(least, norm_squared(values[index]))) {
        atomicMax(&totals[4u + params.which], ~index);
    }
}

@group(0) @binding(3) var<storage, read_write> taken: array<vec4<f32>>;

// The value at that place.
@compute @workgroup_size(256)
fn take(@builtin(local_invocation_index) local: u32) {
    if (local == 0u) {
        taken[params.which] = values[~found[4u + params.which]];
    }
}

@group(0) @binding(3) var<storage, read> roots: array<vec4<f32>>; // exp(2πi k/n)
@group(0) @binding(4) var<storage, read> fine_roots: array<vec4<f32>>; // exp(2πi k/(n·factor)) for k < factor
@group(0) @binding(5) var<storage, read_write> samples: array<vec4<f32>>;

// One axis of frequencies becomes one of samples between pixels, around the place of the peak.
@compute @workgroup_size(256)
fn sample(thread: Thread) {
    let index = linear_index(thread);
    let axis = params.axis;
    let shape = params.shape;
    let out_shape = params.out_shape;
    if (index >= out_shape.x * out_shape.y * out_shape.z) {
        return;
    }
    var p = position(index, out_shape);
    let n = shape[axis];
    // Sample `step` of this many to a pixel, from the whole place on.
    let step = i32(p[axis]) - i32(out_shape[axis] / 2u);
    let whole = position(~found[4], params.image_shape)[axis];
    p[axis] = 0u;
    let start = offset(p, shape);
    let stride = select(select(shape.z, 1u, axis == 2u), shape.y * shape.z, axis == 0u);
    let turns = i32(n * params.factor);
    var sum = vec4<f32>(0.0);
    for (var k = 0u; k < n; k++) {
        let frequency = select(i32(k) - i32(n), i32(k), k < (n + 1u) / 2u);
        let turn = u32((frequency * step % turns + turns) % turns);
        let root = roots[(k * whole + turn / params.factor) % n];
        let wave = complex_mul(root, fine_roots[turn % params.factor]);
        sum = complex_add(sum, complex_mul(values[start + k * stride], wave));
    }
    samples[index] = sum;
}
