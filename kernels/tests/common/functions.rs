use rotifer_kernels::common::pixel::functions::*;

fn numbers() -> impl Iterator<Item = f64> {
    let mut state = 1u64;
    let random = std::iter::repeat_with(move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        state >> 11
    });
    random.take(200_000).enumerate().map(|(i, r)| {
        let unit = r as f64 / (1u64 << 53) as f64;
        match i % 4 {
            0 => (unit - 0.5) * 20.0,
            1 => (unit - 0.5) * 1500.0,
            2 => f64::from_bits(r.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            _ => 1.0 + (unit - 0.5) * 1e-3,
        }
    })
}

const SPECIAL: [f64; 22] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.0,
    -2.0,
    0.5,
    -0.5,
    3.0,
    -3.0,
    1.5,
    -1.5,
    1e300,
    -1e300,
    1e-310,
    -1e-310,
    5e-324,
    f64::MAX,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    1024.0,
];

/// Units of the last place between two numbers; 0 where both are NaN.
fn apart(a: f64, b: f64) -> f64 {
    if a == b || a.is_nan() && b.is_nan() {
        return 0.0;
    }
    if !a.is_finite() || !b.is_finite() {
        return f64::INFINITY;
    }
    let unit = (b.abs().next_up() - b.abs()).max(f64::MIN_POSITIVE * f64::EPSILON);
    (a - b).abs() / unit
}

#[test]
fn functions_are_those_of_the_standard_library() {
    type Pair = (&'static str, fn(f64) -> f64, fn(f64) -> f64, f64);
    let pairs: [Pair; 8] = [
        ("exp", exp, f64::exp, 2.0),
        ("ln", ln, f64::ln, 2.0),
        ("log2", log2, f64::log2, 2.5),
        ("exp2", exp2, f64::exp2, 2.0),
        ("round", round, f64::round_ties_even, 0.0),
        ("floor", floor, f64::floor, 0.0),
        ("ceil", ceil, f64::ceil, 0.0),
        ("trunc", trunc, f64::trunc, 0.0),
    ];
    for (name, ours, theirs, allowed) in pairs {
        let mut worst = (0.0, 0.0);
        for x in numbers().chain(SPECIAL) {
            let off = apart(ours(x), theirs(x));
            if off > worst.0 {
                worst = (off, x);
            }
        }
        println!("{name}: {:.3} units at {:e}", worst.0, worst.1);
        assert!(worst.0 <= allowed, "{name}({:e}): {} against {}", worst.1, ours(worst.1), theirs(worst.1));
    }
}

#[test]
fn pow_is_that_of_the_standard_library() {
    for x in SPECIAL {
        for y in SPECIAL {
            let (a, b) = (pow(x, y), x.powf(y));
            // The largest numbers may round to infinity.
            let beyond = a.is_infinite() && b.abs() > f64::MAX / (1.0 + 4e-13);
            let close = apart(a, b) == 0.0
                || (a - b).abs() <= 2e-13 * b.abs()
                || a.abs().max(b.abs()) < 1e-300
                || beyond;
            assert!(
                close && (a.is_nan() || a.is_sign_negative() == b.is_sign_negative()),
                "{x:e}^{y:e}: {a:e} against {b:e}"
            );
        }
    }
    let mut worst: f64 = 0.0;
    for (i, x) in numbers().enumerate() {
        let x = if i % 3 == 0 { x } else { x.abs() };
        let y = ((i % 200) as f64 - 100.0) / 7.0;
        let (a, b) = (pow(x, y), x.powf(y));
        if b.is_finite() && b.abs() > 1e-300 {
            worst = worst.max(((a - b) / b).abs());
        } else {
            assert!(
                apart(a, b) == 0.0 || b.abs() <= 1e-300 && a.abs() <= 1.1e-300,
                "{x:e}^{y}: {a:e} against {b:e}"
            );
        }
    }
    println!("pow: {worst:.2e} of the result");
    assert!(worst < 2e-13, "{worst:e}");
}
