use crate::common::label_values::look_up_all;
use rotifer_registry::*;

op! {
    /// Replaces labels by numbers that are listed for them.
    ///
    /// Labels that are not listed become 0; 0 itself may be listed. Of a label that is listed twice the last number counts.
    /// Numbers are rounded to float32.
    pub struct MapValues {
        /// Rows of two: a label and the number that it becomes.
        pairs: Matrix;
    }
    id: "map_values", revision: 1, family: Util,
    memory: host,
    inputs: { labels: Labels },
    outputs: { image: Image(F32) },
    agrees: Exact, follows: "skimage.util.map_array 0.26",
    python: "ski.util.map_array(labels, f64(pairs)[:, 0].astype(labels.dtype), f64(pairs)[:, 1])",
    examples: ["pairs = [[1, 5.5], [3, -2], [2, 1e6]]", "pairs = [[0, 7], [2, 0.1]]"],
}

impl MapValues {
    fn pairs(&self) -> Result<Vec<(u32, f64)>, Error> {
        if self.pairs.columns != 2 {
            let error = Error::new(Code::OutOfRange, "a row is a label and a number").argument("pairs");
            return Err(error.value(format!("{} columns", self.pairs.columns)).allowed("2 columns"));
        }
        let pair = |row: &[f64]| {
            let fits = row[0].fract() == 0.0 && (0.0..=u32::MAX as f64).contains(&row[0]);
            fits.then_some((row[0] as u32, row[1])).ok_or_else(|| {
                Error::new(Code::OutOfRange, "labels are whole numbers").argument("pairs").value(row[0])
            })
        };
        self.pairs.values.chunks_exact(2).map(pair).collect()
    }
}

impl Host for MapValues {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Point)
    }

    fn infer(&self, _inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.pairs().map(|_| ())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let mut pairs = self.pairs()?;
        pairs.sort_by_key(|pair| pair.0);
        let value = |label| match pairs.partition_point(|pair| pair.0 <= label).checked_sub(1) {
            Some(i) if pairs[i].0 == label => pairs[i].1 as f32,
            _ => 0.0,
        };
        Ok(vec![Datum::Volume(labels.image(look_up_all(labels.label_slice()?, value))?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let map = || {
            let pairs = self.pairs()?;
            let value = |l: f64| pairs.iter().rev().find(|p| p.0 as f64 == l).map_or(0.0, |p| p.1);
            Ok(vec![Plain::Image(Grid::from(inputs.volume("labels")?).map(value))])
        };
        Some(map())
    }
}
