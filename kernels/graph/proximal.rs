//! How many objects have their centroids near that of each object.

use crate::common::threads;
use crate::common::touching::{centroids, plain_centroids};
use rayon::prelude::*;
use rotifer_registry::*;

/// Counts the centroids within distances, bounds included, of each object's; those of the second labels where there are some,
/// else those of the other objects.
pub struct Proximal {
    pub minimum: f64,
    pub maximum: f64,
}

impl Proximal {
    fn is_near(&self, a: &[f64; 3], b: &[f64; 3]) -> bool {
        let square: f64 = (0..3).map(|i| (a[i] - b[i]) * (a[i] - b[i])).sum();
        (self.minimum..=self.maximum).contains(&square.sqrt())
    }

    fn table(&self, labels: impl Iterator<Item = u32>, counts: Vec<i64>) -> Result<Table, Error> {
        let labels = Values::Int(labels.map(|l| l as i64).collect());
        Table::new().with("label", labels)?.with("count", Values::Int(counts))
    }
}

impl Kernel for Proximal {
    const DEVICE: bool = false;

    fn infer(&self, _spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let (first, second) = (inputs.volume("labels")?, inputs.volume("other").ok());
        match second {
            Some(other) if other.ndim != first.ndim => {
                Err(Error::new(Code::Shape, "one of the labels is 2-D, the other 3-D").argument("other"))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let (index, places) = centroids(labels.label_slice()?, labels.shape());
        let other = match inputs.optional_volume("other") {
            Some(other) => Some(centroids(other.label_slice()?, other.shape()).1),
            None => None,
        };
        // Of centroids in the order of y only those in a band can be near.
        let mut sorted: Vec<(f64, usize)> =
            other.as_ref().unwrap_or(&places).iter().enumerate().map(|(i, p)| (p[1], i)).collect();
        sorted.par_sort_by(|a, b| a.0.total_cmp(&b.0));
        let all = other.as_ref().unwrap_or(&places);
        let far = self.maximum * (1.0 + 1e-9) + 1e-9;
        let count = |(own, place): (usize, &[f64; 3])| {
            let first = sorted.partition_point(|(y, _)| *y < place[1] - far);
            let band = sorted[first..].iter().take_while(|(y, _)| *y <= place[1] + far);
            let near = |i: usize| (other.is_some() || i != own) && self.is_near(place, &all[i]);
            band.filter(|(_, i)| near(*i)).count() as i64
        };
        let counts = threads::collect(places.iter().enumerate(), count);
        Ok(vec![Datum::Table(self.table(index.present.into_iter(), counts)?)])
    }

    fn reference(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let own = plain_centroids(&Grid::from(inputs.volume("labels")?));
        let other = inputs.optional_volume("other").map(|other| plain_centroids(&Grid::from(other)));
        let count = |(label, place): (&u32, &[f64; 3])| {
            let near = |(name, at): &(&u32, &[f64; 3])| {
                (other.is_some() || *name != label) && self.is_near(place, at)
            };
            other.as_ref().unwrap_or(&own).iter().filter(near).count() as i64
        };
        let counts = own.iter().map(count).collect();
        Ok(vec![Plain::Table(self.table(own.keys().copied(), counts)?)])
    }
}

op! {
    /// Counts the other objects whose centroid is near that of each object.
    ///
    /// One row for each label that is present, ascending: `label` and `count`. Centroids are the means of pixel indices, distances
    /// are in pixels.
    pub struct ProximalNeighborCount {
        /// Least distance of centroids, in pixels.
        minimum_distance: f64 = 0.0, range(0.0, 1e9);
        /// Greatest distance of centroids, in pixels.
        maximum_distance: f64 = 25.0, range(0.0, 1e9);
    }
    id: "proximal_neighbor_count", revision: 1, family: Graph,
    kernel: Proximal { minimum: minimum_distance, maximum: maximum_distance },
    inputs: { labels: Labels },
    outputs: { objects: Table },
    agrees: Exact, follows: "scipy.spatial.distance.cdist 1.17",
    python: "
present = np.unique(labels[labels > 0])
at = np.array([np.argwhere(labels == l).mean(axis=0) for l in present]).reshape(-1, labels.ndim)
apart = np.sqrt(sum((at[:, None, a] - at[None, :, a]) ** 2 for a in range(labels.ndim)))
near = (apart >= minimum_distance) & (apart <= maximum_distance) & ~np.eye(len(at), dtype=bool)
result = {'label': present, 'count': near.sum(axis=1)}",
    examples: ["maximum_distance = 40.0", "minimum_distance = 10.0\nmaximum_distance = 60.5"],
}

op! {
    /// Counts the objects of other labels whose centroid is near that of each object.
    ///
    /// One row for each label of `labels` that is present, ascending: `label` and `count`, how many objects of `other` have their
    /// centroid within the distances. Centroids are the means of pixel indices, distances are in pixels.
    pub struct ProximalOtherLabelsCount {
        /// Least distance of centroids, in pixels.
        minimum_distance: f64 = 0.0, range(0.0, 1e9);
        /// Greatest distance of centroids, in pixels.
        maximum_distance: f64 = 25.0, range(0.0, 1e9);
    }
    id: "proximal_other_labels_count", revision: 1, family: Graph,
    kernel: Proximal { minimum: minimum_distance, maximum: maximum_distance },
    inputs: { labels: Labels, other: Labels },
    outputs: { objects: Table },
    agrees: Exact, follows: "scipy.spatial.distance.cdist 1.17",
    python: "
present = np.unique(labels[labels > 0])
centers = lambda x: np.array([np.argwhere(x == l).mean(axis=0) for l in np.unique(x[x > 0])]).reshape(-1, x.ndim)
at, there = centers(labels), centers(other)
apart = np.sqrt(sum((at[:, None, a] - there[None, :, a]) ** 2 for a in range(labels.ndim)))
result = {'label': present, 'count': ((apart >= minimum_distance) & (apart <= maximum_distance)).sum(axis=1)}",
    examples: ["maximum_distance = 40.0", "minimum_distance = 10.0\nmaximum_distance = 60.5"],
}
