//! Operations of several inputs on cases whose answer is known by construction: tracks, tiles, barcodes, mixed channels.

use rotifer::execute::{On, Options, apply};
use rotifer::registry::{Args, Datum, Dtype, Frames, Kind, Table, Value, Values, Volume, VolumeMeta, get};

fn outputs(op: &str, args: &[(&str, Value)], inputs: Vec<Option<Datum>>) -> Vec<Datum> {
    let args: Args = args.iter().map(|(n, v)| (n.to_string(), v.clone())).collect();
    let inputs: Vec<Option<Frames>> = inputs.into_iter().map(|d| d.map(Frames::from)).collect();
    let options = Options { on: On::Cpu, ..Options::default() };
    let (outputs, _) =
        apply(get(op).unwrap(), &args, &inputs, &options).unwrap_or_else(|e| panic!("{op}: {e}"));
    outputs.into_iter().map(|frames| frames.at(0, 0).clone()).collect()
}

fn table(op: &str, args: &[(&str, Value)], inputs: Vec<Option<Datum>>) -> Table {
    match outputs(op, args, inputs).remove(0) {
        Datum::Table(table) => table,
        other => panic!("{op}: {other:?}"),
    }
}

fn numbers(table: &Table, column: &str) -> Vec<f64> {
    table.column(column).unwrap_or_else(|| panic!("{column}")).to_f64().unwrap()
}

fn points(rows: &[[f64; 3]]) -> Datum {
    let column = |i: usize| Values::Float(rows.iter().map(|r| r[i]).collect());
    let names = ["t", "y", "x"].iter().enumerate();
    Datum::Table(names.fold(Table::new(), |t, (i, name)| t.with(name, column(i)).unwrap()))
}

fn image(shape: [usize; 3], value: impl Fn([usize; 3]) -> f32) -> Volume {
    let ndim = if shape[0] > 1 { 3 } else { 2 };
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape, ndim, spacing: None };
    let at = |i: usize| [i / shape[2] / shape[1], i / shape[2] % shape[1], i % shape[2]];
    Volume::from_vec(&meta, (0..shape.iter().product()).map(|i| value(at(i))).collect::<Vec<f32>>()).unwrap()
}

/// A cell that divides, one that is missed once, and one that ends in another.
#[test]
fn divisions_gaps_and_merges() {
    let rows = [
        [0.0, 10.0, 10.0], // a
        [0.0, 50.0, 50.0], // b
        [0.0, 90.0, 90.0], // c
        [0.0, 94.0, 90.0], // d, beside c
        [1.0, 11.0, 10.0], // a
        [1.0, 13.0, 12.0], // the daughter of a
        [1.0, 91.0, 90.0], // c and d together: nearer to c
        [2.0, 11.0, 11.0], // a
        [2.0, 13.0, 13.0], // the daughter
        [2.0, 51.0, 50.0], // b again, after a gap
        [2.0, 91.0, 91.0], // c
    ];
    let args =
        [("max_distance", 6.into()), ("gap", 1.into()), ("divisions", true.into()), ("merges", true.into())];
    for assignment in ["greedy", "optimal"] {
        let args = [&args[..], &[("assignment", assignment.into())]].concat();
        let tracks = table("track_objects", &args, vec![Some(points(&rows))]);
        assert_eq!(numbers(&tracks, "track"), [1.0, 2.0, 3.0, 4.0, 1.0, 5.0, 3.0, 1.0, 5.0, 2.0, 3.0]);
        assert_eq!(numbers(&tracks, "parent"), [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        // d goes on in c; b, which is only missed, in none.
        assert_eq!(numbers(&tracks, "merged_into"), [0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(numbers(&tracks, "missed")[9], 1.0);
        assert_eq!(numbers(&tracks, "missed").iter().sum::<f64>(), 1.0);
        assert_eq!(numbers(&tracks, "lifetime"), [1.0, 1.0, 1.0, 1.0, 2.0, 1.0, 2.0, 3.0, 2.0, 2.0, 3.0]);
    }
}

/// Two points that move by 3: greedy takes the pair at 1 first and leaves one at 7; the least sum of squares does not.
#[test]
fn the_optimal_assignment_is_not_greedy() {
    let rows = [[0.0, 0.0, 0.0], [0.0, 0.0, 4.0], [1.0, 0.0, 3.0], [1.0, 0.0, 7.0]];
    let tracks = |assignment: &str| {
        let args = [("max_distance", 8.into()), ("assignment", assignment.into())];
        numbers(&table("track_objects", &args, vec![Some(points(&rows))]), "track")
    };
    assert_eq!(tracks("greedy"), [1.0, 2.0, 2.0, 1.0]);
    assert_eq!(tracks("optimal"), [1.0, 2.0, 1.0, 2.0]);
}

/// Points that stay but for what the stage does.
#[test]
fn drift_is_found_and_removed() {
    let (mut rows, moved) = (Vec::new(), [[0.0, 0.0], [2.0, -1.0], [2.5, -3.0], [6.0, -3.5]]);
    for (t, [dy, dx]) in moved.iter().enumerate() {
        rows.extend((0..5).map(|i| [t as f64, 40.0 * i as f64 + dy, 7.0 * i as f64 + dx]));
    }
    let tracks = table("track_objects", &[("remove_drift", true.into())], vec![Some(points(&rows))]);
    let near = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-9);
    assert!(near(numbers(&tracks, "drift_y"), (0..20).map(|i| moved[i / 5][0]).collect()));
    assert!(near(numbers(&tracks, "drift_x"), (0..20).map(|i| moved[i / 5][1]).collect()));
    assert!(near(numbers(&tracks, "y"), (0..20).map(|i| 40.0 * (i % 5) as f64).collect()));
    assert!(near(numbers(&tracks, "integrated_distance"), vec![0.0; 20]));
}

/// An image that is cut into overlapping tiles, each a few pixels off the grid, is found and put together again.
#[test]
fn tiles_are_found_and_put_together() {
    // Of 60 × 60 pixels with 20 in common; tile (row, column) of a snake lies here.
    let places = [[2, 1], [0, 42], [3, 80], [43, 83], [41, 40], [40, 0]];
    let whole = |y: usize, x: usize| {
        let (y, x) = (y as f32, x as f32);
        (y * 0.37).sin() * 40.0
            + (x * 0.23 + y * 0.11).cos() * 30.0
            + ((x * 1.7 + y * 2.3).sin() * 20.0).round()
    };
    let tiles = image([6, 60, 60], |[z, y, x]| whole(places[z][0] + y, places[z][1] + x));
    let args = [("columns", 3.into()), ("order", "snake".into()), ("overlap", Value::Float(1.0 / 3.0))];
    let found = outputs(
        "tile_positions",
        &[&args[..], &[("reach", 6.into())]].concat(),
        vec![Some(Datum::Volume(tiles.clone()))],
    );
    let Datum::Table(positions) = &found[0] else { panic!("{found:?}") };
    let near = |a: &[f64], b: Vec<usize>| a.iter().zip(&b).all(|(a, b)| (a - *b as f64).abs() < 1e-6);
    assert!(near(&numbers(positions, "y"), places.iter().map(|p| p[0]).collect()), "{positions:?}");
    assert!(near(&numbers(positions, "x"), places.iter().map(|p| p[1]).collect()), "{positions:?}");
    let Datum::Table(pairs) = &found[1] else { panic!("{found:?}") };
    assert_eq!(pairs.rows(), 7);
    assert!(numbers(pairs, "correlation").iter().all(|r| *r > 0.9999));
    for blending in ["linear", "mean", "maximum", "first"] {
        let args = [&args[..], &[("blending", blending.into())]].concat();
        let inputs = vec![Some(Datum::Volume(tiles.clone())), Some(Datum::Table(positions.clone()))];
        let Datum::Volume(put) = outputs("assemble_tiles", &args, inputs).remove(0) else {
            panic!("no image")
        };
        assert_eq!(put.shape(), [1, 100, 140]);
        let values = put.f32s();
        // In the middle of all, every pixel has a tile.
        for (y, x) in (5..98).flat_map(|y| (5..138).map(move |x| (y, x))) {
            let (is, was) = (values[y * 140 + x], whole(y, x));
            assert!((is - was).abs() < 1e-3, "{blending} {y} {x}: {is} against {was}");
        }
    }
}

#[test]
fn barcodes_are_read_and_matched() {
    // Two cycles of G and T.
    let cycles = [[1.0, 9.0, 3.0, 2.0], [8.0, 2.0, 1.0, 6.0], [5.0, 5.0, f64::NAN, f64::NAN]];
    let column = |i: usize| Values::Float(cycles.iter().map(|r| r[i]).collect());
    let spots = ["g1", "t1", "g2", "t2"].iter().enumerate();
    let spots = spots.fold(Table::new(), |t, (i, name)| t.with(name, column(i)).unwrap());
    let texts = |all: &[&str]| Values::Text(all.iter().map(|t| t.to_string()).collect());
    let library = Table::new().with("name", texts(&["one", "two"])).unwrap();
    let library = library.with("barcode", texts(&["GG", "TG"])).unwrap();
    let args = [("columns", "g1, t1, g2, t2".into()), ("letters", "GT".into())];
    let called = table("call_barcodes", &args, vec![Some(Datum::Table(spots)), Some(Datum::Table(library))]);
    assert_eq!(called.column("barcode_called"), Some(&texts(&["TG", "GT", "GN"])));
    assert_eq!(called.column("matched_name"), Some(&texts(&["two", "one", "one"])));
    assert_eq!(numbers(&called, "matched_score"), [1.0, 0.5, 0.5]);
}

/// Light that leaks by known shares is taken out again.
#[test]
fn leaking_light_is_taken_out() {
    let own = |channel: usize| {
        image(
            [1, 20, 20],
            move |[_, y, x]| if (y / 5 + x / 5) % 2 == channel { 50.0 + x as f32 } else { 0.0 },
        )
    };
    let (a, b) = (own(0), own(1));
    let mixed = |of: [f32; 2]| {
        image([1, 20, 20], |[_, y, x]| of[0] * a.f32s()[y * 20 + x] + of[1] * b.f32s()[y * 20 + x])
    };
    let (first, second) = (mixed([0.8, 0.3]), mixed([0.2, 0.7]));
    let out = outputs(
        "compensate_channels",
        &[],
        vec![Some(Datum::Volume(first)), Some(Datum::Volume(second)), None, None, None],
    );
    for (out, was) in out.iter().zip([&a, &b]) {
        let Datum::Volume(out) = out else { panic!("no image") };
        let far = out.f32s().iter().zip(was.f32s().iter()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(far < 1e-3, "{far}");
    }
}

/// Illumination that falls off towards the corners, under many images of bright things on a dim ground.
#[test]
fn illumination_is_estimated() {
    let light = |y: usize, x: usize| 1.0 - 0.00025 * ((y as f32 - 20.0).powi(2) + (x as f32 - 28.0).powi(2));
    let things = |z: usize, y: usize, x: usize| {
        let bright = |k: usize| {
            let (cy, cx) = ((z * 37 + k * 23) % 40, (z * 53 + k * 31) % 48);
            y.abs_diff(cy).pow(2) + x.abs_diff(cx).pow(2) < 20
        };
        100.0
            + if (0..3).any(bright) { 200.0 } else { 0.0 }
            + ((z * 7919 + y * 104_729 + x * 1_299_709) % 11) as f32
    };
    let stack = image([24, 40, 48], |[z, y, x]| things(z, y, x) * light(y, x));
    let Datum::Volume(flat) = outputs("basic_flatfield", &[], vec![Some(Datum::Volume(stack))]).remove(0)
    else {
        panic!("no image")
    };
    assert_eq!((flat.shape(), flat.ndim()), ([1, 40, 48], 2));
    let mean = (0..40 * 48).map(|i| light(i / 48, i % 48)).sum::<f32>() / 1920.0;
    let values = flat.f32s();
    let off = (0..40 * 48).map(|i| (values[i] - light(i / 48, i % 48) / mean).abs()).fold(0.0, f32::max);
    assert!(off < 0.05, "{off}");
}

/// Bright and dark pixels that a few strokes mark are told apart.
#[test]
fn pixels_are_classified_as_marked() {
    let bright = |y: usize, x: usize| (y / 8 + x / 8) % 2 == 1;
    let picture = image(
        [1, 48, 48],
        |[_, y, x]| if bright(y, x) { 100.0 } else { 20.0 } + ((y * 31 + x * 17) % 13) as f32,
    );
    let marks =
        picture
            .labels(
                (0..48 * 48)
                    .map(|i| {
                        if i / 48 % 8 == 3 && i / 48 < 24 { 1 + 6 * bright(i / 48, i % 48) as u32 } else { 0 }
                    })
                    .collect(),
            )
            .unwrap();
    let inputs =
        vec![Some(Datum::Volume(picture.clone())), Some(Datum::Volume(picture)), Some(Datum::Volume(marks))];
    let out = outputs("pixel_classifier", &[], inputs);
    let Datum::Volume(classes) = &out[0] else { panic!("no labels") };
    let wrong = classes.label_slice().unwrap().iter().enumerate();
    let wrong = wrong.filter(|(i, class)| **class != 1 + 6 * bright(i / 48, i % 48) as u32).count();
    assert!(wrong < 48 * 48 / 20, "{wrong} of {}", 48 * 48);
}

/// Objects of three frames: one parts into two, of which one ends in the other object.
#[test]
fn objects_are_linked_by_overlap() {
    let spans = [
        (0, 1, 0..4),
        (0, 2, 6..10),
        (1, 3, 0..2), // of 1, as much as the next
        (1, 4, 2..4),
        (1, 5, 7..12),
        (2, 1, 2..12), // over 4 and 5, more of 5
    ];
    let at = |[z, _, x]: [usize; 3]| {
        let found = spans.iter().find(|(t, _, span)| *t == z && span.contains(&x));
        found.map_or(0.0, |(_, label, _)| *label as f32)
    };
    let labels = image([3, 2, 12], at).to_labels().unwrap();
    let column = |values: Vec<i64>| Values::Int(values);
    let rows = Table::new()
        .with("t", column(spans.iter().map(|s| s.0 as i64).collect()))
        .and_then(|t| t.with("label", column(spans.iter().map(|s| s.1).collect())))
        // Far from each other: distances do not count.
        .and_then(|t| t.with("y", Values::Float(vec![0.0, 100.0, 200.0, 300.0, 400.0, 500.0])))
        .and_then(|t| t.with("x", Values::Float(vec![0.0; 6])))
        .unwrap();
    let args = [("divisions", true.into()), ("merges", true.into())];
    let inputs = vec![Some(Datum::Table(rows)), Some(Datum::Volume(labels))];
    let tracks = table("track_objects", &args, inputs);
    assert_eq!(numbers(&tracks, "track"), [1.0, 2.0, 1.0, 3.0, 2.0, 2.0]);
    assert_eq!(numbers(&tracks, "parent"), [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!(numbers(&tracks, "merged_into"), [0.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
}

/// Two bars, 60 pixels long and 5 wide, that cross in the middle.
#[test]
fn crossing_worms_are_told_apart() {
    let bar = |a: usize, b: usize| (38..43).contains(&a) && (10..70).contains(&b);
    let mask = image([1, 80, 80], |[_, y, x]| (bar(y, x) || bar(x, y)) as u8 as f32).to_mask();
    let row = |value: f64| Value::List(vec![Value::List(vec![value.into(); 7])]);
    let args = [
        ("min_area", 100.into()),
        ("max_area", 400.into()),
        ("median_area", 300.into()),
        ("min_length", 40.into()),
        ("max_length", 70.into()),
        ("max_radius", 6.into()),
        ("control_points", 7.into()),
        ("radii", row(2.0)),
    ];
    let mut found = outputs("untangle_worms", &args, vec![Some(Datum::Volume(mask))]);
    let Datum::Table(worms) = found.remove(2) else { panic!("no table") };
    assert_eq!(worms.rows(), 2);
    for i in 1..=5 {
        let straight = |angle: &f64| angle.abs() < 0.2;
        assert!(numbers(&worms, &format!("angle_{i}")).iter().all(straight), "angle_{i}");
    }
    assert!(numbers(&worms, "length").iter().all(|length| (50.0..60.0).contains(length)));
    // One lies along y, the other along x, both through the middle.
    let spans = |axis: &str| {
        let (first, last) = (numbers(&worms, &format!("{axis}_1")), numbers(&worms, &format!("{axis}_7")));
        let mut spans: Vec<f64> = first.iter().zip(last).map(|(a, b)| (a - b).abs()).collect();
        spans.sort_by(f64::total_cmp);
        spans
    };
    for axis in ["y", "x"] {
        let spans = spans(axis);
        assert!(spans[0] < 2.5 && spans[1] > 50.0, "{axis}: {spans:?}");
        assert!(numbers(&worms, &format!("{axis}_4")).iter().all(|middle| (middle - 40.0).abs() < 3.0));
    }
    let pixels = |datum: &Datum| match datum {
        Datum::Volume(v) => v.label_slice().unwrap().to_vec(),
        other => panic!("{other:?}"),
    };
    let (alone, all) = (pixels(&found[0]), pixels(&found[1]));
    let shared = alone.iter().zip(&all).filter(|(alone, all)| **alone == 0 && **all > 0).count();
    assert!((20..=30).contains(&shared), "{shared} pixels of both");
    for label in [1, 2] {
        let own = alone.iter().filter(|l| **l == label).count();
        assert!((220..290).contains(&own), "{own} pixels of {label}");
    }
}

/// A bar whose brightness is its x, and one bent to a quarter of a circle whose brightness is its angle.
#[test]
fn bent_objects_become_straight() {
    let bar = image([1, 30, 60], |[_, y, x]| ((10..15).contains(&y) && (10..51).contains(&x)) as u8 as f32);
    let bar = bar.to_mask().to_labels().unwrap();
    let light = image([1, 30, 60], |[_, _, x]| x as f32);
    let args = [
        ("width", 5.into()),
        ("length", 60.into()),
        ("count", 2.into()),
        ("align", "top".into()),
        ("segments", 2.into()),
    ];
    let mut found = outputs(
        "straighten_objects",
        &args,
        vec![Some(Datum::Volume(light)), Some(Datum::Volume(bar)), None],
    );
    let Datum::Table(objects) = found.remove(2) else { panic!("no table") };
    let (Datum::Volume(image), Datum::Volume(labels)) = (&found[0], &found[1]) else { panic!("no images") };
    assert_eq!(image.shape(), [1, 60, 10]);
    let (pixels, labels) = (image.f64s(), labels.label_slice().unwrap());
    let own: Vec<usize> = (0..60).filter(|r| labels[r * 10 + 2] == 1).collect();
    assert!((39..=42).contains(&own.len()), "{} rows", own.len());
    // The skeleton turns to a corner at one end of the bar.
    for r in &own[6..own.len() - 6] {
        // The bright end is on top; across the bar nothing changes.
        assert!((pixels[r * 10 + 2] - pixels[(r - 1) * 10 + 2] + 1.0).abs() < 0.02);
        assert!((0..5).all(|q| (pixels[r * 10 + q] - pixels[r * 10 + 2]).abs() < 0.1));
    }
    // The second strip is empty.
    assert!(labels.chunks(10).all(|row| row[5..].iter().all(|l| *l == 0)));
    let (above, below) = (numbers(&objects, "mean_intensity_1")[0], numbers(&objects, "mean_intensity_2")[0]);
    assert!((above - 40.0).abs() < 1.5 && (below - 20.0).abs() < 1.5, "{above} {below}");

    let angle = |[_, y, x]: [usize; 3]| (y as f32).atan2(x as f32);
    let radius = |[_, y, x]: [usize; 3]| ((y * y + x * x) as f32).sqrt();
    let arc = self::image([1, 70, 70], |p| (48.0..=52.0).contains(&radius(p)) as u8 as f32);
    let light = self::image([1, 70, 70], angle);
    let args = [("width", 5.into()), ("length", 120.into()), ("count", 1.into()), ("align", "bottom".into())];
    let inputs =
        vec![Some(Datum::Volume(light)), Some(Datum::Volume(arc.to_mask().to_labels().unwrap())), None];
    let found = outputs("straighten_objects", &args, inputs);
    let (Datum::Volume(image), Datum::Volume(labels)) = (&found[0], &found[1]) else { panic!("no images") };
    let (pixels, labels) = (image.f64s(), labels.label_slice().unwrap());
    let own: Vec<usize> = (0..120).filter(|r| labels[r * 5 + 2] == 1).collect();
    // A quarter of a circle of radius 50 is 78.5 long; along pixels it is some more.
    assert!((78..=88).contains(&own.len()), "{} rows", own.len());
    for r in &own[6..own.len() - 6] {
        let step = pixels[r * 5 + 2] - pixels[(r - 1) * 5 + 2];
        assert!((step - 1.0 / 50.0).abs() < 0.003, "row {r}: {step}");
    }
}
