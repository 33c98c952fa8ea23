//! Operations that only move pixels: rows of one table over `common/reindex.rs`.

use crate::common::axis_fold::Axis;
use crate::common::reindex::{Reindex, Reindexed};
use crate::common::shape;
use rotifer_registry::*;

op! {
    /// Mirrors an image along one axis: the first pixel becomes the last.
    ///
    /// Masks and labels stay such, the dtype is that of the image. The axis z is one of 3-D images only.
    pub struct Flip {
        /// The axis along which pixels change their order.
        axis: Axis = Axis::X;
    }
    id: "flip", revision: 1, family: Transform,
    kernel: Reindex::by(move |image: &VolumeMeta| {
        has_axis(image, axis, "axis")?;
        let n = image.shape;
        let index = |a: usize, i: usize| Some(if a == axis as usize { n[a] - 1 - i } else { i });
        Ok(Reindexed::along(image, image.clone(), [0, 1, 2], 0.0, index))
    }),
    inputs: { image: Image },
    outputs: { image: Like(Same) },
    agrees: Exact, follows: "numpy.flip 2.4",
    python: "np.flip(image, -1 - 'xyz'.index(axis))",
    examples: ["axis = \"y\"", "axis = \"z\""],
}

choice! {
    /// Two axes.
    pub enum Axes {
        Yx = "yx",
        Zx = "zx",
        Zy = "zy",
    }
}

impl Axes {
    fn pair(self) -> [Axis; 2] {
        match self {
            Axes::Yx => [Axis::Y, Axis::X],
            Axes::Zx => [Axis::Z, Axis::X],
            Axes::Zy => [Axis::Z, Axis::Y],
        }
    }
}

op! {
    /// Exchanges two axes of an image: rows become columns, or planes become rows.
    ///
    /// The pixel at z, y, x of the output is the one at z, x, y of the image for `axes = "yx"`, and so on; pixel sizes are
    /// exchanged, too. Masks and labels stay such, the dtype is that of the image.
    pub struct Transpose {
        /// The axes that change places; z is one of 3-D images only.
        axes: Axes = Axes::Yx;
    }
    id: "transpose", revision: 1, family: Transform,
    kernel: Reindex::by(move |image: &VolumeMeta| {
        let [a, b] = axes.pair();
        has_axis(image, a, "axes")?;
        let mut from = [0, 1, 2];
        from.swap(a as usize, b as usize);
        let spacing = image.spacing.map(|spacing| spacing.of_axes(from));
        let meta = VolumeMeta { shape: from.map(|axis| image.shape[axis]), spacing, ..image.clone() };
        Ok(Reindexed::along(image, meta, from, 0.0, |_, i| Some(i)))
    }),
    inputs: { image: Image },
    outputs: { image: Like(Same) },
    agrees: Exact, follows: "numpy.swapaxes 2.4",
    python: "np.swapaxes(image, *(-1 - 'xyz'.index(a) for a in axes))",
    examples: ["axes = \"zx\"", "axes = \"zy\""],
}

/// Pixels of the longest border that is cut or added.
const MOST: f64 = 1e6;

op! {
    /// Cuts a box out of an image.
    ///
    /// The output begins `before` pixels from the start of each axis and ends `after` pixels from its end, or is `shape`
    /// pixels long. Masks and labels stay such, the dtype is that of the image.
    pub struct Crop {
        /// Pixels cut off at the start of each axis.
        before: PerAxis<usize> = PerAxis::All(0), range(0, MOST);
        /// Pixels cut off at the end of each axis, where `shape` is left out.
        after: PerAxis<usize> = PerAxis::All(0), range(0, MOST);
        /// Pixels that are kept along z, y, x (y, x in 2-D). Left out: `after` decides.
        shape: Option<Vec<i64>> = None;
    }
    id: "crop", revision: 1, family: Transform,
    kernel: Reindex::by(move |image: &VolumeMeta| {
        let (before, after) = (before.resolve(image.ndim, 0)?, after.resolve(image.ndim, 0)?);
        let rest: [usize; 3] = std::array::from_fn(|a| image.shape[a].saturating_sub(before[a]));
        let kept = match &shape {
            Some(list) => shape::asked_for(list, image)?,
            None => std::array::from_fn(|a| rest[a].saturating_sub(after[a])),
        };
        if (0..3).any(|a| kept[a] == 0 || kept[a] > rest[a]) {
            let kept = kept.map(|n| n.to_string()).join("x");
            return Err(Error::new(Code::Shape, "the box is empty or sticks out of the image")
                .value(format!("{kept} of {}", image.shape_text())));
        }
        let spacing = image.spacing.map(|spacing| spacing.moved(before.map(|n| n as f64)));
        let meta = VolumeMeta { shape: kept, spacing, ..image.clone() };
        Ok(Reindexed::along(image, meta, [0, 1, 2], 0.0, |a, i| Some(i + before[a])))
    }),
    inputs: { image: Image },
    outputs: { image: Like(Same) },
    agrees: Exact, follows: "skimage.util.crop 0.26",
    python: "
b, a = (np.broadcast_to(n, image.ndim) for n in (before, after))
a = a if shape is None else np.subtract(image.shape, b) - shape
result = ski.util.crop(image, list(zip(b, a)))
",
    examples: [
        "before = 1",
        "before = [1, 2]\nafter = [0, 3]",
        "before = 2\nshape = [3, 1]",
        "before = [1, 0, 2]\nafter = [0, 3, 1]",
    ],
}

op! {
    /// Adds pixels around an image.
    ///
    /// `before` pixels are added at the start of each axis and `after` at its end, or as many as make the output `shape`
    /// pixels long. They are what `edge` says. Masks and labels stay such, the dtype is that of the image.
    pub struct Pad {
        /// Pixels added at the start of each axis.
        before: PerAxis<usize> = PerAxis::All(0), range(0, MOST);
        /// Pixels added at the end of each axis, where `shape` is left out.
        after: PerAxis<usize> = PerAxis::All(0), range(0, MOST);
        /// Pixels of the output along z, y, x (y, x in 2-D). Left out: `after` decides.
        shape: Option<Vec<i64>> = None;
        ..Border(edge: Constant, constant);
    }
    id: "pad", revision: 1, family: Transform,
    kernel: Reindex::by(move |image: &VolumeMeta| {
        let (before, after) = (before.resolve(image.ndim, 0)?, after.resolve(image.ndim, 0)?);
        let least: [usize; 3] = std::array::from_fn(|a| image.shape[a] + before[a]);
        let padded = match &shape {
            Some(list) => shape::asked_for(list, image)?,
            None => std::array::from_fn(|a| least[a] + after[a]),
        };
        if (0..3).any(|a| padded[a] < least[a]) {
            return Err(Error::new(Code::Shape, "the image does not fit into this shape")
                .argument("shape")
                .value(image.shape_text()));
        }
        let spacing = image.spacing.map(|spacing| spacing.moved(before.map(|n| -(n as f64))));
        let meta = VolumeMeta { shape: padded, spacing, ..image.clone() };
        let index = |a: usize, i: usize| edge.index(i as isize - before[a] as isize, image.shape[a]);
        Ok(Reindexed::along(image, meta, [0, 1, 2], constant, index))
    }),
    inputs: { image: Image },
    outputs: { image: Like(Same) },
    agrees: Exact, follows: "numpy.pad 2.4",
    python: "
b, a = (np.broadcast_to(n, image.ndim) for n in (before, after))
a = a if shape is None else np.subtract(shape, image.shape) - b
mode = {'reflect': 'symmetric', 'mirror': 'reflect', 'nearest': 'edge'}.get(edge, edge)
value = constant != 0 if image.dtype == bool else quantize(constant, image.dtype)
result = np.pad(image, list(zip(b, a)), mode, **({'constant_values': value} if edge == 'constant' else {}))
",
    examples: [
        "before = 3\nafter = 2\nconstant = 2.6",
        "before = [1, 20]\nafter = [0, 3]\nedge = \"reflect\"",
        "before = [1, 0, 2]\nafter = [0, 3, 1]\nedge = \"mirror\"",
        "before = 2\nedge = \"nearest\"\nshape = [400, 400]",
        "after = 7\nedge = \"wrap\"",
    ],
}

/// Refuses the axis z of an image that has none.
pub fn has_axis(image: &VolumeMeta, axis: Axis, argument: &str) -> Result<(), Error> {
    if image.axes().contains(&(axis as usize)) {
        return Ok(());
    }
    Err(Error::new(Code::Shape, "a 2-D image has no axis z").argument(argument).allowed("y, x"))
}
