//! Expressions and `kernel: pixel`: text, every way of computing against plain float64, and two steps as one.

use rotifer::registry::expr::fit::{Compared, compare};
use rotifer::registry::expr::{Binary, Dag, Expr, Node, Unary, eval, functions, parse};
use rotifer::registry::*;
use rotifer_kernels::common::pixel::{Compiled, Way};
use rotifer_kernels::common::simd::{Level, set_level};

// Also in docs/operations.md, word for word.
op! {
    /// Makes the noise of photon counts the same at every brightness: 2·√(image/gain + 3/8).
    pub struct Anscombe {
        /// Grey values of one photon.
        gain: f64 = 1.0, range(1e-6, 1e6);
    }
    id: "docs/anscombe", revision: 1, family: Restoration,
    kernel: pixel |image| 2.0 * (image / gain + 0.375).max(0.0).sqrt(),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "Rotifer",
    python: "2 * np.sqrt(np.maximum(f64(image) / gain + 3 / 8, 0))",
    examples: ["gain = 2.5"],
}

/// splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

fn meta(dtype: Dtype, [z, y, x]: [usize; 3]) -> VolumeMeta {
    VolumeMeta { kind: Kind::Image, dtype, shape: [z, y, x], ndim: if z > 1 { 3 } else { 2 }, spacing: None }
}

/// Numbers of a dtype, its ends and near neighbours among them; of float32 also subnormals, NaN and infinities.
fn volume(dtype: Dtype, shape: [usize; 3], random: &mut Random) -> Volume {
    let n: usize = shape.iter().product();
    let (lo, hi) = dtype.range();
    let mut value = |_| match (dtype, random.below(8)) {
        (Dtype::F32, 0) => random.of(&[
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.5,
            2.5,
            1e-40,
            3e38,
            -3e38,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ]),
        (Dtype::F32, 1) => f32::from_bits(random.next() as u32) as f64,
        (Dtype::F32, 2) => random.below(300) as f64,
        (Dtype::F32, _) => (random.unit() - 0.3) * 1000.0,
        (_, 0) => random.of(&[lo, hi, lo + 1.0, hi - 1.0, 0.0, 1.0, 2.0]),
        (_, 1) => (random.below(40) as f64).clamp(lo, hi),
        _ => (lo + (hi - lo) * random.unit()).floor(),
    };
    let pixels: Vec<f64> = (0..n).map(&mut value).collect();
    let meta = meta(dtype, shape);
    match dtype {
        Dtype::U8 => Volume::from_vec(&meta, pixels.iter().map(|v| *v as u8).collect()),
        Dtype::U16 => Volume::from_vec(&meta, pixels.iter().map(|v| *v as u16).collect()),
        Dtype::I16 => Volume::from_vec(&meta, pixels.iter().map(|v| *v as i16).collect()),
        Dtype::U32 => Volume::from_vec(&meta, pixels.iter().map(|v| *v as u32).collect()),
        Dtype::I32 => Volume::from_vec(&meta, pixels.iter().map(|v| *v as i32).collect()),
        Dtype::F32 => Volume::from_vec(&meta, pixels.iter().map(|v| *v as f32).collect()),
    }
    .unwrap()
}

/// A random expression of some inputs. Without `dear` it has only what IEEE 754 gives to the bit.
fn tree(random: &mut Random, ports: &[Dtype], depth: usize, dear: bool) -> Expr {
    if depth == 0 || random.below(8) == 0 {
        return match random.below(6) {
            0 => {
                Expr::from(random.of(&[0.0, 1.0, 2.0, -1.0, 0.5, 0.1, 99.5, 255.0, -0.7, 1e-3, 65536.5, 3e9]))
            }
            1 if random.below(4) == 0 => Expr::position(random.below(3)),
            _ => {
                let index = random.below(ports.len());
                Expr::port(index, ports[index])
            }
        };
    }
    let mut next = || tree(random, ports, depth - 1, dear);
    let (a, b, c) = (next(), next(), next());
    let plain = random.below(24);
    if dear && random.below(6) == 0 {
        return match random.below(8) {
            0 => a.exp(),
            1 => a.ln(),
            2 => a.log2(),
            3 => a.pow(random.of(&[0.5, 2.0, 3.0, -1.0, 0.7, 1.0])),
            4 => a.pow(b),
            5 => a.exp2(),
            6 => a.hypot(b),
            _ => a.sin(),
        };
    }
    match plain {
        0 | 1 => a + b,
        2 | 3 => a - b,
        4 | 5 => a * b,
        6 => a / b,
        7 | 8 => a.min(b),
        9 | 10 => a.max(b),
        11 => a.less(b),
        12 => a.less_equal(b),
        13 => a.equal(b),
        14 => a.not_equal(b),
        15 => a.and(b),
        16 => a.or(b),
        17 => a.select(b, c),
        18 => a.greater(b).select(c, a),
        19 => -a,
        20 => a.abs(),
        21 => a.cast(random.of(&Dtype::ALL)),
        22 => match random.below(6) {
            0 => a.floor(),
            1 => a.ceil(),
            2 => a.round(),
            3 => a.trunc(),
            4 => a.sign(),
            _ => a.sqrt(),
        },
        _ => match random.below(3) {
            0 => a.not(),
            1 => a.is_nan(),
            _ => a.modulo(b),
        },
    }
}

/// The bits of the pixels, every NaN alike and zeros without their sign.
fn bits(volume: &Volume) -> Vec<u64> {
    let plain = |v: &f64| if v.is_nan() { u64::MAX } else { (v + 0.0).to_bits() };
    volume.f64s().iter().map(plain).collect()
}

struct Place<'a> {
    grids: &'a [Grid],
    at: [usize; 3],
}

impl rotifer::registry::expr::At for Place<'_> {
    fn port(&self, index: usize) -> f64 {
        self.grids[index].at(self.at)
    }
    fn position(&self, axis: usize) -> f64 {
        self.at[axis] as f64
    }
}

/// The meaning of an expression: in float64 by the standard library, stored at the end.
fn plainly(expr: &Expr, volumes: &[Volume], out: Dtype) -> Vec<u64> {
    let grids: Vec<Grid> = volumes.iter().map(Grid::from).collect();
    let dag = Dag::new(expr);
    let value = |at| out.quantize(eval(&dag, &Place { grids: &grids, at }));
    let grid = grids[0].map_at(value);
    grid.data.iter().map(|v| if v.is_nan() { u64::MAX } else { (v + 0.0).to_bits() }).collect()
}

const SHAPE: [usize; 3] = [2, 19, 37];

#[test]
fn every_way_of_computing_gives_the_bits_of_plain_float64() {
    let mut random = Random(7);
    let mut taken = std::collections::BTreeMap::new();
    for round in 0..3000 {
        let dtype = random.of(&Dtype::ALL);
        let ports: Vec<Dtype> = match round % 4 {
            0 => vec![dtype],
            1 => vec![dtype, dtype],
            2 => vec![dtype, Dtype::U8],
            _ => vec![dtype, random.of(&Dtype::ALL), Dtype::F32],
        };
        let depth = 1 + random.below(4);
        let expr = tree(&mut random, &ports, depth, false);
        let out = if random.below(2) == 0 { ports[0] } else { random.of(&Dtype::ALL) };
        let volumes: Vec<Volume> = ports.iter().map(|d| volume(*d, SHAPE, &mut random)).collect();
        let given: Vec<Option<&Volume>> = volumes.iter().map(Some).collect();
        let expected = plainly(&expr, &volumes, out);
        let lanes = Dtype::ALL.map(Some).into_iter().chain([None]).map(Way::Lanes);
        for way in lanes.chain([Way::Table]) {
            let Some(compiled) = Compiled::by(&expr, out, way).unwrap() else { continue };
            *taken.entry(format!("{way:?}")).or_insert(0) += 1;
            let found = bits(&compiled.run(&given, &meta(out, SHAPE)).unwrap());
            let wrong = found.iter().zip(&expected).position(|(a, b)| a != b);
            if let Some(i) = wrong {
                let values: Vec<f64> = volumes.iter().map(|v| v.f64s()[i]).collect();
                let [got, want] = [found[i], expected[i]].map(f64::from_bits);
                panic!("{expr} of {ports:?} as {out} by {way:?}: {got} for {want}, of {values:?}");
            }
        }
    }
    println!("{taken:?}");
    // Each way was taken often enough to mean something.
    for way in Dtype::ALL.map(Some).into_iter().chain([None]).map(Way::Lanes).chain([Way::Table]) {
        let count = taken.get(&format!("{way:?}")).copied().unwrap_or(0);
        assert!(count >= 25, "{way:?} was taken {count} times: {taken:?}");
    }
}

#[test]
fn two_steps_as_one_give_the_bits_of_two_steps() {
    let mut random = Random(11);
    let (mut compared, mut ways) = (0, std::collections::BTreeSet::new());
    for _ in 0..1500 {
        let ports = [random.of(&Dtype::ALL), random.of(&[Dtype::U8, Dtype::U16, Dtype::F32])];
        let volumes = ports.map(|d| volume(d, SHAPE, &mut random));
        let given: Vec<Option<&Volume>> = volumes.iter().map(Some).collect();
        // The first step is stored as `between`, the second reads it and the second image.
        let (between, out) = (random.of(&Dtype::ALL), random.of(&Dtype::ALL));
        let depth = 1 + random.below(3);
        let first = tree(&mut random, &ports, depth, true);
        let second = tree(&mut random, &[between, ports[1]], depth, true);
        let stepwise = |level| {
            assert!(set_level(level));
            let n = SHAPE.iter().product();
            let a = Compiled::new(&first, between, n).unwrap();
            let middle = a.run(&given, &meta(between, SHAPE)).unwrap();
            let b = Compiled::new(&second, out, n).unwrap();
            let end = b.run(&[Some(&middle), given[1]], &meta(out, SHAPE)).unwrap();
            let fused = second.after(&[Some(first.clone()), None]);
            let c = Compiled::new(&fused, out, n).unwrap();
            let once = c.run(&given, &meta(out, SHAPE)).unwrap();
            (bits(&end), bits(&once), [a.way(), b.way(), c.way()].map(|w| format!("{w:?}")))
        };
        let at_levels: Vec<_> = Level::available().into_iter().map(stepwise).collect();
        for (two, one, taken) in &at_levels {
            let wrong = two.iter().zip(one).position(|(a, b)| a != b);
            assert!(wrong.is_none(), "{second} after {first} as {between}: {wrong:?} by {taken:?}");
            assert_eq!(two, &at_levels[0].0, "levels differ: {second} after {first}");
            compared += two.len();
            ways.extend(taken.clone());
        }
    }
    assert!(compared > 1_000_000 && ways.len() >= 8, "{compared} pixels by {ways:?}");
}

#[test]
fn dear_functions_are_within_a_unit_of_float32() {
    let mut random = Random(3);
    let image = volume(Dtype::F32, [1, 300, 400], &mut random);
    let port = Expr::port(0, Dtype::F32);
    let expressions = [
        port.exp(),
        port.ln(),
        port.log2(),
        port.exp2(),
        port.abs().pow(0.7),
        port.pow(3.0),
        port.pow(-3.0),
        (&port / 100.0).pow(&port / 50.0),
    ];
    for expr in expressions {
        let expected = plainly(&expr, std::slice::from_ref(&image), Dtype::F32);
        let compiled = Compiled::new(&expr, Dtype::F32, image.len()).unwrap();
        let found = bits(&compiled.run(&[Some(&image)], &meta(Dtype::F32, [1, 300, 400])).unwrap());
        let mut differ = 0;
        for (a, b) in found.iter().zip(&expected).filter(|(a, b)| a != b) {
            let [a, b] = [*a, *b].map(f64::from_bits);
            let unit = ((b as f32).abs().next_up() - (b as f32).abs()) as f64;
            assert!((a - b).abs() <= unit, "{expr}: {a} for {b}");
            differ += 1;
        }
        println!("{expr}: {differ} of {} are the other neighbour", found.len());
        // Of numbers that lie anywhere between two neighbours, one in millions is decided by the last bits of float64.
        assert!(differ <= 2, "{expr}: {differ}");
    }
}

#[test]
fn constants_that_are_compared_are_rounded_the_right_way() {
    let operators = [Binary::Less, Binary::LessEqual, Binary::Equal, Binary::NotEqual];
    let holds = |op, a: f64, b: f64| match op {
        Binary::Less => a < b,
        Binary::LessEqual => a <= b,
        Binary::Equal => a == b,
        _ => a != b,
    };
    let constants = [
        0.1,
        -0.1,
        99.5,
        -0.5,
        255.5,
        300.0,
        -300.0,
        1e-46,
        1e39,
        -1e39,
        16_777_217.0,
        f64::NAN,
        f64::INFINITY,
    ];
    let mut random = Random(5);
    for dtype in Dtype::ALL {
        let numbers = volume(dtype, [1, 40, 50], &mut random).f64s();
        for op in operators {
            for c in constants.into_iter().filter(|c| dtype.quantize(*c) != *c) {
                let near = [
                    c.floor(),
                    c.ceil(),
                    (c as f32) as f64,
                    (c as f32).next_up() as f64,
                    (c as f32).next_down() as f64,
                ];
                for x in numbers.iter().copied().chain(near.into_iter().map(|x| dtype.quantize(x))) {
                    for left in [false, true] {
                        let expected = if left { holds(op, c, x) } else { holds(op, x, c) };
                        let found = match compare(op, c, left, dtype) {
                            Compared::Always(holds) => holds,
                            Compared::With(c) if left => holds(op, c, x),
                            Compared::With(c) => holds(op, x, c),
                        };
                        assert!(expected == found || x.is_nan(), "{op:?} {c} {x} {dtype} left={left}");
                    }
                }
            }
        }
    }
}

// Text

fn names() -> Vec<&'static str> {
    vec!["a", "b", "t.threshold", "flat field", "area"]
}

fn value(text: &str) -> f64 {
    let expr = parse(text, &names()).unwrap_or_else(|e| panic!("{text}: {e}"));
    let known = |name: &str| match name {
        "a" => Some(3.0),
        "b" => Some(-2.0),
        "t.threshold" => Some(100.0),
        "flat field" => Some(0.5),
        "area" => Some(60.0),
        _ => None,
    };
    eval(&Dag::new(&expr.bind(known)), &[0.0f64][..])
}

#[test]
fn text_means_what_it_says() {
    let pairs = [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("2 - 3 - 4", -5.0),
        ("8 / 4 / 2", 1.0),
        ("-2 ^ 2", -4.0),
        ("(-2) ^ 2", 4.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("2 ** -1", 0.5),
        ("- -3", 3.0),
        ("-7 % 3", 2.0),
        (" = clamp(0.9 * t.threshold, 40, 80)", 80.0),
        ("`flat field` + 'flat field' + \"flat field\"", 1.5),
        ("area > 50 and not a < 1", 1.0),
        ("not area > 50 or b == -2", 1.0),
        ("1 < a <= 3", 1.0),
        ("3 > a >= 3", 0.0),
        ("a != 3", 0.0),
        ("1e3 + 1.5e-1 + .5", 1000.65),
        ("min(a, b, 7)", -2.0),
        ("max(a, b, 7)", 7.0),
        ("select(b < 0, a, 0)", 3.0),
        ("uint8(300.5) + uint8(-1) + uint8(2.5)", 257.0),
        ("sqrt(square(a)) + abs(b)", 5.0),
        ("ln(exp(1)) + log10(100) + log2(8)", 6.0),
        ("is_nan(nan) + is_nan(inf)", 1.0),
        ("round(2.5) + floor(-0.5) + ceil(0.2) + trunc(-1.7) + sign(b)", 0.0),
        ("true and false", 0.0),
        ("cos(pi) + atan2(0, 1) + hypot(3, 4)", 4.0),
    ];
    for (text, expected) in pairs {
        let found = value(text);
        assert!((found - expected).abs() < 1e-12, "{text} is {found}, not {expected}");
        let expr = parse(text, &names()).unwrap();
        let printed = expr.to_string();
        let again = parse(&printed, &names()).unwrap_or_else(|e| panic!("{printed}: {e}"));
        assert_eq!(again, expr, "{text} is printed as {printed}");
    }
}

#[test]
fn printed_expressions_are_read_as_what_they_were() {
    let mut random = Random(13);
    for _ in 0..2000 {
        let depth = random.below(5);
        let expr = tree(&mut random, &[Dtype::F32, Dtype::F32], depth, true).replace(|leaf| match leaf {
            Node::Port { index, .. } => Some(Expr::number(["a", "flat field"][*index])),
            Node::Position(_) => Some(Expr::number("t.threshold")),
            _ => None,
        });
        let text = expr.to_string();
        let again = parse(&text, &names()).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(again, expr, "{text}");
    }
}

#[test]
fn mistakes_in_text_are_shown_where_they_are() {
    let cases = [
        ("", Code::Syntax, 1, "empty"),
        ("1 +", Code::Syntax, 4, "operand is missing"),
        ("1 2", Code::Syntax, 3, "operator is missing"),
        ("(1 + 2", Code::Syntax, 7, "`)` is missing"),
        ("1 + 2)", Code::Syntax, 6, "no parenthesis is open"),
        ("a && b", Code::Syntax, 3, "`&&` is no operator"),
        ("a = 3", Code::Syntax, 3, "`=` is no comparison"),
        ("!a", Code::Syntax, 1, "`!` is no operator"),
        ("2a", Code::Syntax, 1, "followed by a letter"),
        ("1.2.3", Code::Syntax, 1, "no number"),
        ("a + #", Code::Syntax, 5, "no meaning"),
        ("`flat", Code::Syntax, 1, "not closed"),
        ("1 + ü * threshold", Code::UnknownInput, 5, "`ü`"),
        ("a + t.treshold", Code::UnknownInput, 5, "no value is named `t.treshold`"),
        ("1 + sqrtt(a)", Code::Syntax, 5, "no function is named `sqrtt`"),
        ("sqrt + 1", Code::UnknownInput, 1, "`sqrt`"),
        ("clamp(a, 1)", Code::InputCount, 1, "three operands"),
        ("min(a)", Code::InputCount, 1, "two operands or more"),
        ("a and", Code::Syntax, 6, "operand is missing"),
        ("and a", Code::Syntax, 1, "operand is missing"),
        ("a < ", Code::Syntax, 5, "operand is missing"),
    ];
    for (text, code, character, message) in cases {
        let error = parse(text, &names()).expect_err(text);
        assert_eq!(error.code, code, "{text}: {error}");
        assert!(error.message.contains(message), "{text}: {error}");
        assert!(error.message.contains(&format!("at character {character} ")), "{text}: {error}");
    }
    let help = |text| parse(text, &names()).unwrap_err().help.unwrap_or_default();
    assert!(help("t.treshold > 3").contains("t.threshold"), "{}", help("t.treshold > 3"));
    assert!(help("sqrtt(a)").contains("sqrt"));
    assert!(help("a && b").contains("`and`"));
    assert!(help("a = 3").contains("`==`"));
    // However long or deep, a text is refused or read, and never overflows the stack.
    for text in [
        "(".repeat(4000),
        "-".repeat(4000) + "1",
        "not ".repeat(1000) + "a",
        "2^".repeat(2000) + "2",
        "1+".repeat(2000) + "1",
    ] {
        if let Ok(expr) = parse(&text, &names()) {
            let _ = expr.to_string();
        }
    }
    assert_eq!(parse(&"1+".repeat(3000), &names()).unwrap_err().code, Code::Syntax);
}

#[test]
fn every_function_is_read_and_printed() {
    let mut read = std::collections::BTreeSet::new();
    for name in functions() {
        let calls = [format!("{name}(a)"), format!("{name}(a, b)"), format!("{name}(a, b, 1)")];
        let expr =
            calls.iter().find_map(|text| parse(text, &names()).ok()).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(parse(&expr.to_string(), &names()).unwrap(), expr, "{name}");
        if let Node::Unary(op, _) = expr.node() {
            read.insert(format!("{op:?}"));
        }
    }
    // All of `Unary` but the two that are operators.
    assert_eq!(read.len(), 25, "{read:?}");
    assert_eq!(format!("{}", parse("not -a", &names()).unwrap()), "not -a");
    assert!(matches!(parse("-a", &names()).unwrap().node(), Node::Unary(Unary::Neg, _)));
}

// Operations

#[test]
fn the_operation_of_the_documentation_runs() {
    let source = include_str!("pixel.rs").replace("\r\n", "\n");
    let page = include_str!("../docs/operations.md").replace("\r\n", "\n");
    let declaration: String = page
        .lines()
        .skip_while(|l| !l.starts_with("    op! {"))
        .take_while(|l| l.is_empty() || l.starts_with("    "))
        .map(|l| format!("{}\n", l.strip_prefix("    ").unwrap_or(l)))
        .collect();
    assert!(
        declaration.lines().count() > 10 && source.contains(declaration.trim_end()),
        "docs/operations.md shows\n{declaration}"
    );

    let entry = find("docs/anscombe").expect("it is registered by standing here");
    assert!(entry.spec.device);
    let image = Volume::from_vec(&meta(Dtype::U16, [1, 2, 2]), vec![0u16, 10, 100, 60000]).unwrap();
    let op = entry.build(&[("gain".to_string(), Value::Float(2.5))].into_iter().collect()).unwrap();
    assert!(op.pixel().is_some());
    let data = [Some(Datum::Volume(image))];
    let out = op.run(&Inputs::new(entry.spec.inputs, &data)).unwrap();
    let Datum::Volume(out) = &out[0] else { panic!("{out:?}") };
    for (found, counts) in out.f64s().iter().zip([0.0, 10.0, 100.0, 60000.0]) {
        assert_eq!(*found, (2.0 * (counts / 2.5 + 0.375f64).sqrt()) as f32 as f64);
    }
}

#[test]
fn an_input_that_is_absent_is_the_argument_it_names() {
    let ports = find("subtract").unwrap().spec.inputs;
    assert_eq!((ports[1].name, ports[1].optional, ports[1].fallback), ("other", true, Some("value")));
    for entry in entries() {
        for port in entry.spec.inputs.iter().filter(|p| p.fallback.is_some()) {
            assert!(entry.spec.param(port.fallback.unwrap()).is_some(), "{}: {port:?}", entry.spec.id);
        }
    }
}

#[test]
fn mistakes_in_a_pixel_expression_are_mistakes_of_its_argument() {
    let entry = find("pixel_expression").unwrap();
    let build = |text: &str| {
        entry.build(&[("expression".to_string(), Value::Text(text.into()))].into_iter().collect())
    };
    let errors = build("imag * 2").err().expect("no such input");
    assert_eq!((errors[0].code, errors[0].argument.as_deref()), (Code::UnknownInput, Some("expression")));
    assert!(errors[0].help.as_ref().unwrap().contains("image"), "{}", errors[0]);
    // An input that is needed and absent is refused before any pixel.
    let op = build("image - other").unwrap();
    let metas = [Some(DatumMeta::Volume(meta(Dtype::U8, SHAPE))), None, None];
    let error = op.infer(&Metas::new(entry.spec.inputs, &metas), &mut []).unwrap_err();
    assert_eq!(error.code, Code::InputCount, "{error}");
    // A tile does not know its place.
    let reach = |text| build(text).unwrap().reach(&Metas::new(entry.spec.inputs, &metas)).unwrap();
    assert_eq!((reach("image + 1"), reach("image + x")), (Reach::Point, Reach::Whole));
}
