use crate::common::shape::same_shape;
use crate::common::watershed::late::{ASKED_AGAIN, Late};
use crate::common::watershed::{Of, late, padded_pixels, watershed};
use rotifer_registry::*;

op! {
    /// Floods an image from markers, lowest values first, until the basins meet.
    ///
    /// Pixels wait in a queue by value, then by the time they were reached; a pixel takes the label of the pixel that
    /// reached it first. The order is that of scikit-image's heap, ties between markers included, so labels are equal to
    /// its labels pixel by pixel. A pixel below the level of the water is flooded at that level. NaN counts as infinity.
    /// With lines its queue can grow without bound; ours stops at 16 times the pixels, from where on equal markers may be
    /// taken in another order than there.
    /// To split touching bright objects, flood the negative image or the negative distance.
    pub struct Watershed {
        /// Orthogonal steps within which pixels are neighbours: 1 shares a side, 2 an edge, 3 (of 3-D images) a corner.
        connectivity: u32 = 1, range(1, 3);
        /// Weight of the distance (in pixels) from the marker, in units of the image; above 0 basins become compact.
        compactness: f64 = 0.0, range(0.0, 1e12);
        /// Leaves a line of 0 where basins meet.
        watershed_line: bool = false;
    }
    id: "watershed", revision: 1, family: Segmentation,
    memory: host,
    inputs: { image: Image, markers: Labels, mask: Mask optional },
    outputs: { labels: Labels },
    agrees: Exact, follows: "skimage.segmentation.watershed 0.26",
    python: "ski.segmentation.watershed(image, markers.astype(np.int64), connectivity=min(connectivity, image.ndim), mask=mask, compactness=compactness, watershed_line=watershed_line)",
    examples: ["connectivity = 2", "connectivity = 3\nwatershed_line = true", "watershed_line = true", "compactness = 0.5", "compactness = 20.0\nconnectivity = 2\nwatershed_line = true"],
}

impl Host for Watershed {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "markers", "mask"])?;
        let pixels = inputs.volume("image")?;
        if padded_pixels(pixels.shape, pixels.ndim) > u32::MAX as usize {
            return Err(Error::new(Code::Shape, "more pixels than the queue can number")
                .value(pixels.shape_text())
                .help("cut the image, or run it slice by slice"));
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let markers = inputs.volume("markers")?.label_slice()?;
        let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
        let (shape, ndim) = (image.shape(), image.ndim());
        let labels = if self.compactness > 0.0 {
            let values = image.f64s();
            let way = Late::Compact { values: &values, weight: self.compactness };
            late::watershed(way, markers, mask, shape, ndim, self.connectivity)
        } else {
            each_dtype!(image.pixels(), |pixels| if self.watershed_line {
                late::watershed(Late::Lines(&Of(pixels)), markers, mask, shape, ndim, self.connectivity)
            } else {
                watershed(&Of(pixels), markers, mask, shape, ndim, self.connectivity)
            })
        };
        Ok(vec![Datum::Volume(image.labels(labels)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.plain(inputs))
    }
}

impl Watershed {
    /// The definition by coordinates in f64, with a heap of swaps.
    fn plain(&self, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        type Item = (f64, usize, [usize; 3], [usize; 3]);
        let image = Grid::from(inputs.volume("image")?);
        let mut mask = match inputs.optional_volume("mask") {
            Some(mask) => Grid::from(mask),
            None => image.map(|_| 1.0),
        };
        let markers = Grid::from(inputs.volume("markers")?);
        let mut labels = markers.map_at(|p| if mask.at(p) != 0.0 { markers.at(p) } else { 0.0 });
        let level = |p| if f64::is_nan(image.at(p)) { f64::INFINITY } else { image.at(p) };
        let less = |a: &Item, b: &Item| if a.0 != b.0 { a.0 < b.0 } else { a.1 < b.1 };
        let push = |heap: &mut Vec<Item>, item: Item| {
            heap.push(item);
            let mut child = heap.len() - 1;
            while child > 0 && less(&heap[child], &heap[(child - 1) / 2]) {
                heap.swap(child, (child - 1) / 2);
                child = (child - 1) / 2;
            }
        };
        let pop = |heap: &mut Vec<Item>| {
            let top = heap.swap_remove(0);
            let mut at = 0;
            loop {
                let mut smallest = at;
                for child in [2 * at + 1, 2 * at + 2] {
                    if child < heap.len() && less(&heap[child], &heap[smallest]) {
                        smallest = child;
                    }
                }
                if smallest == at {
                    return top;
                }
                heap.swap(at, smallest);
                at = smallest;
            }
        };
        let reach: i64 = self.connectivity as i64;
        let around = |p: [usize; 3]| {
            let mut found = Vec::new();
            for far in 1..=reach {
                for z in -1..=1i64 {
                    for y in -1..=1i64 {
                        for x in -1..=1i64 {
                            let q = [p[0] as i64 + z, p[1] as i64 + y, p[2] as i64 + x];
                            let there = (0..3).all(|a| q[a] >= 0 && q[a] < image.shape[a] as i64);
                            if z * z + y * y + x * x == far && there {
                                found.push(q.map(|i| i as usize));
                            }
                        }
                    }
                }
            }
            found
        };
        let mut heap = Vec::new();
        labels.map_at(|p| {
            if labels.at(p) != 0.0 {
                push(&mut heap, (level(p), 0, p, p));
            }
            0.0
        });
        let compact = self.compactness > 0.0;
        let markers: Vec<f64> = heap.iter().map(|item| item.0).collect();
        let shared = |v: &f64| markers.iter().filter(|m| *m == v).count() > 1;
        let ties = markers.iter().copied().filter(shared).reduce(f64::max);
        let padded = padded_pixels(image.shape, inputs.volume("image")?.ndim());
        let mut age = 0;
        while !heap.is_empty() {
            let (value, _, here, source) = pop(&mut heap);
            if compact || self.watershed_line {
                if labels.at(here) != 0.0 && here != source {
                    continue;
                }
                let again = !compact && mask.at(here) == 0.0;
                if again && (ties.is_none_or(|ties| value >= ties) || heap.len() > ASKED_AGAIN * padded) {
                    continue;
                }
                let label = labels.at(source);
                let foreign =
                    |q: &[usize; 3]| mask.at(*q) != 0.0 && labels.at(*q) != 0.0 && labels.at(*q) != label;
                if compact || !again && !around(here).iter().any(foreign) {
                    labels.set(here, label);
                } else {
                    mask.set(here, 0.0);
                }
            }
            for there in around(here) {
                if mask.at(there) == 0.0 || labels.at(there) != 0.0 {
                    continue;
                }
                let mut cost = level(there);
                if compact {
                    let far: f64 = (0..3).map(|a| (there[a] as f64 - source[a] as f64).powi(2)).sum();
                    cost += self.compactness * far.sqrt();
                } else if !self.watershed_line {
                    labels.set(there, labels.at(here));
                }
                age += 1;
                push(&mut heap, (cost.max(value), age, there, source));
            }
        }
        Ok(vec![Plain::Image(labels)])
    }
}
