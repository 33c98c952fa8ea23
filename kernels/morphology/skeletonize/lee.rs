//! Thinning of volumes to lines and surfaces that keep their shape: Lee, Kashyap and Chu (1994).

use crate::common::threads;
use rotifer_registry::{Edge, Grid};

/// Sides z, y, x from which a volume is thinned, in their order.
const SIDES: [[isize; 3]; 6] = [[0, -1, 0], [0, 1, 0], [0, 0, 1], [0, 0, -1], [1, 0, 0], [-1, 0, 0]];

/// The voxel itself among the 27 of its neighbourhood, which are bits in raster order.
const MIDDLE: u32 = 1 << 13;

/// Offsets z, y, x of a neighbourhood in raster order.
fn offsets() -> impl Iterator<Item = [isize; 3]> {
    (0..27).map(|i| [i / 9 - 1, i / 3 % 3 - 1, i % 3 - 1])
}

/// Properties of neighbourhoods.
struct Rules {
    /// The neighbours of each voxel of a neighbourhood, without its middle.
    near: [u32; 27],
    /// For each face, edge and corner of the middle's cube, the other voxels that have it too, and how it counts in Euler's
    /// characteristic.
    cells: Vec<(u32, i32)>,
}

impl Rules {
    fn new() -> Rules {
        let all: Vec<[isize; 3]> = offsets().collect();
        let bits = |holds: &dyn Fn(&[isize; 3]) -> bool| {
            all.iter().enumerate().fold(0u32, |bits, (i, o)| bits | (holds(o) as u32) << i) & !MIDDLE
        };
        let near = std::array::from_fn(|i| {
            let own = all[i];
            bits(&|o| *o != own && (0..3).all(|a| o[a].abs_diff(own[a]) <= 1))
        });
        let cells = all.iter().filter(|o| **o != [0; 3]).map(|cell| {
            let shared = bits(&|o| (0..3).all(|a| o[a] == 0 || o[a] == cell[a]));
            let odd = cell.iter().filter(|d| **d != 0).count() % 2 == 1;
            (shared, if odd { 1 } else { -1 })
        });
        Rules { near, cells: cells.collect() }
    }

    /// Whether the neighbours hang together, at most.
    fn is_simple(&self, around: u32) -> bool {
        let mut rest = around & !MIDDLE;
        let mut next = rest & rest.wrapping_neg();
        rest &= !next;
        while next != 0 {
            let reached = self.near[next.trailing_zeros() as usize] & rest;
            next = (next & (next - 1)) | reached;
            rest &= !reached;
        }
        rest == 0
    }

    /// Whether a voxel may go: no end of a line, no tunnel or cavity begins or ends, and what hangs together stays so.
    fn may_go(&self, around: u32) -> bool {
        let neighbours = around & !MIDDLE;
        // The cube itself counts −1.
        let lost = self.cells.iter().filter(|(shared, _)| neighbours & shared == 0).map(|(_, sign)| sign);
        neighbours.count_ones() != 1 && lost.sum::<i32>() == 1 && self.is_simple(around)
    }
}

/// Thins a volume. From each side in turn, voxels that may go are found all at once, then taken one by one if what hangs
/// together still stays so.
pub fn thin(pixels: &[u8], shape: [usize; 3]) -> Vec<u8> {
    let [nz, ny, nx] = shape;
    let wide = [nz + 2, ny + 2, nx + 2];
    let step = |[z, y, x]: [isize; 3]| (z * wide[1] as isize + y) * wide[2] as isize + x;
    let mut framed = vec![0u8; wide.iter().product()];
    let row = |row: usize| ((row / ny + 1) * wide[1] + row % ny + 1) * wide[2] + 1;
    for (i, line) in pixels.chunks(nx).enumerate() {
        framed[row(i)..row(i) + nx].copy_from_slice(line);
    }
    let rules = Rules::new();
    let steps: Vec<isize> = offsets().map(step).collect();
    let near = |i: usize, step: isize| i.wrapping_add_signed(step);
    let around = |framed: &[u8], i: usize| {
        steps.iter().enumerate().fold(0u32, |bits, (k, s)| bits | (framed[near(i, *s)] as u32) << k)
    };
    let mut left: Vec<usize> = (0..framed.len()).filter(|i| framed[*i] != 0).collect();
    let mut changed = true;
    while changed {
        changed = false;
        for side in SIDES.map(step) {
            let on_side = |i: usize| framed[i] != 0 && framed[near(i, side)] == 0;
            let may_go = |i: &&usize| on_side(**i) && rules.may_go(around(&framed, **i));
            let found = threads::of_chunks(&left, 1 << 10, |_, part| {
                part.iter().filter(|i| may_go(i)).copied().collect::<Vec<usize>>()
            });
            for i in found.into_iter().flatten() {
                if rules.is_simple(around(&framed, i)) {
                    framed[i] = 0;
                    changed = true;
                }
            }
        }
        left.retain(|i| framed[*i] != 0);
    }
    (0..nz * ny).flat_map(|i| framed[row(i)..row(i) + nx].iter().copied()).collect()
}

/// [`thin`], voxel by voxel.
pub fn thin_plain(grid: &Grid) -> Grid {
    let rules = Rules::new();
    let mut out = grid.clone();
    let mut places = Vec::new();
    out.map_at(|p| {
        places.push(p);
        0.0
    });
    let at = |grid: &Grid, p: [usize; 3], o: [isize; 3]| {
        grid.sample([0, 1, 2].map(|a| p[a] as isize + o[a]), Edge::Constant, 0.0) != 0.0
    };
    let around = |grid: &Grid, p: [usize; 3]| {
        offsets().enumerate().fold(0, |bits, (k, o)| bits | (at(grid, p, o) as u32) << k)
    };
    let mut changed = true;
    while changed {
        changed = false;
        for side in SIDES {
            let on_side = |p: &[usize; 3]| out.at(*p) != 0.0 && !at(&out, *p, side);
            let may_go = |p: &[usize; 3]| on_side(p) && rules.may_go(around(&out, *p));
            let found: Vec<[usize; 3]> = places.iter().copied().filter(may_go).collect();
            for p in found {
                if rules.is_simple(around(&out, p)) {
                    out.set(p, 0.0);
                    changed = true;
                }
            }
        }
    }
    out
}
