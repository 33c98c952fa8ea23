use crate::common::label_statistics::OverLabels;
use crate::common::label_sums::{LabelledObjects, Sums, read_intensities, read_labels};
use crate::common::statistic::Statistic;
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

const MEANS: OverLabels = OverLabels { column: "mean", statistic: Statistic::Mean };

impl Host for LabelMean {
    fn infer(&self, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        MEANS.infer(Self::SPEC, inputs, outputs)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        MEANS.run(Self::SPEC, inputs)
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(MEANS.reference(Self::SPEC, inputs))
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
        let (labels, means): (Vec<u32>, Vec<f64>) = rows.into_iter().unzip();
        Ok(Datum::Table(MEANS.table(&labels, means)?))
    }
}
