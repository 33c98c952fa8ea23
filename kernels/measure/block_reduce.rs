use crate::common::blocks::{Blocks, OfBlock};
use rotifer_registry::*;

op! {
    /// Gives one number for each block of pixels: their sum, mean, median, least or greatest value.
    ///
    /// The first block stands at the start of the image. Blocks that stick out of its end have `constant` there. The result
    /// is NaN where a pixel of the block is. The spacing grows by the size of a block.
    pub struct BlockReduce {
        /// Pixels of a block along z, y, x (y, x in 2-D).
        block_size: PerAxis<usize> = PerAxis::All(2), range(1, 1e4);
        /// The number that stands for a block.
        statistic: OfBlock = OfBlock::Sum;
        /// The value beyond the border.
        constant: f64 = 0.0;
    }
    id: "block_reduce", revision: 1, family: Measure,
    kernel: Blocks { size: block_size, argument: "block_size", statistic, constant },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.measure.block_reduce 0.26",
    python: "
func = {'mean': np.mean, 'sum': np.sum, 'minimum': np.min, 'maximum': np.max, 'median': np.median}[statistic]
size = block_size if np.isscalar(block_size) else tuple(block_size)
result = ski.measure.block_reduce(f64(image), size, func, cval=constant)
",
    examples: [
        "block_size = 3\nstatistic = \"median\"\nconstant = -5.0",
        "block_size = [2, 7]\nstatistic = \"maximum\"",
        "block_size = [1, 4, 3]\nstatistic = \"minimum\"\nconstant = 40.0",
        "block_size = [3, 2]\nstatistic = \"mean\"\nconstant = 2.5",
    ],
}
