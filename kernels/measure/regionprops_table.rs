use crate::common::convex_hull::hull_pixels;
use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::{Run, by_rows, by_runs, ends_of_rows};
use crate::common::label_sums::{LabelledObjects, Sums, columns, read_intensities, read_labels};
use crate::common::readback::words;
use crate::common::shape::same_shape;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use rotifer_registry::*;
use rotifer_shaders::measure::REGIONPROPS_TABLE;
use std::f64::consts::{PI, SQRT_2};

op! {
    /// Measures every object: one row for each label, ascending.
    ///
    /// Names and definitions are scikit-image's: `area` in pixels, `bbox` half open, `centroid` in pixel indices, axis
    /// lengths of the ellipse (ellipsoid) with the object's second moments, `orientation` in radians from the rows to the
    /// major axis, `perimeter` through the centres of border pixels, `solidity` by the convex hull of pixels that reach
    /// half a pixel along each axis (1 for a voxel alone; scikit-image gives infinity where all voxels lie in a plane),
    /// `euler_number` with diagonal neighbours connected. Columns of several numbers end in `-0`, `-1`, ...; 3-D images
    /// have no eccentricity, orientation and perimeter: they have no definition there. The columns of intensity need
    /// `image`. Where the labels have a pixel size, columns in micrometres follow with `_um`, `_um2` or
    /// `volume_um3` in their names: area, perimeter (of square pixels), lengths, diameter, centroids. An image without
    /// objects gives all columns and no row.
    ///
    /// On the device all sums are whole numbers, the same in any order of additions: of pixels and indices exact, of
    /// intensities in fixed point with 46 bits below the largest absolute value, 30 for the standard deviation. Hulls
    /// are made on the host, of labels that are read back. An image of more than max(16384, pixels / 64) objects is
    /// measured on the host.
    pub struct RegionpropsTable {
        /// The properties that become columns, a list or parted by commas; `all` for every one there is. `label` always
        /// stands first.
        properties: Properties = Properties::All;
    }
    id: "regionprops_table", revision: 2, family: Measure,
    memory: host_and_device,
    inputs: { labels: Labels, image: Image optional },
    outputs: { objects: Table },
    agrees: Relative(1e-7), follows: "skimage.measure.regionprops_table 0.26",
    python: "
flat = labels.ndim == 2
names = ['area', 'bbox', 'centroid'] + ([] if image is None else ['centroid_weighted', 'intensity_mean', 'intensity_min', 'intensity_max', 'intensity_std']) + ['axis_major_length', 'axis_minor_length'] + (['eccentricity', 'orientation', 'perimeter'] if flat else []) + ['solidity', 'equivalent_diameter_area', 'extent', 'euler_number']
chosen = [p.strip() for p in properties.split(',')] if isinstance(properties, str) else properties
wanted = names if 'all' in chosen else [n for n in names if n in chosen]
result = ski.measure.regionprops_table(labels.astype(np.int64), None if image is None else f64(image), properties=['label'] + wanted)
if 'solidity' in result and not flat:
    # Where all voxels lie in a plane, scikit-image has no hull.
    half = np.concatenate([np.eye(3), -np.eye(3)]) / 2
    for i in np.flatnonzero(np.isinf(result['solidity'])):
        voxels = np.argwhere(labels == result['label'][i])
        planes = scipy.spatial.ConvexHull((voxels[:, None] + half).reshape(-1, 3)).equations
        box = np.indices(np.ptp(voxels, axis=0) + 1).reshape(3, -1) + voxels.min(axis=0)[:, None]
        inside = (planes[:, :3] @ box + planes[:, 3:] < 1e-10).all(axis=0)
        result['solidity'][i] = len(voxels) / inside.sum()
scaled = [n for n in wanted if n in ('area', 'centroid', 'centroid_weighted', 'axis_major_length', 'axis_minor_length', 'perimeter', 'equivalent_diameter_area')]
if spacing and scaled:
    um = ski.measure.regionprops_table(labels.astype(np.int64), None if image is None else f64(image), properties=scaled, spacing=tuple(spacing))
    area = 'area_um2' if flat else 'volume_um3'
    result.update({area if n == 'area' else '_um-'.join(n.split('-')) if '-' in n else n + '_um': um[n] for n in um})",
    examples: ["properties = \"area, centroid, euler_number\"", "properties = \"bbox,axis_major_length\""],
}

/// The properties in the order of their columns.
const PROPERTIES: [&str; 17] = [
    "area",
    "bbox",
    "centroid",
    "centroid_weighted",
    "intensity_mean",
    "intensity_min",
    "intensity_max",
    "intensity_std",
    "axis_major_length",
    "axis_minor_length",
    "eccentricity",
    "orientation",
    "perimeter",
    "solidity",
    "equivalent_diameter_area",
    "extent",
    "euler_number",
];
const OF_INTENSITY: std::ops::Range<usize> = 3..8;
const FLAT_ONLY: std::ops::Range<usize> = 10..13;

/// What a column says of an object.
type Column<'a> = &'a dyn Fn(&Object) -> f64;

/// One object, in pixels.
#[derive(Clone, Default)]
struct Object {
    label: u32,
    area: f64,
    /// First pixel, and one past the last, along z, y, x.
    bbox: [[usize; 3]; 2],
    centroid: [f64; 3],
    /// Second central moments by area.
    covariance: [[f64; 3]; 3],
    euler: i64,
    perimeter: f64,
    /// Pixels of the convex hull.
    hull: f64,
    weighted: [f64; 3],
    mean: f64,
    min: f64,
    max: f64,
    std: f64,
}

/// Which properties are asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Properties {
    All,
    /// Places in the list of all.
    Some(Vec<usize>),
}

impl Param for Properties {
    const TYPE: ParamType = ParamType::Text;

    fn from_value(value: &Value) -> Result<Properties, Error> {
        let names: Vec<&str> = match value {
            Value::Text(names) => names.split(',').map(str::trim).filter(|n| !n.is_empty()).collect(),
            Value::List(names) => names
                .iter()
                .filter_map(|n| if let Value::Text(n) = n { Some(n.as_str()) } else { None })
                .collect(),
            _ => {
                return Err(Error::new(Code::WrongType, "names of properties are needed").value(value.kind()));
            }
        };
        if names.contains(&"all") {
            return Ok(Properties::All);
        }
        let place = |name: &&str| {
            PROPERTIES.iter().position(|p| p == name).ok_or_else(|| {
                let error = Error::new(Code::OutOfRange, "no such property").value(name);
                error.allowed(format!("all, label, {}", PROPERTIES.join(", ")))
            })
        };
        names.iter().filter(|n| **n != "label").map(place).collect::<Result<_, _>>().map(Properties::Some)
    }

    fn to_value(&self) -> Value {
        Value::Text(match self {
            Properties::All => "all".into(),
            Properties::Some(places) if places.is_empty() => "label".into(),
            Properties::Some(places) => places.iter().map(|i| PROPERTIES[*i]).collect::<Vec<_>>().join(", "),
        })
    }
}

/// Whether each of [`PROPERTIES`] becomes columns.
struct Wanted([bool; 17]);

impl Wanted {
    fn has(&self, name: &str) -> bool {
        PROPERTIES.iter().zip(self.0).any(|(p, wanted)| *p == name && wanted)
    }

    fn has_intensity(&self) -> bool {
        self.0[OF_INTENSITY].contains(&true)
    }
}

impl RegionpropsTable {
    /// Which properties become columns; an error names those that are not there.
    fn wanted(&self, flat: bool, intensity: bool) -> Result<Wanted, Error> {
        let there = |i: usize| (intensity || !OF_INTENSITY.contains(&i)) && (flat || !FLAT_ONLY.contains(&i));
        let Properties::Some(places) = &self.properties else {
            return Ok(Wanted(std::array::from_fn(there)));
        };
        match places.iter().find(|i| !there(**i)) {
            None => Ok(Wanted(std::array::from_fn(|i| places.contains(&i)))),
            Some(i) => Err(if OF_INTENSITY.contains(i) {
                Error::new(Code::InputCount, "the property needs the input `image`")
            } else {
                Error::new(Code::Shape, "the property is not there in 3-D")
            }
            .argument("properties")
            .value(PROPERTIES[*i])),
        }
    }

    /// The columns, in pixels and, where there is a spacing, in micrometres.
    fn table(&self, objects: &[Object], meta: &VolumeMeta, intensity: bool) -> Result<Table, Error> {
        let wanted = self.wanted(meta.ndim == 2, intensity)?;
        let wants = |name: &str| wanted.has(name);
        let mut table = Table::new();
        table.push("label", Values::Int(objects.iter().map(|o| o.label as i64).collect()))?;
        let mut floats = |name: String, of: &dyn Fn(&Object) -> f64| {
            table.push(name, Values::Float(objects.iter().map(of).collect()))
        };
        let axes: Vec<(usize, usize)> = meta.axes().enumerate().collect();
        let unit = [1.0; 3];
        if wants("area") {
            floats("area".into(), &|o| o.area)?;
        }
        if wants("bbox") {
            for (i, (end, a)) in (0..2).flat_map(|end| meta.axes().map(move |a| (end, a))).enumerate() {
                let column = objects.iter().map(|o| o.bbox[end][a] as i64).collect();
                table.push(format!("bbox-{i}"), Values::Int(column))?;
            }
        }
        let mut floats = |name: String, of: &dyn Fn(&Object) -> f64| {
            table.push(name, Values::Float(objects.iter().map(of).collect()))
        };
        for &(i, a) in axes.iter().filter(|_| wants("centroid")) {
            floats(format!("centroid-{i}"), &|o| o.centroid[a])?;
        }
        for &(i, a) in axes.iter().filter(|_| wants("centroid_weighted")) {
            floats(format!("centroid_weighted-{i}"), &|o| o.weighted[a])?;
        }
        let lengths = |o: &Object, um: [f64; 3]| o.axis_lengths(meta.ndim, um);
        let diameter = |area: f64| (2.0 * meta.ndim as f64 * area / PI).powf(1.0 / meta.ndim as f64);
        let columns: [(&str, Column); 12] = [
            ("intensity_mean", &|o| o.mean),
            ("intensity_min", &|o| o.min),
            ("intensity_max", &|o| o.max),
            ("intensity_std", &|o| o.std),
            ("axis_major_length", &|o| lengths(o, unit)[0]),
            ("axis_minor_length", &|o| lengths(o, unit)[1]),
            ("eccentricity", &Object::eccentricity),
            ("orientation", &Object::orientation),
            ("perimeter", &|o| o.perimeter),
            ("solidity", &|o| o.area / o.hull),
            ("equivalent_diameter_area", &|o| diameter(o.area)),
            ("extent", &|o| o.area / (0..3).map(|a| (o.bbox[1][a] - o.bbox[0][a]) as f64).product::<f64>()),
        ];
        for (name, of) in columns.iter().filter(|(name, _)| wants(name)) {
            floats(name.to_string(), of)?;
        }
        if wants("euler_number") {
            table.push("euler_number", Values::Int(objects.iter().map(|o| o.euler).collect()))?;
        }
        let Some(um) = meta.spacing.map(|s| s.um) else { return Ok(table) };
        let pixel: f64 = meta.axes().map(|a| um[a]).product();
        let mut floats = |name: String, of: &dyn Fn(&Object) -> f64| {
            table.push(name, Values::Float(objects.iter().map(of).collect()))
        };
        if wants("area") {
            let name = if meta.ndim == 2 { "area_um2" } else { "volume_um3" };
            floats(name.into(), &|o| o.area * pixel)?;
        }
        for &(i, a) in axes.iter().filter(|_| wants("centroid")) {
            floats(format!("centroid_um-{i}"), &|o| o.centroid[a] * um[a])?;
        }
        for &(i, a) in axes.iter().filter(|_| wants("centroid_weighted")) {
            floats(format!("centroid_weighted_um-{i}"), &|o| o.weighted[a] * um[a])?;
        }
        if wants("axis_major_length") {
            floats("axis_major_length_um".into(), &|o| lengths(o, um)[0])?;
        }
        if wants("axis_minor_length") {
            floats("axis_minor_length_um".into(), &|o| lengths(o, um)[1])?;
        }
        if wants("perimeter") && um[1] == um[2] {
            floats("perimeter_um".into(), &|o| o.perimeter * um[1])?;
        }
        if wants("equivalent_diameter_area") {
            floats("equivalent_diameter_area_um".into(), &|o| diameter(o.area * pixel))?;
        }
        Ok(table)
    }
}

impl Object {
    /// Eigenvalues of the second moments of pixels of this size, largest first.
    fn moments(&self, ndim: usize, um: [f64; 3]) -> [f64; 3] {
        let c: [[f64; 3]; 3] =
            std::array::from_fn(|i| std::array::from_fn(|j| self.covariance[i][j] * um[i] * um[j]));
        if ndim == 3 {
            return eigenvalues(c);
        }
        let (middle, half) = ((c[1][1] + c[2][2]) / 2.0, (c[1][1] - c[2][2]) / 2.0);
        let root = half.hypot(c[1][2]);
        [middle + root, (middle - root).max(0.0), 0.0]
    }

    /// Major and minor axis: 4√λ of an ellipse, 2√5λ of an ellipsoid.
    fn axis_lengths(&self, ndim: usize, um: [f64; 3]) -> [f64; 2] {
        let moments = self.moments(ndim, um);
        let factor: f64 = if ndim == 2 { 16.0 } else { 20.0 };
        [moments[0], moments[ndim - 1]].map(|l| (factor * l).sqrt())
    }

    fn eccentricity(&self) -> f64 {
        let [major, minor, _] = self.moments(2, [1.0; 3]);
        if major == 0.0 { 0.0 } else { (1.0 - minor / major).sqrt() }
    }

    fn orientation(&self) -> f64 {
        let [_, [_, yy, yx], [_, _, xx]] = self.covariance;
        match (yy == xx, yx > 0.0) {
            (true, true) => PI / 4.0,
            (true, false) => -PI / 4.0,
            _ => 0.5 * f64::atan2(2.0 * yx, yy - xx),
        }
    }
}

/// Eigenvalues of a symmetric, positive matrix, largest first, by Jacobi's rotations.
fn eigenvalues(mut m: [[f64; 3]; 3]) -> [f64; 3] {
    for _ in 0..32 {
        let off = m[0][1].abs() + m[0][2].abs() + m[1][2].abs();
        if off <= 1e-17 * (m[0][0] + m[1][1] + m[2][2]) {
            break;
        }
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if m[p][q] == 0.0 {
                continue;
            }
            let theta = (m[q][q] - m[p][p]) / (2.0 * m[p][q]);
            let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let (c, s) = (1.0 / (t * t + 1.0).sqrt(), t / (t * t + 1.0).sqrt());
            for row in &mut m {
                (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
            }
            let (above, below) = (m[p], m[q]);
            m[p] = std::array::from_fn(|k| c * above[k] - s * below[k]);
            m[q] = std::array::from_fn(|k| s * above[k] + c * below[k]);
        }
    }
    let mut values = [m[0][0].max(0.0), m[1][1].max(0.0), m[2][2].max(0.0)];
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// Whole sums of an object's pixel indices.
#[derive(Clone)]
struct Extent {
    count: u64,
    first: [usize; 3],
    end: [usize; 3],
    sums: [u64; 3],
    /// Sums of z², y², x², yx, zx, zy.
    squares: [u128; 6],
}

impl Default for Extent {
    fn default() -> Extent {
        Extent { count: 0, first: [usize::MAX; 3], end: [0; 3], sums: [0; 3], squares: [0; 6] }
    }
}

impl Extent {
    fn add(&mut self, run: Run) {
        let (n, [x0, x1]) = (run.length() as u64, run.x);
        for (a, (first, end)) in [(run.z, run.z + 1), (run.y, run.y + 1), (x0, x1)].into_iter().enumerate() {
            self.first[a] = self.first[a].min(first);
            self.end[a] = self.end[a].max(end);
        }
        let (z, y) = (run.z as u64, run.y as u64);
        let upto =
            |n: u64| (n as u128) * (n as u128).saturating_sub(1) * (2 * n as u128).saturating_sub(1) / 6;
        let x = n * (x0 as u64 + x1 as u64 - 1) / 2;
        let xx = upto(x1 as u64) - upto(x0 as u64);
        self.count += n;
        for (sum, v) in self.sums.iter_mut().zip([n * z, n * y, x]) {
            *sum += v;
        }
        let wide = |a: u64, b: u64| a as u128 * b as u128;
        let squares = [wide(n * z, z), wide(n * y, y), xx, wide(y, x), wide(z, x), wide(n * z, y)];
        for (sum, v) in self.squares.iter_mut().zip(squares) {
            *sum += v;
        }
    }

    fn merge(&mut self, other: Extent) {
        self.count += other.count;
        for a in 0..3 {
            self.first[a] = self.first[a].min(other.first[a]);
            self.end[a] = self.end[a].max(other.end[a]);
            self.sums[a] += other.sums[a];
        }
        for (sum, v) in self.squares.iter_mut().zip(other.squares) {
            *sum += v;
        }
    }

    fn object(&self, label: u32) -> Object {
        let n = self.count as i128;
        // n·Σab − Σa·Σb is exact; only the division rounds.
        let central = |a: usize, b: usize, square: usize| {
            let moment = n * self.squares[square] as i128 - self.sums[a] as i128 * self.sums[b] as i128;
            moment as f64 / (n as f64 * n as f64)
        };
        let (zz, yy, xx) = (central(0, 0, 0), central(1, 1, 1), central(2, 2, 2));
        let (yx, zx, zy) = (central(1, 2, 3), central(0, 2, 4), central(0, 1, 5));
        Object {
            label,
            area: n as f64,
            bbox: [self.first, self.end],
            centroid: self.sums.map(|s| s as f64 / n as f64),
            covariance: [[zz, zy, zx], [zy, yy, yx], [zx, yx, xx]],
            ..Object::default()
        }
    }
}

/// Sums of an object's intensities, taken from its first one so that they do not cancel.
#[derive(Clone, Default)]
struct Intensity {
    count: f64,
    pivot: f64,
    sum: f64,
    squares: f64,
    /// Σ value·index along z, y, x, and Σ value.
    weighted: [f64; 4],
    range: Option<[f64; 2]>,
}

impl Intensity {
    fn add<T: Element>(&mut self, pixels: &[T], run: Run) {
        let pixels = &pixels[run.pixels()];
        if self.range.is_none() {
            let first = pixels[0].to_f64();
            self.pivot = if first.is_finite() { first } else { 0.0 };
        }
        let (mut sum, mut squares, mut total, mut along) = (0.0, 0.0, 0.0, 0.0);
        let [mut lo, mut hi] = self.range.unwrap_or([f64::INFINITY, f64::NEG_INFINITY]);
        for (i, v) in pixels.iter().enumerate() {
            let v = v.to_f64();
            let d = v - self.pivot;
            sum += d;
            squares += d * d;
            total += v;
            along += v * i as f64;
            lo = if lo < v || lo.is_nan() { lo } else { v };
            hi = if hi > v || hi.is_nan() { hi } else { v };
        }
        self.count += run.length() as f64;
        self.sum += sum;
        self.squares += squares;
        let weighted = [total * run.z as f64, total * run.y as f64, along + total * run.x[0] as f64, total];
        for (sum, v) in self.weighted.iter_mut().zip(weighted) {
            *sum += v;
        }
        self.range = Some([lo, hi]);
    }

    fn merge(&mut self, other: Intensity) {
        let Some([lo, hi]) = self.range else {
            *self = other;
            return;
        };
        let Some([other_lo, other_hi]) = other.range else { return };
        let step = other.pivot - self.pivot;
        self.squares += other.squares + 2.0 * step * other.sum + step * step * other.count;
        self.sum += other.sum + step * other.count;
        self.count += other.count;
        for (sum, v) in self.weighted.iter_mut().zip(other.weighted) {
            *sum += v;
        }
        self.range = Some([
            if lo < other_lo || lo.is_nan() { lo } else { other_lo },
            if hi > other_hi || hi.is_nan() { hi } else { other_hi },
        ]);
    }

    fn write(&self, object: &mut Object) {
        let mean = self.sum / self.count;
        let variance = self.squares / self.count - mean * mean;
        object.mean = self.pivot + mean;
        object.std = if variance < 0.0 { 0.0 } else { variance.sqrt() };
        [object.min, object.max] = self.range.unwrap_or_default();
        object.weighted = std::array::from_fn(|a| self.weighted[a] / self.weighted[3]);
    }
}

/// What the corners of pixels add to the Euler number of the union of closed pixels, times 2^ndim: corners less edges
/// plus faces less cubes, each shared among the corners it has. Indexed by which of the pixels around belong.
fn corner_weights(ndim: usize) -> [i32; 256] {
    std::array::from_fn(|around| {
        let mut weight = 0;
        // A cell at the corner extends along some axes, to one side each; it is there if a pixel that touches it is.
        for extends in 0..1usize << ndim {
            for side in (0..1usize << ndim).filter(|side| side & !extends == 0) {
                let there = (0..1usize << ndim).any(|p| p & extends == side && around >> p & 1 == 1);
                let dimension = extends.count_ones();
                let share = 1 << (ndim as u32 - dimension);
                weight += there as i32 * share * if dimension % 2 == 0 { 1 } else { -1 };
            }
        }
        weight
    })
}

/// From the sum of [`corner_weights`].
fn euler_number(sum: i64, ndim: usize) -> i64 {
    sum >> ndim
}

/// Euler number of every object.
fn euler_numbers(labels: &[u32], shape: [usize; 3], ndim: usize, index: &LabelIndex) -> Vec<i64> {
    let [nz, ny, nx] = shape;
    let weights = corner_weights(ndim);
    let corners = if ndim == 2 { 4 } else { 8 };
    let sums = by_rows(
        (nz + (ndim == 3) as usize) * (ny + 1),
        index,
        |a: &mut i64, b| *a += b,
        |row, gathered| {
            let (z, y) = (row / (ny + 1), row % (ny + 1));
            // The rows of pixels that meet at this row of corners, above before below, front before back.
            let rows: [Option<&[u32]>; 4] = std::array::from_fn(|k| {
                let y = (y + k % 2).checked_sub(1).filter(|y| *y < ny)?;
                let z = if ndim == 2 {
                    (k < 2).then_some(0)
                } else {
                    (z + k / 2).checked_sub(1).filter(|z| *z < nz)
                }?;
                Some(&labels[(z * ny + y) * nx..][..nx])
            });
            let read = |k: usize, x: usize| rows[k].map_or(0, |r| r[x]);
            let mut around = [0u32; 8];
            for x in 0..=nx {
                let mut changes = 0;
                for k in 0..corners / 2 {
                    around[2 * k] = around[2 * k + 1];
                    around[2 * k + 1] = if x < nx { read(k, x) } else { 0 };
                    changes |= (around[2 * k] ^ around[0]) | (around[2 * k + 1] ^ around[0]);
                }
                // Inside an object and in the background nothing is added.
                if changes == 0 {
                    continue;
                }
                for k in 0..corners {
                    let label = around[k];
                    if label != 0 && !around[..k].contains(&label) {
                        let belongs =
                            (0..corners).fold(0, |bits, p| bits | ((around[p] == label) as usize) << p);
                        if let Some(place) = index.place(label) {
                            *gathered.of(place) += weights[belongs] as i64;
                        }
                    }
                }
            }
        },
    );
    sums.into_iter().map(|sum| euler_number(sum, ndim)).collect()
}

/// How many border pixels of a 2-D object count 1, √2 and (1 + √2) / 2.
fn perimeters(labels: &[u32], [_, ny, nx]: [usize; 3], index: &LabelIndex) -> Vec<f64> {
    let at = |y: usize, x: usize| if y < ny && x < nx { labels[y * nx + x] } else { 0 };
    let mut border = vec![false; labels.len()];
    border.par_chunks_mut(nx.max(1)).enumerate().with_min_len(16).for_each(|(y, row)| {
        for (x, border) in row.iter_mut().enumerate() {
            let l = at(y, x);
            let sides = [(y.wrapping_sub(1), x), (y + 1, x), (y, x.wrapping_sub(1)), (y, x + 1)];
            *border = l != 0 && sides.iter().any(|&(y, x)| at(y, x) != l);
        }
    });
    let counts = by_rows(
        ny,
        index,
        |a: &mut [f64; 3], b| *a = std::array::from_fn(|i| a[i] + b[i]),
        |y, gathered| {
            for x in (0..nx).filter(|x| border[y * nx + x]) {
                let l = at(y, x);
                let count = |places: [(usize, usize); 4]| {
                    places.iter().filter(|&&(y, x)| at(y, x) == l && border[y * nx + x]).count()
                };
                let (up, left) = (y.wrapping_sub(1), x.wrapping_sub(1));
                let sides = count([(up, x), (y + 1, x), (y, left), (y, x + 1)]);
                let diagonals = count([(up, left), (up, x + 1), (y + 1, left), (y + 1, x + 1)]);
                let kind = match 1 + 2 * sides + 10 * diagonals {
                    5 | 7 | 15 | 17 | 25 | 27 => 0,
                    21 | 33 => 1,
                    13 | 23 => 2,
                    _ => continue,
                };
                if let Some(place) = index.place(l) {
                    gathered.of(place)[kind] += 1.0;
                }
            }
        },
    );
    counts.into_iter().map(border_length).collect()
}

/// Length of a border with so many pixels that count 1, √2 and (1 + √2) / 2.
fn border_length([a, b, c]: [f64; 3]) -> f64 {
    a + SQRT_2 * b + (1.0 + SQRT_2) / 2.0 * c
}

/// Pixels in the convex hull of every object.
fn hulls(labels: &[u32], shape: [usize; 3], ndim: usize, index: &LabelIndex) -> Vec<f64> {
    let objects = ends_of_rows(labels, shape, index);
    objects.par_iter().map(|rows| hull_pixels(rows, ndim) as f64).collect()
}

impl Host for RegionpropsTable {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["labels", "image"])?;
        self.wanted(inputs.volume("labels")?.ndim == 2, inputs.get("image").is_some()).map(|_| ())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let volume = inputs.volume("labels")?;
        let (labels, meta) = (volume.label_slice()?, volume.meta());
        let image = inputs.optional_volume("image");
        let wanted = self.wanted(meta.ndim == 2, image.is_some())?;
        let index = LabelIndex::new(labels);
        let extents = by_runs(labels, meta.shape, &index, Extent::add, Extent::merge);
        let mut objects: Vec<Object> =
            extents.iter().zip(&index.present).map(|(e, l)| e.object(*l)).collect();
        if let Some(image) = image.filter(|_| wanted.has_intensity()) {
            let sums = each_dtype!(image.pixels(), |pixels| by_runs(
                labels,
                meta.shape,
                &index,
                |sums: &mut Intensity, run| sums.add(pixels, run),
                Intensity::merge,
            ));
            sums.iter().zip(&mut objects).for_each(|(sums, object)| sums.write(object));
        }
        if wanted.has("euler_number") {
            let found = euler_numbers(labels, meta.shape, meta.ndim, &index);
            objects.iter_mut().zip(found).for_each(|(o, euler)| o.euler = euler);
        }
        if wanted.has("perimeter") {
            let found = perimeters(labels, meta.shape, &index);
            objects.iter_mut().zip(found).for_each(|(o, perimeter)| o.perimeter = perimeter);
        }
        if wanted.has("solidity") {
            let found = hulls(labels, meta.shape, meta.ndim, &index);
            objects.iter_mut().zip(found).for_each(|(o, hull)| o.hull = hull);
        }
        Ok(vec![Datum::Table(self.table(&objects, &meta, image.is_some())?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let measure = || {
            let volume = inputs.volume("labels")?;
            let labels = Grid::from(volume);
            let image = inputs.optional_volume("image").map(Grid::from);
            let mut members = std::collections::BTreeMap::<u32, Vec<[usize; 3]>>::new();
            labels.map_at(|p| {
                members.entry(labels.at(p) as u32).or_default().push(p);
                0.0
            });
            members.remove(&0);
            let objects: Vec<Object> = members
                .iter()
                .map(|(label, pixels)| plain(*label, pixels, volume.ndim(), image.as_ref()))
                .collect();
            Ok(vec![Plain::Table(self.table(&objects, &volume.meta(), image.is_some())?)])
        };
        Some(measure())
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    shape: [u32; 3],
    ndim: u32,
}

/// Words that `regionprops_table.wgsl` sums for each object.
const WORDS: usize = 29;

/// The same sums as the host's.
fn read_sums(words: &[u32; WORDS]) -> Extent {
    let wide = |at: usize| (words[at + 1] as u64) << 32 | words[at] as u64;
    Extent {
        count: words[0] as u64,
        first: [1, 2, 3].map(|i| !words[i] as usize),
        end: [4, 5, 6].map(|i| words[i] as usize),
        sums: [7, 9, 11].map(wide),
        squares: [13, 15, 17, 19, 21, 23].map(|i| wide(i) as u128),
    }
}

impl Device for RegionpropsTable {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let (labels, image) = (inputs.volume("labels")?, inputs.optional_volume("image"));
        let VolumeMeta { shape, ndim, .. } = labels.meta;
        let wanted = self.wanted(ndim == 2, image.is_some())?;
        let longest = shape.into_iter().max().unwrap_or(0) as u128;
        if labels.meta.len() as u128 * longest * longest > u64::MAX as u128 {
            return Err(Error::new(Code::DeviceMemory, "sums of squared indices exceed 64 bits"));
        }
        let objects = LabelledObjects::record(recorder, labels)?;
        let sums = recorder.zeros(WORDS * objects.capacity);
        let params = Params { shape: shape.map(|n| n as u32), ndim: ndim as u32 };
        let pass = |recorder: &mut Recorder, entry, buffers: &[Buffer], threads| {
            recorder.pass(&REGIONPROPS_TABLE).entry(entry).uniform(&params).bind(buffers).over(threads)
        };
        pass(recorder, "extent", &[objects.places, sums], columns(shape))?;
        if wanted.has("euler_number") {
            let weights = recorder.constant(&corner_weights(ndim));
            let [nz, ny, nx] = shape;
            let corners = columns([nz + (ndim == 3) as usize, ny + 1, nx + 1]);
            pass(recorder, "euler", &[objects.places, sums, weights], corners)?;
        }
        if wanted.has("perimeter") {
            let borders = recorder.buffer(labels.meta.len());
            pass(recorder, "border", &[objects.places, borders], labels.meta.len())?;
            pass(recorder, "perimeter", &[borders, sums], columns(shape))?;
        }
        let mut read = vec![sums];
        read.extend(objects.readback());
        if let Some(image) = image.filter(|_| wanted.has_intensity()) {
            read.extend(objects.record_intensities(recorder, image, Sums::All)?);
        }
        if wanted.has("solidity") {
            read.push(objects.places);
        }
        Ok(vec![DeviceOutput::Readback(read)])
    }

    fn finish(&self, inputs: &Metas, _output: usize, read: &[Vec<u8>]) -> Result<Datum, Error> {
        let (meta, intensity) = (inputs.volume("labels")?, inputs.get("image").is_some());
        let wanted = self.wanted(meta.ndim == 2, intensity)?;
        let mut read = read.iter();
        let mut next = || read.next().ok_or_else(|| Error::new(Code::Internal, "a buffer was not read back"));
        let sums = words(next()?);
        let labels = read_labels(next()?, next()?)?;
        let sums = &sums.as_chunks::<WORDS>().0[..labels.len()];
        let extents: Vec<Extent> = sums.iter().map(read_sums).collect();
        let mut objects: Vec<Object> =
            extents.iter().zip(labels).map(|(extent, label)| extent.object(label)).collect();
        for (object, words) in objects.iter_mut().zip(sums) {
            object.euler = euler_number(words[25] as i32 as i64, meta.ndim);
            object.perimeter = border_length([26, 27, 28].map(|i| words[i] as f64));
        }
        if wanted.has_intensity() {
            let intensities = read_intensities(next()?, next()?, Sums::All);
            for ((object, extent), sums) in objects.iter_mut().zip(&extents).zip(intensities) {
                (object.mean, object.std, object.weighted) =
                    (sums.mean(), sums.std(), sums.centroid(extent.sums));
                [object.min, object.max] = sums.range();
            }
        }
        if wanted.has("solidity") {
            let places = words(next()?);
            let found = hulls(&places, meta.shape, meta.ndim, &LabelIndex::new(&places));
            objects.iter_mut().zip(found).for_each(|(object, hull)| object.hull = hull);
        }
        objects.sort_by_key(|object| object.label);
        Ok(Datum::Table(self.table(&objects, meta, intensity)?))
    }
}

/// One object from the list of its pixels.
fn plain(label: u32, pixels: &[[usize; 3]], ndim: usize, image: Option<&Grid>) -> Object {
    let n = pixels.len() as f64;
    let mut object = Object { label, area: n, ..Object::default() };
    let members: std::collections::HashSet<[i64; 3]> = pixels.iter().map(|p| p.map(|v| v as i64)).collect();
    let sum = |f: &dyn Fn(&[usize; 3]) -> f64| pixels.iter().map(f).sum::<f64>();
    for a in 0..3 {
        object.bbox[0][a] = pixels.iter().map(|p| p[a]).min().unwrap_or(0);
        object.bbox[1][a] = pixels.iter().map(|p| p[a] + 1).max().unwrap_or(0);
        object.centroid[a] = sum(&|p| p[a] as f64) / n;
    }
    // Distances from the centroid times n are whole numbers.
    let off = |p: &[usize; 3], a: usize| n * p[a] as f64 - sum(&|q| q[a] as f64);
    let offs: Vec<[f64; 3]> = pixels.iter().map(|p| [off(p, 0), off(p, 1), off(p, 2)]).collect();
    for i in 0..3 {
        for j in 0..3 {
            object.covariance[i][j] = offs.iter().map(|o| o[i] * o[j]).sum::<f64>() / (n * n * n);
        }
    }
    // Corners − edges + faces − cubes of the union of closed pixels, each named by twice its centre.
    let mut cells = std::collections::HashSet::new();
    for p in &members {
        let deep = if ndim == 3 { -1..=1 } else { 0..=0 };
        for z in deep {
            for (y, x) in (-1..=1).flat_map(|y| (-1..=1).map(move |x| (y, x))) {
                cells.insert([2 * p[0] + z, 2 * p[1] + y, 2 * p[2] + x]);
            }
        }
    }
    let dimension = |c: &[i64; 3]| (3 - ndim..3).filter(|&a| c[a] % 2 == 0).count();
    object.euler = cells.iter().map(|c| if dimension(c) % 2 == 0 { 1 } else { -1 }).sum();
    let near = |p: &[i64; 3], y: i64, x: i64| [p[0], p[1] + y, p[2] + x];
    let is_border = |p: &[i64; 3]| {
        members.contains(p)
            && [(0, 1), (0, -1), (1, 0), (-1, 0)].iter().any(|&(y, x)| !members.contains(&near(p, y, x)))
    };
    if ndim == 2 {
        for p in members.iter().filter(|p| is_border(p)) {
            let mut code = 1;
            for (y, x) in (-1..=1).flat_map(|y| (-1..=1).map(move |x| (y, x))).filter(|p| *p != (0, 0)) {
                code += is_border(&near(p, y, x)) as i32 * if y * x == 0 { 2 } else { 10 };
            }
            object.perimeter += match code {
                5 | 7 | 15 | 17 | 25 | 27 => 1.0,
                21 | 33 => SQRT_2,
                13 | 23 => (1.0 + SQRT_2) / 2.0,
                _ => 0.0,
            };
        }
    }
    object.hull = plain_hull(pixels, object.bbox, ndim);
    if let Some(image) = image {
        let values: Vec<f64> = pixels.iter().map(|p| image.at(*p)).collect();
        object.mean = values.iter().sum::<f64>() / n;
        object.std = (values.iter().map(|v| (v - object.mean).powi(2)).sum::<f64>() / n).sqrt();
        let extreme = |pick: fn(f64, f64) -> f64| {
            values.iter().copied().reduce(|a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { pick(a, b) })
        };
        object.min = extreme(f64::min).unwrap_or(0.0);
        object.max = extreme(f64::max).unwrap_or(0.0);
        object.weighted =
            std::array::from_fn(|a| sum(&|p| image.at(*p) * p[a] as f64) / values.iter().sum::<f64>());
    }
    object
}

/// Pixels in the convex hull. A plane cuts the hull of points where it cuts the segments between them; a line likewise.
fn plain_hull(pixels: &[[usize; 3]], bbox: [[usize; 3]; 2], ndim: usize) -> f64 {
    const TINY: f64 = 1e-9;
    let mut levels = std::collections::BTreeMap::<i64, Vec<[f64; 2]>>::new();
    for p in pixels {
        for (axis, step) in (3 - ndim..3).flat_map(|axis| [(axis, -1), (axis, 1)]) {
            let mut place = p.map(|v| 2 * v as i64);
            place[axis] += step;
            levels.entry(place[0]).or_default().push([place[1] as f64, place[2] as f64]);
        }
    }
    let levels: Vec<(f64, Vec<[f64; 2]>)> =
        levels.into_iter().map(|(z, points)| (z as f64, outline(points))).collect();
    let mut count = 0.0;
    for z in bbox[0][0]..bbox[1][0] {
        let z = 2.0 * z as f64;
        let mut section = Vec::new();
        for (low, under) in levels.iter().filter(|(low, _)| *low <= z) {
            for (high, over) in levels.iter().filter(|(high, _)| *high >= z) {
                let t = if high > low { (z - low) / (high - low) } else { 0.0 };
                for (a, b) in under.iter().flat_map(|a| over.iter().map(move |b| (a, b))) {
                    section.push([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);
                }
            }
        }
        let section = outline(section);
        for y in bbox[0][1]..bbox[1][1] {
            let y = 2.0 * y as f64;
            let (mut first, mut last) = (f64::INFINITY, f64::NEG_INFINITY);
            for a in section.iter().filter(|a| a[0] <= y + TINY) {
                for b in section.iter().filter(|b| b[0] >= y - TINY) {
                    let t = if b[0] > a[0] + TINY { (y - a[0]) / (b[0] - a[0]) } else { 0.0 };
                    let x = a[1] + t * (b[1] - a[1]);
                    (first, last) = (first.min(x), last.max(x));
                }
            }
            count += ((last / 2.0 + TINY).floor() - (first / 2.0 - TINY).ceil() + 1.0).max(0.0);
        }
    }
    count
}

/// The corners of the convex hull of points in a plane: Andrew's monotone chain.
fn outline(mut points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    points.dedup();
    let half = |points: &mut dyn Iterator<Item = [f64; 2]>| {
        let mut chain: Vec<[f64; 2]> = Vec::new();
        for p in points {
            while let [.., a, b] = chain[..]
                && (b[0] - a[0]) * (p[1] - a[1]) <= (b[1] - a[1]) * (p[0] - a[0])
            {
                chain.pop();
            }
            chain.push(p);
        }
        chain
    };
    let mut corners = half(&mut points.iter().copied());
    corners.extend(half(&mut points.iter().rev().copied()));
    corners
}
