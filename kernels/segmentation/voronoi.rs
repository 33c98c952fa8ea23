//! Regions of the pixels that are nearest to an object.

use crate::common::compose::{Compose, Operand};
use crate::common::edt::{self, Around, Search};
use crate::common::threads;
use crate::filters::gaussian_filter::GaussianFilter;
use crate::segmentation::connected_components::{ConnectedComponents, flood_label};
use crate::segmentation::mask_labels::MaskLabels;
use crate::threshold::threshold_otsu::ThresholdOtsu;
use rotifer_registry::op::Ports;
use rotifer_registry::*;

op! {
    /// Gives every background pixel the label of the nearest object.
    ///
    /// Distances are straight, in pixels; of several equally near labelled pixels the one of the smallest x counts, then y, then
    /// z. An image without labels stays empty.
    pub struct ExtendLabelingViaVoronoi {}
    id: "extend_labeling_via_voronoi", revision: 1, family: Segmentation,
    memory: host_and_device,
    inputs: { labels: Labels },
    outputs: { labels: Labels },
    agrees: Exact, follows: "scipy.ndimage.distance_transform_edt 1.17",
    python: "labels[tuple(ndi.distance_transform_edt(labels == 0, return_distances=False, return_indices=True))] if labels.any() else labels",
    examples: [],
}

impl Host for ExtendLabelingViaVoronoi {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let grown = edt::grown(labels, &labels.meta(), [1.0; 3], f64::INFINITY, &Around::nothing())?;
        Ok(vec![Datum::Volume(grown)])
    }

    fn streamed(&self, inputs: &Metas) -> Result<Option<Box<dyn Streamed>>, Error> {
        Ok(Some(edt::grown_in_parts(inputs.volume("labels")?, [1.0; 3], f64::INFINITY)))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let extend = || {
            let grid = Grid::from(inputs.volume("labels")?);
            let mut sites = Vec::new();
            grid.map_at(|p| {
                if grid.at(p) != 0.0 {
                    sites.push(p);
                }
                0.0
            });
            sites.sort_by_key(|[z, y, x]| [*x, *y, *z]);
            let square =
                |p: [usize; 3], q: [usize; 3]| (0..3).map(|a| p[a].abs_diff(q[a]).pow(2)).sum::<usize>();
            // The first of equally near ones.
            let nearest = |p| sites.iter().min_by_key(|q| square(p, **q)).map_or(0.0, |q| grid.at(*q));
            Ok(vec![Plain::Image(grid.map_at(nearest))])
        };
        Some(extend())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |meta| meta.len().saturating_mul(meta.len() / 4))
    }
}

impl Device for ExtendLabelingViaVoronoi {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let labels = inputs.volume("labels")?;
        let search = Search { sampling: [1.0; 3], distance: 1e9 };
        Ok(vec![DeviceOutput::volume(search.record_labels(recorder, labels.buffer, &labels.meta)?)])
    }
}

op! {
    /// Parts the image into the regions that are nearest to each connected object of a mask.
    ///
    /// Objects (all neighbours) are numbered from 1 in raster order and take every pixel that is nearest to them; ties as in
    /// `extend_labeling_via_voronoi`.
    pub struct VoronoiLabeling {}
    id: "voronoi_labeling", revision: 1, family: Segmentation,
    kernel: Compose::of(ConnectedComponents { connectivity: None }, [Operand::Input(0)])
        .then(ExtendLabelingViaVoronoi {}, [Operand::Part(0)]),
    inputs: { mask: Mask },
    outputs: { labels: Labels },
    agrees: Exact, follows: "scipy.ndimage.distance_transform_edt 1.17",
    python: "
labels = ski.measure.label(mask)
result = labels[tuple(ndi.distance_transform_edt(labels == 0, return_distances=False, return_indices=True))] if labels.any() else labels",
    examples: [],
}

op! {
    /// Parts a mask into the regions that are nearest to each connected spot.
    ///
    /// Spots are objects of the first mask (all neighbours), numbered from 1 in raster order. Every pixel of the second mask takes
    /// the number of the spot that is nearest in a straight line, whether or not the line stays within the mask; ties as in
    /// `extend_labeling_via_voronoi`. Pixels outside the second mask are background, those of spots too.
    pub struct MaskedVoronoiLabeling {}
    id: "masked_voronoi_labeling", revision: 1, family: Segmentation,
    kernel: Compose::of(ConnectedComponents { connectivity: None }, [Operand::Input(0)])
        .then(ExtendLabelingViaVoronoi {}, [Operand::Part(0)])
        .then(MaskLabels { invert: false }, [Operand::Part(1), Operand::Input(1)]),
    inputs: { spots: Mask, mask: Mask },
    outputs: { labels: Labels },
    agrees: Exact, follows: "scipy.ndimage.distance_transform_edt 1.17",
    python: "
labels = ski.measure.label(spots)
if labels.any():
    labels = labels[tuple(ndi.distance_transform_edt(labels == 0, return_distances=False, return_indices=True))]
result = np.where(mask, labels, 0)",
    examples: [],
}

op! {
    /// Segments bright blobs: spots of a blurred image part the pixels above its Otsu threshold.
    ///
    /// The image, blurred with `outline_sigma`, has a mask of the pixels above its threshold (`threshold_otsu`). In the image blurred
    /// with `spot_sigma`, a pixel of the mask that no neighbour (corners count) exceeds is a spot, neighbouring ones are one spot.
    /// Each pixel of the mask takes the spot that is nearest to it, as in `masked_voronoi_labeling`. Blurred images are float32
    /// with windows of 4 standard deviations, the last pixel repeated beyond the border.
    pub struct VoronoiOtsuLabeling {
        /// Standard deviation of the blur in which spots are found: about half the distance of neighbouring objects.
        spot_sigma: PerAxis<Length> = px(2.0), range(0.0, 512.0);
        /// Standard deviation of the blur that is thresholded: how smooth outlines are.
        outline_sigma: PerAxis<Length> = px(2.0), range(0.0, 512.0);
    }
    id: "voronoi_otsu_labeling", revision: 1, family: Segmentation,
    memory: host,
    inputs: { image: Image },
    outputs: { labels: Labels },
    agrees: Exact, follows: "skimage.filters.threshold_otsu 0.26",
    python: "
blur = lambda sigma: ndi.gaussian_filter(f64(image), sigma, mode='nearest', truncate=4).astype(np.float32)
outline, spots = blur(outline_sigma), blur(spot_sigma)
mask = decide(outline, ski.filters.threshold_otsu(outline))
undecided, mask = np.ma.getmaskarray(mask) & (np.ptp(outline) > 0), mask.data
labels = ski.measure.label(mask & (spots == ndi.maximum_filter(spots, 3, mode='nearest')))
if labels.any():
    labels = labels[tuple(ndi.distance_transform_edt(labels == 0, return_distances=False, return_indices=True))]
result = np.ma.masked_array(np.where(mask, labels, 0), undecided)",
    examples: ["spot_sigma = 4.0\noutline_sigma = 1.0", "spot_sigma = [1.0, 3.0]", "spot_sigma = [1.0, 2.0, 2.0]\noutline_sigma = 1.0"],
}

impl VoronoiOtsuLabeling {
    /// The image blurred for spots, and the mask.
    fn blurred(&self, image: &Volume) -> Result<(Volume, Volume), Error> {
        let primary = |op: &dyn Op, input: &Volume| {
            let made = op.run(&Ports::new(op.spec().inputs, &[Some(Datum::Volume(input.clone()))]))?;
            match made.into_iter().next() {
                Some(Datum::Volume(volume)) => Ok(volume),
                _ => Err(Error::new(Code::Internal, "a part gives no image")),
            }
        };
        let blur = |sigma: &PerAxis<Length>| {
            let sigma = sigma.clone();
            primary(&GaussianFilter { sigma, truncate: 4.0, edge: Edge::Nearest, constant: 0.0 }, image)
        };
        let mask = primary(
            &ThresholdOtsu { nbins: 256, factor: 1.0, minimum: None, maximum: None },
            &blur(&self.outline_sigma)?,
        )?;
        Ok((blur(&self.spot_sigma)?, mask))
    }
}

impl Host for VoronoiOtsuLabeling {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        let meta = inputs.volume("image")?;
        self.spot_sigma.pixels(meta).map_err(|e| e.argument("spot_sigma"))?;
        self.outline_sigma.pixels(meta).map_err(|e| e.argument("outline_sigma"))?;
        Ok(())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (blurred, mask) = self.blurred(image)?;
        let ([nz, ny, nx], pixels) = (image.shape(), blurred.f32s());
        let inside = mask.mask_slice()?;
        let near = |i: usize, n: usize| i.saturating_sub(1)..n.min(i + 2);
        let mut spots = vec![0u8; pixels.len()];
        threads::each_row(&mut spots, nx, |row, spots| {
            let (z, y) = (row / ny, row % ny);
            for x in (0..nx).filter(|x| inside[row * nx + x] != 0) {
                let value = pixels[row * nx + x];
                let exceeds = |z: usize, y: usize| {
                    let row = (z * ny + y) * nx;
                    pixels[row + near(x, nx).start..row + near(x, nx).end].iter().any(|v| *v > value)
                };
                spots[x] = near(z, nz).all(|z| near(y, ny).all(|y| !exceeds(z, y))) as u8;
            }
        });
        let parts = MaskedVoronoiLabeling {};
        parts.run(&Ports::new(
            parts.spec().inputs,
            &[Some(Datum::Volume(image.mask(spots)?)), Some(Datum::Volume(mask))],
        ))
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let label = || {
            // Blurs and threshold have references of their own: here all depends on their last bits.
            let (blurred, mask) = self.blurred(inputs.volume("image")?)?;
            let (blurred, mask) = (Grid::from(&blurred), Grid::from(&mask));
            let spots = mask.map_at(|p| {
                let exceeded = (0..27).any(|k| {
                    let step = [k / 9, k / 3 % 3, k % 3];
                    let q = [0, 1, 2].map(|a| p[a] as isize + step[a] - 1);
                    blurred.sample(q, Edge::Nearest, 0.0) > blurred.at(p)
                });
                (mask.at(p) != 0.0 && !exceeded) as u8 as f64
            });
            let (labels, _) = flood_label(&spots, spots.ndim as u32);
            let nearest = |p: [usize; 3]| {
                let (mut least, mut label) = (usize::MAX, 0.0);
                for x in 0..labels.shape[2] {
                    for y in 0..labels.shape[1] {
                        for z in 0..labels.shape[0] {
                            let q = [z, y, x];
                            let square: usize = (0..3).map(|a| p[a].abs_diff(q[a]).pow(2)).sum();
                            if labels.at(q) != 0.0 && square < least {
                                (least, label) = (square, labels.at(q));
                            }
                        }
                    }
                }
                label
            };
            Ok(vec![Plain::Image(mask.map_at(|p| if mask.at(p) != 0.0 { nearest(p) } else { 0.0 }))])
        };
        Some(label())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |meta| meta.len().saturating_mul(meta.len() / 2))
    }
}
