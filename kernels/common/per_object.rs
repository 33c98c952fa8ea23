//! The skeleton of several numbers of each object, which its own pixels give: one row of a table for each label.

use super::edt;
use super::label_index::LabelIndex;
use super::label_reduce::{Ends, LabelRuns, Run};
use super::shape::same_shape;
use crate::common::threads;
use rotifer_registry::*;
use std::collections::BTreeMap;

/// Measurements of an object.
pub trait Measured: Send + Sync {
    /// Refuses inputs that do not fit.
    fn check(&self, _inputs: &Metas) -> Result<(), Error> {
        Ok(())
    }

    /// Names of the columns behind `label`, for so many axes and images.
    fn columns(&self, ndim: usize, images: usize) -> Vec<String>;

    /// The numbers of an object, in the order of the columns.
    fn row(&self, object: &Object, images: &[&Volume]) -> Vec<f64>;
}

/// A table with a row for each label that is present, ascending: `label`, and what is measured. The labels are the input
/// `labels`; images are the other inputs, in their order.
pub struct PerObject<M>(pub M);

/// One object.
pub struct Object<'a> {
    pub label: u32,
    pub ndim: usize,
    /// Pixels in all.
    pub count: usize,
    runs: Vec<Run>,
    labels: &'a [u32],
    shape: [usize; 3],
}

/// The box around an object.
pub struct Crop {
    /// 1 where the object is.
    pub inside: Vec<u8>,
    pub shape: [usize; 3],
    /// Place of the first pixel in the image; -1 before its border.
    pub origin: [i64; 3],
}

impl<'a> Object<'a> {
    pub fn new(label: u32, runs: Vec<Run>, labels: &'a [u32], meta: &VolumeMeta) -> Object<'a> {
        let count = runs.iter().map(Run::length).sum();
        Object { label, ndim: meta.ndim, count, runs, labels, shape: meta.shape }
    }

    /// Places z, y, x of the pixels, in raster order.
    pub fn pixels(&self) -> impl Iterator<Item = [usize; 3]> {
        self.runs.iter().flat_map(|run| (run.x[0]..run.x[1]).map(|x| [run.z, run.y, x]))
    }

    /// The pixels of an image, in raster order.
    pub fn values(&self, image: &Volume) -> Vec<f64> {
        each_dtype!(image.pixels(), |pixels| {
            let mut values = Vec::with_capacity(self.count);
            for run in &self.runs {
                values.extend(pixels[run.pixels()].iter().map(|v| v.to_f64()));
            }
            values
        })
    }

    /// First and last pixel along z, y, x.
    pub fn corners(&self) -> [[usize; 3]; 2] {
        let ends = self.runs.iter().map(|r| [[r.z, r.y, r.x[0]], [r.z, r.y, r.x[1] - 1]]);
        let outer = |[a, b]: [[usize; 3]; 2], [c, d]: [[usize; 3]; 2]| {
            [std::array::from_fn(|i| a[i].min(c[i])), std::array::from_fn(|i| b[i].max(d[i]))]
        };
        ends.reduce(outer).unwrap_or_default()
    }

    /// First and last pixel of each row.
    pub fn rows(&self) -> Vec<Ends> {
        let rows = self.runs.chunk_by(|a, b| (a.z, a.y) == (b.z, b.y));
        let ends = |row: &[Run]| Ends {
            z: row[0].z as u32,
            y: row[0].y as u32,
            x: [row[0].x[0] as u32, row[row.len() - 1].x[1] as u32 - 1],
        };
        rows.map(ends).collect()
    }

    /// Whether each pixel, in raster order, has a neighbour with a side in common, in the image, that is none of the object.
    pub fn edges(&self) -> Vec<bool> {
        let [nz, ny, nx] = self.shape;
        let mut edges = vec![false; self.count];
        let mut done = 0;
        for run in &self.runs {
            let (own, n) = (run.pixels(), run.length());
            let edges = &mut edges[done..done + n];
            let beside = |edges: &mut [bool], from: usize| {
                for (edge, label) in edges.iter_mut().zip(&self.labels[from..]) {
                    *edge |= *label != self.label;
                }
            };
            for (i, size, step) in [(run.z, nz, ny * nx), (run.y, ny, nx)] {
                if i > 0 {
                    beside(edges, own.start - step);
                }
                if i + 1 < size {
                    beside(edges, own.start + step);
                }
            }
            let (first, last) = ((run.x[0] == 0) as usize, (run.x[1] == nx) as usize);
            beside(&mut edges[first..], own.start + first - 1);
            beside(&mut edges[..n - last], own.start + 1);
            done += n;
        }
        edges
    }

    /// The box around the object and one pixel more on each side; only those in the image where it is `clipped`.
    pub fn crop(&self, clipped: bool) -> Crop {
        let [first, last] = self.corners();
        let mut crop = Crop { inside: Vec::new(), shape: [1; 3], origin: first.map(|i| i as i64) };
        for axis in 3 - self.ndim..3 {
            let before = !clipped || first[axis] > 0;
            let after = !clipped || last[axis] + 1 < self.shape[axis];
            crop.origin[axis] -= before as i64;
            crop.shape[axis] = last[axis] - first[axis] + 1 + before as usize + after as usize;
        }
        crop.inside = vec![0; crop.shape.iter().product()];
        for run in &self.runs {
            let start = crop.index([run.z, run.y, run.x[0]]);
            crop.inside[start..start + run.length()].fill(1);
        }
        crop
    }
}

impl Crop {
    /// Index of a pixel of the image.
    pub fn index(&self, p: [usize; 3]) -> usize {
        let [z, y, x] = [0, 1, 2].map(|a| (p[a] as i64 - self.origin[a]) as usize);
        (z * self.shape[1] + y) * self.shape[2] + x
    }

    /// Place in the image of the pixel with this index.
    pub fn place(&self, index: usize) -> [i64; 3] {
        let [_, ny, nx] = self.shape;
        let place = [index / (ny * nx), index / nx % ny, index % nx];
        std::array::from_fn(|a| place[a] as i64 + self.origin[a])
    }

    /// The pixel of the object that is farthest from the nearest one that is not of it, the first of several.
    pub fn middle(&self, distances: &[f64]) -> usize {
        let inside = (0..distances.len()).filter(|i| self.inside[*i] == 1);
        inside.reduce(|a, b| if distances[b] > distances[a] { b } else { a }).unwrap_or_default()
    }

    /// Distance of each pixel from the nearest one that is not of the object; infinite where there is none.
    pub fn distances(&self, ndim: usize) -> Vec<f64> {
        let (kind, dtype) = (Kind::Mask, Dtype::U8);
        let meta = VolumeMeta { kind, dtype, shape: self.shape, ndim, spacing: None };
        let outside = |v: u8| (v == 0).then_some(());
        edt::nearest(&self.inside, outside, &meta, [1.0; 3], f64::INFINITY, |s: f64, ()| s.sqrt())
    }
}

/// The images among the inputs.
fn images<'a>(inputs: &Inputs<'a>) -> Vec<&'a Volume> {
    let ports = inputs.ports().iter().filter(|p| p.kind == PortKind::Image);
    ports.filter_map(|p| inputs.optional_volume(p.name)).collect()
}

impl<M: Measured> PerObject<M> {
    /// The table of these labels.
    pub fn table(&self, volume: &Volume, images: &[&Volume]) -> Result<Table, Error> {
        let (labels, meta) = (volume.label_slice()?, volume.meta());
        let runs = LabelRuns::new(labels, meta.shape);
        let index = LabelIndex::new(&runs);
        let runs = runs.gather(&index, |all: &mut Vec<Run>, run| all.push(run), |a, b| a.extend(b));
        let objects = index.present.iter().copied().zip(runs);
        self.tabulate(
            objects.map(|(label, runs)| Object::new(label, runs, labels, &meta)).collect(),
            images,
            meta.ndim,
        )
    }

    /// The same, pixel by pixel.
    pub fn plain_table(&self, volume: &Volume, images: &[&Volume]) -> Result<Table, Error> {
        let (labels, meta) = (volume.label_slice()?, volume.meta());
        let [_, ny, nx] = meta.shape;
        let mut objects = BTreeMap::<u32, Vec<Run>>::new();
        for (i, label) in labels.iter().enumerate().filter(|(_, l)| **l != 0) {
            let x = i % nx;
            let pixel = Run { z: i / (ny * nx), y: i / nx % ny, x: [x, x + 1], start: i };
            objects.entry(*label).or_default().push(pixel);
        }
        let objects = objects.into_iter().map(|(label, runs)| Object::new(label, runs, labels, &meta));
        self.tabulate(objects.collect(), images, meta.ndim)
    }

    fn tabulate(&self, objects: Vec<Object>, images: &[&Volume], ndim: usize) -> Result<Table, Error> {
        let rows = threads::collect(&objects, |object| self.0.row(object, images));
        let labels = objects.iter().map(|o| o.label as i64).collect();
        let mut table = Table::new().with("label", Values::Int(labels))?;
        for (i, name) in self.0.columns(ndim, images.len()).into_iter().enumerate() {
            table.push(name, Values::Float(rows.iter().map(|row| row[i]).collect()))?;
        }
        Ok(table)
    }
}

impl<M: Measured> Kernel for PerObject<M> {
    const DEVICE: bool = false;

    fn infer(&self, spec: &'static Spec, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let names: Vec<&str> = spec.inputs.iter().map(|p| p.name).collect();
        same_shape(inputs, &names)?;
        self.0.check(inputs)
    }

    fn run(&self, _spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.table(inputs.volume("labels")?, &images(inputs))?)])
    }

    fn reference(&self, spec: &'static Spec, inputs: &Inputs) -> Result<Vec<Plain>, Error> {
        let metas: Vec<_> = inputs.items().iter().map(|i| i.as_ref().map(Datum::meta)).collect();
        self.infer(spec, &Metas::new(spec.inputs, &metas), &mut [])?;
        Ok(vec![Plain::Table(self.plain_table(inputs.volume("labels")?, &images(inputs))?)])
    }
}

/// Refuses 3-D images.
pub fn flat_only(inputs: &Metas) -> Result<(), Error> {
    match inputs.volume("labels")?.ndim {
        2 => Ok(()),
        _ => Err(Error::new(Code::Shape, "defined for 2-D images only")
            .help("go slice by slice: slice_by_slice = true")),
    }
}
