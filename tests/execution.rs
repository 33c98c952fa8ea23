//! How pipelines run: submissions and transfers, tiles, dtypes, planes, time and channels.

use rotifer::context;
use rotifer::document;
use rotifer::execute::{On, Options, Outcome, apply, apply_step, run};
use rotifer::plan::plan;
use rotifer::registry::op::{OutKind, PortKind};
use rotifer::registry::pipeline::{DtypeRequest, Memory, Over, check};
use rotifer::registry::recorder::{LINEAR, ROW};
use rotifer::registry::{
    Args, Axes, Buffer, Code, Datum, Device, DeviceInputs, DeviceOutput, Dtype, DtypeRule, Edge, Entry,
    Error, Frames, Host, Image, Inputs, Kind, Length, Metas, PerAxis, Pipeline, Reach, Recorder, Spacing,
    SpacingSource, Step, Values, Volume, VolumeMeta, entries, get, op,
};
use rotifer_kernels::common::rows::Extended;
use rotifer_kernels::common::separable;

fn ramp(shape: [usize; 3], ndim: usize, dtype: Dtype) -> Volume {
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape, ndim, spacing: None };
    let pixels = (0..meta.len()).map(|i| ((i * 7919) % 251) as f32 + (i % shape[2]) as f32 * 0.5).collect();
    Volume::from_vec::<f32>(&meta, pixels).unwrap().cast(dtype)
}

fn on(on: On) -> Options {
    Options { on, ..Options::default() }
}

fn outcome(steps: Vec<Step>, image: &Image, options: &Options) -> Outcome {
    let checked = check(&Pipeline::new(steps)).unwrap_or_else(|e| panic!("{}", e[0]));
    run(&checked, image, options).unwrap_or_else(|e| panic!("{e}"))
}

fn volume(outcome: &Outcome, name: &str) -> Volume {
    let frames = &outcome.outputs.iter().find(|(n, _)| n == name).unwrap().1;
    let Datum::Volume(v) = &frames.items[0] else { panic!("{name} is no image") };
    v.clone()
}

fn blur(sigma: f64) -> Step {
    Step::new("gaussian_filter").arg("sigma", sigma)
}

/// Blur, subtract the blurred background, threshold, open, label: five device steps.
fn nuclei() -> Vec<Step> {
    vec![
        blur(1.5).named("smooth"),
        blur(8.0).named("background"),
        Step::new("subtract").from(&["smooth", "background"]),
        Step::new("threshold_otsu").named("mask").saved(),
        Step::new("binary_opening"),
        Step::new("connected_components").named("nuclei").saved(),
    ]
}

#[test]
fn consecutive_device_steps_share_one_submission() {
    let image = Image::from(ramp([1, 120, 131], 2, Dtype::U16));
    let on_device = outcome(nuclei(), &image, &on(On::Gpu));
    let on_host = outcome(nuclei(), &image, &on(On::Cpu));
    let report = &on_device.report;
    assert!(report.steps.iter().all(|s| s.memory == Memory::Device));
    assert_eq!((report.submissions, report.uploads), (1, 1), "one image up, one submission");
    // mask, its threshold, labels and their count
    assert_eq!(report.downloads, 4);
    assert_eq!(on_host.report.submissions, 0);
    for name in ["mask", "nuclei"] {
        let (a, b) = (volume(&on_device, name), volume(&on_host, name));
        let same = a.f64s().iter().zip(b.f64s()).filter(|(a, b)| **a == *b).count();
        assert!(same * 1000 >= a.len() * 999, "{name}: {same} of {} pixels agree", a.len());
    }
}

#[test]
fn transfers_happen_only_where_the_memory_type_changes() {
    let image = Image::from(ramp([1, 64, 80], 2, Dtype::F32));
    let mut steps = vec![blur(1.0), blur(2.0), blur(1.5), blur(3.0)];
    steps[2].on = Some(Memory::Host);
    let report = outcome(steps.clone(), &image, &on(On::Gpu)).report;
    assert_eq!((report.submissions, report.uploads, report.downloads), (2, 2, 2));
    assert_eq!((report.upload_bytes >= 2 * 64 * 80 * 4, report.download_bytes), (true, 2 * 64 * 80 * 4));
    let plan = plan(&check(&Pipeline::new(steps)).unwrap(), &image.meta(), &on(On::Gpu)).unwrap();
    let moved: Vec<_> = plan.steps.iter().map(|s| (s.upload_bytes, s.download_bytes)).collect();
    let one = 64 * 80 * 4;
    assert_eq!(moved, [(one, 0), (0, one), (0, 0), (one, one)]);
}

#[test]
fn images_beyond_the_binding_limit_give_the_same_result() {
    for (shape, ndim) in [([1, 200, 64], 2), ([90, 30, 32], 3)] {
        let image = Image::from(ramp(shape, ndim, Dtype::U16));
        let steps = || vec![blur(1.5), blur(0.7).named("out").saved()];
        let whole = outcome(steps(), &image, &on(On::Gpu));
        let limit = (shape.iter().product::<usize>() * 4 / 3) as u64;
        let tiled = outcome(steps(), &image, &Options { max_binding: Some(limit), ..on(On::Gpu) });
        assert!(tiled.report.submissions > 2, "{} submissions", tiled.report.submissions);
        assert!(tiled.report.steps.iter().all(|s| s.memory == Memory::Device));
        assert_eq!(volume(&whole, "out"), volume(&tiled, "out"));
        // A function that needs the whole image goes to the host, and the plan says why.
        let label = vec![Step::new("greater").arg("value", 90.0), Step::new("connected_components")];
        let options = Options { max_binding: Some(limit), ..on(On::Gpu) };
        let checked = check(&Pipeline::new(label.clone())).unwrap();
        let planned = plan(&checked, &image.meta(), &options).unwrap();
        assert_eq!(planned.steps[1].memory, Memory::Host);
        assert!(planned.steps[1].reason.as_ref().is_some_and(|r| r.contains("exceed")));
        let (small, large) = (outcome(label.clone(), &image, &options), outcome(label, &image, &on(On::Cpu)));
        assert_eq!(small.outputs, large.outputs);
    }
}

/// More pixels, and more lines, than fit into one row of workgroups.
#[test]
fn images_of_several_rows_of_workgroups_give_the_same_result() {
    let image = Image::from(ramp([1, ROW + 4466, 241], 2, Dtype::U8));
    assert!(image.volumes()[0].len() > ROW * LINEAR);
    let steps = vec![
        Step::new("clip").arg("maximum", 100).named("clipped").saved(),
        Step::new("maximum_projection").from(&["input"]).arg("axis", "x").named("lines").saved(),
        Step::new("greater").from(&["input"]).arg("value", 120),
        Step::new("connected_components").named("objects").saved(),
    ];
    let (device, host) = (outcome(steps.clone(), &image, &on(On::Gpu)), outcome(steps, &image, &on(On::Cpu)));
    assert!(device.report.steps.iter().all(|s| s.memory == Memory::Device), "{:?}", device.report.notes);
    for name in ["clipped", "lines", "objects"] {
        assert!(volume(&device, name) == volume(&host, name), "{name} differs");
    }
}

#[test]
fn out_of_device_memory_means_smaller_tiles_then_the_host() {
    let image = Image::from(ramp([1, 400, 64], 2, Dtype::U16));
    let steps = || vec![blur(1.5), blur(0.7).named("out").saved()];
    let plenty = outcome(steps(), &image, &on(On::Gpu));
    let budget = |bytes| Options { device_memory: Some(bytes), ..on(On::Gpu) };
    let little = outcome(steps(), &image, &budget(plenty.report.device_peak_bytes / 3));
    eprintln!("{:?} {:?}", plenty.report, little.report);
    assert!(little.report.submissions > 2 && little.report.steps.iter().all(|s| s.memory == Memory::Device));
    assert!(little.report.device_peak_bytes <= plenty.report.device_peak_bytes / 3);
    assert_eq!(volume(&plenty, "out"), volume(&little, "out"));
    let none = outcome(steps(), &image, &budget(1000));
    assert!(none.report.steps.iter().all(|s| s.memory == Memory::Host));
    assert_eq!(none.report.notes.iter().filter(|n| n.contains("ran on the host")).count(), 1);
    let host = outcome(steps(), &image, &on(On::Cpu));
    assert_eq!(volume(&none, "out"), volume(&host, "out"));
}

/// How many objects there are is known only on the device: with more than it keeps sums of, that step alone goes to the
/// host, and says so once.
#[test]
fn more_objects_than_the_device_sums_are_measured_on_the_host() {
    let dots = |side: usize| {
        let meta = VolumeMeta {
            kind: Kind::Image,
            dtype: Dtype::U8,
            shape: [1, side, side],
            ndim: 2,
            spacing: None,
        };
        let pixels =
            (0..meta.len()).map(|i| ((i / side) | (i % side)).is_multiple_of(2) as u8 * (1 + i % 5) as u8);
        Image::from(Volume::from_vec(&meta, pixels.collect::<Vec<u8>>()).unwrap())
    };
    let steps = || {
        vec![
            Step::new("greater").arg("value", 0.0).named("mask"),
            Step::new("connected_components").named("dots"),
            Step::new("regionprops_table").from(&["dots"]).named("table").saved(),
            Step::new("label_mean").from(&["input", "dots"]).named("means").saved(),
            Step::new("expand_labels").from(&["dots"]).named("grown").saved(),
        ]
    };
    for (side, memory) in [(201, Memory::Device), (300, Memory::Host)] {
        let image = dots(side);
        let got = outcome(steps(), &image, &on(On::Gpu));
        let used: Vec<Memory> = got.report.steps.iter().map(|s| s.memory).collect();
        assert_eq!(used, [Memory::Device, Memory::Device, memory, memory, Memory::Device], "{side}");
        let host = (memory == Memory::Host) as usize;
        for op in ["regionprops_table", "label_mean"] {
            let said = got.report.notes.iter().filter(|n| n.starts_with(&format!("{op} ran on the host")));
            assert_eq!(said.count(), host, "{:?}", got.report.notes);
        }
        assert_eq!(got.outputs, outcome(steps(), &image, &on(On::Cpu)).outputs, "{side}");
    }
}

/// A kernel says before the run what it cannot take.
#[test]
fn what_a_device_kernel_declines_runs_on_the_host_and_is_said_once() {
    let image = Image::from(ramp([1, 8, 9], 2, Dtype::U16));
    let median =
        |name: &str| Step::new("median_filter").arg("radius", 130.0).from(&["input"]).named(name).saved();
    let steps = || vec![median("one"), median("other"), blur(1.0).from(&["one"]).saved()];
    let on_device = outcome(steps(), &image, &on(On::Gpu));
    let places: Vec<Memory> = on_device.report.steps.iter().map(|s| s.memory).collect();
    assert_eq!(places, [Memory::Host, Memory::Host, Memory::Device]);
    let said = on_device.report.notes.iter().filter(|n| n.contains("median_filter") && n.contains("68121"));
    assert_eq!(said.count(), 1, "{:?}", on_device.report.notes);
    let on_host = outcome(steps(), &image, &on(On::Cpu));
    assert_eq!(volume(&on_device, "one"), volume(&on_host, "one"));
    let asked = Step { on: Some(Memory::Device), ..median("asked") };
    assert_eq!(outcome(vec![asked], &image, &on(On::Gpu)).report.steps[0].memory, Memory::Host);
    // Labels are 32-bit integers.
    let meta = VolumeMeta { kind: Kind::Labels, dtype: Dtype::U32, shape: [1, 1, 4], ndim: 2, spacing: None };
    let labels = Frames::from(Datum::Volume(Volume::from_vec(&meta, vec![0u32, 7, 7, 9]).unwrap()));
    for op in ["threshold_otsu", "equalize_histogram", "histogram"] {
        let (_, report) =
            apply(get(op).unwrap(), &Vec::new(), &[Some(labels.clone())], &on(On::Gpu)).unwrap();
        assert_eq!(report.steps[0].memory, Memory::Host, "{op}");
        assert_eq!(report.notes.iter().filter(|n| n.contains(op)).count(), 1, "{op}: {:?}", report.notes);
    }
}

/// Values from numpy and scikit-image of the same images as float64, whose range or middles are no float32.
#[test]
fn histograms_span_what_float32_does_not() {
    let wide = 3e38f32 as f64;
    let quarters = |i: usize| -wide + (i as f64 + 0.5) * wide / 2.0;
    // Edges of numpy.linspace in float32; middles in float32, as scikit-image has them, or in float64 beyond its range.
    let edge = |i: usize| if i == 4 { 224.0 } else { i as f32 * (f32::MAX / 4.0) + f32::MIN };
    let nodata = [0, 1, 2, 3].map(|i| {
        let (low, high) = (edge(i), edge(i + 1));
        let sum = low + high;
        if sum.is_finite() { f64::from(sum / 2.0) } else { (f64::from(low) + f64::from(high)) / 2.0 }
    });
    let cases = [
        (
            [1e38, -3e38, 3e38, 0.0],
            [1, 0, 2, 1],
            [0, 1, 2, 3].map(quarters),
            -2.98828125547628e38,
            [0.791_666_66, 0.25, 1.0, 0.5],
        ),
        ([f32::MIN, 10.0, 20.0, 224.0], [1, 0, 0, 3], nodata, -3.396177326802505e38, [0.25, 1.0, 1.0, 1.0]),
    ];
    for (pixels, counts, centers, threshold, shares) in cases {
        let meta =
            VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape: [1, 1, 4], ndim: 2, spacing: None };
        let image = Frames::from(Datum::Volume(Volume::from_vec(&meta, pixels.to_vec()).unwrap()));
        for memory in [On::Cpu, On::Gpu] {
            let result = |op: &str, nbins: i64| {
                let args = vec![("nbins".to_string(), nbins.into())];
                let (outputs, report) =
                    apply(get(op).unwrap(), &args, &[Some(image.clone())], &on(memory)).unwrap();
                assert_eq!(report.steps[0].memory == Memory::Device, memory == On::Gpu);
                outputs.into_iter().map(|frames| frames.items[0].clone()).collect::<Vec<_>>()
            };
            let found = result("histogram", 4);
            let [Datum::Table(table)] = &found[..] else { panic!("a table") };
            let column = |name: &str| {
                let column = table.columns().iter().find(|c| c.name == name).unwrap();
                column.values.to_f64().unwrap()
            };
            assert_eq!(column("count"), counts.map(f64::from), "{memory:?}");
            assert_eq!(column("center"), centers, "{memory:?}");
            let found = result("threshold_otsu", 256);
            let [Datum::Volume(mask), Datum::Number(t)] = &found[..] else { panic!("a mask") };
            assert!((t / threshold - 1.0).abs() < 1e-6, "{t} on {memory:?}");
            assert_eq!(mask.f64s(), pixels.map(|v| f64::from(f64::from(v) > threshold)), "{memory:?}");
            let found = result("equalize_histogram", 4);
            let [Datum::Volume(equal)] = &found[..] else { panic!("an image") };
            for (found, share) in equal.f64s().iter().zip(shares) {
                assert!((found - share).abs() < 1e-6, "{found} for {share} on {memory:?}");
            }
        }
    }
}

#[test]
fn auto_never_takes_a_software_adapter() {
    let image = Image::from(ramp([1, 20, 20], 2, Dtype::U8));
    let report = outcome(vec![blur(1.0)], &image, &on(On::Auto)).report;
    let software = context::adapter().is_ok_and(|a| a.software);
    let memory = report.steps[0].memory;
    assert_eq!(memory, if context::adapter().is_err() || software { Memory::Host } else { Memory::Device });
    if software {
        assert!(report.notes.iter().any(|n| n.contains("no hardware GPU")), "{:?}", report.notes);
        let forced = outcome(vec![blur(1.0)], &image, &on(On::Gpu)).report;
        assert!(forced.notes.iter().any(|n| n.contains("software adapter")), "{:?}", forced.notes);
    }
}

/// The declared dtype rule of every op on every dtype: fixed ones are fixed, `Same` is the input's, and what a step
/// asks for it gets, rounded half to even and saturated; host and device alike.
#[test]
fn dtype_rule_over_every_op() {
    let mut failures = Vec::new();
    let mut seen = 0;
    for entry in entries().iter().filter(|e| e.spec.inputs.iter().skip(1).all(|p| p.optional)) {
        let takes_image = entry.spec.inputs.first().is_some_and(|p| p.kind == PortKind::Image);
        let required = entry.spec.params.iter().any(|p| p.default.is_none());
        let Some(OutKind::Image(_) | OutKind::Like(_)) =
            entry.spec.outputs.first().map(|o| o.kind).filter(|_| takes_image && !required)
        else {
            continue;
        };
        for dtype in Dtype::ALL {
            let input = ramp([1, 17, 19], 2, dtype);
            let frames = [Some(Frames::from(Datum::Volume(input)))];
            let native = match apply(entry, &vec![], &frames, &on(On::Cpu)) {
                Ok((outputs, _)) => outputs,
                // Needs a 3-D image, or a pixel size.
                Err(e) if matches!(e.code, Code::Shape | Code::NoSpacing) => continue,
                Err(e) => panic!("{e}"),
            };
            let Datum::Volume(native) = &native[0].items[0] else {
                panic!("{} gives no image", entry.spec.id)
            };
            let declared = match entry.spec.outputs[0].kind {
                OutKind::Image(DtypeRule::Fixed(fixed)) | OutKind::Like(DtypeRule::Fixed(fixed)) => fixed,
                _ => dtype,
            };
            if native.dtype() != declared {
                failures.push(format!(
                    "{} of {dtype} gives {}, declared {declared}",
                    entry.spec.id,
                    native.dtype()
                ));
            }
            for wanted in Dtype::ALL {
                for place in [On::Cpu, On::Gpu] {
                    if place == On::Gpu && !entry.spec.device {
                        continue;
                    }
                    let step = Step { dtype: Some(DtypeRequest::To(wanted)), ..Step::new(entry.spec.id) };
                    let (outputs, _) = apply_step(entry, &step, &frames, &on(place)).unwrap();
                    let Datum::Volume(got) = &outputs[0].items[0] else { panic!("no image") };
                    seen += 1;
                    let cast = native.cast(wanted);
                    // Large numbers, of exponentials, are as far off as float32 is.
                    let slack = if place == On::Cpu { 0.0 } else { 1e-6 };
                    let (values, expected) = (got.f64s(), cast.f64s());
                    let off = values.iter().zip(&expected);
                    let off = off.map(|(a, b)| (a - b).abs() - slack * b.abs()).fold(0.0, f64::max);
                    // f32 sums may fall to the other side of a half on the device.
                    let allowed = if place == On::Cpu {
                        0.0
                    } else if wanted.is_integer() {
                        1.0
                    } else {
                        1e-2
                    };
                    if got.dtype() != wanted || off > allowed {
                        failures.push(format!(
                            "{} {dtype} -> {wanted} on {place:?}: off by {off}",
                            entry.spec.id
                        ));
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    assert!(seen > 0);
}

#[test]
fn casts_saturate_and_round_half_to_even() {
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape: [1, 1, 8], ndim: 2, spacing: None };
    let values = vec![-5.0f32, 0.5, 1.5, 2.5, 254.5, 255.5, 1e9, f32::NAN];
    let v = Volume::from_vec(&meta, values.clone()).unwrap();
    assert_eq!(v.cast(Dtype::U8).as_slice::<u8>().unwrap(), [0, 0, 2, 2, 254, 255, 255, 0]);
    assert_eq!(v.cast(Dtype::I16).as_slice::<i16>().unwrap(), [-5, 0, 2, 2, 254, 256, 32767, 0]);
    // The device rounds by the same rule.
    let step = Step { dtype: Some(DtypeRequest::To(Dtype::U8)), ..blur(0.0) };
    let frames = [Some(Frames::from(Datum::Volume(v)))];
    let (outputs, _) = apply_step(get("gaussian_filter").unwrap(), &step, &frames, &on(On::Gpu)).unwrap();
    let Datum::Volume(got) = &outputs[0].items[0] else { panic!("no image") };
    assert_eq!(got.as_slice::<u8>().unwrap(), [0, 0, 2, 2, 254, 255, 255, 0]);
}

#[test]
fn slice_by_slice_is_each_plane_by_itself() {
    let solid = ramp([5, 24, 31], 3, Dtype::F32);
    for place in [On::Cpu, On::Gpu] {
        let step = Step { slice_by_slice: true, ..blur(1.5) };
        let sliced =
            volume(&outcome(vec![step.named("out")], &Image::from(solid.clone()), &on(place)), "out");
        assert_eq!(sliced.shape(), [5, 24, 31]);
        for z in 0..5 {
            let flat = volume(
                &outcome(vec![blur(1.5).named("out")], &Image::from(solid.plane(z)), &on(place)),
                "out",
            );
            assert_eq!(sliced.plane(z), flat, "plane {z}");
        }
        // Labels made plane by plane are read as a stack by the next step.
        let steps = vec![
            Step { slice_by_slice: true, ..Step::new("threshold_otsu") }.named("mask").saved(),
            blur(1.0).named("out").saved(),
        ];
        let both = outcome(steps, &Image::from(solid.clone()), &on(place));
        assert_eq!(volume(&both, "out").shape(), [5, 24, 31]);
    }
}

#[test]
fn time_and_channels_are_looped_and_chosen() {
    let first = ramp([1, 20, 22], 2, Dtype::F32);
    let brighter = |i: usize| first.f32s().iter().map(|x| x + 10.0 * i as f32).collect::<Vec<f32>>();
    let volumes: Vec<Volume> = (0..6).map(|i| first.image(brighter(i)).unwrap()).collect();
    let axes = Axes { interval: Some(0.5), ..Axes::new(Some(2), Some(3)) };
    let image = Image::over(volumes, axes.clone()).unwrap();
    for place in [On::Cpu, On::Gpu] {
        let all = outcome(vec![blur(1.0).named("out")], &image, &on(place));
        let frames = &all.outputs[0].1;
        assert_eq!((&frames.axes, frames.items.len()), (&axes, 6));
        let picked = outcome(vec![blur(1.0).from(&["input[c=2,t=1]"]).named("out")], &image, &on(place));
        assert_eq!(picked.outputs[0].1.items, [frames.at(1, 2).clone()]);
        assert_eq!(picked.outputs[0].1.axes, Axes::NONE);
        let over = Step::new("mean_projection").over(Over::Time).named("out");
        let mean = outcome(vec![over], &image, &on(place));
        assert_eq!(mean.outputs[0].1.axes, Axes::new(None, Some(3)), "no time is left");
        // One channel beside another, then the difference: values of both loops meet.
        let steps = vec![
            blur(1.0).from(&["input[c=0]"]).named("a"),
            blur(1.0).from(&["input[c=1]"]).named("b"),
            Step::new("subtract").from(&["b", "a"]).named("out"),
        ];
        let difference = outcome(steps, &image, &on(place));
        assert_eq!(difference.outputs[0].1.items.len(), 2);
        for item in &difference.outputs[0].1.items {
            let Datum::Volume(v) = item else { panic!("no image") };
            assert!(v.f32s().iter().all(|x| (x - 10.0).abs() < 1e-3));
        }
    }
    let missing = check(&Pipeline::new(vec![blur(1.0).from(&["input[c=3]"])])).unwrap();
    let errors = plan(&missing, &image.meta(), &on(On::Cpu)).unwrap_err();
    assert_eq!((errors[0].code, errors[0].allowed.as_deref()), (Code::MissingChannel, Some("0, 1, 2")));
}

#[test]
fn lengths_in_micrometres_follow_the_spacing_of_each_axis() {
    let spacing = Spacing::new([2.0, 0.5, 0.25], SpacingSource::Given);
    let solid = ramp([6, 24, 31], 3, Dtype::F32).with_spacing(Some(spacing));
    let physical = Step::new("gaussian_filter").arg("sigma", "1 um").named("out");
    let pixels = Step::new("gaussian_filter").arg("sigma", [0.5, 2.0, 4.0]).named("out");
    let image = Image::from(solid.clone());
    let (a, b) =
        (outcome(vec![physical.clone()], &image, &on(On::Cpu)), outcome(vec![pixels], &image, &on(On::Cpu)));
    assert_eq!(a.outputs, b.outputs);
    // Without a spacing, and out of range once it is known: said before any work.
    let plain = Image::from(solid.clone().with_spacing(None));
    let checked = check(&Pipeline::new(vec![physical])).unwrap();
    assert_eq!(plan(&checked, &plain.meta(), &on(On::Cpu)).unwrap_err()[0].code, Code::NoSpacing);
    let huge = Step::new("gaussian_filter").arg("sigma", "1 mm");
    let checked = check(&Pipeline::new(vec![huge])).unwrap();
    let errors = plan(&checked, &image.meta(), &on(On::Cpu)).unwrap_err();
    assert_eq!((errors[0].code, errors[0].argument.as_deref()), (Code::OutOfRange, Some("sigma")));
    let flat = PerAxis::Each(vec![Length::Pixels(1.0); 3]).pixels(&ramp([1, 4, 4], 2, Dtype::U8).meta());
    assert_eq!(flat.unwrap_err().code, Code::Shape);
}

op! {
    /// A mean of three rows of an image that goes on periodically unless it is told otherwise.
    pub struct Periodic {
        /// The continuation of the image beyond its border.
        border: Edge = Edge::Wrap;
    }
    id: "execution/periodic", revision: 1, family: Filters,
    memory: host_and_device,
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "nothing",
    python: "image",
    examples: [],
}

impl Periodic {
    fn weights() -> separable::Weights {
        [Vec::new(), vec![0.25, 0.5, 0.25], Vec::new()]
    }
}

impl Host for Periodic {
    fn reach(&self, _inputs: &Metas) -> Result<Reach, Error> {
        Ok(Reach::Window([0, 1, 0]))
    }

    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let pixels = image.f32s();
        let extended =
            Extended { pixels: &pixels[..], shape: image.shape(), edge: self.border, constant: 0.0 };
        let out = separable::correlate(extended, &Periodic::weights());
        Ok(vec![Datum::Volume(image.image(out)?)])
    }
}

impl Device for Periodic {
    fn record(&self, inputs: &DeviceInputs, recorder: &mut Recorder) -> Result<Vec<DeviceOutput>, Error> {
        let image = inputs.volume("image")?;
        let (shape, weights) = (image.meta.shape, Periodic::weights());
        let out: Buffer =
            separable::record_correlate(recorder, image.buffer, shape, &weights, self.border, 0.0)?;
        Ok(vec![DeviceOutput::volume(out)])
    }
}

/// A tile has not the far side of the image: whether it is needed is known from the argument's type, not from its name, and
/// from its default as well.
#[test]
fn periodic_images_are_not_cut_into_tiles() {
    let image = Image::from(ramp([1, 200, 64], 2, Dtype::F32));
    let limit = Options { max_binding: Some(200 * 64 * 4 / 3), ..on(On::Gpu) };
    for (border, memory) in
        [(None, Memory::Host), (Some("wrap"), Memory::Host), (Some("nearest"), Memory::Device)]
    {
        let step = Step::new("execution/periodic").named("out").saved();
        let step = border.map_or(step.clone(), |b| step.arg("border", b));
        let whole = outcome(vec![step.clone()], &image, &on(On::Cpu));
        let tiled = outcome(vec![step], &image, &limit);
        assert_eq!(tiled.report.steps[0].memory, memory, "{border:?}");
        assert_eq!(tiled.report.submissions > 2, memory == Memory::Device, "{border:?}");
        let (a, b) = (volume(&whole, "out"), volume(&tiled, "out"));
        assert!(a.f32s().iter().zip(b.f32s().iter()).all(|(a, b)| (a - b).abs() < 1e-3), "{border:?}");
    }
}

/// Sizes that no machine holds are refused with the figure, by the plan and by the function, before any allocation.
#[test]
fn results_beyond_all_memory_are_refused() {
    let image = ramp([1, 64, 64], 2, Dtype::F32);
    let stack = ramp([2, 4, 4], 3, Dtype::U8);
    let longest = 1i64 << 24;
    let matrix = vec![vec![1.0, 0.0], vec![0.0, 1.0]];
    let cases: Vec<(Volume, Step, &str)> = vec![
        (image.clone(), Step::new("resize").arg("scale", 1e4), "1.638 TB for 640000x640000 float32"),
        (
            image,
            Step::new("affine_transform").arg("matrix", matrix).arg("shape", vec![longest; 2]),
            "1.126 PB",
        ),
        (stack, Step::new("resize").arg("shape", vec![longest; 3]), "more bytes than can be counted"),
    ];
    for (input, step, figure) in cases {
        let checked = check(&Pipeline::new(vec![step.clone()])).unwrap_or_else(|e| panic!("{}", e[0]));
        let image = Image::from(input.clone());
        let planned = plan(&checked, &image.meta(), &on(On::Cpu)).unwrap_err().remove(0);
        let frames = [Some(Frames::from(Datum::Volume(input)))];
        let applied = apply_step(get(&step.op).unwrap(), &step, &frames, &on(On::Cpu)).unwrap_err();
        for error in [planned, applied] {
            assert_eq!(error.code, Code::Unavailable, "{error}");
            let found = error.value.as_deref().unwrap_or_default();
            assert!(found.contains(figure) && error.allowed.is_some(), "{error}");
        }
    }
}

fn applied(id: &str, args: &Args, input: &Volume, place: On) -> (Volume, Memory) {
    let frames = [Some(Frames::from(Datum::Volume(input.clone())))];
    let (outputs, report) = apply(get(id).unwrap(), args, &frames, &on(place)).unwrap();
    let Datum::Volume(v) = &outputs[0].items[0] else { panic!("{id} gives no image") };
    (v.clone(), report.steps[0].memory)
}

/// Places at the border to the last bit, and far beyond what the device's numbers hold: as on the host.
#[test]
fn affine_places_at_the_border_and_far_off_are_those_of_the_host() {
    let image = ramp([1, 40, 60], 2, Dtype::F32);
    let args = |rows: Vec<Vec<f64>>, edge: &str, order: i64| -> Args {
        Step::new("affine_transform")
            .arg("matrix", rows)
            .arg("edge", edge)
            .arg("order", order)
            .arg("constant", -9.0)
            .args
    };
    let mut at_border = 0;
    for order in [0, 1] {
        let turned = args(vec![vec![0.95, -0.2], vec![0.22, 1.03]], "constant", order);
        let ((host, _), (device, memory)) = (
            applied("affine_transform", &turned, &image, On::Cpu),
            applied("affine_transform", &turned, &image, On::Gpu),
        );
        assert_eq!(memory, Memory::Device);
        for (i, (a, b)) in host.f32s().iter().zip(device.f32s().iter()).enumerate() {
            let tie = order == 0 && *a != -9.0 && *b != -9.0;
            assert!((a - b).abs() < 1e-3 || tie, "order {order}, pixel {i}: {a} against {b}");
            // 0.95 y - 0.2 x is 0 but for rounding, on either side.
            let (y, x) = (i / 60, i % 60);
            at_border += (19 * y == 4 * x && x > 0) as usize;
        }
    }
    assert!(at_border >= 4, "{at_border}");
    for offset in [1e300, -1e300, 1e12, -3e9] {
        for edge in ["nearest", "constant", "mirror"] {
            let far = args(vec![vec![1.0, 0.0, offset], vec![0.0, 1.0, 0.0]], edge, 1);
            let ((host, _), (device, _)) = (
                applied("affine_transform", &far, &image, On::Cpu),
                applied("affine_transform", &far, &image, On::Gpu),
            );
            assert_eq!(host, device, "{offset} {edge}");
            if edge == "nearest" {
                let last = if offset > 0.0 { 39 } else { 0 };
                assert_eq!(host.f32s()[..60], image.f32s()[last * 60..][..60], "{offset}");
            }
        }
    }
}

/// One infinite pixel makes infinite what is read between it and others, not NaN.
#[test]
fn infinity_stays_infinity_when_an_image_is_resized() {
    let mut pixels = vec![1.0f32; 64];
    pixels[27] = f32::INFINITY;
    let image = ramp([1, 8, 8], 2, Dtype::F32).image(pixels).unwrap();
    let args = Step::new("resize").arg("shape", vec![12i64, 12]).arg("anti_aliasing", false).args;
    for place in [On::Cpu, On::Gpu] {
        let (out, _) = applied("resize", &args, &image, place);
        let infinite = out.f32s().iter().filter(|v| **v == f32::INFINITY).count();
        let finite = out.f32s().iter().filter(|v| **v == 1.0).count();
        assert_eq!((infinite, infinite + finite), (9, 144), "{place:?}");
    }
}

/// Lists of steps drawn from the registry, of every skeleton, give the same bits step by step, fused, and part by part.
#[test]
fn fused_and_in_parts_are_the_bits_of_step_by_step() {
    use rotifer::registry::DatumKind;
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % n
    };
    // One image, mask or labels in, or two of one shape; anything but an rgb out.
    let fits = |e: &&&'static Entry| {
        use PortKind::{Image, ImageOrNumber, Labels, Mask, MaskOrLabels};
        let pixels = |p: &rotifer::registry::Port| {
            matches!(p.kind, Image | ImageOrNumber | Labels | Mask | MaskOrLabels)
        };
        let spec = e.spec;
        (1..=2).contains(&spec.inputs.len())
            && spec.inputs.iter().all(pixels)
            && !matches!(spec.outputs[0].kind.kind(), DatumKind::Rgb | DatumKind::Role(_))
    };
    let choice: Vec<&&'static Entry> = entries().iter().filter(fits).collect();
    assert!(choice.len() > 150, "{}", choice.len());
    let is_image = |kind: DatumKind| matches!(kind, DatumKind::Image | DatumKind::Mask | DatumKind::Labels);
    let (mut ran, mut fused, mut gathered) = (0, 0, std::collections::BTreeSet::new());
    for round in 0..400 {
        let (shape, ndim) = [([1, 47, 31], 2), ([9, 22, 17], 3)][round % 2];
        let dtype = [Dtype::U8, Dtype::U16, Dtype::F32, Dtype::I16][next(4)];
        let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape, ndim, spacing: None };
        let pixels: Vec<f32> = (0..meta.len()).map(|i| (i % 37) as f32 * 3.5 + next(60) as f32).collect();
        let image = Image::from(Volume::from_vec(&meta, pixels).unwrap().cast(dtype));
        let mut steps: Vec<Step> = Vec::new();
        // Of the image, and then of the first output of each step.
        let mut kinds = vec![DatumKind::Image];
        for k in 0..2 + next(5) {
            let last = kinds.iter().rposition(|kind| is_image(*kind)).unwrap_or(0);
            let first = if next(4) == 0 { next(k + 1) } else { last };
            let takes: Vec<_> =
                choice.iter().filter(|e| e.spec.inputs[0].kind.accepts(kinds[first])).collect();
            if takes.is_empty() {
                break;
            }
            let entry = takes[next(takes.len())];
            let examples: Vec<_> =
                entry.spec.examples.iter().filter_map(|e| document::arguments(e).ok()).collect();
            let mut step = Step { op: entry.spec.id.into(), ..Step::default() }.named(&format!("s{k}"));
            if !examples.is_empty() {
                step.args = examples[next(examples.len())].clone();
            }
            let from = |pick: usize| if pick == 0 { "input".to_string() } else { format!("s{}", pick - 1) };
            step.from = vec![from(first)];
            if let Some(port) = entry.spec.inputs.get(1)
                && (!port.optional || next(2) == 0)
            {
                let second: Vec<usize> = (0..kinds.len())
                    .filter(|k| is_image(kinds[*k]) && port.kind.accepts(kinds[*k]))
                    .collect();
                if second.is_empty() && !port.optional {
                    break;
                }
                step.from.extend(second.get(next(second.len().max(1))).map(|k| from(*k)));
            }
            if next(5) == 0 {
                step.dtype = Some(DtypeRequest::Preserve);
            }
            let output = entry.spec.outputs[0].kind;
            kinds.push(match output {
                OutKind::Like(_) => kinds[first],
                _ => output.kind(),
            });
            // Outputs that no step reads are compared, too.
            steps.push(if kinds.last().is_some_and(|kind| is_image(*kind)) { step } else { step.saved() });
        }
        let Some(last) = steps.pop() else { continue };
        steps.push(last.saved());
        let Ok(checked) = check(&Pipeline::new(steps.clone())) else { continue };
        let with = |part| Options { on: On::Cpu, part, ..Options::default() };
        let outcome = |part| run(&checked, &image, &with(part)).map(|o| o.outputs).map_err(|e| e.code);
        let steps_by_step = outcome(Some(0));
        if steps_by_step.is_ok() {
            ran += 1;
        }
        let planned = plan(&checked, &image.meta(), &with(None));
        let stages: Vec<_> = planned.iter().flat_map(|p| &p.steps).filter_map(|s| s.stage).collect();
        let in_parts = plan(&checked, &image.meta(), &with(Some(3)));
        gathered.extend(in_parts.iter().flat_map(|p| &p.steps).filter(|s| s.in_parts).map(|s| s.op));
        fused += stages.windows(2).any(|w| w[0] == w[1]) as usize;
        for part in [None, Some(1 + next(12))] {
            let other = outcome(part);
            let bits = |o: &Result<Vec<(String, Frames)>, Code>| match o {
                Ok(outputs) => Ok(outputs
                    .iter()
                    .flat_map(|(_, frames)| &frames.items)
                    // The text of a number is another for other bits.
                    .map(|d| match d {
                        Datum::Volume(v) => v.bytes().to_vec(),
                        other => format!("{other:?}").into_bytes(),
                    })
                    .collect::<Vec<_>>()),
                Err(code) => Err(*code),
            };
            assert!(
                bits(&steps_by_step) == bits(&other),
                "round {round}, {part:?} rows at a time: {steps:#?}"
            );
        }
    }
    eprintln!("{ran} ran, {fused} had a stage; gathered: {gathered:?}");
    assert!(ran >= 200 && fused >= 60 && gathered.len() >= 25, "{ran}, {fused}, {}", gathered.len());
}

/// Masks and labels that are moved stay what they are, on the way to steps that take nothing else.
#[test]
fn masks_and_labels_stay_such_when_they_are_moved() {
    let image = Image::from(ramp([1, 80, 91], 2, Dtype::U16));
    let steps = || {
        vec![
            Step::new("greater").arg("value", 128.0),
            Step::new("flip").named("turned").saved(),
            Step::new("binary_closing").named("closed").saved(),
            Step::new("connected_components"),
            Step::new("rotate").arg("angle", 20.0),
            Step::new("rescale").arg("scale", 1.5).named("labels").saved(),
            Step::new("filter_labels_by_size").arg("minimum_size", 2i64),
        ]
    };
    let host = outcome(steps(), &image, &on(On::Cpu));
    let device = outcome(steps(), &image, &on(On::Gpu));
    for (name, kind) in [("turned", Kind::Mask), ("closed", Kind::Mask), ("labels", Kind::Labels)] {
        assert_eq!(volume(&host, name).kind(), kind, "{name}");
        assert!(volume(&host, name).f64s().iter().any(|v| *v > 0.0), "{name}");
        assert_eq!(volume(&host, name), volume(&device, name), "{name}");
    }
    let steps = vec![blur(2.0), Step::new("flip"), Step::new("connected_components")];
    let Err(errors) = check(&Pipeline::new(steps)) else { panic!("an image is no mask") };
    assert_eq!(errors[0].code, Code::WrongKind);
}

/// Rows of an object are dropped when a part does not show it; a label that comes again has the hull of all its pixels.
#[test]
fn objects_that_come_again_in_later_parts_have_one_hull() {
    let labels = ndarray::Array3::from_shape_fn((24, 12, 13), |(z, y, x)| match (z, y, x) {
        (0..=2 | 9 | 20..=22, 2..6, 1..5) => 1u32,
        (4..=6, 7..11, 6..12) => 2,
        (11..=12, 0..12, 9) => 3,
        _ => 0,
    });
    let labels = Volume::new(labels, 3, Kind::Labels, None).unwrap();
    let args: Args = vec![("properties".into(), "label,area,solidity,euler_number".into())];
    let entry = get("regionprops_table").unwrap();
    let table = |part| {
        let options = Options { on: On::Cpu, part, ..Options::default() };
        let inputs = [Some(Frames::from(Datum::Volume(labels.clone()))), None];
        apply(entry, &args, &inputs, &options).unwrap().0
    };
    let whole = table(None);
    // The first object's hull is the box from its first plane to its last.
    let Datum::Table(found) = &whole[0].items[0] else { panic!("a table") };
    assert_eq!(found.column("solidity"), Some(&Values::Float(vec![7.0 / 23.0, 1.0, 1.0])));
    for planes in [1, 2, 5, 23] {
        assert_eq!(table(Some(planes)), whole, "{planes} planes at a time");
    }
}
