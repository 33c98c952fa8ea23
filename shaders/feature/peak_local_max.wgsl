// Maxima of a neighbourhood, on keys of the order of the pixels.
#include "shared/grid.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    axis: u32,
    radius: u32,
    offsets: u32,
    padding: vec2<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<u32>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;

// The order of floats as unsigned integers; -0 equals 0, NaN is 0. The input holds the bits of f32.
@compute @workgroup_size(256)
fn to_keys(thread: Thread) {
    let index = linear_index(thread);
    if (index >= params.shape.x * params.shape.y * params.shape.z) {
        return;
    }
    let bits = input[index];
    let magnitude = bits & 0x7fffffffu;
    var key = select(bits | 0x80000000u, ~bits, bits > 0x80000000u);
    if (magnitude > 0x7f800000u) {
        key = 0u;
    }
    output[index] = key;
}

// Maximum along one axis; beyond the border nothing is larger.
@compute @workgroup_size(256)
fn maximum(thread: Thread) {
    let index = linear_index(thread);
    let shape = params.shape;
    if (index >= shape.x * shape.y * shape.z) {
        return;
    }
    let axis = params.axis;
    let at = position(index, shape)[axis];
    let stride = select(select(shape.z, 1u, axis == 2u), shape.y * shape.z, axis == 0u);
    let first = at - min(at, params.radius);
    let last = min(at + params.radius, shape[axis] - 1u);
    var highest = 0u;
    var tap = index - (at - first) * stride;
    for (var i = first; i <= last; i++) {
        highest = max(highest, input[tap]);
        tap += stride;
    }
    output[index] = highest;
}

@group(0) @binding(3) var<storage, read> offsets: array<vec4<i32>>; // z, y, x

// Maximum over a list of offsets, the last pixel repeated beyond the border.
@compute @workgroup_size(256)
fn maximum_of_offsets(thread: Thread) {
    let index = linear_index(thread);
    let shape = params.shape;
    if (index >= shape.x * shape.y * shape.z) {
        return;
    }
    let at = vec3<i32>(position(index, shape));
    let end = vec3<i32>(shape) - 1;
    var highest = 0u;
    for (var i = 0u; i < params.offsets; i++) {
        let p = clamp(at + offsets[i].xyz, vec3<i32>(0), end);
        highest = max(highest, input[offset(vec3<u32>(p), shape)]);
    }
    output[index] = highest;
}

@group(0) @binding(3) var<storage, read_write> bits: array<u32>;

// One bit a pixel: whether it is the maximum of its neighbourhood.
@compute @workgroup_size(256)
fn equal(thread: Thread) {
    let word = linear_index(thread);
    let count = params.shape.x * params.shape.y * params.shape.z;
    if (word * 32u >= count) {
        return;
    }
    var found = 0u;
    for (var i = 0u; i < 32u; i++) {
        let index = word * 32u + i;
        if (index < count && input[index] == output[index]) {
            found |= 1u << i;
        }
    }
    bits[word] = found;
}
