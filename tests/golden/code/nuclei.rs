use rotifer::registry::*;

/// The pipeline "nuclei".
pub fn pipeline() -> Pipeline {
    Pipeline::new(vec![
        Step::new("gaussian_filter")
            .arg("sigma", 2)
            .from(&["input[c=0]"]),
        Step::new("white_tophat").arg("radius", 25),
        Step::new("threshold_otsu"),
        Step::new("binary_opening").arg("radius", 2),
        Step::new("binary_fill_holes").named("mask"),
        Step::new("distance_transform_edt"),
        Step::new("gaussian_filter").arg("sigma", 1).named("hills"),
        Step::new("peak_local_max")
            .arg("min_distance", 7)
            .arg("exclude_border", 0)
            .from(&["hills", "mask"])
            .named("peaks"),
        Step::new("subtract")
            .from(&["mask", "hills"])
            .named("valleys"),
        Step::new("watershed")
            .from(&["valleys", "peaks.markers", "mask"])
            .named("nuclei")
            .saved(),
        Step::new("regionprops_table")
            .from(&["nuclei", "input[c=0]"])
            .named("cells")
            .saved(),
    ])
    .named("nuclei")
}
