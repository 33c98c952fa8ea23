use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::LabelRuns;
use crate::common::label_sums::{LabelledObjects, Sums, read_intensities, read_labels};
use crate::common::shape::same_shape;
use rotifer_registry::*;

op! {
    /// Averages the image over every object.
    ///
    /// A table with one row for each label that is present, ascending: `label` and `mean`. Sums are taken in f64 on the
    /// host; on the device in fixed point with 46 bits below the largest absolute value, so that they do not depend on
    /// the order of additions, of at most max(16384, pixels / 64) objects: with more, the image is measured on the host.
    /// A NaN makes its object's mean NaN.
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
        let runs = LabelRuns::new(labels, image.shape());
        let index = LabelIndex::new(&runs);
        let sums = each_dtype!(image.pixels(), |pixels| runs.gather(
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

impl Device for LabelMean {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let objects = LabelledObjects::record(recorder, inputs.volume("labels")?)?;
        let [count, present] = objects.readback();
        let [largest, sums] = objects.record_intensities(recorder, inputs.volume("image")?, Sums::Mean)?;
        Ok(vec![DeviceOutput::Readback(vec![count, present, largest, sums])])
    }

    fn finish(&self, _inputs: &Metas, _output: usize, read: &[Vec<u8>]) -> Result<Datum, Error> {
        let [count, present, largest, sums] = read else {
            return Err(Error::new(Code::Internal, "labels and sums are read back"));
        };
        let labels = read_labels(count, present)?;
        let means = read_intensities(largest, sums, Sums::Mean).map(|sums| sums.mean());
        let mut rows: Vec<(u32, f64)> = labels.into_iter().zip(means).collect();
        rows.sort_by_key(|row| row.0);
        Ok(Datum::Table(table(rows)?))
    }
}
