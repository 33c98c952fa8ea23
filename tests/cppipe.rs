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
            "clear_border",
            // Holes that lie in one object.
            "greater",
            "logical_not",
            "connected_components",
            "expand_labels",
            "label_overlap_count",
            "filter_labels",
            "clear_border",
            "greater",
            "logical_or",
            "expand_labels",
            "mask_labels"
        ]
    );
    let threshold = arg(step(&imported, "greater_or_equal"), "value");
    assert_eq!(threshold, Value::from("= clamp(0.9 * Nuclei_threshold.threshold, 0.05, 0.7)"));
    assert_eq!(arg(step(&imported, "gaussian_filter"), "sigma"), Value::from(1.0));
    assert_eq!(arg(step(&imported, "filter_labels_by_size"), "minimum_size"), Value::from(51));
    assert_eq!(arg(step(&imported, "filter_labels_by_size"), "maximum_size"), Value::from(5026));
    let last = imported.pipeline.steps.last().expect("a step");
    assert_eq!((last.as_name.as_deref(), last.save.clone()), (Some("Nuclei"), Save::Usual));
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
    let kept = imported.pipeline.steps.iter().find(|s| s.as_name.as_deref() == Some("Round")).expect("Round");
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
    let flag = step(&imported, "flag");
    assert_eq!(arg(flag, "where"), Value::from("(DNA_PercentMaximal.mean > 0.25)"));
    assert_eq!((flag.as_name.as_deref(), arg(flag, "skip")), (Some("Bright"), true.into()));
    assert_eq!(imported.modules[2].verdict, Verdict::Exact, "{:?}", imported.modules[2].remarks);
}

/// A file of training for straight worms of 5 points, 60 pixels long.
const WORMS: &str = "<?xml version=\"1.0\" ?><training-data xmlns=\"http://www.cellprofiler.org/linked_files/schemas/UntangleWorms.xsd\">
    <version>10680</version><min-area>100</min-area><max-area>400.5</max-area><cost-threshold>40</cost-threshold>
    <num-control-points>5</num-control-points><max-skel-length>80</max-skel-length><min-path-length>40</min-path-length>
    <max-path-length>70</max-path-length><median-worm-area>300</median-worm-area><max-radius>6</max-radius>
    <overlap-weight>5</overlap-weight><leftover-weight>10</leftover-weight><training-set-size>3</training-set-size>
    <mean-angles><value>0</value><value>0</value><value>0</value><value>56</value></mean-angles>
    <radii-from-training><value>1</value><value>2</value><value>2</value><value>2</value><value>1.0</value></radii-from-training>
    <inv-angles-covariance-matrix><values><value>4</value><value>0</value><value>0</value><value>0</value></values>
    <values><value>0</value><value>4</value><value>0</value><value>0</value></values>
    <values><value>0</value><value>0</value><value>4</value><value>0</value></values>
    <values><value>0</value><value>0</value><value>0</value><value>0.01</value></values></inv-angles-covariance-matrix>
    </training-data>";

#[test]
fn worms_are_those_of_their_file() {
    let text = file(
        "UntangleWorms:[module_num:2|variable_revision_number:2|enabled:True]\n    Select the input binary image:DNA\n    \
         Overlap style:Both\n    Name the output overlapping worm objects:Crossing\n    \
         Name the output non-overlapping worm objects:Worms\n    Training set file location:Default Input Folder\n    \
         Training set file name:Model.xml\n    Use training set weights?:No\n    Overlap weight:3\n    Leftover weight:8\n    \
         Train or untangle worms?:Untangle\n    Maximum complexity:High\n\n\
         StraightenWorms:[module_num:3|variable_revision_number:3|enabled:True]\n    \
         Select the input untangled worm objects:Worms\n    Name the output straightened worm objects:Straight\n    \
         Worm width:7\n    Training set file location:Default Input Folder\n    Training set file name:Model.xml\n    \
         Image count:1\n    Measure intensity distribution?:Yes\n    Number of transverse segments:4\n    \
         Number of longitudinal stripes:1\n    Align worms?:Bottom brightest\n    Alignment image:DNA\n    \
         Select an input image to straighten:DNA\n    Name the output straightened image:StraightDNA\n",
    );
    let folder = tempfile::tempdir().expect("a folder");
    let read = cppipe::read(&text).expect("a pipeline").beside(folder.path());
    let without = cppipe::convert(&read, "worms");
    holds(&without, "without the file");
    assert_eq!(without.modules[1].verdict, Verdict::Missing);
    assert!(without.modules[1].remarks.iter().any(|r| r.contains("Model.xml")), "{:?}", without.modules[1]);

    std::fs::write(folder.path().join("Model.xml"), WORMS).expect("a file");
    let read = cppipe::read(&text).expect("a pipeline").beside(folder.path());
    let imported = cppipe::convert(&read, "worms");
    holds(&imported, "with the file");
    all_is_said(&imported, "worms");
    let worms = step(&imported, "untangle_worms");
    let number = |name: &str| arg(worms, name).as_f64();
    assert_eq!((number("max_area"), number("max_cost")), (Some(400.5), Some(40.0)));
    assert_eq!((number("overlap_weight"), number("leftover_weight")), (Some(3.0), Some(8.0)));
    assert_eq!((number("control_points"), number("max_segments")), (Some(5.0), Some(600.0)));
    let straight = step(&imported, "straighten_objects");
    assert_eq!(straight.from[1], "Crossing.labels");
    assert_eq!((arg(straight, "align"), arg(straight, "segments")), ("bottom".into(), 4.into()));
    assert_eq!(arg(straight, "length").as_f64(), Some(78.0));

    // Two bars that cross.
    let bar = |a: usize, b: usize| (38..43).contains(&a) && (10..70).contains(&b);
    let pixels = (0..6400).map(|i| if bar(i / 80, i % 80) || bar(i % 80, i / 80) { 255u8 } else { 0 });
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::U8, shape: [1, 80, 80], ndim: 2, spacing: None };
    let image = Volume::from_vec(&meta, pixels.collect::<Vec<u8>>()).expect("an image");
    let mut pipeline = imported.pipeline.clone();
    // One image that is the channel.
    for step in &mut pipeline.steps {
        step.from.iter_mut().filter(|f| f.starts_with("input")).for_each(|f| *f = "input".into());
    }
    let checked = check(&pipeline).expect("a pipeline");
    let ran = run(&checked, &image.into(), &Options::default()).expect("values");
    let of = |name: &str| {
        let found = ran.outputs.iter().find(|(output, _)| output == name);
        let (_, frames) = found.unwrap_or_else(|| panic!("no {name}"));
        frames.to_table(name).expect("a table").expect("a table")
    };
    assert_eq!(of("Crossing.worms").rows(), 2);
    assert_eq!(of("StraightDNA.objects").rows(), 2);
}

#[test]
fn images_are_aligned_by_the_shift_that_is_measured() {
    let settings = [
        "Select the alignment method:Mutual Information",
        "Crop mode:Keep size",
        "Select the first input image:DNA",
        "Name the first output image:Still",
        "Select the second input image:DNA",
        "Name the second output image:Moved",
        "Select the additional image:DNA",
        "Name the output image:Other",
        "Select how the alignment is to be applied:Similarly",
    ];
    let save = ["Select the type of image to save:Image", "Select the image to save:Other"];
    let text = file(&format!("{}{}", module("Align", 3, &settings), module("SaveImages", 13, &save)));
    let imported = import(&text);
    assert_eq!(imported.modules[1].verdict, Verdict::Exact, "{:?}", imported.modules[1].remarks);
    let shift = ["= 'Moved_shift.shift-0'", "= 'Moved_shift.shift-1'"].map(Value::from);
    assert_eq!(arg(step(&imported, "translate"), "shift"), Value::List(shift.into()));
    assert_eq!(step(&imported, "register_mutual_information").as_name.as_deref(), Some("Moved_shift"));
}

#[test]
fn objects_that_overlap_are_linked_by_their_labels() {
    let text = file(&format!(
        "{}{}",
        module(
            "IdentifyPrimaryObjects",
            15,
            &["Select the input image:DNA", "Name the primary objects to be identified:Cells"]
        ),
        module(
            "TrackObjects",
            7,
            &[
                "Choose a tracking method:Overlap",
                "Select the objects to track:Cells",
                "Maximum pixel distance to consider matches:50"
            ],
        )
    ));
    let imported = import(&text);
    let tracks = step(&imported, "track_objects");
    assert_eq!(tracks.from.len(), 2);
    assert_eq!(tracks.from[1], "Cells");
    assert_eq!(arg(tracks, "divisions"), true.into());
    let verdict = &imported.modules[2];
    assert_eq!(verdict.verdict, Verdict::Exact, "{:?}", verdict.remarks);
}

/// A module with these settings, each a line `text:value`.
fn module(name: &str, revision: u32, settings: &[&str]) -> String {
    let lines: String = settings.iter().map(|line| format!("    {line}\n")).collect();
    format!("{name}:[module_num:2|variable_revision_number:{revision}|enabled:True]\n{lines}\n")
}

/// Settings that say nothing of what becomes of them are a fault of the import.
fn all_is_said(imported: &Imported, what: &str) {
    for module in &imported.modules {
        for remark in &module.remarks {
            let faults = ["is not taken", "has no argument", "has no input", "does not fit"];
            assert!(
                !faults.iter().any(|fault| remark.contains(fault)),
                "{what}: {}: {remark}",
                module.module
            );
        }
        assert_ne!(module.verdict, Verdict::Missing, "{what}: {}: {:?}", module.module, module.remarks);
    }
}

/// The settings of primary objects as CellProfiler 2.0 (revision 8) wrote them, with a method and what belongs to it.
fn old_primary(method: &str, more: &[&str]) -> String {
    let method = format!("Select the thresholding method:{method}");
    let mut settings = vec![
        "Select the input image:DNA",
        "Name the primary objects to be identified:Nuclei",
        "Typical diameter of objects, in pixel units (Min,Max):10,40",
        "Discard objects outside the diameter range?:Yes",
        "Try to merge too small objects with nearby larger objects?:No",
        "Discard objects touching the border of the image?:Yes",
        &method,
        "Threshold correction factor:0.8",
        "Lower and upper bounds on threshold:(0.01, 0.9)",
        "Approximate fraction of image covered by objects?:10%",
        "Method to distinguish clumped objects:Laplacian of Gaussian",
        "Method to draw dividing lines between clumped objects:Distance",
        "Size of smoothing filter:10",
        "Suppress local maxima that are closer than this minimum allowed distance:5",
        "Speed up by using lower-resolution image to find local maxima?:Yes",
        "Name the outline image:NucleiOutlines",
        "Fill holes in identified objects?:Yes",
        "Automatically calculate size of smoothing filter?:Yes",
        "Automatically calculate minimum distance between local maxima?:Yes",
        "Manual threshold:0.2",
        "Select binary image:DNA",
        "Retain outlines of the identified objects?:Yes",
        "Automatically calculate the threshold using the Otsu method?:Yes",
        "Enter Laplacian of Gaussian threshold:.5",
        "Two-class or three-class thresholding?:Two classes",
        "Minimize the weighted variance or the entropy?:Weighted variance",
        "Assign pixels in the middle intensity class to the foreground or the background?:Foreground",
        "Automatically calculate the size of objects for the Laplacian of Gaussian filter?:Yes",
        "Enter LoG filter diameter:5",
        "Handling of objects if excessive number of objects identified:Continue",
        "Maximum number of objects:500",
        "Select the measurement to threshold with:Intensity_MeanIntensity_DNA",
    ];
    settings.extend(more);
    module("IdentifyPrimaryObjects", 8, &settings)
}

#[test]
fn thresholds_of_every_version_have_their_function() {
    for (method, op) in [
        ("Otsu Global", "threshold_otsu"),
        ("Otsu Adaptive", "threshold_adaptive_block"),
        ("MoG Global", "threshold_mixture_of_gaussians"),
        ("Background Global", "threshold_robust_background"),
        ("RobustBackground Global", "threshold_robust_background"),
        ("RobustBackground Adaptive", "threshold_adaptive_block"),
        ("RidlerCalvard Global", "threshold_isodata"),
        ("RidlerCalvard Adaptive", "threshold_adaptive_block"),
        ("Kapur Global", "threshold_max_entropy"),
        ("MCT Global", "threshold_li"),
        ("Otsu PerObject", "threshold_adaptive_block"),
        ("Manual", "greater_or_equal"),
        ("Binary image", "logical_and"),
    ] {
        let text = file(&old_primary(method, &[]))
            .replace("Version:5", "Version:2")
            .replace("DateRevision:424", "DateRevision:20120607");
        let imported = import(&text);
        all_is_said(&imported, method);
        step(&imported, op);
        assert!(ops(&imported.pipeline).contains(&"filter_labels_by_size"), "{method}");
    }
    // CellProfiler 3 reads this method as the mode with twice the factor.
    let imported = import(&file(&old_primary("Background Global", &[])));
    assert_eq!(
        arg(step(&imported, "greater_or_equal"), "value"),
        Value::from("= clamp(1.6 * Nuclei_threshold.threshold, 0.01, 0.9)")
    );
}

#[test]
fn thresholds_of_version_two_with_a_strategy() {
    let with = |strategy: &str, method: &str, more: &[&str]| {
        let mut settings = vec![
            "Select the input image:DNA".to_string(),
            "Name the primary objects to be identified:Nuclei".into(),
            "Typical diameter of objects, in pixel units (Min,Max):10,40".into(),
            "Discard objects outside the diameter range?:Yes".into(),
            "Try to merge too small objects with nearby larger objects?:No".into(),
            "Discard objects touching the border of the image?:Yes".into(),
            "Method to distinguish clumped objects:Shape".into(),
            "Method to draw dividing lines between clumped objects:Shape".into(),
            "Size of smoothing filter:10".into(),
            "Suppress local maxima that are closer than this minimum allowed distance:5".into(),
            "Speed up by using lower-resolution image to find local maxima?:Yes".into(),
            "Name the outline image:PrimaryOutlines".into(),
            "Fill holes in identified objects?:Never".into(),
            "Automatically calculate size of smoothing filter for declumping?:Yes".into(),
            "Automatically calculate minimum allowed distance between local maxima?:Yes".into(),
            "Retain outlines of the identified objects?:No".into(),
            "Automatically calculate the threshold using the Otsu method?:Yes".into(),
            "Enter Laplacian of Gaussian threshold:0.5".into(),
            "Automatically calculate the size of objects for the Laplacian of Gaussian filter?:Yes".into(),
            "Enter LoG filter diameter:5.0".into(),
            "Handling of objects if excessive number of objects identified:Continue".into(),
            "Maximum number of objects:500".into(),
            "Threshold setting version:2".into(),
            format!("Threshold strategy:{strategy}"),
            format!("Thresholding method:{method}"),
            "Select the smoothing method for thresholding:Automatic".into(),
            "Threshold smoothing scale:1.0".into(),
            "Threshold correction factor:1.0".into(),
            "Lower and upper bounds on threshold:0.0,1.0".into(),
            "Approximate fraction of image covered by objects?:0.01".into(),
            "Manual threshold:0.3".into(),
            "Select the measurement to threshold with:None".into(),
            "Select binary image:None".into(),
            "Masking objects:None".into(),
            "Two-class or three-class thresholding?:Three classes".into(),
            "Minimize the weighted variance or the entropy?:Weighted variance".into(),
            "Assign pixels in the middle intensity class to the foreground or the background?:Background"
                .into(),
            "Method to calculate adaptive window size:Custom".into(),
            "Size of adaptive window:20".into(),
            "Use default parameters?:Custom".into(),
            "Lower outlier fraction:0.1".into(),
            "Upper outlier fraction:0.2".into(),
            "Averaging method:Median".into(),
            "Variance method:Median absolute deviation".into(),
            "# of deviations:3".into(),
        ];
        settings.extend(more.iter().map(|line| line.to_string()));
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        let imported = import(&file(&module("IdentifyPrimaryObjects", 10, &settings)));
        all_is_said(&imported, strategy);
        imported
    };
    let automatic = with("Automatic", "MCT", &[]);
    step(&automatic, "threshold_li");
    // 1.3488 / 0.6744 / 2: half of the area of a Gaussian of sigma 1 lies within 0.6744.
    assert_eq!(arg(step(&automatic, "gaussian_filter"), "sigma"), Value::from(1.0));
    let robust = with("Global", "RobustBackground", &[]);
    let robust = step(&robust, "threshold_robust_background");
    assert_eq!(arg(robust, "lower_fraction"), Value::from(0.1));
    assert_eq!(arg(robust, "average"), Value::from("median"));
    assert_eq!(arg(robust, "spread"), Value::from("median_absolute_deviation"));
    let adaptive = with("Adaptive", "Otsu", &[]);
    let adaptive = step(&adaptive, "threshold_adaptive_block");
    assert_eq!(arg(adaptive, "method"), Value::from("multiotsu_high"));
    assert_eq!(arg(adaptive, "block_size"), Value::from(20));
    let three = with("Global", "Otsu", &[]);
    assert_eq!(arg(step(&three, "threshold_multiotsu"), "background_classes"), Value::from(2));
    with("Manual", "Otsu", &[]);
}

/// A list of modules of all kinds, with settings of several versions, behind objects and an image.
#[test]
fn settings_of_many_modules_are_taken() {
    // A word for it, the module, the revision of its settings, the settings, functions that are among its steps.
    type Case<'a> = (&'a str, &'a str, u32, &'a [&'a str], &'a [&'a str]);
    let cases: &[Case] = &[
        (
            "merging ones",
            "IdentifySecondaryObjects",
            8,
            &[
                "Select the input objects:Nuclei",
                "Name the objects to be identified:Cells",
                "Select the method to identify the secondary objects:Propagation",
                "Select the input image:DNA",
                "Select the thresholding method:Otsu Global",
                "Threshold correction factor:1.0",
                "Lower and upper bounds on threshold:0,1",
                "Number of pixels by which to expand the primary objects:10",
                "Regularization factor:0.05",
                "Name the outline image:CellOutlines",
                "Retain outlines of the identified secondary objects?:Yes",
                "Discard secondary objects that touch the edge of the image?:Yes",
                "Discard the associated primary objects?:Yes",
                "Name the new primary objects:Kept",
                "Retain outlines of the new primary objects?:Yes",
                "Name the new primary object outlines:KeptOutlines",
                "Fill holes in identified objects?:Yes",
            ],
            &["propagate_labels", "clear_border"],
        ),
        (
            "by distance",
            "IdentifySecondaryObjects",
            9,
            &[
                "Select the input objects:Nuclei",
                "Name the objects to be identified:Cells",
                "Select the method to identify the secondary objects:Distance - N",
                "Select the input image:None",
                "Number of pixels by which to expand the primary objects:7",
                "Threshold setting version:2",
                "Threshold strategy:Automatic",
            ],
            &["expand_labels"],
        ),
        (
            "cytoplasm",
            "IdentifyTertiaryObjects",
            1,
            &[
                "Select the larger identified objects:Grown",
                "Select the smaller identified objects:Nuclei",
                "Name the tertiary objects to be identified:Cytoplasm",
                "Name the outline image:Lines",
                "Retain outlines of the tertiary objects?:No",
            ],
            &["mask_labels"],
        ),
        (
            "intensity, one by one",
            "MeasureObjectIntensity",
            3,
            &["Hidden:1", "Select an image to measure:DNA", "Select objects to measure:Nuclei"],
            &["intensity_per_object"],
        ),
        (
            "texture with angles",
            "MeasureTexture",
            4,
            &[
                "Hidden:1",
                "Hidden:1",
                "Hidden:1",
                "Select an image to measure:DNA",
                "Select objects to measure:Nuclei",
                "Texture scale to measure:4",
                "Angles to measure:Horizontal,Vertical",
                "Measure Gabor features?:Yes",
                "Number of angles to compute for Gabor:4",
                "Measure whole images or objects?:Both",
            ],
            &["haralick_texture_per_object"],
        ),
        (
            "granularity, one by one",
            "MeasureGranularity",
            3,
            &[
                "Image count:1",
                "Object count:1",
                "Select an image to measure:DNA",
                "Subsampling factor for granularity measurements:0.25",
                "Subsampling factor for background reduction:0.25",
                "Radius of structuring element:10",
                "Range of the granular spectrum:8",
                "Select objects to measure:Nuclei",
            ],
            &["granularity_spectrum"],
        ),
        (
            "correlation",
            "MeasureCorrelation",
            2,
            &[
                "Hidden:2",
                "Hidden:1",
                "Select an image to measure:DNA",
                "Select an image to measure:Other",
                "Select where to measure correlation:Both",
                "Select an object to measure:Nuclei",
            ],
            &["colocalization_per_object"],
        ),
        (
            "colocalization with Costes",
            "MeasureColocalization",
            4,
            &[
                "Select images to measure:DNA, Other",
                "Set threshold as percentage of maximum intensity for the images:20",
                "Select where to measure correlation:Within objects",
                "Select objects to measure:Nuclei",
                "Run all metrics?:Yes",
                "Calculate correlation and slope metrics?:Yes",
                "Calculate the Manders coefficients?:Yes",
                "Calculate the Rank Weighted Colocalization coefficients?:Yes",
                "Calculate the Overlap coefficients?:Yes",
                "Calculate the Manders coefficients using Costes auto threshold?:Yes",
                "Method for Costes thresholding:Faster",
            ],
            &["colocalization_per_object"],
        ),
        (
            "distribution",
            "MeasureObjectIntensityDistribution",
            5,
            &[
                "Hidden:1",
                "Hidden:1",
                "Hidden:1",
                "Hidden:0",
                "Select an image to measure:DNA",
                "Select objects to measure:Nuclei",
                "Object to use as center?:These objects",
                "Select objects to use as centers:None",
                "Scale the bins?:No",
                "Number of bins:6",
                "Maximum radius:50",
                "Calculate intensity Zernikes?:Magnitudes only",
                "Maximum zernike moment:5",
            ],
            &["radial_distribution", "zernike_moments"],
        ),
        (
            "neighbors",
            "MeasureObjectNeighbors",
            2,
            &[
                "Select objects to measure:Nuclei",
                "Select neighboring objects to measure:Nuclei",
                "Method to determine neighbors:Adjacent",
                "Neighbor distance:3",
                "Retain the image of objects colored by numbers of neighbors?:No",
                "Name the output image:Counts",
                "Select colormap:jet",
                "Retain the image of objects colored by percent of touching pixels?:No",
                "Name the output image:Share",
                "Select colormap:jet",
            ],
            &["neighbor_statistics_table"],
        ),
        (
            "neighbors of another kind",
            "MeasureObjectNeighbors",
            3,
            &[
                "Select objects to measure:Nuclei",
                "Select neighboring objects to measure:Grown",
                "Method to determine neighbors:Within a specified distance",
                "Neighbor distance:3",
                "Consider objects discarded for touching image border?:Yes",
            ],
            &["label_overlap_count"],
        ),
        (
            "image intensity in pairs",
            "MeasureImageIntensity",
            2,
            &[
                "Select the image to measure:DNA",
                "Measure the intensity only from areas enclosed by objects?:Yes",
                "Select the input objects:Nuclei",
            ],
            &["intensity_per_object"],
        ),
        (
            "percentiles",
            "MeasureImageIntensity",
            4,
            &[
                "Select images to measure:DNA",
                "Measure the intensity only from areas enclosed by objects?:No",
                "Select input object sets:",
                "Calculate custom percentiles:Yes",
                "Specify percentiles to measure:10,90",
            ],
            &["percentile_of_all_pixels"],
        ),
        (
            "quality with thresholds",
            "MeasureImageQuality",
            4,
            &[
                "Calculate metrics for which images?:Select...",
                "Image count:1",
                "Scale count:1",
                "Threshold count:1",
                "Select the images to measure:DNA",
                "Include the image rescaling value?:Yes",
                "Calculate blur metrics?:Yes",
                "Spatial scale for blur measurements:20",
                "Calculate saturation metrics?:Yes",
                "Calculate intensity metrics?:Yes",
                "Calculate thresholds?:Yes",
                "Use all thresholding methods?:No",
                "Select a thresholding method:MCT",
                "Typical fraction of the image covered by objects:0.1",
                "Two-class or three-class thresholding?:Two classes",
            ],
            &["image_quality_metrics", "threshold_li"],
        ),
        (
            "quality of the first versions",
            "MeasureImageQuality",
            2,
            &[
                "Select the images to measure:DNA",
                "Check for blur?:Yes",
                "Window size for blur measurements:15",
                "Check for saturation?:Yes",
                "Calculate threshold?:No",
            ],
            &["image_quality_metrics"],
        ),
        (
            "area occupied of version 2",
            "MeasureImageAreaOccupied",
            3,
            &[
                "Hidden:1",
                "Measure the area occupied in a binary image, or in objects?:Objects",
                "Select objects to measure:Nuclei",
                "Retain a binary image of the object regions?:Yes",
                "Name the output binary image:NucleiMask",
                "Select a binary image to measure:None",
            ],
            &["sum_of_all_pixels"],
        ),
        (
            "filter of the first versions",
            "FilterObjects",
            5,
            &[
                "Name the output objects:Big",
                "Select the object to filter:Nuclei",
                "Filter using classifier rules or measurements?:Measurements",
                "Select the filtering method:Limits",
                "Select the objects that contain the filtered objects:None",
                "Retain outlines of filtered objects?:Yes",
                "Name the outline image:BigOutlines",
                "Rules file location:Default Input Folder|None",
                "Rules file name:rules.txt",
                "Hidden:1",
                "Hidden:0",
                "Select the measurement to filter by:AreaShape_Area",
                "Filter using a minimum measurement value?:Yes",
                "Minimum value:100",
                "Filter using a maximum measurement value?:No",
                "Maximum value:1",
            ],
            &["filter_labels"],
        ),
        (
            "filter by neighbors",
            "FilterObjects",
            9,
            &[
                "Select the objects to filter:Nuclei",
                "Name the output objects:Alone",
                "Select the filtering mode:Measurements",
                "Select the filtering method:Minimal",
                "Select the measurement to filter by:AreaShape_Eccentricity",
                "Keep removed objects as a separate set?:Yes",
                "Name the objects removed by the filter:Others",
            ],
            &["filter_labels", "group_rows"],
        ),
        (
            "relate of version 2",
            "RelateObjects",
            2,
            &[
                "Select the input child objects:Nuclei",
                "Select the input parent objects:Grown",
                "Calculate distances?:Both",
                "Calculate per-parent means for all child measurements?:Yes",
                "Calculate distances to other parents?:No",
                "Parent name:None",
            ],
            &["relate_labels", "read_values_at_positions"],
        ),
        (
            "classes of the first version",
            "ClassifyObjects",
            2,
            &[
                "Make each classification decision on how many measurements?:Single measurement",
                "Hidden:1",
                "Select the object to be classified:Nuclei",
                "Select the measurement to classify by:AreaShape_Area",
                "Select bin spacing:Evenly spaced bins",
                "Number of bins:3",
                "Lower threshold:0",
                "Use a bin for objects below the threshold?:No",
                "Upper threshold:900",
                "Use a bin for objects above the threshold?:No",
                "Enter the custom thresholds separating the values between bins:0,1",
                "Give each bin a name?:No",
                "Enter the bin names separated by commas:None",
                "Retain an image of the classified objects?:No",
                "Name the output image:Classified",
            ],
            &["calculate"],
        ),
        (
            "classes of two measurements",
            "ClassifyObjects",
            2,
            &[
                "Make each classification decision on how many measurements?:Pair of measurements",
                "Hidden:1",
                "Select the object name:Nuclei",
                "Select the first measurement:AreaShape_Area",
                "Method to select the cutoff:Mean",
                "Enter the cutoff value:0.5",
                "Select the second measurement:Intensity_MeanIntensity_DNA",
                "Method to select the cutoff:Custom",
                "Enter the cutoff value:0.25",
                "Use custom names for the bins?:Yes",
                "Enter the low-low bin name:a",
                "Enter the low-high bin name:b",
                "Enter the high-low bin name:c",
                "Enter the high-high bin name:d",
                "Retain an image of the classified objects?:No",
                "Enter the image name:None",
            ],
            &["group_rows", "join_tables"],
        ),
        (
            "rescaling of the first versions",
            "RescaleIntensity",
            2,
            &[
                "Select the input image:DNA",
                "Name the output image:Bright",
                "Rescaling method:Choose specific values to be reset to the full intensity range",
                "Method to calculate the minimum intensity:Custom",
                "Method to calculate the maximum intensity:Maximum for each image",
                "Lower intensity limit for the input image:0.1",
                "Upper intensity limit for the input image:0.9",
                "Intensity range for the input image:0.0,1.0",
                "Intensity range for the output image:0.0,1.0",
                "Method to rescale values below the lower limit:Set to zero",
                "Custom value for pixels below lower limit:0",
                "Method to rescale values above the upper limit:Set to one",
                "Custom value for pixels above upper limit:0",
                "Select image to match in maximum intensity:None",
                "Divisor value:1",
                "Divisor measurement:None",
            ],
            &["pixel_expression"],
        ),
        (
            "morph of version 2",
            "Morph",
            2,
            &[
                "Select the input image:DNA",
                "Name the output image:Open",
                "Select the operation to perform:open",
                "Number of times to repeat operation:Once",
                "Repetition number:2",
                "Scale:6",
                "Select the operation to perform:invert",
                "Number of times to repeat operation:Once",
                "Repetition number:2",
                "Scale:3",
            ],
            &["opening", "pixel_expression"],
        ),
        (
            "rules on neighbors",
            "Morph",
            5,
            &[
                "Select the input image:DNA",
                "Name the output image:Clean",
                "Select the operation to perform:clean",
                "Number of times to repeat operation:Custom",
                "Repetition number:2",
                "Rescale values from 0 to 1?:Yes",
            ],
            &["convolve"],
        ),
        (
            "tiles of images",
            "Tile",
            1,
            &[
                "Select an input image:DNA",
                "Name the output image:Tiled",
                "Tile assembly method:Within cycles",
                "Final number of rows:8",
                "Final number of columns:12",
                "Image corner to begin tiling:Top left",
                "Direction to begin tiling:Row",
                "Use meander mode?:No",
                "Automatically calculate number of rows?:Yes",
                "Automatically calculate number of columns?:Yes",
                "Select an additional image to tile:Other",
            ],
            &["concatenate"],
        ),
        (
            "a projection",
            "MakeProjection",
            2,
            &[
                "Select the input image:DNA",
                "Type of projection:Average",
                "Name the output image:Mean",
                "Frequency:6",
            ],
            &["mean_projection"],
        ),
        (
            "a watershed",
            "Watershed",
            2,
            &[
                "Select the input image:DNA",
                "Name the output object:Parts",
                "Generate from:Distance",
                "Markers:None",
                "Mask:None",
                "Connectivity:1",
                "Compactness:0.0",
                "Separate watershed labels:No",
                "Footprint:8",
                "Downsample:1",
            ],
            &["watershed"],
        ),
        (
            "tracks",
            "TrackObjects",
            7,
            &[
                "Choose a tracking method:Distance",
                "Select the objects to track:Nuclei",
                "Select object measurement to use for tracking:None",
                "Maximum pixel distance to consider matches:30",
                "Select display option:Color and Number",
                "Save color-coded image?:No",
                "Name the output image:Tracked",
                "Filter objects by lifetime?:No",
            ],
            &["track_objects"],
        ),
        (
            "a threshold as grey",
            "ApplyThreshold",
            5,
            &[
                "Select the input image:DNA",
                "Name the output image:Cut",
                "Select the output image type:Grayscale",
                "Set pixels below or above the threshold to zero?:Below threshold",
                "Subtract the threshold value from the remaining pixel intensities?:Yes",
                "Number of pixels by which to expand the thresholding around those excluded bright pixels:0.0",
                "Select the thresholding method:MCT Global",
                "Threshold correction factor:1.0",
                "Lower and upper bounds on threshold:0,1",
            ],
            &["threshold_li", "subtract", "apply_mask"],
        ),
        (
            "image arithmetic with a number",
            "ImageMath",
            4,
            &[
                "Operation:Divide",
                "Raise the power of the result by:1.0",
                "Multiply the result by:1.0",
                "Add to result:0.0",
                "Set values less than 0 equal to 0?:Yes",
                "Set values greater than 1 equal to 1?:Yes",
                "Ignore the image masks?:No",
                "Name the output image:Quotient",
                "Image or measurement?:Image",
                "Select the first image:DNA",
                "Multiply the first image by:1.0",
                "Measurement:",
                "Image or measurement?:Measurement",
                "Select the second image:",
                "Multiply the second image by:1.0",
                "Measurement:Count_Nuclei",
            ],
            &["pixel_expression"],
        ),
        (
            "more images than ports",
            "ImageMath",
            4,
            &[
                "Operation:Average",
                "Name the output image:Mean",
                "Image or measurement?:Image",
                "Select the first image:DNA",
                "Multiply the first image by:1.0",
                "Image or measurement?:Image",
                "Select the second image:Other",
                "Multiply the second image by:2.0",
                "Image or measurement?:Image",
                "Select the third image:DNA",
                "Multiply the third image by:1.0",
                "Image or measurement?:Image",
                "Select the fourth image:Other",
                "Multiply the fourth image by:1.0",
            ],
            &["pixel_expression"],
        ),
        (
            "a composite",
            "GrayToColor",
            4,
            &[
                "Select a color scheme:Composite",
                "Rescale intensity:No",
                "Name the output image:Colors",
                "Hidden:2",
                "Image name:DNA",
                "Color:#ff8000",
                "Weight:1.0",
                "Image name:Other",
                "Color:(0, 0, 255)",
                "Weight:0.5",
            ],
            &["multiply", "add"],
        ),
        (
            "canny",
            "EnhanceEdges",
            2,
            &[
                "Select the input image:DNA",
                "Name the output image:Edges",
                "Automatically calculate the threshold?:No",
                "Absolute threshold:0.3",
                "Threshold adjustment factor:1.0",
                "Select an edge-finding method:Canny",
                "Select edge direction to enhance:All",
                "Calculate Gaussian's sigma automatically?:No",
                "Gaussian's sigma value:3",
                "Calculate value for low threshold automatically?:Yes",
                "Low threshold value:0.1",
            ],
            &["canny"],
        ),
        (
            "texture of an image",
            "EnhanceOrSuppressFeatures",
            3,
            &[
                "Select the input image:DNA",
                "Name the output image:Rough",
                "Select the operation:Enhance",
                "Feature size:10",
                "Feature type:Texture",
                "Range of hole sizes:1,10",
                "Smoothing scale:2.0",
                "Shear angle:0",
                "Decay:.95",
            ],
            &["gaussian_filter"],
        ),
        (
            "objects of another program",
            "RunCellpose",
            1,
            &[
                "Select the input image:DNA",
                "Name the output object:Cells",
                "Select the type of objects:Cells",
                "Expected object diameter:30",
            ],
            &[],
        ),
        (
            "resized to an image",
            "ResizeObjects",
            3,
            &[
                "Select the input object:Nuclei",
                "Name the output object:Fit",
                "Method:Match Image",
                "X Factor:1",
                "Y Factor:1",
                "Z Factor:1",
                "Width (X):100",
                "Height (Y):100",
                "Planes (Z):1",
                "Select the image with the desired dimensions:Other",
            ],
            &["resize_labels"],
        ),
        (
            "outlines by their image",
            "OverlayOutlines",
            2,
            &[
                "Display outlines on a blank image?:No",
                "Select image on which to display outlines:DNA",
                "Name the output image:Shown",
                "Select the outline display mode:Color",
                "Select method to determine brightness of outlines:Max of image",
                "Width of outlines:1",
                "Select outlines to display:NucleiLines",
                "Select outline color:Red",
            ],
            &["overlay"],
        ),
        (
            "saved outlines",
            "SaveImages",
            9,
            &[
                "Select the type of image to save:Image",
                "Select the image to save:NucleiLines",
                "Select the objects to save:None",
                "Select the module display window to save:None",
                "Select method for constructing file names:From image filename",
                "Select image name for file prefix:DNA",
                "Enter single file name:Out",
                "Do you want to add a suffix to the image file name?:No",
                "Text to append to the image name:x",
                "Select file format to use:bmp",
                "Output file location:Default Output Folder|None",
                "Image bit depth:8",
                "Overwrite existing files without warning?:No",
                "Select how often to save:Every cycle",
                "Rescale the images?:No",
                "Save as grayscale or color image?:Grayscale",
                "Select colormap:gray",
                "Store file and path information to the saved image?:No",
                "Create subfolders in the output folder?:No",
            ],
            &["find_boundaries"],
        ),
        (
            "objects made larger",
            "DilateObjects",
            1,
            &["Select the input object:Nuclei", "Name the output object:Wide", "Structuring element:disk,3"],
            &["expand_labels"],
        ),
        (
            "objects put together",
            "CombineObjects",
            1,
            &[
                "Select initial object set:Nuclei",
                "Select object set to combine:Grown",
                "Select how to handle overlapping objects:Preserve",
                "Name the combined object set:Both",
            ],
            &["combine_labels"],
        ),
    ];
    let primary = PRIMARY.replace("Use advanced settings?:Yes", "Use advanced settings?:No").replace(
        "    Speed up",
        "    Retain outlines of the identified objects?:Yes\n    Name the outline image:NucleiLines\n    Speed up",
    );
    let before = primary.clone()
        + &module(
            "Smooth",
            2,
            &[
                "Select the input image:DNA",
                "Name the output image:Other",
                "Select smoothing method:Circular Average Filter",
                "Calculate artifact diameter automatically?:No",
                "Typical artifact diameter:6",
            ],
        )
        + &module(
            "ExpandOrShrinkObjects",
            2,
            &[
                "Select the input objects:Nuclei",
                "Name the output objects:Grown",
                "Select the operation:Expand objects by a specified number of pixels",
                "Number of pixels by which to expand or shrink:4",
            ],
        );
    for (what, name, revision, settings, expected) in cases {
        let saves = module("ExportToSpreadsheet", 12, &[]);
        let text = file(&(before.clone() + &module(name, *revision, settings) + &saves));
        let imported = import(&text);
        all_is_said(&imported, what);
        // The pipeline drops what nothing reads: an image is read where it is saved.
        let to = settings.iter().find_map(|s| s.strip_prefix("Name the output image:"));
        let saved = to.map(|to| {
            module(
                "SaveImages",
                15,
                &["Select the type of image to save:Image", &format!("Select the image to save:{to}")],
            )
        });
        let object = [
            "Name the output objects:",
            "Name the output object:",
            "Name the objects to be identified:",
            "Name the combined object set:",
            "Name the tertiary objects to be identified:",
        ];
        let object = settings.iter().find_map(|s| object.iter().find_map(|t| s.strip_prefix(t)));
        let measured = object
            .map(|of| module("MeasureObjectSizeShape", 3, &[&format!("Select object sets to measure:{of}")]));
        let text = file(
            &(before.clone()
                + &module(name, *revision, settings)
                + &saved.unwrap_or_default()
                + &measured.unwrap_or_default()
                + &saves),
        );
        let imported = import(&text);
        for op in *expected {
            assert!(ops(&imported.pipeline).contains(op), "{what}: no {op}\n{}", imported.toml);
        }
    }
}

#[test]
fn arguments_and_settings_that_no_step_takes_are_named() {
    let text = file(&module(
        "Smooth",
        2,
        &[
            "Select the input image:DNA",
            "Name the output image:Soft",
            "Select smoothing method:Gaussian Filter",
            "Calculate artifact diameter automatically?:No",
            "Typical artifact diameter:4",
            "Sharpen by magic:7",
        ],
    ));
    let imported = import(&text);
    let remarks = &imported.modules[1].remarks;
    assert!(remarks.iter().any(|r| r == "the setting \"Sharpen by magic\" (7) is not taken"), "{remarks:?}");
    assert_eq!(imported.modules[1].verdict, Verdict::Differs);
}

#[test]
fn excessive_objects_go_all_together() {
    let text = file(&PRIMARY.replace(
        "    Use advanced",
        "    Handling of objects if excessive number of objects identified:Erase\n    Maximum number of objects:3\n    Use advanced",
    )) + &module("MeasureObjectSizeShape", 3, &["Select object sets to measure:Nuclei"]);
    let imported = import(&text);
    let checked = check(&imported.pipeline).unwrap_or_else(|errors| panic!("{}", errors[0]));
    // Disks of radius 7 on a dark ground, in two rows.
    let disks = |count: usize| {
        let centres: Vec<(i64, i64)> =
            (0..count).map(|i| (20 + 40 * (i as i64 / 4), 20 + 30 * (i as i64 % 4))).collect();
        let at = |y: i64, x: i64| centres.iter().any(|(cy, cx)| (y - cy).pow(2) + (x - cx).pow(2) <= 49);
        let pixels: Vec<u8> = (0..80 * 140).map(|i| if at(i / 140, i % 140) { 200 } else { 5 }).collect();
        let meta =
            VolumeMeta { kind: Kind::Image, dtype: Dtype::U8, shape: [1, 80, 140], ndim: 2, spacing: None };
        Volume::from_vec(&meta, pixels).unwrap()
    };
    for (count, rows) in [(3, 3), (5, 0)] {
        let ran = run(&checked, &disks(count).into(), &Options::default()).expect("values");
        let (name, frames) =
            ran.outputs.iter().find(|(name, _)| name.starts_with("Nuclei_shape")).expect("a table");
        assert_eq!(frames.to_table(name).expect("a table").expect("a table").rows(), rows, "{count} disks");
    }
}

/// The published files, or a word that they are absent.
fn published() -> Vec<PathBuf> {
    let folder = match std::env::var_os("ROTIFER_PIPELINES") {
        Some(folder) => PathBuf::from(folder).join("cppipe"),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/pipelines/cppipe"),
    };
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
        for module in &imported.modules {
            assert!(
                module.verdict != Verdict::Missing || !module.remarks.is_empty(),
                "{name}: {}",
                module.module
            );
            for remark in
                module.remarks.iter().filter(|r| r.contains("is not taken") || r.contains("has no "))
            {
                println!("    {name}: {}. {}: {remark}", module.number, module.module);
            }
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
    assert!(said.starts_with("nuclei.toml: 25 steps of 2 modules: 1 exact, 1 differs, 0 missing"), "{said}");
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
