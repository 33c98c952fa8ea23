//! Masks of one shape each, made from numbers.

use crate::common::shape::{self, MadeInParts};
use crate::common::threads;
use rotifer_registry::*;

op! {
    /// Draws a disk, or in three dimensions a ball, as a mask.
    ///
    /// A pixel is in it where its centre is nearer to the centre of the disk than the radius.
    pub struct DrawDisk {
        /// Pixels of the mask along each axis: y and x, or z, y and x.
        shape: Vec<i64>;
        /// Centre in pixels along the same axes, or one number for all; the first pixel is 0.
        center: PerAxis<f64>;
        /// Radius in pixels.
        radius: f64, range(1e-3, 1e6);
    }
    id: "draw_disk", revision: 1, family: Draw,
    memory: host,
    inputs: {},
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.draw.disk 0.26",
    python: "
middle = np.broadcast_to(center, len(shape)).astype(float)
if len(shape) == 2:
    result = np.zeros(shape, bool)
    result[ski.draw.disk(middle, radius, shape=shape)] = True
else:
    result = sum(((i - c) / radius) ** 2 for i, c in zip(np.indices(shape), middle)) < 1",
    examples: [
        "shape = [40, 50]\ncenter = [20.0, 24.5]\nradius = 10.0",
        "shape = [40, 50]\ncenter = [2.0, 60.0]\nradius = 30.25",
        "shape = [9, 20, 21]\ncenter = [4.0, 10.3, 8.0]\nradius = 5.0",
    ],
}

impl DrawDisk {
    fn inside(&self) -> Result<impl Fn([usize; 3]) -> bool + Sync + use<>, Error> {
        let (_, ndim) = shape::of_list(&self.shape)?;
        let center = self.center.resolve(ndim, 0.0).map_err(|e| e.argument("center"))?;
        let radius = self.radius;
        Ok(move |at: [usize; 3]| {
            let square = |axis: usize| ((at[axis] as f64 - center[axis]) / radius).powi(2);
            (0..3).filter(|axis| *axis > 0 || ndim == 3).map(square).sum::<f64>() < 1.0
        })
    }
}

op! {
    /// Draws an ellipse as a mask.
    ///
    /// It is turned around its centre from x towards −y, as skimage.draw.ellipse turns it.
    pub struct DrawEllipse {
        /// Pixels of the mask along y and x.
        shape: Vec<i64>;
        /// Centre in pixels along y and x; the first pixel is 0.
        center: PerAxis<f64>;
        /// Half the axes along y and x in pixels, before it is turned.
        radius: PerAxis<f64>, range(1e-3, 1e6);
        /// Angle in radians.
        rotation: f64 = 0.0, range(-std::f64::consts::PI, std::f64::consts::PI);
    }
    id: "draw_ellipse", revision: 1, family: Draw,
    memory: host,
    inputs: {},
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.draw.ellipse 0.26",
    python: "
result = np.zeros(shape, bool)
(r, c), (a, b) = np.broadcast_to(center, 2), np.broadcast_to(radius, 2)
result[ski.draw.ellipse(r, c, a, b, shape=shape, rotation=rotation)] = True",
    examples: [
        "shape = [40, 50]\ncenter = [20.0, 24.5]\nradius = [8.0, 15.0]",
        "shape = [40, 50]\ncenter = [18.5, 25.0]\nradius = [6.0, 17.3]\nrotation = 0.7",
        "shape = [30, 30]\ncenter = 2.0\nradius = [25.1, 9.0]\nrotation = -2.1",
    ],
}

impl DrawEllipse {
    fn inside(&self) -> Result<impl Fn([usize; 3]) -> bool + Sync + use<>, Error> {
        flat(&self.shape)?;
        let [_, cy, cx] = self.center.resolve(2, 0.0).map_err(|e| e.argument("center"))?;
        let [_, ry, rx] = self.radius.resolve(2, 0.0).map_err(|e| e.argument("radius"))?;
        let (sin, cos) = self.rotation.sin_cos();
        Ok(move |[_, y, x]: [usize; 3]| {
            let (y, x) = (y as f64 - cy, x as f64 - cx);
            ((y * cos + x * sin) / ry).powi(2) + ((y * sin - x * cos) / rx).powi(2) < 1.0
        })
    }
}

op! {
    /// Draws a rectangle, or in three dimensions a box, as a mask.
    ///
    /// Both corners are in it. Pixels outside the mask's shape are left out.
    pub struct DrawRectangle {
        /// Pixels of the mask along each axis: y and x, or z, y and x.
        shape: Vec<i64>;
        /// One corner in pixels along the same axes.
        start: Vec<i64>;
        /// The opposite corner.
        end: Vec<i64>;
    }
    id: "draw_rectangle", revision: 1, family: Draw,
    memory: host,
    inputs: {},
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.draw.rectangle 0.26",
    python: "
result = np.zeros(shape, bool)
cut = lambda at: tuple(min(max(v, -1), n) for v, n in zip(at, shape))
found = np.array(ski.draw.rectangle(cut(start), cut(end))).reshape(len(shape), -1)
within = np.all((found >= 0) & (found < np.array(shape)[:, None]), 0)
result[tuple(found[:, within])] = True",
    examples: [
        "shape = [40, 50]\nstart = [3, 5]\nend = [20, 5]",
        "shape = [40, 50]\nstart = [30, 60]\nend = [12, -4]",
        "shape = [6, 20, 21]\nstart = [1, 2, 3]\nend = [3, 19, 10]",
    ],
}

impl DrawRectangle {
    fn inside(&self) -> Result<impl Fn([usize; 3]) -> bool + Sync + use<>, Error> {
        let (_, ndim) = shape::of_list(&self.shape)?;
        let (start, end) = (corner(&self.start, ndim, "start")?, corner(&self.end, ndim, "end")?);
        Ok(move |at: [usize; 3]| {
            let between = |axis: usize| {
                let (a, b) = (start[axis], end[axis]);
                (a.min(b)..=a.max(b)).contains(&(at[axis] as i64))
            };
            (3 - ndim..3).all(between)
        })
    }
}

op! {
    /// Draws a line of pixels from one pixel to another as a mask.
    ///
    /// It is Bresenham's: one pixel for each step along the longer axis; where the line passes between two pixels, the one further on
    /// is taken. Pixels outside the mask's shape are left out.
    pub struct DrawLine {
        /// Pixels of the mask along y and x.
        shape: Vec<i64>;
        /// First pixel, y and x.
        start: Vec<i64>;
        /// Last pixel, y and x.
        end: Vec<i64>;
    }
    id: "draw_line", revision: 1, family: Draw,
    memory: host,
    inputs: {},
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.draw.line 0.26",
    python: "
result = np.zeros(shape, bool)
r, c = ski.draw.line(*start, *end)
within = (r >= 0) & (r < shape[0]) & (c >= 0) & (c < shape[1])
result[r[within], c[within]] = True",
    examples: [
        "shape = [40, 50]\nstart = [3, 5]\nend = [20, 41]",
        "shape = [40, 50]\nstart = [39, 2]\nend = [0, 11]",
        "shape = [40, 50]\nstart = [-10, 70]\nend = [30, -6]",
        "shape = [40, 50]\nstart = [7, 7]\nend = [7, 7]",
    ],
}

impl DrawLine {
    fn inside(&self) -> Result<impl Fn([usize; 3]) -> bool + Sync + use<>, Error> {
        flat(&self.shape)?;
        let wide = |list, name| corner(list, 2, name).map(|c| [c[1], c[2]].map(i128::from));
        let (start, end) = (wide(&self.start, "start")?, wide(&self.end, "end")?);
        let span = [0, 1].map(|axis| (end[axis] - start[axis]).abs());
        // The axis along which each step is one pixel.
        let along = if span[0] > span[1] { 0 } else { 1 };
        let across = 1 - along;
        let sign = [0, 1].map(|axis| if end[axis] > start[axis] { 1 } else { -1 });
        Ok(move |[_, y, x]: [usize; 3]| {
            let at = [y as i128, x as i128];
            let [step, off] = [along, across].map(|axis| (at[axis] - start[axis]) * sign[axis]);
            if span[along] == 0 {
                return at == start;
            }
            let rounded = (2 * span[across] * step + span[along]).div_euclid(2 * span[along]);
            (0..=span[along]).contains(&step) && off == rounded
        })
    }
}

/// A point of whole pixels, one number for each axis.
fn corner(list: &[i64], ndim: usize, name: &str) -> Result<[i64; 3], Error> {
    if list.len() != ndim {
        let message = format!("{} numbers for {ndim} axes", list.len());
        return Err(Error::new(Code::Shape, message).argument(name));
    }
    let mut at = [0; 3];
    at[3 - ndim..].copy_from_slice(list);
    Ok(at)
}

/// Refuses a mask of three axes.
fn flat(list: &[i64]) -> Result<(), Error> {
    match shape::of_list(list)? {
        (_, 2) => Ok(()),
        (_, ndim) => Err(Error::new(Code::Shape, format!("{ndim} axes, and the shape is flat"))
            .argument("shape")
            .allowed("y and x")),
    }
}

/// The pixels that are inside, in a part of the mask that begins at `first`.
fn drawn(
    meta: &VolumeMeta,
    first: [usize; 3],
    inside: &(impl Fn([usize; 3]) -> bool + Sync),
) -> Result<Volume, Error> {
    let [_, height, width] = meta.shape;
    let mut pixels = vec![0u8; meta.len()];
    threads::each_row(&mut pixels, width, |row, line| {
        for (x, pixel) in line.iter_mut().enumerate() {
            *pixel = inside([row / height + first[0], row % height + first[1], x + first[2]]).into();
        }
    });
    Volume::from_vec(meta, pixels)
}

macro_rules! drawn {
    ($($op:ident),*) => {$(
        impl Host for $op {
            fn infer(&self, _inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
                self.inside().map(drop)?;
                shape::made(outputs, &shape::mask_of(&self.shape)?);
                Ok(())
            }

            fn run(&self, _inputs: &Inputs) -> Result<Vec<Datum>, Error> {
                let meta = shape::mask_of(&self.shape)?;
                Ok(vec![Datum::Volume(drawn(&meta, [0; 3], &self.inside()?)?)])
            }

            fn streamed(&self, _inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
                let inside = self.inside()?;
                let part = move |part: &VolumeMeta, first: [usize; 3]| drawn(part, first, &inside);
                Ok(Some(Box::new(MadeInParts { meta: shape::mask_of(&self.shape)?, part })))
            }

            fn reference(&self, _inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
                let plain = || {
                    let (meta, inside) = (shape::mask_of(&self.shape)?, self.inside()?);
                    let grid = Grid::from_fn(meta.shape, meta.ndim, |at| inside(at).into());
                    Ok(vec![Plain::Image(grid)])
                };
                Some(plain())
            }
        }
    )*};
}
drawn!(DrawDisk, DrawEllipse, DrawRectangle, DrawLine);
