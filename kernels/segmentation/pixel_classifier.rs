use crate::common::bank::{self, Beyond, Taps, f64s, gaussians};
use crate::common::forest::{BestSplit, Samples, Settings, best_split, best_split_plain};
use crate::common::parts::by_pixels;
use crate::common::shape::same_shape;
use rotifer_registry::*;
use std::collections::BTreeMap;

op! {
    /// Gives each pixel a class, as a random forest has learned it from pixels that were marked.
    ///
    /// `annotations` has the class of marked pixels of `training`, 0 elsewhere. The image itself can be the training image, or both come
    /// from files of their own. Each pixel has the features v, the pixel; and for each σ, along all axes, mirrored at the border and
    /// cut off at 4 σ: the Gaussian, the length of the vector of the Gaussian's first derivatives, and the sum of its second derivatives.
    /// A feature counts as one of 256 equal levels from its least to its greatest value in the training image, values beyond as
    /// the ends; NaN is 0 before filtering.
    ///
    /// Of each class at most `samples` pixels are taken: of n in raster order those at ⌊i · n / samples⌋. Each of the trees
    /// (Breiman, 2001) is grown from as many of these, drawn with replacement; at each node √(number of features), rounded down, are
    /// drawn, more while none splits, and the split is taken that makes Gini's impurity least, the first of equal ones. Random
    /// numbers are those of splitmix64, started for tree k at `seed` + 2³² k; a number below n is ⌊n r / 2⁶⁴⌋. A pixel's class is the one
    /// with the greatest mean share in the leaves, the smaller one of equals; `confidence` is that share. Without marked pixels all are 0.
    pub struct PixelClassifier {
        /// Standard deviations of the filters, in pixels, as powers of two: 2 means σ = 1, 2 and 4.
        scales: u32 = 2, range(0, 5);
        /// Number of trees.
        trees: u32 = 20, range(1, 1000);
        /// Most splits from the root of a tree to a leaf.
        depth: u32 = 12, range(1, 64);
        /// Most pixels of each class that are learned from.
        samples: usize = 500, range(1, 1e6);
        /// Where the random numbers begin.
        seed: u32 = 0;
    }
    id: "pixel_classifier", revision: 1, family: Segmentation,
    memory: host,
    inputs: { image: Image, training: Image, annotations: Labels },
    outputs: { labels: Labels, confidence: Image(F32) },
    agrees: Absolute(1e-6), follows: "skimage.future.TrainableSegmenter 0.26",
    python: "
def features(v):
    v = np.nan_to_num(f64(v))
    found = [v]
    for i in range(scales + 1):
        g = lambda order: ndi.gaussian_filter(v, 2.0 ** i, order=order, mode='reflect', truncate=4)
        axes = np.eye(v.ndim, dtype=int)
        found += [g(0), np.sqrt(sum(g(o) ** 2 for o in axes)), sum(g(2 * o) for o in axes)]
    return np.stack([f.ravel() for f in found], axis=1)
train, marked = features(training), annotations.ravel()
low, high = train.min(axis=0), train.max(axis=0)
level = lambda f: np.clip(np.floor((f - low) / np.where(high > low, high - low, 1) * 256), 0, 255).astype(int)
classes = np.unique(marked[marked > 0])
rows, y = [], []
for k, c in enumerate(classes):
    own = np.flatnonzero(marked == c)
    n = len(own)
    own = own if n <= samples else own[np.arange(samples) * n // samples]
    rows.append(own)
    y += [k] * len(own)
if len(classes):
    found, share = forest(level(train[np.concatenate(rows)]), np.array(y), len(classes), trees, depth, seed, level(features(image)))
    result = classes[found].reshape(image.shape), share.reshape(image.shape)
else:
    result = np.zeros(image.shape, int), np.zeros(image.shape)",
    examples: ["trees = 3\ndepth = 4\nsamples = 60\nseed = 7\nscales = 1"],
}

const MIRRORED: Beyond = Beyond { edge: Edge::Reflect, constant: 0.0, filtered: false };

/// How one correlation is computed: fast, or plainly.
type Correlate = fn(&Volume, &[f64], &Taps) -> Vec<f64>;

impl PixelClassifier {
    fn columns(&self) -> usize {
        1 + 3 * (self.scales as usize + 1)
    }

    /// The features, one after another.
    fn features(&self, volume: &Volume, correlate: Correlate) -> Vec<Vec<f64>> {
        let meta = volume.meta();
        let mut pixels = f64s(volume);
        pixels.iter_mut().filter(|v| v.is_nan()).for_each(|v| *v = 0.0);
        let mut all = Vec::with_capacity(self.columns());
        for scale in 0..=self.scales {
            let sigma =
                [0, 1, 2].map(|a| if meta.axes().contains(&a) { (1u32 << scale) as f64 } else { 0.0 });
            let filtered = |order: usize| -> Vec<Vec<f64>> {
                let taps = meta
                    .axes()
                    .map(|a| gaussians(sigma, [0, 1, 2].map(|b| if a == b { order } else { 0 }), 4.0));
                taps.map(|taps| correlate(volume, &pixels, &taps)).collect()
            };
            let of = |parts: Vec<Vec<f64>>, value: fn(&[f64]) -> f64| {
                (0..pixels.len()).map(|i| value(&parts.iter().map(|p| p[i]).collect::<Vec<_>>())).collect()
            };
            all.push(correlate(volume, &pixels, &gaussians(sigma, [0; 3], 4.0)));
            all.push(of(filtered(1), |v| v.iter().map(|v| v * v).sum::<f64>().sqrt()));
            all.push(of(filtered(2), |v| v.iter().sum()));
        }
        all.insert(0, pixels);
        all
    }

    /// The classes and shares of all pixels.
    fn classify(
        &self,
        inputs: &Inputs,
        correlate: Correlate,
        split: BestSplit,
    ) -> Result<(Vec<u32>, Vec<f64>), Error> {
        let (image, training) = (inputs.volume("image")?, inputs.volume("training")?);
        let marked = inputs.volume("annotations")?.label_slice()?;
        let mut places = BTreeMap::<u32, Vec<usize>>::new();
        for (i, class) in marked.iter().enumerate().filter(|(_, class)| **class > 0) {
            places.entry(*class).or_default().push(i);
        }
        if places.is_empty() {
            return Ok((vec![0; image.len()], vec![0.0; image.len()]));
        }
        let train = self.features(training, correlate);
        let ends: Vec<[f64; 2]> = train
            .iter()
            .map(|f| f.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], v| [a.min(*v), b.max(*v)]))
            .collect();
        let level = |feature: usize, v: f64| {
            let [low, high] = ends[feature];
            let range = if high > low { high - low } else { 1.0 };
            ((v - low) / range * 256.0).floor().clamp(0.0, 255.0) as u16
        };
        let features = self.columns();
        let row =
            |all: &[Vec<f64>], i: usize| (0..features).map(|f| level(f, all[f][i])).collect::<Vec<u16>>();
        let (mut levels, mut classes) = (Vec::new(), Vec::new());
        for (class, own) in places.values().enumerate() {
            let n = own.len();
            for i in 0..n.min(self.samples) {
                levels.extend(row(&train, own[if n <= self.samples { i } else { i * n / self.samples }]));
                classes.push(class);
            }
        }
        let samples = Samples { features, levels: &levels, classes: &classes, count: places.len() };
        let forest =
            Settings { trees: self.trees, depth: self.depth, seed: self.seed }.grow(&samples, split)?;
        let all = self.features(image, correlate);
        let names: Vec<u32> = places.into_keys().collect();
        let found = by_pixels(image.len(), |i| {
            let (class, share) = forest.class(&row(&all, i));
            (names[class], share)
        });
        Ok(found.into_iter().unzip())
    }
}

impl Host for PixelClassifier {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["training", "annotations"])?;
        let (image, training) = (inputs.volume("image")?, inputs.volume("training")?);
        if image.ndim != training.ndim {
            return Err(Error::new(Code::Shape, "the training image has other axes")
                .value(training.shape_text())
                .allowed(format!("{} spatial axes", image.ndim)));
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let correlate: Correlate =
            |volume, pixels, taps| bank::correlate(pixels, volume.shape(), taps, MIRRORED);
        let (labels, shares) = self.classify(inputs, correlate, best_split)?;
        let confidence = image.image(shares.into_iter().map(|s| s as f32).collect::<Vec<f32>>())?;
        Ok(vec![Datum::Volume(image.labels(labels)?), Datum::Volume(confidence)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let classify = || {
            let image = inputs.volume("image")?;
            let correlate: Correlate = |volume, pixels, taps| {
                let grid = Grid { shape: volume.shape(), ndim: volume.ndim(), data: pixels.to_vec() };
                bank::correlate_plain(&grid, taps, MIRRORED).data
            };
            let (labels, shares) = self.classify(inputs, correlate, best_split_plain)?;
            let grid = |data: Vec<f64>| Plain::Image(Grid { shape: image.shape(), ndim: image.ndim(), data });
            Ok(vec![grid(labels.into_iter().map(f64::from).collect()), grid(shares)])
        };
        Some(classify())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        let taps = (1usize << self.scales) * 16 * inputs.first().map_or(2, |v| v.ndim) * 7;
        let learning = 60_000 * self.trees as usize;
        inputs.first().map_or(1, |v| v.len().saturating_mul(2 * taps + self.trees as usize * 8) + learning)
    }
}
