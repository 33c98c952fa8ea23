use super::condition::ColumnList;
use super::points::{Point, distance, points};
use rotifer_registry::*;

op! {
    /// Joins the points of successive frames into tracks by how far they move.
    ///
    /// Frames come in the order of `time`. In each frame a point can continue a track that has a point at most `gap` + 1 earlier, within
    /// `max_distance` of that track's last point. Pairs of tracks and points are joined from the shortest distance on, each once;
    /// of equal distances the smaller track, then the earlier row first. With `divisions` points that are left can be daughters of the
    /// tracks that have just been continued, one each, by the same rule, with the distance from where the track was before. Other
    /// points begin tracks. New tracks are numbered from 1 in the order of frames and rows.
    ///
    /// The table's columns, its rows in their order, and
    ///
    /// - `track`, its number, and `parent`, the track that a daughter came from, 0 of others;
    /// - `lifetime`: how many points the track has so far; `distance_traveled`: from its point before, NaN at its first;
    /// - `integrated_distance`: the sum of those so far; `displacement`: from the first point; `linearity`: displacement by integrated
    ///   distance, NaN where that is 0.
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
    }
    id: "track_objects", revision: 1, family: Table,
    memory: host,
    inputs: { points: Table },
    outputs: { tracks: Table },
    agrees: Relative(1e-9), follows: "cellprofiler.modules.TrackObjects 4.2",
    python: "
columns = [c.strip() for c in coordinates.split(',')] if isinstance(coordinates, str) else coordinates
place, when = np.stack([f64(points[c]) for c in columns], axis=1), f64(points[time])
n, tracks = len(when), []
track, parent, steps = np.zeros(n, int), np.zeros(n, int), np.full(n, np.nan)
def pairs(sources, rows):
    found, near = {}, sorted((np.sqrt(((place[s] - place[r]) ** 2).sum()), k, r) for k, s in sources for r in rows)
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
    born = {r: k for k, r in pairs([(k, before[k]) for k in continued], rows).items()} if divisions else {}
    for r in rows:
        tracks.append([r])
        parent[r] = born[r] + 1 if r in born else 0
lifetime, total, direct = np.zeros(n, int), np.zeros(n), np.zeros(n)
for k, rows in enumerate(tracks):
    for i, r in enumerate(rows):
        track[r], parent[r], lifetime[r] = k + 1, parent[rows[0]], i + 1
        direct[r] = np.linalg.norm(place[r] - place[rows[0]])
        if i:
            steps[r] = np.linalg.norm(place[r] - place[rows[i - 1]])
            total[r] = total[rows[i - 1]] + steps[r]
result = dict(points, track=track, parent=parent, lifetime=lifetime, distance_traveled=steps, integrated_distance=total,
    displacement=direct, linearity=direct / total)",
    examples: ["max_distance = 40.0\ngap = 2\ndivisions = true", "coordinates = \"x\"\nmax_distance = 4"],
}

/// Pairs of sources and points, of those that are near enough.
type Linker = fn(&[(usize, &Point)], &[(usize, &Point)], f64) -> Vec<(usize, usize)>;

/// From the shortest distance on.
fn link(sources: &[(usize, &Point)], points: &[(usize, &Point)], most: f64) -> Vec<(usize, usize)> {
    let mut near = Vec::new();
    for (i, (_, source)) in sources.iter().enumerate() {
        near.extend(
            points.iter().enumerate().map(|(j, (_, p))| (distance(source, p), i, j)).filter(|n| n.0 <= most),
        );
    }
    near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let (mut taken, mut given) = (vec![false; sources.len()], vec![false; points.len()]);
    near.retain(|(_, i, j)| {
        let free = !taken[*i] && !given[*j];
        if free {
            (taken[*i], given[*j]) = (true, true);
        }
        free
    });
    near.into_iter().map(|(_, i, j)| (sources[i].0, points[j].0)).collect()
}

/// [`link`], looking for the nearest pair again and again.
fn link_plain(sources: &[(usize, &Point)], points: &[(usize, &Point)], most: f64) -> Vec<(usize, usize)> {
    let (mut sources, mut points, mut found) = (sources.to_vec(), points.to_vec(), Vec::new());
    loop {
        let mut best: Option<(f64, usize, usize)> = None;
        for (i, (_, source)) in sources.iter().enumerate() {
            for (j, (_, point)) in points.iter().enumerate() {
                let d = distance(source, point);
                if d <= most && best.is_none_or(|b| d < b.0) {
                    best = Some((d, i, j));
                }
            }
        }
        let Some((_, i, j)) = best else { return found };
        found.push((sources.remove(i).0, points.remove(j).0));
    }
}

impl TrackObjects {
    fn track(&self, table: &Table, link: Linker) -> Result<Table, Error> {
        let places = points(table, &self.coordinates)?;
        let time = super::condition::numbers(table, &self.time).map_err(|e| e.argument("time"))?;
        if time.iter().any(|t| t.is_nan()) {
            return Err(Error::new(Code::Table, "a frame is NaN").argument("time").value(&self.time));
        }
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by(|a, b| time[*a].total_cmp(&time[*b]));
        let (mut tracks, mut parents) = (Vec::<Vec<usize>>::new(), Vec::<usize>::new());
        for frame in order.chunk_by(|a, b| time[*a] == time[*b]) {
            let now = time[frame[0]];
            let last = |k: usize| tracks[k][tracks[k].len() - 1];
            let open = (0..tracks.len()).filter(|k| now - time[last(*k)] <= self.gap as f64 + 1.0);
            let before: Vec<(usize, &Point)> = open.map(|k| (k, &places[last(k)])).collect();
            let mut rows: Vec<(usize, &Point)> = frame.iter().map(|r| (*r, &places[*r])).collect();
            let continued = link(&before, &rows, self.max_distance);
            rows.retain(|(row, _)| continued.iter().all(|(_, r)| r != row));
            let mothers: Vec<(usize, &Point)> = before
                .into_iter()
                .filter(|(k, _)| self.divisions && continued.iter().any(|c| c.0 == *k))
                .collect();
            let born = link(&mothers, &rows, self.max_distance);
            continued.into_iter().for_each(|(k, row)| tracks[k].push(row));
            for (row, _) in rows {
                tracks.push(vec![row]);
                parents.push(born.iter().find(|(_, r)| *r == row).map_or(0, |(k, _)| k + 1));
            }
        }
        let n = places.len();
        let (mut track, mut parent, mut lifetime) = (vec![0; n], vec![0; n], vec![0; n]);
        let (mut steps, mut total, mut direct) = (vec![f64::NAN; n], vec![0.0; n], vec![0.0; n]);
        for (k, rows) in tracks.iter().enumerate() {
            for (i, &row) in rows.iter().enumerate() {
                (track[row], parent[row], lifetime[row]) = (k as i64 + 1, parents[k] as i64, i as i64 + 1);
                direct[row] = distance(&places[rows[0]], &places[row]);
                if i > 0 {
                    steps[row] = distance(&places[rows[i - 1]], &places[row]);
                    total[row] = total[rows[i - 1]] + steps[row];
                }
            }
        }
        let linearity = direct.iter().zip(&total).map(|(direct, total)| direct / total).collect();
        let mut table = table.clone();
        for (name, values) in [("track", track), ("parent", parent), ("lifetime", lifetime)] {
            table.push(name, Values::Int(values))?;
        }
        let floats = [("distance_traveled", steps), ("integrated_distance", total), ("displacement", direct)];
        for (name, values) in floats.into_iter().chain([("linearity", linearity)]) {
            table.push(name, Values::Float(values))?;
        }
        Ok(table)
    }
}

impl Host for TrackObjects {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.track(inputs.table("points")?, link)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let track = || self.track(inputs.table("points")?, link_plain);
        Some(track().map(|table| vec![Plain::Table(table)]))
    }
}
