use crate::common::axis_fold::Axis;
use crate::common::sampling::{Sampling, sin_cos};
use crate::transform::reindexed::has_axis;
use rotifer_registry::*;

op! {
    /// Cuts a volume along a line that turns about one of its ends.
    ///
    /// Each plane of the output is one cut: its rows are the planes of the image, its columns the distance from the centre in
    /// pixels of x. The pixel at k, z, r is read at z, y − r·sin(k·`step`), x + r·cos(k·`step`) with the centre at y, x, so
    /// that the line first points along x and turns counter-clockwise with y down. Places are linear between pixels; masks
    /// and labels are read at the nearest pixel. The first axis of the output has the spacing of x, since an angle has no
    /// micrometres.
    pub struct ResliceRadial {
        /// Degrees by which the line turns in all; the last cut lies before it.
        angle: f64 = 360.0, range(1e-3, 3600.0);
        /// Degrees from one cut to the next.
        step: f64 = 1.0, range(1e-3, 360.0);
        /// Where the line begins, y, x in pixels. Left out: the middle of the planes.
        center: Option<PerAxis<f64>> = None, range(-1e6, 1e6);
        /// Pixels of the line. Left out: half the shorter side of the planes, rounded up.
        length: Option<u32> = None, range(1, 1_000_000);
        /// 0: the nearest pixel, at a tie the next one. 1: linear between pixels.
        order: u32 = 1, range(0, 1);
        ..Border(edge: Constant, constant);
    }
    id: "reslice_radial", revision: 1, family: Transform,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Like(F32) },
    agrees: Relative(5e-6), follows: "scipy.ndimage.map_coordinates 1.17",
    python: "
order, constant = of_kind(kinds['image'], order, constant)
nz, ny, nx = image.shape
cy, cx = ((ny - 1) / 2, (nx - 1) / 2) if center is None else np.broadcast_to(center, 2)
turn = step * np.arange(int(np.ceil(angle / step - 1e-9)))[:, None, None]
r = np.arange(length or (min(ny, nx) + 1) // 2)
z, y, x = np.broadcast_arrays(np.arange(nz)[:, None], cy - r * scipy.special.sindg(turn), cx + r * scipy.special.cosdg(turn))
result = ndi.map_coordinates(f64(image), [z, y, x], order=order, mode='grid-wrap' if edge == 'wrap' else edge, cval=constant)
",
    examples: [
        "step = 12.7",
        "angle = 100.0\nstep = 7.3\ncenter = [4.3, 9.2]\nlength = 11\nedge = \"nearest\"",
        "step = 33.1\norder = 0\nlength = 30\nconstant = 2.0",
    ],
}

impl ResliceRadial {
    fn sampling(&self) -> Sampling {
        Sampling { order: self.order, edge: self.edge, constant: self.constant }
    }

    fn output(&self, image: &VolumeMeta) -> Result<VolumeMeta, Error> {
        has_axis(image, Axis::Z, "image")?;
        let [nz, ny, nx] = image.shape;
        let cuts = ((self.angle / self.step - 1e-9).ceil() as usize).max(1);
        let length = self.length.map_or(ny.min(nx).div_ceil(2), |n| n as usize);
        // Radii begin in the middle of the image, whose place is none along them.
        let turned = |spacing: Spacing| spacing.of_axes([2, 0, 2]).placeless();
        Ok(VolumeMeta { shape: [cuts, nz, length], spacing: image.spacing.map(turned), ..image.clone() })
    }

    /// Where the pixels of the output are read.
    fn place(
        &self,
        image: &VolumeMeta,
        cuts: usize,
    ) -> Result<impl Fn([usize; 3]) -> Option<[f64; 3]> + Sync + use<>, Error> {
        let [_, y, x] = match &self.center {
            Some(center) => center.resolve(2, 0.0).map_err(|error| error.argument("center"))?,
            None => image.shape.map(|n| (n as f64 - 1.0) / 2.0),
        };
        let turns: Vec<(f64, f64)> = (0..cuts).map(|k| sin_cos(self.step * k as f64)).collect();
        Ok(move |[k, z, r]: [usize; 3]| {
            let ((sin, cos), r) = (turns[k], r as f64);
            Some([z as f64, y - r * sin, x + r * cos])
        })
    }
}

impl Host for ResliceRadial {
    fn infer(&self, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let image = inputs.volume("image")?;
        let meta = self.output(image)?;
        self.place(image, 0).map(drop)?;
        if let Some(out) = outputs[0].volume_mut() {
            *out = meta.with(out.kind, out.dtype);
        }
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let to = self.output(&image.meta())?;
        let place = self.place(&image.meta(), to.shape[0])?;
        Ok(vec![Datum::Volume(self.sampling().places(image, &to, place)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let image = inputs.volume("image")?;
            let to = self.output(&image.meta())?;
            let place = self.place(&image.meta(), to.shape[0])?;
            Ok(vec![self.sampling().plain_places(image, &to, place)])
        };
        Some(plain())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.volume("image").and_then(|image| self.output(image)).map_or(1, |meta| meta.len())
    }
}
