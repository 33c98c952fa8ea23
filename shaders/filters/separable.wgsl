// Correlates one axis with an odd number of weights.
#include "shared/grid.wgsl"
#include "shared/edge.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    axis: u32,
    radius: u32,
    edge: u32,
    constant_value: f32,
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
    let shape = params.shape;
    if (index >= shape.x * shape.y * shape.z) {
        return;
    }
    let n = i32(shape[params.axis]);
    let radius = i32(params.radius);
    let at = i32(position(index, shape)[params.axis]);
    let stride = select(select(shape.z, 1u, params.axis == 2u), shape.y * shape.z, params.axis == 0u);
    let first = index - u32(at) * stride;
    var sum = 0.0;
    if (at >= radius && at + radius < n) {
        var tap = first + u32(at - radius) * stride;
        for (var k = 0; k <= 2 * radius; k++) {
            sum += weights[k] * input[tap];
            tap += stride;
        }
    } else {
        for (var k = 0; k <= 2 * radius; k++) {
            let i = edge_index(at + k - radius, n, params.edge);
            var value = params.constant_value;
            if (i >= 0) {
                value = input[first + u32(i) * stride];
            }
            sum += weights[k] * value;
        }
    }
    output[index] = sum;
}
