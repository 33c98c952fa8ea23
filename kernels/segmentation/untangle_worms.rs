use crate::common::components::{Components, Part};
use crate::common::midline::{Cuts, Framed, Graph, Pixel, control_points};
use crate::morphology::skeletonize::{thin_plane, thin_plane_plain};
use rotifer_registry::*;
use std::f64::consts::PI;

op! {
    /// Finds the worms in a mask, also where they cross or touch, by what single worms look like.
    ///
    /// By Wählby et al. (2012). The mask is thinned, loses the pixels that have a neighbour outside it, and is thinned again. Its
    /// connected parts, over all neighbours, are taken in raster order; those smaller than `min_area` are left out. The skeleton of a part
    /// falls into segments and branch areas: pixels with three neighbours and more, and all neighbours of these. A way leads through
    /// segments and areas, each once; its length is that of the lines between its pixels.
    ///
    /// - A part up to `max_area` is one worm, on its longest way.
    /// - In a larger one, parts of it that hold a disk of `max_radius` and two branch points are branch areas, too, and segments of more
    ///   pixels than `max_segment_length` are parted by areas into equal ones. Of the ways from `min_length` to `max_length` the 400 of
    ///   least cost are candidates. Taken is the set, of at most as many as `median_area` goes into the part, rounded up, with the least
    ///   sum of: the costs; `overlap_weight` times the length of each segment for each time that it is used again; `leftover_weight` times
    ///   the length of those not used. Sets grow by one way, ordered by cost, at a time: those whose first two terms alone are less than
    ///   the best sum, at most about 50,000 by the number of candidates. A part of more than `max_segments` segments has no worms.
    ///
    /// The cost of a way is the squared Mahalanobis distance of its shape from `mean`, by `inverse_covariance`; ways that cost
    /// `max_cost` and more are none. The shape is taken at `control_points` points at equal distances along the way: the angles by which it
    /// turns at all but the first and the last, in radians, and its length. At most 50,000 ways are looked at, depth first. Costs and sums are
    /// rounded to a millionth; of equal ones the first counts.
    ///
    /// A worm is all pixels at most its radius from the lines between its points; the radius changes linearly from point to point.
    /// `labels` has the pixels of one worm alone, `overlapping` those of several, too, with the smallest number. `worms` has `length`,
    /// `cost`, `angle_1` and so on, and the points: `y_1`, `x_1`. CellProfiler's file of training has all these numbers. For masks of two axes.
    pub struct UntangleWorms {
        /// Parts of fewer pixels are left out.
        min_area: f64 = 100.0, range(0.0, 1e9);
        /// Parts of more pixels are several worms.
        max_area: f64 = 1000.0, range(0.0, 1e9);
        /// Pixels of a worm.
        median_area: f64 = 500.0, range(1.0, 1e9);
        /// Length of the shortest worm in a clump, in pixels.
        min_length: f64 = 50.0, range(0.0, 1e6);
        /// Length of the longest worm, in pixels.
        max_length: f64 = 150.0, range(0.0, 1e6);
        /// Pixels of the longest segment.
        max_segment_length: f64 = 100.0, range(2.0, 1e6);
        /// Half the width of a worm, in pixels.
        max_radius: f64 = 5.0, range(0.5, 500.0);
        /// Cost below which a way is a worm.
        max_cost: f64 = 100.0, range(0.0, 1e12);
        /// Points at which the shape is taken.
        control_points: u32 = 21, range(3, 200);
        /// The mean shape as one row: angles and length. Left out: straight, of the length between shortest and longest.
        mean: Option<Matrix> = None;
        /// The inverse of the covariance of shapes. Left out: angles of standard deviation 0.4, a length of a quarter of longest minus
        /// shortest, at least 1, all independent.
        inverse_covariance: Option<Matrix> = None;
        /// The radii at the points as one row. Left out: all `max_radius`.
        radii: Option<Matrix> = None;
        /// Cost of a pixel of length that is used again.
        overlap_weight: f64 = 5.0, range(0.0, 1e9);
        /// Cost of a pixel of length that is not used.
        leftover_weight: f64 = 10.0, range(0.0, 1e9);
        /// Most segments of a part that is untangled.
        max_segments: u32 = 400, range(1, 1_000_000);
    }
    id: "untangle_worms", revision: 1, family: Segmentation,
    memory: host,
    inputs: { mask: Mask },
    outputs: { labels: Labels, overlapping: Labels, worms: Table },
    agrees: Absolute(1e-6), follows: "cellprofiler.modules.UntangleWorms 4.2",
    python: "
n = control_points
mu = np.r_[np.zeros(n - 2), (min_length + max_length) / 2] if mean is None else f64(mean)[0]
spread = np.r_[np.full(n - 2, 0.4), max((max_length - min_length) / 4, 1)]
weights = np.diag(spread ** -2.0) if inverse_covariance is None else f64(inverse_covariance)
widths = np.full(n, max_radius) if radii is None else f64(radii)[0]
full = np.ones((3, 3), bool)
thin = ski.morphology.skeletonize
skeleton = thin(thin(mask) & ndi.binary_erosion(mask, full))
parts = ndi.label(mask, full)[0]
def shape(pixels):
    points, length = control_points_of(pixels, n)
    bearing = np.arctan2(*np.diff(points, axis=0).T)
    turn = np.diff(bearing)
    turn = np.where(turn > np.pi, turn - 2 * np.pi, np.where(turn < -np.pi, turn + 2 * np.pi, turn))
    off = np.r_[turn, length] - mu
    return points, length, turn, np.round(off @ weights @ off, 6)
def select(costs, uses, lengths, most):
    best, least = [], lengths.sum() * leftover_weight
    sets = [[i] for i in range(len(costs))]
    for _ in range(min(most, len(costs))):
        count = np.array([uses[s].sum(axis=0) for s in sets])
        partial = np.array([sum(costs[i] for i in s) for s in sets]) + np.maximum(count - 1, 0) @ lengths * overlap_weight
        partial, total = np.round(partial, 6), np.round(partial + (count == 0) @ lengths * leftover_weight, 6)
        order = np.argsort(total, kind='stable')
        if total[order[0]] < least:
            best, least = sets[order[0]], total[order[0]]
        order = [k for k in order if partial[k] < least]
        order = order[: 1 + 50000 // len(costs)] if len(order) * len(costs) > 50000 else order
        sets = [sets[k] + [i] for k in order for i in range(sets[k][-1] + 1, len(costs))]
        if not sets:
            break
    return best
found = []
for part, box in enumerate(ndi.find_objects(parts), 1):
    origin = np.array([s.start for s in box]) - 1
    own = np.pad(parts[box] == part, 1)
    lines, area = np.pad(skeleton[box], 1) & own, own.sum()
    if area < min_area or not lines.any():
        continue
    if area <= max_area:
        graph = skeleton_graph(lines)
        pixels = longest_way(graph, max_length)
        worms = [pixels] if len(pixels) > 1 and shape(pixels)[3] < max_cost else []
    else:
        graph = skeleton_graph(lines, own, max_radius, max_segment_length)
        if len(graph.segments) > max_segments:
            continue
        ways = [w for w in all_ways(graph, max_length) if w[2] >= min_length]
        pixels = [way_pixels(graph, *w[:2]) for w in ways]
        costs = np.array([shape(p)[3] if len(p) > 1 else np.inf for p in pixels])
        order = [k for k in np.argsort(costs, kind='stable') if costs[k] < max_cost][:400]
        uses = np.array([[s in ways[k][0] for s in range(len(graph.segments))] for k in order], int).reshape(len(order), len(graph.segments))
        lengths = np.array([s.length for s in graph.segments])
        worms = [pixels[order[k]] for k in select(costs[order], uses, lengths, int(np.ceil(area / median_area)))] if order else []
    found += [np.asarray(w) + origin for w in worms]
hits, first, rows = np.zeros(mask.shape, int), np.zeros(mask.shape, int), []
y, x = np.indices(mask.shape)
for number, pixels in enumerate(found, 1):
    points, length, turn, cost = shape(pixels)
    inside = np.zeros(mask.shape, bool)
    for (a, b), (r, s) in zip(zip(points[:-1], points[1:]), zip(widths[:-1], widths[1:])):
        d = b - a
        t = np.clip(((y - a[0]) * d[0] + (x - a[1]) * d[1]) / max(d @ d, 1e-300), 0, 1)
        inside |= np.hypot(y - a[0] - t * d[0], x - a[1] - t * d[1]) <= r + t * (s - r) + 1e-9
    hits += inside
    first = np.where(inside & (first == 0), number, first)
    rows.append(np.r_[number, length, cost, turn, points.ravel()])
names = ['label', 'length', 'cost'] + [f'angle_{i + 1}' for i in range(n - 2)] + [f'{a}_{i + 1}' for i in range(n) for a in 'yx']
table = np.array(rows).reshape(-1, len(names))
result = np.where(hits == 1, first, 0), first, {k: table[:, i].astype(int) if i == 0 else table[:, i] for i, k in enumerate(names)}",
    examples: [
        "min_area = 20\nmax_area = 150\nmedian_area = 80\nmin_length = 4\nmax_length = 40\nmax_segment_length = 12\nmax_radius = 2.5\ncontrol_points = 7",
        "min_area = 12\nmax_area = 60\nmedian_area = 40\nmin_length = 3\nmax_length = 25\nmax_radius = 1.5\ncontrol_points = 4\nmax_cost = 30\nmean = [[0.1, -0.1, 14]]\ninverse_covariance = [[2, 0.5, 0], [0.5, 2, 0], [0, 0, 0.01]]\nradii = [[1, 2, 2.5, 0.5]]\noverlap_weight = 1\nleftover_weight = 2",
    ],
}

/// Candidates of a part, and sets of them times candidates, at most.
const CANDIDATES: usize = 400;
const SETS: usize = 50_000;

/// The shape of single worms.
struct Model {
    mean: Vec<f64>,
    inverse: Vec<f64>,
    radii: Vec<f64>,
}

/// A way with the shape along it.
struct Worm {
    points: Vec<[f64; 2]>,
    length: f64,
    angles: Vec<f64>,
    cost: f64,
}

/// A cost to a millionth: where rounding would decide, the first of equal ones counts.
fn rounded(cost: f64) -> f64 {
    (cost * 1e6).round() / 1e6
}

/// A number of rows and columns, or an error that says which are asked for.
fn sized(matrix: &Matrix, rows: usize, columns: usize, argument: &'static str) -> Result<Vec<f64>, Error> {
    if (matrix.rows, matrix.columns) == (rows, columns) {
        return Ok(matrix.values.clone());
    }
    Err(Error::new(Code::Shape, "its size is not that of `control_points` points")
        .argument(argument)
        .value(format!("{} rows of {}", matrix.rows, matrix.columns))
        .allowed(format!("{rows} rows of {columns}")))
}

impl UntangleWorms {
    fn model(&self) -> Result<Model, Error> {
        let n = self.control_points as usize;
        let straight = || {
            let mut mean = vec![0.0; n - 1];
            mean[n - 2] = (self.min_length + self.max_length) / 2.0;
            mean
        };
        let independent = || {
            let mut inverse = vec![0.0; (n - 1) * (n - 1)];
            let length = ((self.max_length - self.min_length) / 4.0).max(1.0);
            (0..n - 1).for_each(|i| {
                let spread = if i < n - 2 { 0.4 } else { length };
                inverse[i * n] = 1.0 / (spread * spread);
            });
            inverse
        };
        let one_row = |matrix: &Matrix, columns, argument| sized(matrix, 1, columns, argument);
        Ok(Model {
            mean: self.mean.as_ref().map_or_else(|| Ok(straight()), |m| one_row(m, n - 1, "mean"))?,
            inverse: self
                .inverse_covariance
                .as_ref()
                .map_or_else(|| Ok(independent()), |m| sized(m, n - 1, n - 1, "inverse_covariance"))?,
            radii: self
                .radii
                .as_ref()
                .map_or_else(|| Ok(vec![self.max_radius; n]), |m| one_row(m, n, "radii"))?,
        })
    }

    /// The shape along pixels, of which there are at least two.
    fn worm(&self, model: &Model, pixels: &[Pixel]) -> Worm {
        let (points, length) = control_points(pixels, self.control_points as usize);
        let bearing = |pair: &[[f64; 2]]| (pair[1][0] - pair[0][0]).atan2(pair[1][1] - pair[0][1]);
        let bearings: Vec<f64> = points.windows(2).map(bearing).collect();
        let turn = |pair: &[f64]| match pair[1] - pair[0] {
            turn if turn > PI => turn - 2.0 * PI,
            turn if turn < -PI => turn + 2.0 * PI,
            turn => turn,
        };
        let angles: Vec<f64> = bearings.windows(2).map(turn).collect();
        let shape = angles.iter().copied().chain([length]);
        let off: Vec<f64> = shape.zip(&model.mean).map(|(value, mean)| value - mean).collect();
        let rows = model.inverse.chunks(off.len()).zip(&off);
        let terms = rows.map(|(row, off_i)| off_i * row.iter().zip(&off).map(|(w, o)| w * o).sum::<f64>());
        Worm { points, length, angles, cost: rounded(terms.sum()) }
    }

    /// The ways in a large part that are worms.
    fn untangled(&self, model: &Model, graph: &Graph, area: usize) -> Vec<Vec<Pixel>> {
        if graph.segments.len() > self.max_segments as usize {
            return Vec::new();
        }
        let mut ways = Vec::new();
        graph.ways(self.max_length, |way, areas, length| {
            if length < self.min_length {
                return;
            }
            let pixels = graph.pixels(way, areas);
            if pixels.len() > 1 {
                let cost = self.worm(model, &pixels).cost;
                if cost < self.max_cost {
                    ways.push((cost, way.to_vec(), pixels));
                }
            }
        });
        ways.sort_by(|a, b| a.0.total_cmp(&b.0));
        ways.truncate(CANDIDATES);
        let most = (area as f64 / self.median_area).ceil() as usize;
        let chosen = self.select(&ways, graph, most);
        chosen.into_iter().map(|k| std::mem::take(&mut ways[k].2)).collect()
    }

    /// The set of ways with the least sum of costs.
    fn select(&self, ways: &[(f64, Vec<usize>, Vec<Pixel>)], graph: &Graph, most: usize) -> Vec<usize> {
        let lengths: Vec<f64> = graph.segments.iter().map(|s| s.length).collect();
        let (mut best, mut least) = (Vec::new(), lengths.iter().sum::<f64>() * self.leftover_weight);
        let mut sets: Vec<Vec<usize>> = (0..ways.len()).map(|k| vec![k]).collect();
        for _ in 0..most.min(ways.len()) {
            let mut order: Vec<(f64, f64, Vec<usize>)> = sets
                .into_iter()
                .map(|set| {
                    let mut uses = vec![0u32; lengths.len()];
                    set.iter().flat_map(|k| &ways[*k].1).for_each(|s| uses[*s] += 1);
                    let weighed = |times: &dyn Fn(u32) -> u32| -> f64 {
                        uses.iter().zip(&lengths).map(|(n, length)| times(*n) as f64 * length).sum()
                    };
                    let costs: f64 = set.iter().map(|k| ways[*k].0).sum();
                    let partial = costs + weighed(&|n| n.saturating_sub(1)) * self.overlap_weight;
                    let total = partial + weighed(&|n| (n == 0) as u32) * self.leftover_weight;
                    (rounded(total), rounded(partial), set)
                })
                .collect();
            order.sort_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((total, _, set)) = order.first().filter(|first| first.0 < least) {
                (best, least) = (set.clone(), *total);
            }
            order.retain(|(_, partial, _)| *partial < least);
            if order.len() * ways.len() > SETS {
                order.truncate(1 + SETS / ways.len());
            }
            let grown = |(_, _, set): &(f64, f64, Vec<usize>)| {
                let set = set.clone();
                let last = set.last().map_or(0, |k| k + 1);
                (last..ways.len()).map(move |k| set.iter().copied().chain([k]).collect()).collect::<Vec<_>>()
            };
            sets = order.iter().flat_map(grown).collect();
            if sets.is_empty() {
                break;
            }
        }
        best
    }

    /// The worms of a mask whose skeleton is known, in their order.
    fn find(&self, mask: &Volume, skeleton: &[u8]) -> Result<Vec<Worm>, Error> {
        let model = self.model()?;
        let [_, ny, nx] = mask.shape();
        let parts = Components::of_mask(mask.mask_slice()?, [1, ny, nx], 2, Part::Objects);
        let mut runs = vec![Vec::new(); parts.count];
        for (_, y, run, part) in parts.runs() {
            runs[part].push((y, run.start as usize, run.end as usize));
        }
        let mut found = Vec::new();
        for runs in runs {
            let area: usize = runs.iter().map(|(_, start, end)| end - start).sum();
            if (area as f64) < self.min_area {
                continue;
            }
            let ends = |f: &dyn Fn(&(usize, usize, usize)) -> usize| {
                let (low, high) = (runs.iter().map(f).min(), runs.iter().map(f).max());
                (low.unwrap_or_default(), high.unwrap_or_default())
            };
            let ((top, bottom), (left, _), (_, right)) = (ends(&|r| r.0), ends(&|r| r.1), ends(&|r| r.2));
            let mut own = Framed::empty(bottom - top + 3, right - left + 2);
            let mut lines = own.clone();
            for (y, start, end) in &runs {
                let at = (y - top + 1) * own.nx + start - left + 1;
                for (i, x) in (*start..*end).enumerate() {
                    own.pixels[at + i] = true;
                    lines.pixels[at + i] = skeleton[y * nx + x] != 0;
                }
            }
            let ways = if area as f64 <= self.max_area {
                let way = Graph::of(&lines, None).longest(self.max_length);
                let is_worm = way.len() > 1 && self.worm(&model, &way).cost < self.max_cost;
                if is_worm { vec![way] } else { Vec::new() }
            } else {
                let (radius, longest) = (self.max_radius, self.max_segment_length);
                let graph = Graph::of(&lines, Some(Cuts { mask: &own, radius, longest }));
                self.untangled(&model, &graph, area)
            };
            for mut way in ways {
                // One pixel of the frame may lie before the image.
                way.iter_mut().for_each(|[y, x]| (*y, *x) = (*y + top - 1, *x + left - 1));
                found.push(self.worm(&model, &way));
            }
        }
        Ok(found)
    }

    fn table(&self, worms: &[Worm]) -> Result<Table, Error> {
        let n = self.control_points as usize;
        let floats = |value: &dyn Fn(&Worm) -> f64| Values::Float(worms.iter().map(value).collect());
        let labels = Values::Int((1..=worms.len() as i64).collect());
        let mut table = Table::new()
            .with("label", labels)?
            .with("length", floats(&|w| w.length))?
            .with("cost", floats(&|w| w.cost))?;
        for i in 0..n - 2 {
            table.push(format!("angle_{}", i + 1), floats(&|w| w.angles[i]))?;
        }
        for i in 0..n {
            table.push(format!("y_{}", i + 1), floats(&|w| w.points[i][0]))?;
            table.push(format!("x_{}", i + 1), floats(&|w| w.points[i][1]))?;
        }
        Ok(table)
    }
}

/// Whether a pixel is at most the radius from a line, whose radius changes from its first to its last point.
fn covers(pixel: [f64; 2], line: &[[f64; 2]], radii: &[f64]) -> bool {
    let ([ay, ax], [by, bx]) = (line[0], line[1]);
    let (dy, dx) = (by - ay, bx - ax);
    let (py, px) = (pixel[0] - ay, pixel[1] - ax);
    let t = ((py * dy + px * dx) / (dy * dy + dx * dx).max(1e-300)).clamp(0.0, 1.0);
    // Where rounding decides, the pixel is covered.
    (py - t * dy).hypot(px - t * dx) <= radii[0] + t * (radii[1] - radii[0]) + 1e-9
}

/// The skeleton whose pixels have all their neighbours in the mask.
fn skeleton(mask: &[u8], ny: usize, nx: usize) -> Vec<u8> {
    let mut inner = thin_plane(mask, ny, nx);
    for (i, pixel) in inner.iter_mut().enumerate().filter(|(_, pixel)| **pixel != 0) {
        let (y, x) = (i / nx, i % nx);
        let at_border = y == 0 || x == 0 || y + 1 == ny || x + 1 == nx;
        let whole = || (y - 1..y + 2).all(|y| mask[y * nx + x - 1..y * nx + x + 2].iter().all(|p| *p != 0));
        *pixel = (!at_border && whole()) as u8;
    }
    thin_plane(&inner, ny, nx)
}

impl Host for UntangleWorms {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.model()?;
        let mask = inputs.volume("mask")?;
        if mask.ndim == 2 {
            return Ok(());
        }
        Err(Error::new(Code::Shape, "worms are those of a mask of two axes")
            .value(mask.shape_text())
            .help("find them plane by plane: slice_by_slice = true"))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let mask = inputs.volume("mask")?;
        let [_, ny, nx] = mask.shape();
        let radii = self.model()?.radii;
        let worms = self.find(mask, &skeleton(mask.mask_slice()?, ny, nx))?;
        let (mut hits, mut first) = (vec![0u32; ny * nx], vec![0u32; ny * nx]);
        let mut last = vec![0u32; ny * nx];
        for (k, worm) in worms.iter().enumerate() {
            let number = k as u32 + 1;
            for (line, radii) in worm.points.windows(2).zip(radii.windows(2)) {
                let reach = radii[0].max(radii[1]) + 1.0;
                let span = |a: usize, n: usize| {
                    let low = (line[0][a].min(line[1][a]) - reach).max(0.0) as usize;
                    let high = (line[0][a].max(line[1][a]) + reach).max(-1.0) as usize;
                    low..(high + 1).min(n)
                };
                for (y, x) in span(0, ny).flat_map(|y| span(1, nx).map(move |x| (y, x))) {
                    let i = y * nx + x;
                    if last[i] != number && covers([y as f64, x as f64], line, radii) {
                        last[i] = number;
                        hits[i] += 1;
                        first[i] = if hits[i] == 1 { number } else { first[i] };
                    }
                }
            }
        }
        let alone = first.iter().zip(&hits).map(|(number, hits)| if *hits == 1 { *number } else { 0 });
        let alone = mask.labels(alone.collect())?;
        Ok(vec![Datum::Volume(alone), Datum::Volume(mask.labels(first)?), Datum::Table(self.table(&worms)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let untangle = || {
            let mask = inputs.volume("mask")?;
            let grid = Grid::from(mask);
            let thin = thin_plane_plain(grid.clone());
            let inner = thin.map_at(|[z, y, x]| {
                let around = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| [dy, dx]));
                let place = |[dy, dx]: [isize; 2]| [z as isize, y as isize + dy, x as isize + dx];
                let whole = around.map(place).all(|at| grid.sample(at, Edge::Constant, 0.0) != 0.0);
                if whole { thin.at([z, y, x]) } else { 0.0 }
            });
            let skeleton = thin_plane_plain(inner).data.iter().map(|v| *v as u8).collect::<Vec<u8>>();
            let radii = self.model()?.radii;
            let worms = self.find(mask, &skeleton)?;
            let over = |[_, y, x]: [usize; 3]| {
                let at = [y as f64, x as f64];
                let is_in = |worm: &Worm| {
                    worm.points.windows(2).zip(radii.windows(2)).any(|(line, radii)| covers(at, line, radii))
                };
                worms.iter().enumerate().filter(move |(_, w)| is_in(w)).map(|(k, _)| k as f64 + 1.0).collect()
            };
            let all = |pick: &dyn Fn(&[f64]) -> f64| {
                grid.map_at(|p| {
                    let over: Vec<f64> = over(p);
                    pick(&over)
                })
            };
            let alone = all(&|over| if over.len() == 1 { over[0] } else { 0.0 });
            let first = all(&|over| over.first().copied().unwrap_or(0.0));
            Ok(vec![Plain::Image(alone), Plain::Image(first), Plain::Table(self.table(&worms)?)])
        };
        Some(untangle())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |mask| mask.len().saturating_mul(1000))
    }
}
