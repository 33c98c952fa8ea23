// One stage of Stockham's Fourier transform along one axis, for any factor of its length.
//
// After stages of product L the lines hold, for s < n/L and k < L, the transform of length L of every (n/L)-th element from s
// on, at s·L + k. A stage of factor r joins r of them: no reordering, and neighbours in memory stay neighbours.
#include "shared/grid.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    axis: u32,
    done: u32, // L
    factor: u32, // r
    inverse: u32,
    scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> roots: array<vec2<f32>>; // exp(-2πi k/n)
@group(0) @binding(3) var<storage, read_write> output: array<vec2<f32>>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, groups, local);
    let shape = params.shape;
    if (index >= shape.x * shape.y * shape.z) {
        return;
    }
    let axis = params.axis;
    let n = shape[axis];
    let at = position(index, shape)[axis];
    let stride = select(select(shape.z, 1u, axis == 2u), shape.y * shape.z, axis == 0u);
    let joined = params.done * params.factor;
    let rest = n / joined;
    let s = at / joined;
    let k = at % joined;
    let first = index - at * stride;
    var tap = first + (s * params.done + k % params.done) * stride;
    let step = rest * params.done * stride;
    let side = select(1.0, -1.0, params.inverse == 1u);
    var turn = 0u;
    var sum = vec2<f32>(0.0);
    for (var j = 0u; j < params.factor; j++) {
        let root = roots[turn * rest] * vec2<f32>(1.0, side);
        let v = input[tap];
        sum += vec2<f32>(v.x * root.x - v.y * root.y, v.x * root.y + v.y * root.x);
        tap += step;
        turn += k;
        turn -= select(0u, joined, turn >= joined);
    }
    output[index] = sum * params.scale;
}
