use crate::common::threads;
use rotifer_registry::*;

op! {
    /// Measures the intensities in each tile of a grid.
    ///
    /// The image is cut into `rows` times `columns` tiles: tile i of n along an axis of s pixels goes from ⌊i s / n⌋ to before ⌊(i + 1) s / n⌋; in 3-D
    /// tiles hold all planes. A row for each tile in raster order: `label`, from 1, `row` and `column`, from 0, `pixels`, how many are
    /// finite, and of these `sum`, `mean`, `std` (the root of the mean squared distance from the mean), `min`, `median` and `max`;
    /// NaN, and a sum of 0, where there is none.
    pub struct TileGridStatistics {
        /// Tiles along y.
        rows: usize = 8, range(1, 4096);
        /// Tiles along x.
        columns: usize = 8, range(1, 4096);
    }
    id: "tile_grid_statistics", revision: 1, family: Measure,
    memory: host,
    inputs: { image: Image },
    outputs: { tiles: Table },
    agrees: Relative(1e-9), follows: "numpy.median 2.4",
    python: "
v = f64(image)
h, w = v.shape[-2:]
found = []
for i in range(rows):
    for j in range(columns):
        t = v[..., i * h // rows:(i + 1) * h // rows, j * w // columns:(j + 1) * w // columns]
        t = t[np.isfinite(t)]
        rest = (t.mean(), t.std(), t.min(), np.median(t), t.max()) if t.size else (np.nan,) * 5
        found.append((t.size, t.sum(), *rest))
found = np.array(found, float)
i, j = np.indices((rows, columns)).reshape(2, -1)
names = ['pixels', 'sum', 'mean', 'std', 'min', 'median', 'max']
result = {'label': np.arange(rows * columns) + 1, 'row': i, 'column': j, **{n: found[:, k] for k, n in enumerate(names)}}",
    examples: ["rows = 3\ncolumns = 5", "rows = 100\ncolumns = 1"],
}

/// Pixels, sum, mean, deviation, least, middle and greatest value.
type Numbers = [f64; 7];

fn numbers(mut values: Vec<f64>) -> Numbers {
    let n = values.len();
    if n == 0 {
        return [0.0, 0.0, f64::NAN, f64::NAN, f64::NAN, f64::NAN, f64::NAN];
    }
    let sum: f64 = values.iter().sum();
    let mean = sum / n as f64;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let (low, middle, high) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    let below = low.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let median = if n % 2 == 1 { *middle } else { (below + *middle) / 2.0 };
    let least = low.iter().copied().fold(*middle, f64::min);
    let greatest = high.iter().copied().fold(*middle, f64::max);
    [n as f64, sum, mean, (squares / n as f64).sqrt(), least, median, greatest]
}

/// [`numbers`] of sorted values.
fn numbers_plain(mut values: Vec<f64>) -> Numbers {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n == 0 {
        return numbers(values);
    }
    let (count, sum) = (n as f64, values.iter().sum::<f64>());
    let squares = values.iter().map(|v| (v - sum / count).powi(2)).sum::<f64>();
    let median = (values[(n - 1) / 2] + values[n / 2]) / 2.0;
    [count, sum, sum / count, (squares / count).sqrt(), values[0], median, values[n - 1]]
}

impl TileGridStatistics {
    fn table(&self, image: &Volume, numbers: fn(Vec<f64>) -> Numbers) -> Result<Table, Error> {
        let ([nz, ny, nx], pixels) = (image.shape(), image.f64s());
        let tile = |i: usize| {
            let part = |k: usize, n: usize, size: usize| k * size / n..(k + 1) * size / n;
            let ys = part(i / self.columns, self.rows, ny);
            let xs = part(i % self.columns, self.columns, nx);
            let rows = (0..nz).flat_map(move |z| ys.clone().map(move |y| (z * ny + y) * nx));
            let values = rows.flat_map(|row| pixels[row + xs.start..row + xs.end].iter().copied());
            numbers(values.filter(|v| v.is_finite()).collect())
        };
        let count = self.rows * self.columns;
        let found: Vec<Numbers> = threads::collect(0..count, tile);
        let whole = |f: &dyn Fn(usize) -> usize| Values::Int((0..count).map(|i| f(i) as i64).collect());
        let mut table = Table::new().with("label", whole(&|i| i + 1))?;
        table.push("row", whole(&|i| i / self.columns))?;
        table.push("column", whole(&|i| i % self.columns))?;
        table.push("pixels", whole(&|i| found[i][0] as usize))?;
        for (k, name) in ["sum", "mean", "std", "min", "median", "max"].iter().enumerate() {
            table.push(*name, Values::Float(found.iter().map(|f| f[k + 1]).collect()))?;
        }
        Ok(table)
    }
}

impl Host for TileGridStatistics {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.table(inputs.volume("image")?, numbers)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let table = || Ok(vec![Plain::Table(self.table(inputs.volume("image")?, numbers_plain)?)]);
        Some(table())
    }
}
