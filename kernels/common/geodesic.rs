//! Shortest ways inside an object, over neighbours of every kind: steps of 1, √2 and √3.

use super::per_object::Crop;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How many steps of each kind a way has. Other numbers of steps make another length, so that equal lengths are equal to the bit.
type Steps = [u32; 3];

fn length(steps: Steps) -> f64 {
    steps[0] as f64 + steps[1] as f64 * 2f64.sqrt() + steps[2] as f64 * 3f64.sqrt()
}

/// The shortest ways from one pixel of a box.
pub struct Distances(Vec<Option<Steps>>);

impl Distances {
    /// From the pixel with this index, over pixels of the object (Dijkstra, 1959).
    pub fn within(crop: &Crop, from: usize) -> Distances {
        let [nz, ny, nx] = crop.shape;
        let mut found = vec![None; crop.inside.len()];
        let mut open = BinaryHeap::new();
        found[from] = Some([0; 3]);
        open.push(Reverse((0u64, from)));
        while let Some(Reverse((bits, i))) = open.pop() {
            let Some(steps) = found[i].filter(|steps| length(*steps).to_bits() == bits) else { continue };
            let at = [i / (ny * nx), i / nx % ny, i % nx];
            let range = |a: usize, n: usize| at[a].saturating_sub(1)..(at[a] + 2).min(n);
            for z in range(0, nz) {
                for (y, x) in range(1, ny).flat_map(|y| range(2, nx).map(move |x| (y, x))) {
                    let j = (z * ny + y) * nx + x;
                    let axes = (z != at[0]) as usize + (y != at[1]) as usize + (x != at[2]) as usize;
                    if axes == 0 || crop.inside[j] == 0 {
                        continue;
                    }
                    let mut next = steps;
                    next[axes - 1] += 1;
                    if found[j].is_none_or(|known| length(next) < length(known)) {
                        found[j] = Some(next);
                        open.push(Reverse((length(next).to_bits(), j)));
                    }
                }
            }
        }
        Distances(found)
    }

    /// Lengths in pixels; infinite where no way leads.
    pub fn lengths(&self) -> Vec<f64> {
        self.0.iter().map(|steps| steps.map_or(f64::INFINITY, length)).collect()
    }

    /// The pixel farthest away, the first of several, and how far it is.
    pub fn farthest(&self) -> (usize, f64) {
        let lengths = self.0.iter().enumerate().filter_map(|(i, steps)| Some((i, length((*steps)?))));
        lengths.reduce(|a, b| if b.1 > a.1 { b } else { a }).unwrap_or_default()
    }
}
