//! The definition object by object, by lists of coordinates: the reference implementation.

use super::PeakLocalMax;
use crate::common::peaks::Window;
use rotifer_registry::*;

impl PeakLocalMax {
    pub fn plain(&self, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        type At = [usize; 3];
        let volume = inputs.volume("image")?;
        let meta = volume.meta();
        let image = Grid::from(volume);
        let offsets = match self.window(&meta)? {
            Window::Offsets(offsets) => offsets,
            Window::Box(r) => {
                let grid = Grid::from_fn(r.map(|r| 2 * r + 1), 3, |_| 0.0);
                let mut all = Vec::new();
                grid.map_at(|p| {
                    all.push(std::array::from_fn(|a| p[a] as i32 - r[a] as i32));
                    0.0
                });
                all
            }
        };
        let number = |v: f64| if v.is_nan() { f64::NEG_INFINITY } else { v };
        let finite = || image.data.iter().copied().filter(|v| !v.is_nan());
        let mut threshold = self.threshold_abs.unwrap_or(finite().fold(f64::INFINITY, f64::min));
        if let Some(share) = self.threshold_rel {
            threshold = threshold.max(share * finite().fold(f64::NEG_INFINITY, f64::max));
        }
        let labelled = inputs.optional_volume("labels");
        let labels = match labelled {
            Some(labels) => Grid::from(labels),
            None => image.map(|_| 1.0),
        };
        let border = self.border();
        let inside = |p: At| meta.axes().all(|a| p[a] >= border && p[a] + border < image.shape[a]);
        let mut places: Vec<At> = Vec::new();
        image.map_at(|p| {
            places.push(p);
            0.0
        });
        let by_brightness = |mut found: Vec<At>, most: Option<u32>| {
            found.sort();
            found.sort_by(|a, b| (image.at(*b) + 0.0).total_cmp(&(image.at(*a) + 0.0)));
            let mut kept: Vec<At> = Vec::new();
            let mut blocked = image.map(|_| 0.0);
            for p in found {
                if blocked.at(p) != 0.0 {
                    continue;
                }
                kept.push(p);
                let reach = self.min_distance.saturating_sub(1) as usize;
                let [zs, ys, xs]: [_; 3] = std::array::from_fn(|a| {
                    p[a].saturating_sub(reach)..(p[a] + reach + 1).min(image.shape[a])
                });
                for z in zs {
                    for y in ys.clone() {
                        xs.clone().for_each(|x| blocked.set([z, y, x], 1.0));
                    }
                }
            }
            kept.truncate(most.map_or(usize::MAX, |n| n as usize));
            kept
        };
        let mut objects = std::collections::BTreeMap::<u32, Vec<At>>::new();
        for p in places.iter().filter(|p| labelled.is_none() || inside(**p)) {
            objects.entry(labels.at(*p) as u32).or_default().push(*p);
        }
        objects.remove(&0);
        let mut peaks: Vec<At> = Vec::new();
        for (name, pixels) in objects {
            let own = |p: At| labels.at(p) == name as f64 && (labelled.is_none() || inside(p));
            let lo: At = std::array::from_fn(|a| pixels.iter().map(|p| p[a]).min().unwrap_or(0));
            let hi: At = std::array::from_fn(|a| pixels.iter().map(|p| p[a]).max().unwrap_or(0));
            let single = offsets.len() == 1 || lo == hi;
            let is_max = |p: &At| {
                single
                    || offsets.iter().all(|o| {
                        let q = std::array::from_fn(|a| {
                            (p[a] as i64 + o[a] as i64).clamp(lo[a] as i64, hi[a] as i64) as usize
                        });
                        !own(q) || number(image.at(q)) <= number(image.at(*p))
                    })
            };
            let mut found: Vec<At> = pixels.iter().copied().filter(is_max).collect();
            if !single && found.len() == pixels.len() {
                let core = |p: At| {
                    meta.axes().all(|a| {
                        [-1i64, 1].iter().all(|d| {
                            let mut q = p;
                            q[a] = (q[a] as i64 + d).max(-1) as usize;
                            q[a] < image.shape[a] && own(q)
                        })
                    }) && own(p)
                };
                let opened = |p: &At| {
                    meta.axes().any(|a| {
                        [-1i64, 0, 1].iter().any(|d| {
                            let mut q = *p;
                            q[a] = (q[a] as i64 + d).max(-1) as usize;
                            q[a] < image.shape[a] && core(q)
                        })
                    })
                };
                found.retain(|p| labelled.is_some() && !opened(p));
            }
            found.retain(|p| image.at(*p) > threshold && inside(*p));
            let most = if labelled.is_some() { self.num_peaks_per_label } else { self.num_peaks };
            peaks.extend(by_brightness(found, most));
        }
        if self.num_peaks.is_some_and(|n| peaks.len() > n as usize) {
            peaks = by_brightness(peaks, self.num_peaks);
        }
        let mut points = Table::new();
        for axis in meta.axes() {
            points
                .push(["z", "y", "x"][axis], Values::Int(peaks.iter().map(|p| p[axis] as i64).collect()))?;
        }
        let mut markers = image.map(|_| 0.0);
        for (n, p) in peaks.iter().enumerate() {
            markers.set(*p, n as f64 + 1.0);
        }
        Ok(vec![Plain::Table(points), Plain::Image(markers)])
    }
}
