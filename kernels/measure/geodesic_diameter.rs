use crate::common::geodesic::Distances;
use crate::common::per_object::{Measured, Object, PerObject};
use rotifer_registry::*;

op! {
    /// Measures the length of the longest way inside every object.
    ///
    /// One row for each label, ascending. Ways go from pixel to pixel over neighbours of every kind, with steps of 1, √2 and √3. From the
    /// pixel farthest from the nearest pixel outside the object, or outside the image, the farthest one is an end, and the one
    /// farthest from that the other end, as in MorphoLibJ; of several pixels the first in raster order. Parts of an object that
    /// have no connection with the start do not count.
    ///
    /// - `geodesic_diameter`: the length of the shortest way between both ends, in pixels, 0 of a single pixel.
    /// - `start_y`, `start_x`, `end_y`, `end_x`, in 3-D `start_z` and `end_z` too: the indices of the ends.
    pub struct GeodesicDiameter {}
    id: "geodesic_diameter", revision: 1, family: Measure,
    kernel: PerObject(Longest),
    inputs: { labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-9), follows: "inra.ijpb.measure.region2d.GeodesicDiameter 1.6",
    python: "
ids, rows = np.unique(labels[labels > 0]), []
for label in ids:
    rest = np.argwhere(labels == label)
    low = rest.min(axis=0)
    own = np.pad(labels[tuple(slice(a, b + 1) for a, b in zip(low, rest.max(axis=0)))] == label, 1)
    def farthest(place):
        way = np.asarray(ski.graph.MCP_Geometric(np.where(own, 1.0, -1.0), fully_connected=True).find_costs([place])[0])
        # Sums of steps in another order differ in their last bits.
        way = np.where(own & np.isfinite(way), np.round(way, 10), -1)
        return np.unravel_index(way.argmax(), own.shape), way.max()
    middle = np.unravel_index(np.where(own, ndi.distance_transform_edt(own), -1).argmax(), own.shape)
    first, _ = farthest(middle)
    last, far = farthest(first)
    rows.append([far, *(np.array(first) - 1 + low), *(np.array(last) - 1 + low)])
axes = 'zyx'[-labels.ndim:]
names = ['geodesic_diameter'] + ['start_' + a for a in axes] + ['end_' + a for a in axes]
rows = np.array(rows, float).reshape(-1, len(names))
result = {'label': ids, **{n: rows[:, i] for i, n in enumerate(names)}}",
    examples: [],
}

struct Longest;

impl Measured for Longest {
    fn columns(&self, ndim: usize, _images: usize) -> Vec<String> {
        let ends = ["start", "end"]
            .iter()
            .flat_map(|end| ["z", "y", "x"][3 - ndim..].iter().map(move |a| format!("{end}_{a}")));
        std::iter::once("geodesic_diameter".to_string()).chain(ends).collect()
    }

    fn row(&self, object: &Object, _images: &[&Volume]) -> Vec<f64> {
        let crop = object.crop(false);
        let (start, _) = Distances::within(&crop, crop.middle(&crop.distances(object.ndim))).farthest();
        let (end, length) = Distances::within(&crop, start).farthest();
        let ends = [start, end].map(|i| crop.place(i)).into_iter();
        let ends = ends.flat_map(|p| p[3 - object.ndim..].to_vec()).map(|i| i as f64);
        std::iter::once(length).chain(ends).collect()
    }
}
