// Derivatives smoothed across, and their magnitude.
#include "shared/grid.wgsl"
#include "shared/edge.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    ndim: u32,
    axis: u32, // 3: the magnitude
    edge: u32,
    constant_value: f32,
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

var<private> window: array<f32, 27>;

fn around(i: u32, n: u32) -> vec3<i32> {
    let at = i32(i);
    return vec3<i32>(edge_index(at - 1, i32(n), params.edge), at, edge_index(at + 1, i32(n), params.edge));
}

// The slope along the axis that `along` steps through, smoothed along the other two. Differences come first: where
// the window is flat, they are exactly 0.
fn slope(along: u32, across: u32, other: u32, first: u32, last: u32) -> f32 {
    var sum = 0.0;
    for (var j = 0u; j < 3u; j++) {
        for (var k = first; k < last; k++) {
            let at = j * across + k * other;
            var weight = select(0.25, 0.5, j == 1u);
            if (last - first == 3u) {
                weight *= select(0.25, 0.5, k == 1u);
            }
            sum += weight * (window[at + 2u * along] - window[at]);
        }
    }
    return sum;
}

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
    let shape = params.shape;
    if (index >= shape.x * shape.y * shape.z) {
        return;
    }
    let p = position(index, shape);
    let flat = params.ndim == 2u;
    let planes = around(p.x, shape.x);
    let rows = around(p.y, shape.y);
    let columns = around(p.z, shape.z);
    // A 2-D image fills the middle plane of the window.
    let first = select(0u, 1u, flat);
    let last = select(3u, 2u, flat);
    for (var i = first; i < last; i++) {
        for (var j = 0u; j < 3u; j++) {
            for (var k = 0u; k < 3u; k++) {
                let q = vec3<i32>(planes[i], rows[j], columns[k]);
                var value = params.constant_value;
                if (all(q >= vec3<i32>(0))) {
                    value = input[offset(vec3<u32>(q), shape)];
                }
                window[i * 9u + j * 3u + k] = value;
            }
        }
    }
    switch params.axis {
        case 0u: {
            output[index] = slope(9u, 3u, 1u, 0u, 3u);
        }
        case 1u: {
            output[index] = slope(3u, 1u, 9u, first, last);
        }
        case 2u: {
            output[index] = slope(1u, 3u, 9u, first, last);
        }
        default: {
            let y = slope(3u, 1u, 9u, first, last);
            let x = slope(1u, 3u, 9u, first, last);
            var z = 0.0;
            if (!flat) {
                z = slope(9u, 3u, 1u, 0u, 3u);
            }
            output[index] = sqrt((z * z + y * y + x * x) / f32(params.ndim));
        }
    }
}
