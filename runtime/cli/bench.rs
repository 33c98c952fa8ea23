//! `rotifer bench`: how fast functions are on this machine.

use super::report::{Failure, columns, say, say_json};
use super::{apply, args, exit};
use crate::bench::{self, Measured, Size};
use crate::execute::{On, Options};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use rotifer_registry::pipeline::Args;
use rotifer_registry::{Code, Datum, Dtype, Entry, Error, Frames, entries, get};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;

pub fn command(words: &[OsString]) -> Command {
    let ops = args::named_ops(words);
    Command::new("bench")
        .about("Time functions, on generated nuclei")
        .arg(Arg::new("op").num_args(0..).value_name("OP").help("Functions; all where none is named"))
        .arg(
            Arg::new("size")
                .long("size")
                .default_value("2048x2048")
                .value_parser(|text: &str| Size::parse(text).ok_or("a size is 2048x2048 or 64x512x512"))
                .help("Pixels of the generated images"),
        )
        .arg(
            Arg::new("dtype")
                .long("dtype")
                .default_value("u16")
                .value_parser(|text: &str| {
                    Dtype::parse(text).ok_or("a dtype is u8, u16, i16, u32, i32 or f32")
                })
                .help("Dtype of the generated images"),
        )
        .arg(
            Arg::new("input")
                .long("input")
                .value_name("FILE")
                .action(ArgAction::Append)
                .value_parser(value_parser!(OsString))
                .help(
                    "Images to use instead, one for each input of the function: --input a.tif --input b.tif",
                ),
        )
        .arg(args::on_flag(&["cpu", "gpu"]))
        .arg(args::threads_flag())
        .arg(
            Arg::new("compare")
                .long("compare")
                .value_name("FILE.json")
                .help("Earlier output of --json to compare with"),
        )
        .arg(args::json_flag())
        .args(args::op_flags(&ops, args::BENCH_FLAGS))
        .after_help("An op's arguments are flags: `rotifer bench gaussian_filter --sigma 2`")
}

/// All that one run found out.
#[derive(Debug, Serialize, Deserialize)]
struct Run {
    on: On,
    threads: usize,
    results: Vec<Row>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    op: String,
    /// Pixels and dtype of the first image.
    size: String,
    dtype: Dtype,
    /// As the command line has them.
    args: String,
    #[serde(flatten)]
    measured: Measured,
    /// This median over the earlier one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time_over_before: Option<f64>,
}

pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    let ops: Vec<&'static Entry> = match matches.get_many::<String>("op") {
        None => entries().to_vec(),
        Some(ids) => {
            ids.map(|id| get(id)).collect::<Result<_, _>>().map_err(|e| Failure::new(exit::USAGE, e))?
        }
    };
    let before = matches.get_one::<String>("compare").map(|path| earlier(path)).transpose()?;
    let threads = args::threads(matches)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| Failure::new(exit::FAILED, Error::new(Code::Unavailable, "no threads").because(&e)))?;
    pool.install(|| on_pool(matches, &ops, before.as_ref()))
}

fn on_pool(matches: &ArgMatches, ops: &[&'static Entry], before: Option<&Run>) -> Result<u8, Failure> {
    let options = Options { on: args::on(matches), ..Options::default() };
    let mut done = Run { on: options.on, threads: rayon::current_num_threads(), results: Vec::new() };
    let mut failed = Vec::new();
    for op in ops {
        let mut arguments = args::op_args(op, matches);
        if op.build(&arguments).is_err() && arguments.is_empty() {
            arguments = bench::usual_args(op);
        }
        match one(op, &arguments, matches, &options) {
            Ok((inputs, measured)) => {
                let (size, dtype) = described(&inputs).unwrap_or(("-".into(), Dtype::F32));
                let (op, args) = (op.spec.id.into(), words(&arguments));
                done.results.push(Row { op, size, dtype, args, measured, time_over_before: None });
            }
            Err(failure) if ops.len() == 1 => return Err(failure),
            Err(failure) => failed.extend(failure.errors),
        }
    }
    for row in &mut done.results {
        let same = |old: &&Row| {
            (&old.op, &old.args, &old.size, old.dtype) == (&row.op, &row.args, &row.size, row.dtype)
        };
        row.time_over_before = before
            .filter(|b| b.on == done.on)
            .and_then(|b| b.results.iter().find(same))
            .map(|old| row.measured.median_ms / old.measured.median_ms);
    }
    if args::json(matches) {
        say_json(&done)
    } else {
        say(&table(&done, before.is_some()))
    }
    if failed.is_empty() {
        return Ok(0);
    }
    let failure = Failure { exit: exit::SOME_FAILED, errors: failed, source: None };
    Ok(failure.show(false))
}

fn one(
    op: &'static Entry,
    args: &Args,
    matches: &ArgMatches,
    options: &Options,
) -> Result<(Vec<Option<Frames>>, Measured), Failure> {
    let files: Vec<&OsString> = matches.get_many::<OsString>("input").into_iter().flatten().collect();
    let generated = (matches.get_one::<Size>("size"), matches.get_one::<Dtype>("dtype"));
    let inputs = match generated {
        (Some(size), Some(dtype)) if files.is_empty() => bench::inputs(op, *size, *dtype)?,
        _ => apply::read_inputs(op, &files, matches)?,
    };
    let measured = bench::measure(op, args, &inputs, options)?;
    Ok((inputs, measured))
}

/// Shape and dtype of the first image.
fn described(inputs: &[Option<Frames>]) -> Option<(String, Dtype)> {
    let data = inputs.iter().flatten().flat_map(|frames| &frames.items);
    data.map(Datum::meta).find_map(|meta| meta.volume().map(|v| (v.shape_text(), v.dtype)))
}

fn words(given: &Args) -> String {
    given.iter().map(|(name, value)| format!("{name}={}", args::text(value))).collect::<Vec<_>>().join(" ")
}

fn earlier(path: &str) -> Result<Run, Failure> {
    let error = |why: String| Failure::new(exit::INPUT, Error::new(Code::File, format!("{path}: {why}")));
    let text = std::fs::read_to_string(path).map_err(|e| error(e.to_string()))?;
    serde_json::from_str(&text).map_err(|e| error(format!("no output of `rotifer bench --json`: {e}")))
}

fn table(run: &Run, compared: bool) -> String {
    let mut rows =
        vec![["op", "image", "min ms", "median ms", "MB/s", "of memcpy"].map(String::from).to_vec()];
    if compared {
        rows[0].push("time/before".into());
    }
    rows[0].push("arguments".into());
    for row in &run.results {
        let m = &row.measured;
        let mut cells = vec![
            row.op.clone(),
            format!("{} {}", row.size, row.dtype),
            format!("{:.3}", m.min_ms),
            format!("{:.3}", m.median_ms),
            format!("{:.0}", m.mb_s),
            format!("{:.1} %", 100.0 * m.memcpy_share),
        ];
        if compared {
            cells.push(row.time_over_before.map_or("-".into(), |r| format!("{r:.2}")));
        }
        cells.push(row.args.clone());
        rows.push(cells);
        for pass in &m.passes {
            rows.push(vec![
                format!("  {}", pass.shader),
                String::new(),
                String::new(),
                format!("{:.3}", pass.ms),
                format!("{}x", pass.count),
            ]);
        }
    }
    let device = if run.on == On::Gpu { "gpu" } else { "cpu" };
    let mut text = format!("on {device}, {} host threads\n", run.threads);
    text += &columns(&rows, "");
    let mut notes: Vec<&String> = run.results.iter().flat_map(|r| &r.measured.notes).collect();
    notes.dedup();
    text.extend(notes.into_iter().map(|note| format!("note: {note}\n")));
    text
}
