// A stage of a Fourier transform of numbers that are pairs of floats. They are scaled by powers of two only.
#include "shared/stage.wgsl"
#include "shared/pairs.wgsl"

alias Complex = vec4<f32>;

fn scaled(a: Complex, scale: f32) -> Complex {
    return a * scale;
}
