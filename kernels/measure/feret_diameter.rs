use crate::common::convex_hull::corners;
use crate::common::per_object::{Measured, Object, PerObject, flat_only};
use rotifer_registry::*;

op! {
    /// Measures the greatest and the least caliper width of every object.
    ///
    /// 2-D objects, one row for each label, ascending, by the convex hull of the pixels' corners or centres:
    ///
    /// - `feret_diameter_max`: the greatest distance of two points of the hull, in pixels.
    /// - `feret_diameter_min`: the least distance of two parallel lines that have the hull between them: one goes through an edge.
    /// - `feret_angle`: the direction of the greatest distance, in degrees from the x axis towards the top, from 0 to less than 180; of
    ///   several the least.
    pub struct FeretDiameter {
        /// Points that make the hull: `corners` of the pixels, as ImageJ measures, or their `centers`, as CellProfiler does.
        points: Points = Points::Corners;
    }
    id: "feret_diameter", revision: 1, family: Measure,
    kernel: PerObject(Feret { reach: (points == Points::Corners) as i64 }),
    inputs: { labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-9), follows: "ij.process.ImageProcessor.getFeretValues 1.54",
    python: "
ids, rows = np.unique(labels[labels > 0]), []
for label in ids:
    places = np.argwhere(labels == label).astype(float)
    if points == 'corners':
        places = np.concatenate([places + step for step in ((-.5, -.5), (-.5, .5), (.5, -.5), (.5, .5))])
    if np.linalg.matrix_rank(places - places[0]) < 2:
        hull = places[np.lexsort(places.T)[[0, -1]]]
        least = 0.0
    else:
        hull = places[scipy.spatial.ConvexHull(places).vertices]
        edges = np.roll(hull, -1, axis=0) - hull
        edges = edges / np.linalg.norm(edges, axis=1, keepdims=True)
        off = (hull[None] - hull[:, None]) @ np.array([[0, 1], [-1, 0]])
        least = np.abs((off * edges[:, None]).sum(axis=2)).max(axis=1).min()
    apart = hull[None] - hull[:, None]
    square = (apart ** 2).sum(axis=2)
    angles = np.degrees(np.arctan2(-apart[..., 0], apart[..., 1])) % 180
    rows.append([np.sqrt(square.max()), least, angles[square == square.max()].min()])
rows = np.array(rows, float).reshape(-1, 3)
result = {'label': ids, 'feret_diameter_max': rows[:, 0], 'feret_diameter_min': rows[:, 1], 'feret_angle': rows[:, 2]}",
    examples: ["points = \"centers\""],
}

choice! {
    /// The points that span the hull.
    pub enum Points { Corners = "corners", Centers = "centers" }
}

struct Feret {
    reach: i64,
}

/// Greatest and least width of a hull given in half pixels, and the angle of the greatest.
pub fn widths(hull: &[[i64; 2]]) -> [f64; 3] {
    let edges = || hull.iter().zip(hull.iter().cycle().skip(1));
    let minus = |a: &[i64; 2], b: &[i64; 2]| [a[0] - b[0], a[1] - b[1]];
    let square = |[y, x]: [i64; 2]| y * y + x * x;
    let apart = || hull.iter().enumerate().flat_map(|(i, a)| hull[i..].iter().map(move |b| minus(b, a)));
    let greatest = apart().map(square).max().unwrap_or_default();
    let angle = |[y, x]: [i64; 2]| match (-y as f64).atan2(x as f64).to_degrees() {
        turned if turned < 0.0 => turned + 180.0,
        turned if turned >= 180.0 => 0.0,
        turned => turned,
    };
    let angle = apart().filter(|d| square(*d) == greatest).map(angle).fold(f64::INFINITY, f64::min);
    let across = |(a, b): (&[i64; 2], &[i64; 2])| {
        let along = minus(b, a);
        let height = |p: &[i64; 2]| (along[0] * (p[1] - a[1]) - along[1] * (p[0] - a[0])).abs();
        hull.iter().map(height).max().unwrap_or_default() as f64 / (square(along) as f64).sqrt()
    };
    let least = if hull.len() > 2 { edges().map(across).fold(f64::INFINITY, f64::min) } else { 0.0 };
    [(greatest as f64).sqrt() / 2.0, least / 2.0, angle]
}

impl Measured for Feret {
    fn check(&self, inputs: &Metas) -> Result<(), Error> {
        flat_only(inputs)
    }

    fn columns(&self, _ndim: usize, _images: usize) -> Vec<String> {
        ["feret_diameter_max", "feret_diameter_min", "feret_angle"].map(String::from).into()
    }

    fn row(&self, object: &Object, _images: &[&Volume]) -> Vec<f64> {
        widths(&corners(&object.rows(), self.reach)).into()
    }
}
