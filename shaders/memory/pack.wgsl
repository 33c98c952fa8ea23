// Packs elements (f32 of whole numbers within the type's range, or u32) to uint8, uint16 or int16 pixels.
#include "shared/grid.wgsl"

struct Params {
    len: u32,
    bits: u32,
    from_float: u32,
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<u32>;
@group(0) @binding(2) var<storage, read_write> packed: array<u32>;

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
    let per_word = 32u / params.bits;
    let first = index * per_word;
    if (first >= params.len) {
        return;
    }
    var word = 0u;
    for (var i = 0u; i < per_word; i++) {
        if (first + i < params.len) {
            var value = input[first + i];
            if (params.from_float == 1u) {
                value = bitcast<u32>(i32(bitcast<f32>(value)));
            }
            word = insertBits(word, value, i * params.bits, params.bits);
        }
    }
    packed[index] = word;
}
