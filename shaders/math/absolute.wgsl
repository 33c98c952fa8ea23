#include "shared/pointwise.wgsl"

@group(0) @binding(1) var<storage, read> image: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

fn element(i: u32) {
    output[i] = abs(image[i]);
}
