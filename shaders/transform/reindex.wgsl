// Reads each output pixel at the sum of three offsets into the input, one for each axis of the output.
#include "shared/by_axis.wgsl"

struct Params {
    output_shape: vec3<u32>, // z, y, x
    input_len: u32,
    constant_value: f32,
    padding_1: u32,
    padding_2: u32,
    padding_3: u32,
}

const NOWHERE: u32 = 0xffffffffu;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
// Offsets of z, then of y, then of x.
@group(0) @binding(2) var<storage, read> offsets: array<u32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

fn value(entry: vec3<u32>) -> f32 {
    let z = offsets[entry.x];
    let y = offsets[entry.y];
    let x = offsets[entry.z];
    if (max(z, max(y, x)) != NOWHERE && z + y + x < params.input_len) {
        return input[z + y + x];
    }
    return params.constant_value;
}
