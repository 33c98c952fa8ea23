//! Borders of labels, and labels without their borders.

use crate::common::components::connectivity;
use crate::common::compose::{Compose, Operand};
use crate::common::minmax::{self, Border};
use crate::common::{fresh, threads};
use crate::segmentation::mask_labels::MaskLabels;
use crate::segmentation::voronoi::ExtendLabelingViaVoronoi;
use crate::simd;
use rotifer_registry::*;

choice! {
    /// The pixels of a border between labels that count.
    pub enum Boundary {
        /// Pixels on both sides.
        Thick = "thick",
        /// Pixels of objects.
        Inner = "inner",
        /// Pixels of the background, and between objects those of both.
        Outer = "outer",
    }
}

op! {
    /// Finds the borders of labels: pixels with a neighbour of another label.
    ///
    /// The image ends without a border. `mode` says which of them count: `thick` all, `inner` those that are not background, `outer`
    /// those of the background and those that have two different objects around them (corners count).
    pub struct FindBoundaries {
        /// Along how many axes at once neighbours may differ by one pixel: 1 is faces only, the number of spatial axes is all.
        connectivity: u32 = 1, range(1, 3);
        /// The pixels of a border that count.
        mode: Boundary = Boundary::Thick;
        /// The label of the background.
        background: u32 = 0, range(0, 4294967295u32);
    }
    id: "find_boundaries", revision: 1, family: Segmentation,
    memory: host,
    inputs: { labels: Labels },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.segmentation.find_boundaries 0.26",
    python: "ski.segmentation.find_boundaries(labels, connectivity=connectivity, mode=mode, background=background)",
    examples: [
        "mode = \"inner\"",
        "mode = \"outer\"",
        "connectivity = 2\nmode = \"outer\"\nbackground = 2",
        "connectivity = 3\nmode = \"inner\"\nbackground = 1",
    ],
}

simd! {
    /// Marks the pixels that differ from the one across.
    fn differ(flags: &mut [u8], own: &[u32], other: &[u32]) {
        for ((flag, a), b) in flags.iter_mut().zip(own).zip(other) {
            *flag |= (a != b) as u8;
        }
    }
}

/// Steps from a row to the rows around it, and how far aside along x a neighbour may lie there.
fn rows_around(connectivity: u32) -> Vec<([isize; 2], usize)> {
    let rows = (-1..=1).flat_map(|z: isize| (-1..=1).map(move |y: isize| [z, y]));
    let axes = |row: &[isize; 2]| row.iter().filter(|d| **d != 0).count() as u32;
    rows.filter(|row| axes(row) <= connectivity)
        .map(|row| (row, (axes(&row) < connectivity) as usize))
        .collect()
}

/// Pixels with a neighbour of another value.
pub fn thick(labels: &[u32], [nz, ny, nx]: [usize; 3], connectivity: u32) -> Vec<u8> {
    let around = rows_around(connectivity);
    let mut out = vec![0u8; labels.len()];
    threads::each_row(&mut out, nx, |row, flags| {
        let own = &labels[row * nx..][..nx];
        for ([dz, dy], aside) in &around {
            let (z, y) = ((row / ny).wrapping_add_signed(*dz), (row % ny).wrapping_add_signed(*dy));
            if z >= nz || y >= ny {
                continue;
            }
            let other = &labels[(z * ny + y) * nx..][..nx];
            if (*dz, *dy) != (0, 0) {
                differ(flags, own, other);
            }
            if *aside == 1 {
                differ(&mut flags[1..], &own[1..], other);
                differ(&mut flags[..nx - 1], &own[..nx - 1], &other[1..]);
            }
        }
    });
    out
}

/// The neighbours of a pixel within an image, itself among them.
fn neighbours(grid: &Grid, p: [usize; 3], connectivity: u32) -> Vec<f64> {
    let [zs, ys, xs] = [0, 1, 2].map(|a| p[a].saturating_sub(1)..(p[a] + 2).min(grid.shape[a]));
    let mut found = Vec::new();
    for z in zs {
        for y in ys.clone() {
            for x in xs.clone() {
                let q = [z, y, x];
                if (0..3).filter(|a| p[*a] != q[*a]).count() <= connectivity as usize {
                    found.push(grid.at(q));
                }
            }
        }
    }
    found
}

impl Host for FindBoundaries {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Window([(inputs.volume("labels")?.ndim == 3) as usize, 1, 1]))
    }

    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        connectivity(Some(self.connectivity), inputs.volume("labels")?).map(|_| ())
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let volume = inputs.volume("labels")?;
        let connectivity = connectivity(Some(self.connectivity), &volume.meta())?;
        let (labels, shape) = (volume.label_slice()?, volume.shape());
        let [nz, ny, nx] = shape;
        let mut out = thick(labels, shape, connectivity);
        let near = |i: usize, n: usize| i.saturating_sub(1)..n.min(i + 2);
        threads::each_row(&mut out, nx, |row, flags| {
            let own = &labels[row * nx..][..nx];
            match self.mode {
                Boundary::Thick => {}
                Boundary::Inner => {
                    flags.iter_mut().zip(own).for_each(|(f, l)| *f &= (*l != self.background) as u8)
                }
                Boundary::Outer => {
                    for x in (0..nx).filter(|x| own[*x] != self.background) {
                        if flags[x] == 0 {
                            continue;
                        }
                        let (mut least, mut greatest) = (u32::MAX, 0);
                        for z in near(row / ny, nz) {
                            for y in near(row % ny, ny) {
                                for label in &labels[(z * ny + y) * nx..][near(x, nx)] {
                                    greatest = greatest.max(*label);
                                    least = if *label == self.background { least } else { least.min(*label) };
                                }
                            }
                        }
                        flags[x] = (least != greatest) as u8;
                    }
                }
            }
        });
        Ok(vec![Datum::Volume(volume.mask(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let find = || {
            let volume = inputs.volume("labels")?;
            let connectivity = connectivity(Some(self.connectivity), &volume.meta())?;
            let (labels, background) = (Grid::from(volume), self.background as f64);
            let found = |p| {
                let own = labels.at(p);
                let border = neighbours(&labels, p, connectivity).iter().any(|l| *l != own);
                let around = neighbours(&labels, p, 3);
                let greatest = around.iter().copied().fold(0.0, f64::max);
                let objects = around.iter().copied().filter(|l| *l != background);
                let apart = objects.fold(u32::MAX as f64, f64::min) != greatest;
                let counts = match self.mode {
                    Boundary::Thick => true,
                    Boundary::Inner => own != background,
                    Boundary::Outer => own == background || apart,
                };
                (border && counts) as u8 as f64
            };
            Ok(vec![Plain::Image(labels.map_at(found))])
        };
        Some(find())
    }
}

op! {
    /// Keeps of every object the pixels at its border: those that share a side with another label or with background.
    ///
    /// The image ends without a border.
    pub struct ReduceLabelsToLabelEdges {}
    id: "reduce_labels_to_label_edges", revision: 1, family: Segmentation,
    memory: host,
    inputs: { labels: Labels },
    outputs: { labels: Labels },
    agrees: Exact, follows: "skimage.segmentation.find_boundaries 0.26",
    python: "np.where(ski.segmentation.find_boundaries(labels, connectivity=1, mode='inner'), labels, 0)",
    examples: [],
}

impl Host for ReduceLabelsToLabelEdges {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Window([(inputs.volume("labels")?.ndim == 3) as usize, 1, 1]))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let pixels = labels.label_slice()?;
        let edges = thick(pixels, labels.shape(), 1);
        let kept = fresh::map2(&edges, pixels, |kept: &mut [u32], edges, labels| {
            kept.iter_mut().zip(edges).zip(labels).for_each(|((kept, e), l)| *kept = *l * *e as u32);
        });
        Ok(vec![Datum::Volume(labels.labels(kept)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let reduce = || {
            let labels = Grid::from(inputs.volume("labels")?);
            let edge = |p| neighbours(&labels, p, 1).iter().any(|l| *l != labels.at(p));
            Ok(vec![Plain::Image(labels.map_at(|p| if edge(p) { labels.at(p) } else { 0.0 }))])
        };
        Some(reduce())
    }
}

op! {
    /// Shrinks every object: keeps the pixels around which all of a footprint has their label.
    ///
    /// Objects shrink where they touch background and where they touch each other, not where the image ends. Labels keep their
    /// numbers; an object that falls into parts keeps one label.
    pub struct ErodeLabels {
        /// Which neighbours count: box, disk, ball, diamond, or rows of 0 and 1 of odd length.
        footprint: Footprint = Footprint::Ball;
        /// Radius of the footprint along z, y, x, rounded to whole pixels.
        radius: PerAxis<Length> = px(1.0), range(0.0, 128.0);
    }
    id: "erode_labels", revision: 1, family: Segmentation,
    memory: host,
    inputs: { labels: Labels },
    outputs: { labels: Labels },
    agrees: Exact, follows: "skimage.morphology.erosion 0.26",
    python: "
low, high = ski.morphology.erosion(labels, footprint, mode='nearest'), ndi.maximum_filter(labels, footprint=footprint, mode='nearest')
result = np.where(low == high, labels, 0)",
    examples: ["radius = 3", "footprint = \"box\"\nradius = [2, 1]", "footprint = \"box\"\nradius = [0, 1, 2]", "footprint = \"diamond\"\nradius = 4"],
}

impl Host for ErodeLabels {
    fn reach(&self, inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Window(self.footprint.extent(&self.radius, inputs.volume("labels")?)?))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let labels = inputs.volume("labels")?;
        let (pixels, shape) = (labels.label_slice()?, labels.shape());
        let footprint = self.footprint.offsets(&self.radius, &labels.meta())?;
        let border = Border { edge: Edge::Nearest, constant: 0 };
        let low = minmax::erode(pixels, shape, &footprint, border);
        let mut high = minmax::dilate(pixels, shape, &footprint.mirrored(), border);
        let parts = high.chunks_mut(1 << 14).zip(low.chunks(1 << 14)).zip(pixels.chunks(1 << 14));
        threads::each(parts, |((high, low), own)| {
            for ((high, low), own) in high.iter_mut().zip(low).zip(own) {
                *high = if high == low { *own } else { 0 };
            }
        });
        Ok(vec![Datum::Volume(labels.labels(high)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let erode = || {
            let volume = inputs.volume("labels")?;
            let offsets = self.footprint.offsets(&self.radius, &volume.meta())?.list();
            let labels = Grid::from(volume);
            let kept = |p: [usize; 3]| {
                let value = |o: &[i32; 3]| {
                    labels.sample([0, 1, 2].map(|a| p[a] as isize + o[a] as isize), Edge::Nearest, 0.0)
                };
                let first = offsets.first().map(value);
                if offsets.iter().all(|o| Some(value(o)) == first) { labels.at(p) } else { 0.0 }
            };
            Ok(vec![Plain::Image(labels.map_at(kept))])
        };
        Some(erode())
    }
}

op! {
    /// Smooths the outlines between objects: each is eroded, and grows back over the pixels of all.
    ///
    /// The parts that `erode_labels` leaves take the pixels of all objects, each the nearest part's; background stays background.
    /// Objects that the erosion removes are taken by their neighbours, or by none where nothing is left.
    pub struct SmoothLabels {
        /// Which neighbours count in the erosion: box, disk, ball, diamond, or rows of 0 and 1 of odd length.
        footprint: Footprint = Footprint::Ball;
        /// Radius of the footprint along z, y, x, rounded to whole pixels; 0 changes nothing.
        radius: PerAxis<Length> = px(1.0), range(0.0, 128.0);
    }
    id: "smooth_labels", revision: 1, family: Segmentation,
    memory: host,
    inputs: { labels: Labels },
    outputs: { labels: Labels },
    agrees: Exact, follows: "scipy.ndimage.distance_transform_edt 1.17",
    python: "
low, high = ski.morphology.erosion(labels, footprint, mode='nearest'), ndi.maximum_filter(labels, footprint=footprint, mode='nearest')
kept = np.where(low == high, labels, 0)
if kept.any():
    kept = kept[tuple(ndi.distance_transform_edt(kept == 0, return_distances=False, return_indices=True))]
result = np.where(labels > 0, kept, 0)",
    examples: ["radius = 3", "footprint = \"box\"\nradius = [2, 1]"],
}

impl SmoothLabels {
    fn parts(&self) -> Compose {
        let (footprint, radius) = (self.footprint.clone(), self.radius.clone());
        Compose::of(ErodeLabels { footprint, radius }, [Operand::Input(0)])
            .then(ExtendLabelingViaVoronoi {}, [Operand::Part(0)])
            .then(MaskLabels { invert: false }, [Operand::Part(1), Operand::Input(0)])
    }
}

impl Host for SmoothLabels {
    fn infer(&self, inputs: &Metas, outputs: &mut [DatumMeta]) -> Result<(), Error> {
        self.parts().infer(Self::SPEC, inputs, outputs)
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        self.parts().run(Self::SPEC, inputs)
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.parts().reference(Self::SPEC, inputs))
    }

    fn effort(&self, inputs: &Metas) -> usize {
        self.parts().effort(Self::SPEC, inputs).unwrap_or(usize::MAX)
    }
}
