// The largest along one axis of an image taken as outer x n x inner, NaN wins.
#include "shared/grid.wgsl"
#include "shared/float.wgsl"

struct Params {
    outer: u32,
    n: u32,
    inner: u32,
    part: u32, // elements that one thread takes
    parts: u32, // of a line: the output is outer x parts x inner
    padding_0: u32,
    padding_1: u32,
    padding_2: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

fn larger(a: f32, b: f32) -> f32 {
    return select(a, b, !is_nan(a) && (is_nan(b) || b > a));
}

// One thread for each part of a line.
@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
    let shape = vec3<u32>(params.outer, params.parts, params.inner);
    if (index >= shape.x * shape.y * shape.z) {
        return;
    }
    let at = position(index, shape);
    let begin = at.y * params.part;
    let end = min(begin + params.part, params.n);
    var next = (at.x * params.n + begin) * params.inner + at.z;
    var largest = input[next];
    for (var k = begin + 1u; k < end; k++) {
        next += params.inner;
        largest = larger(largest, input[next]);
    }
    output[index] = largest;
}

var<workgroup> candidates: array<f32, 256>;

// One workgroup for each line of neighbours: inner is 1.
@compute @workgroup_size(256)
fn lines(thread: Thread) {
    let local = thread.local;
    let line = group_index(thread);
    if (line >= params.outer) {
        return;
    }
    let first = line * params.n;
    var largest = input[first];
    for (var k = local; k < params.n; k += 256u) {
        largest = larger(largest, input[first + k]);
    }
    candidates[local] = largest;
    workgroupBarrier();
    for (var half = 128u; half > 0u; half = half >> 1u) {
        if (local < half) {
            candidates[local] = larger(candidates[local], candidates[local + half]);
        }
        workgroupBarrier();
    }
    if (local == 0u) {
        output[line] = candidates[0];
    }
}
