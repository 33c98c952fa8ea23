// Reads each output pixel at a linear function of its index.
#include "shared/grid.wgsl"
#include "shared/edge.wgsl"

struct Params {
    input_shape: vec3<u32>, // z, y, x
    edge: u32,
    output_shape: vec3<u32>,
    order: u32,
    leading: array<vec4<f32>, 3>,
    rest: array<vec4<f32>, 3>,
    constant_value: f32,
    padding0: u32,
    padding1: u32,
    padding2: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
// Of each row of the output the pixels that are read between the outermost centres, where the edge is constant.
@group(0) @binding(2) var<storage, read> spans: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

struct Place {
    whole: i32,
    fraction: f32, // 0 to 1
}

// A place as whole pixels and a fraction: the large parts add up without rounding.
fn place(axis: u32, p: vec4<f32>) -> Place {
    let large = params.leading[axis] * p;
    let whole = floor(large);
    let part = large - whole;
    let fraction = part.x + part.y + part.z + part.w + dot(params.rest[axis], p);
    let carry = floor(fraction);
    return Place(i32(whole.x) + i32(whole.y) + i32(whole.z) + i32(whole.w) + i32(carry), fraction - carry);
}

fn pixel(p: vec3<i32>) -> f32 {
    let shape = vec3<i32>(params.input_shape);
    let z = edge_index(p.x, shape.x, params.edge);
    let y = edge_index(p.y, shape.y, params.edge);
    let x = edge_index(p.z, shape.z, params.edge);
    if (min(z, min(y, x)) < 0) {
        return params.constant_value;
    }
    return input[offset(vec3<u32>(u32(z), u32(y), u32(x)), params.input_shape)];
}

// The nearest pixel; at a tie the next one along the pixels that are read, which may be mirrored here.
fn nearest(at: Place, extent: u32) -> i32 {
    let n = i32(extent);
    var from_start = at.whole + 1;
    var segment = n;
    if (params.edge == EDGE_MIRROR) {
        from_start = at.whole;
        segment = max(n - 1, 1);
    }
    let mirrored = (params.edge == EDGE_MIRROR || params.edge == EDGE_REFLECT)
        && floor_mod(from_start, 2 * segment) >= segment;
    let up = at.fraction > 0.5 || (at.fraction == 0.5 && !mirrored);
    return at.whole + i32(up);
}

// A place that lies on the image, whatever rounding made of it.
fn held(at: Place, n: u32) -> Place {
    let last = i32(n) - 1;
    if (at.whole < 0) {
        return Place(0, 0.0);
    }
    if (at.whole >= last) {
        return Place(last, 0.0);
    }
    return at;
}

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
    let shape = params.output_shape;
    if (index >= shape.x * shape.y * shape.z) {
        return;
    }
    let p = vec4<f32>(vec3<f32>(position(index, shape)), 1.0);
    let from_shape = params.input_shape;
    var z = place(0u, p);
    var y = place(1u, p);
    var x = place(2u, p);
    if (params.edge == EDGE_CONSTANT) {
        let span = spans[index / shape.z];
        let column = index % shape.z;
        if (column < span.x || column >= span.y) {
            output[index] = params.constant_value;
            return;
        }
        z = held(z, from_shape.x);
        y = held(y, from_shape.y);
        x = held(x, from_shape.z);
    }
    let below = vec3<i32>(z.whole, y.whole, x.whole);
    let weight = vec3<f32>(z.fraction, y.fraction, x.fraction);
    if (params.order == 0u) {
        output[index] = pixel(vec3(nearest(z, from_shape.x), nearest(y, from_shape.y), nearest(x, from_shape.z)));
        return;
    }
    var sum = 0.0;
    for (var corner = 0; corner < 8; corner++) {
        let up = vec3<i32>((corner >> 2u) & 1, (corner >> 1u) & 1, corner & 1);
        let near = select(1.0 - weight, weight, up == vec3<i32>(1));
        let w = near.x * near.y * near.z;
        if (w != 0.0) {
            sum += w * pixel(below + up);
        }
    }
    output[index] = sum;
}
