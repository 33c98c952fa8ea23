use rotifer_registry::*;

op! {
    /// Luminance of a color image: 0.2125 red + 0.7154 green + 0.0721 blue.
    ///
    /// Numbers stay in the range they are in: white of a uint8 image is 255, where the reference divides integers by the largest
    /// value of their dtype first.
    pub struct RgbToGray {}
    id: "rgb_to_gray", revision: 1, family: Color,
    kernel: pixel |rgb| rgb.plane(0) * 0.2125 + rgb.plane(1) * 0.7154 + rgb.plane(2) * 0.0721,
    inputs: { rgb: Rgb },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-7), follows: "skimage.color.rgb2gray 0.26",
    python: "ski.color.rgb2gray(f64(rgb))",
    examples: [],
}
