use rotifer_kernels::common::linear::*;
use rotifer_kernels::common::simd::{Level, level, set_level};

fn line(seed: u64, scale: f64) -> Line {
    let mut state = seed;
    let mut unit = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    Line {
        start: std::array::from_fn(|_| (unit() * 60.0 - 15.0) * scale),
        step: std::array::from_fn(|_| (unit() * 3.0 - 1.5) * scale),
    }
}

/// Ranges are those that looking at every pixel gives, places on the border and far ones too.
#[test]
fn ranges_are_those_of_every_place() {
    let shape = [7, 23, 31];
    for seed in 0..400u64 {
        let mut line = line(seed, [1.0, 1e-3, 1e17][seed as usize % 3]);
        if seed.is_multiple_of(4) {
            (line.start, line.step) = ([0.0, 0.95 * 4.0, 1.03 * 4.0], [0.0, -0.2, 0.22]);
        }
        if seed.is_multiple_of(5) {
            line.step[seed as usize % 3] = 0.0;
        }
        let fits = |x: usize, strict: bool| {
            (0..3).all(|a| {
                let (at, last) = (line.at(x)[a], (shape[a] - 1) as f64);
                at >= 0.0 && if strict { at < last } else { at <= last }
            })
        };
        for (strict, got) in [(false, line.within(shape, 90)), (true, line.inside(shape, 90))] {
            let all: Vec<usize> = (0..90).filter(|x| fits(*x, strict)).collect();
            assert_eq!(got.collect::<Vec<_>>(), all, "{line:?}");
        }
    }
}

/// Every level gives the same bits, whatever the number of pixels.
#[test]
fn levels_give_the_same_bits() {
    let best = level();
    let mut compared = 0;
    for shape in [[1, 29, 37], [6, 19, 27]] {
        let pixels: Vec<f32> =
            (0..shape.iter().product()).map(|i: usize| (i * 7919 % 1009) as f32 * 0.37 - 55.0).collect();
        for seed in 0..60 {
            let mut line = line(seed, 1.0);
            if shape[0] == 1 {
                (line.start[0], line.step[0]) = (0.0, 0.0);
            }
            let range = line.inside(shape, 64);
            let got = |level: Level| {
                assert!(set_level(level));
                let mut out = vec![f32::NAN; range.len()];
                read(&pixels, shape, &line, range.start, &mut out);
                assert!(!has_nan(&out));
                out.into_iter().map(f32::to_bits).collect::<Vec<u32>>()
            };
            let all: Vec<Vec<u32>> = Level::available().into_iter().map(got).collect();
            assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{line:?}");
            compared += range.len();
        }
    }
    set_level(best);
    assert!(compared > 500);
}
