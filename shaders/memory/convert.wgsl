// One element for one: rounds and saturates f32 to an integer dtype's range, or turns u32 into f32, or whole f32 into u32.
#include "shared/grid.wgsl"

struct Params {
    len: u32,
    way: u32,
    lowest: f32,
    highest: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<u32>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
    if (index >= params.len) {
        return;
    }
    let bits = input[index];
    if (params.way == 1u) {
        output[index] = bitcast<u32>(f32(bits));
    } else if ((bits & 0x7fffffffu) > 0x7f800000u) {
        output[index] = 0u; // NaN
    } else if (params.way == 2u) {
        output[index] = u32(bitcast<f32>(bits));
    } else {
        output[index] = bitcast<u32>(clamp(round(bitcast<f32>(bits)), params.lowest, params.highest));
    }
}
