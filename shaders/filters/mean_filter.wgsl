// The mean over a footprint given as runs along x.
#include "shared/grid.wgsl"
#include "shared/edge.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    edge: u32,
    runs: u32,
    scale: f32,
    constant_value: f32,
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> runs: array<vec4<i32>>; // z, y, first and last x
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
    if (index >= params.shape.x * params.shape.y * params.shape.z) {
        return;
    }
    let shape = vec3<i32>(params.shape);
    let p = vec3<i32>(position(index, params.shape));
    var total = 0.0;
    for (var i = 0u; i < params.runs; i++) {
        let run = runs[i];
        let z = edge_index(p.x + run.x, shape.x, params.edge);
        let y = edge_index(p.y + run.y, shape.y, params.edge);
        let row = (z * shape.y + y) * shape.z;
        var sum = 0.0;
        for (var x = p.z + run.z; x <= p.z + run.w; x++) {
            let column = edge_index(x, shape.z, params.edge);
            var value = params.constant_value;
            if (min(z, min(y, column)) >= 0) {
                value = input[row + column];
            }
            sum += value;
        }
        total += sum;
    }
    output[index] = total * params.scale;
}
