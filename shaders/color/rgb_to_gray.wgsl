#include "shared/pointwise.wgsl"

@group(0) @binding(1) var<storage, read> red: array<f32>;
@group(0) @binding(2) var<storage, read> green: array<f32>;
@group(0) @binding(3) var<storage, read> blue: array<f32>;
@group(0) @binding(4) var<storage, read_write> output: array<f32>;

fn element(i: u32) {
    let weights = params.numbers;
    output[i] = weights.x * red[i] + weights.y * green[i] + weights.z * blue[i];
}
