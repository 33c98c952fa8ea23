//! Midlines of long objects: a skeleton as segments between branch areas, and ways through them (Wählby et al., 2012).

use super::components::{Components, Part};

/// y, x of a pixel.
pub type Pixel = [usize; 2];

/// Ways are looked for until so many have been found.
pub const MOST_WAYS: usize = 50_000;

/// A mask of two axes whose outermost pixels are empty, so that every pixel of it has neighbours.
#[derive(Clone)]
pub struct Framed {
    pub pixels: Vec<bool>,
    pub ny: usize,
    pub nx: usize,
}

impl Framed {
    pub fn empty(ny: usize, nx: usize) -> Framed {
        Framed { pixels: vec![false; ny * nx], ny, nx }
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.pixels.iter().map(|p| *p as u8).collect()
    }

    fn like(&self, inside: impl Fn(usize) -> bool) -> Framed {
        Framed { pixels: (0..self.pixels.len()).map(inside).collect(), ny: self.ny, nx: self.nx }
    }

    fn members(&self) -> impl Iterator<Item = usize> {
        self.pixels.iter().enumerate().filter(|(_, p)| **p).map(|(i, _)| i)
    }

    /// Whether the pixel at an offset from another is in the mask; beyond the frame nothing is.
    fn has(&self, i: usize, [dy, dx]: [isize; 2]) -> bool {
        let (y, x) = ((i / self.nx) as isize + dy, (i % self.nx) as isize + dx);
        let within = y >= 0 && x >= 0 && y < self.ny as isize && x < self.nx as isize;
        within && self.pixels[y as usize * self.nx + x as usize]
    }

    /// Indices of the neighbours that are in the mask, those with a side in common first, then in raster order.
    fn neighbours(&self, i: usize) -> Vec<usize> {
        let near = AROUND.iter().filter(|offset| self.has(i, **offset));
        near.map(|[dy, dx]| i.wrapping_add_signed(dy * self.nx as isize + dx)).collect()
    }

    fn eroded(&self, offsets: &[[isize; 2]]) -> Framed {
        self.like(|i| self.pixels[i] && offsets.iter().all(|offset| self.has(i, *offset)))
    }

    fn dilated(&self, offsets: &[[isize; 2]]) -> Framed {
        self.like(|i| offsets.iter().any(|offset| self.has(i, *offset)))
    }

    /// The number of each pixel's connected part, from 0, in raster order.
    fn parts(&self, connectivity: u32) -> (Vec<Option<usize>>, usize) {
        let parts = Components::of_mask(&self.bytes(), [1, self.ny, self.nx], connectivity, Part::Objects);
        let numbers: Vec<u32> = parts.paint(|_, part| part as u32 + 1);
        (numbers.into_iter().map(|n| (n > 0).then(|| n as usize - 1)).collect(), parts.count)
    }
}

const AROUND: [[isize; 2]; 8] = [[-1, 0], [0, -1], [0, 1], [1, 0], [-1, -1], [-1, 1], [1, -1], [1, 1]];

fn disk(radius: f64) -> Vec<[isize; 2]> {
    let r = radius as isize;
    let all = (-r..=r).flat_map(|y| (-r..=r).map(move |x| [y, x]));
    all.filter(|[y, x]| (y * y + x * x) as f64 <= radius * radius).collect()
}

fn square() -> Vec<[isize; 2]> {
    (-1..=1).flat_map(|y| (-1..=1).map(move |x| [y, x])).collect()
}

fn apart(a: Pixel, b: Pixel) -> f64 {
    let [dy, dx] = [a[0].abs_diff(b[0]) as f64, a[1].abs_diff(b[1]) as f64];
    (dy * dy + dx * dx).sqrt()
}

/// A piece of skeleton without branches, from one end to the other.
pub struct Segment {
    pub pixels: Vec<Pixel>,
    pub length: f64,
    /// Branch areas that touch the first pixel.
    starts: Vec<usize>,
    /// Branch areas that touch the first or the last pixel, ascending.
    areas: Vec<usize>,
}

impl Segment {
    fn begins_at(&self, area: usize) -> bool {
        self.starts.contains(&area)
    }

    /// The end that touches an area.
    fn end_at(&self, area: usize) -> Pixel {
        if self.begins_at(area) { self.pixels[0] } else { self.pixels[self.pixels.len() - 1] }
    }
}

/// Segments, and those that touch each branch area.
pub struct Graph {
    pub segments: Vec<Segment>,
    at: Vec<Vec<usize>>,
}

/// Where a skeleton is cut beside its branch points.
pub struct Cuts<'a> {
    /// The mask that the skeleton is of.
    pub mask: &'a Framed,
    /// Parts farther than this from the background join the branch points in them, where there are two.
    pub radius: f64,
    /// Longer segments are parted; in pixels.
    pub longest: f64,
}

/// The pixels of each segment in order.
fn traced(segments: &Framed) -> Vec<Vec<usize>> {
    let (part, count) = segments.parts(2);
    let mut first: Vec<Option<(bool, usize)>> = vec![None; count];
    for i in segments.members() {
        let Some(part) = part[i] else { continue };
        let rank = (segments.neighbours(i).len() > 1, i);
        if first[part].is_none_or(|known| rank < known) {
            first[part] = Some(rank);
        }
    }
    let mut left = segments.clone();
    let walk = |start: usize| {
        let (mut way, mut at) = (vec![start], start);
        left.pixels[start] = false;
        while let Some(next) = left.neighbours(at).first().copied() {
            left.pixels[next] = false;
            way.push(next);
            at = next;
        }
        way
    };
    first.into_iter().flatten().map(|(_, i)| i).map(walk).collect()
}

impl Graph {
    /// Branch points are pixels with three neighbours and more; they and their neighbours are the branch areas.
    pub fn of(skeleton: &Framed, cuts: Option<Cuts>) -> Graph {
        let square = square();
        let mut branch = skeleton.like(|i| skeleton.pixels[i] && skeleton.neighbours(i).len() > 2);
        if let Some(cuts) = &cuts {
            let deep = cuts.mask.eroded(&disk(cuts.radius)).eroded(&square).dilated(&square);
            let (part, count) = deep.parts(1);
            let mut points = vec![0; count];
            branch.members().filter_map(|i| part[i]).for_each(|part| points[part] += 1);
            let joined = |i: usize| part[i].is_some_and(|part| points[part] > 1);
            branch = branch.like(|i| branch.pixels[i] || joined(i));
        }
        let mut areas = branch.dilated(&square);
        let mut segments = skeleton.like(|i| skeleton.pixels[i] && !areas.pixels[i]);
        if let Some(cuts) = &cuts {
            let longest = (cuts.longest as usize).max(2);
            let mut at = Framed::empty(skeleton.ny, skeleton.nx);
            for way in traced(&segments).iter().filter(|way| way.len() > longest) {
                let pieces = (way.len() - 1).div_ceil(longest);
                let length = way.len() / pieces;
                let inner = way.iter().enumerate().take(way.len() - 1);
                inner.filter(|(k, _)| k % length == length - 1).for_each(|(_, i)| at.pixels[*i] = true);
            }
            let at = at.dilated(&square);
            areas = areas.like(|i| areas.pixels[i] || at.pixels[i]);
            segments = segments.like(|i| segments.pixels[i] && !at.pixels[i]);
        }
        let (area, count) = areas.parts(2);
        let touched = |i: usize| -> Vec<usize> {
            let mut found: Vec<usize> = areas.neighbours(i).into_iter().filter_map(|j| area[j]).collect();
            found.sort_unstable();
            found.dedup();
            found
        };
        let segment = |way: Vec<usize>| {
            let starts = touched(way[0]);
            let mut areas = touched(way[way.len() - 1]);
            areas.extend(&starts);
            areas.sort_unstable();
            areas.dedup();
            let pixels: Vec<Pixel> = way.iter().map(|i| [i / skeleton.nx, i % skeleton.nx]).collect();
            let length = pixels.windows(2).map(|pair| apart(pair[0], pair[1])).sum();
            Segment { pixels, length, starts, areas }
        };
        let segments: Vec<Segment> = traced(&segments).into_iter().map(segment).collect();
        let mut at = vec![Vec::new(); count];
        for (s, segment) in segments.iter().enumerate() {
            segment.areas.iter().for_each(|area| at[*area].push(s));
        }
        Graph { segments, at }
    }

    /// Shows every way up to a length, by its segments, the branch areas between them, and its length: no segment and no area
    /// twice, each way in the direction in which its first segment has the smaller number, depth first. After [`MOST_WAYS`] no
    /// more are looked at.
    pub fn ways(&self, most: f64, mut show: impl FnMut(&[usize], &[usize], f64)) {
        let mut found = 0;
        for first in 0..self.segments.len() {
            found += 1;
            if found > MOST_WAYS {
                return;
            }
            let mut way = vec![first];
            let (mut areas, mut lengths) = (Vec::new(), vec![self.segments[first].length]);
            if lengths[0] <= most {
                show(&way, &areas, lengths[0]);
            }
            // How many of the segments at the last area, and of the areas of the last segment, have been tried.
            let mut tried = vec![0];
            while let Some(next) = tried.last_mut() {
                let last = way[way.len() - 1];
                let at_area = areas.len() == way.len();
                let choices =
                    if at_area { &self.at[areas[areas.len() - 1]] } else { &self.segments[last].areas };
                let Some(choice) = choices.get(*next).copied() else {
                    tried.pop();
                    if at_area {
                        areas.pop();
                    } else {
                        way.pop();
                        lengths.pop();
                    }
                    continue;
                };
                *next += 1;
                if !at_area {
                    if !areas.contains(&choice) {
                        areas.push(choice);
                        tried.push(0);
                    }
                    continue;
                }
                if way.contains(&choice) {
                    continue;
                }
                let area = areas[areas.len() - 1];
                let gap = apart(self.segments[last].end_at(area), self.segments[choice].end_at(area));
                let length = lengths[lengths.len() - 1] + gap + self.segments[choice].length;
                if length > most {
                    continue;
                }
                found += 1;
                if found > MOST_WAYS {
                    return;
                }
                way.push(choice);
                lengths.push(length);
                tried.push(0);
                if choice > way[0] {
                    show(&way, &areas, length);
                }
            }
        }
    }

    /// The longest way, the first of those that are as long to a millionth of a pixel.
    pub fn longest(&self, most: f64) -> Vec<Pixel> {
        let (mut best, mut length) = (None, f64::NEG_INFINITY);
        self.ways(most, |way, areas, long| {
            if long > length + 1e-6 {
                (best, length) = (Some((way.to_vec(), areas.to_vec())), long);
            }
        });
        best.map(|(way, areas)| self.pixels(&way, &areas)).unwrap_or_default()
    }

    /// The pixels along a way.
    pub fn pixels(&self, way: &[usize], areas: &[usize]) -> Vec<Pixel> {
        let mut pixels = Vec::new();
        for (i, segment) in way.iter().enumerate() {
            let segment = &self.segments[*segment];
            let turned = match areas.first().filter(|_| i == 0) {
                Some(area) => segment.begins_at(*area),
                None => i > 0 && !segment.begins_at(areas[i - 1]),
            };
            match turned {
                true => pixels.extend(segment.pixels.iter().rev()),
                false => pixels.extend(&segment.pixels),
            }
        }
        pixels
    }
}

/// Points at equal distances along a way of at least two pixels, and its length.
pub fn control_points(pixels: &[Pixel], count: usize) -> (Vec<[f64; 2]>, f64) {
    let mut so_far = vec![0.0];
    for pair in pixels.windows(2) {
        so_far.push(so_far[so_far.len() - 1] + apart(pair[0], pair[1]));
    }
    let total = so_far[so_far.len() - 1];
    let point = |k: usize| {
        let at = total * k as f64 / (count - 1) as f64;
        let i = so_far.partition_point(|far| *far <= at).clamp(1, pixels.len() - 1) - 1;
        let share = ((at - so_far[i]) / (so_far[i + 1] - so_far[i])).min(1.0);
        std::array::from_fn(|a| {
            let [from, to] = [pixels[i][a] as f64, pixels[i + 1][a] as f64];
            from + share * (to - from)
        })
    };
    ((0..count).map(point).collect(), total)
}
