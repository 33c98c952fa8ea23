//! Numbers of earlier steps in arguments: values worked out by hand, and every mistake at its line.

use rotifer::document::{Form, checked};
use rotifer::execute::{On, Options, run};
use rotifer::registry::*;

fn image(values: &[u16], width: usize) -> Volume {
    let shape = [1, values.len() / width, width];
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::U16, shape, ndim: 2, spacing: None };
    Volume::from_vec(&meta, values.to_vec()).unwrap()
}

fn host() -> Options {
    Options { on: On::Cpu, ..Options::default() }
}

fn outcome(text: &str, image: &Image) -> Result<Vec<Frames>, Error> {
    let (checked, _) = checked(text, Form::Toml).map_err(|mut e| e.remove(0))?;
    run(&checked, image, &host()).map(|o| o.outputs.into_iter().map(|(_, frames)| frames).collect())
}

fn mask(frames: &Frames, c: usize) -> Vec<u8> {
    match frames.at(0, c) {
        Datum::Volume(v) => v.as_slice::<u8>().unwrap().to_vec(),
        other => panic!("{other:?}"),
    }
}

const MEAN: &str =
    "[[steps]]\nop = \"mean_of_all_pixels\"\nas = \"m\"\n\n[[steps]]\nop = \"greater\"\nfrom = \"input\"\n";

#[test]
fn a_threshold_is_a_number_of_the_image() {
    // The mean is 35: twice it, less 10, is 60; clamped to at most 50.
    let pixels = image(&[10, 20, 30, 50, 51, 49], 3);
    let input = Image::from(pixels.clone());
    for (text, expected) in [
        ("= m.mean", [0, 0, 0, 1, 1, 1]),
        ("= 2 * m - 20", [0, 0, 0, 0, 1, 0]),
        ("= clamp(2 * m.mean - 10, 0, 50)", [0, 0, 0, 0, 1, 0]),
        ("= select(m > 34, 48, 0)", [0, 0, 0, 1, 1, 1]),
        ("= 3 * 10", [0, 0, 0, 1, 1, 1]),
    ] {
        let outputs = outcome(&format!("{MEAN}value = \"{text}\"\n"), &input).unwrap();
        assert_eq!(mask(&outputs[0], 0), expected, "{text}");
    }
    // Each channel and time has its own number; one number serves all.
    let two = Image::new(vec![pixels, image(&[1, 2, 3, 4, 5, 6], 3)], None, Some(2)).unwrap();
    let outputs = outcome(&format!("{MEAN}value = \"= m\"\n"), &two).unwrap();
    assert_eq!(
        (mask(&outputs[0], 0), mask(&outputs[0], 1)),
        (vec![0, 0, 0, 1, 1, 1], vec![0, 0, 0, 1, 1, 1])
    );
    let one =
        MEAN.replace("op = \"mean_of_all_pixels\"\n", "op = \"mean_of_all_pixels\"\nfrom = \"input[c=1]\"\n");
    let outputs = outcome(&format!("{one}value = \"= 10 * m\"\n"), &two).unwrap();
    assert_eq!((mask(&outputs[0], 0), mask(&outputs[0], 1)), (vec![0, 0, 0, 1, 1, 1], vec![0; 6]));
    // Two numbers for one channel do not fit.
    let chosen = MEAN.replace("from = \"input\"\n", "from = \"input[c=0]\"\n");
    let error = outcome(&format!("{chosen}value = \"= m\"\n"), &two).unwrap_err();
    assert_eq!(
        (error.code, error.step, error.argument.as_deref()),
        (Code::Shape, Some(1), Some("value")),
        "{error}"
    );
}

/// A computed argument of an operation that gathers from parts: it is known when they come.
#[test]
fn computed_arguments_serve_parts() {
    // Objects of 3, 1 and 2 pixels; the mean is 4.5.
    let input = Image::from(image(&[9, 0, 0, 9, 9, 0, 0, 0, 9, 0, 9, 9], 4));
    let text = "[[steps]]\nop = \"mean_of_all_pixels\"\nas = \"m\"\n\n[[steps]]\nop = \"remove_small_objects\"\n\
                from = \"input\"\nmax_size = \"= m - 2.5\"\n";
    let (checked, _) = checked(text, Form::Toml).unwrap_or_else(|e| panic!("{}", e[0]));
    for part in [Some(0), Some(1), Some(2), None] {
        let options = Options { part, ..host() };
        let plan =
            rotifer::plan::plan(&checked, &input.meta(), &options).unwrap_or_else(|e| panic!("{}", e[0]));
        assert_eq!(plan.steps[1].in_parts, part.is_some_and(|rows| rows > 0), "{part:?}");
        let outcome = run(&checked, &input, &options).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(mask(&outcome.outputs[0].1, 0), [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0], "{part:?}");
    }
}

#[test]
fn integers_lengths_and_ranges_are_those_of_the_argument() {
    let input = Image::from(image(&[4; 49], 7));
    let with = |op: &str, line: &str| {
        let text = format!(
            "[[steps]]\nop = \"mean_of_all_pixels\"\nas = \"m\"\n\n[[steps]]\nop = \"{op}\"\nfrom = \"input\"\n{line}\n"
        );
        outcome(&text, &input)
    };
    // A length: the mean is 4.
    let computed = with("gaussian_filter", "sigma = \"= m / 2\"").unwrap();
    let written = with("gaussian_filter", "sigma = 2.0").unwrap();
    assert_eq!(computed, written);
    // Out of the range of the argument: the value, its expression and the range are said.
    let error = with("gaussian_filter", "sigma = \"= -m\"").unwrap_err();
    assert_eq!(
        (error.code, error.step, error.argument.as_deref()),
        (Code::OutOfRange, Some(1), Some("sigma"))
    );
    assert!(error.value.as_deref().is_some_and(|v| v.contains("-4") && v.contains("= -m")), "{error}");
    assert!(error.allowed.is_some(), "{error}");
    let error = with("gaussian_filter", "sigma = \"= m / 0 - m / 0\"").unwrap_err();
    assert_eq!(error.code, Code::OutOfRange, "{error}");
    // An integer comes out whole, or the way to round it is said.
    let labels = "[[steps]]\nop = \"mean_of_all_pixels\"\nas = \"m\"\n\n[[steps]]\nop = \"greater\"\nvalue = 1\nfrom = \"input\"\n\n[[steps]]\nop = \"connected_components\"\n\n[[steps]]\nop = \"clear_border\"\n";
    assert!(outcome(&format!("{labels}buffer_size = \"= m - 3\"\n"), &input).is_ok());
    let error = outcome(&format!("{labels}buffer_size = \"= m / 3\"\n"), &input).unwrap_err();
    assert_eq!((error.code, error.argument.as_deref()), (Code::WrongType, Some("buffer_size")), "{error}");
    assert!(error.help.as_deref().is_some_and(|h| h.contains("round")), "{error}");
}

#[test]
fn mistakes_are_found_before_any_work_each_at_its_line() {
    for (line, code, word) in [
        ("value = \"= n.mean\"", Code::UnknownInput, "no value is named `n.mean`"),
        ("value = \"= m.median\"", Code::UnknownInput, "no value is named `m.median`"),
        ("value = \"= 2 * \"", Code::Syntax, "operand"),
        ("value = \"= sqroot(m)\"", Code::Syntax, "no function is named `sqroot`"),
    ] {
        let errors = checked(&format!("{MEAN}{line}\n"), Form::Toml).err().unwrap();
        assert_eq!(errors.len(), 1, "{errors:?}");
        let error = &errors[0];
        assert_eq!((error.code, error.line, error.step), (code, Some(8), Some(1)), "{error}");
        assert!(error.message.contains(word), "{error}");
    }
    // A later step, or one without a name, is no value; a known number out of range is a mistake at once.
    let later = "[[steps]]\nop = \"greater\"\nvalue = \"= m\"\n\n[[steps]]\nop = \"mean_of_all_pixels\"\nfrom = \"input\"\nas = \"m\"\n";
    let errors = checked(later, Form::Toml).err().unwrap();
    assert_eq!((errors[0].code, errors[0].line), (Code::UnknownInput, Some(3)), "{errors:?}");
    let errors =
        checked("[[steps]]\nop = \"gaussian_filter\"\nsigma = \"= 2 - 5\"\n", Form::Toml).err().unwrap();
    assert_eq!((errors[0].code, errors[0].line), (Code::OutOfRange, Some(3)), "{errors:?}");
    // A text argument keeps its text.
    let text = "[[steps]]\nop = \"pixel_expression\"\nexpression = \"= image * 2\"\n";
    assert!(checked(text, Form::Toml).is_ok());
}

/// A compiled pipeline computes the same, and goes back to the text it was.
#[test]
fn expressions_survive_compiling() {
    let text = format!("{MEAN}value = \"= 2 * m - 20\"\n");
    let (pipeline, _) = rotifer::document::pipeline(&text, Form::Toml).unwrap();
    let back = wire::decompile(&wire::compile(&pipeline)).unwrap().pipeline;
    assert_eq!(back, pipeline);
    let tree = rotifer::document::write(&back.to_tree(), Form::Toml).unwrap();
    assert_eq!(rotifer::document::pipeline(&tree, Form::Toml).unwrap().0, pipeline);
}
