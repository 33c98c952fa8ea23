#include "shared/pointwise.wgsl"

@group(0) @binding(1) var<storage, read> mask: array<u32>;
@group(0) @binding(2) var<storage, read> other: array<u32>;
@group(0) @binding(3) var<storage, read_write> output: array<u32>;

fn element(i: u32) {
    output[i] = u32(mask[i] != 0u && other[i] != 0u);
}
