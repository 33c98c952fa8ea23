//! The objects of labels on the device: numbered without gaps, and sums of their intensities.

use crate::common::order::value;
use crate::common::readback::words;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::{Buffer, Code, DeviceVolume, Dtype, Error, Recorder};
use rotifer_shaders::measure::LABEL_SUMS;

/// Threads that walk down all columns, as `shared/columns.wgsl` cuts them.
pub fn columns([nz, ny, nx]: [usize; 3]) -> usize {
    const COLUMN: usize = 32;
    nz * ny.div_ceil(COLUMN) * nx
}

/// The objects on the device.
pub struct LabelledObjects {
    shape: [usize; 3],
    /// How many are numbered at most: their number is not known when passes are recorded.
    pub capacity: usize,
    slots: usize,
    count: Buffer,
    present: Buffer,
    /// Number of each pixel's object, from 1; 0 for none. Numbers follow no order.
    pub places: Buffer,
}

/// The sums of an object's intensities.
#[derive(Clone, Copy, PartialEq)]
pub enum Sums {
    Mean,
    /// The squares, the range and the first moments too.
    All,
}

impl Sums {
    /// Words for each object.
    fn stride(self) -> usize {
        if self == Sums::Mean { 6 } else { 20 }
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    shape: [u32; 3],
    mask: u32,
    capacity: u32,
    stride: u32,
    padding: [u32; 2],
}

impl LabelledObjects {
    /// Records how the labels are found and numbered.
    pub fn record(recorder: &mut Recorder, labels: &DeviceVolume) -> Result<LabelledObjects, Error> {
        let (shape, n) = (labels.meta.shape, labels.meta.len());
        // Sums are read back for as many: few beside the pixels, and enough for objects of 64.
        let capacity = n.min((n / 64).max(1 << 14));
        let slots = (2 * capacity).next_power_of_two();
        let (count, present) = (recorder.zeros(1), recorder.zeros(capacity));
        let objects = LabelledObjects { shape, capacity, slots, count, present, places: recorder.buffer(n) };
        let (keys, numbers) = (recorder.zeros(slots), recorder.buffer(slots));
        objects.pass(recorder, "collect", &[labels.buffer, keys, numbers, count, present], 0)?;
        objects.pass(recorder, "place", &[labels.buffer, keys, numbers, count, objects.places], 0)?;
        Ok(objects)
    }

    fn pass(
        &self,
        recorder: &mut Recorder,
        entry: &'static str,
        buffers: &[Buffer],
        stride: usize,
    ) -> Result<(), Error> {
        let params = Params {
            shape: self.shape.map(|n| n as u32),
            mask: self.slots as u32 - 1,
            capacity: self.capacity as u32,
            stride: stride as u32,
            padding: [0; 2],
        };
        recorder.pass(&LABEL_SUMS).entry(entry).uniform(&params).bind(buffers).over(columns(self.shape))
    }

    /// The labels that [`read_labels`] reads.
    pub fn readback(&self) -> [Buffer; 2] {
        [self.count, self.present]
    }

    /// Records the sums; gives what [`read_intensities`] reads.
    pub fn record_intensities(
        &self,
        recorder: &mut Recorder,
        image: &DeviceVolume,
        sums: Sums,
    ) -> Result<[Buffer; 2], Error> {
        let (largest, added) = (recorder.zeros(1), recorder.zeros(self.capacity * sums.stride()));
        self.pass(recorder, "find_largest", &[image.buffer, self.places, largest], 0)?;
        self.pass(recorder, "add", &[image.buffer, self.places, largest, added], sums.stride())?;
        Ok([largest, added])
    }
}

/// The label of each number.
pub fn read_labels(count: &[u8], present: &[u8]) -> Result<Vec<u32>, Error> {
    let (count, mut present) = (words(count), words(present));
    let count = count.first().map_or(0, |n| *n as usize);
    if count > present.len() {
        return Err(Error::new(Code::DeviceMemory, "more objects than the device keeps sums of")
            .value(format!("at least {count}"))
            .allowed(present.len().to_string()));
    }
    present.truncate(count);
    Ok(present)
}

/// The sums of every number's intensities.
pub fn read_intensities(largest: &[u8], added: &[u8], sums: Sums) -> impl Iterator<Item = Intensities> {
    let largest = words(largest).first().copied().unwrap_or(0);
    let unit = f64::from(((largest >> 23) as i32 - 127).clamp(-90, 127) - 30).exp2();
    let (added, stride) = (words(added), sums.stride());
    (0..added.len() / stride)
        .map(move |i| Intensities { words: added[i * stride..][..stride].to_vec(), unit })
}

/// Sums of values in fixed point, each with 16 bits below a step, and 2^31 steps above what it stands for. What infinities
/// and NaN make of them is what arithmetic does.
pub struct Intensities {
    words: Vec<u32>,
    /// The value of a step.
    unit: f64,
}

impl Intensities {
    /// The number that stands for 0, in parts of a step.
    const ZERO: i128 = 1 << 47;

    fn wide(&self, at: usize, limbs: usize) -> i128 {
        self.words[at..at + limbs].iter().rev().fold(0, |sum, limb| sum << 32 | *limb as i128)
    }

    fn count(&self) -> i128 {
        self.words[0] as i128
    }

    /// Infinity, minus infinity and NaN, one bit each.
    fn flags(&self) -> u32 {
        self.words[1]
    }

    /// In parts of a step.
    fn sum(&self) -> i128 {
        (self.wide(2, 2) << 16) + self.wide(4, 2) - Self::ZERO * self.count()
    }

    pub fn mean(&self) -> f64 {
        match self.flags() {
            0 => self.sum() as f64 / self.count() as f64 * self.unit / 65536.0,
            1 => f64::INFINITY,
            2 => f64::NEG_INFINITY,
            _ => f64::NAN,
        }
    }

    /// From whole steps: the same wherever 0 is.
    pub fn std(&self) -> f64 {
        if self.flags() != 0 {
            return f64::NAN;
        }
        let (n, sum) = (self.count(), self.wide(2, 2));
        ((n * self.wide(6, 3) - sum * sum) as f64).sqrt() / n as f64 * self.unit
    }

    /// Smallest and largest value.
    pub fn range(&self) -> [f64; 2] {
        if self.flags() & 4 != 0 {
            return [f64::NAN; 2];
        }
        [value(!self.words[10], Dtype::F32), value(self.words[9], Dtype::F32)]
    }

    /// Centroid weighted by intensity; `places` are the sums of the pixels' indices.
    pub fn centroid(&self, places: [u64; 3]) -> [f64; 3] {
        if self.flags() != 0 {
            return [f64::NAN; 3];
        }
        [0, 1, 2].map(|a| {
            let moment = self.wide(11 + 3 * a, 3) - Self::ZERO * places[a] as i128;
            moment as f64 / self.sum() as f64
        })
    }
}
