//! Pipelines of CellProfiler: the text of a file, what becomes of its modules, and published files as a whole.

use rotifer::cppipe::{self, Imported, Verdict};
use rotifer::document::{self, Form};
use rotifer::execute::{Options, run};
use rotifer::registry::pipeline::{Save, check};
use rotifer::registry::{Dtype, Kind, Pipeline, Step, Value, Volume, VolumeMeta, find};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of format 5 with one grey image, `DNA`, and these modules behind it.
fn file(modules: &str) -> String {
    format!(
        "CellProfiler Pipeline: http://www.cellprofiler.org\nVersion:5\nDateRevision:424\nModuleCount:2\n\n\
         NamesAndTypes:[module_num:1|variable_revision_number:8|enabled:True]\n    Assign a name to:All images\n    \
         Select the image type:Grayscale image\n    Name to assign these images:DNA\n\n{modules}"
    )
}

fn import(text: &str) -> Imported {
    let imported = cppipe::convert(&cppipe::read(text).expect("a pipeline"), "test");
    holds(&imported, "test");
    imported
}

/// The result passes the check as a tree and as text, saves something, and is the same both ways.
fn holds(imported: &Imported, what: &str) {
    let (checked, _) = document::checked(&imported.toml, Form::Toml)
        .unwrap_or_else(|errors| panic!("{what}: {errors:#?}\n{}", imported.toml));
    assert!(check(&imported.pipeline).is_ok_and(|c| !c.steps.is_empty()), "{what}");
    assert!(checked.saves() || !checked.numbers().is_empty(), "{what}");
    let (read, _) = document::pipeline(&imported.toml, Form::Toml).expect("a pipeline");
    assert_eq!(read, imported.pipeline, "{what}");
    let steps: usize = imported.modules.iter().map(|m| m.steps).sum();
    assert_eq!(steps, read.steps.len(), "{what}");
}

fn ops(pipeline: &Pipeline) -> Vec<&str> {
    pipeline.steps.iter().map(|s| s.op.as_str()).collect()
}

fn step<'a>(imported: &'a Imported, op: &str) -> &'a Step {
    let found = imported.pipeline.steps.iter().find(|s| s.op == op);
    found.unwrap_or_else(|| panic!("no {op}\n{}", imported.toml))
}

fn arg(step: &Step, name: &str) -> Value {
    step.args.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("{name} of {step:?}")).1.clone()
}

#[test]
fn escapes_of_every_format_are_read() {
    let text = "CellProfiler Pipeline: http://www.cellprofiler.org\r\nVersion:4\r\nDateRevision:319\r\n\r\n\
        Crop:[module_num:7|svn_version:\\'Unknown\\'|variable_revision_number:3|notes:\\x5B\\'a \\x7C \\\\xe2\\\\x80\\\\x9cb\\', \"it's\"\\x5D|enabled:False]\r\n    \
        Name\\x3A:\\xff\\xfeW\\x00e\\x00l\\x00l\\x00\r\n    Path:Default\\x7Ca\\\\b\r\n";
    let read = cppipe::read(text).unwrap();
    assert_eq!((read.version, read.date_revision), (4, 319));
    let module = &read.modules[0];
    assert_eq!((module.name.as_str(), module.number, module.revision, module.enabled), ("Crop", 7, 3, false));
    assert_eq!(module.notes, ["a | “b", "it's"]);
    assert_eq!(
        module.settings,
        [("Name:", "Well"), ("Path", "Default|a\\b")].map(|(a, b)| (a.into(), b.into()))
    );
}

#[test]
fn what_is_no_pipeline_is_refused_at_its_line() {
    for (text, line) in [
        ("", 1),
        ("{\"version\": \"v6\"}", 1),
        ("CellProfiler Pipeline: x\nVersion:five\n", 2),
        ("CellProfiler Pipeline: x\nVersion:5\n    a:b\n", 3),
        ("CellProfiler Pipeline: x\nVersion:5\nCrop:[module_num:1]\n    nothing\n", 4),
        ("CellProfiler Pipeline: x\nVersion:5\nCrop:[module_num:1\n", 3),
    ] {
        assert_eq!(cppipe::read(text).unwrap_err().line, Some(line), "{text}");
    }
    assert!(cppipe::read("CellProfiler Pipeline: x\nVersion:6\n").is_err());
}

#[test]
fn no_text_makes_it_panic() {
    let whole = file(
        "IdentifyPrimaryObjects:[module_num:2|enabled:True]\n    Select the input image:DNA\n    Threshold strategy:Adaptive\n",
    );
    for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
        if let Ok(read) = cppipe::read(&whole[..end])
            && (end % 7 == 0 || end == whole.len())
        {
            cppipe::convert(&read, "cut");
        }
    }
    // Every known module without any setting.
    let names = include_str!("../runtime/cppipe/mod.rs").split('"').skip(1).step_by(2);
    for name in names.filter(|n| n.chars().all(|c| c.is_ascii_alphanumeric())) {
        import(&file(&format!("{name}:[module_num:2|enabled:True]\n")));
    }
}

const PRIMARY: &str = "IdentifyPrimaryObjects:[module_num:2|variable_revision_number:14|enabled:True]
    Select the input image:DNA
    Name the primary objects to be identified:Nuclei
    Typical diameter of objects, in pixel units (Min,Max):8,80
    Discard objects outside the diameter range?:Yes
    Discard objects touching the border of the image?:Yes
    Method to distinguish clumped objects:Shape
    Method to draw dividing lines between clumped objects:Shape
    Size of smoothing filter:10
    Suppress local maxima that are closer than this minimum allowed distance:7
    Speed up by using lower-resolution image to find local maxima?:No
    Fill holes in identified objects?:After both thresholding and declumping
    Automatically calculate size of smoothing filter for declumping?:Yes
    Automatically calculate minimum allowed distance between local maxima?:No
    Use advanced settings?:Yes
    Threshold strategy:Global
    Thresholding method:Otsu
    Threshold smoothing scale:1.3488
    Threshold correction factor:0.9
    Lower and upper bounds on threshold:0.05,0.7
    Two-class or three-class thresholding?:Two classes
    Thresholding method:Otsu

";

#[test]
fn primary_objects_are_found_as_the_settings_say() {
    let imported = import(&file(PRIMARY));
    assert_eq!(
        ops(&imported.pipeline),
        [
            "convert_float32",
            "threshold_otsu",
            "gaussian_filter",
            "greater_or_equal",
            "binary_fill_holes",
            "remove_small_holes",
            "logical_and",
            "connected_components",
            "distance_transform_edt",
            "peak_local_max",
            "negate",
            "watershed",
            "filter_labels_by_size",
            "clear_border"
        ]
    );
    let threshold = arg(step(&imported, "greater_or_equal"), "value");
    assert_eq!(threshold, Value::from("= clamp(0.9 * Nuclei_threshold.threshold, 0.05, 0.7)"));
    assert_eq!(arg(step(&imported, "gaussian_filter"), "sigma"), Value::from(1.0));
    assert_eq!(arg(step(&imported, "filter_labels_by_size"), "minimum_size"), Value::from(51));
    assert_eq!(arg(step(&imported, "filter_labels_by_size"), "maximum_size"), Value::from(5026));
    assert_eq!(step(&imported, "clear_border").as_name.as_deref(), Some("Nuclei"));
    assert_eq!(imported.modules[1].verdict, Verdict::Differs);
}

#[test]
fn names_of_images_and_objects_stay_apart() {
    let text = file(&PRIMARY.replace("identified:Nuclei", "identified:DNA"));
    let names: Vec<_> = import(&text).pipeline.steps.iter().filter_map(|s| s.as_name.clone()).collect();
    assert!(names.contains(&"DNA".into()) && names.contains(&"DNA_2".into()), "{names:?}");
}

#[test]
fn measurements_are_columns_where_modules_use_them() {
    let text = file(PRIMARY)
        + "MeasureObjectSizeShape:[module_num:3|enabled:True]
    Select object sets to measure:Nuclei

FilterObjects:[module_num:4|enabled:True]
    Select the objects to filter:Nuclei
    Name the output objects:Round
    Select the filtering mode:Measurements
    Select the filtering method:Limits
    Select the measurement to filter by:AreaShape_FormFactor
    Filter using a minimum measurement value?:Yes
    Minimum value:0.6
    Filter using a maximum measurement value?:No
    Maximum value:1

ClassifyObjects:[module_num:5|enabled:True]
    Make each classification decision on how many measurements?:Single measurement
    Select the object to be classified:Round
    Select the measurement to classify by:Intensity_MeanIntensity_DNA
    Select bin spacing:Custom-defined bins
    Use a bin for objects below the threshold?:Yes
    Use a bin for objects above the threshold?:Yes
    Enter the custom thresholds separating the values between bins:0.2
    Give each bin a name?:Yes
    Enter the bin names separated by commas:Dim,Bright
    Retain an image of the classified objects?:No
    Name the output image:None

CalculateMath:[module_num:6|enabled:True]
    Name the output measurement:Share
    Operation:Divide
    Select the numerator measurement type:Image
    Select the numerator objects:None
    Select the numerator measurement:Count_Round
    Multiply the above operand by:100
    Raise the power of above operand by:1
    Select the denominator measurement type:Image
    Select the denominator objects:None
    Select the denominator measurement:Count_Nuclei
    Multiply the above operand by:1
    Raise the power of above operand by:1
";
    let imported = import(&text);
    let kept = step(&imported, "filter_labels");
    let as_there = ["shape_per_object", "intensity_per_object"].map(|op| find(op).is_some());
    let form = if as_there[0] { "form_factor" } else { "4 * pi * area / square(perimeter)" };
    assert_eq!(arg(kept, "where"), Value::from(format!("{form} >= 0.6")));
    assert_eq!(kept.from, ["Nuclei", "Nuclei_shape"]);
    let class = step(&imported, "calculate");
    let mean = if as_there[1] { "mean_intensity" } else { "intensity_mean" };
    assert_eq!(arg(class, "expression"), Value::from(format!("(({mean}) > 0.2)")));
    assert_eq!(class.save, Save::Usual);
    let share = arg(step(&imported, "fill"), "value");
    assert_eq!(share, Value::from("= ((100 * Round_count.maximum)) / (Nuclei_count.maximum)"));
}

#[test]
fn what_is_missing_is_named_and_the_rest_goes_on() {
    let text = file(
        "TeleportCells:[module_num:2|enabled:True]\n    Name the output image:Gone\n\n\
         Smooth:[module_num:3|enabled:True]\n    Select the input image:Gone\n    Name the output image:Soft\n\n\
         ImageMath:[module_num:4|enabled:True]\n    Operation:Invert\n    Set values less than 0 equal to 0?:Yes\n    \
         Name the output image:Dark\n    Image or measurement?:Image\n    Select the first image:DNA\n    \
         Multiply the first image by:1.0\n\n\
         SaveImages:[module_num:5|enabled:True]\n    Select the type of image to save:Image\n    \
         Select the image to save:Dark\n    Image bit depth:8-bit integer\n\n\
         Smooth:[module_num:6|enabled:False]\n",
    );
    let imported = import(&text);
    let verdicts: Vec<_> = imported.modules.iter().map(|m| m.verdict).collect();
    use Verdict::{Disabled, Exact, Missing};
    assert_eq!(verdicts, [Exact, Missing, Missing, Exact, Exact, Disabled], "{}", imported.toml);
    assert!(!imported.whole() && imported.toml.contains("no module before gives the image Gone"));
    let saved = step(&imported, "convert_uint8");
    assert_eq!((saved.save.clone(), saved.from.clone()), (Save::Usual, vec!["Dark".to_string()]));
    assert_eq!(arg(step(&imported, "pixel_expression"), "expression"), Value::from("max(1 - image, 0)"));
}

#[test]
fn grids_are_tiles_around_their_points() {
    let text = file(
        "DefineGrid:[module_num:2|enabled:True]\n    Name the grid:Grid\n    Number of rows:3\n    Number of columns:4\n    \
         Location of the first spot:Top left\n    Order of the spots:Rows\n    Select the method to define the grid:Manual\n    \
         Select the method to define the grid manually:Coordinates\n    Coordinates of the first cell:5,6\n    \
         Row number of the first cell:1\n    Column number of the first cell:1\n    Coordinates of the second cell:15,18\n    \
         Row number of the second cell:2\n    Column number of the second cell:2\n\n\
         IdentifyObjectsInGrid:[module_num:3|enabled:True]\n    Select the defined grid:Grid\n    \
         Name the objects to be identified:Tiles\n    Select object shapes and locations:Rectangle Forced Location\n\n\
         MeasureObjectIntensity:[module_num:4|enabled:True]\n    Select images to measure:DNA\n    Select objects to measure:Tiles\n",
    );
    let imported = import(&text);
    let pixels = Volume::from_vec(
        &VolumeMeta { kind: Kind::Image, dtype: Dtype::U8, shape: [1, 40, 50], ndim: 2, spacing: None },
        vec![7u8; 2000],
    );
    let checked = check(&imported.pipeline).unwrap_or_else(|errors| panic!("{}", errors[0]));
    let ran = run(&checked, &pixels.unwrap().into(), &Options::default()).expect("values");
    let (name, frames) =
        ran.outputs.iter().find(|(name, _)| name.starts_with("Tiles_intensity")).expect("a table");
    let table = frames.to_table(name).expect("a table").expect("a table");
    // 3 rows of 4 tiles, 10 pixels wide and 12 high, numbered along the rows.
    assert_eq!(table.rows(), 12);
    if let Some(areas) = table.column("area") {
        assert_eq!(areas.to_f64().expect("numbers"), [120.0; 12]);
    }
}

#[test]
fn flags_are_numbers_of_the_image() {
    let text = file(
        "MeasureImageQuality:[module_num:2|enabled:True]\n    Calculate metrics for which images?:All loaded images\n    \
         Calculate saturation metrics?:Yes\n    Calculate blur metrics?:No\n\n\
         FlagImage:[module_num:3|enabled:True]\n    Name the flag's category:Metadata\n    Name the flag:Bright\n    \
         How should measurements be linked?:Flag if any fail\n    Skip image set if flagged?:Yes\n    \
         Flag is based on:Whole-image measurement\n    Which measurement?:ImageQuality_PercentMaximal_DNA\n    \
         Flag images based on low values?:No\n    Minimum value:0\n    Flag images based on high values?:Yes\n    \
         Maximum value:0.25\n",
    );
    let imported = import(&text);
    let value = arg(step(&imported, "fill"), "value");
    assert_eq!(value, Value::from("= (DNA_PercentMaximal.mean > 0.25)"));
    assert_eq!(imported.modules[2].verdict, Verdict::Differs);
}

/// The published files, or a word that they are absent.
fn published() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/pipelines/cppipe");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: {} is not here", folder.display());
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "cppipe"));
    paths.sort();
    paths
}

#[test]
fn published_pipelines_are_imported_and_pass_the_check() {
    let mut whole = 0;
    let paths = published();
    for path in &paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let read = cppipe::read(&String::from_utf8_lossy(&std::fs::read(path).unwrap()))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let imported = cppipe::convert(&read, &name);
        holds(&imported, &name);
        assert_eq!(imported.modules.len(), read.modules.len(), "{name}");
        // Every module is a comment, in order.
        let mut rest = imported.toml.as_str();
        for module in &read.modules {
            let head = format!("# {}. {}", module.number, module.name);
            let at = rest.find(&head).unwrap_or_else(|| panic!("{name}: {head}\n{rest}"));
            rest = &rest[at + head.len()..];
        }
        for module in imported.modules.iter().filter(|m| m.verdict == Verdict::Missing) {
            assert!(!module.remarks.is_empty(), "{name}: {}", module.module);
        }
        whole += usize::from(imported.whole());
        let missing: Vec<_> = imported.modules.iter().filter(|m| m.verdict == Verdict::Missing).collect();
        println!("{name}: {} steps, {} missing", imported.pipeline.steps.len(), missing.len());
        for module in missing {
            println!("    {}. {}: {}", module.number, module.module, module.remarks.join("; "));
        }
    }
    println!("{whole} of {} come over whole", paths.len());
}

#[test]
fn the_command_writes_a_file_that_check_takes() {
    let folder = tempfile::tempdir().unwrap();
    let rotifer = |args: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_rotifer"))
            .args(args)
            .current_dir(folder.path())
            .output()
            .unwrap();
        (
            done.status.code(),
            String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr),
        )
    };
    std::fs::write(folder.path().join("nuclei.cppipe"), file(PRIMARY)).unwrap();
    let (code, said) = rotifer(&["import-cppipe", "nuclei.cppipe", "-o", "nuclei.toml"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("nuclei.toml: 14 steps of 2 modules: 1 exact, 1 differs, 0 missing"), "{said}");
    assert_eq!(rotifer(&["check", "nuclei.toml"]).0, Some(0));
    let (_, json) = rotifer(&["import-cppipe", "nuclei.cppipe", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((json["counts"]["differs"].as_u64(), json["whole"].as_bool()), (Some(1), Some(true)));
    assert!(
        json["toml"].as_str().is_some_and(|toml| toml.contains("# 2. IdentifyPrimaryObjects: Nuclei of DNA"))
    );
    std::fs::write(folder.path().join("bad.cppipe"), "nothing\n").unwrap();
    let (code, said) = rotifer(&["import-cppipe", "bad.cppipe"]);
    assert_eq!(code, Some(4));
    assert!(said.starts_with("bad.cppipe:1: "), "{said}");
    assert_eq!(rotifer(&["import-cppipe", "absent.cppipe"]).0, Some(4));
}
