//! Laws of the registry: identity, refusals before any work, and nothing opened on the way.

use rotifer::context;
use rotifer::execute::{Options, apply_step};
use rotifer::registry::pipeline::{DtypeRequest, Tree, check};
use rotifer::registry::registration::sorted;
use rotifer::registry::*;
use std::collections::BTreeSet;
use std::process::Command;

// An operation of another crate, this one.
op! {
    /// Adds a number.
    pub struct Raise {
        /// The number that is added.
        by: f64 = 1.0, range(0.0, 10.0);
        /// How many times; must be given.
        times: u32;
        /// Which way.
        way: Edge = Edge::Reflect;
    }
    id: "tests/raise", revision: 3, family: Math,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "Rotifer",
    python: "",
    examples: ["times = 2"],
}

impl Host for Raise {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let sum = image.f32s().iter().map(|x| x + self.by as f32 * self.times as f32).collect();
        Ok(vec![Datum::Volume(image.image::<f32>(sum)?)])
    }
}

fn args(pairs: &[(&str, Value)]) -> Args {
    pairs.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
}

fn errors_of(steps: Vec<Step>) -> Vec<Error> {
    check(&Pipeline::new(steps)).err().unwrap_or_default()
}

/// 1, 3: a process that nobody told anything has the same registry, function by function.
#[test]
fn another_process_has_the_same_functions() {
    let out = Command::new(env!("CARGO_BIN_EXE_rotifer")).args(["list", "--json"]).output().expect("starts");
    let there: Vec<serde_json::Value> = serde_json::from_slice(&out.stdout).expect("JSON");
    let there: Vec<(String, String)> = there
        .iter()
        .map(|f| (f["id"].as_str().unwrap_or("").into(), f["fingerprint"].as_str().unwrap_or("").into()))
        .collect();
    let here: Vec<(String, String)> = entries()
        .iter()
        .map(|e| (e.spec.id.to_string(), format!("{:016x}", e.spec.fingerprint())))
        .filter(|(id, _)| !id.starts_with("tests/"))
        .collect();
    assert_eq!(there, here);
}

/// 2, 9: an id that is defined twice is refused whoever defines it, and both places are named.
#[test]
fn a_duplicate_id_is_refused_naming_both_definitions() {
    let built_in = find("gaussian_filter").expect("a built-in");
    let mut impostor = Spec { ..*built_in.spec };
    (impostor.file, impostor.line) = ("theirs/src/main.rs", 7);
    let impostor = Box::leak(Box::new(Entry { spec: Box::leak(Box::new(impostor)), read: built_in.read }));
    for order in [vec![built_in, &*impostor], vec![&*impostor, built_in]] {
        let error = sorted(order).expect_err("refused");
        let text = error.to_string();
        assert_eq!(error.code, Code::DuplicateName);
        assert!(text.contains("gaussian_filter") && text.contains("theirs/src/main.rs:7"), "{text}");
        assert!(text.contains(&format!("{}:{}", built_in.spec.file, built_in.spec.line)), "{text}");
    }
    let ids: BTreeSet<&str> = entries().iter().map(|e| e.spec.id).collect();
    assert_eq!(ids.len(), entries().len());
}

/// 5: an unknown id fails, naming it and the nearest ids.
#[test]
fn an_unknown_id_names_the_nearest() {
    let error = get("gausian_filter").expect_err("unknown");
    assert_eq!(error.code, Code::UnknownOp);
    assert!(error.to_string().contains("`gausian_filter`"), "{error}");
    assert!(error.to_string().contains("gaussian_filter"), "{error}");
    let error = get("tests/raize").expect_err("unknown");
    assert!(error.to_string().contains("tests/raise"), "{error}");
    assert!(get("qqqq").expect_err("unknown").help.is_some());
}

/// 8: functions of other crates get `slice_by_slice` and `dtype` like built-ins.
#[test]
fn a_function_of_another_crate_gets_slices_and_dtypes() {
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::U8, shape: [3, 2, 2], ndim: 3, spacing: None };
    let pixels: Vec<u8> = (0..12).map(|i| 245 + i).collect();
    let stack = Volume::from_vec(&meta, pixels.clone()).expect("12 pixels");
    let mut step = Step::new("tests/raise").arg("times", 4);
    let run = |step: &Step| {
        let entry = get(&step.op).expect("registered");
        let inputs = [Some(Frames::from(Datum::Volume(stack.clone())))];
        let (outputs, _) = apply_step(entry, step, &inputs, &Options::default()).expect("runs");
        let Datum::Volume(volume) = outputs[0].at(0, 0).clone() else { panic!("an image") };
        assert_eq!((volume.shape(), volume.ndim()), (stack.shape(), 3));
        volume
    };
    let saturated: Vec<u8> = pixels.iter().map(|p| p.saturating_add(4)).collect();
    assert_eq!(run(&step).as_slice::<u8>(), Some(saturated.as_slice()));
    step.slice_by_slice = true;
    assert_eq!(run(&step).as_slice::<u8>(), Some(saturated.as_slice()));
    step.dtype = DtypeRequest::parse("uint16");
    let wide: Vec<u16> = pixels.iter().map(|p| *p as u16 + 4).collect();
    assert_eq!(run(&step).as_slice::<u16>(), Some(wide.as_slice()));
}

/// 7: functions are listed by memory type, and every one has a host kernel: there is no second tier.
#[test]
fn functions_are_listed_by_memory_type() {
    for entry in entries().iter().filter(|e| e.spec.params.iter().all(|p| p.default.is_some())) {
        let op = entry.build_default().unwrap_or_else(|e| panic!("{}: {e:?}", entry.spec.id));
        assert_eq!(op.device().is_some(), entry.spec.device, "{}", entry.spec.id);
    }
    assert!(entries().iter().any(|e| e.spec.device) && entries().iter().any(|e| !e.spec.device));
}

/// 11: unknown, missing or ill-typed arguments fail before any work, all at once, naming function and argument.
#[test]
fn wrong_arguments_are_named_before_any_work() {
    let entry = get("tests/raise").expect("registered");
    let found = |pairs: &[(&str, Value)]| {
        let errors = entry.build(&args(pairs)).err().unwrap_or_default();
        errors.into_iter().map(|e| (e.code, e.op, e.argument)).collect::<Vec<_>>()
    };
    let wrong = |code, argument: &str| (code, Some("tests/raise".to_string()), Some(argument.to_string()));
    let times = ("times", Value::Int(2));
    assert_eq!(found(std::slice::from_ref(&times)), []);
    assert_eq!(found(&[]), [wrong(Code::MissingArgument, "times")]);
    assert_eq!(found(&[times.clone(), ("bye", Value::Int(1))]), [wrong(Code::UnknownArgument, "bye")]);
    assert_eq!(found(&[times.clone(), ("by", Value::Int(11))]), [wrong(Code::OutOfRange, "by")]);
    assert_eq!(found(&[times.clone(), ("by", Value::Text("x".into()))]), [wrong(Code::WrongType, "by")]);
    assert_eq!(found(&[times.clone(), times.clone()]), [wrong(Code::DuplicateName, "times")]);
    assert_eq!(found(&[("times", Value::Float(1.5))]), [wrong(Code::WrongType, "times")]);
    assert_eq!(found(&[("times", Value::Int(-1))]), [wrong(Code::OutOfRange, "times")]);
    let many = found(&[("by", Value::Float(f64::NAN)), ("way", Value::Text("mirrored".into()))]);
    assert_eq!(
        many,
        [
            wrong(Code::OutOfRange, "by"),
            wrong(Code::MissingArgument, "times"),
            wrong(Code::OutOfRange, "way")
        ]
    );
    let step = |name: &str| Step::new("tests/raise").arg("times", 1).arg(name, Value::Int(1));
    let errors = errors_of(vec![step("by"), step("bye"), Step::new("tests/raize")]);
    let places: Vec<_> = errors.iter().map(|e| (e.step, e.code, e.argument.as_deref())).collect();
    assert_eq!(
        places,
        [(Some(1), Code::UnknownArgument, Some("bye")), (Some(2), Code::UnknownOp, Some("op"))]
    );
    assert!(errors[0].to_string().contains("did you mean by"), "{}", errors[0]);
}

/// 12: a step names a function of the registry. What is not in it is refused by step, with the way to register it.
#[test]
fn what_is_not_registered_is_refused_with_the_way_to_register_it() {
    let closure = std::any::type_name_of_val(&|x: f32| x + 1.0);
    let errors = errors_of(vec![Step::new("absolutely").named("a"), Step::new(closure)]);
    let error = errors.iter().find(|e| e.step == Some(1)).expect("refused");
    let text = error.to_string();
    assert!(text.contains("step 2") && text.contains(closure) && text.contains("op!"), "{text}");
}

/// 17: a step list carries ids and arguments only, so it survives any form that has texts, numbers and lists.
#[test]
fn a_step_list_is_data() {
    fn is_data<T: Clone + PartialEq + Send + Sync + 'static>(_: &T) {}
    let pipeline = Pipeline::new(vec![
        Step::new("gaussian_filter")
            .arg("sigma", Value::List(vec![Value::Float(0.5), Value::Text("2 um".into())])),
        Step::new("tests/raise").arg("times", Value::Int(i64::MAX)).named("raised").saved(),
        Step::new("subtract").from(&["raised", "input[c=1]"]),
    ]);
    is_data(&pipeline);
    let tree: Tree = pipeline.to_tree();
    is_data(&tree);
    let (back, _) = Pipeline::from_tree(&tree).expect("the same form");
    assert_eq!(back, pipeline);
}

/// 4: the fingerprint of a function changes with its revision and signature, and with nothing else.
#[test]
fn fingerprints_follow_the_signature() {
    let spec = get("tests/raise").expect("registered").spec;
    let changed = |change: &dyn Fn(&mut Spec)| {
        let mut other = Spec { ..*spec };
        change(&mut other);
        other.fingerprint() != spec.fingerprint()
    };
    assert!(changed(&|s| s.revision = 4));
    assert!(changed(&|s| s.params = &s.params[..1]));
    assert!(changed(&|s| s.inputs = &[]));
    assert!(changed(&|s| s.outputs = get("watershed").expect("registered").spec.outputs));
    assert!(!changed(&|s| s.doc = &["Otherwise said."]));
    assert!(!changed(&|s| s.line = 1));
    let all: BTreeSet<u64> = entries().iter().map(|e| e.spec.fingerprint()).collect();
    assert_eq!(all.len(), entries().len());
}

/// 84: a compiled pipeline holds what its steps use: an argument, an input or a choice that came later changes nothing.
#[test]
fn stamps_hold_what_a_step_uses() {
    const MORE: &[ParamSpec] = &[ParamSpec {
        name: "speed",
        doc: &[],
        ty: ParamType::Choice(&["slow", "fast", "faster"]),
        default: Some(|| Value::Text("slow".into())),
        range: None,
    }];
    const FEWER: &[ParamSpec] = &[ParamSpec { ty: ParamType::Choice(&["slow", "fast"]), ..MORE[0] }];
    const NUMBER: &[ParamSpec] = &[ParamSpec { ty: ParamType::Float, ..MORE[0] }];
    let spec = get("watershed").expect("registered").spec;
    assert!(spec.inputs.last().is_some_and(|port| port.optional));
    let with = |params: &'static [ParamSpec], inputs: usize| Spec {
        params,
        inputs: &spec.inputs[..inputs],
        ..*spec
    };
    let (all, fewer) = (spec.inputs.len(), spec.inputs.len() - 1);
    let given = args(&[("speed", Value::Text("fast".into()))]);
    let none = Args::new();
    assert_eq!(with(&[], all).stamp(&none, fewer), with(MORE, all).stamp(&none, fewer));
    assert_eq!(with(&[], fewer).stamp(&none, fewer), with(&[], all).stamp(&none, fewer));
    assert_eq!(with(FEWER, all).stamp(&given, fewer), with(MORE, all).stamp(&given, fewer));
    assert_ne!(with(NUMBER, all).stamp(&given, fewer), with(MORE, all).stamp(&given, fewer));
    assert_ne!(with(&[], all).stamp(&none, fewer), with(&[], all).stamp(&none, all));
    let newer = Spec { revision: spec.revision + 1, ..*spec };
    assert_ne!(newer.stamp(&none, fewer), spec.stamp(&none, fewer));
}

/// 6, 25: registering, listing, building, checking, encoding and decoding open no GPU.
#[test]
fn looking_opens_no_gpu() {
    for entry in entries() {
        let _ = (entry.spec.fingerprint(), entry.spec.summary(), entry.build_default().is_ok());
    }
    let pipeline = Pipeline::new(vec![Step::new("gaussian_filter")]);
    assert!(check(&pipeline).is_ok());
    let (again, _) = Pipeline::from_tree(&pipeline.to_tree()).expect("the same form");
    assert_eq!(again, pipeline);
    assert_eq!(context::opened(), 0);
}
