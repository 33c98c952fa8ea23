// Steps of Richardson and Lucy's iteration between the Fourier transforms.
#include "shared/grid.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x of the image
    clip: u32,
    padded: vec3<u32>, // of the spectra
    epsilon: f32, // least blurred estimate that is divided by; 0 for none
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> b: array<vec2<f32>>;

fn inside(p: vec3<u32>) -> bool {
    return all(p < params.shape);
}

fn padded_count() -> u32 {
    return params.padded.x * params.padded.y * params.padded.z;
}

// Negative numbers and NaN are 0.
fn light(value: f32) -> f32 {
    return select(0.0, value, bitcast<u32>(value) <= 0x7f800000u);
}

// b becomes b · a.
@compute @workgroup_size(256)
fn multiply(thread: Thread) {
    let index = linear_index(thread);
    if (index >= padded_count()) {
        return;
    }
    let u = a[index];
    let v = b[index];
    b[index] = vec2<f32>(u.x * v.x - u.y * v.y, u.x * v.y + u.y * v.x);
}

@group(0) @binding(1) var<storage, read> image: array<f32>;

// b, the blurred estimate, becomes image / b inside the image and 0 around it.
@compute @workgroup_size(256)
fn quotient(thread: Thread) {
    let index = linear_index(thread);
    if (index >= padded_count()) {
        return;
    }
    let p = position(index, params.padded);
    var ratio = 0.0;
    if (inside(p)) {
        let at = offset(p, params.shape);
        let blurred = max(b[index].x, 0.0) + 1e-12;
        if (!(params.epsilon > 0.0 && blurred < params.epsilon)) {
            ratio = light(image[at]) / blurred;
        }
    }
    b[index] = vec2<f32>(ratio, 0.0);
}

@group(0) @binding(2) var<storage, read_write> estimate: array<f32>;
@group(0) @binding(3) var<storage, read_write> spread: array<vec2<f32>>;

// estimate becomes estimate · a, and spread the same with zeros around it.
@compute @workgroup_size(256)
fn improve(thread: Thread) {
    let index = linear_index(thread);
    if (index >= padded_count()) {
        return;
    }
    let p = position(index, params.padded);
    var value = 0.0;
    if (inside(p)) {
        let at = offset(p, params.shape);
        value = estimate[at] * max(a[index].x, 0.0);
        estimate[at] = value;
    }
    spread[index] = vec2<f32>(value, 0.0);
}

@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read_write> start: array<vec2<f32>>;

// The first estimate, 0.5 everywhere.
@compute @workgroup_size(256)
fn begin(thread: Thread) {
    let index = linear_index(thread);
    if (index >= padded_count()) {
        return;
    }
    let p = position(index, params.padded);
    var value = 0.0;
    if (inside(p)) {
        value = 0.5;
        output[offset(p, params.shape)] = value;
    }
    start[index] = vec2<f32>(value, 0.0);
}

// Cuts the result at -1 and 1.
@compute @workgroup_size(256)
fn cut(thread: Thread) {
    let index = linear_index(thread);
    if (index >= params.shape.x * params.shape.y * params.shape.z) {
        return;
    }
    output[index] = clamp(output[index], -1.0, 1.0);
}

@group(0) @binding(1) var<storage, read> psf: array<f32>;
@group(0) @binding(2) var<storage, read_write> wrapped: array<vec2<f32>>;

// A point spread function of shape `shape` with its middle at the origin; mirrored where `clip` is 1.
@compute @workgroup_size(256)
fn wrap(thread: Thread) {
    let index = linear_index(thread);
    if (index >= padded_count()) {
        return;
    }
    // The padded extent is not below that of the psf: each place holds one value of it at most.
    let middle = (params.shape - 1u) / 2u;
    let p = (position(index, params.padded) + middle) % params.padded;
    var value = 0.0;
    if (inside(p)) {
        let at = select(p, params.shape - 1u - p, params.clip == 1u);
        value = light(psf[offset(at, params.shape)]);
    }
    wrapped[index] = vec2<f32>(value, 0.0);
}
