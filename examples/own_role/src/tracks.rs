//! A kind of data of this program: where objects are over time.

use rotifer::registry::wire::wrong;
use rotifer::registry::*;
use std::collections::BTreeSet;

/// Where an object is at one time, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub track: u32,
    pub t: u32,
    pub y: f64,
    pub x: f64,
}

/// Points in the order of their tracks and times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tracks(pub Vec<Point>);

rotifer::role!(Tracks);

const HEAD: &str = "track,t,y,x";

impl Role for Tracks {
    const ID: &'static str = "own_role/tracks";
    const EXTENSION: &'static str = "tracks";
    const DOC: &'static str = "Places of objects over time: track, t, and y and x in pixels.";

    fn check(&self) -> Result<(), Error> {
        let mut seen = BTreeSet::new();
        for Point { track, t, y, x } in &self.0 {
            if !y.is_finite() || !x.is_finite() {
                return Err(Error::new(Code::Table, format!("track {track} is nowhere at t {t}")));
            }
            if !seen.insert((track, t)) {
                return Err(Error::new(Code::Table, format!("track {track} is at two places at t {t}")));
            }
        }
        Ok(())
    }

    fn describe(&self) -> String {
        let tracks: BTreeSet<u32> = self.0.iter().map(|p| p.track).collect();
        format!("{} tracks, {} points", tracks.len(), self.0.len())
    }

    fn encode(&self) -> Vec<u8> {
        let lines = self.0.iter().map(|Point { track, t, y, x }| format!("{track},{t},{y},{x}\n"));
        format!("{HEAD}\n{}", lines.collect::<String>()).into_bytes()
    }

    fn decode(bytes: &[u8]) -> Result<Tracks, Error> {
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("it is no text"))?;
        let mut lines = text.lines();
        if lines.next() != Some(HEAD) {
            return Err(wrong(format!("its first line is not {HEAD}")));
        }
        let point = |line: &str| {
            let [track, t, y, x] = line.split(',').collect::<Vec<_>>().try_into().ok()?;
            Some(Point {
                track: track.parse().ok()?,
                t: t.parse().ok()?,
                y: y.parse().ok()?,
                x: x.parse().ok()?,
            })
        };
        let points = lines.map(|line| point(line).ok_or_else(|| wrong("a line is no point").value(line)));
        points.collect::<Result<_, _>>().map(Tracks)
    }

    /// Time points follow each other; no track goes on in the next before they are linked.
    fn together(parts: &[(&str, &Tracks)]) -> Result<Tracks, Error> {
        let mut all = Vec::new();
        for (name, tracks) in parts {
            let t = name.parse().map_err(|_| {
                Error::new(Code::WrongKind, "tracks are put together over time").argument("over").value(name)
            })?;
            let before = all.iter().map(|p: &Point| p.track).max().unwrap_or(0);
            all.extend(tracks.0.iter().map(|p| Point { track: p.track + before, t, ..*p }));
        }
        Ok(Tracks(all))
    }
}
