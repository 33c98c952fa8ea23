use rotifer::registry::*;

/// The pipeline "every \"value\", every key\n".
pub fn pipeline() -> Pipeline {
    Pipeline::new(vec![
        Step::new("own/op")
            .arg("yes", true)
            .arg("no", false)
            .arg("small", -3)
            .arg("large", 9223372036854775807_i64)
            .arg("least", -9223372036854775808_i64)
            .arg("fraction", 1.5e-7)
            .arg("whole", 2.0)
            .arg("minus_zero", -0.0)
            .arg("huge", 1e300)
            .arg("text", "quotes \" and \\ and ' and {braces}, µm, a\ttab, a\nline and \u{7}")
            .arg("empty", "")
            .named("näme"),
        Step::new("own/lists")
            .arg("numbers", [0.5, -1.0, 2.0])
            .arg("counts", [1, 2, 3])
            .arg("long_counts", [Value::from(1), Value::from(5000000000_i64)])
            .arg("mixed", [Value::from(1), Value::from(2.5), Value::from("three"), Value::from(true), Value::from([4])])
            .arg("matrix", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
            .arg("ragged", [Value::from([1]), Value::from([2, 3]), Value::List(vec![])])
            .arg("texts", ["0.5 um", "2 px"])
            .arg("none", Value::List(vec![]))
            .from(&["input[c=DNA]", "näme.markers"])
            .saved()
            .dtype(DtypeRequest::To(Dtype::U16))
            .slice_by_slice()
            .on(Memory::Host),
        Step::new("gaussian_filter")
            .arg("sigma", 1)
            .dtype(DtypeRequest::Preserve)
            .on(Memory::Device),
        Step::new("clip")
            .arg("minimum", f64::NEG_INFINITY)
            .arg("maximum", f64::INFINITY)
            .arg("fill", [f64::NAN])
            .dtype(DtypeRequest::Native),
    ])
    .named("every \"value\", every key\n")
}
