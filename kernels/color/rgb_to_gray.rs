use crate::common::pointwise::{self, Params};
use rayon::prelude::*;
use rotifer_registry::*;
use rotifer_shaders::color::RGB_TO_GRAY;

op! {
    /// Luminance of a color image: 0.2125 red + 0.7154 green + 0.0721 blue.
    ///
    /// Numbers stay in the range they are in: white of a uint8 image is 255, where the reference divides integers by the largest
    /// value of their dtype first.
    pub struct RgbToGray {}
    id: "rgb_to_gray", revision: 1, family: Color,
    memory: host_and_device,
    inputs: { rgb: Rgb },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-7), follows: "skimage.color.rgb2gray 0.26",
    python: "ski.color.rgb2gray(f64(rgb))",
    examples: [],
}

/// Weights of red, green, blue.
const WEIGHTS: [f64; 3] = [0.2125, 0.7154, 0.0721];

/// Pixels a thread works on at a time.
const CHUNK: usize = 4096;

impl Host for RgbToGray {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Point)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let [red, green, blue] = inputs.rgb("rgb")?;
        let mut out = vec![0.0f32; red.len()];
        out.par_chunks_mut(CHUNK).enumerate().for_each_init(
            || vec![[0.0f64; CHUNK]; 3],
            |planes, (i, out)| {
                let n = out.len();
                for (plane, volume) in planes.iter_mut().zip([red, green, blue]) {
                    pointwise::widen(volume, i * CHUNK, &mut plane[..n]);
                }
                let [r, g, b] = [0, 1, 2].map(|c| &planes[c][..n]);
                let [wr, wg, wb] = WEIGHTS;
                for (o, ((r, g), b)) in out.iter_mut().zip(r.iter().zip(g).zip(b)) {
                    *o = (wr * r + wg * g + wb * b) as f32;
                }
            },
        );
        Ok(vec![Datum::Volume(red.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(inputs.rgb("rgb").map(|rgb| {
            let planes = rgb.each_ref().map(Grid::from);
            let gray = |p| planes.iter().zip(WEIGHTS).map(|(plane, w)| w * plane.at(p)).sum();
            vec![Plain::Image(planes[0].map_at(gray))]
        }))
    }
}

impl Device for RgbToGray {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let [red, green, blue] = inputs.rgb("rgb")?.each_ref().map(|plane| plane.buffer);
        let [r, g, b] = WEIGHTS.map(|w| w as f32);
        let out = recorder.buffer(red.len);
        let params = Params { numbers: [r, g, b, 0.0], ..Params::default() };
        pointwise::record(recorder, &RGB_TO_GRAY, params, &[red, green, blue, out], red.len)?;
        Ok(vec![DeviceOutput::volume(out)])
    }
}
