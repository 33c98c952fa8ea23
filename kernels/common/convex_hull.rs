//! Pixels in the convex hull of an object whose pixels reach half a pixel forth and back along every axis.
//!
//! Coordinates are doubled: all are whole numbers, and every decision is exact. No product exceeds some fifty times the
//! pixels of the image.

use crate::common::label_reduce::Ends;

/// Pixels whose centres lie in the hull or on it, of an object with these rows.
pub fn hull_pixels(rows: &[Ends], ndim: usize) -> u64 {
    if rows.is_empty() {
        0
    } else if ndim == 2 {
        flat_pixels(rows)
    } else {
        let points = candidates(rows);
        solid_pixels(&points, &hull(&points))
    }
}

/// The places (y, x) left of which no convex combination of the points lies; points in the order of y.
fn chain(points: impl Iterator<Item = [i64; 2]>) -> Vec<[i64; 2]> {
    let mut chain: Vec<[i64; 2]> = Vec::with_capacity(points.size_hint().0);
    for point in points {
        // Of two points at one height the left one stays.
        if chain.last().is_some_and(|p| p[0] == point[0]) {
            if chain.last().is_some_and(|p| p[1] <= point[1]) {
                continue;
            }
            chain.pop();
        }
        while let [.., a, b] = chain[..] {
            // b is kept where it lies left of the line from a to the point.
            if (b[1] - a[1]) * (point[0] - a[0]) < (point[1] - a[1]) * (b[0] - a[0]) {
                break;
            }
            chain.pop();
        }
        chain.push(point);
    }
    chain
}

/// The corners of the convex hull of a 2-D object with these rows, in order around it, in half pixels: of the centres of its pixels,
/// or, where they reach by 1, of their corners.
pub fn corners(rows: &[Ends], reach: i64) -> Vec<[i64; 2]> {
    let side = |y: u32, x: i64| [-reach, reach].map(|up| [2 * y as i64 + up, 2 * x - reach]);
    let mut corners = chain(rows.iter().flat_map(|r| side(r.y, r.x[0] as i64)));
    let right = chain(rows.iter().flat_map(|r| side(r.y, -(r.x[1] as i64))));
    corners.extend(right.into_iter().rev().map(|[y, x]| [y, -x]));
    corners.dedup();
    if corners.len() > 1 && corners.first() == corners.last() {
        corners.pop();
    }
    corners
}

/// A pixel reaches up, left and down.
fn diamond(y: i64, x: i64) -> [[i64; 2]; 3] {
    [[y - 1, x], [y, x - 1], [y + 1, x]]
}

fn flat_pixels(rows: &[Ends]) -> u64 {
    let left = chain(rows.iter().flat_map(|r| diamond(2 * r.y as i64, 2 * r.x[0] as i64)));
    // Mirrored, so that both are left chains.
    let right = chain(rows.iter().flat_map(|r| diamond(2 * r.y as i64, -2 * r.x[1] as i64)));
    let (mut l, mut r) = (0, 0);
    let heights = rows[0].y as i64..=rows[rows.len() - 1].y as i64;
    let pixels: i64 =
        heights.map(|y| 1 - first_inside(&right, &mut r, 2 * y) - first_inside(&left, &mut l, 2 * y)).sum();
    pixels as u64
}

/// First whole pixel at or right of a chain at this height; `edge` moves along with the height.
fn first_inside(chain: &[[i64; 2]], edge: &mut usize, y: i64) -> i64 {
    while *edge + 2 < chain.len() && chain[*edge + 1][0] < y {
        *edge += 1;
    }
    let (a, b) = (chain[*edge], chain[*edge + 1]);
    ceil(a[1] * (b[0] - a[0]) + (b[1] - a[1]) * (y - a[0]), 2 * (b[0] - a[0]))
}

/// The quotient by a positive number, rounded up.
fn ceil(a: i64, b: i64) -> i64 {
    -(-a).div_euclid(b)
}

/// A place z, y, x in half pixels.
type Point = [i64; 3];

fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn cross(a: Point, b: Point) -> Point {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn dot(a: Point, b: Point) -> i64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Points that have the hull of all: each slice lends the corners of its own hull, which reach along every axis.
fn candidates(rows: &[Ends]) -> Vec<Point> {
    let mut points = Vec::new();
    let slices: Vec<&[Ends]> = rows.chunk_by(|a, b| a.z == b.z).collect();
    for (i, slice) in slices.iter().enumerate() {
        let left = chain(slice.iter().map(|r| [2 * r.y as i64, 2 * r.x[0] as i64]));
        let right = chain(slice.iter().map(|r| [2 * r.y as i64, -2 * r.x[1] as i64]));
        let corners = left.into_iter().map(|[y, x]| (y, x, -1));
        let corners = corners.chain(right.into_iter().map(|[y, x]| (y, -x, 1)));
        let z = 2 * slice[0].z as i64;
        let [before, after] = [i.checked_sub(1).map(|i| slices[i]), slices.get(i + 1).copied()]
            .map(|other| other.filter(|other| slice[0].z.abs_diff(other[0].z) == 1));
        for (y, x, outward) in corners {
            let [row, column] = [y / 2, x / 2];
            if before.zip(after).is_some_and(|around| is_between(around, row, column)) {
                continue;
            }
            // Half a pixel towards another pixel of the object is no corner.
            let is_there = |slice: Option<&[Ends]>, y: i64| {
                slice
                    .and_then(|slice| row_at(slice, y))
                    .is_some_and(|[first, last]| (first..=last).contains(&column))
            };
            points.push([z, y, x + outward]);
            for (there, point) in [
                (is_there(before, row), [z - 1, y, x]),
                (is_there(after, row), [z + 1, y, x]),
                (is_there(Some(slice), row - 1), [z, y - 1, x]),
                (is_there(Some(slice), row + 1), [z, y + 1, x]),
            ] {
                if !there {
                    points.push(point);
                }
            }
        }
    }
    points
}

/// First and last pixel in a row of a slice.
fn row_at(slice: &[Ends], y: i64) -> Option<[i64; 2]> {
    // Most objects have a run in every row.
    let guess = (y - slice[0].y as i64) as usize;
    let at = match slice.get(guess) {
        Some(row) if row.y as i64 == y => guess,
        _ => slice.binary_search_by_key(&y, |row| row.y as i64).ok()?,
    };
    Some(slice[at].x.map(|x| x as i64))
}

/// Whether a pixel lies in the middle between pixels of the hulls of the slices before and after: then it is no corner.
fn is_between((before, after): (&[Ends], &[Ends]), y: i64, x: i64) -> bool {
    (-1..=1).any(|step| match (row_at(before, y + step), row_at(after, y - step)) {
        (Some(a), Some(b)) => (a[0] + b[0]..=a[1] + b[1]).contains(&(2 * x)),
        _ => false,
    })
}

/// The end of a chained list of points.
const END: usize = usize::MAX;

/// A triangle of the hull.
struct Facet {
    /// Places among the points, counterclockwise seen from outside.
    corners: [usize; 3],
    /// Across the edge from each corner to the next.
    neighbours: [usize; 3],
    origin: Point,
    /// Outward.
    normal: Point,
    /// Of points in its plane along the normal.
    level: i64,
    /// First of the points that were given to this facet, which see it; [`END`] where there are none.
    outside: usize,
    removed: bool,
}

impl Facet {
    fn new(points: &[Point], corners: [usize; 3], neighbours: [usize; 3]) -> Facet {
        let [a, b, c] = corners.map(|i| points[i]);
        let normal = cross(minus(b, a), minus(c, a));
        Facet { corners, neighbours, origin: a, normal, level: dot(normal, a), outside: END, removed: false }
    }

    /// Above 0 where the point sees the facet; a point in its plane does not.
    fn height(&self, point: Point) -> i64 {
        dot(self.normal, point) - self.level
    }
}

/// The triangles of the convex hull of points that do not all lie in a plane: quickhull (Barber, Dobkin and Huhdanpaa,
/// ACM Trans. Math. Softw. 22, 1996).
fn hull(points: &[Point]) -> Vec<Facet> {
    let mut facets = simplex(points);
    // After each point the next of its list; first all are in one.
    let mut after: Vec<usize> = (1..points.len()).chain([END]).collect();
    share_out(points, 0, &mut after, &mut facets);
    let mut open: Vec<usize> = (0..facets.len()).collect();
    // Of the new facet that begins its edge of the horizon at this point.
    let mut beginning = vec![0; points.len()];
    let (mut patch, mut horizon) = (Vec::new(), Vec::new());
    while let Some(seen) = open.pop() {
        let facet = &facets[seen];
        let outside =
            std::iter::successors(Some(facet.outside), |p| after.get(*p).copied()).take_while(|p| *p != END);
        let Some(apex) = outside.max_by_key(|p| facet.height(points[*p])) else { continue };
        // The apex sees one patch, with the horizon around it.
        facets[seen].removed = true;
        patch.clear();
        patch.push(seen);
        horizon.clear();
        let mut next = 0;
        while next < patch.len() {
            let Facet { corners, neighbours, .. } = facets[patch[next]];
            for edge in 0..3 {
                let across = neighbours[edge];
                if facets[across].removed {
                    continue;
                }
                if facets[across].height(points[apex]) > 0 {
                    facets[across].removed = true;
                    patch.push(across);
                } else {
                    horizon.push((corners[edge], corners[(edge + 1) % 3], across));
                }
            }
            next += 1;
        }
        let first = facets.len();
        for (i, &(from, to, across)) in horizon.iter().enumerate() {
            facets.push(Facet::new(points, [from, to, apex], [across, 0, 0]));
            beginning[from] = first + i;
            if let Some(edge) = facets[across].corners.iter().position(|c| *c == to) {
                facets[across].neighbours[edge] = first + i;
            }
        }
        for (i, &(_, to, _)) in horizon.iter().enumerate() {
            let following = beginning[to];
            facets[first + i].neighbours[1] = following;
            facets[following].neighbours[2] = first + i;
        }
        // A point that saw the patch and is still outside sees one of the new facets.
        let (old, new) = facets.split_at_mut(first);
        for gone in &patch {
            share_out(points, std::mem::replace(&mut old[*gone].outside, END), &mut after, new);
        }
        open.extend(first..facets.len());
    }
    facets.retain(|f| !f.removed);
    facets
}

/// A tetrahedron of far points. One pixel alone has four points that are not in a plane.
fn simplex(points: &[Point]) -> Vec<Facet> {
    let size = |p: Point| p.iter().map(|x| x.abs()).sum::<i64>();
    let farthest =
        |far: &dyn Fn(Point) -> i64| (0..points.len()).max_by_key(|i| far(points[*i])).unwrap_or(0);
    let along = |i: usize| minus(points[i], points[0]);
    let b = farthest(&|p| size(minus(p, points[0])));
    let c = farthest(&|p| size(cross(along(b), minus(p, points[0]))));
    let normal = cross(along(b), along(c));
    let d = farthest(&|p| dot(normal, minus(p, points[0])).abs());
    // The first triangle looks away from d.
    let (b, c) = if dot(normal, along(d)) < 0 { (b, c) } else { (c, b) };
    [([0, b, c], [1, 2, 3]), ([b, 0, d], [0, 3, 2]), ([c, b, d], [0, 1, 3]), ([0, c, d], [0, 2, 1])]
        .map(|(corners, neighbours)| Facet::new(points, corners, neighbours))
        .into()
}

/// Gives each point of a list to a facet that it sees; the others lie inside.
fn share_out(points: &[Point], first: usize, after: &mut [usize], facets: &mut [Facet]) {
    let mut next = first;
    while next != END {
        let p = next;
        next = after[p];
        if let Some(facet) = facets.iter_mut().find(|f| f.height(points[p]) > 0) {
            after[p] = std::mem::replace(&mut facet.outside, p);
        }
    }
}

/// Pixels between the facets that look left and those that look right, in each row that their shadows along x cover.
fn solid_pixels(points: &[Point], facets: &[Facet]) -> u64 {
    let range = |axis: usize| {
        let (lo, hi) =
            points.iter().fold((i64::MAX, i64::MIN), |(lo, hi), p| (lo.min(p[axis]), hi.max(p[axis])));
        (ceil(lo, 2), hi.div_euclid(2))
    };
    let ((z0, z1), (y0, y1)) = (range(0), range(1));
    let width = (y1 - y0 + 1) as usize;
    // First and last pixel of each row.
    let mut ends = vec![[i64::MIN, i64::MAX]; width * (z1 - z0 + 1) as usize];
    for Facet { corners, origin, normal, .. } in facets.iter().filter(|f| f.normal[2] != 0) {
        let corners = corners.map(|i| points[i]);
        let [lowest, highest] =
            [i64::min, i64::max].map(|pick| corners.iter().map(|c| c[0]).reduce(pick).unwrap_or_default());
        for z in ceil(lowest, 2)..=highest.div_euclid(2) {
            let (mut first, mut last) = (i64::MAX, i64::MIN);
            for (mut a, mut b) in (0..3).map(|i| (corners[i], corners[(i + 1) % 3])) {
                if a[0] > b[0] {
                    (a, b) = (b, a);
                }
                if !(a[0]..=b[0]).contains(&(2 * z)) {
                    continue;
                }
                // Where the edge crosses the slice; an edge in the slice counts with both ends.
                let height = b[0] - a[0];
                let crossings = match height {
                    0 => [(a[1], 2), (b[1], 2)],
                    _ => [(a[1] * height + (b[1] - a[1]) * (2 * z - a[0]), 2 * height); 2],
                };
                for (over, under) in crossings {
                    first = first.min(ceil(over, under));
                    last = last.max(over.div_euclid(under));
                }
            }
            for y in first..=last {
                let [lo, hi] = &mut ends[(z - z0) as usize * width + (y - y0) as usize];
                // The plane's x there is over / under.
                let rise = normal[0] * (2 * z - origin[0]) + normal[1] * (2 * y - origin[1]);
                let over = (origin[2] * normal[2] - rise) * normal[2].signum();
                let under = 2 * normal[2].abs();
                if normal[2] < 0 {
                    *lo = (*lo).max(ceil(over, under));
                } else {
                    *hi = (*hi).min(over.div_euclid(under));
                }
            }
        }
    }
    let covered = ends.iter().filter(|[first, last]| *first > i64::MIN && *last < i64::MAX);
    covered.map(|[first, last]| (last - first + 1).max(0) as u64).sum()
}
