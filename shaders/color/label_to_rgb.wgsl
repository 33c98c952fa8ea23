#include "shared/pointwise.wgsl"

@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> image: array<f32>;
@group(0) @binding(3) var<storage, read> colors: array<vec4<f32>>; // the background's, then the cycle
@group(0) @binding(4) var<storage, read_write> red: array<f32>;
@group(0) @binding(5) var<storage, read_write> green: array<f32>;
@group(0) @binding(6) var<storage, read_write> blue: array<f32>;

fn element(i: u32) {
    let background = params.flags.x;
    let label = labels[i];
    var color = colors[0];
    if (label != background) {
        color = colors[1u + (label - u32(label > background)) % (arrayLength(&colors) - 1u)];
    }
    // gray = image * scale + offset; a color's fourth number is its opacity.
    var value = image[i * params.stride];
    if (params.flags.y == 1u) {
        value = max(value, params.numbers.z);
    }
    let gray = value * params.numbers.x + params.numbers.y;
    let mixed = round((color.rgb * color.a + vec3<f32>(gray * (1.0 - color.a))) * 255.0);
    red[i] = mixed.r;
    green[i] = mixed.g;
    blue[i] = mixed.b;
}
