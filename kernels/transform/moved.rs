//! Operations that are `affine_transform` or `resize` with arguments in other words.

use crate::common::axis_fold::Axis;
use crate::common::by_meta::ByMeta;
use crate::common::compose::{Compose, Operand};
use crate::common::sampling::sin_cos;
use crate::transform::affine_transform::AffineTransform;
use crate::transform::reindexed::has_axis;
use crate::transform::resize::Resize;
use rotifer_registry::*;

/// Where a transformed image is read between its pixels, and beyond its border.
struct How {
    order: u32,
    edge: Edge,
    constant: f64,
}

impl How {
    /// The transform of an image that reads the place p of the output at `linear`·p + `offset`.
    fn affine(
        self,
        image: &VolumeMeta,
        linear: [[f64; 3]; 3],
        offset: [f64; 3],
        shape: [usize; 3],
    ) -> AffineTransform {
        let axes = image.axes();
        let row = |a: usize| linear[a][axes.clone()].iter().copied().chain([offset[a]]);
        let values = axes.clone().flat_map(row).collect();
        let matrix = Matrix { rows: image.ndim, columns: image.ndim + 1, values };
        let shape = Some(shape[axes].iter().map(|n| *n as i64).collect());
        let How { order, edge, constant } = self;
        AffineTransform { matrix, order, shape, edge, constant }
    }
}

const IDENTITY: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// The map from output to input of content that turns by an angle in degrees about an axis.
fn turned(axis: Axis, degrees: f64) -> [[f64; 3]; 3] {
    let (p, q) = [(1, 2), (0, 2), (0, 1)][axis as usize];
    let (sin, cos) = sin_cos(degrees);
    let mut linear = IDENTITY;
    (linear[p][p], linear[p][q], linear[q][p], linear[q][q]) = (cos, sin, -sin, cos);
    linear
}

fn applied(linear: &[[f64; 3]; 3], at: [f64; 3]) -> [f64; 3] {
    linear.map(|row| (0..3).map(|a| row[a] * at[a]).sum())
}

fn product(a: &[[f64; 3]; 3], b: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| a[i][k] * b[k][j]).sum()))
}

op! {
    /// Moves an image by whole or fractional pixels.
    ///
    /// The pixel at p of the output is read at p − `shift`. With `edge = "constant"` a place beyond the outermost pixel
    /// centres has the constant. Masks and labels are read at the nearest pixel, whatever `order` says.
    pub struct Translate {
        /// How far the content moves along z, y, x: positive is towards larger indices.
        shift: PerAxis<Length> = px(0.0), range(-1e6, 1e6);
        /// 0: the nearest pixel, at a tie the next one. 1: linear between pixels.
        order: u32 = 1, range(0, 1);
        ..Border(edge: Constant, constant);
    }
    id: "translate", revision: 1, family: Transform,
    kernel: ByMeta::of(move |image: &VolumeMeta| {
        let offset = shift.pixels(image)?.map(|by| -by);
        Ok((How { order, edge, constant }.affine(image, IDENTITY, offset, image.shape), None))
    }),
    inputs: { image: Image },
    outputs: { image: Like(F32) },
    agrees: Relative(5e-6), follows: "scipy.ndimage.shift 1.17",
    python: "
order, constant = of_kind(kinds['image'], order, constant)
result = ndi.shift(f64(image), shift, order=order, mode='grid-wrap' if edge == 'wrap' else edge, cval=constant)
",
    examples: [
        "shift = 3",
        "shift = [-2.25, 4.7]\nconstant = 3.0",
        "shift = [0.6, -3.3, 1.9]\nedge = \"nearest\"",
        "shift = [-20.4, 33.8]\norder = 0\nedge = \"reflect\"",
        "shift = 7.3\nedge = \"wrap\"",
        "shift = [\"0.5 um\", \"-0.21 um\"]\nedge = \"mirror\"",
    ],
}

op! {
    /// Turns an image about its middle.
    ///
    /// In the plane of the other two axes, of which the first is p and the second q, the pixel at p, q from the middle of
    /// the output is read at cos·p + sin·q, cos·q − sin·p from the middle of the image: about z, with y down, the content
    /// turns counter-clockwise. Angles are those between pixels: make a volume of other pixel sizes isotropic first, to turn
    /// about y or x. Masks and labels are read at the nearest pixel, whatever `order` says.
    pub struct Rotate {
        /// Degrees; quarter turns are exact.
        angle: f64, range(-1e6, 1e6);
        /// The axis that is turned about; in 2-D z, the one out of the image.
        axis: Axis = Axis::Z;
        /// Makes the output as large as the turned image.
        resize: bool = false;
        /// 0: the nearest pixel, at a tie the next one. 1: linear between pixels.
        order: u32 = 1, range(0, 1);
        ..Border(edge: Constant, constant);
    }
    id: "rotate", revision: 1, family: Transform,
    kernel: ByMeta::of(move |image: &VolumeMeta| {
        if axis != Axis::Z {
            has_axis(image, Axis::Z, "axis")?;
        }
        let linear = turned(axis, angle);
        let mut shape = image.shape;
        if resize {
            // As long as the corners are apart.
            for a in (0..3).filter(|a| *a != axis as usize) {
                let sides = (0..3).filter(|b| *b != axis as usize).map(|b| linear[a][b].abs() * image.shape[b] as f64);
                shape[a] = ((sides.sum::<f64>() + 0.5) as usize).max(1);
            }
        }
        let middle = |shape: [usize; 3]| shape.map(|n| (n as f64 - 1.0) / 2.0);
        let (inside, made) = (middle(image.shape), middle(shape));
        let outside = applied(&linear, made);
        let mut offset: [f64; 3] = std::array::from_fn(|a| inside[a] - outside[a]);
        offset[axis as usize] = 0.0;
        // Both have their middle at one place.
        let spacing = image.spacing.map(|s| s.moved(std::array::from_fn(|a| inside[a] - made[a])));
        Ok((How { order, edge, constant }.affine(image, linear, offset, shape), spacing))
    }),
    inputs: { image: Image },
    outputs: { image: Like(F32) },
    agrees: Relative(5e-6), follows: "scipy.ndimage.rotate 1.17",
    python: "
order, constant = of_kind(kinds['image'], order, constant)
axes = {'z': (-2, -1), 'y': (-3, -1), 'x': (-3, -2)}[axis]
result = ndi.rotate(f64(image), angle, axes, reshape=resize, order=order, mode='grid-wrap' if edge == 'wrap' else edge, cval=constant)
",
    examples: [
        "angle = 90\nresize = true",
        "angle = 33.3\nconstant = 2.0",
        "angle = -12.7\nresize = true\nedge = \"nearest\"",
        "angle = 180\norder = 0\nedge = \"mirror\"",
        "angle = 24.3\naxis = \"y\"\nresize = true",
        "angle = -55.1\naxis = \"x\"\nedge = \"wrap\"",
    ],
}

op! {
    /// Turns an image about its middle, then moves it.
    ///
    /// The content turns about x, then y, then z, each as in `rotate`, and moves by `shift`. The output has the shape of the
    /// image. Angles are those between pixels: make a volume of other pixel sizes isotropic first, to turn about y or x.
    /// Masks and labels are read at the nearest pixel, whatever `order` says.
    pub struct RigidTransform {
        /// Degrees about z, counter-clockwise with y down.
        angle_z: f64 = 0.0, range(-1e6, 1e6);
        /// Degrees about y; 3-D images only.
        angle_y: f64 = 0.0, range(-1e6, 1e6);
        /// Degrees about x; 3-D images only.
        angle_x: f64 = 0.0, range(-1e6, 1e6);
        /// How far the content moves along z, y, x: positive is towards larger indices.
        shift: PerAxis<Length> = px(0.0), range(-1e6, 1e6);
        /// 0: the nearest pixel, at a tie the next one. 1: linear between pixels.
        order: u32 = 1, range(0, 1);
        ..Border(edge: Constant, constant);
    }
    id: "rigid_transform", revision: 1, family: Transform,
    kernel: ByMeta::of(move |image: &VolumeMeta| {
        for (angle, argument) in [(angle_y, "angle_y"), (angle_x, "angle_x")] {
            if angle != 0.0 {
                has_axis(image, Axis::Z, argument)?;
            }
        }
        let about_y = product(&turned(Axis::X, angle_x), &turned(Axis::Y, angle_y));
        let linear = product(&about_y, &turned(Axis::Z, angle_z));
        let middle = image.shape.map(|n| (n as f64 - 1.0) / 2.0);
        let shift = shift.pixels(image)?;
        let start = applied(&linear, std::array::from_fn(|a| middle[a] + shift[a]));
        let offset = std::array::from_fn(|a| middle[a] - start[a]);
        Ok((How { order, edge, constant }.affine(image, linear, offset, image.shape), None))
    }),
    inputs: { image: Image },
    outputs: { image: Like(F32) },
    agrees: Relative(5e-6), follows: "scipy.ndimage.affine_transform 1.17",
    python: "
order, constant = of_kind(kinds['image'], order, constant)
def turn(p, q, angle):
    m = np.eye(3)
    s, c = scipy.special.sindg(angle), scipy.special.cosdg(angle)
    m[p, p], m[p, q], m[q, p], m[q, q] = c, s, -s, c
    return m
m = (turn(0, 1, angle_x) @ turn(0, 2, angle_y) @ turn(1, 2, angle_z))[-image.ndim:, -image.ndim:]
middle = (np.array(image.shape) - 1) / 2
result = ndi.affine_transform(f64(image), m, middle - m @ (middle + shift), order=order, mode='grid-wrap' if edge == 'wrap' else edge, cval=constant)
",
    examples: [
        "angle_z = 31.7\nshift = [2.3, -4.1]",
        "angle_z = -14.9\nedge = \"nearest\"",
        "angle_z = 20.3\nangle_y = -7.7\nangle_x = 12.9\nshift = [0.7, 1.2, -2.3]\nconstant = 1.5",
        "angle_z = 180\nshift = 2.75\norder = 0\nedge = \"reflect\"",
    ],
}

op! {
    /// Makes an image larger or smaller by a factor.
    ///
    /// `resize` with `scale`: pixels are areas, an axis that shrinks is blurred first, and the spacing changes. Masks and
    /// labels are read at the nearest pixel, without a blur, whatever `order` says.
    pub struct Rescale {
        /// Output pixels for each input pixel; the number of pixels is rounded half to even.
        scale: PerAxis<f64>, range(1e-4, 1e4);
        /// 0: the nearest pixel, at a tie the next one. 1: linear between pixels.
        order: u32 = 1, range(0, 1);
        /// Blurs before shrinking, so that fine structure does not turn into false patterns.
        anti_aliasing: bool = true;
        ..Border(edge, constant);
    }
    id: "rescale", revision: 1, family: Transform,
    kernel: Compose::of(
        Resize { shape: None, scale, order, anti_aliasing, edge, constant },
        [Operand::Input(0)],
    ),
    inputs: { image: Image },
    outputs: { image: Like(F32) },
    agrees: Relative(2e-6), follows: "skimage.transform.rescale 0.26",
    python: "
order, constant = of_kind(kinds['image'], order, constant)
names = {'reflect': 'symmetric', 'mirror': 'reflect', 'nearest': 'edge'}
result = ski.transform.rescale(f64(image), scale, order=order, mode=names[edge], cval=constant, preserve_range=True, anti_aliasing=anti_aliasing and order > 0 and np.min(scale) < 1)
",
    examples: [
        "scale = 0.5",
        "scale = 1.7\nedge = \"mirror\"",
        "scale = [0.4, 2.0]\nedge = \"nearest\"",
        "scale = 0.31\norder = 0",
        "scale = [1.5, 0.8, 0.6]\nanti_aliasing = false",
    ],
}

op! {
    /// Resamples an image to pixels that are as large along every axis.
    ///
    /// `resize` to n·size/`target_spacing` pixels along an axis of n pixels, rounded half to even. The spacing of the output
    /// is the size of the image divided by its pixels, which may differ from the target by half a pixel in n. Masks and
    /// labels are read at the nearest pixel, without a blur, whatever `order` says.
    pub struct MakeIsotropic {
        /// Micrometres from one pixel of the output to the next. Left out: the least of the image.
        target_spacing: Option<f64> = None, range(1e-6, 1e6);
        /// Micrometres from one pixel of the image to the next along z, y, x. Left out: the image's own.
        current_spacing: Option<PerAxis<f64>> = None, range(1e-6, 1e6);
        /// 0: the nearest pixel, at a tie the next one. 1: linear between pixels.
        order: u32 = 1, range(0, 1);
        /// Blurs before shrinking, so that fine structure does not turn into false patterns.
        anti_aliasing: bool = true;
        ..Border(edge, constant);
    }
    id: "make_isotropic", revision: 1, family: Transform,
    kernel: ByMeta::of(move |image: &VolumeMeta| {
        let um = match (&current_spacing, image.spacing) {
            (Some(given), _) => given.resolve(image.ndim, 1.0).map_err(|e| e.argument("current_spacing"))?,
            (None, Some(spacing)) => spacing.um,
            (None, None) => {
                return Err(Error::new(Code::NoSpacing, "the image has no pixel size")
                    .help("give current_spacing, or the pixel size with --spacing"));
            }
        };
        let target = target_spacing.unwrap_or_else(|| um[image.axes()].iter().copied().fold(f64::INFINITY, f64::min));
        let mut shape = [1.0; 3];
        for a in image.axes() {
            shape[a] = (image.shape[a] as f64 * um[a] / target).round_ties_even().max(1.0);
        }
        let given = Spacing::new(um, SpacingSource::Given);
        let before = image.spacing.map_or(given, |spacing| Spacing { um, ..spacing });
        let made = before.resampled(std::array::from_fn(|a| image.shape[a] as f64 / shape[a]));
        let shape = Some(shape[image.axes()].iter().map(|n| *n as i64).collect());
        Ok((Resize { shape, scale: PerAxis::All(1.0), order, anti_aliasing, edge, constant }, Some(made)))
    }),
    inputs: { image: Image },
    outputs: { image: Like(F32) },
    agrees: Relative(2e-6), follows: "skimage.transform.resize 0.26",
    python: "
order, constant = of_kind(kinds['image'], order, constant)
um = np.broadcast_to(spacing if current_spacing is None else current_spacing, image.ndim)
full = np.maximum(1, np.round(np.array(image.shape) * um / (target_spacing or um.min()))).astype(int)
names = {'reflect': 'symmetric', 'mirror': 'reflect', 'nearest': 'edge'}
shrinks = (full < image.shape).any()
result = ski.transform.resize(f64(image), full, order=order, mode=names[edge], preserve_range=True, anti_aliasing=bool(anti_aliasing and order > 0 and shrinks))
",
    examples: [
        "current_spacing = [1.7, 1.0]",
        "current_spacing = [0.3, 0.1, 0.12]\nedge = \"nearest\"",
        "current_spacing = 0.5\ntarget_spacing = 0.9\nedge = \"mirror\"",
        "current_spacing = [2.0, 0.5, 0.5]\ntarget_spacing = 0.8\nanti_aliasing = false",
        "target_spacing = 0.17\norder = 0",
    ],
}

choice! {
    /// An axis within planes.
    pub enum AxisInPlane {
        Y = "y",
        X = "x",
    }
}

op! {
    /// Puts the planes of a tilted light sheet where they were recorded.
    ///
    /// A sheet that makes `angle` with the direction of the scan gives planes that lie `step`·cos(angle) pixels apart along
    /// `axis`: plane z moves by z times that, towards larger indices, and the output is so much longer that nothing is cut
    /// off. Planes then lie the distance of the scan times sin(angle) apart, which is the spacing along z of the output. A
    /// place beyond the outermost pixel centres has the constant. Masks and labels are read at the nearest pixel, whatever
    /// `order` says.
    pub struct Deskew {
        /// Degrees between the sheet and the direction of the scan; above 90, planes move towards smaller indices.
        angle: f64 = 30.0, range(0.0, 180.0);
        /// The axis along which planes move.
        axis: AxisInPlane = AxisInPlane::Y;
        /// Distance of the scan from one plane to the next, in pixels of `axis`. Left out: by the spacing of the image, whose
        /// z is that distance.
        step: Option<f64> = None, range(0.0, 1e4);
        /// 0: the nearest pixel, at a tie the next one. 1: linear between pixels.
        order: u32 = 1, range(0, 1);
        /// The value where no plane is.
        constant: f64 = 0.0;
    }
    id: "deskew", revision: 1, family: Transform,
    kernel: ByMeta::of(move |image: &VolumeMeta| {
        has_axis(image, Axis::Z, "axis").map_err(|e| e.help("planes of a scan are a 3-D image"))?;
        let along = 1 + axis as usize;
        let step = match (step, image.spacing) {
            (Some(step), _) => step,
            (None, Some(spacing)) => spacing.um[0] / spacing.um[along],
            (None, None) => {
                return Err(Error::new(Code::NoSpacing, "the image has no pixel size")
                    .help("give step, or the pixel size with --spacing"));
            }
        };
        let (sin, cos) = sin_cos(angle);
        let by = step * cos;
        let last = (image.shape[0] - 1) as f64 * by;
        let mut shape = image.shape;
        shape[along] += (last.abs() - 1e-9).ceil().max(0.0) as usize;
        let (mut linear, mut offset) = (IDENTITY, [0.0; 3]);
        (linear[along][0], offset[along]) = (-by, last.min(0.0));
        let how = How { order, edge: Edge::Constant, constant };
        // The axes are those of the cover glass now: the place along those of the scan is none of theirs.
        let turned = image.spacing.map(|s| Spacing::new([step * s.um[along] * sin, s.um[1], s.um[2]], s.source));
        Ok((how.affine(image, linear, offset, shape), turned.filter(|s| s.um[0] > 0.0)))
    }),
    inputs: { image: Image },
    outputs: { image: Like(F32) },
    agrees: Relative(5e-6), follows: "scipy.ndimage.affine_transform 1.17",
    python: "
order, constant = of_kind(kinds['image'], order, constant)
along = 'yx'.index(axis)
by = (step if step is not None else spacing[0] / spacing[1 + along]) * scipy.special.cosdg(angle)
last = (image.shape[0] - 1) * by
full = list(image.shape[1:])
full[along] += max(0, int(np.ceil(abs(last) - 1e-9)))
unit = np.eye(2)[along]
result = np.stack([ndi.affine_transform(f64(plane), [1, 1], (min(last, 0) - z * by) * unit, tuple(full), order=order, mode='constant', cval=constant) for z, plane in enumerate(image)])
",
    examples: [
        "step = 2.3",
        "angle = 45\naxis = \"x\"\nstep = 1.5\nconstant = 4.0",
        "angle = 147.3\nstep = 1.9",
        "angle = 31.5\nstep = 3.1\norder = 0",
    ],
}
