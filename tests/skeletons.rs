//! The operations that `docs/operations.md` shows, one for each skeleton: what they compute, by hand.

use rotifer::registry::*;
use rotifer::{document, execute};
use rotifer_kernels::common::all_pixels::AllPixels;
use rotifer_kernels::common::axis_fold::{AlongAxis, Axis};
use rotifer_kernels::common::axis_percentile::PercentileAlongAxis;
use rotifer_kernels::common::bank::{Bank, Beyond, slope};
use rotifer_kernels::common::blocks::{Blocks, OfBlock};
use rotifer_kernels::common::by_meta::ByMeta;
use rotifer_kernels::common::components::Part;
use rotifer_kernels::common::compose::{Compose, Operand};
use rotifer_kernels::common::extremes::{Binary, Greatest, Grey, Least, Taken};
use rotifer_kernels::common::global_threshold::{Bounds, Counted, GlobalThreshold};
use rotifer_kernels::common::label_statistics::OverLabels;
use rotifer_kernels::common::label_values::{LabelMap, Relabel, StayByMean};
use rotifer_kernels::common::over_window::{OverWindow, Percentile};
use rotifer_kernels::common::pairs::{Pairs, Sums};
use rotifer_kernels::common::per_object::{Measured, Object, PerObject};
use rotifer_kernels::common::reindex::{Reindex, Reindexed};
use rotifer_kernels::common::small_parts::SmallParts;
use rotifer_kernels::common::statistic::Statistic;
use rotifer_kernels::common::tensor::{Local, OfTensor, Tensor};
use rotifer_kernels::math::arithmetic::Subtract;
use rotifer_kernels::transform::resize::Resize;

// Also in docs/operations.md, word for word.

op! {
    /// Takes the lower quartile of each pixel's neighbourhood.
    pub struct LowerQuartile {
        /// Radius of the box along z, y, x.
        radius: PerAxis<Length> = px(1.0), range(0.0, 256.0);
        ..Border(edge, constant);
    }
    id: "docs/lower_quartile", revision: 1, family: Filters,
    kernel: OverWindow { footprint: Footprint::Box, radius, edge, constant, gives: Percentile(25.0) },
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "scipy.ndimage.percentile_filter 1.17",
    python: "ndi.percentile_filter(image, 25, 3, mode=edge, cval=constant)",
    examples: ["radius = 2\nedge = \"nearest\""],
}

op! {
    /// Keeps what is bright and narrower than the box, as how much brighter it is.
    pub struct NarrowDetails {
        /// Radius of the box along z, y, x.
        radius: PerAxis<Length> = px(1.0), range(0.0, 128.0);
    }
    id: "docs/narrow_details", revision: 1, family: Morphology,
    kernel: Grey {
        footprint: Footprint::Box, radius, edge: Edge::Reflect, constant: 0.0, passes: &[Least, Greatest], gives: Taken
    },
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "skimage.morphology.white_tophat 0.26",
    python: "ski.morphology.white_tophat(image, np.ones((3,) * image.ndim))",
    examples: ["radius = 2"],
}

op! {
    /// Removes parts of a mask that are narrower than the box.
    pub struct WideParts {
        /// Radius of the box along z, y, x.
        radius: PerAxis<Length> = px(1.0), range(0.0, 128.0);
    }
    id: "docs/wide_parts", revision: 1, family: Morphology,
    kernel: Binary { footprint: Footprint::Box, radius, passes: &[Least, Greatest] },
    inputs: { mask: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.morphology.binary_opening 0.26",
    python: "ski.morphology.binary_opening(mask, np.ones((3,) * mask.ndim))",
    examples: ["radius = [1, 2]"],
}

op! {
    /// Adds up the pixels of each column.
    pub struct ColumnSums {}
    id: "docs/column_sums", revision: 1, family: Projection,
    kernel: AlongAxis { axis: Axis::Y, keep_dims: false, statistic: Statistic::Sum },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "numpy.sum 2.4",
    python: "f64(image).sum(axis=-2, keepdims=image.ndim == 2)",
    examples: [],
}

op! {
    /// Takes the lower quartile of each column.
    pub struct ColumnQuartiles {}
    id: "docs/column_quartiles", revision: 1, family: Projection,
    kernel: PercentileAlongAxis { axis: Axis::Y, keep_dims: false, percentile: 25.0 },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "numpy.percentile 2.4",
    python: "np.percentile(f64(image), 25, axis=-2, keepdims=image.ndim == 2)",
    examples: [],
}

op! {
    /// Finds the greatest value of an image.
    pub struct Brightest {}
    id: "docs/brightest", revision: 1, family: Math,
    kernel: AllPixels(Statistic::Maximum),
    inputs: { image: Image },
    outputs: { brightest: Number },
    agrees: Exact, follows: "numpy.max 2.4",
    python: "image.max()",
    examples: [],
}

op! {
    /// Computes how steep an image is along x, per pixel, whichever way.
    pub struct Steepness {
        ..Border(edge: Nearest, constant);
    }
    id: "docs/steepness", revision: 1, family: Filters,
    kernel: Bank {
        beyond: Beyond { edge, constant, filtered: false },
        chains: |meta: &VolumeMeta| Ok(vec![vec![slope(meta, 2, &[-0.5, 0.0, 0.5], &[1.0])]]),
        value: |slopes: &[f64]| slopes[0].abs(),
    },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "scipy.ndimage.correlate1d 1.17",
    python: "abs(ndi.correlate1d(f64(image), [-0.5, 0, 0.5], mode=edge, cval=constant))",
    examples: ["edge = \"constant\"\nconstant = 4"],
}

op! {
    /// Computes the curvature of an image, summed over its axes: the trace of the Hessian.
    pub struct Curvature {
        /// Standard deviation of the Gaussian along z, y, x.
        sigma: PerAxis<Length> = px(2.0), range(1.1, 64.0);
        ..Border(edge, constant);
    }
    id: "docs/curvature", revision: 1, family: Feature,
    kernel: OfTensor::new(Tensor::Hessian, vec![sigma], (edge, constant), |at: &Local| {
        at.eigenvalues().iter().take(at.ndim).sum::<f64>()
    }),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Absolute(1e-4), follows: "Rotifer",
    python: "sum(ski.feature.hessian_matrix_eigvals(ski.feature.hessian_matrix(f64(image), sigma, use_gaussian_derivatives=True)))",
    examples: ["sigma = 3"],
}

op! {
    /// Removes objects of fewer pixels.
    pub struct AtLeast {
        /// Pixels that an object has to have.
        size: u64 = 3, range(0, 1e15);
    }
    id: "docs/at_least", revision: 1, family: Segmentation,
    kernel: Relabel {
        labels: move |present: &[(u32, usize)]| {
            present.iter().map(|(label, pixels)| if *pixels as u64 >= size { *label } else { 0 }).collect()
        },
    },
    inputs: { labels: Labels },
    outputs: { labels: Labels },
    agrees: Exact, follows: "numpy.bincount 2.4",
    python: "np.where(np.bincount(labels.ravel())[labels] >= size, labels, 0)",
    examples: ["size = 5"],
}

op! {
    /// Keeps objects that are brighter on average.
    pub struct BrighterObjects {
        /// The mean that an object has to exceed.
        than: f64 = 10.0, range(-1e30, 1e30);
    }
    id: "docs/brighter_objects", revision: 1, family: Segmentation,
    kernel: StayByMean { stays: move |mean: f64| mean > than },
    inputs: { labels: Labels, image: Image },
    outputs: { labels: Labels },
    agrees: Exact, follows: "scipy.ndimage.mean 1.17",
    python: "np.where(np.r_[False, ndi.mean(f64(image), labels, range(1, labels.max() + 1)) > than][labels], labels, 0)",
    examples: ["than = 100"],
}

op! {
    /// Paints each object with the greatest of its pixels.
    pub struct PeakMap {}
    id: "docs/peak_map", revision: 1, family: Measure,
    kernel: LabelMap { statistic: Some(Statistic::Maximum) },
    inputs: { image: Image, labels: Labels },
    outputs: { image: Image(F32) },
    agrees: Exact, follows: "scipy.ndimage.maximum 1.17",
    python: "np.r_[0, ndi.maximum(f64(image), labels, range(1, labels.max() + 1))][labels]",
    examples: [],
}

op! {
    /// Measures the greatest pixel of each object.
    pub struct PeakTable {}
    id: "docs/peak_table", revision: 1, family: Measure,
    kernel: OverLabels { column: "peak", statistic: Statistic::Maximum },
    inputs: { image: Image, labels: Labels },
    outputs: { objects: Table },
    agrees: Exact, follows: "scipy.ndimage.maximum 1.17",
    python: "ids = np.unique(labels[labels > 0])\nresult = {'label': ids, 'peak': ndi.maximum(f64(image), labels, ids)}",
    examples: [],
}

op! {
    /// Turns an image by half a turn.
    pub struct HalfTurn {}
    id: "docs/half_turn", revision: 1, family: Transform,
    kernel: Reindex::by(|image: &VolumeMeta| {
        let last = image.shape.map(|n| n - 1);
        let index = |axis: usize, i: usize| Some(if axis == 0 { i } else { last[axis] - i });
        Ok(Reindexed::along(image, image.clone(), [0, 1, 2], 0.0, index))
    }),
    inputs: { image: Image },
    outputs: { image: Like(Same) },
    agrees: Exact, follows: "numpy.rot90 2.4",
    python: "np.rot90(image, 2, axes=(-2, -1))",
    examples: [],
}

op! {
    /// Shrinks an image to the greatest pixel of each block.
    pub struct PooledPeaks {
        /// Pixels of a block along z, y, x.
        size: PerAxis<usize> = PerAxis::All(2), range(1, 1024);
    }
    id: "docs/pooled_peaks", revision: 1, family: Transform,
    kernel: Blocks { size, argument: "size", statistic: OfBlock::Maximum, constant: 0.0 },
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Exact, follows: "skimage.measure.block_reduce 0.26",
    python: "ski.measure.block_reduce(image, size, np.max)",
    examples: ["size = [1, 3]"],
}

op! {
    /// Scales an image to a square as wide as it is.
    pub struct ToSquare {}
    id: "docs/to_square", revision: 1, family: Transform,
    kernel: ByMeta::of(|image: &VolumeMeta| {
        let width = image.shape[2] as i64;
        let mut shape: Vec<i64> = image.shape[image.axes()].iter().map(|n| *n as i64).collect();
        let y = shape.len() - 2;
        shape[y] = width;
        let shape = Some(shape);
        let edge = Edge::Nearest;
        Ok((Resize { shape, scale: PerAxis::All(1.0), order: 0, anti_aliasing: false, edge, constant: 0.0 }, None))
    }),
    inputs: { image: Image },
    outputs: { image: Like(F32) },
    agrees: Exact, follows: "skimage.transform.resize 0.26",
    python: "ski.transform.resize(f64(image), (*image.shape[:-2], image.shape[-1], image.shape[-1]), order=0, mode='edge')",
    examples: [],
}

op! {
    /// Finds pixels brighter than the mean and so much more.
    pub struct AboveMean {
        /// Added to the mean.
        offset: f64 = 0.0, range(-1e30, 1e30);
    }
    id: "docs/above_mean", revision: 1, family: Threshold,
    kernel: GlobalThreshold {
        rule: move |pixels: &Counted| pixels.mean().map(|mean| mean + offset),
        bounds: Bounds { factor: 1.0, minimum: None, maximum: None },
    },
    inputs: { image: Image, mask: Mask optional },
    outputs: { mask: Mask, threshold: Number },
    agrees: Relative(1e-6), follows: "skimage.filters.threshold_mean 0.26",
    python: "t = counted(image, mask).mean() + offset\nresult = (f64(image) > t, t)",
    examples: ["offset = 5"],
}

op! {
    /// Measures by how much two images differ in the mean, regardless of the sign.
    pub struct RootMeanSquare {}
    id: "docs/root_mean_square", revision: 1, family: Metrics,
    kernel: Pairs {
        ports: ["image", "other"], centered: false, of: |sums: &Sums, _| (sums.difference_squared / sums.n).sqrt()
    },
    inputs: { image: Image, other: Image },
    outputs: { difference: Number },
    agrees: Relative(1e-9), follows: "skimage.metrics.mean_squared_error 0.26",
    python: "np.sqrt(ski.metrics.mean_squared_error(f64(image), f64(other)))",
    examples: [],
}

op! {
    /// Measures how much of its box each object fills.
    pub struct BoxFill {}
    id: "docs/box_fill", revision: 1, family: Measure,
    kernel: PerObject(Fill),
    inputs: { labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-12), follows: "skimage.measure.regionprops_table 0.26",
    python: "t = ski.measure.regionprops_table(labels, properties=['label', 'extent'])\nresult = {'label': t['label'], 'fill': t['extent']}",
    examples: [],
}

op! {
    /// Removes single pixels of a mask.
    pub struct WithoutSpecks {}
    id: "docs/without_specks", revision: 1, family: Morphology,
    kernel: SmallParts { part: Part::Objects, connectivity: 1, max_size: 1 },
    inputs: { mask: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.morphology.remove_small_objects 0.26",
    python: "ski.morphology.remove_small_objects(mask, max_size=1)",
    examples: [],
}

struct Fill;

impl Measured for Fill {
    fn columns(&self, _ndim: usize, _images: usize) -> Vec<String> {
        vec!["fill".into()]
    }

    fn row(&self, object: &Object, _images: &[&Volume]) -> Vec<f64> {
        let [first, last] = object.corners();
        vec![object.count as f64 / (0..3).map(|a| last[a] - first[a] + 1).product::<usize>() as f64]
    }
}

op! {
    /// Subtracts the lower quartile around each pixel.
    pub struct OverQuartile {
        /// Radius of the box along z, y, x.
        radius: PerAxis<Length> = px(1.0), range(0.0, 256.0);
    }
    id: "docs/over_quartile", revision: 1, family: Filters,
    kernel: Compose::of(LowerQuartile { radius, edge: Edge::Reflect, constant: 0.0 }, [Operand::Input(0)])
        .then(Subtract { value: 0.0 }, [Operand::Input(0), Operand::Part(0)]),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Exact, follows: "scipy.ndimage.percentile_filter 1.17",
    python: "f64(image) - ndi.percentile_filter(image, 25, 3)",
    examples: ["radius = 2"],
}

/// A 2-D uint8 image, or labels or a mask of it.
fn image(width: usize, pixels: &[u8]) -> Volume {
    let shape = [1, pixels.len() / width, width];
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::U8, shape, ndim: 2, spacing: None };
    Volume::from_vec(&meta, pixels.to_vec()).expect("as many pixels")
}

fn labels(width: usize, pixels: &[u8]) -> Volume {
    image(width, pixels).to_labels().expect("whole numbers")
}

/// The outputs of an operation, as a pipeline would run it.
fn run(id: &str, arguments: &str, inputs: Vec<Volume>) -> Vec<Datum> {
    let args = document::arguments(arguments).expect("arguments");
    let inputs: Vec<_> = inputs.into_iter().map(|volume| Some(Frames::from(Datum::Volume(volume)))).collect();
    let (outputs, _) =
        execute::apply(get(id).expect("registered"), &args, &inputs, &execute::Options::default())
            .unwrap_or_else(|e| panic!("{id}: {e}"));
    outputs.into_iter().map(|frames| frames.items[0].clone()).collect()
}

/// The pixels of the first output.
fn pixels(id: &str, arguments: &str, inputs: Vec<Volume>) -> Vec<f64> {
    match &run(id, arguments, inputs)[0] {
        Datum::Volume(volume) => volume.f64s(),
        other => panic!("{id}: {other:?}"),
    }
}

#[test]
fn windows_are_reduced() {
    // In rows of nine the lower quartile has rank 2.
    let step = || image(4, &[0, 1, 2, 9, 0, 1, 2, 9, 0, 1, 2, 9]);
    assert_eq!(
        pixels("docs/lower_quartile", "", vec![step()]),
        [0., 0., 1., 2., 0., 0., 1., 2., 0., 0., 1., 2.]
    );
    assert_eq!(
        pixels("docs/over_quartile", "", vec![step()]),
        [0., 1., 1., 7., 0., 1., 1., 7., 0., 1., 1., 7.]
    );
    let dot = image(5, &[7, 7, 7, 7, 7, 7, 7, 9, 7, 7, 7, 7, 7, 7, 7]);
    let mut details = [0.; 15];
    details[7] = 2.;
    assert_eq!(pixels("docs/narrow_details", "", vec![dot]), details);
    let specks = image(3, &[1, 0, 1, 1, 0, 0]).to_mask();
    assert_eq!(pixels("docs/without_specks", "", vec![specks]), [1., 0., 0., 1., 0., 0.]);
    let mask = image(5, &[1, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 0, 0]).to_mask();
    assert_eq!(
        pixels("docs/wide_parts", "", vec![mask]),
        [1., 1., 1., 0., 0., 1., 1., 1., 0., 0., 1., 1., 1., 0., 0.]
    );
}

#[test]
fn slopes_are_correlated() {
    let slope = || image(4, &[0, 2, 4, 2]);
    assert_eq!(pixels("docs/steepness", "", vec![slope()]), [1., 2., 0., 1.]);
    assert_eq!(
        pixels("docs/steepness", "edge = \"constant\"\nconstant = 4", vec![slope()]),
        [1., 2., 0., 0.]
    );
    // A parabola x² along both axes curves by 2 + 2 in its middle.
    let n = 61;
    let parabola: Vec<f32> =
        (0..n * n).map(|i| ((i % n) as f32 - 30.).powi(2) + ((i / n) as f32 - 30.).powi(2)).collect();
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape: [1, n, n], ndim: 2, spacing: None };
    let curved = pixels("docs/curvature", "", vec![Volume::from_vec(&meta, parabola).expect("pixels")]);
    assert!((curved[30 * n + 30] - 4.).abs() < 1e-3, "{}", curved[30 * n + 30]);
}

#[test]
fn pixels_are_folded_and_moved() {
    let values = || image(3, &[1, 2, 3, 4, 5, 6]);
    assert_eq!(pixels("docs/column_sums", "", vec![values()]), [5., 7., 9.]);
    assert_eq!(pixels("docs/column_quartiles", "", vec![values()]), [1.75, 2.75, 3.75]);
    assert_eq!(run("docs/brightest", "", vec![values()]), [Datum::Number(6.)]);
    assert_eq!(pixels("docs/half_turn", "", vec![values()]), [6., 5., 4., 3., 2., 1.]);
    assert_eq!(pixels("docs/pooled_peaks", "", vec![values()]), [5., 6.]);
    assert_eq!(pixels("docs/pooled_peaks", "size = [1, 3]", vec![values()]), [3., 6.]);
    let square = pixels("docs/to_square", "", vec![values()]);
    assert_eq!((square.len(), &square[..3], &square[6..]), (9, &[1., 2., 3.][..], &[4., 5., 6.][..]));
    let other = image(3, &[1, 2, 3, 4, 5, 9]);
    assert_eq!(run("docs/root_mean_square", "", vec![values(), other]), [Datum::Number(1.5f64.sqrt())]);
    let above = run("docs/above_mean", "offset = 1", vec![values()]);
    assert_eq!(above[1], Datum::Number(4.5));
    assert_eq!(pixels("docs/above_mean", "offset = 1", vec![values()]), [0., 0., 0., 0., 1., 1.]);
}

#[test]
fn objects_are_measured() {
    let objects = || labels(4, &[3, 3, 0, 7, 3, 0, 7, 7]);
    let values = || image(4, &[1, 2, 50, 9, 6, 50, 30, 3]);
    assert_eq!(pixels("docs/at_least", "size = 4", vec![objects()]), [0.; 8]);
    assert_eq!(
        pixels("docs/at_least", "", vec![labels(4, &[3, 3, 0, 7, 3, 0, 0, 7])]),
        [3., 3., 0., 0., 3., 0., 0., 0.]
    );
    assert_eq!(
        pixels("docs/brighter_objects", "", vec![objects(), values()]),
        [0., 0., 0., 7., 0., 0., 7., 7.]
    );
    assert_eq!(pixels("docs/peak_map", "", vec![values(), objects()]), [6., 6., 0., 30., 6., 0., 30., 30.]);
    let table = |name: &str, column: Vec<f64>| {
        Table::new()
            .with("label", Values::Int(vec![3, 7]))
            .and_then(|t| t.with(name, Values::Float(column)))
            .expect("columns")
    };
    let peaks = run("docs/peak_table", "", vec![values(), objects()]);
    assert_eq!(peaks, [Datum::Table(table("peak", vec![6., 30.]))]);
    let fill = run("docs/box_fill", "", vec![labels(4, &[3, 3, 0, 7, 3, 0, 0, 7])]);
    assert_eq!(fill, [Datum::Table(table("fill", vec![0.75, 1.]))]);
}

/// Blocks of a page that are indented by four, as they stand in a file.
fn declarations(page: &str) -> Vec<String> {
    let mut blocks: Vec<String> = vec![String::new()];
    for line in page.lines() {
        match line.strip_prefix("    ") {
            Some(line) => *blocks.last_mut().expect("a block") += &format!("{line}\n"),
            None if line.is_empty() && blocks.last().is_some_and(|b| !b.is_empty()) => {
                blocks.push(String::new())
            }
            None => blocks.push(String::new()),
        }
    }
    blocks
        .into_iter()
        .filter(|block| block.starts_with("op! {"))
        .map(|block| block.trim_end().to_string())
        .collect()
}

#[test]
fn the_documentation_shows_these_operations() {
    let page = include_str!("../docs/operations.md").replace("\r\n", "\n");
    let sources =
        [include_str!("skeletons.rs"), include_str!("pixel.rs")].map(|text| text.replace("\r\n", "\n"));
    let shown = declarations(&page);
    for declaration in &shown {
        assert!(
            sources.iter().any(|source| source.contains(declaration.as_str())),
            "docs/operations.md shows\n{declaration}"
        );
    }
    let own: Vec<&&Entry> = entries().iter().filter(|e| e.spec.id.starts_with("docs/")).collect();
    for entry in &own {
        let id = format!("id: \"{}\"", entry.spec.id);
        assert!(
            shown.iter().any(|declaration| declaration.contains(&id)),
            "docs/operations.md lacks {}",
            entry.spec.id
        );
        for example in entry.spec.examples {
            let args = document::arguments(example).expect("arguments");
            assert!(entry.build(&args).is_ok(), "{}: {example}", entry.spec.id);
        }
    }
    // Every skeleton of `common` that is public has its example.
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels/common");
    for path in std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("a file").path())
        .filter(|p| p.is_file())
    {
        let text = std::fs::read_to_string(&path).expect("a text");
        for line in text.lines().filter(|line| line.starts_with("impl") && line.contains(" Kernel for ")) {
            let name: String = line
                .split(" Kernel for ")
                .nth(1)
                .unwrap_or_default()
                .chars()
                .take_while(|c| c.is_alphanumeric())
                .collect();
            assert!(
                page.contains(&format!("`{name}`")) || page.contains(&format!("::{name}`")),
                "docs/operations.md does not name {name}"
            );
            let used = shown.iter().any(|declaration| declaration.contains(&format!("kernel: {name}")));
            assert!(used, "docs/operations.md has no example of {name}");
        }
    }
}
