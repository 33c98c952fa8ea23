use crate::common::blocks::{Blocks, OfBlock};
use rotifer_registry::*;

op! {
    /// Makes an image smaller by the mean of blocks of pixels: binning.
    ///
    /// The first block stands at the start of the image. Blocks that stick out of its end have `constant` there, which counts
    /// in the mean. The result is NaN where a pixel of the block is. The spacing grows by `factors`.
    pub struct DownscaleLocalMean {
        /// Pixels of a block along z, y, x (y, x in 2-D).
        factors: PerAxis<usize> = PerAxis::All(2), range(1, 1e4);
        /// The value beyond the border.
        constant: f64 = 0.0;
    }
    id: "downscale_local_mean", revision: 1, family: Transform,
    kernel: Blocks { size: factors, argument: "factors", statistic: OfBlock::Mean, constant },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.transform.downscale_local_mean 0.26",
    python: "ski.transform.downscale_local_mean(f64(image), tuple(np.broadcast_to(factors, image.ndim)), cval=constant)",
    examples: ["factors = 3\nconstant = 7.0", "factors = [2, 5]", "factors = [1, 2, 3]"],
}
