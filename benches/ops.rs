//! Times of every function of the registry, beside a memcpy of the same run: `cargo bench --bench ops`, with the
//! flags of `rotifer bench` behind `--`. On the GPU, too, where there is one.

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let given: Vec<OsString> = std::env::args_os().skip(1).filter(|word| word != "--bench").collect();
    let bench = |more: &[&str]| {
        let words = ["rotifer", "bench"].iter().chain(more).map(OsString::from);
        rotifer::cli::main_with(words.chain(given.clone()))
    };
    let chosen = given.iter().any(|word| word == "--on");
    let hardware = || rotifer::context::adapter().is_ok_and(|a| !a.software);
    let code = bench(&[]);
    if chosen || !hardware() { code } else { bench(&["--on", "gpu"]) }
}
