use crate::common::midline::{Framed, Graph, control_points};
use crate::common::sampling::Sampling;
use crate::common::shape::same_shape;
use crate::morphology::skeletonize::{thin_plane, thin_plane_plain};
use rotifer_registry::*;
use std::collections::BTreeMap;

choice! {
    /// Which end of an object is up.
    pub enum Align {
        /// As its midline was found.
        Any = "any",
        Top = "top",
        Bottom = "bottom",
    }
}

op! {
    /// Bends long objects straight, side by side: one strip for each, with its midline upright.
    ///
    /// The midline of an object is the longest way through its skeleton, as in `untangle_worms`. Through `control_points` points at
    /// equal distances along it runs a natural cubic spline over the distance, and goes on straight at both ends. Row r of a strip is the
    /// line across it at distance r − ⌊`width`/2⌋, column q the pixel q − ⌊`width`/2⌋ to the side, as far as the direction from the point
    /// before says. A strip is 2·⌊`width`/2⌋ + 1 pixels wide and begins where the one of the next smaller label ends. Places are rounded
    /// to a millionth of a pixel; images are linear between pixels, 0 beyond the border; labels are those of the nearest pixel, other
    /// objects 0.
    ///
    /// With `align`, a strip is turned by half a turn where the half that is not to be there has the greater mean of `alignment`, else of the
    /// image, over the object's pixels, by more than a millionth. A half without pixels has the mean 0.
    ///
    /// `objects` has each label, the `length` of its midline, NaN where the skeleton has less than a pixel of it, and the means of the image
    /// over `segments` equal parts of the object's rows in the strip, from above, `mean_intensity_1` and so on: row r of h belongs to
    /// part ⌊r · `segments` / h⌋; NaN where a part has no row. For images of two axes.
    pub struct StraightenObjects {
        /// Pixels across a strip; one more where it is even.
        width: u32 = 20, range(1, 10_000);
        /// Rows of the output; longer strips are cut off.
        length: u32 = 256, range(1, 100_000);
        /// Strips of the output; objects beyond are only in the table.
        count: u32 = 50, range(1, 100_000);
        /// Points of the spline.
        control_points: u32 = 21, range(3, 200);
        /// Which end of an object is up: that with the greater mean on top, at the bottom, or as it comes.
        align: Align = Align::Any;
        /// Parts along an object whose means are measured.
        segments: u32 = 1, range(1, 1000);
    }
    id: "straighten_objects", revision: 1, family: Transform,
    memory: host,
    inputs: { image: Image, labels: Labels, alignment: Image optional },
    outputs: { image: Image(F32), labels: Labels, objects: Table },
    agrees: Relative(1e-5), follows: "cellprofiler.modules.StraightenWorms 4.2",
    python: "
half = width // 2
wide = 2 * half + 1
out, numbers, rows = np.zeros((length, wide * count)), np.zeros((length, wide * count), int), []
guide = f64(image if alignment is None else alignment)
read = lambda v, p, order: ndi.map_coordinates(f64(v), p if order else np.floor(p + 0.5), order=order, mode='constant')
for k, label in enumerate(np.unique(labels[labels > 0])):
    y, x = np.nonzero(labels == label)
    low = np.array([y.min(), x.min()])
    own = np.pad((labels == label)[y.min() : y.max() + 1, x.min() : x.max() + 1], 1)
    pixels = longest_way(skeleton_graph(ski.morphology.skeletonize(own)), np.inf)
    points, long = control_points_of(pixels, control_points) if len(pixels) > 1 else (None, np.nan)
    if not long >= 1:
        rows.append([label, np.nan] + [np.nan] * segments)
        continue
    line = scipy.interpolate.CubicSpline(np.linspace(0, long, control_points), points + low - 1, bc_type='natural')(np.arange(int(long) + 1))
    step = np.diff(line, axis=0)
    step = np.vstack([step[:1], step])
    step /= np.linalg.norm(step, axis=1)[:, None]
    before, after = np.arange(-half, 0)[:, None], np.arange(1, half + 1)[:, None]
    line = np.vstack([line[0] + before * step[0], line, line[-1] + after * step[-1]])
    step = np.vstack([step[:1]] * half + [step] + [step[-1:]] * half)
    side = np.stack([-step[:, 1], step[:, 0]], axis=1)
    place = np.round((line[:, None] + side[:, None] * np.arange(-half, half + 1)[None, :, None]).transpose(2, 0, 1), 6)
    if align != 'any':
        inside = read(labels == label, place, 0)
        bright, middle = read(guide, place, 1) * inside, len(line) // 2
        top, bottom = (bright[h].sum() / max(inside[h].sum(), 1) for h in (np.s_[:middle], np.s_[middle:]))
        much = top - bottom if align == 'bottom' else bottom - top
        if much > 1e-6 * (abs(top) + abs(bottom)):
            place = place[:, ::-1, ::-1]
    strip, inside = read(image, place, 1), read(labels == label, place, 0) > 0
    held = np.flatnonzero(inside.any(axis=1))
    part = np.full(len(strip), -1)
    if len(held):
        h = held[-1] - held[0] + 1
        part[held[0] : held[-1] + 1] = np.arange(h) * segments // h
    means = [strip[part == s][inside[part == s]].mean() if inside[part == s].any() else np.nan for s in range(segments)]
    rows.append([label, long] + means)
    if k < count:
        n = min(length, len(strip))
        out[:n, k * wide : (k + 1) * wide] = strip[:n]
        numbers[:n, k * wide : (k + 1) * wide] = label * inside[:n]
names = ['label', 'length'] + [f'mean_intensity_{i + 1}' for i in range(segments)]
table = np.array(rows, float).reshape(-1, len(names))
result = out, numbers, {n: table[:, i].astype(int) if i == 0 else table[:, i] for i, n in enumerate(names)}",
    examples: [
        "width = 9\nlength = 40\ncount = 12\ncontrol_points = 5\nsegments = 3",
        "width = 6\nlength = 12\ncount = 3\ncontrol_points = 4\nalign = \"top\"",
        "width = 5\nlength = 30\ncount = 20\ncontrol_points = 3\nalign = \"bottom\"\nsegments = 2",
    ],
}

/// Where the pixels of a strip are read, row by row.
struct Strip {
    label: u32,
    length: f64,
    rows: Vec<Vec<[f64; 3]>>,
}

/// A natural cubic spline through values at equal distances, read at places from 0 on.
fn spline(values: &[f64], apart: f64, places: &[f64]) -> Vec<f64> {
    let n = values.len();
    // Second derivatives by elimination; they are 0 at the ends.
    let (mut upper, mut bend) = (vec![0.0; n], vec![0.0; n]);
    for i in 1..n - 1 {
        let right = 6.0 * (values[i + 1] - 2.0 * values[i] + values[i - 1]) / (apart * apart);
        let pivot = 4.0 - upper[i - 1];
        (upper[i], bend[i]) = (1.0 / pivot, (right - bend[i - 1]) / pivot);
    }
    for i in (1..n - 1).rev() {
        bend[i] -= upper[i] * bend[i + 1];
    }
    let read = |at: &f64| {
        let i = ((at / apart) as usize).min(n - 2);
        let (after, before) = (at / apart - i as f64, 1.0 - (at / apart - i as f64));
        let cubic = |share: f64, bend: f64| (share * share * share - share) * bend * apart * apart / 6.0;
        before * values[i] + after * values[i + 1] + cubic(before, bend[i]) + cubic(after, bend[i + 1])
    };
    places.iter().map(read).collect()
}

const LINEAR: Sampling = Sampling { order: 1, edge: Edge::Constant, constant: 0.0 };

/// The nearest pixel in the image.
fn nearest([_, y, x]: [f64; 3], ny: usize, nx: usize) -> Option<usize> {
    let (y, x) = ((y + 0.5).floor(), (x + 0.5).floor());
    let within = y >= 0.0 && x >= 0.0 && y < ny as f64 && x < nx as f64;
    within.then(|| y as usize * nx + x as usize)
}

impl StraightenObjects {
    fn wide(&self) -> usize {
        self.width as usize / 2 * 2 + 1
    }

    fn output(&self, labels: &VolumeMeta) -> VolumeMeta {
        let shape = [1, self.length as usize, self.wide() * self.count as usize];
        VolumeMeta { shape, spacing: labels.spacing.map(Spacing::placeless), ..labels.clone() }
    }

    /// The places of a strip along a midline, without the rounding of its ends.
    fn rows(&self, points: &[[f64; 2]], length: f64) -> Vec<Vec<[f64; 3]>> {
        let half = self.width as i64 / 2;
        let along: Vec<f64> = (0..=length as usize).map(|s| s as f64).collect();
        let apart = length / (points.len() - 1) as f64;
        let of_axis = |a: usize| spline(&points.iter().map(|p| p[a]).collect::<Vec<f64>>(), apart, &along);
        let (ys, xs) = (of_axis(0), of_axis(1));
        let step = |i: usize| {
            let i = i.max(1);
            let (dy, dx) = (ys[i] - ys[i - 1], xs[i] - xs[i - 1]);
            let norm = (dy * dy + dx * dx).sqrt();
            [dy / norm, dx / norm]
        };
        let last = ys.len() as i64 - 1;
        let row = |r: i64| {
            let i = r.clamp(0, last) as usize;
            let [dy, dx] = step(i);
            let beyond = (r - i as i64) as f64;
            let (y, x) = (ys[i] + beyond * dy, xs[i] + beyond * dx);
            let place = |q: i64| [0.0, y - dx * q as f64, x + dy * q as f64].map(|v| (v * 1e6).round() / 1e6);
            (-half..=half).map(place).collect()
        };
        (-half..=last + half).map(row).collect()
    }

    /// The strips of all objects, by label, turned as they are to be.
    fn strips(&self, inputs: &Inputs, thin: fn(&Framed) -> Vec<u8>) -> Result<Vec<Strip>, Error> {
        let (labels, image) = (inputs.volume("labels")?, inputs.volume("image")?);
        let [_, ny, nx] = labels.shape();
        let mut boxes = BTreeMap::<u32, [usize; 4]>::new();
        let pixels = labels.label_slice()?;
        for (i, label) in pixels.iter().enumerate().filter(|(_, label)| **label > 0) {
            let (y, x) = (i / nx, i % nx);
            let known = boxes.entry(*label).or_insert([y, x, y, x]);
            *known = [known[0].min(y), known[1].min(x), known[2].max(y), known[3].max(x)];
        }
        let guide = match self.align {
            Align::Any => None,
            _ => Some(Grid::from(inputs.optional_volume("alignment").unwrap_or(image))),
        };
        let strip = |(label, [top, left, bottom, right]): (u32, [usize; 4])| {
            let mut own = Framed::empty(bottom - top + 3, right - left + 3);
            for (y, x) in (top..=bottom).flat_map(|y| (left..=right).map(move |x| (y, x))) {
                own.pixels[(y - top + 1) * own.nx + x - left + 1] = pixels[y * nx + x] == label;
            }
            let lines = Framed { pixels: thin(&own).into_iter().map(|p| p != 0).collect(), ..own };
            let way = Graph::of(&lines, None).longest(f64::INFINITY);
            let nothing = Strip { label, length: f64::NAN, rows: Vec::new() };
            if way.len() < 2 {
                return nothing;
            }
            let (mut points, length) = control_points(&way, self.control_points as usize);
            if length < 1.0 {
                return nothing;
            }
            for point in &mut points {
                *point = [point[0] + top as f64 - 1.0, point[1] + left as f64 - 1.0];
            }
            let mut rows = self.rows(&points, length);
            if let Some(guide) = &guide {
                let mean = |rows: &[Vec<[f64; 3]>]| {
                    let places = rows.iter().flatten();
                    let own = places.filter(|p| nearest(**p, ny, nx).is_some_and(|i| pixels[i] == label));
                    let (sum, n) =
                        own.fold((0.0, 0.0), |(sum, n), p| (sum + LINEAR.plain(guide, *p), n + 1.0));
                    if n > 0.0 { sum / n } else { 0.0 }
                };
                let (above, below) = rows.split_at(rows.len() / 2);
                let (above, below) = (mean(above), mean(below));
                let much = if self.align == Align::Top { below - above } else { above - below };
                if much > 1e-6 * (above.abs() + below.abs()) {
                    rows.reverse();
                    rows.iter_mut().for_each(|row| row.reverse());
                }
            }
            Strip { label, length, rows }
        };
        Ok(boxes.into_iter().map(strip).collect())
    }

    /// Whether each pixel of a strip is the object's.
    fn inside(strip: &Strip, labels: &[u32], ny: usize, nx: usize) -> Vec<Vec<bool>> {
        let is_own = |p: &[f64; 3]| nearest(*p, ny, nx).is_some_and(|i| labels[i] == strip.label);
        strip.rows.iter().map(|row| row.iter().map(is_own).collect()).collect()
    }

    fn table(
        &self,
        strips: &[Strip],
        labels: &Volume,
        read: impl Fn([f64; 3]) -> f64,
    ) -> Result<Table, Error> {
        let ([_, ny, nx], pixels) = (labels.shape(), labels.label_slice()?);
        let parts = self.segments as usize;
        let mut means = vec![Vec::new(); parts];
        for strip in strips {
            let inside = Self::inside(strip, pixels, ny, nx);
            let held = |row: &Vec<bool>| row.contains(&true);
            let (first, last) = (inside.iter().position(held), inside.iter().rposition(held));
            let mut sums = vec![(0.0, 0.0); parts];
            if let (Some(first), Some(last)) = (first, last) {
                let rows = strip.rows.iter().zip(&inside).skip(first).take(last - first + 1);
                for (r, (row, own)) in rows.enumerate() {
                    let (sum, n) = &mut sums[r * parts / (last - first + 1)];
                    for (place, _) in row.iter().zip(own).filter(|(_, own)| **own) {
                        (*sum, *n) = (*sum + read(*place), *n + 1.0);
                    }
                }
            }
            means.iter_mut().zip(sums).for_each(|(column, (sum, n))| column.push(sum / n));
        }
        let labels = Values::Int(strips.iter().map(|s| s.label as i64).collect());
        let lengths = Values::Float(strips.iter().map(|s| s.length).collect());
        let mut table = Table::new().with("label", labels)?.with("length", lengths)?;
        for (i, column) in means.into_iter().enumerate() {
            table.push(format!("mean_intensity_{}", i + 1), Values::Float(column))?;
        }
        Ok(table)
    }

    /// The place that a pixel of the output is read at, and the label of its strip.
    fn place<'a>(&self, strips: &'a [Strip]) -> impl Fn([usize; 3]) -> Option<(u32, [f64; 3])> + Sync + 'a {
        let wide = self.wide();
        move |[_, y, x]: [usize; 3]| {
            let strip = strips.get(x / wide)?;
            Some((strip.label, *strip.rows.get(y)?.get(x % wide)?))
        }
    }
}

impl Host for StraightenObjects {
    fn infer(&self, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "labels", "alignment"])?;
        let labels = inputs.volume("labels")?;
        if labels.ndim != 2 {
            return Err(Error::new(Code::Shape, "objects are straightened in images of two axes")
                .value(labels.shape_text())
                .help("straighten them plane by plane: slice_by_slice = true"));
        }
        let to = self.output(labels);
        for output in outputs {
            if let Some(out) = output.volume_mut() {
                *out = to.with(out.kind, out.dtype);
            }
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let (image, labels) = (inputs.volume("image")?, inputs.volume("labels")?);
        let ([_, ny, nx], pixels) = (labels.shape(), labels.label_slice()?);
        let strips = self.strips(inputs, |mask| thin_plane(&mask.bytes(), mask.ny, mask.nx))?;
        let (place, to) = (self.place(&strips), self.output(&labels.meta()));
        let straight = LINEAR.places(image, &to, |p| place(p).map(|(_, at)| at))?;
        let numbers = (0..to.len()).map(|i| {
            let found = place([0, i / to.shape[2], i % to.shape[2]]);
            let own = found.filter(|(label, at)| nearest(*at, ny, nx).is_some_and(|i| pixels[i] == *label));
            own.map_or(0, |(label, _)| label)
        });
        let numbers = Volume::from_vec(&to.with(Kind::Labels, Dtype::U32), numbers.collect::<Vec<u32>>())?;
        let values = image.f32s();
        let table = self.table(&strips, labels, |at| LINEAR.read(&values, image.shape(), at) as f64)?;
        Ok(vec![Datum::Volume(straight), Datum::Volume(numbers), Datum::Table(table)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let straighten = || {
            let (image, labels) = (inputs.volume("image")?, inputs.volume("labels")?);
            let (grid, numbers) = (Grid::from(image), Grid::from(labels));
            let thin = |mask: &Framed| {
                let at = |[_, y, x]: [usize; 3]| mask.pixels[y * mask.nx + x] as u8 as f64;
                let thin = thin_plane_plain(Grid::from_fn([1, mask.ny, mask.nx], 2, at));
                thin.data.iter().map(|v| *v as u8).collect()
            };
            let strips = self.strips(inputs, thin)?;
            let (place, to) = (self.place(&strips), self.output(&labels.meta()));
            let straight = LINEAR.plain_places(image, &to, |p| place(p).map(|(_, at)| at));
            let own = Grid::from_fn(to.shape, 2, |p| {
                let Some((label, at)) = place(p) else { return 0.0 };
                let q = at.map(|v| (v + 0.5).floor() as isize);
                let found = numbers.sample(q, Edge::Constant, 0.0);
                if found == label as f64 { found } else { 0.0 }
            });
            let table = self.table(&strips, labels, |at| LINEAR.plain(&grid, at))?;
            Ok(vec![straight, Plain::Image(own), Plain::Table(table)])
        };
        Some(straighten())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |image| image.len().saturating_mul(1000))
    }
}
