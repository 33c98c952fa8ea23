// The image minus its opening.
#include "shared/grid.wgsl"

@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read> opened: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
    if (index < arrayLength(&output)) {
        output[index] = image[index] - opened[index];
    }
}
