use rotifer_registry::*;

op! {
    /// Makes dark bright and bright dark: the largest value of the dtype less each pixel.
    ///
    /// Of signed integers it is −1 less each pixel, of float32 1 less each pixel, which are in the range 0 to 1 by convention.
    pub struct InvertIntensity {}
    id: "invert_intensity", revision: 1, family: Exposure,
    kernel: pixel |image| {
        let (lowest, highest) = image.dtype().range();
        (lowest + highest) - image
    },
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "skimage.util.invert 0.26",
    python: "ski.util.invert(image)",
    examples: [],
}
