//! A program with an operation of its own: `cargo run -p own_op -- apply own_op/anscombe counts.tif -o stable.tif`.

use rotifer::registry::*;

rotifer::op! {
    /// Makes the noise of photon counts the same at every brightness: 2·√(image/gain + 3/8).
    pub struct Anscombe {
        /// Grey values of one photon.
        gain: f64 = 1.0, range(1e-6, 1e6);
    }
    id: "own_op/anscombe", revision: 1, family: Restoration,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "Rotifer",
    python: "2 * np.sqrt(f64(image) / gain + 3 / 8)",
    examples: ["gain = 2.5"],
}

impl Host for Anscombe {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let stable = |x: &f32| 2.0 * (x / self.gain as f32 + 0.375).max(0.0).sqrt();
        Ok(vec![Datum::Volume(image.image(image.f32s().iter().map(stable).collect())?)])
    }
}

fn main() -> std::process::ExitCode {
    rotifer::cli::main()
}
