//! A program with a kind of data of its own, tracks, and four operations: one without an input, one from an image to tracks, one
//! that sees time, one from tracks to a table. `cargo run -p own_role -- list` lists them beside all others.

mod tracks;

use rotifer::registry::*;
use tracks::{Point, Tracks};

rotifer::op! {
    /// Walks of objects that begin at one place and take a normal step along y and x at each time.
    pub struct RandomWalk {
        /// Objects.
        count: u32 = 2, range(0, 1e6);
        /// Time points.
        times: u32 = 10, range(0, 1e6);
        /// Standard deviation of a step in pixels.
        step: f64 = 1.0, range(0, 1e6);
    }
    id: "own_role/random_walk", revision: 1, family: Noise,
    memory: host,
    inputs: {},
    outputs: { tracks: Role(Tracks::ID) },
    agrees: Exact, follows: "Rotifer",
    python: "",
    examples: ["count = 3\ntimes = 5"],
}

impl Host for RandomWalk {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let mut points = Vec::new();
        for track in 1..=self.count {
            let (mut y, mut x) = (0.0, 0.0);
            for t in 0..self.times {
                // By its place, so that the numbers of one object hang on no other.
                let mut draws = inputs.random().at([0, track as usize, t as usize]);
                (y, x) = (y + self.step * draws.normal(), x + self.step * draws.normal());
                points.push(Point { track, t, y, x });
            }
        }
        Ok(vec![Datum::role(Tracks(points))])
    }
}

rotifer::op! {
    /// Begins a track at each pixel of an image that is brighter than its neighbours and than a level.
    pub struct Peaks {
        /// Least grey value of a peak.
        level: f64 = 0.0;
    }
    id: "own_role/peaks", revision: 1, family: Feature,
    memory: host,
    inputs: { image: Image },
    outputs: { tracks: Role(Tracks::ID) },
    agrees: Exact, follows: "Rotifer",
    python: "",
    examples: ["level = 100.0"],
}

impl Host for Peaks {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        match inputs.volume("image")?.ndim {
            2 => Ok(()),
            _ => {
                Err(Error::new(Code::Shape, "tracks lie in a plane").help("project the image along z first"))
            }
        }
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = Grid::from(inputs.volume("image")?);
        let [_, height, width] = image.shape;
        let mut tracks = Tracks::default();
        for y in 0..height {
            for x in 0..width {
                let value = image.at([0, y, x]);
                let near = |at: usize, n: usize| at.saturating_sub(1)..(at + 2).min(n);
                let mut around = near(y, height).flat_map(|v| near(x, width).map(move |u| (v, u)));
                if value > self.level && around.all(|(v, u)| (v, u) == (y, x) || image.at([0, v, u]) < value)
                {
                    let track = tracks.0.len() as u32 + 1;
                    tracks.0.push(Point { track, t: 0, y: y as f64, x: x as f64 });
                }
            }
        }
        Ok(vec![Datum::role(tracks)])
    }
}

rotifer::op! {
    /// Links tracks over time: each goes on at the nearest point of the next time that no other takes; `over = "time"` lets it see all times.
    pub struct Link {
        /// Pixels that an object moves at most from one time to the next.
        reach: f64 = 5.0, range(0, 1e6);
    }
    id: "own_role/link", revision: 1, family: Table,
    memory: host,
    inputs: { tracks: Role(Tracks::ID) },
    outputs: { tracks: Role(Tracks::ID) },
    agrees: Exact, follows: "Rotifer",
    python: "",
    examples: ["reach = 3.0"],
}

impl Host for Link {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let mut points = inputs.role::<Tracks>("tracks")?.0.clone();
        points.sort_by_key(|p| (p.t, p.track));
        for i in 0..points.len() {
            let here = points[i];
            let far = |p: &Point| (p.y - here.y).hypot(p.x - here.x);
            let taken = |track: u32, t: u32| points.iter().any(|p| p.t == t && p.track == track);
            let next = points.iter().enumerate().filter(|(_, p)| p.t == here.t + 1 && far(p) <= self.reach);
            // A track that is as old as this time has been linked already.
            let open = next.filter(|(_, p)| !points.iter().any(|q| q.t == here.t && q.track == p.track));
            let nearest = open.min_by(|(_, a), (_, b)| far(a).total_cmp(&far(b))).map(|(k, _)| k);
            if let Some(k) = nearest.filter(|_| !taken(here.track, here.t + 1)) {
                points[k].track = here.track;
            }
        }
        points.sort_by_key(|p| (p.track, p.t));
        Ok(vec![Datum::role(Tracks(points))])
    }
}

rotifer::op! {
    /// Measures tracks: how many points each has, and how long its way is.
    pub struct Lengths {}
    id: "own_role/lengths", revision: 1, family: Table,
    memory: host,
    inputs: { tracks: Role(Tracks::ID) },
    outputs: { table: Table },
    agrees: Exact, follows: "Rotifer",
    python: "",
    examples: [],
}

impl Host for Lengths {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let (mut labels, mut counts, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
        for way in inputs.role::<Tracks>("tracks")?.0.chunk_by(|a, b| a.track == b.track) {
            labels.push(i64::from(way[0].track));
            counts.push(way.len() as i64);
            lengths.push(way.windows(2).map(|p| (p[1].y - p[0].y).hypot(p[1].x - p[0].x)).sum());
        }
        let table = Table::new().with("label", Values::Int(labels))?;
        let table = table.with("points", Values::Int(counts))?.with("length", Values::Float(lengths))?;
        Ok(vec![Datum::Table(table)])
    }
}

fn main() -> std::process::ExitCode {
    rotifer::cli::main()
}
