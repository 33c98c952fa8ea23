//! An example of an operation that shows what it does: arguments, inputs and outputs.

use super::picture::{self, Picture};
use super::sample::{Ground, Sample, run};
use crate::bench;
use crate::document;
use rotifer_registry::{Args, Code, Datum, Entry, Error, Frames, Kind, Table, Values, Volume};

/// Labels beyond which colours come again.
const READABLE: usize = 254;

/// The value at a port, as a page shows it.
#[derive(Debug)]
pub enum Shown {
    Picture(Picture),
    Table(Table),
    Number(f64),
    /// A table and its points on the image.
    Points(Table, Picture),
}

/// An example that was run.
#[derive(Debug)]
pub struct Trial {
    /// Which example; `None` for the defaults.
    pub example: Option<usize>,
    pub args: Args,
    pub inputs: Vec<(&'static str, Shown)>,
    pub outputs: Vec<(&'static str, Shown)>,
}

/// The first example that changes the image that it is given, else the error of the first.
pub fn of(entry: &'static Entry, sample: &Sample) -> Result<Trial, Error> {
    let examples = entry.spec.examples.iter().enumerate();
    let examples = examples.filter_map(|(i, text)| Some((Some(i), document::arguments(text).ok()?)));
    let mut sets: Vec<(Option<usize>, Args)> = examples.collect();
    if sets.is_empty() || entry.spec.params.iter().all(|p| p.default.is_some()) {
        sets.push((None, bench::usual_args(entry)));
    }
    let mut errors = Vec::new();
    // A result of one value, without a row, or of more objects than can be told apart is taken where there is no other.
    let mut poor = None;
    for ground in Ground::ALL {
        let inputs = sample.inputs(entry, ground)?;
        for (example, args) in &sets {
            let outputs = match run(entry, args, &inputs) {
                Ok(outputs) => outputs,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            if !changes(&inputs, &outputs) {
                errors.push(Error::new(Code::Internal, "no example changes its input").op(entry.spec.id));
                continue;
            }
            let trial = shown(entry, *example, args, &inputs, &outputs);
            let crowded = outputs.iter().any(|output| objects(output) > READABLE);
            let bare =
                outputs.iter().any(|output| matches!(datum(output), Some(Datum::Table(t)) if t.rows() == 0));
            if !crowded && !bare && !outputs.first().and_then(volume).is_some_and(is_flat) {
                return trial;
            }
            poor = poor.or_else(|| trial.ok());
        }
    }
    let first = |mut errors: Vec<Error>| {
        if errors.is_empty() {
            Error::new(Code::Internal, "nothing to run").op(entry.spec.id)
        } else {
            errors.remove(0)
        }
    };
    poor.ok_or_else(|| first(errors))
}

fn datum(frames: &Frames) -> Option<&Datum> {
    frames.items.first()
}

fn volume(frames: &Frames) -> Option<&Volume> {
    if let Some(Datum::Volume(volume)) = datum(frames) { Some(volume) } else { None }
}

fn is_flat(volume: &Volume) -> bool {
    let values = volume.f64s();
    values.iter().all(|value| Some(value) == values.first())
}

/// The labels of an image of labels.
fn objects(frames: &Frames) -> usize {
    let labels = volume(frames).filter(|v| v.kind() == Kind::Labels).map(|v| {
        let mut labels = v.label_slice().map(<[u32]>::to_vec).unwrap_or_default();
        labels.sort_unstable();
        labels.dedup();
        labels.len()
    });
    labels.unwrap_or(0)
}

/// Whether the first output is another than the first input of its kind.
fn changes(inputs: &[Option<Frames>], outputs: &[Frames]) -> bool {
    let Some(output) = outputs.first().and_then(datum) else { return false };
    let same = |input: &Datum| match (input, output) {
        (Datum::Volume(a), Datum::Volume(b)) => {
            let equal = |(a, b): (&f64, &f64)| a == b || a.is_nan() && b.is_nan();
            a.kind() == b.kind() && a.shape() == b.shape() && a.f64s().iter().zip(&b.f64s()).all(equal)
        }
        (a, b) => a == b,
    };
    !inputs.iter().flatten().filter_map(datum).any(same)
}

fn shown(
    entry: &'static Entry,
    example: Option<usize>,
    args: &Args,
    inputs: &[Option<Frames>],
    outputs: &[Frames],
) -> Result<Trial, Error> {
    let spec = entry.spec;
    let named =
        spec.inputs.iter().zip(inputs).filter_map(|(port, frames)| Some((port.name, frames.as_ref()?)));
    let before: Vec<(&'static str, Shown)> =
        named.map(|(name, frames)| Ok((name, view(frames, None)?))).collect::<Result<_, Error>>()?;
    let image = inputs.iter().flatten().find_map(|frames| volume(frames).filter(|v| v.kind() == Kind::Image));
    let mut after = Vec::new();
    for (port, frames) in spec.outputs.iter().zip(outputs) {
        let mut view = view(frames, image.and_then(|image| common(image, volume(frames)?)))?;
        // Numbers that are those of the input times a number have its picture, unless both are drawn on one scale.
        let (first, picture) = (before.iter().map(|(_, shown)| shown).find_map(pixels), pixels(&view));
        if let (Some(Picture { png, scale: Some(common), .. }), Some(picture), Some(volume)) =
            (first, picture, volume(frames))
            && *png == picture.png
            && differs_on(*common, picture.scale)
        {
            view = self::view(&Frames::from(Datum::Volume(volume.clone())), Some(*common))?;
        }
        if let (Shown::Table(table), Some(image)) = (&view, image)
            && let Some(marked) = picture::marked(image, table)
        {
            view = Shown::Points(table.clone(), marked.map_err(undrawn)?);
        }
        after.push((port.name, view));
    }
    Ok(Trial { example, args: args.clone(), inputs: before, outputs: after })
}

fn pixels(shown: &Shown) -> Option<&Picture> {
    if let Shown::Picture(picture) = shown { Some(picture) } else { None }
}

/// Whether values of a scale are more than black or white on another one.
fn differs_on((low, high): (f64, f64), scale: Option<(f64, f64)>) -> bool {
    scale.is_some_and(|(least, greatest)| {
        (least, greatest) != (low, high) && least < high && greatest > low + (high - low) / 20.0
    })
}

fn undrawn(error: png::EncodingError) -> Error {
    Error::new(Code::Internal, "a picture cannot be made").because(&error)
}

fn view(frames: &Frames, scale: Option<(f64, f64)>) -> Result<Shown, Error> {
    match datum(frames) {
        Some(Datum::Table(table)) => Ok(Shown::Table(table.clone())),
        Some(Datum::Number(number)) => Ok(Shown::Number(*number)),
        Some(datum) => match picture::of(datum, scale) {
            Some(picture) => picture.map(Shown::Picture).map_err(undrawn),
            None => Err(Error::new(Code::Internal, "nothing to draw")),
        },
        None => Err(Error::new(Code::Internal, "an output without a frame")),
    }
}

/// The scale of the input, where the output's values lie about there: then both are drawn alike.
fn common(input: &Volume, output: &Volume) -> Option<(f64, f64)> {
    if output.kind() != Kind::Image {
        return None;
    }
    let ((low, high), (least, greatest)) = (picture::scale(input), picture::scale(output));
    let span = high - low;
    let near = least >= low - span / 2.0 && greatest <= high + span / 2.0 && greatest - least >= span / 5.0;
    near.then_some((low, high))
}

/// The first rows of a table as texts, and whether columns lie below each other since there are many.
pub fn preview(table: &Table) -> (Vec<Vec<String>>, bool) {
    let columns = table.columns();
    let across = columns.len() > 8;
    let (rows, most) = if across { (table.rows().min(3), 16) } else { (table.rows().min(6), 8) };
    let cell = |values: &Values, row: usize| match values {
        Values::Float(v) => number(v[row]),
        Values::Int(v) => v[row].to_string(),
        Values::Text(v) => v[row].clone(),
    };
    let lines = columns.iter().take(most).map(|column| {
        let cells = (0..rows).map(|row| cell(&column.values, row));
        std::iter::once(column.name.clone()).chain(cells).collect::<Vec<_>>()
    });
    let lines: Vec<Vec<String>> = lines.collect();
    if across {
        return (lines, true);
    }
    let line = |row: usize| lines.iter().map(|column| column[row].clone()).collect();
    ((0..=rows).filter(|_| !lines.is_empty()).map(line).collect(), false)
}

/// A number with five digits.
pub fn number(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e9 || !value.is_finite() {
        return format!("{value}");
    }
    let digits = 4 - value.abs().log10().floor() as i64;
    match digits {
        0..=9 => {
            let text = format!("{value:.*}", digits as usize);
            let text = text.trim_end_matches('0').trim_end_matches('.');
            text.to_string()
        }
        _ => format!("{value:.4e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_five_digits() {
        for (value, text) in [
            (3.0, "3"),
            (-0.5, "-0.5"),
            (123.456789, "123.46"),
            (0.000123456, "0.00012346"),
            (123456.7, "1.2346e5"),
            (1e-12, "1.0000e-12"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn wide_tables_stand_on_their_side() {
        let wide = (0..20).fold(Table::new(), |table, i| {
            table.with(&format!("c{i}"), Values::Int(vec![i, i + 1])).unwrap()
        });
        let (lines, across) = preview(&wide);
        assert!(across && lines.len() == 16 && lines[3] == ["c3", "3", "4"]);
        let narrow = Table::new().with("a", Values::Int((0..9).collect())).unwrap();
        let (lines, across) = preview(&narrow);
        assert!(!across && lines.len() == 7 && lines[1] == ["0"]);
    }
}
