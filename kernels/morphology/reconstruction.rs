use crate::common::order::{self, value};
use crate::common::reconstruct::{reconstruct, reconstruct_part, reconstruct_plain};
use crate::common::shape::same_shape;
use crate::common::spreading::{Beside, Spread as Spreads, Spreading};
use crate::common::{components, fresh};
use rotifer_registry::*;

choice! {
    /// How values spread.
    pub enum Spread {
        /// Bright values spread, up to the mask.
        Dilation = "dilation",
        /// Dark values spread, down to the mask.
        Erosion = "erosion",
    }
}

op! {
    /// Lets the values of a seed image spread from neighbour to neighbour, as far as a mask image lets them.
    ///
    /// By dilation: the seed, nowhere above the mask (where it is, the mask's value stands in for it), is dilated by the
    /// neighbourhood and cut at the mask until nothing changes. By erosion the same with dark for bright. Objects of the mask that hold
    /// no seed vanish, values of the others are kept: it opens by reconstruction, fills holes, cuts peaks. NaN counts as
    /// infinity. Images of two dtypes are taken as float32.
    pub struct Reconstruction {
        /// Whether bright values spread or dark ones.
        method: Spread = Spread::Dilation;
        /// Along how many axes at once neighbours may differ: 1 is faces only, the number of spatial axes is all, as where
        /// it is left out.
        connectivity: Option<u32> = None, range(1, 3);
    }
    id: "reconstruction", revision: 1, family: Morphology,
    memory: host,
    inputs: { seed: Image, mask: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "skimage.morphology.reconstruction 0.26",
    python: "
near = ndi.generate_binary_structure(seed.ndim, connectivity or seed.ndim)
cut = np.minimum if method == 'dilation' else np.maximum
result = ski.morphology.reconstruction(cut(f64(seed), f64(mask)), f64(mask), method, near)",
    examples: ["method = \"erosion\"", "connectivity = 1", "connectivity = 2\nmethod = \"erosion\""],
}

/// Seed and mask as images of one dtype.
fn both(inputs: &Inputs) -> Result<[Volume; 2], Error> {
    let (seed, mask) = (inputs.volume("seed")?.clone(), inputs.volume("mask")?.clone());
    Ok(match seed.dtype() == mask.dtype() {
        true => [seed, mask],
        false => [seed.cast(Dtype::F32), mask.cast(Dtype::F32)],
    })
}

/// The image that keys stand for.
fn image(like: &Volume, keys: &[u32], turn: u32) -> Result<Volume, Error> {
    fn of<T: Element>(like: &Volume, keys: &[u32], turn: u32) -> Result<Volume, Error>
    where
        Pixels: From<ndarray::Array3<T>>,
    {
        like.image(fresh::map(keys, |out: &mut [T], keys| {
            out.iter_mut().zip(keys).for_each(|(o, k)| *o = T::from_whole(value(k ^ turn, T::DTYPE)));
        }))
    }
    match like.dtype() {
        Dtype::U8 => of::<u8>(like, keys, turn),
        Dtype::U16 => of::<u16>(like, keys, turn),
        Dtype::I16 => of::<i16>(like, keys, turn),
        Dtype::U32 => of::<u32>(like, keys, turn),
        Dtype::I32 => of::<i32>(like, keys, turn),
        Dtype::F32 => of::<f32>(like, keys, turn),
    }
}

/// [`Reconstruction`] of an image in parts.
struct InParts {
    connectivity: u32,
    turn: u32,
}

impl Spreads for InParts {
    type Value = u32;

    fn work(&self) -> usize {
        48
    }

    fn settle(
        &mut self,
        span: &Span,
        inputs: &Inputs,
        so_far: Option<Vec<u32>>,
        beside: Beside<u32>,
    ) -> Result<Vec<u32>, Error> {
        let [seed, mask] = both(inputs)?;
        let turned = |volume: &Volume| -> Vec<u32> {
            let keys = order::keys(volume.pixels());
            if self.turn == 0 { keys } else { keys.into_iter().map(|key| key ^ self.turn).collect() }
        };
        let (seeds, limits) = (so_far.unwrap_or_else(|| turned(&seed)), turned(&mask));
        let (seed, limit) = (|i: usize| seeds[i], |i: usize| limits[i]);
        Ok(reconstruct_part(mask.shape(), self.connectivity, 0, seed, limit, &beside, span.axis))
    }

    fn paint(&self, _span: &Span, inputs: &Inputs, keys: Vec<u32>) -> Result<Volume, Error> {
        let [seed, _] = both(inputs)?;
        image(&seed, &keys, self.turn)
    }
}

impl Reconstruction {
    /// Changes the order of keys where dark values spread.
    fn turn(&self) -> u32 {
        if self.method == Spread::Erosion { u32::MAX } else { 0 }
    }
}

impl Host for Reconstruction {
    fn infer(&self, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["seed", "mask"])?;
        let (seed, mask) = (inputs.volume("seed")?, inputs.volume("mask")?);
        components::connectivity(self.connectivity, seed)?;
        if let Some(output) = outputs.first_mut().and_then(DatumMeta::volume_mut)
            && seed.dtype != mask.dtype
        {
            output.dtype = Dtype::F32;
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let [seed, mask] = both(inputs)?;
        let connectivity = components::connectivity(self.connectivity, &seed.meta())?;
        let (seeds, limits) = (order::keys(seed.pixels()), order::keys(mask.pixels()));
        let turn = self.turn();
        let keys = reconstruct(mask.shape(), connectivity, 0, |i| seeds[i] ^ turn, |i| limits[i] ^ turn);
        Ok(vec![Datum::Volume(image(&seed, &keys, turn)?)])
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        let seed = inputs.volume("seed")?;
        let connectivity = components::connectivity(self.connectivity, seed)?;
        Ok(Some(Box::new(Spreading::new(InParts { connectivity, turn: self.turn() }, seed))))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let spread = || {
            let seed = inputs.volume("seed")?;
            let connectivity = components::connectivity(self.connectivity, &seed.meta())?;
            let sign = if self.method == Spread::Erosion { -1.0 } else { 1.0 };
            let number = |v: f64| sign * if v.is_nan() { f64::INFINITY } else { v };
            let [seed, mask] = [seed, inputs.volume("mask")?].map(|v| Grid::from(v).map(number));
            Ok(vec![Plain::Image(reconstruct_plain(&seed, &mask, connectivity).map(|v| sign * v))])
        };
        Some(spread())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |image| image.len().saturating_mul(400))
    }
}
