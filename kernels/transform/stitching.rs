//! Images that are put together from overlapping tiles.

use crate::common::points::coordinates;
use crate::common::threads;
use rotifer_registry::*;

choice! {
    /// The order in which a stage goes over the tiles.
    pub enum Order {
        /// Every row from left to right.
        Rows = "rows",
        /// Every second row back.
        Snake = "snake",
    }
}

choice! {
    /// Value of a pixel where tiles overlap.
    pub enum Blending {
        /// The mean, a tile counting the more the farther the pixel is from its border.
        Linear = "linear",
        Mean = "mean",
        Maximum = "maximum",
        /// That of the first tile.
        First = "first",
    }
}

/// Tiles on a grid.
#[derive(Clone, Copy)]
struct Tiling {
    columns: usize,
    order: Order,
    overlap: f64,
}

impl Tiling {
    /// Row and column of a tile.
    fn cell(&self, tile: usize) -> [usize; 2] {
        let (row, column) = (tile / self.columns, tile % self.columns);
        let back = self.order == Order::Snake && row % 2 == 1;
        [row, if back { self.columns - 1 - column } else { column }]
    }

    /// The tile at a row and a column.
    fn tile(&self, [row, column]: [usize; 2], count: usize) -> Option<usize> {
        let back = self.order == Order::Snake && row % 2 == 1;
        let column = if column < self.columns { column } else { return None };
        let tile = row * self.columns + if back { self.columns - 1 - column } else { column };
        (tile < count).then_some(tile)
    }

    /// From one tile to the next along y and x, for tiles of this size.
    fn step(&self, [_, h, w]: [usize; 3]) -> [usize; 2] {
        [h, w].map(|n| (n as f64 * (1.0 - self.overlap)).round_ties_even().max(1.0) as usize)
    }

    /// Rows and columns that there are.
    fn size(&self, count: usize) -> [usize; 2] {
        [count.div_ceil(self.columns), if count > self.columns { self.columns } else { count }]
    }
}

op! {
    /// Finds where overlapping tiles lie, by what neighbours have in common.
    ///
    /// The planes of the image are the tiles of a grid, as a step `over = "well"` sees the fields of a well. By the grid, tile (row, column) lies at whole steps of
    /// (1 − `overlap`) of its size, rounded half to even. For each two tiles side by side or one above the other, the displacement is looked for, up to
    /// `reach` pixels from that along y and x, at which their common pixels have the greatest correlation; of equal ones, to 10⁻⁹, the first in raster
    /// order; displacements with fewer than half of the common pixels by the grid do not count. Where no correlation is `minimum_correlation`,
    /// that of the grid stands, with weight 0.01, else the one found, with its correlation as weight. Places are those for which the weighted sum
    /// of squared differences from these displacements is least (Preibisch et al., Bioinformatics 25:1463, 2009, with correlations of pixels in place of phases).
    ///
    /// `tiles` has a row for each tile in the order of the planes: `label`, from 1, `row`, `column`, and `y`, `x`, the place of its first pixel, the least of all
    /// being 0. `pairs` has `source`, `target`, `y`, `x`, the displacement that counts, and `correlation`, NaN where the grid's stands.
    pub struct TilePositions {
        /// Tiles in a row.
        columns: usize = 3, range(1, 4096);
        /// The order of the planes: rows, or snake, where every second row goes back.
        order: Order = Order::Rows;
        /// Share of a tile that it has in common with the next.
        overlap: f64 = 0.1, range(0.0, 0.9);
        /// How far tiles may lie from the grid, in pixels.
        reach: usize = 10, range(0, 512);
        /// The correlation from which a displacement counts.
        minimum_correlation: f64 = 0.3, range(-1.0, 1.0);
    }
    id: "tile_positions", revision: 1, family: Transform,
    memory: host,
    inputs: { image: Image },
    outputs: { tiles: Table, pairs: Table },
    agrees: Relative(1e-6), follows: "numpy.linalg.lstsq 2.4",
    python: "
v = f64(image).reshape(-1, *image.shape[-2:])
n, h, w = v.shape
cells = [(i // columns, columns - 1 - i % columns if order == 'snake' and i // columns % 2 else i % columns) for i in range(n)]
at = {c: i for i, c in enumerate(cells)}
dy, dx = (max(1, int(np.rint(s * (1 - overlap)))) for s in (h, w))
def part(size, d):
    return slice(max(0, d), size + min(0, d)), slice(max(0, -d), size - max(0, d))
def search(a, b, y0, x0):
    most = (h - abs(y0)) * (w - abs(x0))
    best = None
    for y in range(y0 - reach, y0 + reach + 1):
        for x in range(x0 - reach, x0 + reach + 1):
            if abs(y) >= h or abs(x) >= w or 2 * (h - abs(y)) * (w - abs(x)) < most:
                continue
            (ya, yb), (xa, xb) = part(h, y), part(w, x)
            p, q = a[ya, xa].ravel(), b[yb, xb].ravel()
            if not np.ptp(p) or not np.ptp(q):
                continue
            p, q = p - p.mean(), q - q.mean()
            r = (p * q).sum() / np.sqrt((p * p).sum() * (q * q).sum())
            if best is None or r > best[0] + 1e-9:
                best = r, y, x
    return best if best and best[0] >= minimum_correlation else (np.nan, y0, x0)
pairs = []
for i, (r, c) in enumerate(cells):
    for other, y0, x0 in ((at.get((r, c + 1)), 0, dx), (at.get((r + 1, c)), dy, 0)):
        if other is not None:
            pairs.append((i, other, *search(v[i], v[other], y0, x0)))
rows, sides = np.zeros((len(pairs) + 1, n)), np.zeros((len(pairs) + 1, 2))
rows[-1, 0] = 1
for k, (a, b, r, y, x) in enumerate(pairs):
    s = np.sqrt(0.01 if np.isnan(r) else r)
    rows[k, a], rows[k, b], sides[k] = -s, s, (s * y, s * x)
places = np.linalg.lstsq(rows, sides)[0]
places = places - places.min(axis=0)
a, b, r, y, x = np.array(pairs, float).reshape(-1, 5).T
cells = np.array(cells)
result = ({'label': np.arange(n) + 1, 'row': cells[:, 0], 'column': cells[:, 1], 'y': places[:, 0], 'x': places[:, 1]},
    {'source': a + 1, 'target': b + 1, 'y': y, 'x': x, 'correlation': r})",
    examples: ["columns = 4\norder = \"snake\"\noverlap = 0.3\nreach = 4\nminimum_correlation = 0.6", "columns = 2\noverlap = 0.5\nreach = 6\nminimum_correlation = 0.1"],
}

/// A displacement that was looked for, and its correlation.
type Found = Option<([isize; 2], f64)>;

/// Two tiles and their size.
struct Neighbours<'a> {
    tiles: [&'a [f64]; 2],
    size: [isize; 2],
}

impl Neighbours<'_> {
    /// Rows of common pixels where the second tile is displaced.
    fn rows(&self, shift: [isize; 2]) -> impl Iterator<Item = (&[f64], &[f64])> {
        let [h, w] = self.size;
        let [y, x] = shift;
        let count = (w - x.abs()) as usize;
        (y.max(0)..h + y.min(0)).map(move |row| {
            let first = (row * w + x.max(0)) as usize;
            let second = ((row - y) * w + (-x).max(0)) as usize;
            (&self.tiles[0][first..first + count], &self.tiles[1][second..second + count])
        })
    }

    /// The correlation of the common pixels; none where a tile is constant there.
    fn correlation(&self, shift: [isize; 2]) -> Option<f64> {
        let first = self.rows(shift).next().and_then(|(a, b)| Some([*a.first()?, *b.first()?]))?;
        let (mut n, mut sums, mut differ) = (0.0, [0.0; 2], [false; 2]);
        for (a, b) in self.rows(shift) {
            n += a.len() as f64;
            sums = [sums[0] + a.iter().sum::<f64>(), sums[1] + b.iter().sum::<f64>()];
            differ = [
                differ[0] || a.iter().any(|v| *v != first[0]),
                differ[1] || b.iter().any(|v| *v != first[1]),
            ];
        }
        let means = sums.map(|sum| sum / n);
        let mut products = [0.0; 3];
        for (a, b) in self.rows(shift) {
            for (a, b) in a.iter().zip(b) {
                let (p, q) = (a - means[0], b - means[1]);
                products = [products[0] + p * q, products[1] + p * p, products[2] + q * q];
            }
        }
        let r = products[0] / (products[1] * products[2]).sqrt();
        (differ == [true; 2] && r.is_finite()).then_some(r)
    }

    /// [`Neighbours::correlation`], pixel by pixel.
    fn correlation_plain(&self, shift: [isize; 2]) -> Option<f64> {
        let pairs: Vec<[f64; 2]> =
            self.rows(shift).flat_map(|(a, b)| a.iter().zip(b).map(|(a, b)| [*a, *b])).collect();
        let n = pairs.len() as f64;
        let constant = |i: usize| pairs.iter().all(|p| p[i] == pairs[0][i]);
        let mean = [0, 1].map(|i| pairs.iter().map(|p| p[i]).sum::<f64>() / n);
        let sum = |i: usize, j: usize| pairs.iter().map(|p| (p[i] - mean[i]) * (p[j] - mean[j])).sum::<f64>();
        let r = sum(0, 1) / (sum(0, 0) * sum(1, 1)).sqrt();
        (!pairs.is_empty() && !constant(0) && !constant(1) && r.is_finite()).then_some(r)
    }
}

impl TilePositions {
    fn tiling(&self) -> Tiling {
        Tiling { columns: self.columns, order: self.order, overlap: self.overlap }
    }

    /// The best displacement near the one by the grid.
    fn search(&self, tiles: &Neighbours, grid: [isize; 2], plain: bool) -> Found {
        let reach = self.reach as isize;
        let area = |s: [isize; 2]| (0..2).map(|a| (tiles.size[a] - s[a].abs()).max(0)).product::<isize>();
        let mut best: Found = None;
        for y in grid[0] - reach..=grid[0] + reach {
            for x in grid[1] - reach..=grid[1] + reach {
                let shift = [y, x];
                if area(shift) == 0 || 2 * area(shift) < area(grid) {
                    continue;
                }
                let r = if plain { tiles.correlation_plain(shift) } else { tiles.correlation(shift) };
                if let Some(r) = r
                    && best.is_none_or(|(_, most)| r > most + 1e-9)
                {
                    best = Some((shift, r));
                }
            }
        }
        best.filter(|(_, r)| *r >= self.minimum_correlation)
    }

    fn tables(&self, image: &Volume, plain: bool) -> Result<[Table; 2], Error> {
        let ([count, h, w], pixels, tiling) = (image.shape(), image.f64s(), self.tiling());
        let step = tiling.step(image.shape()).map(|s| s as isize);
        let mut pairs: Vec<([usize; 2], [isize; 2])> = Vec::new();
        for tile in 0..count {
            let [row, column] = tiling.cell(tile);
            let right = tiling.tile([row, column + 1], count).map(|other| ([tile, other], [0, step[1]]));
            let below = tiling.tile([row + 1, column], count).map(|other| ([tile, other], [step[0], 0]));
            pairs.extend(right.into_iter().chain(below));
        }
        let found: Vec<Found> = threads::collect(&pairs, |(both, grid)| {
            let tiles = both.map(|tile| &pixels[tile * h * w..(tile + 1) * h * w]);
            self.search(&Neighbours { tiles, size: [h as isize, w as isize] }, *grid, plain)
        });
        let counted = pairs.iter().zip(&found).map(|((both, grid), found)| {
            let (shift, r) = found.unwrap_or((*grid, f64::NAN));
            (*both, shift, if r.is_nan() { 0.01 } else { r }, r)
        });
        let counted: Vec<([usize; 2], [isize; 2], f64, f64)> = counted.collect();
        let places = settled(count, &counted);
        let least = [0, 1].map(|a| places.iter().map(|p| p[a]).fold(f64::INFINITY, f64::min));
        let cell = |a: usize| Values::Int((0..count).map(|tile| tiling.cell(tile)[a] as i64).collect());
        let place = |a: usize| Values::Float(places.iter().map(|p| p[a] - least[a]).collect());
        let labels = Values::Int((1..=count as i64).collect());
        let tiles = Table::new().with("label", labels)?.with("row", cell(0))?.with("column", cell(1))?;
        let tiles = tiles.with("y", place(0))?.with("x", place(1))?;
        let ends = |a: usize| Values::Int(counted.iter().map(|c| c.0[a] as i64 + 1).collect());
        let shift = |a: usize| Values::Int(counted.iter().map(|c| c.1[a] as i64).collect());
        let pairs = Table::new().with("source", ends(0))?.with("target", ends(1))?;
        let pairs = pairs.with("y", shift(0))?.with("x", shift(1))?;
        let correlations = Values::Float(counted.iter().map(|c| c.3).collect());
        Ok([tiles, pairs.with("correlation", correlations)?])
    }
}

/// Places of the least weighted squares of displacements between pairs, the first tile at 0.
fn settled(count: usize, pairs: &[([usize; 2], [isize; 2], f64, f64)]) -> Vec<[f64; 2]> {
    // Normal equations without the first tile, each row with its two right sides.
    let n = count.saturating_sub(1);
    let mut rows = vec![vec![0.0; n + 2]; n];
    for ([a, b], shift, weight, _) in pairs {
        for (own, other, sign) in [(*b, *a, 1.0), (*a, *b, -1.0)] {
            let Some(i) = own.checked_sub(1) else { continue };
            rows[i][i] += weight;
            if let Some(j) = other.checked_sub(1) {
                rows[i][j] -= weight;
            }
            (0..2).for_each(|a| rows[i][n + a] += sign * weight * shift[a] as f64);
        }
    }
    // Elimination: the matrix is positive definite, and needs no pivots.
    for k in 0..n {
        let (above, below) = rows.split_at_mut(k + 1);
        let pivot = &above[k];
        threads::each(below.iter_mut().filter(|row| row[k] != 0.0), |row| {
            let factor = row[k] / pivot[k];
            row[k..].iter_mut().zip(&pivot[k..]).for_each(|(v, p)| *v -= factor * p);
        });
    }
    let mut places = vec![[0.0; 2]; count];
    for k in (0..n).rev() {
        places[k + 1] = [0, 1].map(|a| {
            let known: f64 = (k + 1..n).map(|j| rows[k][j] * places[j + 1][a]).sum();
            (rows[k][n + a] - known) / rows[k][k]
        });
    }
    places
}

impl Host for TilePositions {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(self.tables(inputs.volume("image")?, false)?.map(Datum::Table).into())
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let tables = || Ok(self.tables(inputs.volume("image")?, true)?.map(Plain::Table).into());
        Some(tables())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        let tried = (2 * self.reach + 1).pow(2) * 2;
        inputs.first().map_or(1, |v| v.len().saturating_mul(tried))
    }
}

op! {
    /// Puts tiles together to one image.
    ///
    /// The planes of the image are the tiles of a grid, as a step `over = "well"` sees the fields of a well. The output holds the grid: tile (row, column) lies at whole
    /// steps of (1 − `overlap`) of its size, rounded half to even. With `points`, such as the `tiles` of `tile_positions`, tiles lie at `y` and `x` of
    /// their row, rounded half to even, the least of all being 0; what reaches beyond the output is cut off. Where tiles overlap, a pixel is by `blending`:
    ///
    /// - `linear`: the mean, weighted with the product of the distances from the nearest end of the tile along y and x, 1 at the outermost pixel;
    /// - `mean`, `maximum`; `first`: that of the first tile.
    ///
    /// A pixel without a tile is 0.
    pub struct AssembleTiles {
        /// Tiles in a row.
        columns: usize = 3, range(1, 4096);
        /// The order of the planes: rows, or snake, where every second row goes back.
        order: Order = Order::Rows;
        /// Share of a tile that it has in common with the next.
        overlap: f64 = 0.1, range(0.0, 0.9);
        /// Value of a pixel where tiles overlap.
        blending: Blending = Blending::Linear;
    }
    id: "assemble_tiles", revision: 1, family: Transform,
    memory: host,
    inputs: { image: Image, points: Table optional },
    outputs: { image: Image(Same) },
    agrees: Relative(1e-6), follows: "numpy.average 2.4",
    python: "
v = f64(image).reshape(-1, *image.shape[-2:])
n, h, w = v.shape
cells = np.array([(i // columns, columns - 1 - i % columns if order == 'snake' and i // columns % 2 else i % columns) for i in range(n)])
step = np.array([max(1, int(np.rint(s * (1 - overlap)))) for s in (h, w)])
at = cells * step
size = step * (np.array([-(-n // columns), min(n, columns)]) - 1) + (h, w)
if points is not None:
    if len(points['y']) < n:
        raise ValueError
    at = np.stack([f64(points[a])[:n] for a in 'yx'], axis=1)
    at = np.rint(at - at.min(axis=0)).astype(int)
far = lambda s: np.minimum(np.arange(s) + 1, s - np.arange(s))
weight = np.outer(far(h), far(w)).astype(float) if blending == 'linear' else np.ones((h, w))
sums, weights, seen = np.zeros(size), np.zeros(size), np.zeros(size, bool)
most = np.full(size, -np.inf)
for t, (y, x) in zip(v, at):
    to = np.s_[y:y + h, x:x + w]
    part = np.s_[:max(0, size[0] - y), :max(0, size[1] - x)]
    t, own = t[part], weight[part]
    if blending == 'first':
        own = own * ~seen[to]
    sums[to] += own * t
    weights[to] += own
    most[to] = np.maximum(most[to], t)
    seen[to] = True
value = most if blending == 'maximum' else sums / np.where(weights > 0, weights, 1)
result = np.where(seen, value, 0)",
    examples: ["columns = 2\noverlap = 0.4\nblending = \"mean\"", "order = \"snake\"\noverlap = 0.25\nblending = \"maximum\"", "columns = 4\noverlap = 0.5\nblending = \"first\""],
}

impl AssembleTiles {
    fn tiling(&self) -> Tiling {
        Tiling { columns: self.columns, order: self.order, overlap: self.overlap }
    }

    /// The place of each tile.
    fn places(&self, inputs: &Inputs) -> Result<Vec<[isize; 2]>, Error> {
        let shape = inputs.volume("image")?.shape();
        let step = self.tiling().step(shape);
        if inputs.get("points").is_none() {
            let cell = |tile| self.tiling().cell(tile);
            return Ok((0..shape[0])
                .map(|tile| [0, 1].map(|a| (cell(tile)[a] * step[a]) as isize))
                .collect());
        }
        let mut places = coordinates(inputs.table("points")?, 1..3)?;
        if places.len() < shape[0] {
            return Err(Error::new(Code::Shape, "there are fewer places than tiles")
                .argument("from")
                .value(places.len())
                .allowed(format!("{} or more", shape[0])));
        }
        places.truncate(shape[0]);
        if places.iter().flatten().any(|v| !v.is_finite()) {
            return Err(Error::new(Code::Table, "places are finite numbers").argument("from"));
        }
        let least = [1, 2].map(|a| places.iter().map(|p| p[a]).fold(f64::INFINITY, f64::min));
        let place = |p: &[f64; 3]| [0, 1].map(|a| (p[a + 1] - least[a]).round_ties_even().min(1e15) as isize);
        Ok(places.iter().map(place).collect())
    }

    /// Weight of a pixel of a tile.
    fn weight(&self, [y, x]: [usize; 2], [h, w]: [usize; 2]) -> f64 {
        match self.blending {
            Blending::Linear => ((y + 1).min(h - y) * (x + 1).min(w - x)) as f64,
            _ => 1.0,
        }
    }

    /// A pixel from the values of the tiles that have it, with their weights, in order.
    fn blend(&self, values: impl Iterator<Item = (f64, f64)>) -> f64 {
        let (mut sum, mut weights, mut most, mut first) = (0.0, 0.0, f64::NEG_INFINITY, None);
        for (value, weight) in values {
            sum += value * weight;
            weights += weight;
            most = f64::max(most, value);
            first = first.or(Some(value));
        }
        match (first, self.blending) {
            (None, _) => 0.0,
            (Some(first), Blending::First) => first,
            (_, Blending::Maximum) => most,
            _ => sum / weights,
        }
    }

    /// Shape of the output.
    fn shape(&self, shape: [usize; 3]) -> [usize; 3] {
        let (step, size) = (self.tiling().step(shape), self.tiling().size(shape[0]));
        [1, shape[1] + (size[0].max(1) - 1) * step[0], shape[2] + (size[1].max(1) - 1) * step[1]]
    }
}

impl Host for AssembleTiles {
    fn infer(&self, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let shape = self.shape(inputs.volume("image")?.shape);
        if let Some(meta) = outputs.first_mut().and_then(DatumMeta::volume_mut) {
            (meta.shape, meta.ndim, meta.spacing) = (shape, 2, meta.spacing.map(Spacing::placeless));
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let (image, places) = (inputs.volume("image")?, self.places(inputs)?);
        let [_, h, w] = image.shape();
        let spacing = image.meta().spacing.map(Spacing::placeless);
        let meta = VolumeMeta { shape: self.shape(image.shape()), ndim: 2, spacing, ..image.meta() };
        let meta = meta.with(Kind::Image, image.dtype());
        let width = meta.shape[2];
        fn assembled<T: Element>(
            pixels: &[T],
            meta: &VolumeMeta,
            row: impl Fn(usize, &[T], &mut [T]) + Sync,
        ) -> Result<Volume, Error>
        where
            Pixels: From<ndarray::Array3<T>>,
        {
            let mut out = vec![T::default(); meta.len()];
            threads::each_row(&mut out, meta.shape[2], |y, line| row(y, pixels, line));
            Volume::from_vec(meta, out)
        }
        // The tiles that reach a row, and their rows there.
        let tiles = |y: usize| {
            let row = move |p: &[isize; 2]| usize::try_from(y as isize - p[0]).ok().filter(|row| *row < h);
            places.iter().enumerate().filter_map(move |(i, p)| Some((i, row(p)?, p[1])))
        };
        let out = each_dtype!(image.pixels(), |pixels| assembled(pixels, &meta, |y, pixels, line| {
            let tiles: Vec<(usize, usize, isize)> = tiles(y).collect();
            for (x, out) in line.iter_mut().enumerate().take(width) {
                let values = tiles.iter().filter_map(|(tile, row, left)| {
                    let column = usize::try_from(x as isize - left).ok().filter(|x| *x < w)?;
                    let value = pixels[(tile * h + row) * w + column].to_f64();
                    Some((value, self.weight([*row, column], [h, w])))
                });
                *out = Element::from_f64(self.blend(values));
            }
        }))?;
        Ok(vec![Datum::Volume(out)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let assemble = || {
            let (grid, places) = (Grid::from(inputs.volume("image")?), self.places(inputs)?);
            let [count, h, w] = grid.shape;
            let value = |[_, y, x]: [usize; 3]| {
                let of_tile = |tile: usize| {
                    let [top, left] = places[tile];
                    let inside = |at: isize, n: usize| usize::try_from(at).ok().filter(|i| *i < n);
                    let (row, column) = (inside(y as isize - top, h)?, inside(x as isize - left, w)?);
                    Some((grid.at([tile, row, column]), self.weight([row, column], [h, w])))
                };
                self.blend((0..count).filter_map(of_tile))
            };
            Ok(vec![Plain::Image(Grid::from_fn(self.shape(grid.shape), 2, value))])
        };
        Some(assemble())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |v| self.shape(v.shape).iter().product::<usize>().saturating_mul(v.shape[0]))
    }
}

op! {
    /// Stitches tiles at the places of the grid, blended linearly where they overlap.
    ///
    /// `assemble_tiles` without places, where overlapping pixels are the mean, weighted with the distance from the nearest end of the tile.
    pub struct StitchLinearBlending {
        /// Tiles in a row.
        columns: usize = 3, range(1, 4096);
        /// The order of the planes: rows, or snake, where every second row goes back.
        order: Order = Order::Rows;
        /// Share of a tile that it has in common with the next.
        overlap: f64 = 0.1, range(0.0, 0.9);
    }
    id: "stitch_linear_blending", revision: 1, family: Transform,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Relative(1e-6), follows: "numpy.average 2.4",
    python: "
v = f64(image).reshape(-1, *image.shape[-2:])
n, h, w = v.shape
step = [max(1, int(np.rint(s * (1 - overlap)))) for s in (h, w)]
size = (h + step[0] * (-(-n // columns) - 1), w + step[1] * (min(n, columns) - 1))
far = lambda s: np.minimum(np.arange(s) + 1, s - np.arange(s))
sums, weights = np.zeros(size), np.zeros(size)
for i, t in enumerate(v):
    row, column = divmod(i, columns)
    y, x = step[0] * row, step[1] * (columns - 1 - column if order == 'snake' and row % 2 else column)
    # An incomplete row that goes back reaches as far as the grid.
    own = np.outer(far(h), far(w))
    sums[y:y + h, x:x + w] += own * t
    weights[y:y + h, x:x + w] += own
result = sums / np.where(weights > 0, weights, 1)",
    examples: ["columns = 2\noverlap = 0.4", "columns = 4\norder = \"snake\"\noverlap = 0.5"],
}

impl StitchLinearBlending {
    fn assembly(&self) -> AssembleTiles {
        let (columns, order, overlap) = (self.columns, self.order, self.overlap);
        AssembleTiles { columns, order, overlap, blending: Blending::Linear }
    }
}

/// The inputs with the ports of `assemble_tiles`.
fn ports<'a>(items: &'a [Option<Datum>]) -> Inputs<'a> {
    const PORTS: &[Port] = &[
        Port { name: "image", kind: PortKind::Image, optional: false, fallback: None },
        Port { name: "points", kind: PortKind::Table, optional: true, fallback: None },
    ];
    Inputs::new(PORTS, items)
}

impl Host for StitchLinearBlending {
    fn infer(&self, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.assembly().infer(inputs, outputs)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        self.assembly().run(&ports(inputs.items()))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        self.assembly().reference(&ports(inputs.items()))
    }

    fn effort(&self, inputs: &Metas) -> usize {
        self.assembly().effort(inputs)
    }
}
