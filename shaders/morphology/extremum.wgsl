// Least or greatest value in a footprint, given as runs along x.
#include "shared/grid.wgsl"
#include "shared/edge.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    edge: u32,
    constant_bits: u32,
    run_count: u32,
    greatest: u32,
    float: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> pixels: array<u32>;
@group(0) @binding(2) var<storage, read> runs: array<vec4<i32>>; // z, y, first x, last x
@group(0) @binding(3) var<storage, read_write> output: array<u32>;

// Ordered as the pixels are, NaN above every number; complemented where the greatest is looked for.
fn key_of(bits: u32) -> u32 {
    var key = bits;
    if (params.float == 1u) {
        key = select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
        if ((bits & 0x7fffffffu) > 0x7f800000u) {
            key = 0xffffffffu;
        }
    }
    return select(key, ~key, params.greatest == 1u);
}

fn bits_of(picked: u32) -> u32 {
    let key = select(picked, ~picked, params.greatest == 1u);
    if (params.float == 0u) {
        return key;
    }
    return select(~key, key & 0x7fffffffu, (key & 0x80000000u) != 0u);
}

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
    let shape = params.shape;
    if (index >= shape.x * shape.y * shape.z) {
        return;
    }
    let p = vec3<i32>(position(index, shape));
    let n = vec3<i32>(shape);
    let outside = key_of(params.constant_bits);
    var found = 0xffffffffu;
    // Two loops: a footprint may have more runs than one loop may have rounds.
    for (var begin = 0u; begin < params.run_count; begin += 4096u) {
        for (var r = begin; r < min(begin + 4096u, params.run_count); r++) {
            let run = runs[r];
            let z = edge_index(p.x + run.x, n.x, params.edge);
            let y = edge_index(p.y + run.y, n.y, params.edge);
            if (z < 0 || y < 0) {
                found = min(found, outside);
                continue;
            }
            let row = u32(z * n.y + y) * shape.z;
            let first = p.z + run.z;
            let last = p.z + run.w;
            if (first >= 0 && last < n.z) {
                for (var x = first; x <= last; x++) {
                    found = min(found, key_of(pixels[row + u32(x)]));
                }
            } else {
                for (var at = first; at <= last; at++) {
                    let x = edge_index(at, n.z, params.edge);
                    var key = outside;
                    if (x >= 0) {
                        key = key_of(pixels[row + u32(x)]);
                    }
                    found = min(found, key);
                }
            }
        }
    }
    output[index] = bits_of(found);
}
