// Components that touch the border or lie outside a mask, and what becomes of them.
#include "shared/grid.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    margin: u32,
    ndim: u32,
    padding_0: u32,
    padding_1: u32,
    padding_2: u32,
}

const NONE = 0xffffffffu;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> root: array<u32>;
// By root: 1 where the component touches.
@group(0) @binding(2) var<storage, read_write> mark: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read> mask: array<u32>;

@group(0) @binding(2) var<storage, read> touching: array<u32>;
@group(0) @binding(3) var<storage, read_write> output: array<u32>;
@group(0) @binding(4) var<storage, read> labels: array<u32>;

fn pixel_count() -> u32 {
    return params.shape.x * params.shape.y * params.shape.z;
}

fn near_border(p: vec3<u32>) -> bool {
    let last = params.shape - vec3<u32>(1u);
    let near = min(p, last - p) <= vec3<u32>(params.margin);
    return near.y || near.z || (near.x && params.ndim == 3u);
}

@compute @workgroup_size(256)
fn mark_border(thread: Thread) {
    let index = linear_index(thread);
    if (index < pixel_count() && near_border(position(index, params.shape))) {
        let at = root[index];
        if (at != NONE) {
            atomicStore(&mark[at], 1u);
        }
    }
}

@compute @workgroup_size(256)
fn mark_outside(thread: Thread) {
    let index = linear_index(thread);
    if (index < pixel_count() && mask[index] == 0u) {
        let at = root[index];
        if (at != NONE) {
            atomicStore(&mark[at], 1u);
        }
    }
}

// Labels without the components that touch.
@compute @workgroup_size(256)
fn clear(thread: Thread) {
    let index = linear_index(thread);
    if (index >= pixel_count()) {
        return;
    }
    let at = root[index];
    var label = 0u;
    if (at != NONE) {
        label = select(labels[index], 0u, touching[at] == 1u);
    }
    output[index] = label;
}

// The mask, with those components of its background that do not touch.
@compute @workgroup_size(256)
fn fill(thread: Thread) {
    let index = linear_index(thread);
    if (index >= pixel_count()) {
        return;
    }
    let at = root[index];
    var filled = 1u;
    if (at != NONE) {
        filled = 1u - touching[at];
    }
    output[index] = filled;
}
