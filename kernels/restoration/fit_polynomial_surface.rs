use crate::common::fresh;
use crate::common::shape::same_shape;
use crate::common::threads;
use rotifer_registry::*;

op! {
    /// Fits a polynomial in the pixels' places to an image: its smooth background.
    ///
    /// The least squares fit of all products of powers of x, y and, of a volume, z whose degrees add up to `degree` at most. Only
    /// pixels inside the mask count, and those that are not finite do not. Terms that the pixels that count do not tell are
    /// left out; of no pixel the fit is 0.
    pub struct FitPolynomialSurface {
        /// Degree of the polynomial.
        degree: u32 = 2, range(0, 4);
    }
    id: "fit_polynomial_surface", revision: 1, family: Restoration,
    memory: host,
    inputs: { image: Image, mask: Mask optional },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-5), follows: "scipy.linalg.lstsq 1.17",
    python: "import itertools
import scipy.linalg
at = [(2 * np.arange(n) - n + 1) / max(n - 1, 1) for n in image.shape]
at = np.meshgrid(*at, indexing='ij')
powers = [p for p in itertools.product(range(degree + 1), repeat=image.ndim) if sum(p) <= degree]
terms = np.stack([np.prod([x ** k for x, k in zip(at, p)], 0) for p in powers], -1)
inside = np.ones(image.shape, bool) if mask is None else mask
result = terms @ scipy.linalg.lstsq(terms[inside], f64(image)[inside])[0]",
    examples: ["degree = 0", "degree = 1", "degree = 4"],
}

/// The place of a pixel along an axis, from −1 to 1.
fn place(i: usize, n: usize) -> f64 {
    (2.0 * i as f64 - (n as f64 - 1.0)) / (n as f64 - 1.0).max(1.0)
}

/// Sums over a row of the powers of x, and of these times the pixel.
type RowSums = ([f64; 9], [f64; 5]);

impl FitPolynomialSurface {
    /// Powers of z, y and x of each term.
    fn terms(&self, ndim: usize) -> Vec<[usize; 3]> {
        let degree = self.degree as usize;
        let all = (0..=degree)
            .flat_map(move |z| (0..=degree).flat_map(move |y| (0..=degree).map(move |x| [z, y, x])));
        all.filter(|p| p.iter().sum::<usize>() <= degree && (ndim == 3 || p[0] == 0)).collect()
    }

    fn row(&self, pixels: impl ExactSizeIterator<Item = f64>, mask: Option<&[u8]>) -> RowSums {
        let degree = self.degree as usize;
        let mut sums = RowSums::default();
        let n = pixels.len();
        for (i, v) in pixels.enumerate() {
            if !v.is_finite() || mask.is_some_and(|mask| mask[i] == 0) {
                continue;
            }
            let (x, mut power) = (place(i, n), 1.0);
            for k in 0..=2 * degree {
                sums.0[k] += power;
                if k <= degree {
                    sums.1[k] += power * v;
                }
                power *= x;
            }
        }
        sums
    }

    /// The coefficient of each term, from the sums of every row.
    fn solve(&self, terms: &[[usize; 3]], rows: &[RowSums], [nz, ny, _]: [usize; 3]) -> Vec<f64> {
        let n = terms.len();
        let mut system = vec![vec![0.0; n + 1]; n];
        for (row, (powers, values)) in rows.iter().enumerate() {
            let (z, y) = (place(row / ny, nz), place(row % ny, ny));
            let at = |p: [usize; 3]| z.powi(p[0] as i32) * y.powi(p[1] as i32);
            for (i, a) in terms.iter().enumerate() {
                for (j, b) in terms.iter().enumerate() {
                    system[i][j] += at(*a) * at(*b) * powers[a[2] + b[2]];
                }
                system[i][n] += at(*a) * values[a[2]];
            }
        }
        // Each time the term is solved for of which most is left; one of which nothing is left stays 0.
        let most = (0..n).map(|i| system[i][i]).fold(0.0, f64::max);
        let (mut order, mut left): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..n).collect());
        while let Some(at) = (0..left.len())
            .max_by(|a, b| system[left[*a]][left[*a]].total_cmp(&system[left[*b]][left[*b]]).then(b.cmp(a)))
        {
            let i = left.swap_remove(at);
            if system[i][i] <= 1e-10 * most {
                break;
            }
            let pivot = system[i].clone();
            for (_, row) in system.iter_mut().enumerate().filter(|(j, _)| *j != i) {
                let share = row[i] / pivot[i];
                row.iter_mut().zip(&pivot).for_each(|(v, p)| *v -= share * p);
            }
            order.push(i);
        }
        let mut found = vec![0.0; n];
        order.iter().for_each(|&i| found[i] = system[i][n] / system[i][i]);
        found
    }

    /// The polynomial along x in a row.
    fn along_x(&self, terms: &[[usize; 3]], found: &[f64], row: usize, [nz, ny, _]: [usize; 3]) -> [f64; 5] {
        let (z, y) = (place(row / ny, nz), place(row % ny, ny));
        let mut line = [0.0; 5];
        for (p, c) in terms.iter().zip(found) {
            line[p[2]] += c * z.powi(p[0] as i32) * y.powi(p[1] as i32);
        }
        line
    }
}

fn at(line: &[f64; 5], i: usize, n: usize) -> f64 {
    let x = place(i, n);
    line.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

impl Host for FitPolynomialSurface {
    fn infer(&self, inputs: &Metas, _outputs: &mut [DatumMeta]) -> Result<(), Error> {
        same_shape(inputs, &["image", "mask"])
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
        let (shape, terms) = (image.shape(), self.terms(image.ndim()));
        let nx = shape[2];
        let rows: Vec<RowSums> = each_dtype!(image.pixels(), |pixels| {
            let inside = |i: usize| mask.map(|mask| &mask[i * nx..][..nx]);
            threads::of_chunks(pixels, nx, |i, row| self.row(row.iter().map(|v| v.to_f64()), inside(i)))
        });
        let found = self.solve(&terms, &rows, shape);
        let out = fresh::blocks(
            shape,
            16,
            || (),
            |(), z, top, block| {
                for (y, out) in block.rows(nx).enumerate() {
                    let line = self.along_x(&terms, &found, z * shape[1] + top + y, shape);
                    out.iter_mut().enumerate().for_each(|(i, o)| *o = at(&line, i, nx) as f32);
                }
            },
        );
        Ok(vec![Datum::Volume(image.image(out)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let plain = || {
            let image = inputs.volume("image")?;
            let mask = inputs.optional_volume("mask").map(Volume::mask_slice).transpose()?;
            let (shape, terms, values) = (image.shape(), self.terms(image.ndim()), image.f64s());
            let nx = shape[2];
            let inside = |i: usize| mask.map(|mask| &mask[i * nx..][..nx]);
            let rows = values.chunks(nx).enumerate();
            let rows: Vec<RowSums> = rows.map(|(i, row)| self.row(row.iter().copied(), inside(i))).collect();
            let found = self.solve(&terms, &rows, shape);
            let out = Grid::from(image).map_at(|[z, y, x]| {
                let at = [place(z, shape[0]), place(y, shape[1]), place(x, shape[2])];
                let term = |p: &[usize; 3]| (0..3).map(|a| at[a].powi(p[a] as i32)).product::<f64>();
                terms.iter().zip(&found).map(|(p, c)| c * term(p)).sum()
            });
            Ok(vec![Plain::Image(out)])
        };
        Some(plain())
    }
}
