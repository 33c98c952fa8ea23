//! Footprints: which neighbours of a pixel count.

use crate::error::{Code, Error};
use crate::param::{Length, Param, ParamType, PerAxis};
use crate::value::Value;
use crate::volume::VolumeMeta;

/// The shape of a neighbourhood; its size comes from a radius along each axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Footprint {
    /// All pixels with |z| ≤ rz, |y| ≤ ry, |x| ≤ rx.
    Box,
    /// (y/ry)² + (x/rx)² ≤ 1 in each plane, none above or below: `skimage.morphology.disk`.
    Disk,
    /// (z/rz)² + (y/ry)² + (x/rx)² ≤ 1: `skimage.morphology.ball`; in 2-D the same as disk.
    Ball,
    /// |z/rz| + |y/ry| + |x/rx| ≤ 1: `skimage.morphology.diamond`, `octahedron`.
    Diamond,
    /// Rows of 0 and 1 (planes of rows in 3-D), odd along each axis; the radius is not used.
    Explicit { shape: [usize; 3], inside: Vec<bool> },
}

/// The offsets of a footprint: what the kernels loop over.
#[derive(Clone, Debug, PartialEq)]
pub struct Offsets {
    /// Largest |offset| along z, y, x.
    pub radius: [usize; 3],
    /// Offsets z, y, x in raster order.
    pub offsets: Vec<[i32; 3]>,
    /// True where the footprint fills its bounding box, so that it separates into lines.
    pub is_box: bool,
}

impl Offsets {
    /// Offsets as runs along x: (z, y, first x, last x), in raster order.
    pub fn runs(&self) -> Vec<(i32, i32, i32, i32)> {
        let mut runs: Vec<(i32, i32, i32, i32)> = Vec::new();
        for &[z, y, x] in &self.offsets {
            match runs.last_mut() {
                Some(run) if (run.0, run.1, run.3 + 1) == (z, y, x) => run.3 = x,
                _ => runs.push((z, y, x, x)),
            }
        }
        runs
    }
}

impl Footprint {
    pub const NAMES: [&'static str; 4] = ["box", "disk", "ball", "diamond"];

    /// The offsets for a radius along each axis, on an image of this geometry.
    pub fn offsets(&self, radius: &PerAxis<Length>, meta: &VolumeMeta) -> Result<Offsets, Error> {
        if let Footprint::Explicit { shape, inside } = self {
            if meta.ndim == 2 && shape[0] != 1 {
                return Err(Error::new(Code::Shape, "a 3-D footprint does not fit a 2-D image")
                    .argument("footprint")
                    .help("give rows, not planes of rows, or a 3-D image"));
            }
            let half = shape.map(|n| n / 2);
            let mut offsets = Vec::new();
            for (i, _) in inside.iter().enumerate().filter(|(_, on)| **on) {
                let (z, y, x) = (i / (shape[1] * shape[2]), i / shape[2] % shape[1], i % shape[2]);
                offsets.push([
                    z as i32 - half[0] as i32,
                    y as i32 - half[1] as i32,
                    x as i32 - half[2] as i32,
                ]);
            }
            return Ok(Offsets { radius: half, is_box: inside.iter().all(|on| *on), offsets });
        }
        let mut r = radius.pixels(meta)?.map(|r| r.round().max(0.0));
        if *self == Footprint::Disk {
            r[0] = 0.0;
        }
        let extent = r.map(|r| r as i32);
        let mut offsets = Vec::new();
        for z in -extent[0]..=extent[0] {
            for y in -extent[1]..=extent[1] {
                for x in -extent[2]..=extent[2] {
                    // Integers where the radii are equal, so that the rim is exactly scikit-image's.
                    let inside = match self {
                        Footprint::Box | Footprint::Explicit { .. } => true,
                        Footprint::Disk | Footprint::Ball => norm(&[z, y, x], &extent, 2) <= 1.0,
                        Footprint::Diamond => norm(&[z, y, x], &extent, 1) <= 1.0,
                    };
                    if inside {
                        offsets.push([z, y, x]);
                    }
                }
            }
        }
        let radius = extent.map(|r| r as usize);
        let full = radius.iter().map(|r| 2 * r + 1).product::<usize>();
        Ok(Offsets { radius, is_box: offsets.len() == full, offsets })
    }
}

/// Sum of |offset / radius|^p, exact at the rim where all radii are equal. Axes of radius 0 do not count.
fn norm(offset: &[i32; 3], radius: &[i32; 3], p: i32) -> f64 {
    let used: Vec<usize> = (0..3).filter(|&a| radius[a] > 0).collect();
    let Some(&first) = used.first() else { return 0.0 };
    if used.iter().all(|&a| radius[a] == radius[first]) {
        let sum: i64 = used.iter().map(|&a| (offset[a].abs() as i64).pow(p as u32)).sum();
        return sum as f64 / (radius[first] as i64).pow(p as u32) as f64;
    }
    used.iter().map(|&a| (offset[a] as f64 / radius[a] as f64).abs().powi(p)).sum()
}

impl Param for Footprint {
    const TYPE: ParamType = ParamType::Footprint;

    fn from_value(value: &Value) -> Result<Footprint, Error> {
        match value {
            Value::Text(name) => Ok(match name.as_str() {
                "box" => Footprint::Box,
                "disk" => Footprint::Disk,
                "ball" => Footprint::Ball,
                "diamond" => Footprint::Diamond,
                _ => {
                    return Err(Error::new(Code::OutOfRange, "no such footprint")
                        .value(value)
                        .allowed("box, disk, ball, diamond, or rows of 0 and 1"));
                }
            }),
            Value::List(planes) => explicit(planes).ok_or_else(|| {
                Error::new(Code::WrongType, "a footprint is rows of 0 and 1 of equal, odd length")
                    .value(value)
                    .help("for example [[0, 1, 0], [1, 1, 1], [0, 1, 0]]")
            }),
            _ => {
                Err(Error::new(Code::WrongType, "a footprint is a name or rows of 0 and 1")
                    .value(value.kind()))
            }
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Footprint::Box => Value::Text("box".into()),
            Footprint::Disk => Value::Text("disk".into()),
            Footprint::Ball => Value::Text("ball".into()),
            Footprint::Diamond => Value::Text("diamond".into()),
            Footprint::Explicit { shape, inside } => {
                let mut bits = inside.iter().map(|&on| Value::Int(on as i64));
                let mut plane = || {
                    let rows = (0..shape[1]).map(|_| Value::List(bits.by_ref().take(shape[2]).collect()));
                    Value::List(rows.collect())
                };
                if shape[0] == 1 { plane() } else { Value::List((0..shape[0]).map(|_| plane()).collect()) }
            }
        }
    }
}

fn explicit(items: &[Value]) -> Option<Footprint> {
    fn rows(items: &[Value]) -> Option<([usize; 2], Vec<bool>)> {
        let mut inside = Vec::new();
        let mut width = None;
        for row in items {
            let Value::List(row) = row else { return None };
            if *width.get_or_insert(row.len()) != row.len() {
                return None;
            }
            for bit in row {
                inside.push(match bit {
                    Value::Bool(b) => *b,
                    Value::Int(0) => false,
                    Value::Int(1) => true,
                    _ => return None,
                });
            }
        }
        Some(([items.len(), width?], inside))
    }
    let deep = matches!(items.first(), Some(Value::List(row)) if matches!(row.first(), Some(Value::List(_))));
    let (shape, inside) = if deep {
        let mut shape = [items.len(), 0, 0];
        let mut inside = Vec::new();
        for (i, plane) in items.iter().enumerate() {
            let Value::List(plane) = plane else { return None };
            let ([h, w], bits) = rows(plane)?;
            if i > 0 && (h, w) != (shape[1], shape[2]) {
                return None;
            }
            (shape[1], shape[2]) = (h, w);
            inside.extend(bits);
        }
        (shape, inside)
    } else {
        let ([h, w], inside) = rows(items)?;
        ([1, h, w], inside)
    };
    let odd = shape.iter().all(|n| n % 2 == 1);
    (odd && inside.contains(&true)).then_some(Footprint::Explicit { shape, inside })
}
