use super::scale_bar;
use crate::common::pointwise::widen;
use crate::common::shape::same_shape;
use crate::common::threads;
use rotifer_registry::*;

choice! {
    /// The color of a channel.
    pub enum Light {
        Gray = "gray",
        Red = "red",
        Green = "green",
        Blue = "blue",
        Cyan = "cyan",
        Magenta = "magenta",
        Yellow = "yellow",
    }
}

choice! {
    /// The color of outlines.
    pub enum Outline {
        /// Eight colors take turns by label.
        Distinct = "distinct",
        White = "white",
        Red = "red",
        Green = "green",
        Blue = "blue",
        Cyan = "cyan",
        Magenta = "magenta",
        Yellow = "yellow",
    }
}

op! {
    /// Draws the outlines of labels or of a mask over an image: a picture to look at.
    ///
    /// Each channel is stretched from its percentile `low` to its percentile `high` (numpy's linear definition, over all
    /// finite pixels) and shown in its color; colors of several channels add up. The outline is inside the object: its pixels
    /// at most `width` steps along y and x, within the plane, from a pixel of another value. Where the pixel size is known,
    /// pictures from 96 x 48 pixels on get a scale bar of 1, 2, 5, 10, ... µm, at most a quarter of the width. NaN is black.
    pub struct Overlay {
        /// Percentile that is black.
        low: f64 = 0.5, range(0.0, 100.0);
        /// Percentile that is bright, above `low`.
        high: f64 = 99.8, range(0.0, 100.0);
        /// Color of the image.
        color: Light = Light::Gray;
        /// Color of the second channel.
        color_2: Light = Light::Green;
        /// Color of the third channel.
        color_3: Light = Light::Magenta;
        /// Color of the outlines.
        outline: Outline = Outline::Distinct;
        /// Width of the outlines in pixels.
        width: u32 = 1, range(1, 16);
        /// Whether a scale bar is drawn.
        scale_bar: bool = true;
    }
    id: "overlay", revision: 1, family: Color,
    memory: host,
    inputs: { image: Image, labels: MaskOrLabels, image_2: Image optional, image_3: Image optional },
    outputs: { rgb: Rgb(U8) },
    agrees: Exact, follows: "skimage.segmentation.find_boundaries 0.26",
    python: "
light = {'gray': (1, 1, 1), 'red': (1, 0, 0), 'green': (0, 1, 0), 'blue': (0, 0, 1), 'cyan': (0, 1, 1), 'magenta': (1, 0, 1), 'yellow': (1, 1, 0)}
cycle = np.array([[255, 210, 0], [0, 220, 255], [255, 70, 160], [90, 255, 90], [255, 130, 30], [120, 140, 255], [230, 100, 255], [0, 255, 180]])
picture = np.zeros(image.shape + (3,))
for channel, name in ((image, color), (image_2, color_2), (image_3, color_3)):
    if channel is not None:
        v = f64(channel)
        finite = v[np.isfinite(v)]
        lo, hi = np.percentile(finite, [low, high]) if finite.size else (0, 0)
        shown = np.nan_to_num(np.clip((v - lo) / (hi - lo), 0, 1)) if hi > lo else np.zeros(v.shape)
        picture += shown[..., None] * light[name]
picture = np.clip(255 * picture, 0, 255)
planes = np.int64(labels).reshape((-1,) + labels.shape[-2:])
if width == 1:
    edges = [ski.segmentation.find_boundaries(p, connectivity=1, mode='inner') for p in planes]
else:
    near = ski.morphology.diamond(width)
    edges = [(p > 0) & (ndi.maximum_filter(p, footprint=near, mode='nearest') != ndi.minimum_filter(p, footprint=near, mode='nearest')) for p in planes]
edges = np.reshape(edges, labels.shape)
picture[edges] = cycle[(np.int64(labels)[edges] - 1) % 8] if outline == 'distinct' else 255 * np.array(dict(light, white=(1, 1, 1))[outline])
h, w = image.shape[-2:]
if scale_bar and spacing is not None and h >= 48 and w >= 96:
    um, size = spacing[-1], max(1, min(h, w) // 256)
    long = max(m * 10.0 ** e for e in range(-4, 9) for m in (1, 2, 5) if m * 10.0 ** e <= w / 4 * um * (1 + 1e-9))
    bar = max(1, round(long / um))
    text = f'{long / 1000:.0f} mm' if long >= 999.5 else f'{long:.0f} um' if long >= 0.9995 else f'{long * 1000:.0f} nm'
    wide = max(bar, (6 * len(text) - 1) * size) + 4 * size
    bottom, right = h - 2 * size, w - 2 * size
    picture[..., bottom - 15 * size : bottom, right - wide : right, :] = 0
    start = right - wide + wide // 2 - bar // 2
    picture[..., bottom - 4 * size : bottom - 2 * size, start : start + bar, :] = 255
    glyphs = {'0': 'ehjlphe', '1': '4c4444e', '2': 'eh168gv', '3': 'v2421he', '4': '26aiv22', '5': 'vgu11he', '6': '68guhhe', '7': 'v124888', '8': 'ehhehhe', '9': 'ehhf12c', 'm': '00qllll', 'n': '00mphhh', 'u': '00hhjtg', ' ': '0000000'}
    rows = [''.join(f'{int(glyphs[c][y], 32):05b}0' for c in text)[:-1] for y in range(7)]
    drawn = np.kron(np.array([[int(b) for b in row] for row in rows]), np.ones((size, size)))
    start = right - wide + wide // 2 - drawn.shape[1] // 2
    picture[..., bottom - 13 * size : bottom - 6 * size, start : start + drawn.shape[1], :] = 255 * drawn[..., None]
result = picture",
    examples: ["outline = \"yellow\"\nwidth = 3\ncolor = \"blue\"", "low = 10\nhigh = 90\nscale_bar = false\ncolor_2 = \"yellow\""],
}

/// Bright colors that differ from each other and from gray.
const COLORS: [[u8; 3]; 8] = [
    [255, 210, 0],
    [0, 220, 255],
    [255, 70, 160],
    [90, 255, 90],
    [255, 130, 30],
    [120, 140, 255],
    [230, 100, 255],
    [0, 255, 180],
];

impl Light {
    fn rgb(self) -> [f64; 3] {
        match self {
            Light::Gray => [1.0, 1.0, 1.0],
            Light::Red => [1.0, 0.0, 0.0],
            Light::Green => [0.0, 1.0, 0.0],
            Light::Blue => [0.0, 0.0, 1.0],
            Light::Cyan => [0.0, 1.0, 1.0],
            Light::Magenta => [1.0, 0.0, 1.0],
            Light::Yellow => [1.0, 1.0, 0.0],
        }
    }
}

impl Outline {
    fn rgb(self, label: u32) -> [u8; 3] {
        let light = match self {
            Outline::Distinct => return COLORS[(label.wrapping_sub(1) % 8) as usize],
            Outline::White => Light::Gray,
            Outline::Red => Light::Red,
            Outline::Green => Light::Green,
            Outline::Blue => Light::Blue,
            Outline::Cyan => Light::Cyan,
            Outline::Magenta => Light::Magenta,
            Outline::Yellow => Light::Yellow,
        };
        light.rgb().map(|v| (v * 255.0) as u8)
    }
}

/// The value at a percentile of values, in any order, by numpy's linear definition.
fn percentile(values: &mut [f64], percent: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return 0.0 };
    let at = last as f64 * (percent / 100.0);
    let rank = (at.floor() as usize).min(last);
    let (_, &mut a, above) = values.select_nth_unstable_by(rank, f64::total_cmp);
    let b = above.iter().copied().min_by(f64::total_cmp).unwrap_or(a);
    a + (b - a) * (at - rank as f64)
}

impl Overlay {
    /// The images that are there, each with its color.
    fn channels<'a>(&self, inputs: &Inputs<'a>) -> Result<Vec<(&'a Volume, [f64; 3])>, Error> {
        let more = [("image_2", self.color_2), ("image_3", self.color_3)];
        let more =
            more.into_iter().filter_map(|(port, light)| Some((inputs.optional_volume(port)?, light.rgb())));
        Ok(std::iter::once((inputs.volume("image")?, self.color.rgb())).chain(more).collect())
    }

    /// The values of a volume that are black and bright.
    fn range(&self, volume: &Volume) -> (f64, f64) {
        let mut values: Vec<f64> = volume.f64s();
        values.retain(|v| v.is_finite());
        (percentile(&mut values, self.low), percentile(&mut values, self.high))
    }

    /// Whether a pixel of an object lies at its border, `pixel` giving the labels of the plane.
    fn at_border(&self, labels: &[u32], [height, width]: [usize; 2], y: usize, x: usize) -> bool {
        let label = labels[y * width + x];
        let reach = self.width as isize;
        // Beside first: most pixels of outlines are decided there.
        (1..=reach).any(|far| {
            (0..far).any(|k| {
                [(far - k, k), (-k, far - k), (k - far, -k), (k, k - far)].into_iter().any(|(dy, dx)| {
                    let (Some(y), Some(x)) = (y.checked_add_signed(dy), x.checked_add_signed(dx)) else {
                        return false;
                    };
                    y < height && x < width && labels[y * width + x] != label
                })
            })
        })
    }
}

impl Host for Overlay {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        if self.low >= self.high {
            return Err(Error::new(Code::OutOfRange, "`high` must be above `low`")
                .argument("high")
                .value(self.high)
                .allowed(format!("more than {}", self.low)));
        }
        same_shape(inputs, &["image", "labels", "image_2", "image_3"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let channels: Vec<_> =
            self.channels(inputs)?.into_iter().map(|(v, rgb)| (v, rgb, self.range(v))).collect();
        let image = inputs.volume("image")?;
        let labels = inputs.volume("labels")?.to_labels()?;
        let labels = labels.label_slice()?;
        let [_, height, width] = image.shape();
        let plane = (height * width).max(1);
        let bar = if self.scale_bar { scale_bar::pixels(&image.meta()) } else { Vec::new() };
        let [mut red, mut green, mut blue] = [0, 1, 2].map(|_| vec![0u8; image.len()]);
        let rows = red.chunks_mut(width.max(1)).zip(green.chunks_mut(width.max(1)));
        threads::share(
            rows.zip(blue.chunks_mut(width.max(1))).enumerate(),
            || (vec![0.0f64; width], vec![[0.0f64; 3]; width]),
            |(values, sums), (row, ((red, green), blue))| {
                sums.fill([0.0; 3]);
                for (volume, rgb, (low, high)) in &channels {
                    widen(volume, row * width, values);
                    // Nothing is bright in an image of one value.
                    let scale = if high > low { 255.0 / (high - low) } else { 0.0 };
                    for (sum, v) in sums.iter_mut().zip(values.iter()) {
                        let shown = ((v - low) * scale).clamp(0.0, 255.0);
                        let shown = if shown.is_nan() { 0.0 } else { shown };
                        (0..3).for_each(|c| sum[c] += shown * rgb[c]);
                    }
                }
                let (z, y) = (row / height, row % height);
                let labels = &labels[z * plane..(z + 1) * plane];
                let out = red.iter_mut().zip(green.iter_mut()).zip(blue.iter_mut()).zip(&*sums);
                for (x, (((red, green), blue), sum)) in out.enumerate() {
                    let label = labels[y * width + x];
                    let outlined = label != 0 && self.at_border(labels, [height, width], y, x);
                    [*red, *green, *blue] =
                        if outlined { self.outline.rgb(label) } else { sum.map(u8::from_f64) };
                }
            },
        );
        for (y, x, white) in bar {
            for at in (y * width + x..red.len()).step_by(plane) {
                for channel in [&mut red, &mut green, &mut blue] {
                    channel[at] = if white { 255 } else { 0 };
                }
            }
        }
        let meta = image.meta().with(Kind::Image, Dtype::U8);
        let volume = |pixels| Volume::from_vec(&meta, pixels);
        Ok(vec![Datum::Rgb([volume(red)?, volume(green)?, volume(blue)?])])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let draw = || {
            let image = inputs.volume("image")?;
            let labels = Grid::from(inputs.volume("labels")?);
            let mut picture = [0, 1, 2].map(|_| labels.map(|_| 0.0));
            for (volume, rgb) in self.channels(inputs)? {
                let mut sorted = volume.f64s();
                sorted.retain(|v| v.is_finite());
                sorted.sort_by(f64::total_cmp);
                let last = sorted.len().saturating_sub(1);
                let value = |percent: f64| {
                    let at = last as f64 * (percent / 100.0);
                    let (i, t) = ((at as usize).min(last), at.fract());
                    sorted.get(i).map_or(0.0, |a| a + (sorted[(i + 1).min(last)] - a) * t)
                };
                let (low, high) = (value(self.low), value(self.high));
                let scale = if high > low { 255.0 / (high - low) } else { 0.0 };
                for (sum, light) in picture.iter_mut().zip(rgb) {
                    for (sum, v) in sum.data.iter_mut().zip(volume.f64s()) {
                        let shown = ((v - low) * scale).clamp(0.0, 255.0);
                        *sum += if shown.is_nan() { 0.0 } else { shown * light };
                    }
                }
            }
            let reach = self.width as isize;
            for p in (0..labels.shape[0]).flat_map(|z| {
                let [_, height, width] = labels.shape;
                (0..height).flat_map(move |y| (0..width).map(move |x| [z, y, x]))
            }) {
                let label = labels.at(p);
                let outlined = label != 0.0
                    && (-reach..=reach).any(|dy| {
                        let across = reach - dy.abs();
                        (-across..=across).any(|dx| {
                            let q = [p[0] as isize, p[1] as isize + dy, p[2] as isize + dx];
                            // Outside there is nothing that differs.
                            labels.sample(q, Edge::Constant, label) != label
                        })
                    });
                if outlined {
                    let rgb = self.outline.rgb(label as u32);
                    picture.iter_mut().zip(rgb).for_each(|(plane, v)| plane.set(p, f64::from(v)));
                }
            }
            if self.scale_bar {
                for (y, x, white) in scale_bar::pixels(&image.meta()) {
                    for z in 0..labels.shape[0] {
                        picture
                            .iter_mut()
                            .for_each(|plane| plane.set([z, y, x], if white { 255.0 } else { 0.0 }));
                    }
                }
            }
            Ok(vec![Plain::Rgb(picture)])
        };
        Some(draw())
    }
}
