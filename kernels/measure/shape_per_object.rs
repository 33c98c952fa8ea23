use super::feret_diameter::widths;
use super::regionprops_table::{Properties, RegionpropsTable};
use crate::common::convex_hull::corners;
use crate::common::per_object::{Measured, Object, PerObject};
use rotifer_registry::*;
use std::f64::consts::PI;

op! {
    /// Measures size and shape of every object: area, perimeter, axes, radii, calipers and moments.
    ///
    /// The measurements of CellProfiler's MeasureObjectSizeShape, one row for each label, ascending, in pixels. All objects have
    ///
    /// - `area` (3-D: `volume`), `bounding_box_area` (`bounding_box_volume`), `equivalent_diameter` (of the circle or ball of that
    ///   size), `major_axis_length`, `minor_axis_length` (of the ellipse with the same second moments), `center_x`, `_y`, `_z`,
    ///   `bounding_box_minimum_x`, ..., `bounding_box_maximum_x`, ... (one past the last pixel), `extent` (area / bounding box),
    ///   `euler_number` (diagonal neighbours connected), all as `regionprops_table` defines them;
    /// - `maximum_radius`, `mean_radius`, `median_radius` of the distances of the object's pixels from the nearest pixel outside the
    ///   object or outside the image.
    ///
    /// In 2-D also
    ///
    /// - `perimeter`, `convex_area`, `solidity`, `eccentricity` as `regionprops_table` defines them, `orientation` in degrees;
    /// - `form_factor`: 4π area / perimeter²; `compactness`: perimeter² / (4π area);
    /// - `min_feret_diameter`, `max_feret_diameter` of the hull of pixel centres, as in `feret_diameter`;
    /// - with `moments`, p along y and q along x: `spatial_moment_p_q`, Σ y^p x^q with indices in the bounding box;
    ///   `central_moment_p_q`, the same μ from the centroid; `normalized_moment_p_q`, μ / area^((p + q)/2 + 1), for p + q from 2;
    ///   `hu_moment_0` to `hu_moment_6` (Hu, 1962) of the normalized ones; `inertia_tensor_0_0`, `_0_1`, `_1_0`, `_1_1`: μ02, −μ11,
    ///   −μ11 and μ20 by area; `inertia_tensor_eigenvalues_0`, the greater one, and `_1`.
    pub struct ShapePerObject {
        /// Adds the moments of 2-D objects.
        moments: bool = true;
    }
    id: "shape_per_object", revision: 1, family: Measure,
    memory: host,
    inputs: { labels: Labels },
    outputs: { objects: Table },
    agrees: Relative(1e-7), follows: "cellprofiler.modules.MeasureObjectSizeShape 4.2",
    python: "
flat = labels.ndim == 2
wanted = dict(area='area', area_bbox='bounding_box_area', equivalent_diameter_area='equivalent_diameter', axis_major_length='major_axis_length',
    axis_minor_length='minor_axis_length', extent='extent', euler_number='euler_number')
if flat:
    wanted.update(perimeter='perimeter', area_convex='convex_area', solidity='solidity', eccentricity='eccentricity', orientation='orientation')
else:
    wanted.update(area='volume', area_bbox='bounding_box_volume')
props = ski.measure.regionprops_table(labels.astype(np.int64), properties=['label', 'centroid', 'bbox', *wanted])
result = {'label': props['label'], **{ours: f64(props[name]) for name, ours in wanted.items()}}
for i, a in enumerate('zyx'[-labels.ndim:]):
    result['center_' + a] = props['centroid-%d' % i]
    result['bounding_box_minimum_' + a] = props['bbox-%d' % i]
    result['bounding_box_maximum_' + a] = props['bbox-%d' % (i + labels.ndim)]
names = ['maximum_radius', 'mean_radius', 'median_radius']
if flat:
    degrees = np.degrees(result['orientation'])
    result['orientation'] = np.where(np.abs(np.abs(degrees) - 90) < 1e-7, 90, degrees)
    result['form_factor'] = 4 * np.pi * result['area'] / result['perimeter'] ** 2
    result['compactness'] = result['perimeter'] ** 2 / (4 * np.pi * result['area'])
    names += ['min_feret_diameter', 'max_feret_diameter']
    orders = [(p, q) for p in range(4) for q in range(4)]
    if moments:
        names += ['spatial_moment_%d_%d' % o for o in orders if o[0] < 3] + ['central_moment_%d_%d' % o for o in orders if o[0] < 3 and sum(o) > 1]
        names += ['normalized_moment_%d_%d' % o for o in orders if sum(o) > 1] + ['hu_moment_%d' % i for i in range(7)]
        names += ['inertia_tensor_%d_%d' % (i, j) for i in (0, 1) for j in (0, 1)] + ['inertia_tensor_eigenvalues_0', 'inertia_tensor_eigenvalues_1']
rows = []
for label, box in zip(range(1, 1 + int(labels.max())), ndi.find_objects(labels.astype(np.int64))):
    if box is None:
        continue
    own = labels[box] == label
    far = ndi.distance_transform_edt(np.pad(own, 1))[np.pad(own, 1)]
    row = [far.max(), far.mean(), np.median(far)]
    if flat:
        places = np.argwhere(own).astype(float)
        if np.linalg.matrix_rank(places - places[0]) < 2:
            row += [0.0, np.linalg.norm(places[-1] - places[0])]
        else:
            hull = places[scipy.spatial.ConvexHull(places).vertices]
            edges = np.roll(hull, -1, axis=0) - hull
            apart = hull[None] - hull[:, None]
            off = np.abs(apart[..., 0] * edges[:, None, 1] - apart[..., 1] * edges[:, None, 0]).max(axis=1)
            row += [(off / np.linalg.norm(edges, axis=1)).min(), np.linalg.norm(apart, axis=2).max()]
        if moments:
            y, x = places.T
            dy, dx = y - y.mean(), x - x.mean()
            mu = {(p, q): (dy ** p * dx ** q).sum() for p, q in orders}
            nu = {(p, q): mu[p, q] / len(y) ** ((p + q) / 2 + 1) for p, q in orders}
            row += [(y ** p * x ** q).sum() for p, q in orders if p < 3] + [mu[o] for o in orders if o[0] < 3 and sum(o) > 1]
            row += [nu[o] for o in orders if sum(o) > 1]
            row += list(ski.measure.moments_hu(np.array([[nu[p, q] for q in range(4)] for p in range(4)])))
            tensor = np.array([[mu[0, 2], -mu[1, 1]], [-mu[1, 1], mu[2, 0]]]) / len(y)
            row += [*tensor.ravel(), *np.linalg.eigvalsh(tensor)[::-1]]
    rows.append(row)
rows = np.array(rows, float).reshape(-1, len(names))
result.update({n: rows[:, i] for i, n in enumerate(names)})",
    examples: ["moments = false"],
}

const PROPERTIES: &str = "area, bbox, centroid, axis_major_length, axis_minor_length, equivalent_diameter_area, extent, euler_number";
const FLAT_PROPERTIES: &str = ", eccentricity, orientation, perimeter, solidity";

impl ShapePerObject {
    fn regionprops(ndim: usize) -> Result<RegionpropsTable, Error> {
        let names = if ndim == 2 { [PROPERTIES, FLAT_PROPERTIES].concat() } else { PROPERTIES.into() };
        Ok(RegionpropsTable { properties: Properties::from_value(&Value::Text(names))? })
    }

    /// The columns, from those of `regionprops_table` and of [`Shape`].
    fn table(ndim: usize, properties: &Table, more: &Table) -> Result<Table, Error> {
        let column = |name: &str| {
            let values = properties.column(name).and_then(Values::to_f64);
            values.ok_or_else(|| Error::new(Code::Internal, "a property is missing").value(name))
        };
        let combined =
            |a: &[f64], b: &[f64], f: fn(f64, f64) -> f64| a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect();
        let area = column("area")?;
        let boxes: Vec<f64> = combined(&area, &column("extent")?, |area, extent| (area / extent).round());
        let (size, bounding) =
            if ndim == 2 { ("area", "bounding_box_area") } else { ("volume", "bounding_box_volume") };
        let mut columns: Vec<(String, Vec<f64>)> = vec![
            (size.into(), area.clone()),
            (bounding.into(), boxes),
            ("equivalent_diameter".into(), column("equivalent_diameter_area")?),
        ];
        for (name, ours) in
            [("axis_major_length", "major_axis_length"), ("axis_minor_length", "minor_axis_length")]
        {
            columns.push((ours.into(), column(name)?));
        }
        for (i, axis) in ["z", "y", "x"][3 - ndim..].iter().enumerate() {
            columns.push((format!("center_{axis}"), column(&format!("centroid-{i}"))?));
            columns.push((format!("bounding_box_minimum_{axis}"), column(&format!("bbox-{i}"))?));
            columns.push((format!("bounding_box_maximum_{axis}"), column(&format!("bbox-{}", i + ndim))?));
        }
        for name in ["extent", "euler_number"] {
            columns.push((name.into(), column(name)?));
        }
        if ndim == 2 {
            let (perimeter, solidity) = (column("perimeter")?, column("solidity")?);
            let degrees = column("orientation")?.into_iter().map(f64::to_degrees).collect();
            columns.extend([
                (
                    "convex_area".into(),
                    combined(&area, &solidity, |area, solidity| (area / solidity).round()),
                ),
                ("solidity".into(), solidity),
                ("eccentricity".into(), column("eccentricity")?),
                ("orientation".into(), degrees),
                (
                    "form_factor".into(),
                    combined(&area, &perimeter, |area, length| 4.0 * PI * area / length.powi(2)),
                ),
                (
                    "compactness".into(),
                    combined(&area, &perimeter, |area, length| length.powi(2) / (4.0 * PI * area)),
                ),
                ("perimeter".into(), perimeter),
            ]);
        }
        let mut table = Table::new();
        table.push("label", properties.column("label").cloned().unwrap_or(Values::Int(Vec::new())))?;
        for (name, values) in columns {
            table.push(name, Values::Float(values))?;
        }
        for column in more.columns().iter().filter(|c| c.name != "label") {
            table.push(&column.name, column.values.clone())?;
        }
        Ok(table)
    }
}

impl Host for ShapePerObject {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let properties = Self::regionprops(labels.ndim())?;
        let found = properties.run(&Inputs::new(RegionpropsTable::SPEC.inputs, inputs.items()))?;
        let [Datum::Table(properties)] = &found[..] else {
            return Err(Error::new(Code::Internal, "properties are a table"));
        };
        let more = PerObject(Shape { moments: self.moments }).table(labels, &[])?;
        Ok(vec![Datum::Table(Self::table(labels.ndim(), properties, &more)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let measure = || {
            let labels = inputs.volume("labels")?;
            let properties = Self::regionprops(labels.ndim())?;
            let found = properties.reference(&Inputs::new(RegionpropsTable::SPEC.inputs, inputs.items()));
            let found = found.transpose()?;
            let Some([Plain::Table(properties)]) = found.as_deref() else {
                return Err(Error::new(Code::Internal, "properties are a table"));
            };
            let more = PerObject(Shape { moments: self.moments }).plain_table(labels, &[])?;
            Ok(vec![Plain::Table(Self::table(labels.ndim(), properties, &more)?)])
        };
        Some(measure())
    }
}

/// Radii, calipers and moments.
struct Shape {
    moments: bool,
}

fn orders() -> impl Iterator<Item = (i32, i32)> {
    (0..4).flat_map(|p| (0..4).map(move |q| (p, q)))
}

/// The seven invariants of normalized moments.
fn hu(nu: impl Fn(i32, i32) -> f64) -> [f64; 7] {
    let (a, b) = (nu(3, 0) + nu(1, 2), nu(2, 1) + nu(0, 3));
    let (c, d) = (nu(3, 0) - 3.0 * nu(1, 2), 3.0 * nu(2, 1) - nu(0, 3));
    let (sum, difference, mixed) = (nu(2, 0) + nu(0, 2), nu(2, 0) - nu(0, 2), nu(1, 1));
    let (first, second) = (a * (a * a - 3.0 * b * b), b * (3.0 * a * a - b * b));
    [
        sum,
        difference * difference + 4.0 * mixed * mixed,
        c * c + d * d,
        a * a + b * b,
        c * first + d * second,
        difference * (a * a - b * b) + 4.0 * mixed * a * b,
        d * first - c * second,
    ]
}

impl Measured for Shape {
    fn columns(&self, ndim: usize, _images: usize) -> Vec<String> {
        let mut names: Vec<String> =
            ["maximum_radius", "mean_radius", "median_radius"].map(String::from).into();
        if ndim == 2 {
            names.extend(["min_feret_diameter", "max_feret_diameter"].map(String::from));
        }
        if ndim == 2 && self.moments {
            names.extend(orders().filter(|o| o.0 < 3).map(|(p, q)| format!("spatial_moment_{p}_{q}")));
            names.extend(
                orders().filter(|o| o.0 < 3 && o.0 + o.1 > 1).map(|(p, q)| format!("central_moment_{p}_{q}")),
            );
            names.extend(
                orders().filter(|o| o.0 + o.1 > 1).map(|(p, q)| format!("normalized_moment_{p}_{q}")),
            );
            names.extend((0..7).map(|i| format!("hu_moment_{i}")));
            names.extend((0..4).map(|i| format!("inertia_tensor_{}_{}", i / 2, i % 2)));
            names.extend((0..2).map(|i| format!("inertia_tensor_eigenvalues_{i}")));
        }
        names
    }

    fn row(&self, object: &Object, _images: &[&Volume]) -> Vec<f64> {
        let crop = object.crop(false);
        let distances = crop.distances(object.ndim).into_iter().zip(&crop.inside);
        let mut radii: Vec<f64> = distances.filter(|(_, inside)| **inside == 1).map(|(d, _)| d).collect();
        radii.sort_unstable_by(f64::total_cmp);
        let n = radii.len();
        let mut row = vec![
            radii[n - 1],
            radii.iter().sum::<f64>() / n as f64,
            (radii[(n - 1) / 2] + radii[n / 2]) / 2.0,
        ];
        if object.ndim == 3 {
            return row;
        }
        let [greatest, least, _] = widths(&corners(&object.rows(), 0));
        row.extend([least, greatest]);
        if !self.moments {
            return row;
        }
        let [first, _] = object.corners();
        let places: Vec<[f64; 2]> =
            object.pixels().map(|p| [(p[1] - first[1]) as f64, (p[2] - first[2]) as f64]).collect();
        let n = n as f64;
        let moment = |(p, q): (i32, i32), [y, x]: [f64; 2]| {
            places.iter().map(|place| (place[0] - y).powi(p) * (place[1] - x).powi(q)).sum::<f64>()
        };
        let centre = [moment((1, 0), [0.0; 2]) / n, moment((0, 1), [0.0; 2]) / n];
        let central: Vec<f64> = orders().map(|o| moment(o, centre)).collect();
        let mu = |p: i32, q: i32| central[(4 * p + q) as usize];
        let nu = |p: i32, q: i32| mu(p, q) / n.powf((p + q) as f64 / 2.0 + 1.0);
        row.extend(orders().filter(|o| o.0 < 3).map(|o| moment(o, [0.0; 2])));
        row.extend(orders().filter(|o| o.0 < 3 && o.0 + o.1 > 1).map(|(p, q)| mu(p, q)));
        row.extend(orders().filter(|o| o.0 + o.1 > 1).map(|(p, q)| nu(p, q)));
        row.extend(hu(nu));
        let [xx, xy, yy] = [mu(0, 2) / n, -mu(1, 1) / n, mu(2, 0) / n];
        let (middle, root) = ((xx + yy) / 2.0, ((xx - yy) / 2.0).hypot(xy));
        row.extend([xx, xy, xy, yy, middle + root, (middle - root).max(0.0)]);
        row
    }
}
