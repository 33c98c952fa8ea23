// Reads each output pixel at the sum of three offsets into the input, one for each axis of the output.
#include "shared/grid.wgsl"

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

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
    let shape = params.output_shape;
    if (index >= shape.x * shape.y * shape.z) {
        return;
    }
    let p = position(index, shape) + vec3<u32>(0u, shape.x, shape.x + shape.y);
    let z = offsets[p.x];
    let y = offsets[p.y];
    let x = offsets[p.z];
    output[index] = params.constant_value;
    if (max(z, max(y, x)) != NOWHERE && z + y + x < params.input_len) {
        output[index] = input[z + y + x];
    }
}
