// Spreads packed uint8, uint16 or int16 pixels to one 4-byte element each: f32, or u32 for masks and labels.
#include "shared/grid.wgsl"

struct Params {
    len: u32,
    bits: u32,
    is_signed: u32,
    to_float: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> packed: array<u32>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
    if (index >= params.len) {
        return;
    }
    let per_word = 32u / params.bits;
    let shift = (index % per_word) * params.bits;
    let word = packed[index / per_word];
    let unsigned = extractBits(word, shift, params.bits);
    if (params.to_float == 0u) {
        output[index] = unsigned;
    } else if (params.is_signed == 1u) {
        output[index] = bitcast<u32>(f32(extractBits(bitcast<i32>(word), shift, params.bits)));
    } else {
        output[index] = bitcast<u32>(f32(unsigned));
    }
}
