use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::by_runs;
use crate::common::readback::words;
use crate::common::shape::same_shape;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::measure::LABEL_MEAN;

op! {
    /// Averages the image over every object.
    ///
    /// A table with one row for each label that is present, ascending: `label` and `mean`. Sums are taken in f64 on the
    /// host; on the device in 64-bit fixed point with 30 bits below the largest absolute value, so that they do not
    /// depend on the order of additions. A NaN makes its object's mean NaN.
    pub struct LabelMean {}
    id: "label_mean", revision: 1, family: Measure,
    memory: host_and_device,
    inputs: { image: Image, labels: Labels },
    outputs: { means: Table },
    agrees: Relative(1e-7), follows: "scipy.ndimage.mean 1.17",
    python: "
present = np.unique(labels[labels > 0])
result = {'label': present, 'mean': np.asarray(ndi.mean(f64(image), labels.astype(np.int64), present))}",
    examples: [],
}

fn table(rows: Vec<(u32, f64)>) -> Result<Table, Error> {
    let (labels, means) = rows.into_iter().map(|(l, m)| (l as i64, m)).unzip();
    Table::new().with("label", Values::Int(labels))?.with("mean", Values::Float(means))
}

impl Host for LabelMean {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "labels"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let labels = inputs.volume("labels")?.label_slice()?;
        let index = LabelIndex::new(labels);
        let sums = each_dtype!(image.pixels(), |pixels| by_runs(
            labels,
            image.shape(),
            &index,
            |(count, sum): &mut (usize, f64), run| {
                *count += run.length();
                *sum += pixels[run.pixels()].iter().map(|v| v.to_f64()).sum::<f64>();
            },
            |a, b| *a = (a.0 + b.0, a.1 + b.1),
        ));
        let means = sums.into_iter().map(|(count, sum)| sum / count as f64);
        Ok(vec![Datum::Table(table(index.present.iter().copied().zip(means).collect())?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let mean = || {
            let (image, labels) = (inputs.volume("image")?.f64s(), inputs.volume("labels")?.f64s());
            let mut sums = std::collections::BTreeMap::<u32, (f64, f64)>::new();
            for (value, label) in image.iter().zip(&labels).filter(|(_, l)| **l != 0.0) {
                let (count, sum) = sums.entry(*label as u32).or_default();
                *count += 1.0;
                *sum += value;
            }
            let rows = sums.into_iter().map(|(label, (count, sum))| (label, sum / count));
            Ok(vec![Plain::Table(table(rows.collect())?)])
        };
        Some(mean())
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    len: u32,
    /// Slots of the table of labels, less one; a power of two.
    mask: u32,
    padding: [u32; 2],
}

impl Device for LabelMean {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let (image, labels) = (inputs.volume("image")?, inputs.volume("labels")?);
        let n = image.meta.len();
        let slots = (2 * n).next_power_of_two();
        let params = Params { len: n as u32, mask: slots as u32 - 1, padding: [0; 2] };
        // First the largest absolute value, then the number of labels.
        let totals = recorder.zeros(2);
        let keys = recorder.zeros(slots);
        let numbers = recorder.buffer(slots);
        let present = recorder.zeros(n);
        let sums = recorder.zeros(3 * n);
        let (image, labels) = (image.buffer, labels.buffer);
        let mut pass = |entry, buffers: &[Buffer], threads| {
            recorder.pass(&LABEL_MEAN).entry(entry).uniform(&params).bind(buffers).over(threads)
        };
        pass("survey", &[image, labels, keys, totals], n)?;
        pass("number", &[keys, numbers, totals, present], slots)?;
        pass("add", &[image, labels, keys, numbers, totals, sums], n.div_ceil(RUN))?;
        Ok(vec![DeviceOutput::Readback(vec![totals, present, sums])])
    }

    fn finish(&self, _inputs: &Metas, _output: usize, read: &[Vec<u8>]) -> Result<Datum, Error> {
        let [totals, present, sums] = read else {
            return Err(Error::new(Code::Internal, "totals, labels and sums are read back"));
        };
        let (totals, present, sums) = (words(totals), words(present), words(sums));
        let exponent = 29 - ((totals[0] >> 23) as i32 - 127).clamp(-90, 127);
        let found = present.iter().zip(sums.as_chunks::<3>().0).take(totals[1] as usize);
        let mut rows: Vec<(u32, f64)> = found
            .map(|(label, &[low, high, count])| {
                let flags = high >> 29;
                let sum = ((high as u64 & 0x1fff_ffff) << 32 | low as u64) as f64;
                let mean = (sum / count as f64 - (1u64 << 30) as f64) * (-exponent as f64).exp2();
                let mean = match flags {
                    0 => mean,
                    1 => f64::INFINITY,
                    2 => f64::NEG_INFINITY,
                    _ => f64::NAN,
                };
                (*label, mean)
            })
            .collect();
        rows.sort_by_key(|row| row.0);
        Ok(Datum::Table(table(rows)?))
    }
}

/// Pixels that a thread adds before it writes.
const RUN: usize = 16;
