//! Steps without an input, and random numbers: by seed, step and element, whatever the tiles, workers and devices.

use rotifer::code;
use rotifer::document::{self, Form};
use rotifer::execute::{On, Options, Outcome, run, run_alone};
use rotifer::io;
use rotifer::registry::pipeline::check;
use rotifer::registry::wire::{compile, decompile};
use rotifer::registry::*;
use std::path::Path;
use std::process::{Command, Output};

fn cpu() -> Options {
    Options { on: On::Cpu, ..Options::default() }
}

fn checked(pipeline: &Pipeline) -> pipeline::Checked {
    check(pipeline).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn alone(pipeline: &Pipeline) -> Outcome {
    run_alone(&checked(pipeline), &cpu()).unwrap_or_else(|e| panic!("{e}"))
}

fn on(pipeline: &Pipeline, image: &Image, options: &Options) -> Outcome {
    run(&checked(pipeline), image, options).unwrap_or_else(|e| panic!("{e}"))
}

fn volumes(outcome: &Outcome) -> Vec<Vec<f64>> {
    let volume = |datum: &Datum| match datum {
        Datum::Volume(v) => v.f64s(),
        other => panic!("{other:?}"),
    };
    outcome.outputs[0].1.items.iter().map(volume).collect()
}

fn rotifer(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rotifer")).args(arguments).output().expect("starts")
}

fn right(arguments: &[&str]) -> String {
    let out = rotifer(arguments);
    assert!(out.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

fn wrong(arguments: &[&str]) -> (Option<i32>, String) {
    let out = rotifer(arguments);
    assert!(!out.status.success(), "{arguments:?}");
    (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
}

fn create(shape: &[i64], value: f64) -> Step {
    Step::new("create").arg("shape", shape.to_vec()).arg("value", value)
}

fn noise(mode: &str) -> Step {
    Step::new("random_noise").arg("mode", mode)
}

/// Frames of one value, t slowest.
fn frames(shape: [usize; 3], value: f32, times: usize, channels: usize) -> Image {
    let ndim = if shape[0] > 1 { 3 } else { 2 };
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape, ndim, spacing: None };
    let one = || Volume::from_vec(&meta, vec![value; meta.len()]).expect("a volume");
    Image::new((0..times * channels).map(|_| one()).collect(), Some(times), Some(channels)).expect("an image")
}

#[test]
fn an_image_is_made_of_arguments() {
    let step = create(&[2, 3, 4], 0.1).arg("pixel_size", vec![2.0, 0.5, 0.25]);
    let outcome = alone(&Pipeline::new(vec![step.clone()]));
    let Datum::Volume(made) = &outcome.outputs[0].1.items[0] else { panic!("an image") };
    assert_eq!(
        (made.shape(), made.ndim(), made.dtype(), made.kind()),
        ([2, 3, 4], 3, Dtype::F32, Kind::Image)
    );
    assert_eq!(made.spacing().map(|s| s.um), Some([2.0, 0.5, 0.25]));
    assert!(made.f32s().iter().all(|v| *v == 0.1));
    // Integers round and saturate as ever.
    for (value, stored) in [(2.5, 2.0), (-3.0, 0.0), (300.0, 255.0)] {
        let step = create(&[3, 4], value).dtype(DtypeRequest::To(Dtype::U8));
        let outcome = alone(&Pipeline::new(vec![step]));
        assert_eq!(volumes(&outcome), [vec![stored; 12]]);
    }
    // A later step takes it like any other value, also beside the image that is run on.
    let steps =
        vec![create(&[6, 8], 4.0).named("flat"), Step::new("divide").from(&["input", "flat"]).saved()];
    let outcome = on(&Pipeline::new(steps), &frames([1, 6, 8], 6.0, 2, 3), &cpu());
    assert_eq!(volumes(&outcome), vec![vec![1.5; 48]; 6]);
    let wrong = |step: Step| run_alone(&checked(&Pipeline::new(vec![step])), &cpu()).expect_err("refused");
    for (shape, says) in [
        (vec![3], "two or three axes"),
        (vec![0, 4], "out of range"),
        (vec![1 << 30, 4], "out of range"),
        (vec![1 << 22, 1 << 22], "too many pixels"),
    ] {
        let error = wrong(create(&shape, 0.0));
        assert_eq!((error.argument.as_deref(), error.step), (Some("shape"), Some(0)), "{error}");
        assert!(error.message.contains(says), "{error}");
    }
    // A result that does not fit the memory is refused before it is made.
    assert_eq!(wrong(create(&[1 << 20, 1 << 19], 0.0)).code, Code::Unavailable);
}

#[test]
fn from_and_over_of_a_step_without_an_input_are_refused() {
    let errors = |pipeline: Pipeline| check(&pipeline).err().expect("refused");
    let from = errors(Pipeline::new(vec![create(&[3, 4], 0.0).from(&["input"])]));
    assert_eq!((from[0].code, from[0].argument.as_deref()), (Code::InputCount, Some("from")), "{from:?}");
    assert!(from[0].help.as_deref().is_some_and(|help| help.contains("leave `from` out")), "{from:?}");
    let over = errors(Pipeline::new(vec![create(&[3, 4], 0.0).over(Over::Plate)]));
    assert_eq!(over[0].argument.as_deref(), Some("over"), "{over:?}");
    // A step that takes an image makes the pipeline need one.
    let sum = Step::new("add").from(&["input", "flat"]);
    let needs = checked(&Pipeline::new(vec![create(&[3, 4], 0.0).named("flat"), sum]));
    assert!(needs.needs_image());
    let error = run_alone(&needs, &cpu()).expect_err("refused");
    assert_eq!(error.code, Code::MissingArgument, "{error}");
    assert!(!checked(&Pipeline::new(vec![create(&[3, 4], 0.0)])).needs_image());
}

/// 78: the numbers are those of numpy.random.Philox with the key (seed, step) and the counter (0, x + 2^32 y, z + 2^32 t, c).
#[test]
fn random_numbers_are_those_of_numpy_by_seed_step_and_element() {
    let pipeline = |step: Step| Pipeline::new(vec![create(&[2, 3], 10.0), step]).seeded(5);
    let normal = [
        11.606043815612793,
        10.954977035522461,
        11.260848999023438,
        6.509710311889648,
        9.657258033752441,
        7.383243083953857,
    ];
    for (found, expected) in
        volumes(&alone(&pipeline(noise("gaussian").arg("var", 4.0))))[0].iter().zip(normal)
    {
        assert!((found - expected).abs() < 2e-6, "{found} {expected}");
    }
    let counts = Pipeline::new(vec![create(&[2, 3], 250.0), noise("poisson")]).seeded(5);
    assert_eq!(volumes(&alone(&counts)), [[239.0, 237.0, 244.0, 266.0, 235.0, 254.0]]);
    // Time points and channels have numbers of their own.
    let photons = Pipeline::new(vec![noise("poisson")]).seeded(5);
    let image = frames([1, 1, 3], 40.0, 2, 2);
    let expected = [[54.0, 36.0, 38.0], [37.0, 42.0, 40.0], [36.0, 45.0, 34.0], [47.0, 47.0, 38.0]];
    assert_eq!(volumes(&on(&photons, &image, &cpu())), expected);
    let expected = [[34.0, 44.0, 38.0], [44.0, 34.0, 41.0], [34.0, 39.0, 45.0], [51.0, 40.0, 47.0]];
    assert_eq!(volumes(&on(&photons.clone().seeded(6), &image, &cpu())), expected);
    // A step's own seed takes the place of the pipeline's.
    let own = Pipeline::new(vec![noise("poisson").arg("seed", 6)]).seeded(5);
    assert_eq!(volumes(&on(&own, &image, &cpu())), expected);
}

/// 78: parts of any size, slices, fusion with other steps and the device change nothing.
#[test]
fn parts_and_devices_do_not_change_random_numbers() {
    let before = Step::new("add").arg("value", 30.0);
    for mode in ["gaussian", "poisson", "s&p", "speckle"] {
        let steps =
            vec![before.clone(), noise(mode).arg("var", 9.0), Step::new("multiply").arg("value", 0.5)];
        let pipeline = Pipeline::new(steps.clone()).seeded(11);
        for shape in [[1, 37, 23], [9, 11, 7]] {
            let image = frames(shape, 3.0, 2, 1);
            let whole = on(&pipeline, &image, &Options { part: Some(0), ..cpu() });
            let distinct: std::collections::HashSet<u64> =
                volumes(&whole)[0].iter().map(|v| v.to_bits()).collect();
            assert!(distinct.len() >= 3, "{mode}: no noise");
            for part in [1, 2, 3, 5, 8, 64] {
                let parts = on(&pipeline, &image, &Options { part: Some(part), ..cpu() });
                assert_eq!(parts.outputs, whole.outputs, "{mode}, {part} of {shape:?}");
            }
            assert_eq!(on(&pipeline, &image, &cpu()).outputs, whole.outputs);
            let mut sliced = steps.clone();
            sliced[1] = sliced[1].clone().slice_by_slice();
            for part in [None, Some(2)] {
                let slices =
                    on(&Pipeline::new(sliced.clone()).seeded(11), &image, &Options { part, ..cpu() });
                assert_eq!(slices.outputs, whole.outputs, "{mode}, slices of {shape:?}");
            }
            // The other steps run on the device where there is one; float32 sums and products of these are exact or rounded once.
            if rotifer::context::adapter().is_ok() {
                let device = on(&pipeline, &image, &Options { on: On::Gpu, ..Options::default() });
                for (a, b) in volumes(&device).concat().iter().zip(volumes(&whole).concat()) {
                    assert!((a - b).abs() <= 1e-6 * b.abs(), "{mode} on the device: {a} {b}");
                }
            }
        }
    }
}

const MADE: &str = r#"
name = "speckled disks"
seed = 42

[[steps]]
op = "draw_disk"
shape = [40, 50]
center = [20.0, 24.0]
radius = 12.0
as = "disk"
save = true

[[steps]]
op = "gaussian_filter"
sigma = 1.5

[[steps]]
op = "random_noise"
var = 0.01
as = "noisy"
save = true

[[steps]]
op = "mean_of_all_pixels"
as = "mean"
save = true
"#;

/// A run without images: once, in a worker or here, with the same files.
#[test]
fn a_pipeline_that_makes_its_images_runs_without_any() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("text").to_string();
    std::fs::write(at("p.toml"), MADE).expect("written");
    right(&["check", &at("p.toml")]);
    assert!(right(&["plan", &at("p.toml")]).contains("speckled disks, on no image"));
    let mut made = Vec::new();
    for (out, how) in [
        ("here", &["--in-process"][..]),
        ("there", &["--workers", "2"]),
        ("portable", &["--channel", "portable"]),
    ] {
        right(&[&["run", &at("p.toml"), "-o", &at(out)], how].concat());
        let image = |name: &str| {
            let path = Path::new(&at(out)).join("speckled disks").join(name);
            io::read(&path).unwrap_or_else(|e| panic!("{e}")).volume(0, 0).clone()
        };
        let disk = image("disk.tif");
        // 12² π is 452.4.
        assert_eq!(disk.f64s().iter().filter(|v| **v > 0.0).count(), 437);
        made.push((
            image("noisy.tif"),
            std::fs::read_to_string(Path::new(&at(out)).join("images.csv")).expect("a table"),
        ));
    }
    let numbers =
        |(noisy, table): &(Volume, String)| (noisy.f64s(), table.lines().next().map(str::to_string));
    assert_eq!(numbers(&made[0]), numbers(&made[1]));
    assert_eq!(numbers(&made[0]), numbers(&made[2]));
    assert!(made[0].1.lines().count() == 2 && made[0].1.contains("speckled disks"), "{}", made[0].1);
    // Resumed, it is done already.
    let again = right(&["run", &at("p.toml"), "-o", &at("there"), "--resume", "--json"]);
    assert!(again.contains("\"resumed\":1") || again.contains("\"resumed\": 1"), "{again}");
    // With another seed it is another one.
    std::fs::write(at("q.toml"), MADE.replace("seed = 42", "seed = 43")).expect("written");
    right(&["run", &at("q.toml"), "-o", &at("there"), "--resume"]);
    let other = io::read(&Path::new(&at("there")).join("speckled disks/noisy.tif")).expect("an image");
    assert_ne!(other.volume(0, 0).f64s(), made[0].0.f64s());
    // One that takes an image needs one.
    let takes = "[[steps]]\nop = \"gaussian_filter\"\nsave = true\n";
    std::fs::write(at("r.toml"), takes).expect("written");
    for command in [&["plan"][..], &["run", "-o", &at("none")]] {
        let (code, says) = wrong(&[command, &[&at("r.toml")]].concat());
        assert_eq!(code, Some(2), "{says}");
        assert!(says.contains("the input `input` is not given"), "{says}");
    }
    // By itself, a function without an input.
    right(&["apply", "draw_line", "-o", &at("line.png"), "--shape", "5,6", "--start", "0,0", "--end", "4,5"]);
    let line = io::read(Path::new(&at("line.png"))).expect("an image");
    assert_eq!(line.volume(0, 0).f64s().iter().filter(|v| **v > 0.0).count(), 6);
    let (_, says) = wrong(&["apply", "create", "p.tif", "-o", &at("no.tif"), "--shape", "5,6"]);
    assert!(says.contains("takes 0 inputs"), "{says}");
}

#[test]
fn a_seed_is_in_every_form_of_a_pipeline() {
    let (pipeline, _) = document::pipeline(MADE, Form::Toml).expect("a pipeline");
    assert_eq!(pipeline.seed, 42);
    for form in [Form::Toml, Form::Json] {
        let text = document::write(&pipeline.to_tree(), form).expect("a text");
        assert_eq!(document::pipeline(&text, form).expect("a pipeline").0, pipeline);
    }
    assert_eq!(decompile(&compile(&pipeline)).expect("a pipeline").pipeline, pipeline);
    assert!(code::write(&pipeline).contains("    .seeded(42)\n"));
    // Without a seed nothing is written: pipelines of before stay what they are.
    let unseeded = pipeline.clone().seeded(0);
    assert!(!code::write(&unseeded).contains("seed"));
    assert!(compile(&unseeded).len() < compile(&pipeline).len());
    for (seed, says) in [
        ("-1", "out of range"),
        ("4294967296", "out of range"),
        ("\"x\"", "is an integer"),
        ("1.5", "is an integer"),
    ] {
        let errors = document::pipeline(&MADE.replace("seed = 42", &format!("seed = {seed}")), Form::Toml)
            .expect_err("refused");
        assert_eq!(errors[0].line, Some(3), "{errors:?}");
        assert!(errors[0].message.contains(says), "{errors:?}");
    }
}

/// A run whose temporary files may not find room says so in its plan, with the folder and both figures.
#[cfg(unix)]
#[test]
fn temporary_files_without_room_are_named() {
    let steps = vec![Step::new("gaussian_filter").arg("sigma", 1.0), Step::new("threshold_otsu").saved()];
    let checked = checked(&Pipeline::new(steps));
    let options = Options { memory: Some(600 << 20), ..cpu() };
    let notes = |planes: usize| {
        let shape = [planes, 300, 300];
        let volume = VolumeMeta { kind: Kind::Image, dtype: Dtype::U16, shape, ndim: 3, spacing: None };
        let image = ImageMeta { volume, axes: Axes::NONE };
        let plan = rotifer::plan::plan(&checked, &image, &options).unwrap_or_else(|e| panic!("{}", e[0]));
        assert!(plan.parts.is_some());
        plan.notes
    };
    assert_eq!(notes(4000), Vec::<String>::new());
    let [note] = &notes(1_000_000_000)[..] else { panic!("one note") };
    assert!(note.starts_with("temporary files may take ") && note.contains(" TB in "), "{note}");
}
