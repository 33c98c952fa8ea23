use crate::common::threads;
use rotifer_registry::*;
use std::collections::{HashMap, VecDeque};

choice! {
    /// Low or high values.
    pub enum Side {
        Low = "low",
        High = "high",
    }
}

op! {
    /// Traces the lines along which an image has one value: contours, as points between pixels.
    ///
    /// Marching squares: between four pixels the line crosses the sides whose ends lie on both sides of the level, by linear
    /// interpolation. The table has a row for each point, with the number of its contour, from 0, and its place y, x; a closed
    /// contour ends where it begins. Contours are in the order of their first square in raster order; closed ones begin
    /// at their last. Low values lie to the left of the way. Squares with NaN have no line. For images of two axes.
    pub struct FindContours {
        /// The value along the lines; the middle between the least and the greatest of the image where left out.
        level: Option<f64> = None;
        /// Whether low pixels or high ones that only touch at a corner are connected.
        fully_connected: Side = Side::Low;
        /// Whether contours wind counterclockwise around low or around high values.
        positive_orientation: Side = Side::Low;
    }
    id: "find_contours", revision: 1, family: Measure,
    memory: host,
    inputs: { image: Image },
    outputs: { points: Table },
    agrees: Absolute(1e-9), follows: "skimage.measure.find_contours 0.26",
    python: "
c = ski.measure.find_contours(f64(image), level, fully_connected, positive_orientation)
y, x = np.concatenate(c).T if c else np.empty((2, 0))
result = {'contour': np.repeat(np.arange(len(c)), [len(p) for p in c]), 'y': y, 'x': x}",
    examples: ["fully_connected = \"high\"", "positive_orientation = \"high\"\nlevel = 60.5", "level = 100"],
}

/// A place y, x.
type Point = [f64; 2];

/// From one side of a square to another.
type Segment = [Point; 2];

/// The lines of the square whose first pixel is at y, x, with values at its corners.
fn segments(y: usize, x: usize, corners: [f64; 4], level: f64, connect_high: bool) -> Vec<Segment> {
    let [ul, ur, ll, lr] = corners;
    if corners.iter().any(|v| v.is_nan()) {
        return Vec::new();
    }
    let (y, x) = (y as f64, x as f64);
    let share = |from: f64, to: f64| if from == to { 0.0 } else { (level - from) / (to - from) };
    let (top, bottom) = ([y, x + share(ul, ur)], [y + 1.0, x + share(ll, lr)]);
    let (left, right) = ([y + share(ul, ll), x], [y + share(ur, lr), x + 1.0]);
    let bits = corners.iter().enumerate().map(|(bit, v)| ((*v > level) as u8) << bit);
    match (bits.sum::<u8>(), connect_high) {
        (1, _) => vec![[top, left]],
        (2, _) => vec![[right, top]],
        (3, _) => vec![[right, left]],
        (4, _) => vec![[left, bottom]],
        (5, _) => vec![[top, bottom]],
        (6, true) => vec![[left, top], [right, bottom]],
        (6, false) => vec![[right, top], [left, bottom]],
        (7, _) => vec![[right, bottom]],
        (8, _) => vec![[bottom, right]],
        (9, true) => vec![[top, right], [bottom, left]],
        (9, false) => vec![[top, left], [bottom, right]],
        (10, _) => vec![[bottom, top]],
        (11, _) => vec![[bottom, left]],
        (12, _) => vec![[left, right]],
        (13, _) => vec![[top, right]],
        (14, _) => vec![[left, top]],
        _ => Vec::new(),
    }
}

/// Lines that grow at both ends.
#[derive(Default)]
struct Lines {
    lines: Vec<VecDeque<Point>>,
    /// Lines by their first point and by their last.
    first: HashMap<[u64; 2], usize>,
    last: HashMap<[u64; 2], usize>,
}

fn key(point: Point) -> [u64; 2] {
    point.map(|v| (v + 0.0).to_bits())
}

impl Lines {
    /// Puts a segment where it belongs; of two lines that it joins the older one stays.
    fn add(&mut self, [from, to]: Segment) {
        if from == to {
            return;
        }
        match (self.last.remove(&key(from)), self.first.remove(&key(to))) {
            (None, None) => {
                self.first.insert(key(from), self.lines.len());
                self.last.insert(key(to), self.lines.len());
                self.lines.push(VecDeque::from([from, to]));
            }
            (None, Some(after)) => {
                self.lines[after].push_front(from);
                self.first.insert(key(from), after);
            }
            (Some(before), None) => {
                self.lines[before].push_back(to);
                self.last.insert(key(to), before);
            }
            (Some(before), Some(after)) if before == after => self.lines[before].push_back(to),
            (Some(before), Some(after)) => {
                let mut front = std::mem::take(&mut self.lines[before]);
                let back = std::mem::take(&mut self.lines[after]);
                if before > after {
                    self.first.remove(&key(front[0]));
                }
                front.extend(back);
                let stays = before.min(after);
                self.first.insert(key(front[0]), stays);
                self.last.insert(key(front[front.len() - 1]), stays);
                self.lines[stays] = front;
            }
        }
    }

    fn table(self, reversed: bool) -> Result<Table, Error> {
        let (mut contour, mut y, mut x) = (Vec::new(), Vec::new(), Vec::new());
        let lines = self.lines.into_iter().filter(|line| !line.is_empty());
        for (number, mut line) in lines.enumerate() {
            if reversed {
                line.make_contiguous().reverse();
            }
            contour.extend(std::iter::repeat_n(number as i64, line.len()));
            y.extend(line.iter().map(|p| p[0]));
            x.extend(line.iter().map(|p| p[1]));
        }
        Table::new()
            .with("contour", Values::Int(contour))?
            .with("y", Values::Float(y))?
            .with("x", Values::Float(x))
    }
}

impl FindContours {
    /// The contours of an image whose pixels `value` gives, from the segments of every row.
    fn trace(&self, rows: impl IntoIterator<Item = Vec<Segment>>) -> Result<Table, Error> {
        let mut lines = Lines::default();
        rows.into_iter().flatten().for_each(|segment| lines.add(segment));
        lines.table(self.positive_orientation == Side::High)
    }

    /// The segments of a row of squares.
    fn row(&self, y: usize, above: &[f64], below: &[f64], level: f64) -> Vec<Segment> {
        let high = self.fully_connected == Side::High;
        let corners = above.windows(2).zip(below.windows(2)).enumerate();
        corners.flat_map(|(x, (a, b))| segments(y, x, [a[0], a[1], b[0], b[1]], level, high)).collect()
    }

    fn level(&self, values: impl Iterator<Item = f64>) -> f64 {
        self.level.unwrap_or_else(|| {
            let ends = (f64::INFINITY, f64::NEG_INFINITY);
            let (least, most) = values.fold(ends, |(a, b), v| (a.min(v), b.max(v)));
            (least + most) / 2.0
        })
    }
}

impl Host for FindContours {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let image = inputs.volume("image")?;
        if image.ndim == 2 {
            return Ok(());
        }
        Err(Error::new(Code::Shape, "contours are those of an image of two axes")
            .value(image.shape_text())
            .help("trace them plane by plane: slice_by_slice = true"))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let [_, ny, nx] = image.shape();
        let rows: Vec<Vec<Segment>> = each_dtype!(image.pixels(), |p| {
            let level = self.level(p.iter().map(|v| v.to_f64()));
            let wide = |y: usize| p[y * nx..(y + 1) * nx].iter().map(|v| v.to_f64()).collect::<Vec<f64>>();
            let row = |y: usize| self.row(y, &wide(y), &wide(y + 1), level);
            threads::collect(0..ny.saturating_sub(1), row)
        });
        Ok(vec![Datum::Table(self.trace(rows)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let trace = || {
            let grid = Grid::from(inputs.volume("image")?);
            let [_, ny, nx] = grid.shape;
            let level = self.level(grid.data.iter().copied());
            let row = |y: usize| &grid.data[y * nx..(y + 1) * nx];
            let rows = (0..ny.saturating_sub(1)).map(|y| self.row(y, row(y), row(y + 1), level));
            Ok(vec![Plain::Table(self.trace(rows)?)])
        };
        Some(trace())
    }
}
