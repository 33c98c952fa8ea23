use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::LabelRuns;
use crate::common::label_values::look_up;
use crate::segmentation::boundaries::thick;
use rotifer_registry::*;
use std::cmp::Reverse;

op! {
    /// Removes objects until the rest keep a distance: the larger of two stays.
    ///
    /// Objects are visited from the one of most pixels to the one of fewest, of equally large ones the larger label first. One that
    /// is still there removes all others with a pixel at most `min_distance` from one of its own. Labels keep their numbers.
    pub struct RemoveObjectsByDistance {
        /// Least distance of two objects' pixels: objects at this distance or nearer do not both stay, in pixels.
        min_distance: f64, range(0.0, 4096.0);
    }
    id: "remove_objects_by_distance", revision: 1, family: Morphology,
    memory: host,
    inputs: { labels: Labels },
    outputs: { labels: Labels },
    agrees: Exact, follows: "skimage.morphology.remove_objects_by_distance 0.26",
    python: "ski.morphology.remove_objects_by_distance(labels.astype(np.int64), min_distance)",
    examples: ["min_distance = 3.0", "min_distance = 0.5", "min_distance = 12.5"],
}

impl RemoveObjectsByDistance {
    /// Rows within the distance: steps along z and y, and how far along x.
    fn rows(&self, ndim: usize) -> Vec<(isize, isize, usize)> {
        let far = self.min_distance as isize;
        let depth = if ndim == 2 { 0 } else { far };
        let square = self.min_distance * self.min_distance;
        let mut rows = Vec::new();
        for z in -depth..=depth {
            for y in -far..=far {
                let rest = square - (z * z + y * y) as f64;
                if rest >= 0.0 {
                    let mut along = rest.sqrt() as usize;
                    along -= ((along * along) as f64 > rest) as usize;
                    rows.push((z, y, along));
                }
            }
        }
        rows.sort_by_key(|(z, y, _)| z * z + y * y);
        rows
    }

    /// Objects in the order in which they are visited.
    fn order(sizes: &[usize]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by_key(|place| Reverse((sizes[*place], *place)));
        order
    }
}

impl Host for RemoveObjectsByDistance {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let (pixels, shape) = (labels.label_slice()?, labels.shape());
        let [nz, ny, nx] = shape;
        let runs = LabelRuns::new(pixels, shape);
        let index = LabelIndex::new(&runs);
        let sizes = runs.gather(&index, |n: &mut usize, run| *n += run.length(), |a, b| *a += b);
        // The nearest pixels of two objects lie at their borders.
        let border = thick(pixels, shape, 1);
        let mut borders = vec![Vec::new(); sizes.len()];
        for i in (0..pixels.len()).filter(|i| border[*i] != 0) {
            if let Some(place) = index.place(pixels[i]) {
                borders[place].push(i);
            }
        }
        let rows = self.rows(labels.ndim());
        let mut removed = vec![false; sizes.len()];
        for own in Self::order(&sizes) {
            if removed[own] {
                continue;
            }
            for i in &borders[own] {
                let [z, y, x] = [i / nx / ny, i / nx % ny, i % nx];
                for (dz, dy, along) in &rows {
                    let (z, y) = (z.wrapping_add_signed(*dz), y.wrapping_add_signed(*dy));
                    if z >= nz || y >= ny {
                        continue;
                    }
                    let part = x.saturating_sub(*along)..nx.min(x + along + 1);
                    for same in pixels[(z * ny + y) * nx..][part].chunk_by(|a, b| a == b) {
                        if let Some(place) = index.place(same[0]).filter(|place| *place != own) {
                            removed[place] = true;
                        }
                    }
                }
            }
        }
        let stays = |label| if index.place(label).is_some_and(|place| !removed[place]) { label } else { 0 };
        Ok(vec![Datum::Volume(labels.labels(look_up(pixels, stays))?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let remove = || {
            let mut labels = Grid::from(inputs.volume("labels")?);
            let mut objects = std::collections::BTreeMap::<u32, Vec<[usize; 3]>>::new();
            labels.map_at(|p| {
                objects.entry(labels.at(p) as u32).or_default().push(p);
                0.0
            });
            objects.remove(&0);
            let objects: Vec<Vec<[usize; 3]>> = objects.into_values().collect();
            let sizes: Vec<usize> = objects.iter().map(Vec::len).collect();
            for own in Self::order(&sizes) {
                if labels.at(objects[own][0]) == 0.0 {
                    continue;
                }
                for other in (0..objects.len()).filter(|i| *i != own) {
                    let square = |p: &[usize; 3], q: &[usize; 3]| {
                        (0..3).map(|a| p[a].abs_diff(q[a]).pow(2)).sum::<usize>() as f64
                    };
                    let limit = self.min_distance * self.min_distance;
                    let near = |p| objects[other].iter().any(|q| square(p, q) <= limit);
                    if objects[own].iter().any(near) {
                        objects[other].iter().for_each(|p| labels.set(*p, 0.0));
                    }
                }
            }
            Ok(vec![Plain::Image(labels)])
        };
        Some(remove())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |meta| meta.len().saturating_mul(meta.len() / 4))
    }
}
