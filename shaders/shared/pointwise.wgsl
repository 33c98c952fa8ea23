// One thread for each pixel. The including shader declares its bindings from 1 on, and what happens to one pixel:
// `fn element(i: u32)`.
#include "shared/grid.wgsl"

struct Params {
    len: u32,
    stride: u32, // of the second operand: 0 where it is one number
    flags: vec2<u32>,
    numbers: vec4<f32>,
}

@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let i = linear_index(thread);
    if (i < params.len) {
        element(i);
    }
}
