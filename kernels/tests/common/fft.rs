use rotifer_kernels::common::fft::*;

fn pixels(shape: [usize; 3]) -> Vec<f64> {
    (0..shape.iter().product()).map(|i: usize| (i * 7919 % 101) as f64 - 50.0).collect()
}

fn spectrum(fft: &RealFft<f64>, image: &[f64]) -> Vec<Complex64> {
    fft.forward(|at, row| row.copy_from_slice(&image[at..at + row.len()]))
}

#[test]
fn the_inverse_of_a_spectrum_is_the_image() {
    for shape in [[1, 1, 1], [1, 5, 9], [1, 40, 33], [3, 7, 8], [6, 1, 5], [5, 12, 20]] {
        let image = pixels(shape);
        for padded in [shape, shape.map(|n| if n == 1 { 1 } else { n + 3 })] {
            let fft = RealFft::new(shape, padded);
            let back = fft.inverse(&spectrum(&fft, &image));
            assert!(back.iter().zip(&image).all(|(a, b)| (a - b).abs() < 1e-10), "{shape:?} {padded:?}");
        }
    }
}

/// Three convolutions in a row against sums over all pixels.
#[test]
fn convolutions_in_a_row_are_sums() {
    for shape in [[1, 6, 9], [1, 33, 20], [3, 5, 4], [5, 18, 7]] {
        let kernel = shape.map(|n| n.min(3));
        let padded = std::array::from_fn(|a| if shape[a] == 1 { 1 } else { shape[a] + kernel[a] - 1 });
        let weights: Vec<f64> = (0..kernel.iter().product()).map(|i: usize| 0.1 * i as f64 - 0.3).collect();
        let index = |p: [usize; 3], s: [usize; 3]| (p[0] * s[1] + p[1]) * s[2] + p[2];
        let places = |s: [usize; 3]| {
            (0..s.iter().product()).map(move |i: usize| [i / s[2] / s[1], i / s[2] % s[1], i % s[2]])
        };
        let mut wide = vec![0.0; padded.iter().product()];
        places(kernel).for_each(|p| wide[index(p, padded)] = weights[index(p, kernel)]);
        let with = spectrum(&RealFft::new(padded, padded), &wide);
        let mut convolver = Convolver::new(shape, padded);
        let mut own = pixels(shape);
        let mut want = own.clone();
        convolver.sweep(Sweep::First, &mut own, |_, row, own| row.copy_from_slice(own));
        for round in 0..3 {
            convolver.convolve(&with);
            let last = if round == 2 { Sweep::Last } else { Sweep::Between };
            convolver.sweep(last, &mut own, |at, row, own| {
                own.copy_from_slice(row);
                row.iter_mut().enumerate().for_each(|(i, v)| *v += (at + i) as f64);
            });
            want = places(shape)
                .map(|p| {
                    let behind = places(kernel).filter(|k| (0..3).all(|a| k[a] <= p[a]));
                    behind
                        .map(|k| {
                            let q = std::array::from_fn(|a| p[a] - k[a]);
                            weights[index(k, kernel)] * want[index(q, shape)]
                        })
                        .sum()
                })
                .collect();
            let near = own.iter().zip(&want).all(|(a, b): (&f64, &f64)| (a - b).abs() < 1e-7);
            assert!(near, "{shape:?} round {round}");
            want.iter_mut().enumerate().for_each(|(i, v)| *v += i as f64);
        }
    }
}
