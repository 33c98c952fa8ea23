//! What goes wrong in a worker stays where it happened: one outcome for every task, no other task touched,
//! nothing left behind.
//!
//! This program is its own worker, so that its workers have functions that misbehave.

use rotifer::execute::Options;
use rotifer::pool::{Config, Pool, Prepared};
use rotifer::registry::*;
use std::time::{Duration, Instant};

op! {
    /// Does what a function must not do.
    pub struct Misbehave {
        /// What to do.
        how: String = "nothing".to_string();
        /// A file that says it was done; then nothing is done. Empty: it is done every time.
        once: String = String::new();
        /// Seconds, or bytes.
        amount: f64 = 0.0;
    }
    id: "faults/misbehave", revision: 1, family: Util,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "nothing",
    python: "image",
    examples: [],
}

impl Host for Misbehave {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let done = Ok(vec![Datum::Volume(image.clone())]);
        // The first pixel says whether this image is one to misbehave on.
        if image.f32s()[0] != 13.0 {
            return done;
        }
        if !self.once.is_empty() && std::fs::File::create_new(&self.once).is_err() {
            return done;
        }
        let me = rustix::process::getpid();
        let signal = |s| rustix::process::kill_process(me, s).expect("a signal to myself");
        match self.how.as_str() {
            "kill" => signal(rustix::process::Signal::KILL),
            // Rust's own handler takes the first and steps aside.
            "segfault" => (0..2).for_each(|_| signal(rustix::process::Signal::SEGV)),
            "abort" => std::process::abort(),
            "panic" => panic!("as asked"),
            "panic_in_drop" => {
                struct Bad;
                impl Drop for Bad {
                    fn drop(&mut self) {
                        panic!("again");
                    }
                }
                let _bad = Bad;
                panic!("first");
            }
            "exit" => std::process::exit(0),
            "allocate" => {
                let mut all = vec![1u8; self.amount as usize];
                all[0] = 2;
                std::hint::black_box(&all);
            }
            "stop" => signal(rustix::process::Signal::STOP),
            "sleep" => std::thread::sleep(Duration::from_secs_f64(self.amount)),
            "hang" => loop {
                std::thread::sleep(Duration::from_secs(1));
            },
            "error" => return Err(Error::new(Code::Table, "as asked")),
            _ => {}
        }
        done
    }
}

fn image(first: f32, side: usize) -> Image {
    let mut pixels = vec![7.0f32; side * side];
    pixels[0] = first;
    let meta =
        VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape: [1, side, side], ndim: 2, spacing: None };
    Volume::from_vec(&meta, pixels).expect("an image").into()
}

fn misbehave(args: &[(&str, Value)]) -> Prepared {
    let step = args.iter().fold(Step::new("faults/misbehave"), |step, (k, v)| step.arg(k, v.clone()));
    Prepared::new(&Pipeline::new(vec![step]), &Options::default()).expect("a pipeline")
}

fn pool(mut config: Config) -> Pool {
    config.environment.push(("RUST_BACKTRACE".into(), "0".into()));
    Pool::new(config).expect("a pool")
}

fn text(t: &str) -> Value {
    Value::Text(t.into())
}

/// One bad image among good ones: what it ends as, and all the others right.
fn one_bad(how: &str, config: Config) -> Error {
    let pool = pool(config);
    let prepared = misbehave(&[("how", text(how)), ("amount", Value::Float(1e12))]);
    let images = (0..40).map(|i| image(if i == 17 { 13.0 } else { i as f32 + 100.0 }, 16));
    let mut bad = None;
    for (i, result) in pool.map(&prepared, images).enumerate() {
        match result {
            Ok(outcome) => {
                let Datum::Volume(v) = &outcome.outputs[0].1.items[0] else { panic!("an image") };
                assert_eq!(v.f32s()[0], i as f32 + 100.0);
            }
            Err(error) => {
                assert_eq!(i, 17, "only the bad image fails: {error}");
                bad = Some(error);
            }
        }
    }
    pool.shutdown();
    bad.expect("the bad image fails")
}

fn works() {
    let pool = pool(Config::workers(2));
    let prepared = misbehave(&[]);
    for side in [1, 5, 300, 1500] {
        let input = image(3.0, side);
        let outcome = pool.submit(&prepared, input.clone()).wait().expect("an outcome");
        assert_eq!(outcome.outputs[0].1, Frames::from(&input));
    }
    pool.shutdown();
}

fn killed() {
    let error = one_bad("kill", Config::workers(2));
    assert_eq!(error.code, Code::Poisoned);
    assert!(error.message.contains("signal 9"), "{error}");
}

fn segfault() {
    assert!(one_bad("segfault", Config::workers(2)).message.contains("signal 11"));
}

fn aborted() {
    assert!(one_bad("abort", Config::workers(2)).message.contains("signal 6"));
}

fn panicked() {
    let error = one_bad("panic", Config::workers(2));
    assert_eq!(error.code, Code::Internal);
    assert!(error.message.contains("as asked"), "{error}");
}

fn panicked_in_drop() {
    assert_eq!(one_bad("panic_in_drop", Config::workers(2)).code, Code::Poisoned);
}

fn exited() {
    assert!(one_bad("exit", Config::workers(2)).message.contains("exit code 0"));
}

fn out_of_memory() {
    let error = one_bad("allocate", Config::workers(2));
    assert!(error.message.contains("out of memory"), "{error}");
}

fn typed_error() {
    let started = Instant::now();
    assert_eq!(one_bad("error", Config::workers(2)).code, Code::Table);
    assert!(started.elapsed() < Duration::from_secs(20));
}

fn deadline() {
    for how in ["hang", "stop"] {
        let error = one_bad(how, Config { deadline: Some(Duration::from_millis(300)), ..Config::workers(2) });
        assert_eq!(error.code, Code::Cancelled);
        assert!(error.message.contains("0.300 s"), "{error}");
    }
}

const TESTS: &[(&str, fn())] = &[
    ("works", works),
    ("killed", killed),
    ("segfault", segfault),
    ("aborted", aborted),
    ("panicked", panicked),
    ("panicked_in_drop", panicked_in_drop),
    ("exited", exited),
    ("out_of_memory", out_of_memory),
    ("typed_error", typed_error),
    ("deadline", deadline),
];

fn main() {
    rotifer::worker::serve_if_asked();
    let filter: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let mut failed = 0;
    for (name, test) in TESTS {
        if !filter.is_empty() && !filter.iter().any(|f| name.contains(f.as_str())) {
            continue;
        }
        let started = Instant::now();
        let ok = std::panic::catch_unwind(test).is_ok();
        println!(
            "test {name} ... {} ({:.2} s)",
            if ok { "ok" } else { "FAILED" },
            started.elapsed().as_secs_f64()
        );
        failed += !ok as usize;
    }
    std::process::exit(if failed == 0 { 0 } else { 1 });
}
