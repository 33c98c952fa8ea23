//! Points of images and of objects, and values at points.

use crate::common::points::{axes, coordinates, with_points};
use crate::common::threads;
use crate::common::touching::{centroids, plain_centroids};
use rotifer_registry::*;

op! {
    /// Finds the centre of mass: the mean of pixel indices, weighted by the image.
    ///
    /// A table of one row with the coordinates (z,) y, x. Sums are taken in float64; where the image sums to 0 or has a NaN there is
    /// none: NaN.
    pub struct CenterOfMass {}
    id: "center_of_mass", revision: 1, family: Measure,
    memory: host,
    inputs: { image: Image },
    outputs: { point: Table },
    agrees: Relative(1e-8), follows: "scipy.ndimage.center_of_mass 1.17",
    python: "dict(zip('zyx'[3 - image.ndim:], ([c] for c in ndi.center_of_mass(f64(image)))))",
    examples: [],
}

/// The sum of a row, and of its products with x.
fn row_sums<T: Element>(row: &[T]) -> [f64; 2] {
    let values = row.iter().map(|v| v.to_f64()).enumerate();
    values.fold([0.0, 0.0], |[sum, along], (x, v)| [sum + v, along + v * x as f64])
}

impl Host for CenterOfMass {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let [_, ny, nx] = image.shape();
        // Rows by themselves, then one after another: the order of additions does not depend on threads.
        let rows: Vec<[f64; 2]> =
            each_dtype!(image.pixels(), |pixels| threads::of_chunks(pixels, nx, |_, row| row_sums(row)));
        let mut sums = [0.0; 4];
        for (row, [sum, along]) in rows.into_iter().enumerate() {
            let more = [sum, sum * (row / ny) as f64, sum * (row % ny) as f64, along];
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
        let point = [1, 2, 3].map(|i| sums[i] / sums[0]);
        Ok(vec![Datum::Table(with_points(Table::new(), image.meta().axes(), &[point])?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let center = || {
            let volume = inputs.volume("image")?;
            let image = Grid::from(volume);
            let sum: f64 = image.data.iter().sum();
            let along = |a: usize| image.map_at(|p| image.at(p) * p[a] as f64).data.iter().sum::<f64>();
            let point = [0, 1, 2].map(|a| along(a) / sum);
            Ok(vec![Plain::Table(with_points(Table::new(), volume.meta().axes(), &[point])?)])
        };
        Some(center())
    }
}

/// The table of points with labels.
fn labelled(
    labels: impl Iterator<Item = u32>,
    meta: &VolumeMeta,
    points: &[[f64; 3]],
) -> Result<Table, Error> {
    let labels = Values::Int(labels.map(|l| l as i64).collect());
    with_points(Table::new().with("label", labels)?, meta.axes(), points)
}

op! {
    /// Finds the centroid of every object: the mean of its pixels' indices.
    ///
    /// One row for each label that is present, ascending: `label`, (`z`,) `y` and `x`, in pixels.
    pub struct CentroidsOfLabels {}
    id: "centroids_of_labels", revision: 1, family: Measure,
    memory: host,
    inputs: { labels: Labels },
    outputs: { points: Table },
    agrees: Exact, follows: "skimage.measure.regionprops_table 0.26",
    python: "
table = ski.measure.regionprops_table(labels.astype(np.int64), properties=['label', 'centroid'])
result = dict(zip(['label', *'zyx'[3 - labels.ndim:]], table.values()))",
    examples: [],
}

impl Host for CentroidsOfLabels {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let (index, points) = centroids(labels.label_slice()?, labels.shape());
        Ok(vec![Datum::Table(labelled(index.present.into_iter(), &labels.meta(), &points)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let find = || {
            let labels = inputs.volume("labels")?;
            let points = plain_centroids(&Grid::from(labels));
            let (names, points): (Vec<u32>, Vec<[f64; 3]>) = points.into_iter().unzip();
            Ok(vec![Plain::Table(labelled(names.into_iter(), &labels.meta(), &points)?)])
        };
        Some(find())
    }
}

op! {
    /// Reads the image at points.
    ///
    /// The table of the points with a column more: the pixel whose index is nearest to the point, coordinates rounded half to even;
    /// NaN where the point lies outside. Points have columns (`z`,) `y` and `x`, in pixels.
    pub struct ReadValuesAtPositions {
        /// The name of the new column.
        column: String = "value".to_string();
    }
    id: "read_values_at_positions", revision: 1, family: Measure,
    memory: host,
    inputs: { image: Image, points: Table },
    outputs: { points: Table },
    agrees: Exact, follows: "numpy.rint 2.4",
    python: "
at = np.rint(np.stack([f64(points[a]) for a in 'zyx'[3 - image.ndim:]], axis=1))
inside = ((at >= 0) & (at < image.shape)).all(axis=1)
values = np.full(len(at), np.nan)
values[inside] = f64(image)[tuple(at[inside].astype(int).T)]
result = {**points, column: values}",
    examples: ["column = \"intensity\""],
}

impl ReadValuesAtPositions {
    fn read(&self, inputs: &Inputs, value: impl Fn([usize; 3]) -> f64 + Sync) -> Result<Table, Error> {
        let (image, points) = (inputs.volume("image")?, inputs.table("points")?);
        let shape = image.shape();
        if image.ndim() == 2 && axes(points).len() == 3 {
            return Err(Error::new(Code::Table, "the points are 3-D, the image is 2-D"));
        }
        let places = coordinates(points, image.meta().axes())?;
        let read = |point: &[f64; 3]| {
            let at = point.map(f64::round_ties_even);
            let inside = (0..3).all(|a| at[a] >= 0.0 && at[a] < shape[a] as f64);
            if inside { value(at.map(|i| i as usize)) } else { f64::NAN }
        };
        let values = Values::Float(places.iter().map(read).collect());
        points.clone().with(&self.column, values).map_err(|e| e.argument("column"))
    }
}

impl Host for ReadValuesAtPositions {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let [_, ny, nx] = image.shape();
        let table = each_dtype!(image.pixels(), |pixels| {
            self.read(inputs, |[z, y, x]| pixels[(z * ny + y) * nx + x].to_f64())
        })?;
        Ok(vec![Datum::Table(table)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let read = || {
            let image = Grid::from(inputs.volume("image")?);
            Ok(vec![Plain::Table(self.read(inputs, |p| image.at(p))?)])
        };
        Some(read())
    }
}
