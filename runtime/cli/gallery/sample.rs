//! The inputs of the gallery's examples: a cut of the generated plate, and images made for the ports that need another.

use crate::execute::{On, Options, apply};
use crate::{bench, sample};
use rotifer_registry::{
    Args, Code, Datum, Dtype, Entry, Error, Frames, Kind, Port, PortKind, Spacing, SpacingSource, Table,
    Values, Volume, VolumeMeta,
};

/// Pixels along y and x of a plane, and of each plane of a stack.
const SIDE: usize = 192;
const STACK_SIDE: usize = 96;
const STACK_PLANES: usize = 9;
/// The first row and column of the cut, where nuclei stand close.
const CORNER: [usize; 2] = [16, 208];

/// A kind of input that examples are tried on, the plainest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Nuclei of the generated plate, uint8.
    Plate,
    /// The same, with further inputs where they are optional.
    PlateAndMore,
    /// Float32 with fractions: nuclei of both signs on 0.
    Signed,
    /// The same as float32 with pixels that are NaN or infinite.
    Undefined,
    /// Masks of single pixels.
    Spots,
    /// Some planes on each other.
    Stack,
}

impl Ground {
    pub const ALL: [Ground; 6] = [
        Ground::Plate,
        Ground::PlateAndMore,
        Ground::Signed,
        Ground::Undefined,
        Ground::Spots,
        Ground::Stack,
    ];
}

/// The generated images.
pub struct Sample {
    plane: Field,
    stack: Field,
}

/// Images of one geometry.
struct Field {
    nuclei: Volume,
    marker: Volume,
    labels: Volume,
    /// Label, z, y, x of each object.
    centres: Vec<(u32, [f64; 3])>,
}

impl Sample {
    pub fn new() -> Result<Sample, Error> {
        let ([nuclei, marker], labels) = sample::generate(1, 0)?;
        let [top, left] = CORNER;
        let cut = |volume: &Volume| volume.cut(1, top..top + SIDE).cut(2, left..left + SIDE);
        // 12 bits of the camera as 8: the arguments of examples are made for such numbers.
        let eight = |volume: &Volume| {
            let counts = cut(volume).f64s();
            let pixels = counts.iter().map(|v| ((v - 100.0) / 8.0).round().clamp(0.0, 255.0) as u8).collect();
            cut(volume).image(pixels)
        };
        let labels = renumbered(&cut(&labels))?;
        let plane = Field::new(eight(&nuclei)?, eight(&marker)?, labels)?;
        let stack = plane.stack()?;
        Ok(Sample { plane, stack })
    }

    /// A value for every port of an operation.
    pub fn inputs(&self, entry: &Entry, ground: Ground) -> Result<Vec<Option<Frames>>, Error> {
        let field = if ground == Ground::Stack { &self.stack } else { &self.plane };
        let ports = entry.spec.inputs;
        let image = |port: &Port| matches!(port.kind, PortKind::Image | PortKind::ImageOrNumber);
        let alike = |a: &Port, b: &Port| a.kind == b.kind || image(a) && image(b);
        let same = |i: usize| ports[..i].iter().filter(|p| alike(p, &ports[i])).count();
        let value = |(i, port): (usize, &Port)| {
            if port.optional && ground != Ground::PlateAndMore {
                return Ok(None);
            }
            field.value(port, same(i), ground).map(|datum| Some(Frames::from(datum)))
        };
        ports.iter().enumerate().map(value).collect()
    }
}

/// Runs an operation on the host, as everywhere the same.
pub fn run(entry: &'static Entry, args: &Args, inputs: &[Option<Frames>]) -> Result<Vec<Frames>, Error> {
    apply(entry, args, inputs, &Options { on: On::Cpu, ..Options::default() }).map(|(outputs, _)| outputs)
}

impl Field {
    fn new(nuclei: Volume, marker: Volume, labels: Volume) -> Result<Field, Error> {
        let mut sums: std::collections::BTreeMap<u32, ([f64; 3], f64)> = std::collections::BTreeMap::new();
        for (i, label) in labels.label_slice()?.iter().enumerate().filter(|(_, label)| **label > 0) {
            let (sum, count) = sums.entry(*label).or_default();
            let at = place(labels.shape(), i);
            (0..3).for_each(|a| sum[a] += at[a] as f64);
            *count += 1.0;
        }
        let centres = sums.into_iter().map(|(label, (sum, count))| (label, sum.map(|s| s / count))).collect();
        Ok(Field { nuclei, marker, labels, centres })
    }

    /// Planes through the middle of the field: each nucleus is sharp and bright where it is, and fades away from there.
    fn stack(&self) -> Result<Field, Error> {
        let range = (SIDE - STACK_SIDE) / 2..(SIDE + STACK_SIDE) / 2;
        let cut = |volume: &Volume| volume.cut(1, range.clone()).cut(2, range.clone());
        let labels = cut(&self.labels);
        let labels = labels.label_slice()?;
        let meta = VolumeMeta {
            shape: [STACK_PLANES, STACK_SIDE, STACK_SIDE],
            ndim: 3,
            spacing: Some(Spacing::new([2.0, sample::PIXEL_UM, sample::PIXEL_UM], SpacingSource::Given)),
            ..self.nuclei.meta()
        };
        let away = |z: usize, label: u32| z.abs_diff(2 + (label * 5 % 6) as usize);
        let shine = |volume: &Volume, floor: f64| {
            let pixels = cut(volume).f64s();
            let at = |i: usize| {
                let (z, i) = (i / pixels.len(), i % pixels.len());
                let fades = 1.0 / (1.0 + 0.3 * (away(z, labels[i]) as f64).powi(2));
                (floor + (pixels[i] - floor) * fades + ((i * 7 + z * 13) % 5) as f64).clamp(0.0, 255.0) as u8
            };
            Volume::from_vec(&meta, (0..meta.len()).map(at).collect())
        };
        let solid = (0..meta.len()).map(|i| {
            let (z, label) = (i / labels.len(), labels[i % labels.len()]);
            if label > 0 && away(z, label) <= 2 { label } else { 0 }
        });
        let solid = Volume::from_vec(&meta.with(Kind::Labels, Dtype::U32), solid.collect())?;
        Field::new(shine(&self.nuclei, 16.0)?, shine(&self.marker, 10.0)?, solid)
    }

    fn value(&self, port: &Port, before: usize, ground: Ground) -> Result<Datum, Error> {
        Ok(match port.kind {
            PortKind::Image | PortKind::ImageOrNumber => {
                Datum::Volume(self.image(port.name, before, ground)?)
            }
            PortKind::Mask => Datum::Volume(self.mask(port.name, before, ground)?),
            PortKind::Labels | PortKind::MaskOrLabels => Datum::Volume(self.regions(port, before, ground)?),
            PortKind::Rgb if port.name == "hed" => Datum::Rgb(self.stains()?),
            PortKind::Rgb => Datum::Rgb(self.colours()?),
            PortKind::Number => Datum::Number(60.0),
            PortKind::Table => Datum::Table(match port.name {
                name if name.ends_with("points") || name == "training" => self.points(before)?,
                "edges" => self.edges()?,
                "library" => bench::library()?,
                _ => self.objects(before)?,
            }),
            kind => {
                let error = Error::new(Code::Unavailable, format!("no input of {} is made up", kind.name()));
                return Err(error.argument(port.name));
            }
        })
    }

    fn image(&self, name: &str, before: usize, ground: Ground) -> Result<Volume, Error> {
        let shape = self.nuclei.shape();
        let floats = |value: &dyn Fn(usize, [f64; 3]) -> f64| {
            let at = |i| value(i, place(shape, i).map(|p| p as f64)) as f32;
            self.nuclei.image((0..self.nuclei.len()).map(at).collect())
        };
        let pixels = || self.nuclei.f64s();
        let middle = shape.map(|n| n as f64 / 2.0);
        match name {
            "psf" | "kernel" => return bench::psf(self.nuclei.ndim()),
            "moving" => return self.shifted(&self.nuclei, [0, 5, 9]),
            // The image less 40: domes that are higher are cut.
            "seed" => {
                return self.nuclei.image(pixels().iter().map(|v| (v - 40.0).max(0.0) as u8).collect());
            }
            // Where to read: turned the more, the nearer to the middle.
            "y" | "x" | "z" => {
                return floats(&|_, [z, y, x]| {
                    let (dy, dx) = (y - middle[1], x - middle[2]);
                    let (sin, cos) = (1.2 * (-(dy * dy + dx * dx).sqrt() / 40.0).exp()).sin_cos();
                    match name {
                        "y" => middle[1] + cos * dy - sin * dx,
                        "x" => middle[2] + sin * dy + cos * dx,
                        _ => z,
                    }
                });
            }
            // How far to reach: waves.
            "along_y" | "along_x" | "along_z" => {
                return floats(&|_, [_, y, x]| match name {
                    "along_y" => 6.0 * (x / 14.0).sin(),
                    "along_x" => 6.0 * (y / 17.0).sin(),
                    _ => 0.0,
                });
            }
            _ => {}
        }
        let plain = if before == 0 { &self.nuclei } else { &self.marker };
        let values = plain.f64s();
        match ground {
            Ground::Signed if before == 0 => {
                let labels = self.labels.label_slice()?;
                floats(&|i, _| if labels[i] > 0 { (values[i] - 100.0) / 16.0 } else { 0.0 })
            }
            Ground::Undefined if before == 0 => floats(&|i, [_, y, x]| match (y - 60.0).hypot(x - 60.0) {
                r if r < 14.0 => f64::NAN,
                r if r < 22.0 => f64::INFINITY,
                _ => values[i],
            }),
            _ => Ok(plain.clone()),
        }
    }

    /// The nuclei with holes in some of them, and specks between them; a second mask lies beside the first.
    fn mask(&self, name: &str, before: usize, ground: Ground) -> Result<Volume, Error> {
        let shape = self.labels.shape();
        if name == "spots" || ground == Ground::Spots && before == 0 {
            return self
                .labels
                .mask(self.discs(0.5, |label, _| label).iter().map(|l| (*l > 0) as u8).collect());
        }
        if name == "skeleton" {
            let lines = (0..self.labels.len()).map(|i| {
                let [_, y, x] = place(shape, i);
                let trunk = y == shape[1] / 2 && (20..shape[2] - 20).contains(&x);
                let branch = |at: usize, up: bool, length: usize| {
                    let along =
                        if up { shape[1] / 2 - y.min(shape[1] / 2) } else { y.saturating_sub(shape[1] / 2) };
                    x == at + along && along < length && (along > 0 || trunk)
                };
                let ring = {
                    let r = (y as f64 - 50.0).hypot(x as f64 - 45.0);
                    (17.5..18.5).contains(&r)
                };
                (trunk || branch(40, true, 30) || branch(70, false, 45) || branch(90, true, 60) || ring) as u8
            });
            return self.labels.mask(lines.collect());
        }
        let holes = self.discs(3.0, |label, _| (label % 3 == 0) as u32);
        let labels = self.labels.label_slice()?;
        let pixel = |i: usize| {
            let [_, y, x] = place(shape, i);
            let speck = (y * 31 / 2 + x / 2 * 17) % 211 == 0 && y % 12 < 2;
            (labels[i] > 0 && holes[i] == 0 || speck) as u8
        };
        let mask = self.labels.mask((0..labels.len()).map(pixel).collect())?;
        if before == 0 { Ok(mask) } else { self.shifted(&mask, [0, 4, 6]) }
    }

    fn regions(&self, port: &Port, before: usize, ground: Ground) -> Result<Volume, Error> {
        match port.name {
            "markers" => self.labels.labels(self.discs(2.0, |label, _| label)),
            "children" => {
                let halves = self.discs(4.0, |label, right| 2 * label - u32::from(right));
                self.labels.labels(halves)
            }
            _ if port.kind == PortKind::MaskOrLabels => self.mask(port.name, before, ground),
            _ if before > 0 => self.shifted(&self.labels, [0, 4, 6]),
            _ => Ok(self.labels.clone()),
        }
    }

    /// A disc around each centre, with a value of the label and whether the pixel lies on the right.
    fn discs(&self, radius: f64, value: impl Fn(u32, bool) -> u32) -> Vec<u32> {
        let mut pixels = vec![0; self.labels.len()];
        let shape = self.labels.shape();
        for (i, pixel) in pixels.iter_mut().enumerate() {
            let at = place(shape, i).map(|p| p as f64);
            let near = self.centres.iter().find(|(_, centre)| {
                (0..3).map(|a| (at[a] - centre[a].round()).powi(2)).sum::<f64>() <= radius * radius
            });
            if let Some((label, centre)) = near {
                *pixel = value(*label, at[2] > centre[2]);
            }
        }
        pixels
    }

    /// The volume moved by so many pixels, its border repeated.
    fn shifted(&self, volume: &Volume, by: [usize; 3]) -> Result<Volume, Error> {
        let shape = volume.shape();
        let from = |i: usize| {
            let [z, y, x] = place(shape, i);
            let [z, y, x] = [z.saturating_sub(by[0]), y.saturating_sub(by[1]), x.saturating_sub(by[2])];
            (z * shape[1] + y) * shape[2] + x
        };
        let all = 0..volume.len();
        match volume.kind() {
            Kind::Mask => {
                volume.mask(all.map(|i| volume.mask_slice().map(|p| p[from(i)])).collect::<Result<_, _>>()?)
            }
            Kind::Labels => {
                let pixels = volume.label_slice()?;
                volume.labels(all.map(|i| pixels[from(i)]).collect())
            }
            Kind::Image => {
                let pixels = volume.f64s();
                volume.image(all.map(|i| pixels[from(i)] as u8).collect())
            }
        }
    }

    /// A picture of a stained section: pink with violet nuclei, a photograph's uint8.
    fn colours(&self) -> Result<[Volume; 3], Error> {
        let (nuclei, marker) = (self.nuclei.f64s(), self.marker.f64s());
        let plane = |haematoxylin: f64, eosin: f64| {
            let light = |i: usize| 245.0 * (-(haematoxylin * nuclei[i] + eosin * marker[i]) / 150.0).exp();
            self.nuclei.image((0..nuclei.len()).map(|i| light(i) as u8).collect())
        };
        Ok([plane(0.9, 0.15)?, plane(1.1, 1.0)?, plane(0.3, 0.4)?])
    }

    /// Amounts of haematoxylin and eosin, as such a picture has them.
    fn stains(&self) -> Result<[Volume; 3], Error> {
        let amount = |of: Option<&Volume>, most: f64| {
            let values = of.map_or(vec![0.0; self.nuclei.len()], Volume::f64s);
            self.nuclei.image(values.into_iter().map(|v| (v / 150.0 * most) as f32).collect())
        };
        Ok([amount(Some(&self.nuclei), 0.25)?, amount(Some(&self.marker), 0.15)?, amount(None, 0.0)?])
    }

    /// Objects with their areas in µm², and their mean intensity in one of the channels.
    fn objects(&self, before: usize) -> Result<Table, Error> {
        let labels = self.labels.label_slice()?;
        let values = if before == 0 { self.nuclei.f64s() } else { self.marker.f64s() };
        let sums = self.centres.iter().map(|(label, _)| {
            let of = labels.iter().zip(&values).filter(|(l, _)| *l == label);
            of.fold((0.0, 0.0), |(count, sum), (_, value)| (count + 1.0, sum + value))
        });
        let sums: Vec<(f64, f64)> = sums.collect();
        let area = |count: f64| (count * sample::PIXEL_UM * sample::PIXEL_UM * 100.0).round() / 100.0;
        let mean = |(count, sum): &(f64, f64)| (sum / count * 100.0).round() / 100.0;
        Table::new()
            .with("label", Values::Int(self.centres.iter().map(|(label, _)| (*label).into()).collect()))?
            .with("area", Values::Float(sums.iter().map(|(count, _)| area(*count)).collect()))?
            .with("mean", Values::Float(sums.iter().map(mean).collect()))
    }

    /// The centres in four frames, each a little further on, in three classes; a second table has one frame, moved.
    fn points(&self, before: usize) -> Result<Table, Error> {
        let frames = if before == 0 { 4 } else { 1 };
        let rows: Vec<(i64, &(u32, [f64; 3]))> =
            (0..frames).flat_map(|t| self.centres.iter().map(move |centre| (t, centre))).collect();
        let last = self.labels.shape().map(|n| n as f64 - 1.0);
        let column = |axis: usize| {
            let step = [0.0, 1.5, -2.25][axis];
            let moved = |(t, (label, centre)): &(i64, &(u32, [f64; 3]))| {
                let further = (*t as f64 + before as f64) * step + f64::from(label % 5) / 4.0;
                ((centre[axis] + further) * 4.0).round() / 4.0
            };
            Values::Float(rows.iter().map(|row| moved(row).clamp(0.0, last[axis])).collect())
        };
        let class = |(_, (label, _)): &(i64, &(u32, [f64; 3]))| {
            ["one", "two", "three"][(label % 3) as usize].to_string()
        };
        let table = Table::new()
            .with("label", Values::Int((1..=rows.len() as i64).collect()))?
            .with("t", Values::Int(rows.iter().map(|(t, _)| *t).collect()))?;
        let axes = ["z", "y", "x"].iter().enumerate().skip(3 - self.labels.ndim());
        let table = axes.into_iter().try_fold(table, |table, (axis, name)| table.with(name, column(axis)))?;
        table.with("class", Values::Text(rows.iter().map(class).collect()))
    }

    /// Edges between those points.
    fn edges(&self) -> Result<Table, Error> {
        let points = 4 * self.centres.len() as i64;
        let source: Vec<i64> = (1..2 * points).map(|i| i % points + 1).collect();
        let target = source.iter().enumerate().map(|(i, s)| (s + 2 * i as i64) % points + 1).collect();
        Table::new().with("source", Values::Int(source))?.with("target", Values::Int(target))
    }
}

/// Labels from 1 on, without every fifth number.
fn renumbered(labels: &Volume) -> Result<Volume, Error> {
    let pixels = labels.label_slice()?;
    let mut present: Vec<u32> = pixels.iter().copied().filter(|label| *label > 0).collect();
    present.sort_unstable();
    present.dedup();
    let new = |label: &u32| present.binary_search(label).map_or(0, |i| (i + i / 4 + 1) as u32);
    labels.labels(pixels.iter().map(new).collect())
}

/// z, y, x of the pixel with this index.
fn place([_, height, width]: [usize; 3], index: usize) -> [usize; 3] {
    [index / (height * width), index / width % height, index % width]
}
