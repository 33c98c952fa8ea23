use super::condition::ColumnList;
use super::points::{Point, distance, points};
use crate::common::assignment::{Edge, cheapest, cheapest_plain};
use rotifer_registry::*;
use std::collections::HashMap;

op! {
    /// Joins the objects of successive frames into tracks, by how far they move or by how much they overlap.
    ///
    /// Frames come in the order of `time`. In each frame a point can continue a track that has a point at most `gap` + 1 earlier, within
    /// `max_distance` of that track's last point. Pairs of tracks and points are joined by the `assignment`:
    ///
    /// - `greedy`: from the shortest distance on, each once; of equal distances the smaller track, then the earlier row first.
    /// - `optimal`: so that the sum of all squared distances is least, where a track that is not continued counts as `max_distance`
    ///   squared (Crocker and Grier, 1996). To track i and row j, both from 0, the fractional part of (i + 1)(j + 1)(√5 − 1)/2, times
    ///   10⁻⁹ of that, is added, so that of equal sums one is least.
    ///
    /// With `labels`, whose planes along z are the frames, from time 0 on, pixels count in place of distances: those that the object of a
    /// point shares with the last one of a track. Each point goes to the track that it shares most with, and continues it where no
    /// other point of the frame does that shares more; of equal tracks it goes to the smaller, of equal points the earlier row continues.
    /// A row whose plane or label is not there shares nothing. With `over = "time"` the labels of all times are such planes.
    ///
    /// With `divisions` points that are left can be daughters of the tracks that have just been continued, one each, by the same rule,
    /// measured from where the track was before. Other points begin tracks. New tracks are numbered from 1 in the order of
    /// frames and rows. With `merges`, a track that ends can go on in another one: in the next frame, at most `gap` + 1 later, at a
    /// point that continues a track, again by the same rule.
    ///
    /// With `remove_drift` each coordinate loses what all have in common: from one frame to the next the mean step of the tracks that have
    /// points in both, summed up from the first frame; 0 where there is none. Links are made before that.
    ///
    /// The table's columns, its rows in their order, and
    ///
    /// - `track`, its number, `parent`, the track that a daughter came from, and `merged_into`, the track in which it goes on; 0 where
    ///   there is none;
    /// - `missed`: by how much more than 1 the frame is later than that of the point before, 0 at its first: its gap;
    /// - `lifetime`: how many points the track has so far; `distance_traveled`: from its point before, NaN at its first;
    /// - `integrated_distance`: the sum of those so far; `displacement`: from the first point; `linearity`: displacement by integrated
    ///   distance, NaN where that is 0;
    /// - with `remove_drift`, `drift_y` and the like: what the coordinates lost.
    pub struct TrackObjects {
        /// Columns of the coordinates, a list or parted by commas.
        coordinates: ColumnList = ColumnList(vec!["y".into(), "x".into()]);
        /// Column of the frame.
        time: String = "t".to_string();
        /// How far a point moves at most from one point of a track to the next, in the unit of the coordinates.
        max_distance: f64 = 15.0, range(0.0, 1e9);
        /// Frames that a track may miss.
        gap: u32 = 0, range(0, 1000);
        /// Whether a track can have a daughter.
        divisions: bool = false;
        /// Whether a track can end in another one.
        merges: bool = false;
        /// Which of the pairs that are near enough are joined.
        assignment: Assignment = Assignment::Greedy;
        /// Column of the label in `labels`.
        label: String = "label".to_string();
        /// Whether the coordinates lose the mean motion of all tracks.
        remove_drift: bool = false;
    }
    id: "track_objects", revision: 3, family: Table,
    memory: host,
    inputs: { points: Table, labels: Labels optional },
    outputs: { tracks: Table },
    agrees: Relative(1e-9), follows: "cellprofiler.modules.TrackObjects 4.2",
    python: "
columns = [c.strip() for c in coordinates.split(',')] if isinstance(coordinates, str) else coordinates
place, when = np.stack([f64(points[c]) for c in columns], axis=1), f64(points[time])
n, tracks = len(when), []
track, parent, steps = np.zeros(n, int), np.zeros(n, int), np.full(n, np.nan)
planes = None if labels is None else labels.reshape((-1,) + labels.shape[-2:])
def shared(s, r):
    if not all(0 <= when[i] < len(planes) and when[i] % 1 == 0 and points[label][i] > 0 for i in (s, r)):
        return 0
    return np.count_nonzero((planes[int(when[s])] == points[label][s]) & (planes[int(when[r])] == points[label][r]))
def pairs(sources, rows):
    if planes is not None:
        best = {}
        for r in rows:
            n, _, k = max(((shared(s, r), -k, k) for k, s in sources), default=(0, 0, 0))
            if n > best.get(k, (0,))[0]:
                best[k] = n, r
        return {k: r for k, (_, r) in best.items()}
    far = lambda s, r: np.sqrt(((place[s] - place[r]) ** 2).sum())
    if assignment == 'optimal':
        if not sources or not rows:
            return {}
        alone, n, m = max_distance ** 2, len(sources), len(rows)
        cost = np.full((n, m + n), 1e30)
        cost[np.arange(n), m + np.arange(n)] = alone
        for a, (k, s) in enumerate(sources):
            for b, r in enumerate(rows):
                d = far(s, r)
                if d <= max_distance:
                    cost[a, b] = d * d + ((k + 1) * (r + 1) * 0.6180339887498949) % 1.0 * 1e-9 * alone
        return {sources[a][0]: rows[b] for a, b in zip(*scipy.optimize.linear_sum_assignment(cost)) if b < m}
    found, near = {}, sorted((far(s, r), k, r) for k, s in sources for r in rows)
    for d, k, r in near:
        if d <= max_distance and k not in found and r not in found.values():
            found[k] = r
    return found
for t in np.unique(when):
    rows = list(np.flatnonzero(when == t))
    before = {k: rs[-1] for k, rs in enumerate(tracks) if t - when[rs[-1]] <= gap + 1}
    continued = pairs(list(before.items()), rows)
    for k, r in continued.items():
        tracks[k].append(r)
    rows = [r for r in rows if r not in continued.values()]
    born = {r: k for k, r in pairs([(k, before[k]) for k in sorted(continued)], rows).items()} if divisions else {}
    for r in rows:
        tracks.append([r])
        parent[r] = born[r] + 1 if r in born else 0
merged, missed = np.zeros(n, int), np.zeros(n)
times, firsts = np.unique(when), [rs[0] for rs in tracks]
into = np.zeros(len(tracks), int)
owner = {r: k for k, rs in enumerate(tracks) for r in rs}
for t, after in zip(times[:-1], times[1:]) if merges else []:
    ended = [(k, rs[-1]) for k, rs in enumerate(tracks) if when[rs[-1]] == t and after - t <= gap + 1]
    for k, r in pairs(ended, [r for r in np.flatnonzero(when == after) if r not in firsts]).items():
        into[k] = owner[r] + 1
drift = np.zeros((len(times), place.shape[1]))
for i, (t, after) in enumerate(zip(times[:-1], times[1:])):
    moves = [place[b] - place[a] for rs in tracks for a, b in zip(rs, rs[1:]) if when[a] == t and when[b] == after]
    drift[i + 1] = drift[i] + (np.mean(moves, axis=0) if moves else 0)
lost = drift[np.searchsorted(times, when)]
place = place - lost if remove_drift else place
lifetime, total, direct = np.zeros(n, int), np.zeros(n), np.zeros(n)
for k, rows in enumerate(tracks):
    for i, r in enumerate(rows):
        track[r], parent[r], lifetime[r], merged[r] = k + 1, parent[rows[0]], i + 1, into[k]
        direct[r] = np.linalg.norm(place[r] - place[rows[0]])
        if i:
            steps[r] = np.linalg.norm(place[r] - place[rows[i - 1]])
            total[r] = total[rows[i - 1]] + steps[r]
            missed[r] = when[r] - when[rows[i - 1]] - 1
result = dict(points, track=track, parent=parent, merged_into=merged, missed=missed, lifetime=lifetime, distance_traveled=steps, integrated_distance=total,
    displacement=direct, linearity=direct / total)
if remove_drift:
    result.update({c: place[:, i] for i, c in enumerate(columns)}, **{'drift_' + c: lost[:, i] for i, c in enumerate(columns)})",
    examples: ["max_distance = 40.0\ngap = 2\ndivisions = true\nmerges = true", "assignment = \"optimal\"\nmax_distance = 30.0\ngap = 1\nmerges = true\ndivisions = true", "max_distance = 30.0\nremove_drift = true", "coordinates = \"x\"\nmax_distance = 4"],
}

choice! {
    /// Which of the pairs that are near enough are joined.
    pub enum Assignment { Greedy = "greedy", Optimal = "optimal" }
}

/// A point by its row: the last one of a track, by its number, or one of the frame.
#[derive(Clone, Copy)]
struct Placed<'a> {
    number: usize,
    row: usize,
    at: &'a Point,
}

type Listed<'a> = &'a [Placed<'a>];

/// How many pixels the objects of rows share.
struct Shared<'a> {
    labels: &'a [u32],
    /// Pixels of a plane.
    plane: usize,
    /// Plane and label of each row that has them.
    rows: Vec<Option<(usize, u32)>>,
    /// The counts of pairs of planes that were asked for.
    counts: HashMap<[usize; 2], HashMap<[u32; 2], u64>>,
}

impl<'a> Shared<'a> {
    fn new(labels: &'a Volume, time: &[f64], names: &[f64]) -> Result<Shared<'a>, Error> {
        let [planes, ny, nx] = labels.shape();
        let row = |(t, label): (&f64, &f64)| {
            let is_there = t.fract() == 0.0 && (0.0..planes as f64).contains(t);
            (is_there && *label > 0.0).then_some((*t as usize, *label as u32))
        };
        let rows = time.iter().zip(names).map(row).collect();
        Ok(Shared { labels: labels.label_slice()?, plane: ny * nx, rows, counts: HashMap::new() })
    }

    fn pixels(&self, plane: usize) -> &'a [u32] {
        &self.labels[plane * self.plane..(plane + 1) * self.plane]
    }

    fn of(&mut self, from: usize, to: usize, plain: bool) -> u64 {
        let (Some((p, a)), Some((q, b))) = (self.rows[from], self.rows[to]) else { return 0 };
        let pixels = self.pixels(p).iter().zip(self.pixels(q));
        if plain {
            return pixels.filter(|(x, y)| (**x, **y) == (a, b)).count() as u64;
        }
        let counts = self.counts.entry([p, q]).or_insert_with(|| {
            let mut counts = HashMap::new();
            for (x, y) in pixels.filter(|(x, y)| **x > 0 && **y > 0) {
                *counts.entry([*x, *y]).or_insert(0) += 1;
            }
            counts
        });
        counts.get(&[a, b]).copied().unwrap_or(0)
    }

    /// The track that each point shares most with goes on in the point that shares most with it.
    fn link(&mut self, sources: Listed, points: Listed, plain: bool) -> Vec<(usize, usize)> {
        let mut best = vec![(0, None); sources.len()];
        for point in points {
            let mut most = (0, 0);
            for (i, source) in sources.iter().enumerate() {
                let pixels = self.of(source.row, point.row, plain);
                most = if pixels > most.0 { (pixels, i) } else { most };
            }
            if most.0 > 0 && most.0 > best[most.1].0 {
                best[most.1] = (most.0, Some(point.number));
            }
        }
        let linked = sources.iter().zip(best);
        linked.filter_map(|(source, (_, point))| Some((source.number, point?))).collect()
    }
}

/// Distances of all pairs that are near enough, with their places in the lists.
fn near(sources: Listed, points: Listed, most: f64) -> Vec<(f64, usize, usize)> {
    let mut near = Vec::new();
    for (i, source) in sources.iter().enumerate() {
        let pairs = points.iter().enumerate().map(|(j, point)| (distance(source.at, point.at), i, j));
        near.extend(pairs.filter(|pair| pair.0 <= most));
    }
    near
}

/// From the shortest distance on.
fn greedy(sources: Listed, points: Listed, most: f64) -> Vec<(usize, usize)> {
    let mut near = near(sources, points, most);
    near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let (mut taken, mut given) = (vec![false; sources.len()], vec![false; points.len()]);
    near.retain(|(_, i, j)| {
        let free = !taken[*i] && !given[*j];
        if free {
            (taken[*i], given[*j]) = (true, true);
        }
        free
    });
    near.into_iter().map(|(_, i, j)| (sources[i].number, points[j].number)).collect()
}

/// [`greedy`], looking for the nearest pair again and again.
fn greedy_plain(sources: Listed, points: Listed, most: f64) -> Vec<(usize, usize)> {
    let (mut sources, mut points, mut found) = (sources.to_vec(), points.to_vec(), Vec::new());
    loop {
        let mut best: Option<(f64, usize, usize)> = None;
        for (i, source) in sources.iter().enumerate() {
            for (j, point) in points.iter().enumerate() {
                let d = distance(source.at, point.at);
                if d <= most && best.is_none_or(|b| d < b.0) {
                    best = Some((d, i, j));
                }
            }
        }
        let Some((_, i, j)) = best else { return found };
        found.push((sources.remove(i).number, points.remove(j).number));
    }
}

/// The fractional part of multiples of this number is far from all fractions of small numbers.
const GOLDEN: f64 = 0.6180339887498949;

/// The edges of the assignment problem, and what a track costs that is not continued.
fn costs(sources: Listed, points: Listed, most: f64) -> (Vec<Edge>, f64) {
    let alone = most * most;
    let edge = |(d, i, j): (f64, usize, usize)| {
        let tie = ((sources[i].number + 1) as f64 * (points[j].number + 1) as f64 * GOLDEN).fract();
        (i, j, d * d + tie * 1e-9 * alone)
    };
    (near(sources, points, most).into_iter().map(edge).collect(), alone)
}

/// The table with other values of a column.
fn replaced(table: &Table, name: &str, values: Values) -> Result<Table, Error> {
    let column = |c: &Column| if c.name == name { values.clone() } else { c.values.clone() };
    table.columns().iter().try_fold(Table::new(), |t, c| t.with(&c.name, column(c)))
}

impl TrackObjects {
    fn link(
        &self,
        sources: Listed,
        points: Listed,
        shared: &mut Option<Shared>,
        plain: bool,
    ) -> Vec<(usize, usize)> {
        if let Some(shared) = shared {
            return shared.link(sources, points, plain);
        }
        match self.assignment {
            Assignment::Greedy if plain => greedy_plain(sources, points, self.max_distance),
            Assignment::Greedy => greedy(sources, points, self.max_distance),
            Assignment::Optimal => {
                let (edges, alone) = costs(sources, points, self.max_distance);
                let pairs = if plain { cheapest_plain(&edges, alone) } else { cheapest(&edges, alone) };
                pairs.into_iter().map(|(i, j)| (sources[i].number, points[j].number)).collect()
            }
        }
    }

    /// For each track that ends the track in which it goes on, from 1; 0 where there is none.
    fn merged(
        &self,
        tracks: &[Vec<usize>],
        places: &[Point],
        frames: &[(f64, &[usize])],
        shared: &mut Option<Shared>,
        plain: bool,
    ) -> Vec<i64> {
        let mut into = vec![0; tracks.len()];
        let mut owner = vec![(0, false); places.len()];
        for (k, rows) in tracks.iter().enumerate() {
            rows.iter().enumerate().for_each(|(i, row)| owner[*row] = (k, i > 0));
        }
        for pair in frames.windows(2).filter(|_| self.merges) {
            let ((before, rows), (now, next)) = (pair[0], pair[1]);
            if now - before > self.gap as f64 + 1.0 {
                continue;
            }
            let is_last = |row: &usize| tracks[owner[*row].0].last() == Some(row);
            let placed = |number: usize, row: usize| Placed { number, row, at: &places[row] };
            let mut ended: Vec<Placed> =
                rows.iter().filter(|row| is_last(row)).map(|row| placed(owner[*row].0, *row)).collect();
            ended.sort_by_key(|source| source.number);
            let on: Vec<Placed> =
                next.iter().filter(|row| owner[**row].1).map(|row| placed(*row, *row)).collect();
            for (k, row) in self.link(&ended, &on, shared, plain) {
                into[k] = owner[row].0 as i64 + 1;
            }
        }
        into
    }

    /// How far the tracks have moved on the mean, frame by frame.
    fn drift(&self, tracks: &[Vec<usize>], places: &[Point], frames: &[(f64, &[usize])]) -> Vec<Point> {
        let mut index = vec![0; places.len()];
        for (i, (_, rows)) in frames.iter().enumerate() {
            rows.iter().for_each(|row| index[*row] = i);
        }
        let axes = self.coordinates.0.len();
        let mut sums = vec![(0.0, vec![0.0; axes]); frames.len()];
        for pair in tracks.iter().flat_map(|rows| rows.windows(2)).filter(|p| index[p[1]] == index[p[0]] + 1)
        {
            let (count, sum) = &mut sums[index[pair[1]]];
            *count += 1.0;
            sum.iter_mut().enumerate().for_each(|(a, sum)| *sum += places[pair[1]][a] - places[pair[0]][a]);
        }
        let mut so_far = vec![0.0; axes];
        let step = |(count, sum): (f64, Point)| {
            if count > 0.0 {
                so_far.iter_mut().zip(sum).for_each(|(all, sum)| *all += sum / count);
            }
            so_far.clone()
        };
        let by_frame: Vec<Point> = sums.into_iter().map(step).collect();
        index.into_iter().map(|i| by_frame[i].clone()).collect()
    }

    fn track(&self, inputs: &Inputs, plain: bool) -> Result<Table, Error> {
        let table = inputs.table("points")?;
        let mut places = points(table, &self.coordinates)?;
        let time = super::condition::numbers(table, &self.time).map_err(|e| e.argument("time"))?;
        if time.iter().any(|t| t.is_nan()) {
            return Err(Error::new(Code::Table, "a frame is NaN").argument("time").value(&self.time));
        }
        let shares = |labels| {
            let names = super::condition::numbers(table, &self.label).map_err(|e| e.argument("label"))?;
            Shared::new(labels, &time, &names)
        };
        let mut shared = inputs.optional_volume("labels").map(shares).transpose()?;
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by(|a, b| time[*a].total_cmp(&time[*b]));
        let frames = order.chunk_by(|a, b| time[*a] == time[*b]);
        let frames: Vec<(f64, &[usize])> = frames.map(|rows| (time[rows[0]], rows)).collect();
        let (mut tracks, mut parents) = (Vec::<Vec<usize>>::new(), Vec::<usize>::new());
        for (now, frame) in &frames {
            let last = |k: usize| tracks[k][tracks[k].len() - 1];
            let open = (0..tracks.len()).filter(|k| now - time[last(*k)] <= self.gap as f64 + 1.0);
            let placed = |number: usize, row: usize| Placed { number, row, at: &places[row] };
            let before: Vec<Placed> = open.map(|k| placed(k, last(k))).collect();
            let mut rows: Vec<Placed> = frame.iter().map(|r| placed(*r, *r)).collect();
            let continued = self.link(&before, &rows, &mut shared, plain);
            rows.retain(|point| continued.iter().all(|(_, r)| *r != point.row));
            let mothers: Vec<Placed> = before
                .into_iter()
                .filter(|source| self.divisions && continued.iter().any(|c| c.0 == source.number))
                .collect();
            let born = self.link(&mothers, &rows, &mut shared, plain);
            continued.into_iter().for_each(|(k, row)| tracks[k].push(row));
            for Placed { row, .. } in rows {
                tracks.push(vec![row]);
                parents.push(born.iter().find(|(_, r)| *r == row).map_or(0, |(k, _)| k + 1));
            }
        }
        let into = self.merged(&tracks, &places, &frames, &mut shared, plain);
        let n = places.len();
        let mut table = table.clone();
        let drift = self.drift(&tracks, &places, &frames);
        if self.remove_drift {
            let moved = places.iter_mut().zip(&drift);
            moved.for_each(|(p, d)| p.iter_mut().zip(d).for_each(|(p, d)| *p -= d));
            for (a, name) in self.coordinates.0.iter().enumerate() {
                let values = Values::Float(places.iter().map(|p| p[a]).collect());
                table = replaced(&table, name, values)?;
            }
        }
        let mut whole = [(); 4].map(|()| vec![0; n]);
        let (mut missed, mut steps) = (vec![0.0; n], vec![f64::NAN; n]);
        let (mut total, mut direct) = (vec![0.0; n], vec![0.0; n]);
        for (k, rows) in tracks.iter().enumerate() {
            for (i, &row) in rows.iter().enumerate() {
                let values = [k as i64 + 1, parents[k] as i64, into[k], i as i64 + 1];
                whole.iter_mut().zip(values).for_each(|(column, value)| column[row] = value);
                direct[row] = distance(&places[rows[0]], &places[row]);
                if i > 0 {
                    missed[row] = time[row] - time[rows[i - 1]] - 1.0;
                    steps[row] = distance(&places[rows[i - 1]], &places[row]);
                    total[row] = total[rows[i - 1]] + steps[row];
                }
            }
        }
        let linearity = direct.iter().zip(&total).map(|(direct, total)| direct / total).collect();
        let [track, parent, merged, lifetime] = whole.map(Values::Int);
        let columns = [
            ("track", track),
            ("parent", parent),
            ("merged_into", merged),
            ("missed", Values::Float(missed)),
            ("lifetime", lifetime),
            ("distance_traveled", Values::Float(steps)),
            ("integrated_distance", Values::Float(total)),
            ("displacement", Values::Float(direct)),
            ("linearity", Values::Float(linearity)),
        ];
        let mut table =
            columns.into_iter().try_fold(table, |table, (name, values)| table.with(name, values))?;
        for (a, name) in self.coordinates.0.iter().enumerate().filter(|_| self.remove_drift) {
            table.push(format!("drift_{name}"), Values::Float(drift.iter().map(|d| d[a]).collect()))?;
        }
        Ok(table)
    }
}

impl Host for TrackObjects {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.track(inputs, false)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let track = || self.track(inputs, true);
        Some(track().map(|table| vec![Plain::Table(table)]))
    }
}
