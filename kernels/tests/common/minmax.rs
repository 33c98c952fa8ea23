use rotifer_kernels::common::minmax::*;
use rotifer_registry::footprint::{Offsets, Run};
use rotifer_registry::*;

fn image(n: usize) -> Vec<f32> {
    (0..n as u64).map(|i| (i * i * 7919 % 1009) as f32 - 500.0).collect()
}

fn grid(pixels: &[f32], shape: [usize; 3]) -> Grid {
    Grid { shape, ndim: 3, data: pixels.iter().map(|v| f64::from(*v)).collect() }
}

/// Boxes on images of several tiles, and larger than the image.
#[test]
fn tiles_of_boxes_meet() {
    let cases = [
        ([1, 150, 600], [0, 4, 7]),
        ([2, 30, 40], [1, 0, 9]),
        ([3, 20, 600], [1, 12, 1]),
        ([1, 9, 7], [0, 20, 30]),
    ];
    for (shape, radius) in cases {
        let pixels = image(shape.iter().product());
        for edge in [Edge::Reflect, Edge::Constant, Edge::Wrap] {
            let footprint = Offsets::of_box(radius);
            let found = erode(&pixels, shape, &footprint, Border { edge, constant: -450.0 });
            let border = Some(Border { edge, constant: -450.0 });
            let expected = erode_plain(&grid(&pixels, shape), &footprint, border);
            let off = found.iter().zip(&expected.data).position(|(a, b)| f64::from(*a) != *b);
            assert_eq!(off, None, "{shape:?} {radius:?} {edge:?}");
        }
    }
}

/// Footprints whose tables take too much memory go row by row.
#[test]
fn rows_one_at_a_time_are_as_tables() {
    let shape = [4, 70, 600];
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape, ndim: 3, spacing: None };
    let pixels = image(meta.len());
    let border = Border { edge: Edge::Mirror, constant: 0.0 };
    for (footprint, radius) in [(Footprint::Ball, 4.0), (Footprint::Diamond, 3.0), (Footprint::Disk, 6.0)] {
        let offsets = footprint.offsets(&PerAxis::All(Length::Pixels(radius)), &meta).expect("offsets");
        let list: Vec<Run> = offsets.runs().collect();
        let tables = runs(&pixels, shape, &list, border, Greatest);
        let rows = runs_by_row(&pixels, shape, &list, offsets.radius, 4, border, Greatest);
        assert_eq!(tables, rows, "{footprint:?}");
    }
}

/// A ball of a radius that tables have no room for.
#[test]
fn large_balls_take_the_least() {
    let shape = [3, 20, 30];
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape, ndim: 3, spacing: None };
    let pixels = image(meta.len());
    let border = Border { edge: Edge::Constant, constant: 7.0 };
    let offsets = Footprint::Ball.offsets(&PerAxis::All(Length::Pixels(60.0)), &meta).expect("offsets");
    // Every pixel reaches all of the image, and beyond it.
    let least = pixels.iter().copied().fold(7.0f32, f32::min);
    assert!(erode(&pixels, shape, &offsets, border).iter().all(|v| *v == least));
}
