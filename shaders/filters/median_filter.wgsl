// The value of one rank among the pixels of a window: its key is found bit by bit, the highest first, by counting
// the pixels below. Exact for windows of any size.
#include "shared/grid.wgsl"
#include "shared/edge.wgsl"
#include "shared/float.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    edge: u32,
    offsets: u32,
    rank: u32,
    constant_value: f32,
    first: f32, // keys of whole numbers count from here
    floats: u32,
    high: u32, // bits from low up to but without high are found
    low: u32,
    last: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> offsets: array<vec4<i32>>;
@group(0) @binding(3) var<storage, read_write> keys: array<u32>; // bits found so far
@group(0) @binding(4) var<storage, read_write> output: array<f32>;

const CACHED = 32u;
var<private> cache: array<u32, CACHED>;

fn key_of(value: f32) -> u32 {
    if (params.floats == 1u) {
        return order_key(value);
    }
    return u32(value - params.first);
}

fn key_at(p: vec3<i32>, i: u32) -> u32 {
    let shape = vec3<i32>(params.shape);
    var q = p + offsets[i].xyz;
    if (any(q < vec3<i32>(0)) || any(q >= shape)) {
        for (var axis = 0; axis < 3; axis++) {
            q[axis] = edge_index(q[axis], shape[axis], params.edge);
        }
        if (any(q < vec3<i32>(0))) {
            return key_of(params.constant_value);
        }
    }
    return key_of(input[offset(vec3<u32>(q), params.shape)]);
}

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
    let shape = params.shape;
    if (index >= shape.x * shape.y * shape.z) {
        return;
    }
    let p = vec3<i32>(position(index, shape));
    let n = params.offsets;
    let cached = n <= CACHED;
    if (cached) {
        for (var i = 0u; i < n; i++) {
            cache[i] = key_at(p, i);
        }
    }
    var key = keys[index];
    for (var bit = params.high; bit > params.low; bit--) {
        let candidate = key | (1u << (bit - 1u));
        var below = 0u;
        if (cached) {
            for (var i = 0u; i < n; i++) {
                below += u32(cache[i] < candidate);
            }
        } else {
            for (var i = 0u; i < n; i++) {
                below += u32(key_at(p, i) < candidate);
            }
        }
        if (below <= params.rank) {
            key = candidate;
        }
    }
    keys[index] = key;
    if (params.last == 1u) {
        if (params.floats == 1u) {
            output[index] = from_order_key(key);
        } else {
            output[index] = f32(key) + params.first;
        }
    }
}
