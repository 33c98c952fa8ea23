use rotifer_kernels::common::rows::Extended;
use rotifer_kernels::common::separable::*;
use rotifer_registry::{Edge, Grid};

/// Images of several tiles, windows beyond the border, each border.
#[test]
fn tiles_meet() {
    let triangle = |n: usize| -> Vec<f32> {
        let half = n / 2 + 1;
        (0..n).map(|i| half.abs_diff(i.abs_diff(n / 2)) as f32 / (half * half) as f32).collect()
    };
    let cases = [
        ([1, 40, 1300], [0, 201, 11]),
        ([3, 70, 90], [5, 3, 0]),
        ([1, 90, 530], [0, 0, 401]),
        ([2, 5, 4], [9, 21, 13]),
    ];
    for (shape, lengths) in cases {
        let n: usize = shape.iter().product();
        let pixels: Vec<u16> = (0..n as u64).map(|i| (i * i * 7919 % 65_521) as u16).collect();
        let weights = lengths.map(|n| if n == 0 { Vec::new() } else { triangle(n) });
        for edge in [Edge::Reflect, Edge::Nearest, Edge::Constant, Edge::Mirror, Edge::Wrap] {
            let image = Extended { pixels: &pixels, shape, edge, constant: 300.0 };
            let found = correlate(image, &weights);
            let mut grid = Grid { shape, ndim: 3, data: pixels.iter().map(|v| f64::from(*v)).collect() };
            for (axis, weights) in weights.iter().enumerate().filter(|(_, w)| !w.is_empty()) {
                let weights: Vec<f64> = weights.iter().map(|w| f64::from(*w)).collect();
                grid = grid.correlate_axis(axis, &weights, edge, 300.0);
            }
            let off = found.iter().zip(&grid.data).position(|(a, b)| (f64::from(*a) - b).abs() > 0.2);
            assert_eq!(off, None, "{shape:?} {lengths:?} {edge:?}");
            let exact = weights.each_ref().map(|of| of.iter().map(|w| f64::from(*w)).collect());
            let difference = correlate_difference(image, &exact, &[Vec::new(), Vec::new(), vec![1.0]]);
            let expected = grid.data.iter().zip(&pixels).map(|(a, v)| a - f64::from(*v));
            let off = difference.iter().zip(expected).position(|(a, b)| (f64::from(*a) - b).abs() > 0.01);
            assert_eq!(off, None, "less the image, {shape:?} {lengths:?} {edge:?}");
        }
    }
}
