use crate::common::minimum_maximum::finite_range;
use crate::common::parts::by_pixels;
use crate::common::shape::same_shape;
use crate::common::threads;
use rotifer_registry::*;

op! {
    /// Raises every pixel to the brightest level whose convex hull it lies in: a background without valleys.
    ///
    /// `levels` levels lie at equal distances from the least to the largest value. A pixel becomes the highest level such that it
    /// lies in, or on the border of, the convex hull of the middles of all pixels of that level or above. Only pixels inside the
    /// mask count, and those that are not finite do not; a pixel in no hull becomes the least value. The definition is
    /// CellProfiler's, which erodes the image by a few pixels before, and dilates it after. A volume is taken plane by plane, its
    /// levels from all planes.
    pub struct ConvexHullBackground {
        /// Levels of intensity.
        levels: u32 = 256, range(2, 4096);
    }
    id: "convex_hull_background", revision: 1, family: Restoration,
    memory: host,
    inputs: { image: Image, mask: Mask optional },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.morphology.convex_hull_image 0.26",
    python: "v = f64(image)
inside = np.ones(v.shape, bool) if mask is None else mask
a, b = (v[inside].min(), v[inside].max()) if inside.any() else (0, 0)
q = np.floor((v - a) / max(b - a, 1e-300) * (levels - 1)).astype(int)
result = np.full(v.shape, a)
for q, inside, out in [(q, inside, result)] if v.ndim == 2 else zip(q, inside, result):
    for k in np.unique(q[inside]):
        at = np.argwhere(inside & (q >= k))
        first, last = at[0], at[-1]
        if np.all((at - first)[:, 0] * (last - first)[1] == (at - first)[:, 1] * (last - first)[0]):
            n = max(int(np.gcd.reduce(last - first)), 1)
            for i in range(n + 1):
                out[tuple(first + i * (last - first) // n)] = a + k / (levels - 1) * (b - a)
        else:
            hull = ski.morphology.convex_hull_image(inside & (q >= k), offset_coordinates=False)
            out[hull] = a + k / (levels - 1) * (b - a)",
    examples: ["levels = 16"],
}

/// First and last column of each row.
type Rows = Vec<Option<[i64; 2]>>;

/// The same of the convex hull of what lies between these; on its border is in it.
fn hull(rows: &Rows) -> Rows {
    // The right side is the left side of what lies the other way round.
    let [left, right] = [0, 1].map(|side| {
        let sign = 1 - 2 * side as i64;
        let mut chain: Vec<[i64; 2]> = Vec::new();
        for (y, row) in rows.iter().enumerate() {
            let Some(row) = row else { continue };
            let point = [y as i64, sign * row[side]];
            while let [.., a, b] = chain[..] {
                if (b[1] - a[1]) * (point[0] - a[0]) < (point[1] - a[1]) * (b[0] - a[0]) {
                    break;
                }
                chain.pop();
            }
            chain.push(point);
        }
        chain
    });
    let mut out = vec![None; rows.len()];
    let mut corners = [0, 0];
    let (Some(first), Some(last)) = (left.first(), left.last()) else { return out };
    for y in first[0]..=last[0] {
        let mut at = |side: usize, chain: &[[i64; 2]]| {
            let i = &mut corners[side];
            while *i + 2 < chain.len() && chain[*i + 1][0] < y {
                *i += 1;
            }
            match chain[*i..] {
                // Up to the next whole column inside.
                [a, b, ..] => a[1] - ((a[1] - b[1]) * (y - a[0])).div_euclid(b[0] - a[0]),
                _ => chain[*i][1],
            }
        };
        out[y as usize] = Some([at(0, &left), -at(1, &right)]);
    }
    out
}

impl ConvexHullBackground {
    fn level(&self, value: f64, [least, most]: [f64; 2]) -> u16 {
        ((value - least) / (most - least).max(1e-300) * (self.levels - 1) as f64).floor() as u16
    }

    fn value(&self, level: u16, [least, most]: [f64; 2]) -> f64 {
        least + level as f64 / (self.levels - 1) as f64 * (most - least)
    }

    /// A plane whose pixels have these levels, if any.
    fn plane(&self, levels: &[Option<u16>], nx: usize, range: [f64; 2]) -> Vec<f32> {
        let ny = levels.len() / nx;
        let mut out = vec![range[0] as f32; levels.len()];
        // Columns of each level, row by row.
        let mut found = vec![Vec::new(); self.levels as usize];
        for (i, level) in levels.iter().enumerate() {
            if let Some(level) = level {
                found[*level as usize].push((i / nx, (i % nx) as i64));
            }
        }
        let mut rows: Rows = vec![None; ny];
        let mut filled: Rows = vec![None; ny];
        for (level, pixels) in found.into_iter().enumerate().rev().filter(|(_, pixels)| !pixels.is_empty()) {
            for (y, x) in pixels {
                let row = rows[y].get_or_insert([x, x]);
                *row = [row[0].min(x), row[1].max(x)];
            }
            let value = self.value(level as u16, range) as f32;
            for (y, (row, filled)) in hull(&rows).into_iter().zip(&mut filled).enumerate() {
                let Some([left, right]) = row.filter(|[left, right]| left <= right) else { continue };
                let inner = filled.unwrap_or([left, left - 1]);
                let line = &mut out[y * nx..][..nx];
                line[left as usize..inner[0] as usize].fill(value);
                line[(inner[1] + 1) as usize..=right as usize].fill(value);
                *filled = Some([left, right]);
            }
        }
        out
    }

    fn levels(&self, inputs: &Inputs) -> Result<(Vec<Option<u16>>, [f64; 2]), Error> {
        let image = inputs.volume("image")?;
        let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
        let range = finite_range(image, mask);
        let level = |i: usize, v: f64| {
            let counts = v.is_finite() && mask.is_none_or(|mask| mask[i] != 0);
            counts.then(|| self.level(v, range))
        };
        let levels = each_dtype!(image.pixels(), |p| by_pixels(p.len(), |i| level(i, p[i].to_f64())));
        Ok((levels, range))
    }
}

impl Host for ConvexHullBackground {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "mask"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let (levels, range) = self.levels(inputs)?;
        let [_, ny, nx] = image.shape();
        let planes = levels.chunks((ny * nx).max(1));
        let planes = threads::collect(planes, |plane| self.plane(plane, nx, range));
        Ok(vec![Datum::Volume(image.image(planes.concat())?)])
    }

    /// In the hull of some pixels is a place that no line parts from all of them: of all lines through two of them, the place
    /// lies on the side of the others.
    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let image = inputs.volume("image")?;
            let (levels, range) = self.levels(inputs)?;
            let [_, ny, nx] = image.shape();
            let mut data = vec![range[0]; levels.len()];
            for (plane, out) in levels.chunks(ny * nx).zip(data.chunks_mut(ny * nx)) {
                let mut used: Vec<u16> = plane.iter().flatten().copied().collect();
                used.sort_unstable();
                used.dedup();
                for level in used {
                    // Ends of the rows suffice.
                    let mut points: Vec<[i64; 2]> = Vec::new();
                    for (y, row) in plane.chunks(nx).enumerate() {
                        let on = |l: &Option<u16>| l.is_some_and(|l| l >= level);
                        let ends = [row.iter().position(on), row.iter().rposition(on)];
                        points.extend(ends.into_iter().flatten().map(|x| [y as i64, x as i64]));
                    }
                    let corners = wrapped(&points);
                    for (i, o) in out.iter_mut().enumerate() {
                        let p = [(i / nx) as i64, (i % nx) as i64];
                        let next = |k: usize| corners[(k + 1) % corners.len()];
                        let left = |k: usize| turn(corners[k], next(k), p) >= 0;
                        let within = |a: usize| {
                            let of = corners.iter().map(|c| c[a]);
                            of.clone().min() <= Some(p[a]) && Some(p[a]) <= of.max()
                        };
                        if (0..corners.len()).all(left) && within(0) && within(1) {
                            *o = self.value(level, range);
                        }
                    }
                }
            }
            Ok(vec![Plain::Image(Grid { data, ..Grid::from(image) })])
        };
        Some(plain())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |meta| meta.len() * self.levels as usize * 8)
    }
}

fn turn(a: [i64; 2], b: [i64; 2], c: [i64; 2]) -> i64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// The corners of the convex hull in order, found by going round it.
fn wrapped(points: &[[i64; 2]]) -> Vec<[i64; 2]> {
    let Some(&start) = points.iter().min() else { return Vec::new() };
    let mut corners = vec![start];
    loop {
        let at = corners[corners.len() - 1];
        let mut next = at;
        for &p in points {
            let side = turn(at, next, p);
            let far = |p: [i64; 2]| (p[0] - at[0]).pow(2) + (p[1] - at[1]).pow(2);
            if p != at && (next == at || side < 0 || side == 0 && far(p) > far(next)) {
                next = p;
            }
        }
        if next == start || next == at {
            return corners;
        }
        corners.push(next);
    }
}
