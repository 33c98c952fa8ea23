use super::method::Method;
use crate::common::fresh;
use crate::common::global_threshold::Bounds;
use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::LabelRuns;
use crate::common::shape::same_shape;
use crate::common::threads;
use rotifer_registry::*;
use std::collections::BTreeMap;

op! {
    /// Finds a threshold for each object from its own pixels, and the pixels of objects above it.
    ///
    /// Each label has the threshold that `method` makes of the pixels of that label; nothing outside the labels is in the mask.
    /// The table has a row for each label that is present, ascending: `label` and `threshold`, times the factor and within the
    /// bounds. Values that are not finite do not count; a label without others has the threshold 0.
    pub struct ThresholdPerObject {
        /// How pixels make a threshold.
        method: Method = Method::Otsu;
        /// Bins of float images.
        nbins: u32 = 256, range(2, 65536);
        /// The thresholds are multiplied by this.
        factor: f64 = 1.0, range(0.0, 1e6);
        /// Least threshold, after the factor.
        minimum: Option<f64> = None;
        /// Largest threshold, after the factor.
        maximum: Option<f64> = None;
    }
    id: "threshold_per_object", revision: 1, family: Threshold,
    memory: host,
    inputs: { image: Image, labels: Labels },
    outputs: { mask: Mask, thresholds: Table },
    agrees: Relative(1e-6), follows: "skimage.filters.threshold_otsu 0.26",
    python: "present = np.unique(labels[labels > 0])
t = np.array([above(np.zeros(1), threshold_of(counted(image, labels == l), method, nbins), factor, minimum, maximum)[1] for l in present])
near = np.append(t, 0)[np.searchsorted(present, labels)]
v = f64(image)
result = (np.ma.masked_array((labels > 0) & (v > near), (v != near) & (abs(v - near) <= 1e-6 * abs(near))), {'label': present, 'threshold': t})",
    examples: ["method = \"li\"", "method = \"mean\"\nfactor = 0.9\nminimum = 20.0", "method = \"robust_background\"\nmaximum = 90.0"],
}

impl ThresholdPerObject {
    fn bounds(&self) -> Bounds {
        Bounds { factor: self.factor, minimum: self.minimum, maximum: self.maximum }
    }

    /// The threshold of one object's pixels.
    fn one<T: Element>(&self, pixels: Vec<T>, plain: bool) -> Result<f64, Error>
    where
        Pixels: From<ndarray::Array3<T>>,
    {
        Ok(self.bounds().of(self.method.of(pixels, self.nbins, plain)?.unwrap_or(0.0)))
    }

    fn thresholds<T: Element>(&self, pixels: &[T], labels: &[u32], shape: [usize; 3]) -> Result<Found, Error>
    where
        Pixels: From<ndarray::Array3<T>>,
    {
        let runs = LabelRuns::new(labels, shape);
        let index = LabelIndex::new(&runs);
        let objects: Vec<Vec<T>> = runs.gather(
            &index,
            |all: &mut Vec<T>, run| all.extend_from_slice(&pixels[run.pixels()]),
            |a, b| a.extend(b),
        );
        let thresholds = threads::collect(objects, |object| self.one(object, false));
        let thresholds = thresholds.into_iter().collect::<Result<Vec<f64>, _>>()?;
        let mask = fresh::map2(pixels, labels, |mask, pixels, labels| {
            for ((m, v), label) in mask.iter_mut().zip(pixels).zip(labels).filter(|(_, l)| **l > 0) {
                *m = index.place(*label).is_some_and(|place| v.to_f64() > thresholds[place]) as u8;
            }
        });
        Ok(Found { mask, labels: index.present, thresholds })
    }
}

struct Found {
    mask: Vec<u8>,
    labels: Vec<u32>,
    thresholds: Vec<f64>,
}

fn table(labels: impl Iterator<Item = u32>, thresholds: Vec<f64>) -> Result<Table, Error> {
    let labels = Values::Int(labels.map(|label| label as i64).collect());
    Table::new().with("label", labels)?.with("threshold", Values::Float(thresholds))
}

impl Host for ThresholdPerObject {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.bounds().check()?;
        same_shape(inputs, &["image", "labels"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let labels = inputs.volume("labels")?.label_slice()?;
        let found = each_dtype!(image.pixels(), |p| self.thresholds(p, labels, image.shape()))?;
        let table = table(found.labels.into_iter(), found.thresholds)?;
        Ok(vec![Datum::Volume(image.mask(found.mask)?), Datum::Table(table)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let (image, labels) = (inputs.volume("image")?, inputs.volume("labels")?.label_slice()?);
            let present: BTreeMap<u32, ()> = labels.iter().filter(|l| **l > 0).map(|l| (*l, ())).collect();
            let mut thresholds = BTreeMap::new();
            for label in present.into_keys() {
                let threshold = each_dtype!(image.pixels(), |p| {
                    let own = p.iter().zip(labels).filter(|(_, l)| **l == label).map(|(v, _)| *v);
                    self.one(own.collect(), true)
                })?;
                thresholds.insert(label, threshold);
            }
            let values = image.f64s();
            let decide = |(v, label): (&f64, &u32)| match thresholds.get(label) {
                None => 0.0,
                Some(t) if v != t && (v - t).abs() < 1e-6 * t.abs() => f64::NAN,
                Some(t) => (v > t) as u8 as f64,
            };
            let data = values.iter().zip(labels).map(decide).collect();
            let mask = Grid { data, ..Grid::from(image) };
            let table = table(thresholds.keys().copied(), thresholds.values().copied().collect())?;
            Ok(vec![Plain::Image(mask), Plain::Table(table)])
        };
        Some(plain())
    }
}
