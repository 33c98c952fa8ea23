use crate::common::histogram::{self, Bins, Counter, Histogram, SourceRange, WHOLE, WHOLE_BITS};
use crate::common::shape::same_shape;
use crate::common::{fresh, pointwise};
use crate::simd;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::exposure::EQUALIZE_HISTOGRAM;

op! {
    /// Spreads intensities evenly over 0 to 1: every pixel becomes the share of the pixels that are not above it.
    ///
    /// The share at the center of each bin of the image's histogram, linear between centers. Integer images have a bin for
    /// each value, so that `nbins` is not used. With a mask only the pixels inside are counted, and all are changed.
    /// NaN stays NaN; where no pixel can be counted all become 0.
    pub struct EqualizeHistogram {
        /// Number of bins of a float image.
        nbins: u32 = 256, range(1, 65536);
    }
    id: "equalize_histogram", revision: 1, family: Exposure,
    memory: host_and_device,
    inputs: { image: Image, mask: Mask optional },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.exposure.equalize_hist 0.26",
    python: "values = np.uint8(image) if image.dtype == bool else image
if mask is not None and not mask.any():
    result = np.zeros(image.shape)
else:
    counted = values if mask is None else values[mask]
    if values.dtype.kind != 'f' and int(counted.max()) - int(counted.min()) >= 65536:
        values = f64(values)
    result = f64(ski.exposure.equalize_hist(values, nbins, mask))",
    examples: ["nbins = 64", "nbins = 1000"],
}

/// Share of the counted pixels up to each bin, and where the bins lie.
struct Shares {
    centers: Vec<f64>,
    shares: Vec<f64>,
}

impl Shares {
    fn new(histogram: Histogram) -> Shares {
        let total = histogram.counts.iter().sum::<u64>().max(1) as f64;
        let mut sum = 0;
        let mut share = |n| {
            sum += n;
            sum as f64 / total
        };
        Shares { shares: histogram.counts.into_iter().map(&mut share).collect(), centers: histogram.centers }
    }

    /// The share at a value, as `numpy.interp` gives it.
    fn at(&self) -> impl Fn(f64) -> f64 + Sync {
        let (x, y) = (&self.centers, &self.shares);
        let last = x.len() - 1;
        // One center alone is never between two.
        let bins = (last > 0).then(|| Bins::new(x));
        move |value| match &bins {
            _ if value <= x[0] => y[0],
            _ if value >= x[last] => y[last],
            Some(bins) if !value.is_nan() => {
                let i = bins.of(value);
                y[i] + (y[i + 1] - y[i]) * ((value - x[i]) / (x[i + 1] - x[i]))
            }
            _ => value,
        }
    }
}

/// A center, the share there, and how the share changes for every unit before and after it.
type Node = [f32; 4];

/// Centers at about equal distances.
struct Nodes {
    nodes: Vec<Node>,
    nodes_per_unit: f32,
}

impl Shares {
    /// For floats whose centers are floats, at distances that are neither tiny nor huge; none for others.
    fn nodes(&self) -> Option<Nodes> {
        let (x, y) = (&self.centers, &self.shares);
        let last = x.len() - 1;
        let slope = |i: usize| (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
        let nodes_per_unit = (last as f64 / (x[last] - x[0])) as f32;
        // The nearest center is to be found by arithmetic in float32.
        let error =
            f32::EPSILON as f64 * (x[0].abs().max(x[last].abs()) * nodes_per_unit as f64 + last as f64);
        let usual = (1e-30..1e30).contains(&nodes_per_unit)
            && 8.0 * error < 0.25
            && x.windows(2).all(|x| x[0] < x[1])
            && x.iter().all(|x| *x as f32 as f64 == *x);
        let node = |i: usize| {
            let before = if i > 0 { slope(i - 1) } else { 0.0 };
            let after = if i < last { slope(i) } else { 0.0 };
            [x[i], y[i], before, after].map(|v| v as f32)
        };
        usual.then(|| Nodes { nodes: (0..=last).map(node).collect(), nodes_per_unit })
    }
}

#[inline(always)]
fn share([x, y, before, after]: &Node, value: f32) -> f32 {
    let away = value - x;
    y + away * if away < 0.0 { before } else { after }
}

simd! {
    fn interpolate(out: &mut [f32], pixels: &[f32], nodes: &Nodes) {
        const LANES: usize = 16;
        let Nodes { nodes, nodes_per_unit } = nodes;
        let last = nodes.len() - 1;
        let (least, most) = (nodes[0][0], nodes[last][0]);
        let (blocks, rest) = pixels.as_chunks::<LANES>();
        let (out, out_rest) = out.as_chunks_mut::<LANES>();
        let mut values = [0.0f32; LANES];
        let mut index = [0u32; LANES];
        for (out, block) in out.iter_mut().zip(blocks) {
            for i in 0..LANES {
                let v = block[i];
                let v = if v < least { least } else { v };
                let v = if v > most { most } else { v };
                // The nearest node, in the lowest bits.
                index[i] = ((v - least) * nodes_per_unit + WHOLE).to_bits() & (WHOLE_BITS - 1);
                values[i] = v;
            }
            for i in 0..LANES {
                out[i] = share(&nodes[(index[i] as usize).min(last)], values[i]);
            }
        }
        for (out, v) in out_rest.iter_mut().zip(rest) {
            let v = if *v < least { least } else { *v };
            let v = if v > most { most } else { v };
            let node = ((v - least) * nodes_per_unit + WHOLE).to_bits() & (WHOLE_BITS - 1);
            *out = share(&nodes[(node as usize).min(last)], v);
        }
    }
}

impl Shares {
    /// The share of each pixel.
    fn of(&self, image: &Volume) -> Result<Volume, Error> {
        let share = self.at();
        let table = || -> Vec<f32> {
            let (lo, hi) = image.dtype().range();
            (lo as i64..=hi as i64).map(|v| share(v as f64) as f32).collect()
        };
        let out = match image.pixels() {
            Pixels::U8(a) => {
                let table = table();
                pointwise::map(volume::slice(a), |v| table[v as usize])
            }
            Pixels::U16(a) => {
                let table = table();
                pointwise::map(volume::slice(a), |v| table[v as usize])
            }
            Pixels::I16(a) => {
                let table = table();
                pointwise::map(volume::slice(a), |v| table[(v as i32 - i16::MIN as i32) as usize])
            }
            Pixels::U32(a) => pointwise::map(volume::slice(a), |v| share(v as f64) as f32),
            Pixels::I32(a) => pointwise::map(volume::slice(a), |v| share(v as f64) as f32),
            Pixels::F32(a) => match self.nodes() {
                Some(nodes) => fresh::map(volume::slice(a), |out, pixels| interpolate(out, pixels, &nodes)),
                None => pointwise::map(volume::slice(a), |v| share(v as f64) as f32),
            },
        };
        image.image(out)
    }
}

/// [`EqualizeHistogram`] of an image in parts.
enum InParts {
    Counts(Counter),
    Shares(Shares),
}

impl Streamed for InParts {
    fn see(&mut self, _span: &Span, inputs: &Inputs) -> Result<(), Error> {
        let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
        if let InParts::Counts(counter) = self {
            counter.see(inputs.volume("image")?, mask);
        }
        Ok(())
    }

    fn again(&mut self) -> Result<bool, Error> {
        let InParts::Counts(counter) = self else { return Ok(false) };
        if counter.again() {
            return Ok(true);
        }
        *self = InParts::Shares(Shares::new(counter.take()));
        Ok(false)
    }

    fn makes(&self) -> bool {
        true
    }

    fn make(&mut self, _span: &Span, inputs: &Inputs) -> Result<Datum, Error> {
        match self {
            InParts::Shares(shares) => shares.of(inputs.volume("image")?).map(Datum::Volume),
            InParts::Counts(_) => Err(Error::new(Code::Internal, "parts are made before all were counted")),
        }
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        Ok(Vec::new())
    }
}

impl Host for EqualizeHistogram {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Statistic)
    }

    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "mask"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
        let shares = Shares::new(histogram::histogram(image, self.nbins as usize, SourceRange::Image, mask));
        Ok(vec![Datum::Volume(shares.of(image)?)])
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let counter = Counter::new(inputs.volume("image")?.dtype, self.nbins as usize, SourceRange::Image);
        Ok(Some(Box::new(InParts::Counts(counter))))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let equalize = || {
            let image = inputs.volume("image")?;
            let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
            let Histogram { counts, centers } =
                histogram::reference(image, self.nbins as usize, SourceRange::Image, mask);
            let total = counts.iter().sum::<u64>().max(1) as f64;
            let mut sum = 0;
            let mut shares = Vec::new();
            for n in &counts {
                sum += n;
                shares.push(sum as f64 / total);
            }
            let last = counts.len() - 1;
            let out = Grid::from(image).map(|v| match centers.partition_point(|c| *c <= v).checked_sub(1) {
                _ if v.is_nan() => v,
                None => shares[0],
                Some(i) if i == last => shares[last],
                Some(i) => {
                    shares[i] + (shares[i + 1] - shares[i]) * (v - centers[i]) / (centers[i + 1] - centers[i])
                }
            });
            Ok(vec![Plain::Image(out)])
        };
        Some(equalize())
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    len: u32,
    bins: u32,
    values: u32,
    first: f32,
}

impl Device for EqualizeHistogram {
    fn fits(&self, inputs: &Metas) -> Result<(), Error> {
        histogram::fits(inputs.volume("image")?)
    }

    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let mask = inputs.optional_volume("mask").map(|m| m.buffer);
        let histogram =
            histogram::record_histogram(recorder, image, self.nbins as usize, SourceRange::Image, mask)?;
        let params = Params {
            len: image.buffer.len as u32,
            bins: histogram.bins as u32,
            values: histogram.values as u32,
            first: histogram.first,
        };
        let shares = recorder.buffer(histogram.bins);
        let pass = recorder.pass(&EQUALIZE_HISTOGRAM).entry("accumulate").uniform(&params);
        pass.bind(&[histogram.counts, shares]).groups(1)?;
        let out = recorder.buffer(image.buffer.len);
        let pass = recorder.pass(&EQUALIZE_HISTOGRAM).entry("equalize").uniform(&params);
        pass.bind(&[image.buffer, histogram.centers, shares, out]).over(out.len)?;
        Ok(vec![DeviceOutput::volume(out)])
    }
}
