#include "shared/pointwise.wgsl"
#include "shared/float.wgsl"

@group(0) @binding(1) var<storage, read> image: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

fn element(i: u32) {
    let value = image[i];
    // Order keys also hold infinities, which stand where there is no bound.
    let key = clamp(order_key(value), order_key(params.numbers.x), order_key(params.numbers.y));
    output[i] = select(from_order_key(key), value, is_nan(value));
}
