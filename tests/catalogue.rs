//! Lints over the whole registry. Each gathers every failure, with file and line, before it fails.

use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, StorageAccess};
use rotifer::registry::pipeline::STEP_KEYS;
use rotifer::registry::recorder::{Command, Handle, Pass};
use rotifer::registry::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Ids beside the catalogue, and beside what published pipelines need under a name of their own: no library has the whole
/// operation under one name.
const NO_LIBRARY_HAS: [&str; 17] = [
    "calculate",
    "cellprofiler_names",
    "classify_by_measurement",
    "filter_labels",
    "filter_rows",
    "flag",
    "group_rows",
    "intensity_per_object",
    "join_tables",
    "median_projection",
    "ml_classifier",
    "overlay",
    "percentile_projection",
    "pivot_table",
    "shape_per_object",
    "tile_grid_statistics",
    "zernike_moments",
];

/// Failures of one lint.
#[derive(Default)]
struct Failures(BTreeSet<String>);

impl Failures {
    fn at(&mut self, spec: &Spec, message: impl std::fmt::Display) {
        self.0.insert(format!("{}:{}: {}: {message}", spec.file, spec.line, spec.id));
    }

    fn check(&mut self, holds: bool, spec: &Spec, message: impl std::fmt::Display) {
        if !holds {
            self.at(spec, message);
        }
    }

    fn none(self) {
        let list: Vec<String> = self.0.into_iter().collect();
        assert!(list.is_empty(), "{} failures:\n{}", list.len(), list.join("\n"));
    }
}

fn specs() -> impl Iterator<Item = &'static Spec> {
    entries().iter().map(|e| e.spec)
}

fn is_sentence(text: &str) -> bool {
    let text = text.trim();
    let begins = text.chars().next().is_some_and(|c| c.is_uppercase() || c.is_numeric() || "(`|".contains(c));
    begins && text.ends_with('.')
}

/// The defaults, if there is one for every argument, and every example.
fn argument_sets(entry: &Entry, failures: &mut Failures) -> Vec<(String, Args)> {
    let mut sets = Vec::new();
    if entry.spec.params.iter().all(|p| p.default.is_some()) {
        sets.push(("defaults".to_string(), Args::new()));
    }
    for example in entry.spec.examples {
        match toml::from_str::<BTreeMap<String, Value>>(example) {
            Ok(args) => sets.push((format!("example {example:?}"), args.into_iter().collect())),
            Err(error) => failures.at(entry.spec, format!("example {example:?}: {error}")),
        }
    }
    sets
}

/// Ids that say it better than the catalogue does, and what they are there.
const RENAMED: [(&str, &str); 1] = [("pixel_expression", "evaluate_expression")];

#[test]
fn ids_are_those_of_the_catalogue() {
    let path = Path::new(ROOT).join("../shared/catalog/catalog.csv");
    let Ok(mut reader) = csv::Reader::from_path(&path) else {
        println!("skipped, the file is absent: {}", path.display());
        return;
    };
    let catalogue: BTreeMap<String, String> = reader
        .records()
        .map(|row| row.expect("the catalogue is a table"))
        .map(|row| (row[0].to_string(), row[1].to_string()))
        .collect();
    assert!(catalogue.len() > 100, "{} rows in {}", catalogue.len(), path.display());
    let needed = Path::new(ROOT).join("../shared/pipelines/order.csv");
    let mut needed =
        csv::Reader::from_path(&needed).expect("the items of pipelines lie beside the catalogue");
    let needed: BTreeSet<String> = needed
        .records()
        .map(|row| row.expect("the items of pipelines are a table"))
        .filter(|row| &row[2] == "new")
        .map(|row| row[1].to_string())
        .collect();
    let mut failures = Failures::default();
    for spec in specs() {
        let listed = RENAMED.iter().find(|(ours, _)| *ours == spec.id).map_or(spec.id, |(_, listed)| *listed);
        match catalogue.get(listed) {
            Some(family) => failures.check(
                family == spec.family.name(),
                spec,
                format!("family {}, {family} in the catalogue", spec.family.name()),
            ),
            None if NO_LIBRARY_HAS.contains(&spec.id) || needed.contains(spec.id) => {}
            None => failures.at(spec, "not in the catalogue"),
        }
    }
    failures.none();
}

#[test]
fn declarations_say_all_there_is_to_know() {
    let mut failures = Failures::default();
    for spec in specs() {
        failures.check(is_sentence(spec.summary()), spec, "the first line of the doc is no sentence");
        failures.check(spec.summary().len() <= 120, spec, "the summary is longer than 120 bytes");
        failures.check(spec.revision > 0, spec, "revisions count from 1");
        failures.check(!spec.outputs.is_empty(), spec, "no output");
        let mut names = BTreeSet::new();
        let inputs = spec.inputs.iter().map(|p| p.name);
        for name in inputs.chain(spec.params.iter().map(|p| p.name)) {
            failures.check(names.insert(name), spec, format!("`{name}` names two inputs or arguments"));
        }
        let outputs: BTreeSet<&str> = spec.outputs.iter().map(|o| o.name).collect();
        failures.check(outputs.len() == spec.outputs.len(), spec, "two outputs of one name");
        let first_optional = spec.inputs.iter().position(|p| p.optional).unwrap_or(spec.inputs.len());
        let ordered = spec.inputs[first_optional..].iter().all(|p| p.optional);
        failures.check(ordered, spec, "an input that is needed stands behind an optional one");
        for param in spec.params {
            let name = param.name;
            let doc = param.doc.join(" ");
            failures.check(is_sentence(&doc), spec, format!("the doc of `{name}` is no sentence: {doc:?}"));
            failures.check(!STEP_KEYS.contains(&name), spec, format!("`{name}` is a key of every step"));
            if let Some((lo, hi)) = param.range {
                failures.check(lo <= hi, spec, format!("the range of `{name}` is empty"));
            }
            if let Some(Err(error)) = param.default_value().map(|v| param.check_range(&v)) {
                failures.at(spec, format!("default: {error}"));
            }
        }
        if spec.follows != "Rotifer" {
            let words: Vec<&str> = spec.follows.split(' ').collect();
            let names = words.len() >= 2
                && words[0].contains('.')
                && words.last().is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit()));
            failures.check(names, spec, "`follows` is not `library.function version`");
            failures.check(!spec.python.trim().is_empty(), spec, "no `python` to compare with");
        }
        let tolerance = match spec.agrees {
            Agree::Absolute(t) | Agree::Relative(t) => t,
            Agree::Exact | Agree::Relabelled => 1e-9,
        };
        failures.check(tolerance > 0.0 && tolerance <= 1e-2, spec, "a tolerance lies between 0 and 0.01");
    }
    failures.none();
}

#[test]
fn defaults_and_examples_build() {
    let mut failures = Failures::default();
    for entry in entries() {
        let spec = entry.spec;
        let required = spec.params.iter().any(|p| p.default.is_none());
        failures.check(
            !(required && spec.examples.is_empty()),
            spec,
            "an argument is required, and no example",
        );
        for (what, args) in argument_sets(entry, &mut failures) {
            match entry.build(&args) {
                Ok(op) => failures.check(
                    op.device().is_some() == spec.device,
                    spec,
                    "the memory types of the declaration and of the function differ",
                ),
                Err(errors) => {
                    errors.iter().for_each(|error| failures.at(spec, format!("{what}: {error}")));
                }
            }
        }
    }
    failures.none();
}

#[test]
fn every_kernel_file_is_registered_and_named_by_its_id() {
    let mut failures = Failures::default();
    let mut declared: BTreeMap<String, usize> = BTreeMap::new();
    for family in folders(&Path::new(ROOT).join("kernels")) {
        for file in files(&family, "rs") {
            let text = std::fs::read_to_string(&file).expect("a source file");
            let count = text.lines().filter(|line| line.starts_with("op! {")).count();
            if count > 0 {
                let path = file.strip_prefix(ROOT).expect("below the root");
                declared.insert(path.display().to_string().replace('\\', "/"), count);
            }
        }
    }
    let mut registered: BTreeMap<String, usize> = BTreeMap::new();
    for spec in specs() {
        let file = spec.file.replace('\\', "/");
        let folder = format!("kernels/{}/", spec.family.name());
        match declared.get(&file) {
            // The rows of a table share a file.
            Some(2..) => {
                failures.check(file.starts_with(&folder), spec, format!("its file is to be in {folder}"))
            }
            _ => {
                let expected = format!("{folder}{}.rs", spec.id);
                failures.check(file == expected, spec, format!("its file is to be {expected}"));
            }
        }
        *registered.entry(file).or_default() += 1;
    }
    for (file, count) in &declared {
        let found = registered.get(file).copied().unwrap_or_default();
        if found != *count {
            failures.0.insert(format!(
                "{file}: declares {count} operations, {found} are registered: is its `mod` line there?"
            ));
        }
    }
    // An empty registry means that the linker dropped the kernels.
    assert!(!declared.is_empty());
    failures.none();
}

fn folders(root: &Path) -> Vec<PathBuf> {
    let children = std::fs::read_dir(root).expect("a folder").map(|e| e.expect("readable").path());
    children.filter(|p| p.is_dir()).collect()
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let children = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("readable").path());
    children.filter(|p| p.extension().is_some_and(|e| e == extension)).collect()
}

// Shaders

struct Parsed {
    module: naga::Module,
    info: ModuleInfo,
}

fn parse(shader: &Shader) -> Result<Parsed, String> {
    let path = format!("shaders/{}.wgsl", shader.name);
    let module = naga::front::wgsl::parse_str(&shader.source)
        .map_err(|e| e.emit_to_string_with_path(&shader.source, &path))?;
    // The capabilities of every adapter: no capability beyond the core.
    let info = Validator::new(ValidationFlags::all(), Capabilities::default())
        .validate(&module)
        .map_err(|e| e.emit_to_string_with_path(&shader.source, &path))?;
    Ok(Parsed { module, info })
}

#[test]
fn shaders_are_valid_and_bind_what_is_recorded() {
    let mut failures = Failures::default();
    let mut parsed: BTreeMap<u64, Parsed> = BTreeMap::new();
    for shader in rotifer_shaders::ALL {
        assert_eq!(shader.key, Shader::key(&shader.source), "{}: its key", shader.name);
        match parse(shader) {
            Ok(module) => drop(parsed.insert(shader.key, module)),
            Err(error) => drop(failures.0.insert(error)),
        }
    }
    assert_eq!(
        parsed.len(),
        rotifer_shaders::ALL.len(),
        "shaders of equal key, or wrong ones: {:?}",
        failures.0
    );
    let mut used = BTreeSet::new();
    let mut made = 0;
    for entry in entries().iter().filter(|e| e.spec.device) {
        let mut recordings = 0;
        for (what, args) in argument_sets(entry, &mut failures) {
            let Ok(op) = entry.build(&args) else { continue };
            for recorder in recordings_of(entry, op.as_ref(), &what, &mut failures) {
                recordings += 1;
                for command in recorder.commands() {
                    let Command::Pass(pass) = command else { continue };
                    used.insert(pass.shader.key);
                    if let Handle::Made(shader) = &pass.shader
                        && !parsed.contains_key(&shader.key)
                    {
                        made += 1;
                        match parse(shader).and_then(|p| translate(&p).map(|()| p)) {
                            Ok(module) => drop(parsed.insert(shader.key, module)),
                            Err(error) => failures.at(entry.spec, format!("{error}\n{}", shader.source)),
                        }
                    }
                    let Some(parsed) = parsed.get(&pass.shader.key) else { continue };
                    for wrong in bindings(pass, parsed) {
                        failures.at(entry.spec, format!("{}, `{}`: {wrong}", pass.shader.name, pass.entry));
                    }
                }
            }
        }
        failures.check(recordings > 0, entry.spec, "its device kernel records nothing");
    }
    // Shaders in folders of no family are the runtime's own.
    let families: BTreeSet<&str> = specs().map(|spec| spec.family.name()).collect();
    let of_family = |s: &Shader| s.name.split('/').next().is_some_and(|folder| families.contains(folder));
    for shader in rotifer_shaders::ALL.iter().filter(|s| of_family(s) && !used.contains(&s.key)) {
        failures.0.insert(format!("shaders/{}.wgsl: no recording uses it", shader.name));
    }
    assert!(made > 0 || !specs().any(|s| s.id == "pixel_expression"), "no shader was made at run time");
    failures.none();
}

/// Rows of a dispatch are as long for the shaders as they are made.
#[test]
fn shaders_count_workgroups_as_they_are_dispatched() {
    let Parsed { module, .. } = parse(&rotifer_shaders::memory::PACK).expect("a valid shader");
    let named = |(_, c): &(_, &naga::Constant)| c.name.as_deref() == Some("ROW");
    let (_, row) = module.constants.iter().find(named).expect("`ROW` of shared/grid.wgsl");
    let value = &module.global_expressions[row.init];
    let naga::Expression::Literal(naga::Literal::U32(row)) = value else { panic!("{value:?}") };
    assert_eq!(*row as usize, rotifer::registry::recorder::ROW);
}

/// DirectX and Metal have no machine here: what they are given is at least made.
#[test]
fn shaders_translate_for_every_interface() {
    let mut failures = Failures::default();
    for shader in rotifer_shaders::ALL {
        if let Err(error) = parse(shader).and_then(|parsed| translate(&parsed)) {
            failures.0.insert(format!("shaders/{}.wgsl: {error}", shader.name));
        }
    }
    failures.none();
}

fn translate(Parsed { module, info }: &Parsed) -> Result<(), String> {
    use naga::back::{hlsl, msl, pipeline_constants::process_overrides};
    let constants = module.overrides.iter().filter_map(|(_, o)| Some((o.name.clone()?, 1.0))).collect();
    let (module, info) =
        process_overrides(module, info, None, &constants).expect("a constant for every override");
    let mut text = String::new();
    let (options, pipeline) = (hlsl::Options::default(), hlsl::PipelineOptions::default());
    let written = hlsl::Writer::new(&mut text, &options, &pipeline).write(&module, &info, None);
    written.map_err(|error| format!("no HLSL: {error}"))?;
    let (options, pipeline) =
        (msl::Options { lang_version: (2, 0), ..msl::Options::default() }, msl::PipelineOptions::default());
    msl::write_string(&module, &info, &options, &pipeline).map_err(|error| format!("no MSL: {error}"))?;
    Ok(())
}

/// The passes that a device kernel records for images of a few sizes, dtypes and inputs.
fn recordings_of(entry: &'static Entry, op: &dyn Op, what: &str, failures: &mut Failures) -> Vec<Recorder> {
    let mut recordings = Vec::new();
    let Some(device) = op.device() else { return recordings };
    let mut refused = None;
    for (shape, ndim) in [([1, 17, 33], 2), ([1, 400, 700], 2), ([5, 7, 9], 3), ([20, 90, 110], 3)] {
        for dtype in [Dtype::U8, Dtype::U16, Dtype::F32] {
            for given in [false, true] {
                let spacing = Some(Spacing::new([0.5, 0.2, 0.2], SpacingSource::Given));
                let image = VolumeMeta { kind: Kind::Image, dtype, shape, ndim, spacing };
                let mut recorder = Recorder::new();
                let mut metas = Vec::new();
                let mut items = Vec::new();
                for port in entry.spec.inputs {
                    let (meta, item) = match input(port, &image, given, &mut recorder) {
                        Some((meta, item)) => (Some(meta), Some(item)),
                        None => (None, None),
                    };
                    metas.push(meta);
                    items.push(item);
                }
                let metas = Metas::new(entry.spec.inputs, &metas);
                let mut outputs: Vec<DatumMeta> =
                    entry.spec.outputs.iter().map(|o| o.kind.meta(&image)).collect();
                let recorded =
                    op.infer(&metas, &mut outputs).and_then(|()| device.fits(&metas)).and_then(|()| {
                        device.record(&DeviceInputs::new(entry.spec.inputs, &items), &mut recorder)
                    });
                match recorded {
                    Ok(list) => {
                        failures.check(
                            list.len() == entry.spec.outputs.len(),
                            entry.spec,
                            format!("{what}: {} outputs recorded", list.len()),
                        );
                        recordings.push(recorder);
                    }
                    Err(error) if matches!(error.code, Code::Shape | Code::InputCount) => {
                        refused = Some(error)
                    }
                    Err(error) => failures.at(entry.spec, format!("{what}, {}: {error}", image.shape_text())),
                }
            }
        }
    }
    if let (true, Some(error)) = (recordings.is_empty(), refused) {
        failures.at(entry.spec, format!("{what}: fits no image: {error}"));
    }
    recordings
}

/// The plan asks `fits`; what that takes is recorded, or the run would fail half way.
#[test]
fn device_kernels_record_all_that_they_say_fits() {
    let mut failures = Failures::default();
    let mut declined = 0;
    for entry in entries().iter().filter(|e| e.spec.device) {
        let mut sets = argument_sets(entry, &mut failures);
        // And each length as large as it may be.
        for param in entry.spec.params.iter().filter(|p| p.ty.takes_length()) {
            let Some((_, most)) = param.range else { continue };
            sets.push((
                format!("{} = {most}", param.name),
                [(param.name.to_string(), Value::Float(most))].into(),
            ));
        }
        let mut recorded = 0;
        for (what, args) in sets {
            let Ok(op) = entry.build(&args) else { continue };
            let Some(device) = op.device() else { continue };
            let kinds = Dtype::ALL.map(|dtype| (Kind::Image, dtype)).into_iter();
            for (kind, dtype) in kinds.chain([(Kind::Labels, Dtype::U32), (Kind::Mask, Dtype::U8)]) {
                for (shape, ndim) in [([1, 40, 70], 2), ([6, 20, 30], 3)] {
                    let image = VolumeMeta { kind, dtype, shape, ndim, spacing: None };
                    let mut recorder = Recorder::new();
                    let given = entry.spec.inputs.iter().map(|port| input(port, &image, true, &mut recorder));
                    let (metas, items): (Vec<_>, Vec<_>) = given.map(Option::unzip).unzip();
                    let metas = Metas::new(entry.spec.inputs, &metas);
                    let mut outputs: Vec<DatumMeta> =
                        entry.spec.outputs.iter().map(|o| o.kind.meta(&image)).collect();
                    // As the plan asks, which refuses the run where these do.
                    if op.infer(&metas, &mut outputs).is_err() || op.reach(&metas).is_err() {
                        continue;
                    }
                    if let Err(error) = device.fits(&metas) {
                        declined += 1;
                        let says_why = error.code == Code::Unavailable && !error.message.is_empty();
                        failures.check(says_why, entry.spec, format!("{what}: declined as {error}"));
                        continue;
                    }
                    match device.record(&DeviceInputs::new(entry.spec.inputs, &items), &mut recorder) {
                        Ok(_) => recorded += 1,
                        Err(error) => failures.at(
                            entry.spec,
                            format!("{what}, {dtype} {kind:?} {}: fits, but {error}", image.shape_text()),
                        ),
                    }
                }
            }
        }
        failures.check(recorded > 0, entry.spec, "its device kernel takes nothing");
    }
    assert!(declined > 0, "no kernel declined anything");
    failures.none();
}

/// An input for a port; the optional ones and the numbers of `ImageOrNumber` where `given` says so.
fn input(
    port: &Port,
    image: &VolumeMeta,
    given: bool,
    recorder: &mut Recorder,
) -> Option<(DatumMeta, DeviceDatum)> {
    if port.optional && !given {
        return None;
    }
    let kind = match port.kind {
        PortKind::Mask => (Kind::Mask, Dtype::U8),
        PortKind::Labels | PortKind::MaskOrLabels => (Kind::Labels, Dtype::U32),
        PortKind::Number => {
            return Some((DatumMeta::Number, DeviceDatum::Number(recorder.external(1))));
        }
        PortKind::ImageOrNumber if given => {
            return Some((DatumMeta::Number, DeviceDatum::Number(recorder.external(1))));
        }
        PortKind::Rgb => (Kind::Image, image.dtype),
        _ => (image.kind, image.dtype),
    };
    let mut meta = image.with(kind.0, kind.1);
    if port.name == "psf" {
        meta.shape = meta.shape.map(|n| n.min(9) - (n.min(9) + 1) % 2);
    }
    let mut volume = || DeviceVolume { buffer: recorder.external(meta.len()), meta: meta.clone() };
    Some(match port.kind {
        PortKind::Rgb => {
            let planes = [volume(), volume(), volume()];
            (DatumMeta::Rgb(meta), DeviceDatum::Rgb(planes))
        }
        _ => {
            let volume = volume();
            (DatumMeta::Volume(meta), DeviceDatum::Volume(volume))
        }
    })
}

/// Where a recorded pass and the globals that its entry point uses differ.
fn bindings(pass: &Pass, parsed: &Parsed) -> Vec<String> {
    let Parsed { module, info } = parsed;
    let mut wrong = Vec::new();
    let Some(point) = module.entry_points.iter().position(|e| e.name == pass.entry) else {
        return vec!["no such entry point".into()];
    };
    for (name, _) in &pass.constants {
        if !module.overrides.iter().any(|(_, o)| o.name.as_deref() == Some(*name)) {
            wrong.push(format!("no override is named `{name}`"));
        }
    }
    let uses = info.get_entry_point(point);
    let mut uniform = None;
    let mut storage = BTreeMap::new();
    for (handle, global) in module.global_variables.iter() {
        let Some(binding) = global.binding.filter(|_| !uses[handle].is_empty()) else { continue };
        if binding.group != 0 {
            wrong.push(format!("a binding in group {}", binding.group));
        }
        match global.space {
            AddressSpace::Uniform => {
                uniform =
                    Some((binding.binding, module.types[global.ty].inner.size(module.to_ctx()) as usize));
            }
            AddressSpace::Storage { access } => {
                storage.insert(binding.binding, access.contains(StorageAccess::STORE));
            }
            other => wrong.push(format!("a binding of {other:?}")),
        }
    }
    match uniform {
        Some((0, size)) if size == pass.uniform.len() && size % 16 == 0 => {}
        None if pass.uniform.is_empty() => {}
        Some((at, size)) => wrong.push(format!(
            "the uniform at binding {at} has {size} bytes, {} are recorded (binding 0, a multiple of 16)",
            pass.uniform.len()
        )),
        None => wrong.push(format!("no uniform is used, {} bytes are recorded", pass.uniform.len())),
    }
    let first = uniform.is_some() as u32;
    let expected: Vec<u32> = (first..first + pass.buffers.len() as u32).collect();
    let found: Vec<u32> = storage.keys().copied().collect();
    if found != expected {
        wrong.push(format!("storage at bindings {found:?} is used, {expected:?} are recorded"));
    }
    if pass.buffers.len() > 8 {
        wrong.push(format!("{} storage buffers, 8 are allowed", pass.buffers.len()));
    }
    // A buffer that is written cannot be bound twice in one pass.
    for (i, buffer) in pass.buffers.iter().enumerate() {
        for (j, _) in pass.buffers.iter().enumerate().skip(i + 1).filter(|(_, b)| *b == buffer) {
            let written = |k: usize| storage.get(&(first + k as u32)).is_some_and(|w| *w);
            if written(i) || written(j) {
                wrong.push(format!("one buffer at bindings {i} and {j} of storage, and written"));
            }
        }
    }
    wrong
}

/// Operations whose output may begin at the place of its input though it ends elsewhere.
const SAME_PLACE: [&str; 3] = ["affine_transform", "concatenate", "pad"];

/// An image of another shape is one of another part of the field, and says which, or that it is of none.
#[test]
fn images_of_other_shapes_have_other_places() {
    let mut failures = Failures::default();
    let (mut reshaped, mut kept) = (0, BTreeSet::new());
    for entry in entries() {
        for (what, args) in argument_sets(entry, &mut failures) {
            let Ok(op) = entry.build(&args) else { continue };
            for (shape, ndim) in [([1, 40, 60], 2), ([9, 40, 60], 3)] {
                let size = Spacing::new([0.5, 0.2, 0.3], SpacingSource::Given);
                let spacing = Some(Spacing { origin: [5.0, 7.0, 11.0], ..size });
                let image = VolumeMeta { kind: Kind::Image, dtype: Dtype::U16, shape, ndim, spacing };
                let mut recorder = Recorder::new();
                let ports = entry.spec.inputs;
                let metas: Vec<Option<DatumMeta>> = ports
                    .iter()
                    .map(|port| input(port, &image, true, &mut recorder).map(|(meta, _)| meta))
                    .collect();
                let mut outputs: Vec<DatumMeta> =
                    entry.spec.outputs.iter().map(|o| o.kind.meta(&image)).collect();
                if ports.is_empty() || op.infer(&Metas::new(ports, &metas), &mut outputs).is_err() {
                    continue;
                }
                for made in outputs.iter().filter_map(DatumMeta::volume) {
                    // A projection loses an axis, and what is left of the others stands where it stood.
                    let cut =
                        made.ndim == ndim && (0..3).any(|a| made.shape[a] != shape[a] && made.shape[a] > 1);
                    if !cut {
                        continue;
                    }
                    reshaped += 1;
                    if made.spacing.is_some_and(|s| s.origin == [5.0, 7.0, 11.0]) {
                        match SAME_PLACE.iter().find(|id| **id == entry.spec.id) {
                            Some(id) => drop(kept.insert(*id)),
                            None => failures.at(
                                entry.spec,
                                format!("{what}: {} of {}", made.shape_text(), image.shape_text()),
                            ),
                        }
                    }
                }
            }
        }
    }
    failures.none();
    assert!(reshaped > 20, "{reshaped} images of other shapes");
    assert_eq!(kept.len(), SAME_PLACE.len(), "listed without need: {kept:?}");
}
