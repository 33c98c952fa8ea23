use crate::common::fresh::{Fresh, blocks};
use crate::common::rows::Extended;
use crate::simd;
use rotifer_registry::*;

op! {
    /// Convolves each plane of an image with a kernel of rows and columns.
    ///
    /// A pixel is the sum of the kernel's weights times the pixels around it, the kernel turned about its middle; of an even
    /// number of rows or columns the middle is the later one of two. Planes of a volume are convolved one by one.
    pub struct Convolve {
        /// Rows of weights.
        kernel: Matrix;
        ..Border(edge, constant);
    }
    id: "convolve", revision: 1, family: Filters,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "scipy.ndimage.convolve 1.17",
    python: "kernel = np.array(kernel, float)
result = ndi.convolve(f64(image), kernel[(None,) * (image.ndim - 2)], mode=edge, cval=constant)",
    examples: ["kernel = [[0, 1, 2], [-1, 0, 1], [-2, -1, 0]]", "kernel = [[1, 2]]\nedge = \"nearest\"", "kernel = [[1, 2], [3, 4], [5, 6], [7, -8]]\nedge = \"wrap\"", "kernel = [[0.5], [2], [0.25]]\nedge = \"constant\"\nconstant = 30"],
}

impl Convolve {
    /// Place along y, x of the pixel that the first weight is for, counted from the pixel itself.
    fn first(&self) -> [isize; 2] {
        [self.kernel.rows, self.kernel.columns].map(|n| (n / 2) as isize)
    }
}

simd! {
    fn add(sums: &mut [f64], line: &[f64], weight: f64) {
        for (sum, v) in sums.iter_mut().zip(line) {
            *sum += weight * v;
        }
    }
}

impl Host for Convolve {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Window([0, self.kernel.rows / 2, self.kernel.columns / 2]))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        const ROWS: usize = 16;
        let image = inputs.volume("image")?;
        let (shape, edge, constant) = (image.shape(), self.edge, self.constant);
        let [_, _, nx] = shape;
        let Matrix { rows, columns, values } = &self.kernel;
        let [y0, x0] = self.first();
        let width = nx + columns - 1;
        let out = each_dtype!(image.pixels(), |pixels| {
            let image = Extended { pixels, shape, edge, constant };
            let init = || (Vec::new(), vec![0.0; nx]);
            blocks(shape, ROWS, init, |(lines, sums): &mut (Vec<f64>, Vec<f64>), z, y, out: Fresh<f32>| {
                let high = out.len() / nx + rows - 1;
                lines.resize(high * width, 0.0);
                let top = y as isize + y0 + 1 - *rows as isize;
                for (i, line) in lines.chunks_mut(width).enumerate() {
                    let at = [z as isize, top + i as isize];
                    image.part(at, x0 + 1 - *columns as isize, line, constant, |v| v.to_f64());
                }
                for (i, out) in out.rows(nx).enumerate() {
                    sums.fill(0.0);
                    for (j, weight) in values.iter().enumerate().filter(|(_, w)| **w != 0.0) {
                        let (row, column) = (rows - 1 - j / columns, columns - 1 - j % columns);
                        add(sums, &lines[(i + row) * width + column..][..nx], *weight);
                    }
                    out.iter_mut().zip(sums.iter()).for_each(|(o, sum)| *o = *sum as f32);
                }
            })
        });
        Ok(vec![Datum::Volume(image.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let convolve = || {
            let grid = Grid::from(inputs.volume("image")?);
            let [y0, x0] = self.first();
            let columns = self.kernel.columns as isize;
            Ok(vec![Plain::Image(grid.map_at(|[z, y, x]| {
                let weights = self.kernel.values.iter().enumerate().filter(|(_, w)| **w != 0.0);
                weights.fold(0.0, |sum, (j, w)| {
                    let (row, column) = (j as isize / columns, j as isize % columns);
                    let at = [z as isize, y as isize + y0 - row, x as isize + x0 - column];
                    sum + w * grid.sample(at, self.edge, self.constant)
                })
            }))])
        };
        Some(convolve())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |image| image.len().saturating_mul(self.kernel.values.len()))
    }
}
