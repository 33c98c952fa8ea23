use crate::common::reindex::{Reindex, Reindexed};
use rotifer_registry::*;

op! {
    /// Lays the planes of a volume side by side in one 2-D image.
    ///
    /// Planes fill the rows of a grid one after the other. Around and between them stand `padding_width` pixels of the
    /// constant, which also fills the places of the grid that are left over. Masks and labels stay such, the dtype is that of
    /// the image.
    pub struct Montage {
        /// Rows and columns of the grid. Left out: as many of either, and as few as hold all planes.
        grid_shape: Option<Vec<i64>> = None;
        /// Pixels of the constant between planes and around them.
        padding_width: usize = 0, range(0, 1e4);
        /// The value where no plane is. Left out: the mean of all pixels, 0 for masks and labels.
        constant: Option<f64> = None;
    }
    id: "montage", revision: 1, family: Util,
    kernel: Reindex::on_host(move |image: &VolumeMeta| {
        if image.ndim != 3 {
            return Err(Error::new(Code::Shape, "a montage is made of the planes of a 3-D image"));
        }
        let [nz, ny, nx] = image.shape;
        let side = (1..).find(|side| side * side >= nz).unwrap_or(nz);
        let wrong = || {
            Error::new(Code::Shape, "the grid has rows and columns, and room for all planes")
                .argument("grid_shape")
                .value(format!("{grid_shape:?}"))
                .allowed(format!("two numbers whose product is {nz} or more"))
        };
        let [rows, columns] = match grid_shape.as_deref() {
            None => [side, side],
            Some(&[rows, columns]) => {
                let fits = |n: i64| usize::try_from(n).ok().filter(|n| (1..=1 << 20).contains(n)).ok_or_else(wrong);
                [fits(rows)?, fits(columns)?]
            }
            Some(_) => return Err(wrong()),
        };
        if rows * columns < nz {
            return Err(wrong());
        }
        // Along y or x, the tile and the pixel in it.
        let along = |tiles: usize, n: usize, plane: usize, stride: usize| {
            let offset = |i: usize| {
                let (tile, pixel) = (i / (n + padding_width), (i % (n + padding_width)).checked_sub(padding_width)?);
                (tile < tiles).then_some(tile * plane * ny * nx + pixel * stride)
            };
            (0..padding_width + tiles * (n + padding_width)).map(offset).collect::<Vec<_>>()
        };
        let offsets = [vec![Some(0)], along(rows, ny, columns, nx), along(columns, nx, 1, 1)];
        let shape = [1, offsets[1].len(), offsets[2].len()];
        let spacing = image.spacing.map(Spacing::placeless);
        Ok(Reindexed { meta: VolumeMeta { shape, ndim: 2, spacing, ..image.clone() }, offsets, constant })
    }),
    inputs: { image: Image },
    outputs: { image: Like(Same) },
    agrees: Relative(1e-6), follows: "skimage.util.montage 0.26",
    python: "
flat = kinds['image'] != 'image'
fill = constant if constant is not None else 0 if flat else f64(image).mean()
fill = float(fill != 0) if kinds['image'] == 'mask' else fill if constant is None else quantize(fill, image.dtype)
result = ski.util.montage(f64(image), fill=fill, grid_shape=grid_shape, padding_width=padding_width)
",
    examples: [
        "grid_shape = [20, 3]\npadding_width = 2",
        "padding_width = 1\nconstant = 3.0",
        "grid_shape = [3, 20]",
    ],
}
