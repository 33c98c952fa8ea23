use crate::common::histogram::{self, Counter, Histogram as Counted, SourceRange};
use rotifer_registry::*;

op! {
    /// Counts the pixels of each value, or of each of many bins of equal width.
    ///
    /// Integer images have a bin for each value from the smallest to the largest; `nbins` is not used. Float images
    /// have `nbins` bins of equal width from the smallest to the largest finite value, each without its upper edge but
    /// for the last; so have 32-bit integer images that span more than 65536 values. Pixels that are not finite, or
    /// outside the range, are not counted. Edges are float32 as the image is, and float64 where its range overflows that.
    pub struct Histogram {
        /// Number of bins of a float image.
        nbins: u32 = 256, range(1, 65536);
        /// The values that the bins cover: those of the image, or all that its dtype has (of float32: -1 to 1).
        source_range: SourceRange = SourceRange::Image;
    }
    id: "histogram", revision: 1, family: Exposure,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { histogram: Table },
    agrees: Exact, follows: "skimage.exposure.histogram 0.26",
    python: "values = np.uint8(image) if image.dtype == bool else image
lo, hi = (values.min(), values.max()) if source_range == 'image' else ski.util.dtype_limits(values)
wide = values.dtype.kind == 'f' and np.isinf(np.float32(hi) - np.float32(lo))
if wide or values.dtype.kind != 'f' and int(hi) - int(lo) >= 65536:
    counts, edges = np.histogram(f64(values), nbins, (float(lo), float(hi)))
    centers = (edges[:-1] + edges[1:]) / 2
else:
    counts, centers = ski.exposure.histogram(values, nbins, source_range)
result = {'center': centers, 'count': counts}",
    examples: ["nbins = 100", "source_range = \"dtype\"", "nbins = 3000"],
}

fn table(histogram: Counted) -> Result<Table, Error> {
    let counts = histogram.counts.into_iter().map(|n| n as i64).collect();
    Table::new().with("center", Values::Float(histogram.centers))?.with("count", Values::Int(counts))
}

/// The counts of an image that comes in parts, until they are a table.
struct Parts(Option<Counter>);

impl Streamed for Parts {
    fn see(&mut self, _span: &Span, inputs: &Inputs) -> Result<(), Error> {
        let image = inputs.volume("image")?;
        self.0.iter_mut().for_each(|counter| counter.see(image, None));
        Ok(())
    }

    fn again(&mut self) -> Result<bool, Error> {
        Ok(self.0.as_mut().is_some_and(Counter::again))
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        let tables = self.0.take().into_iter().map(|counter| table(counter.finish()).map(Datum::Table));
        tables.collect()
    }
}

impl Host for Histogram {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let histogram = histogram::histogram(image, self.nbins as usize, self.source_range, None);
        Ok(vec![Datum::Table(table(histogram)?)])
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let dtype = inputs.volume("image")?.dtype;
        Ok(Some(Box::new(Parts(Some(Counter::new(dtype, self.nbins as usize, self.source_range))))))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let count = || {
            let image = inputs.volume("image")?;
            let histogram = histogram::reference(image, self.nbins as usize, self.source_range, None);
            Ok(vec![Plain::Table(table(histogram)?)])
        };
        Some(count())
    }
}

impl Device for Histogram {
    fn fits(&self, inputs: &Metas) -> Result<(), Error> {
        histogram::fits(inputs.volume("image")?)
    }

    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let histogram =
            histogram::record_histogram(recorder, image, self.nbins as usize, self.source_range, None)?;
        let mut read = vec![histogram.counts];
        read.extend(histogram.extent);
        Ok(vec![DeviceOutput::Readback(read)])
    }

    fn finish(&self, inputs: &Metas, _output: usize, read: &[Vec<u8>]) -> Result<Datum, Error> {
        let Some((counts, extent)) = read.split_first() else {
            return Err(Error::new(Code::Internal, "the counts of a histogram are read back"));
        };
        let extent = extent.first().map(Vec::as_slice);
        let histogram = histogram::read_back(inputs.volume("image")?, counts, extent, self.source_range);
        Ok(Datum::Table(table(histogram)?))
    }
}
