// Pixels above what their neighbourhood was reduced to, less an offset.
#include "shared/grid.wgsl"
#include "shared/float.wgsl"

struct Params {
    len: u32,
    offset: f32,
    slack: f32, // part of the pixel's value that it must be above
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> blurred: array<f32>;
@group(0) @binding(3) var<storage, read_write> mask: array<u32>;
@group(0) @binding(4) var<storage, read_write> threshold: array<f32>;

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
    if (index >= params.len) {
        return;
    }
    let value = input[index];
    let limit = blurred[index] - params.offset;
    threshold[index] = limit;
    let number = !is_nan(value) && !is_nan(limit);
    mask[index] = u32(number && value - limit > params.slack * abs(value));
}
