use crate::common::pointwise::{self, Params};
use crate::common::shape::same_shape;
use crate::common::threads;
use rotifer_registry::*;
use rotifer_shaders::color::LABEL_TO_RGB;

choice! {
    /// The image that is painted over the background.
    pub enum Background {
        Black = "black",
        White = "white",
        /// Nothing: the image stays as it is.
        Clear = "none",
    }
}

op! {
    /// Paints labels in colors, over an image where one is given.
    ///
    /// A pixel is color · alpha + gray · (1 - alpha), times 255: a picture, where the reference gives 0 to 1. The image is
    /// taken as gray from 0 to 1: floats as they are, integers by the largest value of their dtype; `overlay` stretches it.
    /// Ten colors take turns by label, from the first label that is not background, so that a label has its color in every
    /// frame and after others are gone (the reference counts the labels that are present; for labels without gaps that is
    /// the same). Without an image labels are opaque on black.
    pub struct LabelToRgb {
        /// Opacity of the colors over the image.
        alpha: f64 = 0.3, range(0.0, 1.0);
        /// The label that is background.
        bg_label: u32 = 0;
        /// The color of the background.
        bg_color: Background = Background::Black;
        /// Opacity of the image over white.
        image_alpha: f64 = 1.0, range(0.0, 1.0);
    }
    id: "label_to_rgb", revision: 2, family: Color,
    memory: host_and_device,
    inputs: { labels: Labels, image: Image optional },
    outputs: { rgb: Rgb(U8) },
    agrees: Absolute(1e-3), follows: "skimage.color.label2rgb 0.26",
    python: "from skimage.color.colorlabel import DEFAULT_COLORS
labels = np.int64(labels)
present = [label for label in np.unique(labels) if label != bg_label]
colors = [DEFAULT_COLORS[(label - (label > bg_label)) % 10] for label in present]
gray = None if image is None else ski.util.img_as_float64(image)
bg_color = None if bg_color == 'none' else bg_color
result = 255 * ski.color.label2rgb(labels, gray, colors or None, alpha, bg_label, bg_color, image_alpha)",
    examples: ["alpha = 0.5\nbg_color = \"white\"", "bg_color = \"none\"\nimage_alpha = 0.75", "bg_label = 3\nalpha = 1"],
}

/// The cycle: red, blue, yellow, magenta, green, indigo, darkorange, cyan, pink, yellowgreen.
const COLORS: [[f64; 3]; 10] = [
    [1.0, 0.0, 0.0],
    [0.0, 0.0, 1.0],
    [1.0, 1.0, 0.0],
    [1.0, 0.0, 1.0],
    [0.0, 0.502, 0.0],
    [0.294, 0.0, 0.51],
    [1.0, 0.549, 0.0],
    [0.0, 1.0, 1.0],
    [1.0, 0.753, 0.796],
    [0.604, 0.804, 0.196],
];

impl LabelToRgb {
    /// Red, green, blue and opacity of the background, then of the cycle.
    fn colors(&self, over_image: bool) -> [[f64; 4]; 11] {
        let alpha = if over_image { self.alpha } else { 1.0 };
        let background = match self.bg_color {
            Background::Black => [0.0, 0.0, 0.0, alpha],
            Background::White => [1.0, 1.0, 1.0, alpha],
            Background::Clear => [0.0; 4],
        };
        let mut colors = [background; 11];
        for (out, [r, g, b]) in colors[1..].iter_mut().zip(COLORS) {
            *out = [r, g, b, alpha];
        }
        colors
    }

    /// Index of a label's color.
    fn color_of(&self, label: u32) -> usize {
        match label.cmp(&self.bg_label) {
            std::cmp::Ordering::Equal => 0,
            above => 1 + (label - above.is_gt() as u32) as usize % COLORS.len(),
        }
    }

    /// Numbers that make gray over white of a value: the least value, a factor, a summand.
    fn gray(&self, image: Option<&VolumeMeta>) -> (f64, f64, f64) {
        let Some(image) = image else { return (f64::NEG_INFINITY, 0.0, 0.0) };
        let (least, scale) = match (image.kind, image.dtype) {
            (Kind::Mask, _) | (_, Dtype::F32) => (f64::NEG_INFINITY, 1.0),
            // Signed integers have one negative value more than positive ones: it is -1 as well.
            (_, dtype) => (-dtype.range().1, 1.0 / dtype.range().1),
        };
        (least, scale * self.image_alpha, 1.0 - self.image_alpha)
    }
}

/// Full red, green or blue.
const WHITE: f64 = 255.0;

/// Pixels a thread works on at a time.
const CHUNK: usize = 4096;

impl Host for LabelToRgb {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Point)
    }

    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["labels", "image"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let image = inputs.optional_volume("image");
        let colors = self.colors(image.is_some()).map(|[r, g, b, a]| [r * a, g * a, b * a, 1.0 - a]);
        let (least, scale, offset) = self.gray(image.map(Volume::meta).as_ref());
        let pixels = labels.label_slice()?;
        let [mut red, mut green, mut blue] = [0, 1, 2].map(|_| vec![0u8; pixels.len()]);
        let planes = red.chunks_mut(CHUNK).zip(green.chunks_mut(CHUNK)).zip(blue.chunks_mut(CHUNK));
        threads::share(
            planes.zip(pixels.chunks(CHUNK)).enumerate(),
            || vec![0.0f64; CHUNK],
            |gray, (i, (((red, green), blue), labels))| {
                if let Some(image) = image {
                    pointwise::widen(image, i * CHUNK, &mut gray[..labels.len()]);
                }
                for (k, &label) in labels.iter().enumerate() {
                    let [r, g, b, rest] = colors[self.color_of(label)];
                    let value = if gray[k] < least { least } else { gray[k] };
                    let under = (value * scale + offset) * rest;
                    red[k] = u8::from_f64((r + under) * WHITE);
                    green[k] = u8::from_f64((g + under) * WHITE);
                    blue[k] = u8::from_f64((b + under) * WHITE);
                }
            },
        );
        let meta = labels.meta().with(Kind::Image, Dtype::U8);
        let plane = |pixels| Volume::from_vec(&meta, pixels);
        Ok(vec![Datum::Rgb([plane(red)?, plane(green)?, plane(blue)?])])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let paint = || {
            let labels = Grid::from(inputs.volume("labels")?);
            let image = inputs.optional_volume("image");
            let colors = self.colors(image.is_some());
            let (least, scale, offset) = self.gray(image.map(Volume::meta).as_ref());
            let gray = image.map(Grid::from);
            let plane = |c: usize| {
                labels.map_at(|p| {
                    let color = colors[self.color_of(labels.at(p) as u32)];
                    let value = gray.as_ref().map_or(0.0, |g| g.at(p));
                    let gray = if value < least { least } else { value } * scale + offset;
                    (color[c] * color[3] + gray * (1.0 - color[3])) * WHITE
                })
            };
            Ok(vec![Plain::Rgb([plane(0), plane(1), plane(2)])])
        };
        Some(paint())
    }
}

impl Device for LabelToRgb {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let labels = inputs.volume("labels")?.buffer;
        let image = inputs.optional_volume("image");
        let colors = recorder.constant(&self.colors(image.is_some()).map(|color| color.map(|v| v as f32)));
        let (least, scale, offset) = self.gray(image.map(|i| &i.meta));
        let (gray, stride) = match image {
            Some(image) => (image.buffer, 1),
            None => (recorder.constant(&[0.0f32]), 0),
        };
        let out = [0, 1, 2].map(|_| recorder.buffer(labels.len));
        let [red, green, blue] = out;
        let params = Params {
            stride,
            flags: [self.bg_label, least.is_finite() as u32],
            numbers: [scale as f32, offset as f32, least.max(f32::MIN as f64) as f32, 0.0],
            ..Params::default()
        };
        let buffers = [labels, gray, colors, red, green, blue];
        pointwise::record(recorder, &LABEL_TO_RGB, params, &buffers, labels.len)?;
        Ok(vec![DeviceOutput::Rgb(out)])
    }
}
