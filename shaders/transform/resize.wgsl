// Reads each output pixel between two input pixels along each axis; positions and weights come from the host.
#include "shared/by_axis.wgsl"

struct Params {
    input_shape: vec3<u32>, // z, y, x
    constant_value: f32,
    output_shape: vec3<u32>,
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
// Taps of z, then of y, then of x; -1 where the constant stands.
@group(0) @binding(2) var<storage, read> places: array<vec2<i32>>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> output: array<f32>;

fn pixel(z: i32, y: i32, x: i32) -> f32 {
    if (min(z, min(y, x)) < 0) {
        return params.constant_value;
    }
    return input[offset(vec3<u32>(u32(z), u32(y), u32(x)), params.input_shape)];
}

// Between two values; the second does not count at weight 0, even if it is not a number.
fn between(a: f32, b: f32, weight: f32) -> f32 {
    if (weight == 0.0) {
        return a;
    }
    return (1.0 - weight) * a + weight * b;
}

fn value(entry: vec3<u32>) -> f32 {
    let z = places[entry.x];
    let y = places[entry.y];
    let x = places[entry.z];
    let w = vec3<f32>(weights[entry.x], weights[entry.y], weights[entry.z]);
    let near = between(
        between(pixel(z.x, y.x, x.x), pixel(z.x, y.x, x.y), w.z),
        between(pixel(z.x, y.y, x.x), pixel(z.x, y.y, x.y), w.z),
        w.y,
    );
    if (w.x == 0.0) {
        return near;
    }
    let far = between(
        between(pixel(z.y, y.x, x.x), pixel(z.y, y.x, x.y), w.z),
        between(pixel(z.y, y.y, x.x), pixel(z.y, y.y, x.y), w.z),
        w.y,
    );
    return between(near, far, w.x);
}
