use rotifer_kernels::common::fresh::*;

#[test]
fn every_pixel_is_handed_out_once() {
    for (shape, rows) in [([1, 1, 1], 1), ([3, 7, 5], 2), ([2, 4, 3], 100), ([0, 3, 3], 4), ([2, 0, 3], 1)] {
        let image = blocks(
            shape,
            rows,
            || (),
            |(), z, y, block: Fresh<u32>| {
                for (i, row) in block.rows(shape[2]).enumerate() {
                    assert!(row.iter().all(|v| *v == 0));
                    for (x, v) in row.iter_mut().enumerate() {
                        *v += 1 + ((z * shape[1] + y + i) * shape[2] + x) as u32;
                    }
                }
            },
        );
        let n = shape.iter().product::<usize>() as u32;
        assert_eq!(image, (1..=n).collect::<Vec<_>>());
    }
}

#[test]
#[should_panic(expected = "every pixel of an output is handed out")]
fn what_is_left_over_is_noticed() {
    fresh(3, |mut pixels: Fresh<u8>| pixels.row(2).fill(1));
}
