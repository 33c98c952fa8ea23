#include "shared/pointwise.wgsl"

@group(0) @binding(1) var<storage, read> image: array<f32>;
@group(0) @binding(2) var<storage, read> other: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

fn element(i: u32) {
    // numbers.x is what float32 cannot hold of a number given in the pipeline.
    output[i] = (image[i] - other[i * params.stride]) - params.numbers.x;
}
