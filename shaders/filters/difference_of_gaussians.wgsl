// The image without its level, and the difference of what two blurs made of it.
#include "shared/grid.wgsl"
#include "shared/float.wgsl"

struct Params {
    len: u32,
    // Whether the image ends in a constant, and that: the level then, so that 0 lies beyond the border.
    is_bordered: u32,
    border: f32,
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> shifted: array<f32>;

// A value in the middle of some pixels; 0 where none is finite.
fn level() -> f32 {
    if (params.is_bordered == 1u) {
        return params.border;
    }
    var low = 0xffffffffu;
    var high = 0u;
    let step = params.len / 16u;
    let rest = params.len % 16u;
    for (var i = 0u; i < 16u; i++) {
        let value = input[i * step + i * rest / 16u];
        if (is_finite(value)) {
            low = min(low, order_key(value));
            high = max(high, order_key(value));
        }
    }
    if (low > high) {
        return 0.0;
    }
    return 0.5 * from_order_key(low) + 0.5 * from_order_key(high);
}

@compute @workgroup_size(256)
fn subtract_level(thread: Thread) {
    let index = linear_index(thread);
    if (index < params.len) {
        shifted[index] = input[index] - level();
    }
}

@group(0) @binding(1) var<storage, read> low: array<f32>;
@group(0) @binding(2) var<storage, read> high: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(256)
fn subtract(thread: Thread) {
    let index = linear_index(thread);
    if (index < params.len) {
        output[index] = low[index] - high[index];
    }
}
