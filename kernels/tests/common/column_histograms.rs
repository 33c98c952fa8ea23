use rotifer_kernels::common::column_histograms::*;
use rotifer_kernels::common::rank::reference;
use rotifer_kernels::common::rows::Extended;
use rotifer_registry::footprint::Offsets;
use rotifer_registry::*;

fn noise(n: usize) -> impl Iterator<Item = u32> {
    let mut state = 1u32;
    let next = move || {
        state = state.wrapping_mul(1664525).wrapping_add(1013904223);
        state >> 8
    };
    std::iter::repeat_with(next).take(n)
}

fn expected<T: Element>(pixels: &[T], shape: [usize; 3], radius: [usize; 3]) -> Vec<f64>
where
    rotifer_registry::Pixels: From<ndarray::Array3<T>>,
{
    let meta = VolumeMeta { kind: Kind::Image, dtype: T::DTYPE, shape, ndim: 3, spacing: None };
    let image = Volume::from_vec(&meta, pixels.to_vec()).expect("an image");
    reference(&Grid::from(&image), &Offsets::of_box(radius), Edge::Mirror, 0.0).data
}

/// Tiles that meet, planes, and more pixels than 16 bits count.
#[test]
fn bytes_are_as_sorted() {
    for (shape, radius) in
        [([2, 150, 2 * STRIP + 70], [0, 3, 6]), ([3, 9, 8], [1, 2, 3]), ([1, 7, 9], [0, 129, 128])]
    {
        let pixels: Vec<u8> = noise(shape.iter().product()).map(|v| (v >> 16) as u8).collect();
        let image = Extended { pixels: &pixels, shape, edge: Edge::Mirror, constant: 0.0 };
        let rank = Offsets::of_box(radius).len() / 2;
        let found: Vec<f64> = of_bytes(&image, radius, rank).into_iter().map(f64::from).collect();
        assert_eq!(found, expected(&pixels, shape, radius), "{shape:?} {radius:?}");
    }
}

/// Every value once, values that many pixels share beside rare ones, few values, one value.
#[test]
fn words_are_as_sorted() {
    let kinds: [fn(u32) -> u16; 5] = [
        |v| (v >> 8) as u16,
        |v| if v % 3 == 0 { (v >> 8) as u16 } else { 1000 + (v >> 12) as u16 % 3 },
        |v| 30_000 + (v >> 8) as u16 % 700,
        |v| (v >> 22) as u16 * 21_845,
        |_| 65_535,
    ];
    let sizes = [([2, 90, STRIP + 40], [0, 6, 5]), ([3, 30, 20], [1, 4, 3]), ([1, 7, 9], [0, 129, 128])];
    for (shape, radius) in sizes {
        for (kind, value) in kinds.iter().enumerate() {
            let pixels: Vec<u16> = noise(shape.iter().product()).map(value).collect();
            let image = Extended { pixels: &pixels, shape, edge: Edge::Mirror, constant: 0.0 };
            let rank = Offsets::of_box(radius).len() / 2;
            let found = of_words(&image, radius, rank, |v| v, |v| v);
            let found: Vec<f64> = found.into_iter().map(f64::from).collect();
            assert_eq!(found, expected(&pixels, shape, radius), "{shape:?} {radius:?} {kind}");
        }
    }
}
