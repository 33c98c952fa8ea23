use rotifer_kernels::common::rows::Extended;
use rotifer_kernels::common::window_mean::*;
use rotifer_registry::footprint::Offsets;
use rotifer_registry::*;

/// Marks of no data and infinities are in the means of the windows that hold them, and nowhere else; tiles meet.
#[test]
fn what_leaves_a_window_leaves_no_trace() {
    let boxes = [
        ([1, 150, 700], [0, 3, 4]),
        ([9, 40, 30], [2, 1, 3]),
        ([1, 9, 8], [0, 20, 11]),
        ([1, 300, 600], [0, 0, 14]),
    ];
    let mut cases: Vec<_> = boxes.map(|(shape, radius)| (shape, Offsets::of_box(radius))).into();
    for (footprint, shape) in [(Footprint::Disk, [1, 60, 90]), (Footprint::Ball, [7, 30, 40])] {
        let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape, ndim: 3, spacing: None };
        let radius = PerAxis::All(Length::Pixels(3.0));
        cases.push((shape, footprint.offsets(&radius, &meta).expect("offsets")));
    }
    for (shape, offsets) in cases {
        let n: usize = shape.iter().product();
        let mut pixels: Vec<f32> = (0..n as u64).map(|i| (i * i * 7919 % 1009) as f32 * 0.37).collect();
        for (part, mark) in [(3, f32::MIN), (5, 3e38), (7, f32::INFINITY), (11, f32::NAN)] {
            pixels[n / part] = mark;
        }
        for edge in [Edge::Reflect, Edge::Constant] {
            let found = mean(&Extended { pixels: &pixels, shape, edge, constant: -5.5 }, &offsets);
            let grid = Grid { shape, ndim: 3, data: pixels.iter().map(|v| f64::from(*v)).collect() };
            let expected = reference(&grid, &offsets, edge, -5.5);
            let off = found.iter().zip(&expected.data).position(|(a, b)| {
                let a = f64::from(*a);
                let near = (a - b).abs() <= 1e-6 * b.abs().max(100.0);
                !(near || a == *b || a.is_nan() && b.is_nan())
            });
            assert_eq!(off, None, "{shape:?} {offsets:?} {edge:?}");
        }
    }
}

/// Whole numbers of 16 bits are summed as such where that fits.
#[test]
fn whole_numbers_have_the_sums_of_float64() {
    for radius in [[0, 2, 3], [0, 90, 90], [0, 91, 90]] {
        let shape = [1, 130, 150];
        let pixels: Vec<u16> = (0..19_500u64).map(|i| 65_535 - (i * i * 7919 % 409) as u16).collect();
        let floats: Vec<f32> = pixels.iter().map(|v| f32::from(*v)).collect();
        let offsets = Offsets::of_box(radius);
        let whole = Extended { pixels: &pixels, shape, edge: Edge::Wrap, constant: 0.0 };
        let float = Extended { pixels: &floats, shape, edge: Edge::Wrap, constant: 0.0 };
        assert_eq!(mean(&whole, &offsets), mean(&float, &offsets), "{radius:?}");
    }
}
