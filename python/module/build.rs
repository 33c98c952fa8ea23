//! Has the linker keep one of functions that compile to the same bytes, where it can: instances of a generic function for types
//! of one size are such, and they are a sixth of the wheel.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

const FOLD: &str = "-Wl,--icf=all";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if folds() {
        println!("cargo::rustc-link-arg-cdylib={FOLD}");
    }
}

/// Whether a library is linked with the option.
fn folds() -> bool {
    let (Some(rustc), Some(out), Ok(target)) =
        (env::var_os("RUSTC"), env::var_os("OUT_DIR"), env::var("TARGET"))
    else {
        return false;
    };
    let source = Path::new(&out).join("probe.rs");
    if std::fs::write(&source, "").is_err() {
        return false;
    }
    let mut probe = Command::new(rustc);
    probe.args(["--crate-type", "cdylib", "--target", &target, "-C", &format!("link-arg={FOLD}")]);
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        let mut option = std::ffi::OsString::from("linker=");
        option.push(linker);
        probe.arg("-C").arg(option);
    }
    probe.arg("-o").arg(Path::new(&out).join("probe.so")).arg(source);
    probe.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
