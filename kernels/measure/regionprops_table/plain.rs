//! One object measured from the list of its pixels, for the reference implementation.

use super::object::Object;
use rotifer_registry::Grid;
use std::f64::consts::SQRT_2;

/// One object from the list of its pixels.
pub fn plain(label: u32, pixels: &[[usize; 3]], ndim: usize, image: Option<&Grid>) -> Object {
    let n = pixels.len() as f64;
    let mut object = Object { label, area: n, ..Object::default() };
    let members: std::collections::HashSet<[i64; 3]> = pixels.iter().map(|p| p.map(|v| v as i64)).collect();
    let sum = |f: &dyn Fn(&[usize; 3]) -> f64| pixels.iter().map(f).sum::<f64>();
    for a in 0..3 {
        object.bbox[0][a] = pixels.iter().map(|p| p[a]).min().unwrap_or(0);
        object.bbox[1][a] = pixels.iter().map(|p| p[a] + 1).max().unwrap_or(0);
        object.centroid[a] = sum(&|p| p[a] as f64) / n;
    }
    // Distances from the centroid times n are whole numbers.
    let off = |p: &[usize; 3], a: usize| n * p[a] as f64 - sum(&|q| q[a] as f64);
    let offs: Vec<[f64; 3]> = pixels.iter().map(|p| [off(p, 0), off(p, 1), off(p, 2)]).collect();
    for i in 0..3 {
        for j in 0..3 {
            object.covariance[i][j] = offs.iter().map(|o| o[i] * o[j]).sum::<f64>() / (n * n * n);
        }
    }
    // Corners − edges + faces − cubes of the union of closed pixels, each named by twice its centre.
    let mut cells = std::collections::HashSet::new();
    for p in &members {
        let deep = if ndim == 3 { -1..=1 } else { 0..=0 };
        for z in deep {
            for (y, x) in (-1..=1).flat_map(|y| (-1..=1).map(move |x| (y, x))) {
                cells.insert([2 * p[0] + z, 2 * p[1] + y, 2 * p[2] + x]);
            }
        }
    }
    let dimension = |c: &[i64; 3]| (3 - ndim..3).filter(|&a| c[a] % 2 == 0).count();
    object.euler = cells.iter().map(|c| if dimension(c) % 2 == 0 { 1 } else { -1 }).sum();
    let near = |p: &[i64; 3], y: i64, x: i64| [p[0], p[1] + y, p[2] + x];
    let is_border = |p: &[i64; 3]| {
        members.contains(p)
            && [(0, 1), (0, -1), (1, 0), (-1, 0)].iter().any(|&(y, x)| !members.contains(&near(p, y, x)))
    };
    if ndim == 2 {
        for p in members.iter().filter(|p| is_border(p)) {
            let mut code = 1;
            for (y, x) in (-1..=1).flat_map(|y| (-1..=1).map(move |x| (y, x))).filter(|p| *p != (0, 0)) {
                code += is_border(&near(p, y, x)) as i32 * if y * x == 0 { 2 } else { 10 };
            }
            object.perimeter += match code {
                5 | 7 | 15 | 17 | 25 | 27 => 1.0,
                21 | 33 => SQRT_2,
                13 | 23 => (1.0 + SQRT_2) / 2.0,
                _ => 0.0,
            };
        }
    }
    object.hull = plain_hull(pixels, object.bbox, ndim);
    if let Some(image) = image {
        let values: Vec<f64> = pixels.iter().map(|p| image.at(*p)).collect();
        object.mean = values.iter().sum::<f64>() / n;
        object.std = (values.iter().map(|v| (v - object.mean).powi(2)).sum::<f64>() / n).sqrt();
        let extreme = |pick: fn(f64, f64) -> f64| {
            values.iter().copied().reduce(|a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { pick(a, b) })
        };
        object.min = extreme(f64::min).unwrap_or(0.0);
        object.max = extreme(f64::max).unwrap_or(0.0);
        object.weighted =
            std::array::from_fn(|a| sum(&|p| image.at(*p) * p[a] as f64) / values.iter().sum::<f64>());
    }
    object
}

/// Pixels in the convex hull. A plane cuts the hull of points where it cuts the segments between them; a line likewise.
fn plain_hull(pixels: &[[usize; 3]], bbox: [[usize; 3]; 2], ndim: usize) -> f64 {
    const TINY: f64 = 1e-9;
    let mut levels = std::collections::BTreeMap::<i64, Vec<[f64; 2]>>::new();
    for p in pixels {
        for (axis, step) in (3 - ndim..3).flat_map(|axis| [(axis, -1), (axis, 1)]) {
            let mut place = p.map(|v| 2 * v as i64);
            place[axis] += step;
            levels.entry(place[0]).or_default().push([place[1] as f64, place[2] as f64]);
        }
    }
    let levels: Vec<(f64, Vec<[f64; 2]>)> =
        levels.into_iter().map(|(z, points)| (z as f64, outline(points))).collect();
    let mut count = 0.0;
    for z in bbox[0][0]..bbox[1][0] {
        let z = 2.0 * z as f64;
        let mut section = Vec::new();
        for (low, under) in levels.iter().filter(|(low, _)| *low <= z) {
            for (high, over) in levels.iter().filter(|(high, _)| *high >= z) {
                let t = if high > low { (z - low) / (high - low) } else { 0.0 };
                for (a, b) in under.iter().flat_map(|a| over.iter().map(move |b| (a, b))) {
                    section.push([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);
                }
            }
        }
        let section = outline(section);
        for y in bbox[0][1]..bbox[1][1] {
            let y = 2.0 * y as f64;
            let (mut first, mut last) = (f64::INFINITY, f64::NEG_INFINITY);
            for a in section.iter().filter(|a| a[0] <= y + TINY) {
                for b in section.iter().filter(|b| b[0] >= y - TINY) {
                    let t = if b[0] > a[0] + TINY { (y - a[0]) / (b[0] - a[0]) } else { 0.0 };
                    let x = a[1] + t * (b[1] - a[1]);
                    (first, last) = (first.min(x), last.max(x));
                }
            }
            count += ((last / 2.0 + TINY).floor() - (first / 2.0 - TINY).ceil() + 1.0).max(0.0);
        }
    }
    count
}

/// The corners of the convex hull of points in a plane: Andrew's monotone chain.
fn outline(mut points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    points.dedup();
    let half = |points: &mut dyn Iterator<Item = [f64; 2]>| {
        let mut chain: Vec<[f64; 2]> = Vec::new();
        for p in points {
            while let [.., a, b] = chain[..]
                && (b[0] - a[0]) * (p[1] - a[1]) <= (b[1] - a[1]) * (p[0] - a[0])
            {
                chain.pop();
            }
            chain.push(p);
        }
        chain
    };
    let mut corners = half(&mut points.iter().copied());
    corners.extend(half(&mut points.iter().rev().copied()));
    corners
}
