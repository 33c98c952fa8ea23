// One thread for each pixel of the output, whose value hangs on an entry for each of its z, y and x. The including shader declares
// `params` with the `output_shape`, `output`, and the value: `fn value(entry: vec3<u32>) -> f32`, where `entry` is a place in lists of
// entries for z, then y, then x.
#include "shared/grid.wgsl"

@compute @workgroup_size(256)
fn main(thread: Thread) {
    let index = linear_index(thread);
    let shape = params.output_shape;
    if (index < shape.x * shape.y * shape.z) {
        output[index] = value(position(index, shape) + vec3<u32>(0u, shape.x, shape.x + shape.y));
    }
}
