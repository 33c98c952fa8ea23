// `stage.wgsl` for numbers that are pairs of floats; nothing is scaled.
#include "shared/grid.wgsl"
#include "shared/pairs.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    axis: u32,
    done: u32,
    factor: u32,
    inverse: u32,
    zero: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> roots: array<vec4<f32>>; // exp(-2πi k/n)
@group(0) @binding(3) var<storage, read_write> output: array<vec4<f32>>;

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
    let span = params.done * params.factor;
    let rest = n / span;
    let s = at / span;
    let k = at % span;
    let first = index - at * stride;
    var tap = first + (s * params.done + k % params.done) * stride;
    let step = rest * params.done * stride;
    var turn = 0u;
    var sum = vec4<f32>(0.0);
    for (var j = 0u; j < params.factor; j++) {
        var root = roots[turn * rest];
        if (params.inverse == 1u) {
            root = conjugate(root);
        }
        sum = complex_add(sum, complex_mul(input[tap], root));
        tap += step;
        turn += k;
        turn -= select(0u, span, turn >= span);
    }
    output[index] = sum;
}
