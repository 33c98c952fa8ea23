#include "shared/pointwise.wgsl"
#include "shared/float.wgsl"

@group(0) @binding(1) var<storage, read> image: array<f32>;
@group(0) @binding(2) var<storage, read> other: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<u32>;

fn element(i: u32) {
    let a = image[i];
    let b = other[i * params.stride];
    output[i] = u32(!is_nan(a) && !is_nan(b) && a > b);
}
