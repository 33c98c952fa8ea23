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

/// Pixels side by side: z, y, first x, last x, counted from the middle of the footprint.
pub type Run = (i32, i32, i32, i32);

/// The offsets of a footprint. A box is known by its radius alone, anything else by its runs: a ball of a million pixels
/// has a few thousand.
#[derive(Clone, Debug, PartialEq)]
pub struct Offsets {
    /// Largest |offset| along z, y, x.
    pub radius: [usize; 3],
    /// In raster order; none of a box.
    runs: Option<Vec<Run>>,
}

impl Offsets {
    /// All pixels with |z| ≤ rz, |y| ≤ ry, |x| ≤ rx.
    pub fn of_box(radius: [usize; 3]) -> Offsets {
        Offsets { radius, runs: None }
    }

    /// Of runs in raster order, within the radius.
    fn of_runs(radius: [usize; 3], runs: Vec<Run>) -> Offsets {
        let listed = Offsets { radius, runs: Some(runs) };
        if listed.len() == Offsets::of_box(radius).len() { Offsets::of_box(radius) } else { listed }
    }

    /// True where the footprint fills its bounding box, so that it separates into lines.
    pub fn is_box(&self) -> bool {
        self.runs.is_none()
    }

    /// How many pixels count.
    pub fn len(&self) -> usize {
        match &self.runs {
            Some(runs) => runs.iter().map(|&(_, _, first, last)| (last - first + 1) as usize).sum(),
            None => self.radius.iter().map(|r| 2 * r + 1).product(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs in raster order.
    pub fn runs(&self) -> impl Iterator<Item = Run> + '_ {
        let [rz, ry, rx] = self.radius.map(|r| r as i32);
        let planes = if self.is_box() { -rz..rz + 1 } else { 0..0 };
        let listed = self.runs.iter().flatten().copied();
        listed.chain(planes.flat_map(move |z| (-ry..=ry).map(move |y| (z, y, -rx, rx))))
    }

    /// Offsets z, y, x in raster order.
    pub fn iter(&self) -> impl Iterator<Item = [i32; 3]> + '_ {
        self.runs().flat_map(|(z, y, first, last)| (first..=last).map(move |x| [z, y, x]))
    }

    /// [`Offsets::iter`] as a list, for footprints that are small.
    pub fn list(&self) -> Vec<[i32; 3]> {
        self.iter().collect()
    }

    /// The footprint turned about its middle.
    pub fn mirrored(&self) -> Offsets {
        let turned = |runs: &Vec<Run>| runs.iter().rev().map(|&(z, y, a, b)| (-z, -y, -b, -a)).collect();
        Offsets { radius: self.radius, runs: self.runs.as_ref().map(turned) }
    }
}

impl Footprint {
    pub const NAMES: [&'static str; 4] = ["box", "disk", "ball", "diamond"];

    /// How far the footprint reaches along z, y, x, for a radius along each axis on an image of this geometry.
    pub fn extent(&self, radius: &PerAxis<Length>, meta: &VolumeMeta) -> Result<[usize; 3], Error> {
        if let Footprint::Explicit { shape, .. } = self {
            if meta.ndim == 2 && shape[0] != 1 {
                return Err(Error::new(Code::Shape, "a 3-D footprint does not fit a 2-D image")
                    .argument("footprint")
                    .help("give rows, not planes of rows, or a 3-D image"));
            }
            return Ok(shape.map(|n| n / 2));
        }
        let mut extent = radius.pixels(meta)?.map(|r| r.round().max(0.0) as usize);
        if *self == Footprint::Disk {
            extent[0] = 0;
        }
        Ok(extent)
    }

    /// The offsets for a radius along each axis, on an image of this geometry.
    pub fn offsets(&self, radius: &PerAxis<Length>, meta: &VolumeMeta) -> Result<Offsets, Error> {
        let radius = self.extent(radius, meta)?;
        let [rz, ry, rx] = radius.map(|r| r as i32);
        let rows = (-rz..=rz).flat_map(|z| (-ry..=ry).map(move |y| (z, y)));
        let mut runs = Vec::new();
        let power = match self {
            Footprint::Box => return Ok(Offsets::of_box(radius)),
            Footprint::Explicit { shape, inside } => {
                for ((z, y), row) in rows.zip(inside.chunks(shape[2])) {
                    for (x, _) in (-rx..).zip(row).filter(|(_, on)| **on) {
                        match runs.last_mut() {
                            Some((rz, ry, _, last)) if (*rz, *ry, *last + 1) == (z, y, x) => *last = x,
                            _ => runs.push((z, y, x, x)),
                        }
                    }
                }
                return Ok(Offsets::of_runs(radius, runs));
            }
            Footprint::Disk | Footprint::Ball => 2,
            Footprint::Diamond => 1,
        };
        for (z, y) in rows {
            // A row that is inside anywhere is so in its middle, and up to some x.
            let inside = |x: i32| norm(&[z, y, x], &[rz, ry, rx], power) <= 1.0;
            let (mut least, mut most) = (0, rx);
            if inside(0) {
                while least < most {
                    let x = (least + most + 1) / 2;
                    if inside(x) { least = x } else { most = x - 1 }
                }
                runs.push((z, y, -least, least));
            }
        }
        Ok(Offsets::of_runs(radius, runs))
    }
}

/// Sum of |offset / radius|^p. Whole numbers where all radii are equal, so that the rim is exactly scikit-image's; axes of
/// radius 0 do not count.
fn norm(offset: &[i32; 3], radius: &[i32; 3], p: i32) -> f64 {
    let used = || (0..3).filter(|&a| radius[a] > 0);
    let Some(first) = used().next() else { return 0.0 };
    if used().all(|a| radius[a] == radius[first]) {
        let sum: i64 = used().map(|a| (offset[a].abs() as i64).pow(p as u32)).sum();
        return sum as f64 / (radius[first] as i64).pow(p as u32) as f64;
    }
    used().map(|a| (offset[a] as f64 / radius[a] as f64).abs().powi(p)).sum()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dtype, Kind};

    const SOLID: VolumeMeta =
        VolumeMeta { kind: Kind::Image, dtype: Dtype::U8, shape: [9, 9, 9], ndim: 3, spacing: None };

    /// Every pixel of the bounding box, asked one at a time.
    #[test]
    fn runs_hold_the_pixels_of_the_definition() {
        let radii = [[0, 0, 0], [0, 0, 3], [0, 4, 4], [1, 2, 3], [5, 5, 5], [3, 0, 2], [0, 7, 2]];
        for radius in radii {
            let lengths = PerAxis::Each(radius.map(|r| Length::Pixels(r as f64)).to_vec());
            for shape in [Footprint::Box, Footprint::Disk, Footprint::Ball, Footprint::Diamond] {
                let offsets = shape.offsets(&lengths, &SOLID).expect("offsets");
                let [rz, ry, rx] = shape.extent(&lengths, &SOLID).expect("an extent").map(|r| r as i32);
                assert_eq!(offsets.radius.map(|r| r as i32), [rz, ry, rx]);
                let mut expected = Vec::new();
                for z in -rz..=rz {
                    for y in -ry..=ry {
                        for x in -rx..=rx {
                            let inside = match shape {
                                Footprint::Box => true,
                                Footprint::Diamond => norm(&[z, y, x], &[rz, ry, rx], 1) <= 1.0,
                                _ => norm(&[z, y, x], &[rz, ry, rx], 2) <= 1.0,
                            };
                            expected.extend(inside.then_some([z, y, x]));
                        }
                    }
                }
                assert_eq!(offsets.list(), expected, "{shape:?} {radius:?}");
                assert_eq!(offsets.len(), expected.len());
                let full = ((2 * rz + 1) * (2 * ry + 1) * (2 * rx + 1)) as usize;
                assert_eq!(offsets.is_box(), expected.len() == full, "{shape:?} {radius:?}");
                assert_eq!(offsets.mirrored(), offsets);
            }
        }
    }

    #[test]
    fn explicit_footprints_keep_their_gaps() {
        let inside = [1, 0, 1, 1, 1, 0, 0, 0, 1].map(|bit| bit == 1).to_vec();
        let footprint = Footprint::Explicit { shape: [1, 3, 3], inside };
        let offsets = footprint.offsets(&PerAxis::All(Length::Pixels(1.0)), &SOLID).expect("offsets");
        let pixels = [[0, -1, -1], [0, -1, 1], [0, 0, -1], [0, 0, 0], [0, 1, 1]];
        assert_eq!(offsets.list(), pixels);
        let mut turned = pixels.map(|o| o.map(|i: i32| -i));
        turned.reverse();
        assert_eq!(offsets.mirrored().list(), turned);
        assert!(!offsets.is_box());
    }

    /// Questions of a plan cost nothing, whatever the radius.
    #[test]
    fn large_boxes_are_not_listed() {
        let lengths = PerAxis::All(Length::Pixels(1e6));
        let offsets = Footprint::Box.offsets(&lengths, &SOLID).expect("offsets");
        assert_eq!(offsets.len(), 2_000_001usize.pow(3));
        assert_eq!(offsets.runs().next(), Some((-1_000_000, -1_000_000, -1_000_000, 1_000_000)));
    }
}
