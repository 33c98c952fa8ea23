//! Columns of measurements by the names that CellProfiler has for them: those that the users of its modules expect.

use rotifer::execute::{On, Options, apply};
use rotifer::registry::{
    Args, Datum, Dtype, Frames, Kind, Table, Value, Values, Volume, VolumeMeta, entries, get,
};

/// Two squares and a bar with a slope of intensities.
fn scene() -> (Volume, Volume) {
    let meta =
        VolumeMeta { kind: Kind::Image, dtype: Dtype::U16, shape: [1, 40, 60], ndim: 2, spacing: None };
    let label = |i: usize| match (i / 60, i % 60) {
        (5..=15, 5..=16) => 1,
        (20..=33, 10..=25) => 2,
        (8..=12, 25..=50) => 3,
        _ => 0,
    };
    let pixels = (0..2400).map(|i| (i * i % 977 + 10 * (i % 60)) as u16).collect();
    let image = Volume::from_vec(&meta, pixels).unwrap();
    let labels = image.labels((0..2400).map(label).collect()).unwrap();
    (image, labels)
}

/// The columns of a function's table after the renaming.
fn renamed(op: &str, args: &[(&str, Value)], names: &[(&str, Value)]) -> Vec<String> {
    let (image, labels) = scene();
    let own =
        |args: &[(&str, Value)]| -> Args { args.iter().map(|(n, v)| (n.to_string(), v.clone())).collect() };
    let options = Options { on: On::Cpu, ..Options::default() };
    let entry = get(op).unwrap();
    let mask = || image.mask(labels.label_slice().unwrap().iter().map(|l| (*l > 0) as u8).collect()).unwrap();
    let points = || {
        let column = |name: &str| match name {
            "t" => Values::Int(vec![0, 1, 2]),
            _ => Values::Float(vec![1.0, 2.0, 4.0]),
        };
        ["t", "y", "x"].iter().fold(Table::new(), |t, n| t.with(n, column(n)).unwrap())
    };
    let inputs: Vec<Option<Frames>> = entry
        .spec
        .inputs
        .iter()
        .map(|port| match port.name {
            // Zernike moments of shapes have no image.
            "image" if op == "zernike_moments" && names[0].1 == Value::from("MeasureObjectSizeShape") => None,
            "image" | "other" => Some(Datum::Volume(image.clone()).into()),
            // Links are by distance.
            "labels" if op == "track_objects" => None,
            "skeleton" => Some(Datum::Volume(mask()).into()),
            "points" => Some(Datum::Table(points()).into()),
            _ => Some(Datum::Volume(labels.clone()).into()),
        })
        .collect();
    let (outputs, _) = apply(entry, &own(args), &inputs, &options).unwrap_or_else(|e| panic!("{op}: {e}"));
    let table = outputs.into_iter().next();
    let (outputs, _) = apply(get("cellprofiler_names").unwrap(), &own(names), &[table], &options).unwrap();
    let Datum::Table(table) = outputs[0].at(0, 0) else { panic!("{op}: no table") };
    table.columns().iter().map(|c| c.name.clone()).collect()
}

fn has(columns: &[String], expected: &[&str]) {
    for name in expected {
        assert!(columns.iter().any(|c| c == name), "{name} is not among {columns:?}");
    }
}

fn text(name: &'static str, value: &'static str) -> (&'static str, Value) {
    (name, value.into())
}

#[test]
fn columns_are_those_that_users_expect() {
    let shape = [text("module", "MeasureObjectSizeShape")];
    let mut columns = renamed("shape_per_object", &[], &shape);
    columns.extend(renamed("zernike_moments", &[], &shape));
    let words = "Area Perimeter FormFactor Eccentricity Solidity Extent EulerNumber Compactness MajorAxisLength MinorAxisLength \
                 Orientation Center_X Center_Y BoundingBoxArea BoundingBoxMinimum_X BoundingBoxMinimum_Y BoundingBoxMaximum_X \
                 BoundingBoxMaximum_Y EquivalentDiameter ConvexArea MaximumRadius MeanRadius MedianRadius MinFeretDiameter \
                 MaxFeretDiameter Zernike_0_0 Zernike_9_9 SpatialMoment_0_0 SpatialMoment_2_3 CentralMoment_1_1 CentralMoment_2_3 \
                 NormalizedMoment_0_2 NormalizedMoment_3_3 HuMoment_0 HuMoment_6 InertiaTensor_0_1 InertiaTensorEigenvalues_1";
    let expected: Vec<String> = words.split_whitespace().map(|w| format!("AreaShape_{w}")).collect();
    has(&columns, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(columns.iter().filter(|c| c.starts_with("AreaShape_Zernike_")).count(), 30);
    assert!(columns.iter().all(|c| c == "ObjectNumber" || c.starts_with("AreaShape_")), "{columns:?}");

    let dna = [text("module", "MeasureObjectIntensity"), text("image", "DNA")];
    let columns = renamed("intensity_per_object", &[], &dna);
    let words = "IntegratedIntensity MeanIntensity StdIntensity MinIntensity MaxIntensity IntegratedIntensityEdge \
                 MeanIntensityEdge StdIntensityEdge MinIntensityEdge MaxIntensityEdge MassDisplacement LowerQuartileIntensity \
                 MedianIntensity MADIntensity UpperQuartileIntensity";
    let mut expected: Vec<String> = words.split_whitespace().map(|w| format!("Intensity_{w}_DNA")).collect();
    for what in ["CenterMassIntensity", "MaxIntensity"] {
        expected.extend(["X", "Y"].map(|axis| format!("Location_{what}_{axis}_DNA")));
    }
    expected.push("ObjectNumber".into());
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(columns), sorted(expected));

    let texture = [text("module", "MeasureTexture"), text("image", "RNA"), text("scale", "3")];
    let columns = renamed("haralick_texture_per_object", &[("scale", 3.into())], &texture);
    let words = "AngularSecondMoment Contrast Correlation Variance InverseDifferenceMoment SumAverage SumVariance SumEntropy \
                 Entropy DifferenceVariance DifferenceEntropy InfoMeas1 InfoMeas2";
    let expected =
        words.split_whitespace().flat_map(|w| (0..4).map(move |i| format!("Texture_{w}_RNA_3_0{i}_256")));
    assert_eq!(sorted(columns), sorted(expected.chain(["ObjectNumber".to_string()]).collect()));

    let rings = [text("module", "MeasureObjectIntensityDistribution"), text("image", "ER")];
    let columns = renamed("radial_distribution", &[("scaled", false.into())], &rings);
    let names = ["FracAtD", "MeanFrac", "RadialCV"].map(|w| {
        let rings = (1..5).map(|i| format!("{i}of4")).chain(["Overflow".to_string()]);
        rings.map(|ring| format!("RadialDistribution_{w}_ER_{ring}")).collect::<Vec<_>>()
    });
    assert_eq!(
        sorted(columns),
        sorted(names.concat().into_iter().chain(["ObjectNumber".to_string()]).collect())
    );
    has(&renamed("zernike_moments", &[], &rings), &["RadialDistribution_ZernikeMagnitude_ER_9_9"]);

    let grains = [text("module", "MeasureGranularity"), text("image", "Mito")];
    has(&renamed("granularity_spectrum", &[], &grains), &["Granularity_1_Mito", "Granularity_16_Mito"]);

    let pair = [text("module", "MeasureColocalization"), text("image", "A"), text("other", "B")];
    let columns = renamed("colocalization_per_object", &[("costes", true.into())], &pair);
    let both = ["K", "Manders", "RWC", "Costes"];
    let one = ["Correlation", "Slope", "Overlap"].map(|w| format!("Correlation_{w}_A_B"));
    let two = both.map(|w| [format!("Correlation_{w}_A_B"), format!("Correlation_{w}_B_A")]).concat();
    assert_eq!(sorted(columns), sorted([one.to_vec(), two, vec!["ObjectNumber".into()]].concat()));

    let near = [text("module", "MeasureObjectNeighbors"), text("scale", "Adjacent")];
    let words = "NumberOfNeighbors PercentTouching FirstClosestObjectNumber FirstClosestDistance SecondClosestObjectNumber \
                 SecondClosestDistance AngleBetweenNeighbors";
    let expected = words.split_whitespace().map(|w| format!("Neighbors_{w}_Adjacent"));
    let columns = renamed("neighbor_statistics_table", &[], &near);
    assert_eq!(sorted(columns), sorted(expected.chain(["ObjectNumber".to_string()]).collect()));

    let quality = [text("module", "MeasureImageQuality"), text("image", "DNA"), text("scale", "20")];
    let columns = renamed("image_quality_metrics", &[], &quality);
    let words = "FocusScore_DNA LocalFocusScore_DNA_20 Correlation_DNA_20 PowerLogLogSlope_DNA PercentMaximal_DNA PercentMinimal_DNA \
                 TotalArea_DNA TotalIntensity_DNA MeanIntensity_DNA MedianIntensity_DNA StdIntensity_DNA MADIntensity_DNA \
                 MinIntensity_DNA MaxIntensity_DNA";
    let expected = words.split_whitespace().map(|w| format!("ImageQuality_{w}")).collect();
    assert_eq!(sorted(columns), sorted(expected));

    let tracks = [text("module", "TrackObjects"), text("scale", "15")];
    let words = ["Label", "Lifetime", "DistanceTraveled", "IntegratedDistance", "Displacement", "Linearity"];
    let expected: Vec<String> = words.iter().map(|w| format!("TrackObjects_{w}_15")).collect();
    has(&renamed("track_objects", &[], &tracks), &expected.iter().map(String::as_str).collect::<Vec<_>>());

    let lines = [text("module", "MeasureObjectSkeleton"), text("image", "Lines")];
    let expected =
        ["ObjectSkeleton_NumberBranchEnds_Lines", "ObjectSkeleton_TotalObjectSkeletonLength_Lines"];
    has(&renamed("skeleton_branch_analysis", &[], &lines), &expected);

    let family = [text("module", "RelateObjects"), text("parent", "Cells")];
    has(&renamed("relate_labels", &[], &family), &["ObjectNumber", "Parent_Cells"]);
}

/// Every column of a measured object has another name afterwards: none was forgotten when a function got a new one.
#[test]
fn columns_of_whole_functions_are_known() {
    for (op, module) in [
        ("shape_per_object", "MeasureObjectSizeShape"),
        ("intensity_per_object", "MeasureObjectIntensity"),
        ("colocalization_per_object", "MeasureColocalization"),
        ("haralick_texture_per_object", "MeasureTexture"),
        ("image_quality_metrics", "MeasureImageQuality"),
    ] {
        assert!(entries().iter().any(|e| e.spec.id == op));
        let columns = renamed(op, &[], &[text("module", module)]);
        let small = |c: &&String| c.chars().next().is_some_and(char::is_lowercase);
        assert_eq!(columns.iter().filter(small).collect::<Vec<_>>(), Vec::<&String>::new(), "{op}");
    }
}
