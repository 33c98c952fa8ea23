//! Values as pictures: PNGs of at most 256 pixels a side.

use png::{BitDepth, ColorType, Compression, Encoder};
use rotifer_registry::{Datum, Kind, Table, Values, Volume};

/// Pixels along the longer side.
const LARGEST: usize = 256;
/// The colour of pixels that are no numbers.
const UNDEFINED: [u8; 3] = [214, 64, 126];
/// Grey levels, and colours of labels; the last entry of a palette is [`UNDEFINED`].
const LEVELS: usize = 255;
const MARK: [u8; 3] = [255, 176, 32];

/// A picture and how to read it.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub png: Vec<u8>,
    pub width: usize,
    pub height: usize,
    /// The values that are black and white, of an image.
    pub scale: Option<(f64, f64)>,
    /// Which plane is shown, of how many.
    pub plane: Option<(usize, usize)>,
}

/// The picture of an image, mask, labels or colours; `None` of what is no picture. Without a scale, an image has its own.
pub fn of(datum: &Datum, scale: Option<(f64, f64)>) -> Option<Result<Picture, png::EncodingError>> {
    match datum {
        Datum::Volume(volume) => Some(grey_or_labels(volume, scale)),
        Datum::Rgb(planes) => Some(colours(planes)),
        _ => None,
    }
}

/// The values that are drawn black and white: all but the outermost half percent lie between them.
pub fn scale(volume: &Volume) -> (f64, f64) {
    let mut values: Vec<f64> = middle(volume).f64s().into_iter().filter(|v| v.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let (Some(least), Some(greatest)) = (values.first(), values.last()) else { return (0.0, 1.0) };
    let cut = values.len() / 200;
    match (values[cut], values[values.len() - 1 - cut]) {
        (low, high) if low < high => (low, high),
        _ if least < greatest => (*least, *greatest),
        _ => (least - 1.0, least + 1.0),
    }
}

/// The plane in the middle of a stack.
fn middle(volume: &Volume) -> Volume {
    match volume.shape()[0] {
        1 => volume.clone(),
        planes => volume.plane(planes / 2),
    }
}

fn grey_or_labels(volume: &Volume, scale: Option<(f64, f64)>) -> Result<Picture, png::EncodingError> {
    let (shown, planes) = (middle(volume), volume.shape()[0]);
    let (low, high) = scale.unwrap_or_else(|| self::scale(volume));
    let level = |value: f64| ((value - low) / (high - low) * (LEVELS - 1) as f64).round();
    let entry = |value: f64| match volume.kind() {
        _ if value.is_nan() => LEVELS as u8,
        Kind::Image => level(value).clamp(0.0, (LEVELS - 1) as f64) as u8,
        Kind::Mask => (value != 0.0) as u8 * (LEVELS - 1) as u8,
        Kind::Labels if value == 0.0 => 0,
        Kind::Labels => ((value - 1.0) % (LEVELS - 1) as f64) as u8 + 1,
    };
    let palette: Vec<u8> = (0..LEVELS)
        .map(|i| match volume.kind() {
            Kind::Labels if i > 0 => label_colour(i),
            _ => [(i * 255 / (LEVELS - 1)) as u8; 3],
        })
        .chain([UNDEFINED])
        .flatten()
        .collect();
    let [_, height, width] = shown.shape();
    let values = shown.f64s();
    let (pixels, width, height) = fitted(width, height, |i| [entry(values[i])]);
    Ok(Picture {
        png: encoded(&pixels, width, height, Some(palette))?,
        width,
        height,
        scale: (volume.kind() == Kind::Image).then_some((low, high)),
        plane: (planes > 1).then_some((planes / 2, planes)),
    })
}

/// Integers as they are, floats from 0 to 1; colours that are no light, such as amounts of stains, on the scale of all three.
fn colours(planes: &[Volume; 3]) -> Result<Picture, png::EncodingError> {
    let shown = planes.each_ref().map(middle);
    let values = shown.each_ref().map(Volume::f64s);
    let greatest = values.iter().flatten().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
    let white = if greatest <= 0.5 {
        greatest.max(f64::MIN_POSITIVE)
    } else if greatest <= 1.0 {
        1.0
    } else {
        255.0
    };
    let [_, height, width] = shown[0].shape();
    let byte = |value: f64| (value / white * 255.0).round().clamp(0.0, 255.0) as u8;
    let (pixels, width, height) = fitted(width, height, |i| values.each_ref().map(|plane| byte(plane[i])));
    let planes = planes[0].shape()[0];
    Ok(Picture {
        png: encoded(&pixels, width, height, None)?,
        width,
        height,
        scale: None,
        plane: (planes > 1).then_some((planes / 2, planes)),
    })
}

/// Points of a table with columns `y` and `x`, drawn on an image; `None` of tables without, and of too many points.
pub fn marked(volume: &Volume, table: &Table) -> Option<Result<Picture, png::EncodingError>> {
    let column = |name: &str| table.column(name).and_then(Values::to_f64);
    let (y, x) = (column("y")?, column("x")?);
    let [planes, height, width] = volume.shape();
    if planes > 1 || width.max(height) > LARGEST || y.is_empty() || y.len() > 20_000 {
        return None;
    }
    let (low, high) = scale(volume);
    let grey = |v: f64| (0.75 * 255.0 * (v - low) / (high - low)).clamp(0.0, 191.0) as u8;
    let mut pixels: Vec<[u8; 3]> = volume.f64s().into_iter().map(|v| [grey(v); 3]).collect();
    // A cross; of a line of many points, the points.
    let cross: &[(i64, i64)] = if y.len() > 400 {
        &[(0, 0)]
    } else {
        &[(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1), (-2, 0), (2, 0), (0, -2), (0, 2)]
    };
    for (y, x) in y.iter().zip(&x).filter(|(y, x)| y.is_finite() && x.is_finite()) {
        for (dy, dx) in cross {
            let (py, px) = (y.round() as i64 + dy, x.round() as i64 + dx);
            if (0..height as i64).contains(&py) && (0..width as i64).contains(&px) {
                pixels[py as usize * width + px as usize] = MARK;
            }
        }
    }
    let png = encoded(pixels.as_flattened(), width, height, None);
    Some(png.map(|png| Picture { png, width, height, scale: Some((low, high)), plane: None }))
}

/// Every pixel, or every so many where the image is larger than a picture.
fn fitted<const N: usize>(
    width: usize,
    height: usize,
    pixel: impl Fn(usize) -> [u8; N],
) -> (Vec<u8>, usize, usize) {
    let step = width.max(height).div_ceil(LARGEST).max(1);
    let rows = (0..height).step_by(step).flat_map(|y| (0..width).step_by(step).map(move |x| y * width + x));
    let pixels = rows.flat_map(pixel).collect();
    (pixels, width.div_ceil(step), height.div_ceil(step))
}

fn encoded(
    pixels: &[u8],
    width: usize,
    height: usize,
    palette: Option<Vec<u8>>,
) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    match palette {
        Some(palette) => {
            encoder.set_color(ColorType::Indexed);
            encoder.set_palette(palette);
        }
        None => encoder.set_color(ColorType::Rgb),
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}

/// Colours of equal strength whose hues are as far apart as numbers that follow each other can be.
fn label_colour(label: usize) -> [u8; 3] {
    let hue = (label as f64 * 0.618_033_988_75).fract() * 6.0;
    let part = |shift: f64| {
        let at = (hue + shift) % 6.0;
        let share = (2.0 - (at - 3.0).abs()).clamp(0.0, 1.0);
        (90.0 + 150.0 * (1.0 - share)) as u8
    };
    [part(0.0), part(4.0), part(2.0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rotifer_registry::{Dtype, VolumeMeta};

    fn volume(kind: Kind, dtype: Dtype, pixels: Vec<f32>, width: usize) -> Volume {
        let shape = [1, pixels.len() / width, width];
        let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape, ndim: 2, spacing: None };
        let image = Volume::from_vec(&meta, pixels).unwrap();
        match kind {
            Kind::Image => image.cast(dtype),
            Kind::Mask => image.to_mask(),
            Kind::Labels => image.to_labels().unwrap(),
        }
    }

    fn decoded(picture: &Picture) -> Vec<[u8; 3]> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(&picture.png));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut bytes).unwrap();
        bytes.chunks(3).map(|c| [c[0], c[1], c[2]]).collect()
    }

    #[test]
    fn values_have_their_greys_and_labels_their_colours() {
        let image = volume(Kind::Image, Dtype::F32, vec![0.0, 1.0, 2.0, f32::NAN], 2);
        let picture = of(&Datum::Volume(image), Some((0.0, 2.0))).unwrap().unwrap();
        assert_eq!(decoded(&picture), [[0; 3], [127; 3], [255; 3], UNDEFINED]);
        let labels = volume(Kind::Labels, Dtype::U32, vec![0.0, 1.0, 2.0, 255.0], 2);
        let shown = decoded(&of(&Datum::Volume(labels), None).unwrap().unwrap());
        assert_eq!(shown[0], [0; 3]);
        assert_eq!(shown[1], label_colour(1));
        assert!(
            shown[1] != shown[2] && shown[3] == shown[1],
            "colours come again after 254 labels: {shown:?}"
        );
    }

    #[test]
    fn large_images_are_thinned_and_points_drawn() {
        let image = volume(Kind::Image, Dtype::U8, vec![7.0; 600 * 300], 600);
        let picture = of(&Datum::Volume(image), None).unwrap().unwrap();
        assert_eq!((picture.width, picture.height), (200, 100));
        let image = volume(Kind::Image, Dtype::U8, vec![7.0; 100], 10);
        let points = Table::new()
            .with("y", Values::Float(vec![4.0]))
            .and_then(|t| t.with("x", Values::Float(vec![5.0])))
            .unwrap();
        let shown = decoded(&marked(&image, &points).unwrap().unwrap());
        assert_eq!(shown.iter().filter(|p| **p == MARK).count(), 9);
        assert_eq!(shown[4 * 10 + 5], MARK);
    }
}
