use crate::common::parts::by_pixels;
use crate::common::shape::same_shape;
use rotifer_registry::*;

choice! {
    /// How noise changes a pixel v.
    pub enum Noise {
        /// v + n, n normal.
        Gaussian = "gaussian",
        /// v + v·n, n normal.
        Speckle = "speckle",
        /// Photons counted where v / gain are expected.
        Poisson = "poisson",
        /// Some pixels become bright.
        Salt = "salt",
        /// Some pixels become 0.
        Pepper = "pepper",
        /// Some pixels become bright, others 0.
        SaltAndPepper = "s&p",
    }
}

op! {
    /// Adds random noise to an image.
    ///
    /// A pixel v becomes v + n ("gaussian") or v + v·n ("speckle"), where n is normal; gain · Poisson(v / gain) ("poisson"), 0 where
    /// v is negative; or, for a share of the pixels, the largest value of the dtype, 1 of float32 ("salt"), 0 ("pepper"), or one of
    /// both ("s&p"). Nothing is rescaled: means and variances are those of the image's own values. Integers saturate, float32
    /// is not clipped. The numbers hang on the seed, the step and the pixel alone: they are numpy.random.Philox with the key
    /// (seed, index of the step) and the counter (0, x + 2^32 y, z + 2^32 t, c), and normal ones by Box and Muller.
    pub struct RandomNoise {
        /// Kind of noise.
        mode: Noise = Noise::Gaussian;
        /// Mean of n.
        mean: f64 = 0.0;
        /// Variance of n, where no image of variances is given; negative ones count as 0.
        var: f64 = 0.01, range(0.0, f64::INFINITY);
        /// Share of the pixels that salt and pepper replace.
        amount: f64 = 0.05, range(0.0, 1.0);
        /// Share of salt among the pixels that "s&p" replaces.
        salt_vs_pepper: f64 = 0.5, range(0.0, 1.0);
        /// Grey values of one photon.
        gain: f64 = 1.0, range(1e-6, 1e6);
        /// Seed in place of the pipeline's.
        seed: Option<u32> = None;
    }
    id: "random_noise", revision: 1, family: Noise,
    memory: host,
    inputs: { image: Image, variance: ImageOrNumber = var },
    outputs: { image: Image(Same) },
    agrees: Relative(1e-6), follows: "skimage.util.random_noise 0.26",
    python: "
at, v = Elements(image.shape, seed or 0), f64(image)
top = 1 if image.dtype.kind == 'f' else 255 if image.dtype == bool else np.iinfo(image.dtype).max
if mode in ('gaussian', 'speckle'):
    n = mean + np.sqrt(np.maximum(f64(var if variance is None else variance), 0)) * at.normal()
    result = v + (n if mode == 'gaussian' else v * n)
elif mode == 'poisson':
    result = np.where(np.isnan(v), v, gain * at.poisson(np.maximum(np.nan_to_num(v), 0) / gain))
else:
    first, second = at.uniform(2)
    share = {'salt': 1, 'pepper': 0, 's&p': salt_vs_pepper}[mode]
    result = np.where(first < amount, np.where(second < share, top, 0), v)",
    examples: [
        "mode = \"gaussian\"\nvar = 100.0\nmean = 3.0",
        "mode = \"poisson\"",
        "mode = \"poisson\"\ngain = 0.01\nseed = 7",
        "mode = \"s&p\"\namount = 0.3\nsalt_vs_pepper = 0.2",
        "mode = \"salt\"\nseed = 4294967295",
        "mode = \"pepper\"\namount = 0.5",
        "mode = \"speckle\"\nvar = 0.04",
    ],
}

impl RandomNoise {
    /// A pixel with its noise; `top` is the value of salt.
    fn noisy(&self, v: f64, variance: f64, top: f64, mut draws: Draws) -> f64 {
        match self.mode {
            Noise::Gaussian => v + self.mean + variance.max(0.0).sqrt() * draws.normal(),
            Noise::Speckle => v + v * (self.mean + variance.max(0.0).sqrt() * draws.normal()),
            Noise::Poisson => self.gain * draws.poisson(v / self.gain),
            _ if draws.uniform() >= self.amount => v,
            Noise::Salt => top,
            Noise::Pepper => 0.0,
            Noise::SaltAndPepper => {
                if draws.uniform() < self.salt_vs_pepper {
                    top
                } else {
                    0.0
                }
            }
        }
    }

    fn random(&self, inputs: &Inputs) -> Random {
        self.seed.map_or(inputs.random(), |seed| inputs.random().seeded(seed.into()))
    }

    /// All pixels with their noise, in the dtype of the image.
    fn all(&self, inputs: &Inputs) -> Result<Volume, Error> {
        let image = inputs.volume("image")?;
        let [_, height, width] = image.shape();
        let variances = inputs.optional_volume("variance").map(Volume::f64s);
        let variance = inputs.optional_number("variance").unwrap_or(self.var);
        let (random, top) = (self.random(inputs), image.dtype().range().1);
        let pixel = |i: usize, v: f64| {
            let at = [i / width / height, i / width % height, i % width];
            let variance = variances.as_ref().map_or(variance, |all| all[i]);
            self.noisy(v, variance, top, random.at(at))
        };
        fn stored<T: Element>(pixels: &[T], pixel: impl Fn(usize, f64) -> f64 + Sync) -> Vec<T> {
            by_pixels(pixels.len(), |i| T::from_f64(pixel(i, pixels[i].to_f64())))
        }
        each_dtype!(image.pixels(), |p| image.image(stored(p, pixel)))
    }
}

impl Host for RandomNoise {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Point)
    }

    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "variance"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Volume(self.all(inputs)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let image = inputs.volume("image")?;
            let (grid, top) = (Grid::from(image), image.dtype().range().1);
            let variances = inputs.optional_volume("variance").map(Grid::from);
            let number = inputs.optional_number("variance").unwrap_or(self.var);
            let noisy = grid.map_at(|at| {
                let variance = variances.as_ref().map_or(number, |grid| grid.at(at));
                self.noisy(grid.at(at), variance, top, self.random(inputs).at(at))
            });
            Ok(vec![Plain::Image(noisy)])
        };
        Some(plain())
    }
}
