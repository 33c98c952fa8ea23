// A stage of a Fourier transform of f32.
#include "shared/stage.wgsl"

alias Complex = vec2<f32>;

fn complex_add(a: Complex, b: Complex) -> Complex {
    return a + b;
}

fn complex_mul(a: Complex, b: Complex) -> Complex {
    return vec2<f32>(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

fn conjugate(a: Complex) -> Complex {
    return vec2<f32>(a.x, -a.y);
}

fn scaled(a: Complex, scale: f32) -> Complex {
    return a * scale;
}
