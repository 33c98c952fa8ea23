// One stage of Stockham's Fourier transform along one axis, for any factor of its length.
//
// After stages of product L the lines hold, for s < n/L and k < L, the transform of length L of every (n/L)-th element from s
// on, at s·L + k. A stage of factor r joins r of them: no reordering, and neighbours in memory stay neighbours.
//
// The including shader says what a complex number is: `Complex`, `complex_add`, `complex_mul`, `conjugate`, `scaled`.
#include "shared/grid.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    axis: u32,
    done: u32, // L
    factor: u32, // r
    inverse: u32,
    zero: u32, // 0
    scale: f32,
    padding_0: u32,
    padding_1: u32,
    padding_2: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<Complex>;
@group(0) @binding(2) var<storage, read> roots: array<Complex>; // exp(-2πi k/n)
@group(0) @binding(3) var<storage, read_write> output: array<Complex>;

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
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
    var sum = Complex();
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
    output[index] = scaled(sum, params.scale);
}
