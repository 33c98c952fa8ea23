mod columns;
mod object;
mod parts;
mod plain;
mod sums;

use self::object::Object;
use self::parts::Parts;
use self::plain::plain;
use self::sums::{Extent, Intensity};
use crate::common::convex_hull::hull_pixels;
use crate::common::euler::{corner_weights, euler_number, euler_numbers};
use crate::common::label_index::LabelIndex;
use crate::common::label_reduce::LabelRuns;
use crate::common::label_sums::{LabelledObjects, Sums, columns, read_intensities, read_labels};
use crate::common::perimeter::{border_length, perimeters};
use crate::common::readback::words;
use crate::common::shape::same_shape;
use crate::common::threads;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::*;
use rotifer_shaders::measure::REGIONPROPS_TABLE;

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
if 'orientation' in result:
    # Of an object that lies along x, rounding decides the sign in scikit-image.
    result['orientation'] = np.where(np.abs(np.abs(result['orientation']) - np.pi / 2) < 1e-9, np.pi / 2, result['orientation'])
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
}

/// Pixels in the convex hull of every object.
fn hulls(runs: &LabelRuns, ndim: usize, index: &LabelIndex) -> Vec<f64> {
    let objects = runs.ends_of_rows(index);
    threads::collect(&objects, |rows| hull_pixels(rows, ndim) as f64)
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
        let runs = LabelRuns::new(labels, meta.shape);
        let index = LabelIndex::new(&runs);
        let extents = runs.gather(&index, Extent::add, Extent::merge);
        let mut objects: Vec<Object> =
            extents.iter().zip(&index.present).map(|(e, l)| e.object(*l)).collect();
        if let Some(image) = image.filter(|_| wanted.has_intensity()) {
            let sums = each_dtype!(image.pixels(), |pixels| runs.gather(
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
            let found = hulls(&runs, meta.ndim, &index);
            objects.iter_mut().zip(found).for_each(|(o, hull)| o.hull = hull);
        }
        Ok(vec![Datum::Table(wanted.table(&objects, &meta)?)])
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let meta = inputs.volume("labels")?;
        let wanted = self.wanted(meta.ndim == 2, inputs.get("image").is_some())?;
        Ok(Some(Box::new(Parts::new(wanted, meta.clone()))))
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
            let wanted = self.wanted(volume.ndim() == 2, image.is_some())?;
            Ok(vec![Plain::Table(wanted.table(&objects, &volume.meta())?)])
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
            let runs = LabelRuns::new(&places, meta.shape);
            let found = hulls(&runs, meta.ndim, &LabelIndex::new(&runs));
            objects.iter_mut().zip(found).for_each(|(object, hull)| object.hull = hull);
        }
        objects.sort_by_key(|object| object.label);
        Ok(Datum::Table(wanted.table(&objects, meta)?))
    }
}
